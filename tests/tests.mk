# SPDX-License-Identifier: GPL-2.0-or-later
# Tests. Each room of tests/ has its own fragment; TEST_UNIT, TEST_EMULATOR and TEST_SYSTEM are the targets that run tests
# of that kind. This fragment is the last that the Makefile reads, so those lists may be added to anywhere.

include $(wildcard tests/*/*.mk tests/*/*/*.mk)

# Debian's own interpreter: python3-pytest and python3-pexpect are installed for that one.
PYTHON := /usr/bin/python3
PYTEST := $(PYTHON) -B -m pytest
# Where programs that are no tests find what the tests start machines with; the directories of tests say it in pytest.ini.
HARNESS := PYTHONPATH=tests/system:tests/kvm:tests/zones:tests/load
# Further arguments for pytest, such as TESTS='-k disk'.
TESTS ?=

.PHONY: test-unit test-emulator test-system test-soak $(TEST_UNIT) $(TEST_EMULATOR) $(TEST_SYSTEM)

test-unit: $(TEST_UNIT) ## Tests on the host, under the address and undefined-behaviour sanitizers

test-emulator: $(TEST_EMULATOR)

test-system: $(ALL) $(TEST_SYSTEM) ## Boots the image in the emulator and uses it (TESTS='-k disk' chooses)
	@$(PYTEST) -v --durations=5 tests/system $(TESTS)

# How often the tests of tests/system and tests/load that repeat themselves do so here.
SOAK := LOONGVISOR_BOOTS=$${LOONGVISOR_BOOTS:-50} LOONGVISOR_HOTPLUG_ROUNDS=$${LOONGVISOR_HOTPLUG_ROUNDS:-500}
test-soak: $(ALL) $(LOAD_DISK) ## 50 boots with 4, 1 and 2 CPUs, 500 rounds of CPU hot-plug (LOONGVISOR_BOOTS=n, _HOTPLUG_ROUNDS=n)
	@$(SOAK) $(PYTEST) -v -s tests/system/test_soak.py $(TESTS)
	@$(SOAK) $(PYTEST) -v -s tests/load/test_hotplug.py $(TESTS)
