# SPDX-License-Identifier: GPL-2.0-or-later
# The long runs of tests/system with bare-metal zones. The hypervisor in their images checks its invariants at each exit.

CHECKED_HYPERVISOR := $(B)/hypervisor-checked/loongvisor.elf
GCC_HYPERVISOR := $(B)/hypervisor-gcc/loongvisor.elf
TEST_SYSTEM += $(CHECKED_HYPERVISOR) $(GCC_HYPERVISOR) $(B)/hypervisor-plain/loongvisor.elf

# The hypervisor at another address: of `make test-system` if BASE says so, of `make test-moved` in any case.
MOVED_BASE := $(or $(BASE),0x0a450000)
MOVED := $(B)/moved-$(MOVED_BASE)
MOVED_TESTS := test_base or test_registers or four_cpus_of_the_root_zone or test_uname

$(MOVED)/board.json: $(QEMU_VIRT)/board.json tests/system/move_board.py
	@mkdir -p $(@D)
	@$(PYTHON) tests/system/move_board.py $< $(MOVED_BASE) > $@.partial
	@mv $@.partial $@

$(eval $(call packed_image,$(MOVED)/loongvisor.elf,$(MOVED)/board,$(QEMU_VIRT)/root,Image initramfs.cpio.gz root.dtb))

ifdef BASE
TEST_SYSTEM += $(MOVED)/loongvisor.elf
test-system: export LOONGVISOR_BOARD := $(abspath $(MOVED)/board.json)
test-system: export LOONGVISOR_IMAGE := $(abspath $(MOVED)/loongvisor.elf)
# A part of test-system that needs the board, and inherits where it is.
test-bench: $(MOVED)/loongvisor.elf
endif

test-moved: export LOONGVISOR_BOARD := $(abspath $(MOVED)/board.json)
test-moved: export LOONGVISOR_IMAGE := $(abspath $(MOVED)/loongvisor.elf)
test-moved: all $(CHECKED_HYPERVISOR) $(GCC_HYPERVISOR) $(MOVED)/loongvisor.elf ## A selection of the system tests, the hypervisor at another address (BASE=n)
	@$(PYTEST) -v tests/system -k '$(MOVED_TESTS)'

.PHONY: test-stress test-dma test-moved fuzz

STRESS := LOONGVISOR_IPIS=$${LOONGVISOR_IPIS:-10000000} LOONGVISOR_TIMERS=$${LOONGVISOR_TIMERS:-1000000} \
	LOONGVISOR_VECTOR_ROUNDS=$${LOONGVISOR_VECTOR_ROUNDS:-50000}

test-stress: all $(CHECKED_HYPERVISOR) ## 10 million IPIs, a million timers, 50,000 rounds of vectors (LOONGVISOR_IPIS=n, _TIMERS=n)
	@$(STRESS) $(PYTEST) -v -s tests/system/test_ipi.py tests/system/test_timer.py tests/system/test_eiointc.py $(TESTS)

test-dma: all $(CHECKED_HYPERVISOR) ## 200 zones that end while their disk writes to memory (LOONGVISOR_DMA_ROUNDS=n)
	@LOONGVISOR_DMA_ROUNDS=$${LOONGVISOR_DMA_ROUNDS:-200} $(PYTEST) -v -s tests/system/test_succession.py -k disk $(TESTS)

# Random unless told, so that each run is another one; the seed is printed.
fuzz: SEED = $(shell echo $$(( (RANDOM << 15 | RANDOM) + 1 )))
fuzz: SECONDS = 600
fuzz: STEPS = 0
fuzz: all $(CHECKED_HYPERVISOR) ## A zone that does everything it may not (SECONDS=n, or STEPS=n; SEED=n repeats a run)
	@LOONGVISOR_FUZZ_SEED=$(SEED) LOONGVISOR_FUZZ_SECONDS=$(SECONDS) LOONGVISOR_FUZZ_STEPS=$(STEPS) \
		$(PYTEST) -v -s tests/system/test_fuzz.py
