# SPDX-License-Identifier: GPL-2.0-or-later
# loongvisor.ko for the images' kernel, and its place in their initramfs.

DRIVER := $(B)/driver/loongvisor.ko
DRIVER_HEADERS := $(B)/driver/headers
DRIVER_SOURCES := $(wildcard driver/*.[ch] driver/compat/*.h) driver/Makefile $(wildcard include/loongvisor/*.h)
ALL += $(DRIVER)
INITRAMFS_FILES += $(DRIVER):/lib/modules/$$(<$(B)/images/kernel-release)/extra/loongvisor.ko

.PHONY: driver
driver: $(DRIVER) ## The root zone's kernel module

$(DRIVER_HEADERS)/versions: driver/headers scripts/debs.sh $(B)/images/kernel-release
	@driver/headers $(B)/images/debian $(DRIVER_HEADERS)
	@touch $@

$(DRIVER): driver/build $(DRIVER_SOURCES) $(DRIVER_HEADERS)/versions
	@$(STEP) "build the kernel module" driver/build $(DRIVER_HEADERS) $(@D)
	@touch $@
