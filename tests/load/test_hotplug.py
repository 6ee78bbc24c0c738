# SPDX-License-Identifier: GPL-2.0-or-later
"""CPUs go and come back while the root zone runs. LOONGVISOR_HOTPLUG_ROUNDS says how often (make test-soak: 500)."""

import os
import random
import re
import time

from kernel_log import expectations, unexplained, warnings
from loaded import CPUS, EXPECTED_MESSAGES, ZONE_ROOT, troubles

ROUNDS = int(os.environ.get("LOONGVISOR_HOTPLUG_ROUNDS", "10"))
SEED = 4
CPU_SYS = "/sys/devices/system/cpu"
ROUND_TIMEOUT = 60.0


def set_online(machine, cpus: list[int], state: int) -> None:
    machine.run("; ".join(f"echo {state} > {CPU_SYS}/cpu{cpu}/online" for cpu in cpus), timeout=ROUND_TIMEOUT)


def online(machine) -> str:
    return machine.run(f"cat {CPU_SYS}/online", timeout=ROUND_TIMEOUT).output.strip()


def ticks(machine) -> list[int]:
    """Timer interrupts of each online CPU."""
    lines = machine.run("cat /proc/interrupts", timeout=ROUND_TIMEOUT).lines()
    (timer,) = (line for line in lines if re.search(r"\btimer\s*$", line))
    return [int(word) for word in timer.split()[1 : 1 + len(lines[0].split())]]


def run_on(machine, cpu: int) -> None:
    """A CPU that came back runs what it is given, with interrupts: a pinned process sleeps there and wakes up."""
    machine.run(f"taskset {1 << cpu:x} sleep 0.02", timeout=ROUND_TIMEOUT)


def test_hot_unplug_and_replug(loaded):
    """In each round some CPUs leave in some order and return in another, next to processes that exchange messages."""
    chance = random.Random(SEED)
    messages = f"chroot {ZONE_ROOT} /usr/bin/hackbench -g 1 -l 20"
    loaded.run(f"(while [ ! -e /tmp/stop ]; do {messages} > /dev/null || touch /tmp/failed; done &)")
    started, before = time.monotonic(), ticks(loaded)
    for _ in range(ROUNDS):
        leaving = chance.sample(range(1, CPUS), chance.randint(1, CPUS - 1))
        set_online(loaded, leaving, 0)
        staying = [cpu for cpu in range(CPUS) if cpu not in leaving]
        assert loaded.run("nproc", timeout=ROUND_TIMEOUT).output.strip() == str(len(staying))
        set_online(loaded, chance.sample(leaving, len(leaving)), 1)
        assert online(loaded) == f"0-{CPUS - 1}"
        for cpu in leaving:
            run_on(loaded, cpu)
    loaded.run("touch /tmp/stop")
    assert all(late > early for early, late in zip(before, ticks(loaded))), "a CPU has no tick any more"
    assert loaded.run("test -e /tmp/failed", check=False).status == 1, "hackbench failed"
    assert not troubles(loaded), "\n".join(troubles(loaded))
    left = unexplained(warnings(loaded), expectations(EXPECTED_MESSAGES))
    assert not left, "the kernel warned: " + "; ".join(left)
    print(f"{ROUNDS} rounds of hot-plug in {time.monotonic() - started:.0f} s")
