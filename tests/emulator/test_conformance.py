# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs the bare-metal conformance programs in the LVZ emulator; every line of theirs is a test of its own.

CONFORMANCE_QEMU names another emulator (with its options, as on a command line); the programs must have been built
(`make test-emulator` does both). CONFORMANCE_TIMEOUT is what a program gets, in seconds.
"""

import os
import pathlib
import re
import shlex
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAMS = ROOT / "build" / "tests" / "emulator"
QEMU = shlex.split(os.environ.get("CONFORMANCE_QEMU", str(ROOT / "build/emulator/qemu-system-loongarch64")))
MACHINE = ["-M", "virt", "-m", "512M", "-nographic", "-nic", "none", "-vga", "none"]
TIMEOUT = float(os.environ.get("CONFORMANCE_TIMEOUT", "60"))  # seconds; the slowest program takes two

ICOUNT = ["-icount", "shift=0"]
# name of the run: program, lvz, further options
RUNS = {
    "smoke": ("smoke", "on", []),
    "csr": ("csr", "on", []),
    "legality": ("legality", "on", []),
    "entry": ("entry", "on", []),
    "stage2": ("stage2", "on", []),
    "tlb": ("tlb", "on", []),
    "fetch": ("fetch", "on", []),
    "invtlb": ("invtlb", "on", []),
    "timer": ("timer", "on", []),
    "held": ("held", "on,lvz-host-timer=off", []),
    "irq": ("irq", "on", []),
    "misc": ("misc", "on", []),
    "smp": ("smp", "on", ["-smp", "2"]),
    "upstream": ("upstream", "on", []),
    "upstream-lvz-off": ("upstream", "off", []),
    "nolvz": ("nolvz", "off", []),
    "smoke-icount": ("smoke", "on", ICOUNT),
    "timer-icount": ("timer", "on", ICOUNT),
    "held-icount": ("held", "on,lvz-host-timer=off", ICOUNT),
    "irq-icount": ("irq", "on", ICOUNT),
    "misc-icount": ("misc", "on", ICOUNT),
    "tlb-icount": ("tlb", "on", ICOUNT),
    "fetch-icount": ("fetch", "on", ICOUNT),
    "smp-icount": ("smp", "on", ["-smp", "2", *ICOUNT]),
    "upstream-icount": ("upstream", "on", ICOUNT),
}

LINE = re.compile(r"^(not )?ok (\d+) - (.*)$")
PLAN = re.compile(r"^1\.\.(\d+)$")


def run_program(program, lvz, options):
    """The program's console, or what went wrong with the emulator, as text."""
    command = [*QEMU, *MACHINE, "-cpu", f"la464,lvz={lvz}", *options, "-kernel", str(PROGRAMS / f"{program}.elf")]
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              timeout=TIMEOUT, check=False)
    except OSError as error:
        return f"{command[0]}: {error}"
    except subprocess.TimeoutExpired as error:
        return (error.stdout or b"").decode(errors="replace") + f"\nno end within {TIMEOUT:.0f} s: {shlex.join(command)}"
    return done.stdout.decode(errors="replace") + f"\nemulator's exit status {done.returncode}: {shlex.join(command)}"


def parse(console):
    """Facts as (number, name, failure or None), and the planned number of them (None: the program didn't end)."""
    facts = []
    planned = None
    for line in console.splitlines():
        match = LINE.match(line.strip())
        if match:
            failed, number, name = match.groups()
            if failed:
                name, _, failure = name.rpartition(": got ")
                facts.append((int(number), name, f"got {failure}"))
            else:
                facts.append((int(number), name, None))
        elif PLAN.match(line.strip()):
            planned = int(PLAN.match(line.strip()).group(1))
    return facts, planned


def pytest_generate_tests(metafunc):
    """Runs each program once and makes a test of each fact, and one of the program's end."""
    if "fact" in metafunc.fixturenames:
        cases = []
        for run, (program, lvz, options) in RUNS.items():
            console = run_program(program, lvz, options)
            facts, planned = parse(console)
            numbers = [number for number, _, _ in facts]
            complete = planned is not None and numbers == list(range(1, planned + 1)) and planned > 0
            cases.append(pytest.param(None if complete else "\n".join(console.splitlines()[-12:]),
                                      id=f"{run}: the program comes to its end"))
            for number, name, failure in facts:
                marks = [pytest.mark.skip(reason=name.split("# SKIP")[1])] if "# SKIP" in name else []
                cases.append(pytest.param(failure, id=f"{run} {number}: {name}", marks=marks))
        metafunc.parametrize("fact", cases)


def test_fact(fact):
    """One line of a conformance program; fact is what was wrong, or None."""
    assert fact is None, fact
