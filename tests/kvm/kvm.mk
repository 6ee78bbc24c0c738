# SPDX-License-Identifier: GPL-2.0-or-later
# KVM as judge of the emulator: the stock kernel as KVM host in the emulator, with Debian's own QEMU for loong64 in its
# initramfs, and two kinds of guest: a shell only, and one with stress-ng.

KVM_IMAGES := $(B)/images/kernel-release $(B)/kvm/host.cpio.zst $(B)/kvm/shell.cpio.gz $(B)/kvm/stress.cpio.gz
KVM_ROOT := $(B)/kvm/debian
KVM_QEMU := /usr/bin/qemu-system-loongarch64
KVM_STRESS := /usr/bin/stress-ng
# $(call kvm_initramfs,what,further files): the target, from images/initramfs.
kvm_initramfs = $(STEP) "build the KVM $1 initramfs" images/initramfs $(B)/images/debian $@ $2
kvm_programs = $$(tests/kvm/libraries $(KVM_ROOT) $1)
KVM_PREREQUISITES := images/initramfs $(shell find images/rootfs) $(B)/images/debian/kernel-release

.PHONY: kvm-images test-kvm test-kvm-short
kvm-images: $(KVM_IMAGES) $(B)/kvm/selftests.cpio.zst

$(KVM_ROOT)/versions: tests/kvm/packages scripts/debs.sh
	@tests/kvm/packages $(KVM_ROOT)
	@touch $@

$(B)/kvm/shell.cpio.gz: $(KVM_PREREQUISITES)
	@mkdir -p $(@D)
	@$(call kvm_initramfs,guest's)

$(B)/kvm/stress.cpio.gz: $(KVM_PREREQUISITES) tests/kvm/libraries $(KVM_ROOT)/versions $(wildcard tests/kvm/rootfs/*)
	@$(call kvm_initramfs,stressed guest's,tests/kvm/rootfs/job:/etc/rc.d/job tests/kvm/rootfs/stress:/usr/bin/stress \
		$(call kvm_programs,$(KVM_STRESS)))

$(B)/kvm/selftests/list: tests/kvm/selftests scripts/debs.sh
	@tests/kvm/selftests $(@D)
	@touch $@

$(B)/kvm/selftests.cpio.zst: $(KVM_PREREQUISITES) $(B)/kvm/selftests/list
	@INITRAMFS_COMPRESS='zstd -q -9' $(call kvm_initramfs,selftests',$$(sed 's|.*|$(B)/kvm/selftests/&:/selftests/&|' \
		$(B)/kvm/selftests/list))

# zstd: the emulated kernel unpacks it several times faster than gzip.
$(B)/kvm/host.cpio.zst: $(KVM_PREREQUISITES) tests/kvm/libraries $(KVM_ROOT)/versions $(B)/images/Image \
		$(B)/kvm/shell.cpio.gz $(B)/kvm/stress.cpio.gz
	@INITRAMFS_COMPRESS='zstd -q -9 -T0' $(call kvm_initramfs,host's,$(B)/images/Image:/guest/Image \
		$(B)/kvm/shell.cpio.gz:/guest/shell.cpio.gz $(B)/kvm/stress.cpio.gz:/guest/stress.cpio.gz \
		$(call kvm_programs,$(KVM_QEMU)))

TEST_EMULATOR += test-kvm-short
test-kvm-short: $(EMULATOR) $(KVM_IMAGES) ## Linux KVM in the emulator boots a guest (in minutes; part of make test)
	@$(PYTEST) -v -m short tests/kvm $(TESTS)

test-kvm: $(EMULATOR) $(KVM_IMAGES) $(B)/kvm/selftests.cpio.zst ## All of KVM's judgement: boots, stress (LOONGVISOR_KVM_BOOTS=n, _STRESS=seconds)
	@$(PYTEST) -v tests/kvm $(TESTS)
