# SPDX-License-Identifier: GPL-2.0-or-later
# QEMU with LVZ: Debian's source, the series in emulator/patches/, a build kept in the cache.

EMULATOR := $(B)/emulator/qemu-system-loongarch64
ALL += $(EMULATOR)

.PHONY: emulator
emulator: $(EMULATOR) ## QEMU with LVZ (about 4 minutes on 2 CPUs; kept in the cache)

# The folder counts too: its time changes when a patch is removed or renamed.
$(EMULATOR): emulator/build emulator/source $(wildcard emulator/patches emulator/patches/*.patch)
	@emulator/build $@
	@touch -c $@

# The emulator under the address and undefined-behaviour sanitizers. Some processes end by a signal: no leak check.
SANITIZED := $(B)/emulator/sanitized/qemu-system-loongarch64

.PHONY: test-emulator-sanitized check-series bench-emulator test-qemu
test-emulator-sanitized: conformance kvm-images ## Conformance and a KVM boot, the emulator under ASan and UBSan (half an hour)
	@emulator/sanitized $(SANITIZED)
	ASAN_OPTIONS=detect_leaks=0 CONFORMANCE_QEMU=$(abspath $(SANITIZED)) CONFORMANCE_TIMEOUT=300 $(PYTEST) -q tests/emulator
	ASAN_OPTIONS=detect_leaks=0 LOONGVISOR_QEMU=$(abspath $(SANITIZED)) $(PYTEST) -v -m short tests/kvm

check-series: ## Every patch of the emulator passes checkpatch and builds (an hour the first time)
	@emulator/check

# The same source without the series, to compare with.
UNPATCHED := $(B)/emulator/plain/qemu-system-loongarch64

bench-emulator: $(EMULATOR) $(B)/images/Image $(B)/images/initramfs.cpio.gz ## What the series costs a boot without guests (ROUNDS=n; 4 minutes)
	@emulator/build plain $(UNPATCHED)
	@$(HARNESS) tests/emulator/host-time $(UNPATCHED) $(EMULATOR) --rounds $(or $(ROUNDS),15)

test-qemu: ## QEMU's own loongarch64 tests give the same results with and without the series (half an hour)
	@emulator/own-tests
