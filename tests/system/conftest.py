# SPDX-License-Identifier: GPL-2.0-or-later
"""
Fixtures of the system tests.

Most tests share one booted machine (`root`), which is replaced by a fresh one after a test that failed or that ended
it; a test that needs a machine of its own takes `boot`. Each test's serial transcript is build/test-logs/<test>.log.
"""

import shutil
from pathlib import Path

import pytest

import paths
from disk import Disk
from machine import COUNTED, Machine
from shared import SharedMachine, log_name, pytest_runtest_makereport  # noqa: F401 (pytest finds the hook here)
from web import WebServer


@pytest.fixture(scope="session", autouse=True)
def built():
    """The tests run what the build made; they never skip because it is not there."""
    for path in (paths.QEMU, paths.IMAGE, paths.KERNEL, paths.KERNEL_RELEASE, paths.INITRAMFS):
        if not path.exists():
            pytest.exit(f"{path} is missing: run make first", returncode=2)
    shutil.rmtree(paths.LOGS, ignore_errors=True)
    shutil.rmtree(paths.SCRATCH, ignore_errors=True)
    paths.LOGS.mkdir(parents=True)
    paths.SCRATCH.mkdir(parents=True)


@pytest.fixture
def log(request, built) -> Path:
    """This test's transcript file."""
    return paths.LOGS / log_name(request)


@pytest.fixture
def boot(log):
    """A function that starts a machine of this test's own (arguments as Machine's) and waits for the prompt."""
    machines = []

    def start(make=Machine, wait=True, **arguments) -> Machine:
        path = log if not machines else log.with_suffix(f".{len(machines) + 1}.log")
        machine = make(path, **arguments)
        machines.append(machine)
        if wait:
            machine.boot_seconds = machine.wait_prompt()
        return machine

    yield start
    for machine in machines:
        machine.close()


@pytest.fixture(scope="session")
def disk(built) -> Disk:
    """An ext4 disk image with a known file in it; the shared machine's /dev/vda."""
    return Disk(paths.SCRATCH / "disk")


@pytest.fixture(scope="session")
def web(built):
    """An HTTP server on the host's loopback with one file, reached from the guest through QEMU's user network."""
    server = WebServer()
    yield server
    server.close()


def start_root(*options):
    """How SharedMachine starts one with these options of QEMU."""

    def start(log: Path) -> Machine:
        machine = Machine(log, options=options, clock=True)
        machine.wait_prompt()
        return machine

    return start


@pytest.fixture(scope="session")
def shared_machine(disk):
    network = ("-netdev", "user,id=net", "-device", "virtio-net-pci,netdev=net,romfile=")
    shared = SharedMachine(start_root(*disk.options(), *network))
    yield shared
    shared.drop()


@pytest.fixture(scope="session")
def shared_counted_machine(built):
    shared = SharedMachine(start_root(*COUNTED))
    yield shared
    shared.drop()


@pytest.fixture
def root(request, log, shared_machine):
    """The shared machine in real time, with disk and network, at the root zone's prompt."""
    yield from shared_machine.lend(request, log)


@pytest.fixture
def counted_root(request, log, shared_counted_machine):
    """
    The shared machine whose time is a count of instructions: virtual time jumps ahead while every CPU waits, so how
    busy the host is cannot blur a measurement.
    """
    yield from shared_counted_machine.lend(request, log)
