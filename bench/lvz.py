# SPDX-License-Identifier: GPL-2.0-or-later
"""What the emulator's monitor counts (`info lvz`): instructions in host mode and in guest mode, and exits, of each CPU."""

import re
from collections import Counter
from dataclasses import dataclass, field

CPU = re.compile(r"^CPU (\d+):", re.M)
EXITS = re.compile(r"exits: (.*)")
EXIT = re.compile(r"([\w?]+)(?:\((\d+)\))? (\d+)")
INSTRUCTIONS = re.compile(r"instructions: host mode (\d+), guest mode (\d+)")


class NotCounted(Exception):
    """The monitor does not say what it should."""


@dataclass
class Counts:
    """All CPUs together."""

    host: int = 0
    guest: int = 0
    exits: Counter = field(default_factory=Counter)

    def __sub__(self, earlier: "Counts") -> "Counts":
        exits = Counter({name: count - earlier.exits[name] for name, count in self.exits.items() if count != earlier.exits[name]})
        return Counts(self.host - earlier.host, self.guest - earlier.guest, exits)

    @property
    def total(self) -> int:
        return self.host + self.guest


def parse(text: str) -> Counts:
    """The sum over the CPUs of what `info lvz` printed."""
    text = text.replace("\r", "")
    parts = CPU.split(text)[2::2]
    sums = Counts()
    for part in parts:
        instructions, exits = INSTRUCTIONS.search(part), EXITS.search(part)
        if not instructions or not exits:
            raise NotCounted(f"info lvz says nothing of a CPU's instructions: {part.strip()!r}")
        sums.host += int(instructions.group(1))
        sums.guest += int(instructions.group(2))
        for name, code, count in EXIT.findall(exits.group(1)):
            sums.exits[name if name != "?" else f"code {code}"] += int(count)
    if not parts:
        raise NotCounted(f"info lvz names no CPU: {text!r}")
    return sums


def read(machine) -> Counts:
    """What a machine has done so far."""
    return parse(machine.qmp.hmp("info lvz"))
