// SPDX-License-Identifier: GPL-2.0-or-later
/* boot/console.c, with a door to its variables. */
// NOLINTNEXTLINE(bugprone-suspicious-include)
#include <boot/console.c>
#include <fake.h>
#include <lib/string.h>

void state_reset_console(void) {
    memset(&console, 0, sizeof(console));
}
