# SPDX-License-Identifier: GPL-2.0-or-later
"""How far two results of the benchmark are from one another."""

from dataclasses import dataclass

import report
import rowtable

# What the benchmark promises: instructions for what one vCPU does, a share for what crosses CPUs.
MOST_INSTRUCTIONS, MOST_SHARE = 10.0, 0.01
HOMES = report.HOMES
SINGLE = [line.key for line in rowtable.SINGLE]
TRIPS = [line.key for line in rowtable.ROUND_TRIPS]
CROSSING = [line.key for line in rowtable.CROSSING]


@dataclass(frozen=True)
class Row:
    """One number of both results."""

    home: str
    name: str
    first: float
    second: float

    @property
    def instructions(self) -> float:
        return abs(self.second - self.first)

    @property
    def share(self) -> float:
        least = min(self.first, self.second)
        return self.instructions / least if least > 0 else float(self.instructions > 0)

    def __str__(self) -> str:
        return f"{self.home}, {self.name}: {self.first:.1f} and {self.second:.1f}"


@dataclass
class Kind:
    """Rows that must agree in the same way: within so many instructions, or within a share."""

    home: str
    title: str
    rows: list[Row]
    in_instructions: bool

    def _distance(self, row: Row) -> float:
        return row.instructions if self.in_instructions else row.share

    def farthest(self) -> Row | None:
        return max(self.rows, key=self._distance, default=None)

    def too_far(self) -> list[Row]:
        most = MOST_INSTRUCTIONS if self.in_instructions else MOST_SHARE
        return [row for row in self.rows if self._distance(row) > most]


def _rows(home: str, names: list[str], first: dict, second: dict, key: str) -> list[Row]:
    """Those that either result has; a row that one of them lacks is as far off as can be."""
    both = [name for name in names if name in first or name in second]
    return [Row(home, name, *(result.get(name, {key: float("inf")})[key] for result in (first, second))) for name in both]


def compare(first: dict, second: dict) -> list[Kind]:
    """All medians of the micro-benchmark, by home."""
    kinds = []
    for home in HOMES:
        micros = [result["micro"].get(home, {}) for result in (first, second)]
        crossings = [result["crossing"].get(home, {}) for result in (first, second)]
        kinds.append(Kind(home, "one vCPU", _rows(home, SINGLE, *micros, "median"), True))
        smp = _rows(home, TRIPS, *micros, "median") + _rows(home, CROSSING, *crossings, "host")
        kinds.append(Kind(home, "between vCPUs", smp, False))
    return kinds


def table(kinds: list[Kind]) -> str:
    """A line for each home and kind: the two numbers that are farthest apart."""
    rows = [["", "home", "numbers", "farthest apart", "promised", "the row"]]
    for kind in kinds:
        worst = kind.farthest()
        if worst is None:
            continue
        apart = f"{worst.instructions:.1f} instructions" if kind.in_instructions else f"{100 * worst.share:.2f} %"
        most = f"{MOST_INSTRUCTIONS:.0f} instructions" if kind.in_instructions else f"{100 * MOST_SHARE:.0f} %"
        kept = "✗" if kind.too_far() else "✓"
        numbers = f"{worst.name}: {worst.first:.1f}, {worst.second:.1f}"
        rows.append([kind.title, kind.home, str(len(kind.rows)), apart, f"{most} {kept}", numbers])
    return report.table(rows, left=2)
