# SPDX-License-Identifier: GPL-2.0-or-later
"""
The pool's pages and the files of zones' memory: what back ends of devices rely on (docs/driver.md, Memory).

Most of it is in the program (tests/driver/program/pages.c, zone_memory.c); here is what takes a shell.
"""

import re

import pytest

from conftest import IMAGE, LOGS, MODULE, TIMEOUT, complaints, make_scratch, run_group, start_machine
from shared import SharedMachine, log_name

GROUPS = ("pages", "pins", "zone-memory", "zone-memory-life", "zone-memory-rounds")
SCRATCH_BYTES = 1 << 20


@pytest.fixture(scope="module")
def shared_machine(built):
    shared = SharedMachine(lambda log: start_machine(log, IMAGE, scratch=make_scratch(LOGS / "scratch.img", SCRATCH_BYTES)))
    yield shared
    shared.drop()


@pytest.fixture
def root(request, shared_machine):
    """The shared machine at the root zone's prompt."""
    yield from shared_machine.lend(request, LOGS / log_name(request))


@pytest.fixture(autouse=True)
def sound(root):
    """After each test there is no zone but the root zone, and the kernel has found nothing to complain of."""
    yield
    assert complaints(root) == ""
    run_group(root, "queries")


@pytest.fixture
def holder(root):
    """Starts the program with a group that holds something until it is killed, which end() does."""
    started = []

    def start(group: str):
        root.run(f"/tmp/driver-test {group} > /tmp/hold & echo $! > /tmp/holder", timeout=TIMEOUT)
        root.run("until grep -q holds /tmp/hold; do sleep 0.1; done", timeout=TIMEOUT)
        started.append(group)

    def end():
        if started:
            root.run("kill $(cat /tmp/holder); while [ -d /proc/$(cat /tmp/holder) ]; do sleep 0.1; done", timeout=TIMEOUT)
            started.clear()

    start.end = end
    yield start
    end()


@pytest.mark.parametrize("group", GROUPS)
def test_group(root, group):
    run_group(root, group)


def test_module_stays_while_a_zones_memory_is_open(root, holder):
    holder("zone-memory-hold")
    assert root.run(f"rmmod {MODULE}", check=False).status != 0
    links = root.run("ls -l /proc/$(cat /tmp/holder)/fd").output
    assert "anon_inode:[loongvisor-zone-1]" in links
    assert "/dev/loongvisor" not in links
    # An open file without a pin does not keep the zone.
    run_group(root, "flood-end")
    holder.end()
    root.run(f"rmmod {MODULE} && modprobe {MODULE}")


def test_pins_outlive_the_module(root, holder):
    """Pages that a program has pinned stay when the module goes, and it finds them when it comes again."""
    holder("pages-left")
    root.run(f"rmmod {MODULE}")
    assert re.search(r"loongvisor.*: 4 pages of the pool are in use", root.run("dmesg | tail -n 3").output)
    root.run(f"modprobe {MODULE}")
    run_group(root, "pages-busy")
    holder.end()
    run_group(root, "pages")
    run_group(root, "pins")
    root.run(f"rmmod {MODULE} && modprobe {MODULE}")
    assert "pages of the pool" not in root.run("dmesg | tail -n 1").output
    run_group(root, "pages")


def test_pages_cost_little(root):
    """Printed: how long it takes to make the pages, and how much of the root zone's memory they are."""
    root.run(f"rmmod {MODULE}")
    free = "awk '/MemFree/ { print $2 }' /proc/meminfo"
    before = int(root.run(free).output)
    took = root.run(f"cut -d' ' -f1 /proc/uptime; modprobe {MODULE}; cut -d' ' -f1 /proc/uptime").output.split()
    used = before - int(root.run(free).output)
    print(f"module loaded in {float(took[1]) - float(took[0]):.2f} s, {used} KiB less are free")
    # 64 bytes for each page of 16 KiB, and the module itself.
    pool_kib = 2 << 20
    assert used < pool_kib * 64 // 16384 + 4096
