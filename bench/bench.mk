# SPDX-License-Identifier: GPL-2.0-or-later
# What everything costs, in instructions. The micro-benchmark is one program for three homes: it runs where all of them
# have RAM, and where a KVM host's kernel has no code: the emulator's breakpoints know addresses only.
BENCH_BASE := 0x05000000

BENCH_GUEST := $(B)/guests/bench.elf
BENCH_OBJECTS := $(patsubst guests/%,$(B)/guests/%.o,$(wildcard guests/bench/*.S guests/bench/*.c))
$(BENCH_OBJECTS): guests/bench/bench.h
$(eval $(call bare_program,$(BENCH_GUEST),$(BENCH_OBJECTS),$(BENCH_BASE)))
ALL += $(BENCH_GUEST)

.PHONY: bench-micro
bench-micro: $$(ALL) $(if $(findstring kvm,$(HOMES)),$(B)/bench/kvm-host.cpio.zst) ## Instructions per operation in a zone, quickly (HOMES='bare zone kvm', PARTS=n)
	@$(HARNESS) bench/micro $(if $(PARTS),--parts $(PARTS)) $(HOMES)

# The VMM, a static program for loong64, and the initramfs of the KVM host that runs it.
BENCH_OUT := $(B)/bench
BENCH_VMM := $(BENCH_OUT)/vmm
BENCH_KVM_HOST := $(BENCH_OUT)/kvm-host.cpio.zst
BENCH_LOONG64_CC := clang-19 --target=loongarch64-linux-gnu --sysroot=$(CLI_SYSROOT) -fuse-ld=lld -static -Qunused-arguments
BENCH_CFLAGS := -std=gnu11 -D_GNU_SOURCE -O2 -Iinclude -Wall -Wextra -Werror -Wconversion -Wshadow -Wvla -Wmissing-prototypes

$(BENCH_VMM): $(wildcard bench/vmm/*.[chS]) include/loongarch/registers.h $(CLI_SYSROOT)/versions
	@mkdir -p $(@D)
	$(BENCH_LOONG64_CC) $(BENCH_CFLAGS) -o $@ $(filter %.c %.S,$^)

$(BENCH_KVM_HOST): $$(KVM_PREREQUISITES) $(BENCH_VMM) $(BENCH_GUEST)
	@INITRAMFS_COMPRESS='zstd -q -9' $(call kvm_initramfs,benchmark host's,$(BENCH_VMM):/bench/vmm $(BENCH_GUEST):/bench/bench.elf)

# Whole workloads: a system that does fixed work and powers off, on the bare machine, as root zone and as guest of KVM.
BENCH_MARK := $(BENCH_OUT)/mark
BENCH_WORK := $(BENCH_OUT)/work.cpio.zst
BENCH_KVM_WORK := $(BENCH_OUT)/kvm-work.cpio.zst
BENCH_FIRMWARE := /usr/share/qemu-efi-loongarch64/QEMU_EFI.fd
BENCH_WORK_FILES := $(BENCH_MARK):/usr/bin/mark bench/workloads/jobs:/etc/rc.d/jobs

$(BENCH_MARK): bench/workloads/mark.S
	@mkdir -p $(@D)
	clang-19 --target=loongarch64-linux-gnu -fuse-ld=lld -static -nostdlib -Wl,-Ttext=0x7b0000000 -o $@ $<

$(BENCH_OUT)/userland/list: bench/userland $(B)/load/disk.ext4
	@bench/userland $(B)/load/disk.ext4 $(@D)

$(BENCH_WORK): $$(KVM_PREREQUISITES) $(BENCH_MARK) bench/workloads/jobs $(BENCH_OUT)/userland/list
	@INITRAMFS_COMPRESS='zstd -q -9' $(call kvm_initramfs,workloads',$(BENCH_WORK_FILES) $$(cat $(BENCH_OUT)/userland/list))

$(BENCH_KVM_WORK): $$(KVM_PREREQUISITES) $(BENCH_WORK) $(B)/images/Image $$(KVM_ROOT)/versions tests/kvm/libraries
	@INITRAMFS_COMPRESS='zstd -q -9 -T0' $(call kvm_initramfs,workloads' KVM host's,$(B)/images/Image:/guest/Image \
		$(BENCH_WORK):/guest/work.cpio.zst $(BENCH_MARK):/usr/bin/mark $(KVM_ROOT)$(BENCH_FIRMWARE):/guest/firmware.fd \
		$(call kvm_programs,$(KVM_QEMU)))

BENCH_KVM := $(BENCH_KVM_HOST) $(BENCH_WORK) $(BENCH_KVM_WORK) $(BENCH_OUT)/mark.cpio

# What the root zone of the machine of `make run` unpacks, and puts in front of a zone's initramfs: the mark, and what calls it
# before the zone's shell.
$(BENCH_OUT)/mark.cpio: $(BENCH_MARK) bench/workloads/ready
	@rm -rf $(BENCH_OUT)/marked
	@install -D $(BENCH_MARK) $(BENCH_OUT)/marked/usr/bin/mark
	@install -D bench/workloads/ready $(BENCH_OUT)/marked/etc/rc.d/ready
	@(cd $(BENCH_OUT)/marked && find . -mindepth 1 | LC_ALL=C sort | cpio --quiet -o -H newc -R 0:0) > $@

.PHONY: bench bench-baseline bench-report bench-compare test-bench-unit test-bench
bench: deps ## Measure everything; writes build/bench/result.json and report.md, names what is 2 % off bench/baseline.json
	@$(MAKE) $(PARALLEL) all $(BENCH_KVM)
	@$(HARNESS) bench/run $(BENCH_OPTIONS)

bench-baseline: deps ## The same, and make the result the baseline to compare with
	@$(MAKE) $(PARALLEL) all $(BENCH_KVM)
	@$(HARNESS) bench/run --keep

bench-report: ## Draw the plots of docs/performance.md and write its tables, from build/bench/result.json
	@bench/plot

bench-compare: ## Are two results the same? (build/bench/result.json and bench/baseline.json, or FIRST=file SECOND=file)
	@bench/compare $(FIRST) $(SECOND)

TEST_UNIT += test-bench-unit
test-bench-unit:
	@$(PYTEST) -q bench/test_bench.py

TEST_SYSTEM += test-bench
test-bench: $$(ALL) ## The micro-benchmark in a zone and bare: all rows, no more than bare where nothing exits; the page's sizes
	@$(PYTEST) -q bench/test_sizes.py bench/test_smoke.py
