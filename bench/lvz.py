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

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(self.host + other.host, self.guest + other.guest, self.exits + other.exits)

    def __sub__(self, earlier: "Counts") -> "Counts":
        exits = Counter({name: count - earlier.exits[name] for name, count in self.exits.items() if count != earlier.exits[name]})
        return Counts(self.host - earlier.host, self.guest - earlier.guest, exits)

    @property
    def total(self) -> int:
        return self.host + self.guest


def parse_each(text: str) -> dict[int, Counts]:
    """What `info lvz` printed, by CPU."""
    _, *parts = CPU.split(text.replace("\r", ""))
    found = {}
    for number, part in zip(parts[::2], parts[1::2]):
        instructions, exits = INSTRUCTIONS.search(part), EXITS.search(part)
        if not instructions or not exits:
            raise NotCounted(f"info lvz says nothing of a CPU's instructions: {part.strip()!r}")
        causes = {name if name != "?" else f"code {code}": int(count) for name, code, count in EXIT.findall(exits.group(1))}
        found[int(number)] = Counts(int(instructions.group(1)), int(instructions.group(2)), Counter(causes))
    if not found:
        raise NotCounted(f"info lvz names no CPU: {text!r}")
    return found


def parse(text: str) -> Counts:
    """The sum over the CPUs of what `info lvz` printed."""
    return sum(parse_each(text).values(), Counts())


def read_each(machine) -> dict[int, Counts]:
    """What each CPU of a machine has done so far."""
    return parse_each(machine.qmp.hmp("info lvz"))


def read(machine) -> Counts:
    """What a machine has done so far."""
    return parse(machine.qmp.hmp("info lvz"))
