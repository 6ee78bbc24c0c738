/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Results of the conformance checks, one line each: "ok N - name" or "not ok N - name: got X want
 * Y"; at the end the plan "1..N" and a summary. A name begins with the section of the LVZ reference
 * it checks and ends in
 * "(silicon unknown)" where the reference says so.
 */
#ifndef TAP_H
#define TAP_H

#include <rt/vcpu.h>

#define UNKNOWN " (silicon unknown)"

/* The names are printed one behind the other, the last two with a comma between them. */
void tap_equal3(const char *name1, const char *name2, const char *name3, uint64_t got,
                uint64_t want);
void tap_equal2(const char *name1, const char *name2, uint64_t got, uint64_t want);
void tap_equal(const char *name, uint64_t got, uint64_t want);
void tap_true(const char *name, bool holds);

/* low <= got <= high */
void tap_range(const char *name, uint64_t got, uint64_t low, uint64_t high);

/* A fact that can't be looked at here, and why. */
void tap_skip(const char *name, const char *why);

/* The instruction at a PC inside the program, 0 if that is somewhere else. */
uint32_t tap_code(uint64_t pc);

/* Prints plan and summary. */
void tap_done(void);

#endif
