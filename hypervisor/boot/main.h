/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef LV_BOOT_MAIN_H
#define LV_BOOT_MAIN_H

#include <loongvisor/image.h>

/* Start-up on CPU 0, in a stated order; arch has loaded this CPU's state, interrupts are off. */
_Noreturn void main_start(const struct lv_image_header *image);

/* Start-up of every other CPU, likewise. */
_Noreturn void main_start_secondary(void);

#endif
