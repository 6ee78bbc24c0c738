# SPDX-License-Identifier: GPL-2.0-or-later
"""
Fixtures of the load tests: one machine with the disk of programs that load a kernel, booted once for all of them.

Each test's transcript is build/load-logs/<test>.log; a machine on which a test failed is replaced.
"""

import re
import shutil

import pytest

import paths
from loaded import DISK, LOGS, SCRATCH, machine_options, prepare
from machine import Machine
from web import WebServer


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    if outcome.get_result().failed:
        item.failed_somewhere = True


@pytest.fixture(scope="session", autouse=True)
def built():
    """The tests run what the build made; they never skip because it is not there."""
    for path in (paths.QEMU, paths.IMAGE, DISK):
        if not path.exists():
            pytest.exit(f"{path} is missing: run make and make load-disk", returncode=2)
    for directory in (LOGS, SCRATCH):
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir(parents=True)


@pytest.fixture(scope="session")
def web(built):
    """An HTTP server on the host's loopback with one file, reached from the zone through QEMU's user network."""
    server = WebServer()
    yield server
    server.close()


class SharedMachine:
    """A machine at its prompt, its disk mounted, with an address; tests share it until one of them fails on it."""

    def __init__(self, *options):
        self._options = options
        self._machine = None

    def lend(self, request):
        """What a fixture yields from: the machine, with its kernel's log empty."""
        log = LOGS / (re.sub(r"[^\w.-]+", "-", request.node.name).strip("-") + ".log")
        if not self._machine:
            self._machine = Machine(log, options=(*machine_options(SCRATCH), *self._options), clock=True)
            prepare(self._machine)
        self._machine.transcript.divert(log)
        self._machine.run("dmesg -c > /dev/null")
        yield self._machine
        if getattr(request.node, "failed_somewhere", False):
            self.close()

    def close(self) -> None:
        if self._machine:
            self._machine.close()
            self._machine = None


@pytest.fixture(scope="session")
def shared(built):
    machine = SharedMachine()
    yield machine
    machine.close()


@pytest.fixture
def loaded(request, shared):
    """The shared machine in real time."""
    yield from shared.lend(request)


@pytest.fixture
def counted_loaded(request, built):
    """A machine whose time is a count of instructions: 2^4 ns each."""
    machine = SharedMachine("-icount", "shift=4,sleep=off")
    yield from machine.lend(request)
    machine.close()
