/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The devices of the VMM: a UART and a power switch. */
#ifndef VMM_DEVICES_H
#define VMM_DEVICES_H

#include <stdbool.h>
#include <stdint.h>

/* An access of the guest: data are the bytes written, or get the bytes read. */
void devices_access(uint64_t gpa, uint8_t *data, uint32_t size, bool is_write);

/* An iocsr access that KVM has no device for: reads 0. */
void devices_iocsr(uint8_t *data, uint32_t size, bool is_write);

/* vmm.c: sets the level of a pin of the PCH-PIC. */
void vmm_set_line(unsigned int pin, bool level);

#endif
