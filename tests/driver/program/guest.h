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

#define GUEST_VECTOR 33

#endif
