// SPDX-License-Identifier: GPL-2.0-or-later
#include <lib/spinlock.h>

void spinlock_take(struct spinlock *lock) {
    spinlock_take_inline(lock);
}
