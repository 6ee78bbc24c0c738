# SPDX-License-Identifier: GPL-2.0-or-later
"""The serial console: typing works, by interrupts."""

import re

from machine import PROMPT


def serial_interrupts(machine) -> int:
    counts = {name: count for name, count in machine.interrupts().items() if "ttyS0" in name}
    assert counts, "/proc/interrupts has no ttyS0: the port is polled"
    return sum(counts.values())


def test_typing_raises_serial_interrupts(root):
    before = serial_interrupts(root)
    word = "echo loongvisor"
    for character in word:
        root.console.send(character)
        root.expect(re.escape(character), what=f"the echo of {character!r}")
    root.console.send("\n")
    root.expect(r"\nloongvisor\r?\n", what="what the typed command prints")
    assert serial_interrupts(root) - before >= len(word), "each key typed alone must be an interrupt"


def test_control_c_ends_a_command(root):
    root.console.send("sleep 1000\n")
    root.pump(0.5)
    root.console.send("\x03")
    root.expect(PROMPT, what="the prompt after Ctrl-C")
    root.console.send("echo status''=$?\n")
    match = root.expect(r"status=(\d+)", what="the exit status")
    assert match.group(1) == "130", "sleep did not end by SIGINT"


def test_long_output_arrives_whole(root):
    lines = root.run("seq 1 5000", timeout=60).lines()
    assert lines == [str(number) for number in range(1, 5001)]
