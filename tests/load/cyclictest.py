# SPDX-License-Identifier: GPL-2.0-or-later
"""Reading what cyclictest reports, and counting whether every period of every thread is in it."""

import json
from dataclasses import dataclass

INTERVAL = 10_000  # microseconds between two wake-ups of a thread (tests/load/rootfs/usr/sbin/load)


@dataclass
class Thread:
    """One thread's wake-ups: how many were so many microseconds late, and how many later than the histogram goes."""

    histogram: dict[int, int]
    cycles: int
    latest: int

    @property
    def overflows(self) -> int:
        return self.cycles - sum(self.histogram.values())


def parse(text: str) -> Thread:
    """The only thread of a run with --histogram and --json."""
    (thread,) = json.loads(text)["thread"].values()
    return Thread({int(late): count for late, count in thread["histogram"].items()}, thread["cycles"], thread["max"])


def _periods(late: int) -> tuple[int, int]:
    """
    The least and the most periods that a wake-up uses up: cyclictest goes on with the first period that is not over yet.
    It compares nanoseconds but reports whole microseconds, rounded down: what reads as just the end of a period was, but for
    one chance in a thousand, already in the next.
    """
    return max(1, -(-late // INTERVAL)), late // INTERVAL + 1


def periods(thread: Thread) -> tuple[int, int]:
    """
    The least and the most periods that the wake-ups of a thread stand for. The two differ where a wake-up came just at the
    end of a period, and where wake-ups were later than the histogram goes, of which cyclictest keeps no more than their
    number and the latest.
    """
    least = sum(count * _periods(late)[0] for late, count in thread.histogram.items())
    most = sum(count * _periods(late)[1] for late, count in thread.histogram.items())
    return least + thread.overflows, most + thread.overflows * _periods(thread.latest)[1]
