/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the ABI's headers include; in the kernel its own type does. */
#ifndef LV_COMPAT_STDBOOL_H
#define LV_COMPAT_STDBOOL_H

#include <linux/types.h>

#endif
