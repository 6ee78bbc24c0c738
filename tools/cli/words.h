/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What numbers of the interface are called: one place, for text and JSON. Numbers that a newer
 * hypervisor may send get a name too ("state 77"), in a buffer that the fourth next such call
 * overwrites.
 */
#ifndef CLI_WORDS_H
#define CLI_WORDS_H

#include <loongvisor/hypercall.h>
#include <loongvisor/refusal.h>
#include <stdbool.h>

/* "RUNNING"; enum lv_zone_state. */
const char *words_state(uint32_t state);

/* "power-off"; enum lv_reason. */
const char *words_reason(uint32_t reason);

/* "is not made of whole pages"; enum lv_refusal. */
const char *words_refusal(uint32_t refusal);

/* What the refusal's index counts. */
enum lv_refused words_refused(uint32_t refusal);

/* "hypercall"; enum lv_exit_cause, which must be below LV_EXIT_CAUSES. */
const char *words_exit_cause(unsigned cause);

/* "PIL"; exception code (LoongArch manual vol. 1, table 21; LVZ reference 1). */
const char *words_exception(uint32_t ecode);

/* What the zone did to leave guest mode with this exception code, as a phrase. */
const char *words_exception_meaning(uint32_t ecode);

/* True if the exception is about a GPA, which BADV has then (LVZ reference 5.4). */
bool words_exception_has_address(uint32_t ecode);

/* "r0" to "r31" by their names in the ABI: "zero", "ra", ... */
const char *words_register(unsigned number);

#endif
