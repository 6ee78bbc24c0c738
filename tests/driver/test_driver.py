# SPDX-License-Identifier: GPL-2.0-or-later
"""
/dev/loongvisor in a root zone: what include/loongvisor/driver.h and docs/driver.md promise.

Most of it is in the program (tests/driver/program), a group per test; here is what takes a shell.
"""

import re
import time
from pathlib import Path

import pytest

import paths
from conftest import (
    HEADERS,
    LOGS,
    MODULE,
    TIMEOUT,
    assert_device_is_roots_alone,
    assert_module_stays_while_open,
    restart_root,
    run_group,
)
from machine import Machine, tool_output

DRIVER = paths.BUILD / "driver"
MODULE_FILE = "loongvisor.ko"
GROUPS = ("pointers", "queries", "load", "mappings", "life", "events", "eventfd", "console", "vectors", "race", "signals")
# /dev/hvisor without a line for wake-ups.
HVISOR_GROUPS = ("hvisor-no-virtio", "hvisor-life")
# A line that is high without a driver must have no number, or it is counted: the kernel gives up on a line after 100,000
# interrupts that nobody cared for, and says so.
REMOVED_SECONDS = 3
ROUNDS = 30
IDLE = 3  # a CPU's ticks in /proc/stat


@pytest.fixture
def flood(root):
    """A zone that prints without end."""
    run_group(root, "flood-start")
    yield
    run_group(root, "flood-end")


def line_of(machine) -> tuple[str, int] | None:
    """The number of the events' line, and how often it has interrupted."""
    lines = [(name.split(":")[0], count) for name, count in machine.interrupts().items() if name.endswith(MODULE)]
    return lines[0] if lines else None


def interrupts(machine) -> int:
    return line_of(machine)[1]


@pytest.mark.parametrize("group", GROUPS + HVISOR_GROUPS)
def test_group(root, group):
    run_group(root, group)


def test_device_is_roots_alone(root):
    assert_device_is_roots_alone(root, "/dev/loongvisor")


def test_module_stays_while_the_device_is_open(root):
    assert_module_stays_while_open(root, "/dev/loongvisor")


def test_zones_run_on_without_the_module(root, flood):
    number, _ = line_of(root)
    root.run(f"test -d /proc/irq/{number}")
    root.run(f"rmmod {MODULE}")
    time.sleep(REMOVED_SECONDS)
    assert line_of(root) is None
    root.run(f"test ! -e /proc/irq/{number}")
    root.run(f"modprobe {MODULE}")
    run_group(root, "flood-check")


def test_module_comes_and_goes_while_a_zone_floods(root, flood):
    root.run(
        f"for i in $(seq {ROUNDS}); do rmmod {MODULE} && modprobe {MODULE} || exit 1; done",
        timeout=TIMEOUT,
    )
    run_group(root, "flood-check")


def test_memory_of_zones_outlives_the_root_zone(root, flood):
    """The driver of the next kernel knows what a zone has; what a program had claimed is free."""
    root.run("/tmp/driver-test hold > /tmp/hold & until grep -q holds /tmp/hold; do sleep 0.1; done", timeout=TIMEOUT)
    restart_root(root)
    run_group(root, "flood-check")
    run_group(root, "kept")


def test_flood_costs_the_root_zone_little(root, flood):
    """A tool that follows the console is woken no more often than the driver pauses, and CPU 0 has time for others."""
    stat = "grep '^cpu0 ' /proc/stat"
    before = root.run(stat).output.split()
    followed = root.run("/tmp/driver-test flood-follow", check=False)
    after = root.run(stat).output.split()
    ticks = [int(new) - int(old) for old, new in zip(before[1:], after[1:])]
    print(f"{followed.output.splitlines()[0]}; CPU 0 was idle for {ticks[IDLE] / sum(ticks):.0%} of the time")
    assert followed.status == 0, followed.output
    assert ticks[IDLE] > sum(ticks) / 4


def test_events_come_after_cpus_have_gone(root):
    for round_number in range(2):
        for cpu in (1, 2, 3):
            root.run(f"echo 0 > /sys/devices/system/cpu/cpu{cpu}/online")
        assert root.run("nproc").output.strip() == "1"
        run_group(root, "life")
        if round_number == 0:
            root.run(f"rmmod {MODULE} && modprobe {MODULE}")
        for cpu in (1, 2, 3):
            root.run(f"echo 1 > /sys/devices/system/cpu/cpu{cpu}/online")
        run_group(root, "life")


def test_any_cpu_may_load_the_module(root):
    """The module hears of events whichever CPU has loaded it."""
    for mask in ("2", "4", "8"):
        root.run(f"taskset {mask} sh -c 'rmmod {MODULE} && modprobe {MODULE}'")
        before = interrupts(root)
        run_group(root, "life")
        assert interrupts(root) > before


def test_nothing_unbinds_the_driver_under_open_files(root):
    assert root.run(f"ls /sys/bus/platform/drivers/{MODULE}").output.split() == ["loongvisor", "module", "uevent"]


def test_module_is_idle_without_its_node():
    """The other image's root zone has no node: its module loads, makes no device and goes again."""
    with Machine(LOGS / "no-node.log", kernel=paths.IMAGE) as machine:
        machine.wait_prompt()
        assert MODULE not in machine.run("lsmod").output
        machine.run(f"modprobe {MODULE}")
        assert machine.run("ls /dev/loongvisor", check=False).status != 0
        machine.run(f"rmmod {MODULE}")


def test_packaged_sources_build(tmp_path):
    """What DKMS gets is complete, and makes the module that the images have."""
    make = ["make", "--no-print-directory", "-C", str(paths.TOP / "driver"), f"DESTDIR={tmp_path}", "dkms-source"]
    tool_output(*make)
    (source,) = (tmp_path / "usr" / "src").iterdir()
    assert source.name == f"loongvisor-{packaged_version()}"
    tool_output(str(paths.TOP / "driver" / "build"), str(HEADERS), str(tmp_path / "out"), f"M={source}")
    assert module_info(tmp_path / "out" / MODULE_FILE) == module_info(DRIVER / MODULE_FILE)


def packaged_version() -> str:
    text = (paths.TOP / "driver" / "dkms.conf").read_text(encoding="utf-8")
    return re.search(r'^PACKAGE_VERSION="(.*)"$', text, re.M).group(1)


def module_info(path: Path) -> list[str]:
    """What modinfo says of a module, but for its file's name."""
    lines = [line for line in tool_output("/sbin/modinfo", str(path)).splitlines() if not line.startswith("filename:")]
    assert any(line.split()[:2] == ["vermagic:", paths.kernel_release()] for line in lines)
    return lines
