/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ABI's headers include <stdint.h>, which a kernel has not got: its own
 * types do. */
#ifndef LV_COMPAT_STDINT_H
#define LV_COMPAT_STDINT_H

#include <linux/types.h>

#endif
