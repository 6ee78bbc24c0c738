# SPDX-License-Identifier: GPL-2.0-or-later
# Conformance programs for the LVZ emulator: every suite is one program for the bare machine.
# Output: $(B)/tests/emulator/NAME.elf. CONFORMANCE_QEMU selects another emulator than ours.

CONFORMANCE_LIBRARY := tap vectors
CONFORMANCE := $(filter-out $(CONFORMANCE_LIBRARY),$(patsubst tests/emulator/%.c,%,$(wildcard tests/emulator/*.c)))
CONFORMANCE_ELFS := $(CONFORMANCE:%=$(B)/tests/emulator/%.elf)
CONFORMANCE_HEADERS := $(wildcard tests/emulator/*.h)

$(B)/tests/emulator/%.c.o: tests/emulator/%.c $(CONFORMANCE_HEADERS) $(GUEST_HEADERS)
	@mkdir -p $(@D)
	$(GUEST_CC) $(GUEST_CFLAGS) -c -o $@ $<

$(foreach c,$(CONFORMANCE),$(eval $(call bare_program,$(B)/tests/emulator/$(c).elf,\
	$(patsubst %,$(B)/tests/emulator/%.c.o,$(c) $(CONFORMANCE_LIBRARY)),$(GUEST_BARE_BASE))))

.PHONY: conformance test-emulator
conformance: $(CONFORMANCE_ELFS)
ALL += $(CONFORMANCE_ELFS)

test-emulator: $(CONFORMANCE_ELFS) ## Conformance checks of the LVZ emulator, one result per fact
	/usr/bin/python3 -m pytest -q tests/emulator

.PHONY: test-mutations
test-mutations: $(CONFORMANCE_ELFS) ## The test of the tests: the conformance suite must notice five broken rules (10 minutes)
	@tests/emulator/mutations/run
