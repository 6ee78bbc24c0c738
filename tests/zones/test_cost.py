# SPDX-License-Identifier: GPL-2.0-or-later
"""What it takes to have a zone: time to its first instruction and to its shell, memory of the hypervisor."""

import re

from rootzone import EXAMPLES

# Of virtual time; a boot takes some 30 s there (62.5 million instructions a second for all CPUs together).
SHELL_SECONDS = 120


def test_time_and_memory_that_a_zone_takes(counted_root):
    """By instruction count. A zone is RUNNING once its first instruction is entered."""
    before = counted_root.machine_info()
    said = counted_root.cli(f"zone start {EXAMPLES}/debian-smp/zone.json")
    created, running = (float(seconds) for seconds in re.findall(r"(?:CREATED|RUNNING) after ([0-9.]+) s", said))
    with counted_root.console("debian-smp") as console:
        console.wait_shell("debian-smp")
    shell = counted_root.zones()["debian-smp"]["seconds"]
    after = counted_root.machine_info()
    pages = after["stage2_pages_used"] - before["stage2_pages_used"]
    print(
        f"debian-smp (2 vCPUs, 256 MiB), at 62.5 million instructions a second: made in {created:.2f} s, first instruction "
        f"{running:.2f} s after the start, shell {shell:.1f} s after that; hypervisor memory: {after['zone_size']} bytes for the "
        f"zone, of them {after['vcpu_size']} for each vCPU, and {pages} page-table pages of 4096"
    )
    assert 0 < pages < 32
    assert 2 * after["vcpu_size"] <= after["zone_size"] < 1 << 20
    assert shell < SHELL_SECONDS
