# SPDX-License-Identifier: GPL-2.0-or-later
# `loongvisor`, the command of the root zone: for the host, and as a static program for loong64 that the initramfs holds.

CLI_SOURCES := tools/loongvisor.c $(wildcard tools/cli/*.c tools/serve/*.c)

CLI_SYSROOT := $(TOOLS_OUT)/sysroot
CLI_LOONG64 := $(TOOLS_OUT)/loong64
CLI_LOONG64_CC := $(TOOLS_CC) --target=loongarch64-linux-gnu --sysroot=$(CLI_SYSROOT)
CLI_LOONG64_FLAGS := $(TOOLS_FLAGS) -ffunction-sections -fdata-sections
CLI_LOONG64_OBJECTS := $(patsubst tools/%.c,$(CLI_LOONG64)/obj/%.o,$(CLI_SOURCES) $(TOOLS_LIB))
# A static libelf has a crc32 of its own and needs zstd: zlib comes first, whose crc32 serves both.
CLI_LOONG64_LIBS := -ljansson -lfdt -lz -lelf -lzstd

ALL += $(TOOLS_OUT)/loongvisor $(CLI_LOONG64)/loongvisor
INITRAMFS_FILES += $(CLI_LOONG64)/loongvisor:/usr/bin/loongvisor

$(TOOLS_OUT)/loongvisor: $(CLI_SOURCES:tools/%.c=$(TOOLS_OUT)/obj/%.o) $(TOOLS_LIB_OBJECTS)
	$(TOOLS_CC) $^ $(TOOLS_LIBS) -o $@

# clang-tidy reads its headers.
check: $(CLI_SYSROOT)/versions

$(CLI_SYSROOT)/versions: tools/sysroot scripts/debs.sh
	@tools/sysroot $(CLI_SYSROOT)
	@touch $@

$(CLI_LOONG64)/obj/%.o: tools/%.c tools/cli/cli.mk $(CLI_SYSROOT)/versions
	@mkdir -p $(@D)
	$(CLI_LOONG64_CC) $(CLI_LOONG64_FLAGS) -c $< -o $@

$(CLI_LOONG64)/loongvisor: $(CLI_LOONG64_OBJECTS)
	$(CLI_LOONG64_CC) -fuse-ld=lld-19 -static -Wl,--gc-sections,--strip-all $^ $(CLI_LOONG64_LIBS) -o $@

-include $(wildcard $(TOOLS_OUT)/obj/cli/*.d $(CLI_LOONG64)/obj/*.d $(CLI_LOONG64)/obj/cli/*.d $(CLI_LOONG64)/obj/lib/*.d $(TOOLS_OUT)/obj/serve/*.d $(CLI_LOONG64)/obj/serve/*.d)
