# SPDX-License-Identifier: GPL-2.0-or-later
"""
/dev/hvisor in a root zone: what include/loongvisor/hvisor_device.h and docs/driver.md promise to hvisor's own programs.

Most of it is in the program (tests/driver/program/hvisor*), which does what hvisor-tool does, with its numbers and layouts.
"""

import json
import re
import time

import pytest

import image
import paths
import zoneset
from conftest import (
    HEADERS,
    HVISOR_IMAGE,
    LOGS,
    MODULE,
    assert_device_is_roots_alone,
    assert_module_stays_while_open,
    make_disk,
    run_group,
    start_machine,
)
from machine import tool_output
from shared import SharedMachine

GROUPS = (
    *("hvisor-calls", "hvisor-memory", "hvisor-life", "hvisor-cpus", "hvisor-race"),
    *("hvisor-virtio", "hvisor-follow", "hvisor-restarts"),
)
LINE = "loongvisor-hvisor"
REMOVED_SECONDS = 2
REMOVALS = 3
LINUX_ROUNDS = 2
LINUX_TIMEOUT = 90
LINUX_ZONE = {
    "name": "linux",
    "zone_id": 1,
    "cpus": [2, 3],
    "memory_regions": [
        {"type": "ram", "physical_start": "0x90000000", "virtual_start": "0x0", "size": "0x10000000"},
        {"type": "hole", "virtual_start": "0x18000000", "size": "0x4000"},
        {"type": "uart", "virtual_start": "0x1fe00000", "size": "0x1000"},
    ],
    "uart_interrupt": "none",
    "kernel_filepath": "Image",
    "initrd_filepath": "guest.cpio.gz",
    "kernel_args": "console=ttyS0,115200 hostname=linux",
}


@pytest.fixture(scope="module")
def rival(built):
    """A disk with a module that takes the name /dev/hvisor."""
    source = paths.TOP / "tests" / "driver" / "rival"
    output = LOGS / "rival"
    tool_output(str(paths.TOP / "driver" / "build"), str(HEADERS), str(output), f"M={source}")
    return make_disk(LOGS / "rival.img", output / "rival.ko")


@pytest.fixture(scope="module")
def linux(built):
    """A disk with a packed image; its zone 1 is what hvisor-linux-start makes a zone of. Its root zone is there for form."""
    root = {"name": "root", "zone_id": 0, "root": True, "cpus": [0], "memory_regions": zoneset.ROOT_REGIONS}
    root |= {"interrupts": "all", "cpu_lines": "all", "kernel_filepath": "noise.elf"}
    command = [str(paths.PACKER), "--hypervisor", str(paths.HYPERVISOR), "--board", str(image.BOARD)]
    for zone in (root, LINUX_ZONE):
        path = LOGS / f"{zone['name']}.json"
        path.write_text(json.dumps(zone), encoding="utf-8")
        command += ["--zone", str(path)]
    packed = LOGS / "linux.elf"
    tool_output(*command, *("--search", str(paths.GUESTS), "--search", str(paths.KERNEL.parent), "-o", str(packed)))
    return make_disk(LOGS / "linux.img", packed)


@pytest.fixture(scope="module")
def shared_machine(rival, linux):
    shared = SharedMachine(lambda log: start_machine(log, HVISOR_IMAGE, rival, linux))
    yield shared
    shared.drop()


@pytest.fixture
def without_module(root):
    """The driver is away, and comes back as it was."""
    root.run(f"rmmod {MODULE}")
    yield
    root.run(f"modprobe {MODULE}")
    root.run("test -c /dev/hvisor")


@pytest.mark.parametrize("group", GROUPS)
def test_group(root, group):
    run_group(root, group)


def test_device_is_roots_alone(root):
    assert_device_is_roots_alone(root, "/dev/hvisor")


def test_module_stays_while_the_device_is_open(root):
    assert_module_stays_while_open(root, "/dev/hvisor")


def test_root_zone_has_what_the_daemon_needs(root):
    """TAP devices for its network devices, and the nohup of hvisor's instructions."""
    root.run("(: <> /dev/net/tun)")
    root.run("""nohup sh -c 'kill -HUP $$; echo lived' > /tmp/lived; grep lived /tmp/lived""")
    root.run("cd /tmp && nohup echo written && grep written nohup.out")
    assert root.run("nohup", check=False).status == 127


def test_zone_files_of_hvisors_boards(root):
    """What is not the zone's to have is a hole or left out, and the kernel's log says what, and why a zone is refused."""
    run_group(root, "hvisor-boards")
    text = root.run("dmesg | tail -n 12").output
    for io in ("10000000", "100d0000"):
        assert re.search(rf"zone 1: IO at {io}, \w+ bytes, is not the zone's to have", text), text
    assert "zone 1: IO at GPA ffffffff0000 is beyond 2^47: left out" in text
    assert "zone 1 refused: CPU_TAKEN 0" in text


def test_zone_waits_while_the_module_is_away(root):
    """It has asked a daemon that is gone, and goes on with one that comes after the module has come again."""
    for _ in range(REMOVALS):
        run_group(root, "hvisor-virtio-leave")
        root.run(f"rmmod {MODULE}")
        time.sleep(REMOVED_SECONDS)
        assert LINE not in root.run("cat /proc/interrupts").output
        root.run(f"modprobe {MODULE}")
        run_group(root, "hvisor-virtio-take")


def test_any_cpu_may_load_the_module(root):
    """The module wakes the daemon whichever CPU has loaded it."""
    for mask in ("2", "8"):
        root.run(f"taskset {mask} sh -c 'rmmod {MODULE} && modprobe {MODULE}'")
        run_group(root, "hvisor-virtio")


def test_device_can_be_left_out(root, without_module):
    root.run(f"modprobe {MODULE} hvisor=0")
    assert root.run("ls /dev/hvisor", check=False).status != 0
    assert LINE not in root.run("cat /proc/interrupts").output
    run_group(root, "queries")
    root.run(f"rmmod {MODULE}")


def test_other_module_keeps_the_name(root, without_module):
    """With hvisor's own module there the driver does without the second device, and does not disturb the other's."""
    root.run("cat /dev/vdb > /tmp/rival.ko && insmod /tmp/rival.ko")
    rivals = root.run("cat /sys/class/misc/hvisor/dev").output
    root.run(f"modprobe {MODULE}")
    assert "another module's" in root.run("dmesg | tail -n 3").output
    assert root.run("cat /sys/class/misc/hvisor/dev").output == rivals
    assert LINE not in root.run("cat /proc/interrupts").output
    run_group(root, "queries")
    root.run(f"rmmod {MODULE} && ls /dev/hvisor && rmmod rival")


def console(machine, typed: str = "") -> str:
    """What the zone has printed; what is typed is typed first."""
    keyboard = f"(echo '{typed}'; sleep 2)" if typed else "true"
    return machine.run(f"{keyboard} | loongvisor console linux", timeout=LINUX_TIMEOUT, check=False).output


def wait_console(machine, pattern: str) -> str:
    deadline = time.monotonic() + LINUX_TIMEOUT
    text = console(machine)
    while not re.search(pattern, text):
        assert time.monotonic() < deadline, text
        time.sleep(1)
        text = console(machine)
    return text


def test_linux_with_two_cpus_starts_again(root):
    """The stock kernel with registers 0, behind a few instructions that know its device tree."""
    for _ in range(LINUX_ROUNDS):
        run_group(root, "hvisor-linux-start")
        text = wait_console(root, r"root@linux:")
        assert "Brought up 1 node, 2 CPUs" in text
        answer = console(root, "echo $(nproc) CPUs, $(taskset 2 echo also the second)")
        assert "2 CPUs, also the second" in answer
        run_group(root, "hvisor-linux-end")
