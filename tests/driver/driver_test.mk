# SPDX-License-Identifier: GPL-2.0-or-later
# The driver's test: a static program for the root zone, which a machine gets as a disk.

DRIVER_TEST := $(B)/tests/driver/driver-test
DRIVER_TEST_CC := clang-19 --target=loongarch64-linux-gnu --sysroot=$(CLI_SYSROOT) -fuse-ld=lld -static -Qunused-arguments
TEST_SYSTEM += test-driver

$(DRIVER_TEST): $(wildcard tests/driver/program/*) $(wildcard include/*/*.h) $(CLI_SYSROOT)/versions
	@mkdir -p $(@D)
	$(DRIVER_TEST_CC) -std=c11 -D_GNU_SOURCE -O2 -g -Iinclude -Wall -Wextra -Werror -Wconversion -Wshadow -Wvla \
		-Wmissing-prototypes -o $@ $(filter %.c %.S,$^)

test-driver: $(ALL) $(DRIVER_TEST) $(B)/loongvisor-qemu-hvisor.elf ## The driver in a root zone: every ioctl with good and bad input, races, signals, removal
	@$(PYTEST) -v tests/driver $(TESTS)
