# SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause)
# Bare-metal programs: the runtime below guests/runtime, and the guests. tests/tests.mk makes more programs with
# bare_program. Output: $(B)/guests/NAME.elf and NAME.bin.

GUEST_CC := clang-19
GUEST_LD := ld.lld-19
GUEST_OBJCOPY := llvm-objcopy-19
GUEST_TARGET := --target=loongarch64-linux-gnusf -mabi=lp64s -msoft-float -mno-lsx
GUEST_CFLAGS := $(GUEST_TARGET) -std=gnu11 -O2 -g -ffreestanding -fno-builtin -fno-pic -fno-stack-protector \
	-fno-jump-tables -mcmodel=medium -Wall -Wextra -Werror -Wconversion -Wshadow -Wvla -Wmissing-prototypes \
	-Iguests/include -Iinclude
GUEST_ASFLAGS = $(GUEST_TARGET) -g -Iguests/include -Iinclude

# Where a zone's RAM begins, and where programs for the bare machine go (clear of QEMU's boot tables).
GUEST_ZONE_BASE := 0x00200000
GUEST_BARE_BASE := 0x01000000

GUEST_RUNTIME := $(patsubst guests/%,$(B)/guests/%.o,$(wildcard guests/runtime/*.S guests/runtime/*.c))
GUEST_HEADERS := $(wildcard guests/include/rt/*.h include/loongvisor/*.h include/loongarch/*.h)

$(B)/guests/%.c.o: guests/%.c $(GUEST_HEADERS)
	@mkdir -p $(@D)
	$(GUEST_CC) $(GUEST_CFLAGS) -c -o $@ $<

$(B)/guests/%.S.o: guests/%.S $(GUEST_HEADERS)
	@mkdir -p $(@D)
	$(GUEST_CC) $(GUEST_ASFLAGS) -c -o $@ $<

# The one file that names vector registers.
$(B)/guests/runtime/fpu.S.o: GUEST_TARGET := --target=loongarch64-linux-gnusf -mabi=lp64s -mfpu=64 -mlasx

# $(call bare_program,ELF,OBJECTS,LOAD_BASE)
define bare_program
$(1): $(2) $(GUEST_RUNTIME) guests/runtime/runtime.ld
	@mkdir -p $$(@D)
	$(GUEST_LD) -static --defsym=LOAD_BASE=$(3) -T guests/runtime/runtime.ld -o $$@ $(GUEST_RUNTIME) $(2)
endef

GUESTS := $(patsubst guests/%/main.c,%,$(wildcard guests/*/main.c))
GUEST_ELFS := $(GUESTS:%=$(B)/guests/%.elf)
GUEST_BINS := $(GUESTS:%=$(B)/guests/%.bin)
$(foreach g,$(GUESTS),$(eval $(call bare_program,$(B)/guests/$(g).elf,$(B)/guests/$(g)/main.c.o,$(GUEST_ZONE_BASE))))

# Guests that run on the bare machine too, to be compared: NAME-bare.elf.
GUESTS_BARE := timer
GUEST_ELFS += $(GUESTS_BARE:%=$(B)/guests/%-bare.elf)
$(foreach g,$(GUESTS_BARE),$(eval $(call bare_program,$(B)/guests/$(g)-bare.elf,$(B)/guests/$(g)/main.c.o,$(GUEST_BARE_BASE))))

$(B)/guests/%.bin: $(B)/guests/%.elf
	$(GUEST_OBJCOPY) -O binary $< $@

.PHONY: guests
guests: $(GUEST_ELFS) $(GUEST_BINS) ## Bare-metal guests that test and measure
ALL += $(GUEST_ELFS) $(GUEST_BINS)
