# SPDX-License-Identifier: GPL-2.0-or-later
"""
Boot after boot to the prompt, with as many CPUs in the root zone as in the machine. LOONGVISOR_BOOTS says how often
(make test: a few; make test-soak: 50).
"""

import os

import pytest

import paths
from image import pack_root
from machine import Machine

BOOTS = int(os.environ.get("LOONGVISOR_BOOTS", "2"))


@pytest.mark.slow
@pytest.mark.parametrize("smp", [4, 1, 2])
def test_every_boot_reaches_the_prompt(log, smp, record_property):
    times = []
    image = pack_root(smp)
    for number in range(1, BOOTS + 1):
        with Machine(log.with_suffix(f".{number}.log"), kernel=image, smp=smp) as machine:
            times.append(machine.wait_prompt())
            assert machine.run("uname -r").output.strip() == paths.kernel_release()
            assert machine.run("nproc").output.strip() == str(smp)
    record_property("boot_seconds", times)
    print(f"-smp {smp}: {BOOTS} of {BOOTS} boots, {min(times):.1f} to {max(times):.1f} s to the prompt")
