/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_ARRAY_H
#define TOOLS_ARRAY_H

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

#endif
