# SPDX-License-Identifier: GPL-2.0-or-later
# What a zone runs: the stock Debian kernel, an initramfs, the device tree. INITRAMFS_FILES takes further files as
# SOURCE:/TARGET, from any fragment.

IMAGES := $(addprefix $(B)/images/,Image kernel-release initramfs.cpio.gz root.dtb guest.cpio.gz initramfs-8.cpio root-8.dtb)
ALL += $(IMAGES)

.PHONY: images refresh FORCE
images: $(IMAGES) ## Kernel, initramfs and device tree

refresh: ## Look for newer versions of Debian's packages and QEMU's source
	images/packages $(B)/images/debian --refresh
	tests/kvm/packages $(B)/kvm/debian --refresh
	images/disk images/back-ends $(BACK_ENDS) --refresh
	tools/sysroot $(B)/tools/sysroot --refresh
	emulator/source newest

# The link's own directory says which packages are unpacked; `packages` is quick when nothing is to be done.
$(B)/images/debian/Image $(B)/images/debian/kernel-release &: images/packages images/unpack-zboot
	@images/packages $(B)/images/debian

$(B)/images/Image $(B)/images/kernel-release: $(B)/images/%: $(B)/images/debian/%
	@ln -sfn debian/$* $@

# Rewritten only when the list changes, so that a changed list rebuilds the initramfs.
$(B)/images/initramfs.files: FORCE
	@mkdir -p $(@D)
	@echo '$(INITRAMFS_FILES)' | cmp -s - $@ || echo '$(INITRAMFS_FILES)' > $@

# The files that INITRAMFS_FILES names, looked at when all fragments have been read.
COLON := :
initramfs_sources = $(foreach pair,$(INITRAMFS_FILES),$(firstword $(subst $(COLON), ,$(pair))))

.SECONDEXPANSION:
$(B)/images/initramfs.cpio.gz: images/initramfs $(shell find images/rootfs) $(B)/images/debian/kernel-release \
		$(B)/images/initramfs.files $$(initramfs_sources)
	@$(STEP) "build the initramfs" images/initramfs $(B)/images/debian $@ $(INITRAMFS_FILES)

# What guest zones run: the root zone's BusyBox system without its modules.
$(B)/images/guest.cpio.gz: images/initramfs $(shell find images/rootfs images/guest) $(B)/images/debian/kernel-release
	@$(STEP) "build the guests' initramfs" images/initramfs --layer images/guest $(B)/images/debian $@

# The same with drivers of disks and networks.
$(B)/images/guest-devices.cpio.gz: images/initramfs $(shell find images/rootfs images/guest images/guest-devices) \
		$(B)/images/debian/kernel-release
	@$(STEP) "build the initramfs of guests with devices" images/initramfs --layer images/guest --layer images/guest-devices \
		$(B)/images/debian $@

# What serves the devices of zones: a disk for the root zone to mount, with Debian's back ends.
BACK_ENDS := $(B)/images/back-ends.ext4
$(BACK_ENDS): images/disk $(shell find images/back-ends -type f) tests/kvm/libraries scripts/debs.sh
	@images/disk images/back-ends $@
	@touch -h $@

# The root zone's once more, with the example zones and the files that they name.
EXAMPLES := $(patsubst %/zone.json,%,$(wildcard examples/*/zone.json))
EXAMPLE_FILES := $(B)/images/Image $(B)/images/guest.cpio.gz $(B)/guests/jitter.elf $(B)/guests/hostile.elf
$(B)/images/initramfs-8.cpio: images/examples $(wildcard examples/*/*) $(EXAMPLE_FILES) $(B)/images/initramfs.cpio.gz
	@images/examples --search $(B)/images --search $(B)/guests $(B)/images/initramfs.cpio.gz $@ $(EXAMPLES)

# A warning of dtc's fails: it is a node that the kernel may read differently from what was meant.
define make_dtb
	@mkdir -p $(@D)
	@clang-19 -E -P -nostdinc -undef -x assembler-with-cpp -o $(@:.dtb=.pre.dts) $<
	@dtc -I dts -O dtb -o $@ $(@:.dtb=.pre.dts) 2> $(@:.dtb=.dtc.log) || { cat $(@:.dtb=.dtc.log) >&2; exit 1; }
	@if [ -s $(@:.dtb=.dtc.log) ]; then cat $(@:.dtb=.dtc.log) >&2; exit 1; fi
endef

$(B)/images/%.dtb: $(QEMU_VIRT)/%.dts $(QEMU_VIRT)/root.dts images/images.mk
	$(make_dtb)

# Any other board: make build/loongvisor-BOARD.elf, whose root zone names the device tree as BOARD/root.dtb.
$(B)/images/%/root.dtb: boards/%/root.dts images/images.mk
	$(make_dtb)

$(foreach board,$(filter-out $(QEMU_VIRT),$(patsubst %/board.json,%,$(wildcard boards/*/board.json))),$(eval $(call packed_image,\
	$(B)/loongvisor-$(notdir $(board)).elf,$(board)/board,$(board)/root,Image initramfs.cpio.gz $(notdir $(board))/root.dtb)))

# The machine of `make run`: 8 CPUs and 4 GiB, of which the root zone leaves 4 CPUs and 2 GiB to others.
ALL += $(B)/loongvisor-qemu-8.elf
$(eval $(call packed_image,$(B)/loongvisor-qemu-8.elf,$(QEMU_VIRT)/board-8,$(QEMU_VIRT)/root-8,Image initramfs-8.cpio root-8.dtb))

# The same machine for hvisor's virtio daemon; built when asked for and for its tests.
$(B)/images/root-hvisor.dtb: $(QEMU_VIRT)/root-8.dts
$(eval $(call packed_image,$(B)/loongvisor-qemu-hvisor.elf,$(QEMU_VIRT)/board-8,$(QEMU_VIRT)/root-hvisor,\
	Image initramfs-8.cpio root-hvisor.dtb))
