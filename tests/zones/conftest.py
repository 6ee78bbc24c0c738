# SPDX-License-Identifier: GPL-2.0-or-later
"""
Fixtures of the zone tests: the machine of `make run` at its prompt, without zones beside the root zone.

Tests share a machine until one of them fails on it; each test's serial transcript is build/zones-logs/<test>.log.
"""

import shutil

import pytest

import paths
from machine import COUNTED, Machine
from rootzone import IMAGE, LOGS, MEMORY, SCRATCH, SMP, RootZone
from shared import SharedMachine, log_name, pytest_runtest_makereport  # noqa: F401 (pytest finds the hook here)


@pytest.fixture(scope="session", autouse=True)
def built():
    """The tests run what the build made; they never skip because it is not there."""
    for path in (paths.QEMU, IMAGE):
        if not path.exists():
            pytest.exit(f"{path} is missing: run make first", returncode=2)
    for directory in (LOGS, SCRATCH):
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir(parents=True)


@pytest.fixture
def log(request, built):
    """This test's transcript file."""
    return LOGS / log_name(request)


def start_machine(*options):
    """How SharedMachine starts one with these options of QEMU."""

    def start(log) -> Machine:
        machine = Machine(log, kernel=IMAGE, smp=SMP, memory=MEMORY, options=options)
        machine.wait_prompt()
        return machine

    return start


@pytest.fixture(scope="session")
def shared(built):
    machine = SharedMachine(start_machine())
    yield machine
    machine.drop()


@pytest.fixture(scope="session")
def shared_counted(built):
    machine = SharedMachine(start_machine(*COUNTED))
    yield machine
    machine.drop()


def lend(machine: SharedMachine, request, log):
    """What a fixture yields from; the machine stands still while other tests use another one."""
    for lent in machine.lend(request, log):
        lent.qmp.command("cont")
        root = RootZone(lent)
        yield root
        if not getattr(request.node, "failed_somewhere", False):
            root.remove_all()
        lent.qmp.command("stop")


@pytest.fixture
def root(request, log, shared):
    """The root zone of the shared machine, in real time."""
    yield from lend(shared, request, log)


@pytest.fixture
def counted_root(request, log, shared_counted):
    """The same on a machine whose time is a count of instructions."""
    yield from lend(shared_counted, request, log)


@pytest.fixture
def own_root(request, log):
    """A function that starts a machine for this test alone: kernel (the image), options of QEMU, sockets that they name."""
    machines = []

    def start(kernel=IMAGE, options=(), inherit=()) -> RootZone:
        machine = Machine(log, kernel=kernel, smp=SMP, memory=MEMORY, options=options, inherit=inherit)
        machines.append(machine)
        machine.wait_prompt()
        return RootZone(machine)

    yield start
    for machine in machines:
        machine.close()
