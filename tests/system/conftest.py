# SPDX-License-Identifier: GPL-2.0-or-later
"""
Fixtures of the system tests.

Most tests share one booted machine (`root`), which is replaced by a fresh one after a test that failed or that ended
it; a test that needs a machine of its own takes `boot`. Each test's serial transcript is build/test-logs/<test>.log.
"""

import re
import shutil
from pathlib import Path

import pytest

import paths
from disk import Disk
from machine import COUNTED, Machine
from web import WebServer


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    report = outcome.get_result()
    if report.failed:
        item.failed_somewhere = True


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
    return paths.LOGS / (re.sub(r"[^\w.-]+", "-", request.node.name).strip("-") + ".log")


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


class SharedMachine:
    """A machine that tests share, and how to get a fresh one."""

    def __init__(self, options):
        self._options = options
        self._machine = None

    def get(self, log: Path) -> Machine:
        """The machine at its prompt; its transcript goes to log from now on."""
        if self._machine and not self._machine.alive():
            self.drop()
        if not self._machine:
            self._machine = Machine(log, options=self._options, clock=True)
            self._machine.wait_prompt()
        self._machine.transcript.divert(log)
        return self._machine

    def drop(self) -> None:
        if self._machine:
            self._machine.close()
            self._machine = None

    def lend(self, request, log: Path):
        """What a fixture yields from: the machine, dropped when the test has failed."""
        try:
            yield self.get(log)
        finally:
            if getattr(request.node, "failed_somewhere", False):
                self.drop()


@pytest.fixture(scope="session")
def shared_machine(disk):
    network = ("-netdev", "user,id=net", "-device", "virtio-net-pci,netdev=net,romfile=")
    shared = SharedMachine((*disk.options(), *network))
    yield shared
    shared.drop()


@pytest.fixture(scope="session")
def shared_counted_machine(built):
    shared = SharedMachine(COUNTED)
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
