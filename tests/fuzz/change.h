/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inputs that are changes of something good, since random bytes fail at the first field. */
#ifndef FUZZ_CHANGE_H
#define FUZZ_CHANGE_H

#include <stddef.h>
#include <stdint.h>

/* Lays the changes that the input holds over the object; what would leave it changes nothing. */
void change_apply(void *object, size_t object_size, const uint8_t *input, size_t size);

#endif
