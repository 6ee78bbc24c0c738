# SPDX-License-Identifier: GPL-2.0-or-later
"""Parts of the micro-benchmark whose cost the emulator counts."""

import re
from collections import Counter
from dataclasses import dataclass

from lvz import Counts

PHASE = re.compile(r"^BENCH PHASE (\S+) OPS (\d+)\s*$", re.M)


class BadPhases(Exception):
    """What was printed and what was counted do not belong together."""


@dataclass
class Phase:
    """So many operations each time, and all that the machine did meanwhile, each time."""

    ops: int
    counts: list[Counts]

    def host_each(self) -> float:
        """
        Instructions in host mode for each operation, of all CPUs: the lower quartile of the phases of this name. Up to half of
        KVM's phases hold other work of its kernel's, which would make the median one thing in one run and another in the next.
        """
        hosts = sorted(counts.host for counts in self.counts)
        return hosts[len(hosts) // 4] / self.ops

    def exits_each(self) -> dict[str, float]:
        """Exits for each operation, by cause, in the mean."""
        total = sum((counts.exits for counts in self.counts), Counter())
        return {cause: count / self.ops / len(self.counts) for cause, count in sorted(total.items())}


def phases(text: str, snapshots: list[Counts]) -> dict[str, Phase]:
    """The phases that a guest printed, with the counters at the begin and the end of each, in the same order."""
    found = PHASE.findall(text)
    if len(snapshots) != 2 * len(found):
        raise BadPhases(f"{len(found)} phases were printed and the counters read {len(snapshots)} times")
    result: dict[str, Phase] = {}
    for (name, ops), begin, end in zip(found, snapshots[::2], snapshots[1::2]):
        phase = result.setdefault(name, Phase(int(ops), []))
        if phase.ops != int(ops) or phase.ops == 0:
            raise BadPhases(f"the phase {name} has {ops} operations after {phase.ops}")
        phase.counts.append(end - begin)
    return result
