# SPDX-License-Identifier: GPL-2.0-or-later
"""A booted machine that tests share until one of them fails on it; imported by the conftest of each room."""

import re
from pathlib import Path

import pytest


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """Remembers that a test failed, its set-up included, for SharedMachine.lend."""
    outcome = yield
    if outcome.get_result().failed:
        item.failed_somewhere = True


def log_name(request) -> str:
    """The name of a test's transcript."""
    return re.sub(r"[^\w.-]+", "-", request.node.name).strip("-") + ".log"


class SharedMachine:
    """A machine that tests share, and how to get a fresh one: start(log) gives a machine at its prompt."""

    def __init__(self, start):
        self._start = start
        self._machine = None

    def get(self, log: Path):
        """The machine at its prompt; its transcript goes to log from now on."""
        if self._machine and not self._machine.alive():
            self.drop()
        if not self._machine:
            self._machine = self._start(log)
        self._machine.transcript.divert(log)
        return self._machine

    def drop(self) -> None:
        """Ends the machine: the next test gets a fresh one."""
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
