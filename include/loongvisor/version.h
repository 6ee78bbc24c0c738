/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
#ifndef LOONGVISOR_VERSION_H
#define LOONGVISOR_VERSION_H

#define LV_VERSION_STRING "0.1.0"

#endif
