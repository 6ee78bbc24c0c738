# SPDX-License-Identifier: GPL-2.0-or-later
"""
Fixtures of the kernels' tests: a root zone that is one of these kernels, and the machine of `make run` with the kernels on a
disk, for guests.

Each test's transcript is build/kernels-logs/<test>.log.
"""

import shutil

import pytest

import paths
from kernels import ALL, BUILT, DISK, INITRD, LOGS, SCRATCH
from machine import Machine
from rootzone import IMAGE, MEMORY, SMP, RootZone
from shared import log_name

MOUNT = "/mnt"


@pytest.fixture(scope="session", autouse=True)
def built():
    """The tests run what the build made; they never skip because it is not there."""
    for path in (paths.QEMU, IMAGE, DISK, INITRD, *(BUILT / kernel.name / "versions" for kernel in ALL)):
        if not path.exists():
            pytest.exit(f"{path} is missing: run make test-kernels", returncode=2)
    for directory in (LOGS, SCRATCH):
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir(parents=True)


@pytest.fixture
def log(request, built):
    """This test's transcript file."""
    return LOGS / log_name(request)


@pytest.fixture
def root(log):
    """The stock root zone, with the disk of kernels mounted."""
    drive = f"file={DISK},format=raw,if=none,id=disk,readonly=on,file.locking=off"
    options = ("-drive", drive, "-device", "virtio-blk-pci,drive=disk")
    with Machine(log, kernel=IMAGE, smp=SMP, memory=MEMORY, options=options) as machine:
        machine.wait_prompt()
        machine.run(f"mount -t ext4 -o ro,noload /dev/vda {MOUNT}")
        yield RootZone(machine)
