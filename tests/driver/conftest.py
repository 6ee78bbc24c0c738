# SPDX-License-Identifier: GPL-2.0-or-later
"""Fixtures of the driver's tests: the machine of `make run`, with the test program on its disk."""

import os
import re
import shutil
from pathlib import Path

import pytest

import paths
from machine import Machine
from shared import SharedMachine, log_name, pytest_runtest_makereport  # noqa: F401 (pytest finds the hook here)

LOGS = paths.BUILD / "driver-logs"
IMAGE = paths.BUILD / "loongvisor-qemu-8.elf"
# The root zone whose HWI2 wakes hvisor's virtio daemon.
HVISOR_IMAGE = paths.BUILD / "loongvisor-qemu-hvisor.elf"
PROGRAM = paths.BUILD / "tests" / "driver" / "driver-test"
# Another module to test than the image's (make test-mutants).
MODULE_FILE = os.environ.get("LOONGVISOR_MODULE")
# What a module is built with.
HEADERS = Path(os.environ.get("LOONGVISOR_HEADERS", paths.BUILD / "driver" / "headers"))
SECTOR = 512
TIMEOUT = 120.0
MODULE = "loongvisor"


def run_group(machine, group: str) -> None:
    result = machine.run(f"/tmp/driver-test {group}", timeout=TIMEOUT, check=False)
    assert result.status == 0 and re.search(r"^PASSED [1-9]\d*$", result.output, re.M), result.output


def assert_device_is_roots_alone(machine, device: str) -> None:
    assert machine.run(f"stat -c '%a %u %g' {device}").output.split() == ["600", "0", "0"]


def assert_module_stays_while_open(machine, device: str) -> None:
    """The module goes when nobody has the device open, and the device goes with it."""
    machine.run(f"exec 7<>{device}")
    assert machine.run(f"rmmod {MODULE}", check=False).status != 0
    machine.run("exec 7>&-")
    machine.run(f"rmmod {MODULE}")
    assert machine.run(f"ls {device}", check=False).status != 0
    machine.run(f"modprobe {MODULE}")


def complaints(machine) -> str:
    """What the kernel has to say of itself; the module's own taint is not among it."""
    pattern = "Oops|BUG:|WARNING:|Call Trace|soft lockup|hung_task|nobody cared|scheduling while atomic|Bad page|leak"
    return machine.run(f"dmesg | grep -E '{pattern}'", check=False).output


@pytest.fixture(scope="session", autouse=True)
def built():
    """The tests run what the build made; they never skip because it is not there."""
    for path in (paths.QEMU, IMAGE, HVISOR_IMAGE, PROGRAM):
        if not path.exists():
            pytest.exit(f"{path} is missing: run make test-driver", returncode=2)
    shutil.rmtree(LOGS, ignore_errors=True)
    LOGS.mkdir(parents=True)


def make_disk(path: Path, content: Path) -> Path:
    """A file as it is, filled up to whole sectors."""
    data = content.read_bytes()
    path.write_bytes(data + bytes(-len(data) % SECTOR))
    return path


def make_scratch(path: Path, size: int) -> Path:
    """An empty disk that the root zone may write."""
    path.write_bytes(bytes(size))
    return path


def replace_module(machine, disk: str, size: int) -> None:
    """Loads the module that is on the disk in place of the image's, until the machine ends."""
    machine.run(f"rmmod {MODULE}")
    machine.run(f"head -c {size} {disk} > /lib/modules/$(uname -r)/extra/{MODULE}.ko")
    machine.run(f"modprobe {MODULE}")


def start_machine(log: Path, image: Path, *disks: Path, scratch: Path | None = None) -> Machine:
    """A machine at its prompt, with the test program in place. Further disks are /dev/vdb and so on, scratch the first."""
    if scratch:
        disks = (scratch, *disks)
    if MODULE_FILE:
        disks = (*disks, make_disk(LOGS / "module.img", Path(MODULE_FILE)))
    options = []
    for number, disk in enumerate((make_disk(LOGS / "program.img", PROGRAM), *disks)):
        readonly = "off" if disk == scratch else "on"
        drive = f"file={disk},format=raw,if=none,id=disk{number},readonly={readonly}"
        options += ["-drive", drive, "-device", f"virtio-blk-pci,drive=disk{number}"]
    machine = Machine(log, kernel=image, smp=8, memory="4G", options=options)
    machine.wait_prompt()
    prepare_root(machine, len(disks))
    return machine


def prepare_root(machine, last_disk: int) -> None:
    """What a root zone that has just started needs; the number of the last disk, which has the module if one is tested."""
    machine.run("cat /dev/vda > /tmp/driver-test && chmod +x /tmp/driver-test")
    if MODULE_FILE:
        replace_module(machine, f"/dev/vd{chr(ord('a') + last_disk)}", Path(MODULE_FILE).stat().st_size)


def restart_root(machine) -> None:
    """The root zone's kernel panics and comes back; the machine has no disk but the program's, and the module's."""
    machine.console.send("echo c > /proc/sysrq-trigger\n")
    machine.console.expect(r"Kernel panic - not syncing: sysrq triggered crash", timeout=TIMEOUT)
    machine.wait_prompt()
    prepare_root(machine, 1 if MODULE_FILE else 0)


@pytest.fixture(scope="module")
def shared_machine(built):
    shared = SharedMachine(lambda log: start_machine(log, IMAGE))
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
