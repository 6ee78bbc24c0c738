/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Vectored exception entries for either bank: each notes its number in SAVE4 and goes on in the
 * runtime's common entry.
 */
#ifndef VECTORS_H
#define VECTORS_H

#include "tap.h"

#define VECTOR_VS        2u /* 16 bytes each */
#define VECTOR_INTERRUPT 64u

extern uint32_t vectors[];

/* Fills the table; EENTRY and ECFG.VS are the caller's. */
void vectors_make(void);

#endif
