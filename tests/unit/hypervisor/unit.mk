# SPDX-License-Identifier: GPL-2.0-or-later
# boot/, core/, irq/, devices/, compat/, lib/ and what arch/ does without assembly, on the host, over a fake arch, under the sanitizers.

HV_TEST_CC := clang-19
HV_TEST_DIR := tests/unit/hypervisor
HV_TEST_OUT := $(B)/tests/unit/hypervisor
HV_TEST_FLAGS := -std=gnu11 -O1 -g -MMD -MP -pthread -DLV_CHECKED=1 -DLV_RUN_LAYOUT -I$(HV_TEST_DIR)/fake -I$(HV_TEST_DIR) \
	-Ihypervisor -Ihypervisor/arch -Ihypervisor/irq -Ihypervisor/devices -Iinclude -Itests/unit -Wall -Wextra -Werror -Wconversion -Wshadow -Wvla -Wmissing-prototypes
# Without dead stripping, variables stay in .data and .bss (HV_TEST_STATE).
HV_TEST_SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer \
	-fno-sanitize-address-globals-dead-stripping

# The hypervisor's variables go where fake/state.c finds them, to give them their first values again.
HV_TEST_STATE := llvm-objcopy-19 --rename-section .data=hv_data --rename-section .bss=hv_bss
HV_TEST_SOURCES := $(wildcard $(HV_TEST_DIR)/*.c $(HV_TEST_DIR)/fake/*.c) tests/unit/run_layout.c \
	$(addprefix hypervisor/arch/,capability.c exits_hot.c exits_tail_hot.c gcsr.c guest.c mmio_hot.c sensitive_hot.c stage2.c stage2_table.c timer.c) hypervisor/checked/stage2_check.c hypervisor/checked/stage2_watch.c \
	$(filter-out hypervisor/boot/secondary.c,$(foreach room,boot core irq devices compat/hvisor lib,$(wildcard hypervisor/$(room)/*.c)))
HV_TEST_OBJECTS := $(HV_TEST_SOURCES:%=$(HV_TEST_OUT)/%.o)
# All of it once more for the thread sanitizer, which cannot be had together with the others.
HV_RACE_OUT := $(HV_TEST_OUT)/race
HV_RACE_OBJECTS := $(HV_TEST_SOURCES:%=$(HV_RACE_OUT)/%.o)

TEST_UNIT += test-unit-hypervisor

# The sanitizers need the host's memory functions, so the hypervisor's go by other names.
$(HV_TEST_OUT)/hypervisor/lib/string_hot.c.o $(HV_RACE_OUT)/hypervisor/lib/string_hot.c.o: HV_TEST_FLAGS += -fno-builtin -Dmemset=lv_memset \
	-Dmemcpy=lv_memcpy -Dstrnlen=lv_strnlen

$(HV_RACE_OBJECTS) $(HV_RACE_OUT)/unit: HV_TEST_SANITIZE := -fsanitize=thread

$(HV_RACE_OBJECTS): $(HV_RACE_OUT)/%.c.o: %.c $(HV_TEST_DIR)/unit.mk
	@mkdir -p $(@D)
	@echo "  CC $< (test for races)"
	@$(HV_TEST_CC) $(HV_TEST_FLAGS) $(HV_TEST_SANITIZE) -c $< -o $@
	@$(if $(filter hypervisor/%,$<),$(HV_TEST_STATE) $@)

$(HV_TEST_OBJECTS): $(HV_TEST_OUT)/%.c.o: %.c $(HV_TEST_DIR)/unit.mk
	@mkdir -p $(@D)
	@echo "  CC $< (test)"
	@$(HV_TEST_CC) $(HV_TEST_FLAGS) $(HV_TEST_SANITIZE) -c $< -o $@
	@$(if $(filter hypervisor/%,$<),$(HV_TEST_STATE) $@)

$(HV_TEST_OUT)/unit: $(HV_TEST_OBJECTS)
$(HV_RACE_OUT)/unit: $(HV_RACE_OBJECTS)
$(HV_TEST_OUT)/unit $(HV_RACE_OUT)/unit:
	@echo "  LD $@"
	@$(HV_TEST_CC) $(HV_TEST_SANITIZE) -pthread -Wl,--wrap=zone_check $^ -lcmocka -o $@

test-unit-hypervisor: $(HV_TEST_OUT)/unit $(HV_RACE_OUT)/unit ## Unit tests of the hypervisor on the host
	@echo "  under the address and undefined-behaviour sanitizers"
	@$(HV_TEST_OUT)/unit
	@echo "  under the thread sanitizer"
	@$(HV_RACE_OUT)/unit

TEST_UNIT += test-unit-barriers

test-unit-barriers: $(B)/hypervisor/loongvisor.elf ## Barriers that the emulator cannot miss, in the hypervisor's disassembly
	@$(PYTHON) -B $(HV_TEST_DIR)/barriers.py $<

-include $(HV_TEST_OBJECTS:.o=.d) $(HV_RACE_OBJECTS:.o=.d)
