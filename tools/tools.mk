# SPDX-License-Identifier: GPL-2.0-or-later
# The packer, the configuration library under it, the packed image, and their unit tests.

TOOLS_CC := clang-19
TOOLS_FLAGS := -std=c11 -D_GNU_SOURCE -O2 -g -MMD -MP -Iinclude -Itools -I$(B)/tools/runtime -Wall -Wextra -Werror \
	-Wconversion -Wshadow -Wvla -Wmissing-prototypes
TOOLS_SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
# Tests may lay regions out in several runs.
TOOLS_TEST_FLAGS = $(TOOLS_FLAGS) $(TOOLS_SANITIZE) -DLV_RUN_LAYOUT -Itests/unit
TOOLS_LIBS := -ljansson -lfdt -lelf -lz -lzstd

TOOLS_OUT := $(B)/tools
TOOLS_LIB := $(wildcard tools/lib/*.c)
TOOLS_LIB_OBJECTS := $(TOOLS_LIB:tools/%.c=$(TOOLS_OUT)/obj/%.o)

# The same library once more for the tests, under the sanitizers.
TOOLS_TEST_LIB_OBJECTS := $(TOOLS_LIB:tools/%.c=$(TOOLS_OUT)/test/%.o) $(TOOLS_OUT)/test/run_layout.o
TOOLS_TEST_SUPPORT := $(TOOLS_OUT)/test/support.o
TOOLS_TESTS := $(patsubst tests/unit/tools/%.c,$(TOOLS_OUT)/test/%,$(wildcard tests/unit/tools/test_*.c))
# A hypervisor in miniature, and guests of every format: what the tests pack.
TOOLS_TEST_ELFS := $(addprefix $(TOOLS_OUT)/test/,hypervisor.elf no-symbol.elf other-version.elf inside-bss.elf \
	unaligned.elf elsewhere.elf guest.elf)

# The code of the EFI runtime services, which runs in zones, as an array. All that is made of boot_tables.c needs it.
TOOLS_RUNTIME_CC := $(TOOLS_CC) --target=loongarch64-linux-gnusf -march=loongarch64 -mabi=lp64s -mfpu=none -mno-lsx -mno-lasx
TOOLS_RUNTIME := $(addprefix $(TOOLS_OUT)/runtime/,entry.S.o get_time.c.o)

$(TOOLS_OUT)/runtime/%.o: tools/runtime/% tools/runtime/get_time.h include/loongvisor/zone_config.h tools/tools.mk
	@mkdir -p $(@D)
	$(TOOLS_RUNTIME_CC) -Oz -ffreestanding -fpie -fno-jump-tables -fno-asynchronous-unwind-tables -Iinclude -Wall -Wextra \
		-Werror -c $< -o $@

$(TOOLS_OUT)/runtime/runtime_code.h: $(TOOLS_RUNTIME)
	ld.lld-19 -static -Ttext=0 -e runtime_entry --oformat=binary $^ -o $(@:.h=.bin)
	{ echo 'static const unsigned char boot_runtime_code[] = {'; od -An -v -tx1 $(@:.h=.bin) | sed 's/ /,0x/g; s/^,//; s/$$/,/'; \
		echo '};'; } >$@

tools/lib/boot_tables.c: | $(TOOLS_OUT)/runtime/runtime_code.h

ALL += $(TOOLS_OUT)/loongvisor-pack $(B)/loongvisor-qemu.elf
TEST_UNIT += test-unit-tools

$(TOOLS_OUT)/obj/%.o: tools/%.c tools/tools.mk
	@mkdir -p $(@D)
	$(TOOLS_CC) $(TOOLS_FLAGS) -c $< -o $@

$(TOOLS_OUT)/loongvisor-pack: $(TOOLS_OUT)/obj/loongvisor-pack.o $(TOOLS_LIB_OBJECTS)
	$(TOOLS_CC) $^ $(TOOLS_LIBS) -o $@

# $(call packed_image,IMAGE,BOARD,ROOT,FILE...): an image with a root zone, both JSON files without .json, and the files of
# build/images that the zone names.
define packed_image
$(1): $(TOOLS_OUT)/loongvisor-pack $(B)/hypervisor/loongvisor.elf $(2).json $(3).json $(addprefix $(B)/images/,$(4))
	@$(TOOLS_OUT)/loongvisor-pack --hypervisor $(B)/hypervisor/loongvisor.elf --board $(2).json --zone $(3).json \
		--search $(B)/images -o $(1)
endef

QEMU_VIRT := boards/qemu-virt
$(eval $(call packed_image,$(B)/loongvisor-qemu.elf,$(QEMU_VIRT)/board,$(QEMU_VIRT)/root,Image initramfs.cpio.gz root.dtb))

$(TOOLS_OUT)/test/lib/%.o: tools/lib/%.c tools/tools.mk
	@mkdir -p $(@D)
	$(TOOLS_CC) $(TOOLS_TEST_FLAGS) -c $< -o $@

$(TOOLS_OUT)/test/loongvisor-pack.o: tools/loongvisor-pack.c tools/tools.mk
	@mkdir -p $(@D)
	$(TOOLS_CC) $(TOOLS_TEST_FLAGS) -c $< -o $@

$(TOOLS_OUT)/test/loongvisor-pack: $(TOOLS_OUT)/test/loongvisor-pack.o $(TOOLS_TEST_LIB_OBJECTS)
	$(TOOLS_CC) $(TOOLS_SANITIZE) $^ $(TOOLS_LIBS) -o $@

$(TOOLS_OUT)/test/run_layout.o: tests/unit/run_layout.c tools/tools.mk
	@mkdir -p $(@D)
	$(TOOLS_CC) $(TOOLS_TEST_FLAGS) -c $< -o $@

$(TOOLS_OUT)/test/%.o: tests/unit/tools/%.c tools/tools.mk
	@mkdir -p $(@D)
	$(TOOLS_CC) $(TOOLS_TEST_FLAGS) -DTEST_OUT='"$(TOOLS_OUT)/test"' -c $< -o $@

# For this machine, to be compared with its calendar.
$(TOOLS_OUT)/test/runtime/get_time.o: tools/runtime/get_time.c tools/tools.mk
	@mkdir -p $(@D)
	$(TOOLS_CC) $(TOOLS_FLAGS) $(TOOLS_SANITIZE) -c $< -o $@
$(TOOLS_OUT)/test/test_get_time: $(TOOLS_OUT)/test/runtime/get_time.o

# Over files in memory, and judged by the fuzzers' judge.
TOOLS_TEST_PROPERTY := $(addprefix $(TOOLS_OUT)/test/fuzz/,machine8.o file_memory.o property.o)
$(TOOLS_TEST_PROPERTY): $(TOOLS_OUT)/test/fuzz/%.o: tests/fuzz/%.c tools/tools.mk
	@mkdir -p $(@D)
	$(TOOLS_CC) $(TOOLS_TEST_FLAGS) -c $< -o $@
$(TOOLS_OUT)/test/test_property.o: TOOLS_FLAGS += -Itests/fuzz
$(TOOLS_OUT)/test/test_property: $(TOOLS_TEST_PROPERTY)
$(TOOLS_OUT)/test/test_property: TOOLS_TEST_LEFT_OUT := \
	$(addprefix $(TOOLS_OUT)/test/lib/,file.o image.o configuration.o elf_output.o)

$(TOOLS_TESTS): %: %.o $(TOOLS_TEST_SUPPORT) $(TOOLS_TEST_LIB_OBJECTS)
	$(TOOLS_CC) $(TOOLS_SANITIZE) $(filter-out $(TOOLS_TEST_LEFT_OUT),$^) $(TOOLS_LIBS) -lcmocka -o $@

$(TOOLS_OUT)/test/tiny.o: tests/unit/tools/tiny.S
	@mkdir -p $(@D)
	clang-19 --target=loongarch64-linux-gnusf -c $< -o $@

# Linked like the hypervisor unless said otherwise; each of the others has one thing wrong.
$(TOOLS_TEST_ELFS): TINY_BASE := 0
$(TOOLS_TEST_ELFS): TINY_VERSION := $(shell sed -n 's/^\#define LV_IMAGE_VERSION \([0-9]*\).*/\1/p' include/loongvisor/image.h)
$(TOOLS_OUT)/test/other-version.elf: TINY_IMAGE := --defsym=lv_image_start=0x10000
$(TOOLS_OUT)/test/other-version.elf: TINY_VERSION := 1
$(TOOLS_OUT)/test/hypervisor.elf: TINY_IMAGE := --defsym=lv_image_start=0x10000
$(TOOLS_OUT)/test/inside-bss.elf: TINY_IMAGE := --defsym=lv_image_start=0x10000
$(TOOLS_OUT)/test/inside-bss.elf: TINY_BASE := 0xf900
$(TOOLS_OUT)/test/unaligned.elf: TINY_IMAGE := --defsym=lv_image_start=0x10008
$(TOOLS_OUT)/test/elsewhere.elf: TINY_IMAGE := --defsym=lv_image_start=0x10000
$(TOOLS_OUT)/test/elsewhere.elf: TINY_BASE := 0x9000000
$(TOOLS_OUT)/test/guest.elf: TINY_BASE := 0x9000000000300000
$(TOOLS_TEST_ELFS): $(TOOLS_OUT)/test/tiny.o tests/unit/tools/tiny.ld include/loongvisor/image.h tools/tools.mk
	ld.lld-19 -static -z max-page-size=4096 --defsym=TINY_BASE=$(TINY_BASE) $(TINY_IMAGE) \
		--defsym=lv_image_version=$(TINY_VERSION) \
		-T tests/unit/tools/tiny.ld $< -o $@

# The program packs the shipped configuration.
TOOLS_PROGRAM_INPUT := $(addprefix $(B)/,hypervisor/loongvisor.elf images/Image images/initramfs.cpio.gz images/root.dtb)

.PHONY: test-unit-tools
test-unit-tools: $(TOOLS_TESTS) $(TOOLS_TEST_ELFS) $(TOOLS_OUT)/test/loongvisor-pack $(TOOLS_OUT)/loongvisor-pack $(TOOLS_PROGRAM_INPUT)
	@for test in $(TOOLS_TESTS); do $$test; done
	@$(PYTEST) -q -p no:cacheprovider tests/unit/tools

include tools/cli/cli.mk

-include $(wildcard $(TOOLS_OUT)/obj/*.d $(TOOLS_OUT)/obj/lib/*.d $(TOOLS_OUT)/test/*.d $(TOOLS_OUT)/test/lib/*.d $(TOOLS_OUT)/test/fuzz/*.d)
