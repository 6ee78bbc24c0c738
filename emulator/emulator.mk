# SPDX-License-Identifier: GPL-2.0-or-later
# QEMU with LVZ: Debian's source, the series in emulator/patches/, a build kept in the cache.

EMULATOR := $(B)/emulator/qemu-system-loongarch64
ALL += $(EMULATOR)

.PHONY: emulator
emulator: $(EMULATOR) ## QEMU with LVZ (about 4 minutes on 2 CPUs; kept in the cache)

# The folder counts too: its time changes when a patch is removed or renamed.
$(EMULATOR): emulator/build emulator/source $(wildcard emulator/patches emulator/patches/*.patch)
	@emulator/build $@
	@touch $@
