# SPDX-License-Identifier: GPL-2.0-or-later
"""
A zone that is made, started, used, stopped and destroyed over and over, while the others work: nothing is left behind.

LOONGVISOR_ROUNDS says how often (make test: 3; make test-zones-long: 200), the bare-metal zone two and a half times that.
"""

import os
import time

import pytest

from rootzone import EXAMPLES
from zonefiles import bare, linux

ROUNDS = int(os.environ.get("LOONGVISOR_ROUNDS", "3"))
BARE_ROUNDS = ROUNDS * 5 // 2
REPORT_EVERY = 20
# Of the machine: what a zone takes, and what nothing may change.
USED = ("pool_free", "stage2_pages_used", "used_cpus")


@pytest.fixture
def busy(root):
    """The root zone with work of its own, a Linux guest with some, and the real-time guest, on CPU 6 and 7."""
    root.bring_up(f"{EXAMPLES}/debian-single/zone.json")
    with root.console("debian-single") as console:
        console.wait_shell("debian-single")
        console.run("{ (while :; do dd if=/dev/urandom bs=64k count=16 2> /dev/null | sha256sum > /dev/null; done) & }")
    root.bring_up(f"{EXAMPLES}/realtime/zone.json")
    root.wait_prompt("realtime")
    root.run("(while :; do dd if=/dev/urandom bs=64k count=16 2> /dev/null | sha256sum > /dev/null; sleep 0.1; done) & echo $! > /tmp/load")
    yield root
    root.run("kill $(cat /tmp/load)")


def used(root) -> dict:
    """What of the machine is taken, and which zones there are."""
    machine = root.machine_info()
    zones = {name: (zone["state"], zone["starts"]) for name, zone in root.zones().items()}
    return {**{field: machine[field] for field in USED}, "zones": zones}


def assert_fresh(root, name: str) -> None:
    """A zone that was just made has nothing of one that was there before."""
    exits = root.exits(name)
    assert exits and not any(any(vcpu.values()) for vcpu in exits), f"the statistics of a new zone: {exits}"
    assert root.printed(name) == "", "a new zone has printed something"


def repeat(root, rounds: int, path: str, name: str, use) -> None:
    """Rounds of one zone; use(root) is what is done while it runs."""
    before = used(root)
    during = None
    started = time.monotonic()
    for number in range(1, rounds + 1):
        root.cli(f"zone create {path}")
        assert_fresh(root, name)
        root.cli(f"zone start {name}")
        use(root)
        now = used(root)
        during = during or now
        assert now == during, f"round {number} took something else than round 1"
        root.cli(f"zone stop --force {name}")
        root.cli(f"zone destroy {name}")
        assert used(root) == before, f"round {number} left something behind"
        if number % REPORT_EVERY == 0 or number == rounds:
            print(f"{name}: {number} rounds in {time.monotonic() - started:.0f} s")
    assert during["pool_free"] < before["pool_free"], "the zone took no memory"


def test_rounds_of_a_linux_zone(busy):
    path = busy.write_zone(linux("guest", [4, 5], memory="96M"))

    def use(root):
        with root.console("guest") as console:
            console.wait_shell("guest")
            assert console.run("nproc").strip() == "2"

    repeat(busy, ROUNDS, path, "guest", use)


def test_rounds_of_a_bare_metal_zone(busy):
    path = busy.write_zone(bare("hostile", [5]))
    repeat(busy, BARE_ROUNDS, path, "hostile", lambda root: root.wait_prompt("hostile"))
