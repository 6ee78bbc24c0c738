# SPDX-License-Identifier: GPL-2.0-or-later
# The driver's files for memory on the host, over a fake kernel, under the sanitizers.

DRIVER_UNIT_DIR := tests/unit/driver
DRIVER_UNIT_OUT := $(B)/tests/unit/driver
DRIVER_UNIT_FLAGS := -std=gnu11 -O1 -g -MMD -MP -DLV_RUN_LAYOUT -Idriver -I$(DRIVER_UNIT_DIR) -I$(DRIVER_UNIT_OUT)/include -Iinclude -Itests/unit \
	-Wall -Wextra -Wno-unused-parameter -Werror -Wvla
DRIVER_UNIT_SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
# Linux's headers that the sources include: all are the fake kernel's.
DRIVER_UNIT_LINUX := $(patsubst %,$(DRIVER_UNIT_OUT)/include/linux/%.h,anon_inodes err file fs interrupt io list memremap miscdevice mm \
	mount mutex numa overflow poll pseudo_fs sched/signal sizes slab spinlock uaccess wait workqueue xarray)
DRIVER_UNIT_OBJECTS := $(patsubst %.c,$(DRIVER_UNIT_OUT)/%.c.o,driver/memory.c driver/pages.c driver/pool.c $(wildcard $(DRIVER_UNIT_DIR)/*.c) tests/unit/run_layout.c)

TEST_UNIT += test-unit-driver

$(DRIVER_UNIT_LINUX): $(DRIVER_UNIT_DIR)/unit.mk
	@mkdir -p $(@D)
	@echo '#include <kernel.h>' >$@

$(DRIVER_UNIT_OBJECTS): $(DRIVER_UNIT_OUT)/%.c.o: %.c $(DRIVER_UNIT_DIR)/unit.mk $(DRIVER_UNIT_LINUX)
	@mkdir -p $(@D)
	@echo "  CC $< (test)"
	@$(HV_TEST_CC) $(DRIVER_UNIT_FLAGS) $(DRIVER_UNIT_SANITIZE) -c $< -o $@

$(DRIVER_UNIT_OUT)/unit: $(DRIVER_UNIT_OBJECTS)
	@echo "  LD $@"
	@$(HV_TEST_CC) $(DRIVER_UNIT_SANITIZE) $^ -lcmocka -o $@

# What clang-tidy reads with the sources.
.PHONY: driver-unit-headers
driver-unit-headers: $(DRIVER_UNIT_LINUX)

test-unit-driver: $(DRIVER_UNIT_OUT)/unit ## Unit tests of the driver's pool on the host
	@$<

-include $(DRIVER_UNIT_OBJECTS:.o=.d)
