# SPDX-License-Identifier: GPL-2.0-or-later
"""What the micro-benchmark guest prints (guests/bench/measure.c), and the statistics of it."""

import re
import statistics
from dataclasses import dataclass

ROW = re.compile(r"^BENCH ROW (\S+) OPS (\d+) MAX (\d+) EXITS (\d+) TICKS((?: \d+)+)\s*$", re.M)
BEGIN = re.compile(r"^BENCH BEGIN (\S+) TICKHZ (\d+)\s*$", re.M)
# Under -icount shift=0 an instruction takes a nanosecond of virtual time.
INSTRUCTIONS_A_SECOND = 1_000_000_000

# Rows that are made of other rows' measurements, and those that only serve to make them.
EMPTY = "empty"
USER_EMPTY, USER_SYSCALL, USER_LOOPS = "user-empty", "user-syscall", 100
HELPERS = {EMPTY, USER_EMPTY, USER_SYSCALL}
# Intervals: nothing is subtracted from these.
INTERVALS = {
    "timer", "idle-timer", "timer-tick", "ipi-self", "paravirt-ipi-self", "virtual-line", "device", "device-injected",
}  # fmt: skip


class BadOutput(Exception):
    """The guest's output is not what it should be."""


@dataclass
class Samples:
    """One row as it was measured: instructions of each batch, of the worst single operation, and exits of all batches."""

    ops: int
    batches: list[float]
    worst: float
    exits: int

    def median(self) -> float:
        return statistics.median(self.batches) / self.ops

    def exits_each(self) -> float:
        return self.exits / (self.ops * len(self.batches))


@dataclass
class Row:
    """Instructions of one operation: the median of the batches, and the worst that was seen; exits of one."""

    median: float
    worst: float
    exits: float


def parse(text: str) -> dict[str, Samples]:
    """The rows in what a guest printed, by name."""
    begin = BEGIN.search(text)
    if not begin:
        raise BadOutput("the guest printed no BENCH BEGIN line")
    tick = INSTRUCTIONS_A_SECOND / int(begin.group(2))
    rows = {}
    for name, ops, worst, exits, ticks in ROW.findall(text):
        if name in rows:
            raise BadOutput(f"the row {name} is there twice")
        rows[name] = Samples(int(ops), [tick * int(word) for word in ticks.split()], tick * int(worst), int(exits))
        if rows[name].ops == 0:
            raise BadOutput(f"the row {name} has no operations")
    return rows


def evaluate(samples: dict[str, Samples]) -> dict[str, Row]:
    """Instructions per operation, the empty loop subtracted where there was one."""
    rows = {}
    for name, sample in samples.items():
        if name in HELPERS:
            continue
        empty = 0.0 if name in INTERVALS else samples[EMPTY].median()
        worst_empty = 0.0 if name in INTERVALS else samples[EMPTY].worst
        rows[name] = Row(sample.median() - empty, sample.worst - worst_empty, sample.exits_each())
    if USER_SYSCALL in samples:
        call, nothing = samples[USER_SYSCALL], samples[USER_EMPTY]
        rows["syscall"] = Row(
            (call.median() - nothing.median()) / USER_LOOPS, (call.worst - nothing.worst) / USER_LOOPS, call.exits_each() / USER_LOOPS
        )
    return rows
