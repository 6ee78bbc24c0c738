# SPDX-License-Identifier: GPL-2.0-or-later
"""
Fixtures of the load tests: one machine with the disk of programs that load a kernel, booted once for all of them.

Each test's transcript is build/load-logs/<test>.log; a machine on which a test failed is replaced.
"""

import shutil

import pytest

import paths
from loaded import DISK, LOGS, SCRATCH, machine_options, prepare
from machine import Machine
from shared import SharedMachine, log_name, pytest_runtest_makereport  # noqa: F401 (pytest finds the hook here)
from web import WebServer


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


def start_loaded(*options):
    """How SharedMachine starts one at its prompt, with its disk mounted and an address."""

    def start(log):
        machine = Machine(log, options=(*machine_options(SCRATCH), *options), clock=True)
        prepare(machine)
        return machine

    return start


def lend(machine: SharedMachine, request):
    """What a fixture yields from: the machine, with its kernel's log empty."""
    for lent in machine.lend(request, LOGS / log_name(request)):
        lent.run("dmesg -c > /dev/null")
        yield lent


@pytest.fixture(scope="session")
def shared(built):
    machine = SharedMachine(start_loaded())
    yield machine
    machine.drop()


@pytest.fixture
def loaded(request, shared):
    """The shared machine in real time."""
    yield from lend(shared, request)


@pytest.fixture
def counted_loaded(request, built):
    """A machine whose time is a count of instructions: 2^4 ns each."""
    machine = SharedMachine(start_loaded("-icount", "shift=4,sleep=off"))
    yield from lend(machine, request)
    machine.drop()
