# SPDX-License-Identifier: GPL-2.0-or-later
# The test of the hypervisor's tests. MUTANTS='name...' chooses; a name may have * and ?.

MUTANTS ?=
# Built first, so that a copy of the tree builds what a mutant changes and no more.
MUTANTS_BUILD := $(B)/tests/unit/driver/unit $(B)/tests/unit/hypervisor/unit $(B)/tests/unit/hypervisor/race/unit $(B)/hypervisor-checked/loongvisor.elf \
	$(B)/tests/driver/driver-test $(B)/loongvisor-qemu-hvisor.elf

.PHONY: test-mutants test-mutants-short

test-mutants: $(ALL) $(MUTANTS_BUILD) ## Breaks the code in one place at a time: a test must notice (MUTANTS='name...')
	@tests/mutants/run $(MUTANTS)

test-mutants-short: $(ALL) $(MUTANTS_BUILD)
	@tests/mutants/run --quick
