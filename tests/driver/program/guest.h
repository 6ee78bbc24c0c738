/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What guest.S and the test agree on. */
#ifndef TEST_GUEST_H
#define TEST_GUEST_H

#define GUEST_HELLO    "guest is here\n"
#define GUEST_MARK_GPA 0x100000
#define GUEST_MARK     0x5a5a1234

/* What it does after that. */
#define GUEST_IDLES      0
#define GUEST_FLOODS     1 /* prints without end */
#define GUEST_ECHOES     2 /* sends back what is typed */
#define GUEST_POWERS_OFF 3
#define GUEST_WATCHES    4 /* prints H and L as the line of GUEST_VECTOR rises and falls */
#define GUEST_OBEYS      5 /* does what the box says */

#define GUEST_VECTOR 33

/* The box: words of 8 bytes in the zone's shared RAM, through which the test drives the guest. */
#define GUEST_BOX_GPA 0x110000
#define BOX_REQUEST   0x00 /* the test's: differs from BOX_DONE while there is something to do */
#define BOX_DONE      0x08 /* the guest's */
#define BOX_WORK      0x10 /* what, of the following */
#define BOX_ADDRESS   0x18
#define BOX_VALUE     0x20 /* read, or to be written */
#define BOX_COUNT     0x28
#define BOX_STOP      0x30 /* not 0: work that takes long ends early */
#define BOX_KICKED    0x38 /* counts kicks, each before it is made */
#define BOX_SIGNALS   0x40 /* counts vectors, each after it is taken */

#define BOX_READ_1      0
#define BOX_READ_4      1
#define BOX_WRITE_1     2
#define BOX_WRITE_2     3
#define BOX_WRITE_4     4
#define BOX_IOCSR_READ  5 /* 4 bytes */
#define BOX_IOCSR_WRITE 6
#define BOX_KICKS       7 /* writes the value to the address, so often */
#define BOX_ROUNDS      8 /* the same, and waits for a vector after each */
#define BOX_LISTENS     9 /* waits for vectors until it is stopped */

#endif
