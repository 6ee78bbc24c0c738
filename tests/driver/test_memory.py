# SPDX-License-Identifier: GPL-2.0-or-later
"""
The pool's pages and the files of zones' memory: what back ends of devices rely on (docs/driver.md, Memory).

Most of it is in the program (tests/driver/program/pages.c, zone_memory.c); here is what takes a shell.
"""

import re

import pytest

from conftest import IMAGE, LOGS, MODULE, TIMEOUT, make_scratch, run_group, start_machine
from shared import SharedMachine

GROUPS = ("pages", "pins", "pins-race", "zone-memory", "zone-memory-life", "zone-memory-rounds")
SCRATCH_BYTES = 1 << 20
RELOADS = 10
PAGE_KIB = 16
MACHINE_KIB = 4 << 20


@pytest.fixture(scope="module")
def shared_machine(built):
    shared = SharedMachine(lambda log: start_machine(log, IMAGE, scratch=make_scratch(LOGS / "scratch.img", SCRATCH_BYTES)))
    yield shared
    shared.drop()


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


def wait_free(root) -> None:
    """The kernel takes an io_uring's buffers back some time after its program's end."""
    root.run("until /tmp/driver-test pages-free > /dev/null; do sleep 0.1; done", timeout=TIMEOUT)


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


@pytest.mark.parametrize("group", ["zone-memory-pin", "pool-pin"])
def test_command_names_who_uses_the_memory(root, holder, group):
    holder(group)
    refused = root.run("loongvisor zone destroy slot0", check=False)
    assert refused.status == 1
    process = root.run("cat /tmp/holder").output.strip()
    assert "destroy zone 1 (slot0): its memory is in use" in refused.output
    assert f"(process {process}: /tmp/driver-test {group})" in refused.output
    assert "CREATED" in root.run("loongvisor zone list").output
    holder.end()
    root.run("loongvisor zone destroy slot0", timeout=TIMEOUT)


def test_pins_outlive_the_module(root, holder):
    """Pages that a program has pinned stay when the module goes, and it finds them when it comes again."""
    holder("pages-left")
    root.run(f"rmmod {MODULE}")
    assert re.search(r"loongvisor.*: 4 pages of the pool are in use", root.run("dmesg | tail -n 3").output)
    root.run(f"modprobe {MODULE}")
    run_group(root, "pages-busy")
    holder.end()
    wait_free(root)
    run_group(root, "pages")
    run_group(root, "pins")
    root.run(f"rmmod {MODULE} && modprobe {MODULE}")
    assert "pages of the pool" not in root.run("dmesg | tail -n 1").output
    run_group(root, "pages")


def test_pages_cost_little(root):
    """64 bytes for each page of 16 KiB, once: a module that comes again takes no more. Printed: memory and time."""
    memmap = "awk '/^nr_memmap_pages/ { print $2 }' /proc/vmstat"
    free = "awk '/^MemFree/ { print $2 }' /proc/meminfo"
    root.run(f"rmmod {MODULE}")
    without = int(root.run(memmap).output)
    before = int(root.run(free).output)
    uptime = "cut -d' ' -f1 /proc/uptime"
    began, end = root.run(f"{uptime}; for i in $(seq {RELOADS}); do modprobe {MODULE}; rmmod {MODULE}; done; {uptime}").output.split()
    lost = before - int(root.run(free).output)
    root.run(f"modprobe {MODULE}")
    pages_kib = (int(root.run(memmap).output) - without) * PAGE_KIB
    print(f"{pages_kib} KiB of pages; {(float(end) - float(began)) / RELOADS:.2f} s to load and remove the module; {lost} KiB lost")
    assert 0 < pages_kib <= MACHINE_KIB // PAGE_KIB * 64 // 1024
    assert lost < pages_kib
