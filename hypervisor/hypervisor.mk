# SPDX-License-Identifier: GPL-2.0-or-later
# The hypervisor itself: build/hypervisor/loongvisor.elf, what the packer appends an image to.

HV_CC := clang-19
HV_LD := ld.lld-19
HV_NM := llvm-nm-19

# Where the image is linked, through the cached window: hypervisor.base of the board.
HV_BASE := 0x900000000a000000

HV_FLAGS := --target=loongarch64-linux-gnusf -march=loongarch64 -mabi=lp64s -mfpu=none -mno-lsx -mno-lasx -ffreestanding -fno-pic \
	-fno-stack-protector -fno-asynchronous-unwind-tables -fno-common -ffunction-sections \
	-Ihypervisor -Ihypervisor/arch -Iinclude -O2 -g -MMD -MP
HV_CFLAGS := -std=gnu11 -Wall -Wextra -Werror -Wconversion -Wshadow -Wvla -Wmissing-prototypes

HV_SOURCES := $(wildcard hypervisor/core/*.c hypervisor/arch/*.c hypervisor/devices/*.c \
	hypervisor/lib/*.c hypervisor/arch/*.S)
HV_OBJECTS := $(patsubst hypervisor/%,$(B)/hypervisor/%.o,$(HV_SOURCES))
ALL += $(B)/hypervisor/loongvisor.elf

$(B)/hypervisor/%.c.o: hypervisor/%.c hypervisor/hypervisor.mk
	@mkdir -p $(@D)
	$(HV_CC) $(HV_FLAGS) $(HV_CFLAGS) -c $< -o $@

$(B)/hypervisor/%.S.o: hypervisor/%.S hypervisor/hypervisor.mk
	@mkdir -p $(@D)
	$(HV_CC) $(HV_FLAGS) -c $< -o $@

$(B)/hypervisor/loongvisor.elf: $(HV_OBJECTS) hypervisor/arch/linker.ld
	$(HV_LD) -static --gc-sections -z max-page-size=4096 --defsym=HYPERVISOR_BASE=$(HV_BASE) \
		--defsym=WINDOW_CACHED=0x9000000000000000 -T hypervisor/arch/linker.ld \
		$(HV_OBJECTS) -o $@

-include $(HV_OBJECTS:.o=.d)
