# SPDX-License-Identifier: GPL-2.0-or-later
"""Guests under memory, fork, file and vector stress that verifies its own results (tests/kvm/rootfs/stress)."""

import os
import re

import pytest

import nested

SECONDS = int(os.environ.get("LOONGVISOR_KVM_STRESS", "600"))
# Start, end and the stressors' own winding down, on a busy machine.
SPARE = 600.0
STRESSORS = {"vm", "fork", "hdd", "vecmath", "vecfp", "matrix", "switch"}


def stress(host, guests, vcpus):
    """Runs so many stressed guests side by side until they power off; returns what each wrote to its serial line."""
    commands = [
        nested.guest_command(vcpus, "stress", f"file:/tmp/guest{number}", f"job={SECONDS}") + " &" for number in range(guests)
    ]
    host.run(f"{' '.join(commands)} wait", timeout=SECONDS + SPARE)
    return [host.run(f"cat /tmp/guest{number}", timeout=60).output for number in range(guests)]


def assert_passed(serial):
    """stress-ng ran every stressor, and none of them found anything wrong."""
    summary = serial[-3000:]
    assert "job ended with status 0" in serial, summary
    passed = re.search(r"passed: \d+: (.*)", serial)
    assert passed, summary
    assert set(re.findall(r"(\w+) \(\d+\)", passed.group(1))) == STRESSORS, summary
    assert "failed: 0" in serial, summary
    assert not nested.TROUBLE.search(serial), nested.TROUBLE.search(serial)


@pytest.mark.parametrize("smp, guests, vcpus", [(1, 1, 1), (2, 1, 2), (4, 2, 1), (1, 2, 1)])
def test_stress(new_host, smp, guests, vcpus):
    """One guest, and two side by side, on hosts with one CPU and with several."""
    host = new_host(smp)
    for serial in stress(host, guests, vcpus):
        assert_passed(serial)
    nested.assert_no_warning(host)
    nested.stop_host(host)
