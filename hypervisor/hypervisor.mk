# SPDX-License-Identifier: GPL-2.0-or-later
# The hypervisor itself: build/hypervisor/loongvisor.elf, what the packer appends an image to.

# Either compiler builds it: make HV_CC=loongarch64-linux-gnu-gcc-14 does so with gcc.
HV_CC := clang-19
HV_LD := ld.lld-19

# No floating point and no vectors: those registers belong to the guest.
HV_TARGET = $(if $(findstring clang,$(HV_CC)),--target=loongarch64-linux-gnusf -mno-lsx -mno-lasx)
HV_FLAGS = $(HV_TARGET) -march=loongarch64 -mabi=lp64s -mfpu=none -ffreestanding -fpie \
	$(if $(findstring clang,$(HV_CC)),-fdirect-access-external-data,-mdirect-extern-access) \
	-fno-stack-protector -fno-asynchronous-unwind-tables -fno-common -fno-strict-aliasing -ffunction-sections -fno-jump-tables \
	-Ihypervisor -Ihypervisor/arch -Ihypervisor/irq -Ihypervisor/devices -Iinclude -g -MMD -MP
HV_CFLAGS := -std=gnu11 -Wall -Wextra -Werror -Wconversion -Wshadow -Wvla -Wmissing-prototypes

# *_hot.c runs at exits, or goes through much memory: it is made fast and linked first (linker.ld). All else is made small.
HV_FAST := %_hot.c

# hvisor's interface for its unmodified tools: make HV_COMPAT= builds without it.
HV_COMPAT ?= hvisor
HV_ROOMS := boot core irq devices arch lib $(HV_COMPAT:%=compat/%)
# hv_sources CHECKED: what the variant is made of.
hv_sources = $(foreach room,$(HV_ROOMS) $(if $(filter 1,$(1)),checked),$(wildcard hypervisor/$(room)/*.c hypervisor/$(room)/*.S))
ALL += $(B)/hypervisor/loongvisor.elf

# hv_variant DIR CHECKED SOURCES: the hypervisor in build/DIR; CHECKED 1 has it test its invariants at each exit.
define hv_variant
$(B)/$(1)/%.c.o: hypervisor/%.c hypervisor/hypervisor.mk
	mkdir -p $$(@D)
	$$(HV_CC) $$(HV_FLAGS) $$(if $$(filter $(HV_FAST),$$<),-O2,-Oz) -DLV_CHECKED=$(2) $(HV_CFLAGS) -c $$< -o $$@

$(B)/$(1)/%.S.o: hypervisor/%.S hypervisor/hypervisor.mk
	mkdir -p $$(@D)
	$$(HV_CC) $$(HV_FLAGS) $$(HV_EXTRA) -c $$< -o $$@

# The one file that may name vector registers.
$(B)/$(1)/arch/vector.S.o: HV_EXTRA := -mfpu=64 -mlasx

$(B)/$(1)/loongvisor.elf: $(3:hypervisor/%=$(B)/$(1)/%.o) hypervisor/arch/linker.ld
	@echo "  LD $$@"
	$(HV_LD) -static -pie --no-dynamic-linker --pack-dyn-relocs=relr --gc-sections -z max-page-size=4096 \
		-T hypervisor/arch/linker.ld -Map=$$@.map \
		$(3:hypervisor/%=$(B)/$(1)/%.o) -o $$@

-include $(3:hypervisor/%=$(B)/$(1)/%.d)
endef

$(eval $(call hv_variant,hypervisor,0,$(call hv_sources,0)))
$(eval $(call hv_variant,hypervisor-checked,1,$(call hv_sources,1)))
# As make HV_COMPAT= builds it, for its test.
$(eval $(call hv_variant,hypervisor-plain,0,$(filter-out hypervisor/compat/%,$(call hv_sources,0))))

# As gcc builds it, for its test.
HV_GCC := $(B)/loongarch64-gcc
$(eval $(call hv_variant,hypervisor-gcc,0,$(call hv_sources,0)))
$(B)/hypervisor-gcc/%: HV_CC := $(HV_GCC)
$(patsubst hypervisor/%,$(B)/hypervisor-gcc/%.o,$(call hv_sources,0)): $(HV_GCC)

$(HV_GCC): scripts/gcc scripts/debs.sh
	@scripts/gcc $@
