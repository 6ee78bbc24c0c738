# SPDX-License-Identifier: GPL-2.0-or-later
"""Fixtures of the driver's tests: the machine of `make run`, with the test program on its disk."""

import shutil
from pathlib import Path

import pytest

import paths
from machine import Machine
from shared import SharedMachine, log_name, pytest_runtest_makereport  # noqa: F401 (pytest finds the hook here)

LOGS = paths.BUILD / "driver-logs"
IMAGE = paths.BUILD / "loongvisor-qemu-8.elf"
PROGRAM = paths.BUILD / "tests" / "driver" / "driver-test"
SECTOR = 512


@pytest.fixture(scope="session", autouse=True)
def built():
    """The tests run what the build made; they never skip because it is not there."""
    for path in (paths.QEMU, IMAGE, PROGRAM):
        if not path.exists():
            pytest.exit(f"{path} is missing: run make test-driver", returncode=2)
    shutil.rmtree(LOGS, ignore_errors=True)
    LOGS.mkdir(parents=True)


@pytest.fixture(scope="session")
def disk(built) -> Path:
    """The program as it is, filled up to whole sectors."""
    path = LOGS / "program.img"
    data = PROGRAM.read_bytes()
    path.write_bytes(data + bytes(-len(data) % SECTOR))
    return path


@pytest.fixture(scope="session")
def shared_machine(disk):
    def start(log: Path) -> Machine:
        drive = ("-drive", f"file={disk},format=raw,if=none,id=disk,readonly=on", "-device", "virtio-blk-pci,drive=disk")
        machine = Machine(log, kernel=IMAGE, smp=8, memory="4G", options=drive)
        machine.wait_prompt()
        machine.run("cat /dev/vda > /tmp/driver-test && chmod +x /tmp/driver-test")
        return machine

    shared = SharedMachine(start)
    yield shared
    shared.drop()


@pytest.fixture
def root(request, shared_machine):
    """The shared machine at the root zone's prompt."""
    yield from shared_machine.lend(request, LOGS / log_name(request))
