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
bench-micro: $(ALL) $(BENCH_GUEST) ## Instructions per operation in a zone, quickly (HOMES='bare zone kvm')
	@bench/micro $(HOMES)

# The VMM, a static program for loong64, and the initramfs of the KVM host that runs it.
BENCH_SYSROOT := $(B)/bench/sysroot
BENCH_VMM := $(B)/bench/vmm
BENCH_KVM_HOST := $(B)/bench/kvm-host.cpio.zst
BENCH_VMM_CC := clang-19 --target=loongarch64-linux-gnu --sysroot=$(BENCH_SYSROOT) -fuse-ld=lld -static -Qunused-arguments

$(BENCH_SYSROOT)/versions: bench/sysroot scripts/debs.sh
	@bench/sysroot $(BENCH_SYSROOT)
	@touch $@

$(BENCH_VMM): $(wildcard bench/vmm/*.[chS]) $(BENCH_SYSROOT)/versions
	@mkdir -p $(@D)
	$(BENCH_VMM_CC) -std=gnu11 -D_GNU_SOURCE -O2 -Wall -Wextra -Werror -Wconversion -Wshadow -Wvla -Wmissing-prototypes \
		-o $@ $(filter %.c %.S,$^)

$(BENCH_KVM_HOST): $$(KVM_PREREQUISITES) $(BENCH_VMM) $(BENCH_GUEST)
	@INITRAMFS_COMPRESS='zstd -q -9' $(call kvm_initramfs,benchmark host's,$(BENCH_VMM):/bench/vmm $(BENCH_GUEST):/bench/bench.elf)
