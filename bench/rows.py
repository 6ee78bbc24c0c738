# SPDX-License-Identifier: GPL-2.0-or-later
"""What the micro-benchmark guest prints (guests/bench/measure.c), and the statistics of it."""

import re
import statistics
from dataclasses import dataclass

ROW = re.compile(r"^BENCH ROW (\S+) (loop|interval|batch) OPS (\d+) MAX (\d+) EXITS (\d+) TICKS((?: \d+)+)\s*$", re.M)
BEGIN = re.compile(r"^BENCH BEGIN (\S+) TICKHZ (\d+)\s*$", re.M)
# Under -icount shift=0 an instruction takes a nanosecond of virtual time.
INSTRUCTIONS_A_SECOND = 1_000_000_000

# Rows that are made of other rows' measurements, and those that only serve to make them.
EMPTY = "empty"
USER_EMPTY, USER_SYSCALL, USER_LOOPS = "user-empty", "user-syscall", 100
IDLE_TIMER, IDLE_TIMER_UNPOLLED = "idle-timer", "idle-timer-unpolled"
HELPERS = {EMPTY, USER_EMPTY, USER_SYSCALL}


class BadOutput(Exception):
    """The guest's output is not what it should be."""


@dataclass
class Samples:
    """
    One row as it was measured: instructions of each batch, of the worst single operation, and exits of all batches.

    kind says what the guest timed: a loop, from which an empty one is to be subtracted; an interval; or a batch of operations,
    none of them by itself.
    """

    kind: str
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
    for name, kind, ops, worst, exits, ticks in ROW.findall(text):
        if name in rows:
            raise BadOutput(f"the row {name} is there twice")
        if int(ops) == 0:
            raise BadOutput(f"the row {name} has no operations")
        batches = [tick * int(word) for word in ticks.split()]
        most = max(batches) / int(ops) if kind == "batch" else tick * int(worst)
        rows[name] = Samples(kind, int(ops), batches, most, int(exits))
    return rows


def evaluate(samples: dict[str, Samples]) -> dict[str, Row]:
    """Instructions per operation, the empty loop subtracted where there was one."""
    rows = {}
    for name, sample in samples.items():
        if name in HELPERS:
            continue
        if sample.kind == "loop" and EMPTY not in samples:
            raise BadOutput(f"there is no empty loop to subtract from the row {name}")
        empty = samples[EMPTY].median() if sample.kind == "loop" else 0.0
        worst_empty = samples[EMPTY].worst if sample.kind == "loop" else 0.0
        rows[name] = Row(sample.median() - empty, sample.worst - worst_empty, sample.exits_each())
    if USER_SYSCALL in samples:
        call, nothing = samples[USER_SYSCALL], samples[USER_EMPTY]
        median, worst = call.median() - nothing.median(), call.worst - nothing.worst
        rows["syscall"] = Row(median / USER_LOOPS, worst / USER_LOOPS, call.exits_each() / USER_LOOPS)
    return rows


def of_home(text: str, unpolled: str = "") -> dict[str, Row]:
    """
    A home's rows. From a second run without polling come those that the first has not, and waking up from idle once more.
    """
    result = evaluate(parse(text))
    if unpolled:
        more = evaluate(parse(unpolled))
        result |= {name: row for name, row in more.items() if name not in result}
        if IDLE_TIMER in more:
            result[IDLE_TIMER_UNPOLLED] = more[IDLE_TIMER]
    return result
