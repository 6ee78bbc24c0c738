/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/*
 * What guests/succession, the root zone that makes one zone after the other of the same memory, and
 * these zones agree on. A zone has its boot arguments, is told by characters typed what to do, and
 * answers in lines on its virtual UART: a word, and perhaps a number.
 */
#ifndef RT_SUCCESSION_H
#define RT_SUCCESSION_H

#include <rt/dma.h>

/* Boot arguments: what device there is, and how far bus addresses are from the zone's. */
enum succession_device {
    SUCCESSION_NOTHING,
    SUCCESSION_NETWORK,
    SUCCESSION_DISK,
};

/* Where a zone of this kind has what. */
#define SUCCESSION_CONFIG 0xfe00000000UL
#define SUCCESSION_DEVFN  (5u << 3)
#define SUCCESSION_IO     0x18004000UL /* PCI I/O address 0x4000 */
#define SUCCESSION_MEMORY 0x40000000UL
/* RAM that only the first zone of guests/traces has. */
#define SUCCESSION_FAR 0x70000000UL

/* Typed, and what the zone says when it is done. */
#define SUCCESSION_READY    "READY" /* it waits for what is typed */
#define SUCCESSION_RUN      'r'     /* RUNS: the device writes, and goes on */
#define SUCCESSION_CHECK    'c'     /* FOUND n: words that are not 0, for a while */
#define SUCCESSION_POWEROFF 'p'
#define SUCCESSION_REBOOT   'b'
#define SUCCESSION_FAIL     'f'
#define SUCCESSION_SILENCE  's' /* no sign of life any more */

#endif
