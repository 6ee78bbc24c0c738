# SPDX-License-Identifier: GPL-2.0-or-later
# Each room of tests/ has its own fragment.
-include $(wildcard tests/*/*.mk)
