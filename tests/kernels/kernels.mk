# SPDX-License-Identifier: GPL-2.0-or-later
# Kernels that are not Debian's: upstream's default configuration, and one with a built-in device tree that polls when idle.
# They take minutes to build the first time, so `make test` leaves them out.

KERNELS := $(addprefix $(B)/kernels/,default builtin)
KERNELS_INPUTS := $(addprefix tests/kernels/,build trim.config idle-poll.patch) scripts/debs.sh
KERNELS_TREES := $(B)/kernels/builtin-root.dts $(B)/kernels/builtin-guest.dts

.PHONY: kernels test-kernels
kernels: $(addsuffix /versions,$(KERNELS)) ## Two kernels of Debian's linux-source: upstream's default, and one that polls, with a built-in device tree

$(B)/kernels/%.dts: tests/kernels/%.dts tests/kernels/builtin.dtsi boards/qemu-virt/root.dts
	@mkdir -p $(@D)
	@clang-19 -E -P -nostdinc -undef -x assembler-with-cpp -o $@ $<

# One after the other: each uses all CPUs.
$(B)/kernels/default/versions: $(KERNELS_INPUTS) tests/kernels/default.config
	@tests/kernels/build $(@D) default
	@touch $@

$(B)/kernels/builtin/versions: $(KERNELS_INPUTS) tests/kernels/builtin.config $(KERNELS_TREES) | $(B)/kernels/default/versions
	@tests/kernels/build $(@D) builtin $(KERNELS_TREES)
	@touch $@

$(B)/kernels/initrd.cpio: tests/kernels/initrd tests/kernels/builtin.dtsi tests/kvm/libraries images/initramfs \
		$(shell find images/rootfs tests/kernels/rootfs -type f) $(B)/images/debian/kernel-release $(B)/load/disk.ext4
	@mkdir -p $(@D)
	@$(STEP) "build the kernels' initrd" tests/kernels/initrd $(B)/images/debian $(B)/load/disk.ext4 $@

# All that the root zone starts them from, as a disk.
$(B)/kernels/disk.ext4: $(addsuffix /versions,$(KERNELS)) $(B)/kernels/initrd.cpio $(wildcard tests/kernels/*.json)
	@rm -rf $(B)/kernels/disk && mkdir -p $(B)/kernels/disk
	@cp $(B)/kernels/default/vmlinuz.efi $(B)/kernels/builtin/guest.elf $(B)/kernels/initrd.cpio tests/kernels/*.json $(B)/kernels/disk/
	@truncate -s 128M $@ && /sbin/mkfs.ext4 -q -F -d $(B)/kernels/disk $@

test-kernels: $(ALL) $(addsuffix /versions,$(KERNELS)) $(B)/kernels/disk.ext4 ## They boot as root zone and as guest, and poll under load (LOONGVISOR_BOOTS=n, LOONGVISOR_POLL_SECONDS=n)
	@$(PYTEST) -v -s tests/kernels $(TESTS)
