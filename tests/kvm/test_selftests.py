# SPDX-License-Identifier: GPL-2.0-or-later
"""Linux's own KVM selftests for LoongArch, one by one, each on a freshly booted host."""

import re

import pytest

import nested

PASS, SKIP = 0, 4  # tools/testing/selftests/kselftest.h
# hardware_disable_test (512 rounds of 68 threads beside 4 vCPUs that spin): 6 minutes on two cores, half an hour on busy ones.
TIMEOUT = 3600.0
HOST_CPUS = 2

# Those that measure time get a machine whose time is its count of instructions: there a busy test machine cannot make a
# vCPU late, and 100 us of error margin (arch_timer's) are 100000 instructions.
TIMED = {"arch_timer", "steal_time"}
COUNT_INSTRUCTIONS = ("-icount", "shift=0,sleep=off")

# By default this one sets up 32764 memory slots before each of its measurements, 2 minutes each.
ARGUMENTS = {"memslot_perf_test": "-s 1000"}

# Those that skip themselves, with what they say and why that is no fault of the emulator's.
EXPECTED_SKIPS = {
    # The PMU is no part of LVZ: CPUCFG.6 of QEMU's la464 is 0, so there is none to give to a guest.
    "loongarch/pmu_test": "PMU not supported by host hardware",
}


def selftests():
    """The names in the list that the build wrote; none before the build."""
    return nested.SELFTESTS.read_text(encoding="ascii").split() if nested.SELFTESTS.exists() else []


def test_list_is_complete():
    """As many as Linux 7.2 has, or more."""
    assert len(selftests()) >= 15


@pytest.mark.parametrize("name", selftests())
def test_selftest(new_host, name):
    """The program's own verdict counts; the host must not have complained."""
    options = COUNT_INSTRUCTIONS if name in TIMED else ()
    host = new_host(HOST_CPUS, initramfs=nested.SELFTESTS_INITRAMFS, options=options)
    result = host.run(f"/selftests/{name} {ARGUMENTS.get(name, '')} 2>&1", timeout=TIMEOUT, check=False)
    if name in EXPECTED_SKIPS:
        assert result.status == SKIP and re.search(EXPECTED_SKIPS[name], result.output), result.output[-2000:]
    else:
        assert result.status == PASS, result.output[-2000:]
    nested.assert_no_warning(host)
