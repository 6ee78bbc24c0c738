# SPDX-License-Identifier: GPL-2.0-or-later
"""Comparison of a result with the committed one."""

from dataclasses import dataclass

SHARE = 0.02
# Jobs whose devices answer in real time: how much there is to do for each interrupt is the host's doing.
REAL_TIME = {"dd-virtio-blk", "network"}
# What the counter's tick of ten instructions can make of one and the same thing; of the row whose batch has four operations.
TICK_NOISE = 1.5
MORE_NOISE = {"micro stage2-refill-1g": 3.0}


@dataclass
class Change:
    """A number that is not what it was."""

    name: str
    before: float
    after: float

    @property
    def is_worse(self) -> bool:
        return self.after > self.before

    def __str__(self) -> str:
        share = (self.after / self.before - 1) * 100 if self.before else float("inf")
        return f"{self.name}: {self.before:.1f} → {self.after:.1f} ({share:+.1f} %, {'worse' if self.is_worse else 'better'})"


def numbers(result: dict) -> dict[str, float]:
    """All that is compared: medians of the zone's rows, and the instructions of its work."""
    found = {f"micro {name}": row["median"] for name, row in result["micro"].get("zone", {}).items()}
    found |= {f"host mode {name}": value["host"] for name, value in result["crossing"].get("zone", {}).items()}
    works = {name: work for name, work in result.get("work", {}).get("zone", {}).items() if name not in REAL_TIME}
    found |= {f"work {name}": work["host"] + work["guest"] for name, work in works.items()}
    legs = {name: leg for name, leg in result.get("start", {}).items() if name != "memory"}
    found |= {f"start, {name}": leg["root"] + leg["hypervisor"] + leg["zone"] for name, leg in legs.items()}
    found |= {f"memory, {name}": size for name, size in result.get("start", {}).get("memory", {}).items()}
    found |= {f"size {name}": size for name, size in result.get("size", {}).items() if isinstance(size, int)}
    return found


def noise(name: str) -> float:
    return MORE_NOISE.get(name, TICK_NOISE)


def changes(before: dict, after: dict) -> list[Change]:
    """What has changed by more than 2 %, and more than the measurement can; what is only in one of them is not compared."""
    old, new = numbers(before), numbers(after)
    both = [Change(name, old[name], new[name]) for name in old if name in new]
    return [change for change in both if abs(change.after - change.before) > max(SHARE * abs(change.before), noise(change.name))]


def missing(before: dict, after: dict) -> list[str]:
    """Numbers that were there and are not any more."""
    return sorted(numbers(before).keys() - numbers(after).keys())
