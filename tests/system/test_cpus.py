# SPDX-License-Identifier: GPL-2.0-or-later
"""The hypervisor starts the CPUs that the board has, and names those that do not come."""

import re

import pytest

BOARD_CPUS = 4  # what the image's board file says of QEMU's virt machine as we run it
ZONE_STARTS = r"\] I zone 0 \([^)]*\) starts"


@pytest.mark.parametrize("smp", [1, 2, 4])
def test_log_names_exactly_the_cpus_that_did_not_start(boot, smp):
    machine = boot(smp=smp, wait=False)
    machine.expect(ZONE_STARTS, what="the root zone to start although CPUs are missing")
    missing = re.findall(r"^\[[ 0-9.]+\] E CPU (\d+) .*did not start", machine.transcript.text, re.M)
    assert [int(cpu) for cpu in missing] == list(range(smp, BOARD_CPUS))
