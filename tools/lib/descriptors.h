/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The descriptors that every program expects to find open. */
#ifndef TOOLS_DESCRIPTORS_H
#define TOOLS_DESCRIPTORS_H

#include <stdbool.h>

/*
 * Opens /dev/null as each of the descriptors 0 to 2 that the caller closed, so that no file or
 * device becomes one of them. Reading gives the end of the input; writing fails with EBADF, as on
 * a closed descriptor. Call it first in main(), before anything is opened. False with errno when
 * /dev/null cannot be opened: end the program then.
 */
bool descriptors_reserve_standard(void);

#endif
