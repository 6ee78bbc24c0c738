# SPDX-License-Identifier: GPL-2.0-or-later
"""
Files of virtual functions in a root zone: what include/loongvisor/driver.h and docs/driver.md promise to front ends.

Most of it is in the program (tests/driver/program/virtio*), a group per test; here is what takes a shell.
"""

import json
import re

import pytest

import image
import paths
from conftest import LOGS, MODULE, TIMEOUT, complaints, restart_root, run_group, start_machine

GROUPS = "calls rounds kicks signals poll again killed stale end".split()
LINE = "loongvisor-virtio"
BOARD = paths.TOP / "boards" / "qemu-virt" / "board-8.json"
ROOT_ZONE = BOARD.with_name("root-8.json")


@pytest.fixture
def held(root):
    """A zone whose driver kicks without end, and the number of the process that is the front end of its functions."""
    started = root.run(
        "/tmp/driver-test virtio-hold > /tmp/hold & until grep -q holds /tmp/hold; do sleep 0.1; done; echo pid $!",
        timeout=TIMEOUT,
    )
    yield re.search(r"pid ([0-9]+)", started.output).group(1)
    run_group(root, "virtio-held")


def kill_front_end(machine, number: str) -> None:
    """Returns when its files are closed."""
    machine.run(f"kill -9 {number}; wait {number}; true")


@pytest.mark.parametrize("group", GROUPS)
def test_group(root, group):
    run_group(root, f"virtio-{group}")


def test_module_stays_while_a_function_has_a_front_end(root, held):
    """Its file holds the module, and nothing else does. It goes with its process, even one that is killed."""
    assert root.run(f"rmmod {MODULE}", check=False).status != 0
    kill_front_end(root, held)
    root.run(f"rmmod {MODULE}")
    assert LINE not in root.run("cat /proc/interrupts").output
    root.run(f"modprobe {MODULE}")


def test_functions_outlive_the_root_zone(root, held):
    """The driver of the next kernel knows nothing of the front end, and the zone's driver nothing of its end."""
    restart_root(root)


def test_root_zone_without_kicks_has_no_virtual_functions():
    """The driver says so once each time it is loaded, and all else works."""
    zone = json.loads(ROOT_ZONE.read_text(encoding="utf-8"))
    zone["memory_regions"] = [region for region in zone["memory_regions"] if region["type"] != "kicks"]
    del zone["kick_interrupt"]
    path = LOGS / "no-kicks.json"
    path.write_text(json.dumps(zone), encoding="utf-8")
    packed = image.pack_zone(path, paths.KERNEL.parent, path.with_suffix(".elf"), board=BOARD)
    with start_machine(LOGS / "no-kicks.log", packed) as machine:
        machine.run(f"rmmod {MODULE} && dmesg -c > /dev/null && modprobe {MODULE}")
        assert len(re.findall("no virtual functions: ", machine.run("dmesg").output)) == 1
        assert LINE not in machine.run("cat /proc/interrupts").output
        run_group(machine, "virtio-none")
        run_group(machine, "life")
        assert complaints(machine) == ""
