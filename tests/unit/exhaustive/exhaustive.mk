# SPDX-License-Identifier: GPL-2.0-or-later
# Functions of the hypervisor over all of their inputs: optimised, and trapping on undefined behaviour, since the other
# unit tests' sanitizers would take minutes.

EXHAUSTIVE_DIR := tests/unit/exhaustive
EXHAUSTIVE_OUT := $(B)/tests/unit/exhaustive
EXHAUSTIVE := $(patsubst $(EXHAUSTIVE_DIR)/%.c,$(EXHAUSTIVE_OUT)/%,$(wildcard $(EXHAUSTIVE_DIR)/*.c))
EXHAUSTIVE_FLAGS := -O2 -fsanitize=undefined -fsanitize-trap=undefined -DLV_CHECKED=0

TEST_UNIT += test-unit-exhaustive

$(EXHAUSTIVE): $(EXHAUSTIVE_OUT)/%: $(EXHAUSTIVE_DIR)/%.c $(EXHAUSTIVE_DIR)/exhaustive.mk
	@mkdir -p $(@D)
	@echo "  CC $< (every input)"
	@$(HV_TEST_CC) $(filter-out -O1 -g -DLV_CHECKED=1,$(HV_TEST_FLAGS)) $(EXHAUSTIVE_FLAGS) $< -o $@

# One target each, so that -j runs them at once.
.PHONY: test-unit-exhaustive $(EXHAUSTIVE:$(EXHAUSTIVE_OUT)/%=test-exhaustive-%)
$(EXHAUSTIVE:$(EXHAUSTIVE_OUT)/%=test-exhaustive-%): test-exhaustive-%: $(EXHAUSTIVE_OUT)/%
	@$<

test-unit-exhaustive: $(EXHAUSTIVE:$(EXHAUSTIVE_OUT)/%=test-exhaustive-%) ## Unit tests of the hypervisor over every input there is

-include $(EXHAUSTIVE:=.d)
