/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the ABI's headers include; in the kernel its own types do. */
#ifndef LV_COMPAT_STDINT_H
#define LV_COMPAT_STDINT_H

#include <linux/types.h>

#endif
