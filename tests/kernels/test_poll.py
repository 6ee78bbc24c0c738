# SPDX-License-Identifier: GPL-2.0-or-later
"""
A kernel whose idle CPUs poll (`nohlt irqaffinity=0 skew_tick=1`) under hackbench for LOONGVISOR_POLL_SECONDS (600): it never
executes `idle`, so timer, IPIs and device interrupts reach it only in the midst of what it does.
"""

import os
import time

from conftest import MOUNT
from kernels import BOOT_TIMEOUT, BUILTIN, pack_root, troubles
from machine import PATIENCE, Machine

SECONDS = int(os.environ.get("LOONGVISOR_POLL_SECONDS", "600"))
PARAMETERS = ("nohlt", "irqaffinity=0", "skew_tick=1")
LOOK_EVERY = 20.0
# The shell must answer within this time although everything else is busy.
ANSWER_TIMEOUT = 120.0
# Rounds of hackbench, one after the other, counted in a file: what is looked at.
ROUNDS = "n=0; while hackbench -g 1 -l 50 > /dev/null; do n=$((n + 1)); echo $n > /tmp/rounds; done; echo FAILED > /tmp/rounds"
WORK = f"echo 0 > /tmp/rounds; {{ ({ROUNDS}) & }}"


def run(machine, command: str) -> str:
    return machine.run(command, ANSWER_TIMEOUT).output


def interrupts(machine) -> dict[str, list[int]]:
    """/proc/interrupts: counts on each CPU, by the last word of the line."""
    lines = [line.split() for line in run(machine, "cat /proc/interrupts").splitlines()]
    cpus = len(lines[0])
    return {words[-1]: [int(word) for word in words[1 : 1 + cpus]] for words in lines[1:] if len(words) > 1 + cpus}


def rounds(machine) -> int:
    text = run(machine, "cat /tmp/rounds").strip()
    assert text.isdigit(), f"a round of hackbench failed: {text}"
    return int(text)


def assert_interrupts_come(before: dict, after: dict) -> None:
    """Timer and IPIs on every CPU, the UART's on CPU 0 alone (irqaffinity)."""
    grown = {name: [new - old for new, old in zip(after[name], before[name])] for name in after}
    for name in ("timer", "IPI"):
        assert all(count > 0 for count in grown[name]), f"no {name} interrupt on a CPU: {grown[name]}"
    assert grown["ttyS0"][0] > 0 and not any(grown["ttyS0"][1:]), grown["ttyS0"]


def load(machine) -> int:
    """hackbench for SECONDS; each look finds it further, and the kernel content. Returns the rounds."""
    cmdline = run(machine, "cat /proc/cmdline").split()
    assert set(PARAMETERS) <= set(cmdline)
    before, count = interrupts(machine), 0
    run(machine, WORK)
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        machine.pump(min(LOOK_EVERY * PATIENCE, SECONDS))
        now = rounds(machine)
        assert now > count, f"hackbench stands still at round {now}"
        count = now
        assert not troubles(lambda command: run(machine, command))
    assert_interrupts_come(before, interrupts(machine))
    return count


def test_polls_as_root_zone(log):
    with Machine(log, kernel=pack_root(BUILTIN)) as machine:
        machine.wait_prompt(BOOT_TIMEOUT)
        print(f"root zone: {load(machine)} rounds of hackbench in {SECONDS} s")


def test_polls_as_guest(root):
    root.bring_up(f"{MOUNT}/{BUILTIN.name}.json")
    with root.console(BUILTIN.name) as console:
        console.wait_shell(BUILTIN.name, BOOT_TIMEOUT)
        count = load(root.machine)
    idle = [vcpu["idle"] for vcpu in root.exits(BUILTIN.name)]
    assert not any(idle), f"the guest waited instead of polling: {idle} exits by idle"
    root.remove(BUILTIN.name)
    print(f"guest: {count} rounds of hackbench in {SECONDS} s")
