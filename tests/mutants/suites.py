# SPDX-License-Identifier: GPL-2.0-or-later
"""How each suite is built and run in a copy of the tree, and what it says of a mutant."""

import os
import re
import shlex
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from mutants import Mutant
from scratch import DRIVER_HEADERS, Scratch

PYTHON = ("/usr/bin/python3", "-B")
PYTEST = (*PYTHON, "-m", "pytest", "-p", "no:cacheprovider", "-q", "-x", "--tb=short", "-rf")
POOL = "build/tests/unit/driver"
UNIT = "build/tests/unit/hypervisor"
HYPERVISORS = ("build/hypervisor/loongvisor.elf", "build/hypervisor-checked/loongvisor.elf")

# tests/driver takes it in place of the image's.
MODULE = "build/driver/loongvisor.ko"

# A suite that takes so many times longer than without a mutant, and some seconds, hangs.
HANG_FACTOR = 4
HANG_SECONDS = 30

# The line by which a suite says that a test fails: cmocka's, a sanitizer's, pytest's.
FAILURE = re.compile(
    r"^\[  FAILED  \] (?P<cmocka>\w+)$"
    r"|(?P<sanitizer>(?:ERROR|WARNING): \w+Sanitizer: [^\n(]+|runtime error: [^\n]+)"
    r"|^FAILED \S*?(?P<pytest>test_\w+\.py::\S+)"
)


@dataclass(frozen=True)
class Suite:
    """build: the command that does; prefix: a mutant elsewhere cannot change what the suite runs, None: see runs()."""

    build: tuple[str, ...]
    command: tuple[str, ...]
    prefix: str | None

    def runs(self, mutant: Mutant, pristine: Path) -> bool:
        """Whether the suite has anything to do with the mutant's file. Unit tests have what their program is built of."""
        if self.prefix is None:
            return is_built_of(pristine / Path(self.command[0]).parent, mutant.file)
        return mutant.file.startswith(self.prefix)

    def arguments(self, tests: str) -> list[str]:
        return [*self.command, *shlex.split(tests)]


SUITES = {
    "pool": Suite(("make", f"{POOL}/unit"), (f"{POOL}/unit",), None),
    "unit": Suite(("make", f"{UNIT}/unit"), (f"{UNIT}/unit",), None),
    "race": Suite(("make", f"{UNIT}/race/unit"), (f"{UNIT}/race/unit",), None),
    "static": Suite(("make", *HYPERVISORS), (*PYTHON, "tests/unit/hypervisor/barriers.py", HYPERVISORS[0]), "hypervisor/"),
    "system": Suite(("make", *HYPERVISORS), PYTEST, "hypervisor/"),
    "driver": Suite(("driver/build", f"build/{DRIVER_HEADERS}", "build/driver"), PYTEST, "driver/"),
}


def is_built_of(directory: Path, file: str) -> bool:
    """Whether the program in the directory is built of the file: the compiler's dependencies name it."""
    name = re.compile(rf"(?<!\S){re.escape(file)}(?!\S)")
    return any(name.search(path.read_text(encoding="utf-8")) for path in directory.rglob("*.d"))


@dataclass
class Run:
    """failure: what the suite says of the test that failed, None if all passed."""

    failure: str | None
    seconds: float


@dataclass
class Runner:
    """Builds and runs suites; what they print goes to a log."""

    limits: dict[tuple[str, str], float] = field(default_factory=dict)

    def build(self, suite: Suite, scratch: Scratch, log: Path) -> bool:
        environment = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}
        with log.open("a", encoding="utf-8") as output:
            done = subprocess.run(suite.build, cwd=scratch.path, env=environment, stdout=output, stderr=output, check=False)
            return done.returncode == 0

    def baseline(self, name: str, tests: str, scratch: Scratch, log: Path) -> Run:
        """Without a mutant: it has to pass, and the time tells what a hang is."""
        run = self.run(name, tests, scratch, log)
        self.limits[name, tests] = run.seconds * HANG_FACTOR + HANG_SECONDS
        return run

    def run(self, name: str, tests: str, scratch: Scratch, log: Path) -> Run:
        """Ends with the first failure."""
        started = time.monotonic()
        limit = self.limits.get((name, tests), float("inf"))
        with log.open("a", encoding="utf-8") as output:
            process = subprocess.Popen(
                SUITES[name].arguments(tests),
                cwd=scratch.path,
                env=os.environ
                | {"LOONGVISOR_MODULE": str(scratch.path / MODULE), "LOONGVISOR_HEADERS": str(scratch.path / "build" / DRIVER_HEADERS)},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            try:
                failure = watch(process, output, started + limit)
            finally:
                end(process)
        if failure is None and process.returncode != 0:
            failure = f"exit status {process.returncode}"
        return Run(failure, time.monotonic() - started)


def watch(process: subprocess.Popen, output, deadline: float) -> str | None:
    """Copies what the process prints until it ends, says that a test fails, or hangs."""
    pending = b""
    os.set_blocking(process.stdout.fileno(), False)
    while True:
        chunk = process.stdout.read()
        if chunk:
            output.write(chunk.decode(errors="replace"))
            *lines, pending = (pending + chunk).split(b"\n")
            for line in lines:
                match = FAILURE.search(line.decode(errors="replace"))
                if match:
                    return next(group for group in match.groups() if group)
        elif chunk == b"":
            process.wait()
            return None
        elif time.monotonic() > deadline:
            return "it does not end"
        else:
            time.sleep(0.02)


def end(process: subprocess.Popen) -> None:
    """Ends the process and what it has started: QEMU ends with the one that started it."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    process.stdout.close()
