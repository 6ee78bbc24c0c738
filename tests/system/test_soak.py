# SPDX-License-Identifier: GPL-2.0-or-later
"""Boot after boot to the prompt. LOONGVISOR_BOOTS says how often (make test: a few; make test-soak: 20)."""

import os

import pytest

import paths
from image import root_cpus
from machine import Machine

BOOTS = int(os.environ.get("LOONGVISOR_BOOTS", "3"))


@pytest.mark.slow
@pytest.mark.parametrize("smp", [4, 1, 2])
def test_every_boot_reaches_the_prompt(log, smp, record_property):
    times = []
    for number in range(1, BOOTS + 1):
        with Machine(log.with_suffix(f".{number}.log"), smp=smp) as machine:
            times.append(machine.wait_prompt())
            assert machine.run("uname -r").output.strip() == paths.kernel_release()
            assert machine.run("nproc").output.strip() == str(root_cpus(smp))
    record_property("boot_seconds", times)
    print(f"-smp {smp}: {BOOTS} of {BOOTS} boots, {min(times):.1f} to {max(times):.1f} s to the prompt")
