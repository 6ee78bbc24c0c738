# SPDX-License-Identifier: GPL-2.0-or-later
"""The report of a result, in Markdown."""

import rowtable
from baseline import Change

HOMES = ("bare", "zone", "kvm")
NOTHING = "–"
WORK_HEAD = [
    "million instructions", *HOMES, "zone : bare", "kvm : bare", "host mode, zone", "host mode, kvm", "exits of the zone",
]  # fmt: skip
MILLION = 1_000_000
START_LEGS = (("`zone start` → first instruction", "first instruction"), ("first instruction → shell", "shell"))
START_WHO = ("root", "hypervisor", "zone")


def table(rows: list[list[str]], left: int = 1) -> str:
    """A Markdown table; the first columns are text, the others numbers."""
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    lines.insert(1, "|" + "---|" * left + "---:|" * (len(rows[0]) - left))
    return "\n".join(lines)


def cost(value: float | None) -> str:
    """Instructions; what the counter's tick cannot tell from nothing is 0."""
    if value is None:
        return NOTHING
    return f"{max(0.0, value):.0f}" if value >= 10 or value < 0.5 else f"{value:.1f}".removesuffix(".0")


def ratio(mine: float | None, other: float | None) -> str:
    return NOTHING if not mine or not other or mine < 1 else f"{other / mine:.1f}"


def aim(line: rowtable.Line, mine: float | None) -> str:
    """The target, and whether it is met."""
    if line.target is None or mine is None:
        return NOTHING
    return f"{line.target} {'✓' if mine <= line.target else '✗'}"


def note(line: rowtable.Line) -> str:
    return f" ({line.note})" if line.note else ""


def median_worst(row: dict | None) -> str:
    return NOTHING if row is None else f"{cost(row['median'])} / {cost(row['worst'])}"


def single(result: dict) -> str:
    """What one vCPU does; a home without a row has no such operation."""
    rows = [["instructions, median / worst", *HOMES, "exits", "target", "KVM : zone"]]
    for line in rowtable.SINGLE:
        found = [result["micro"][home].get(line.key) for home in HOMES]
        mine = found[1]["median"] if found[1] else None
        exits = f"{found[1]['exits']:.0f}" if found[1] else NOTHING
        kvm = found[2]["median"] if found[2] else None
        rows.append([line.title + note(line), *map(median_worst, found), exits, aim(line, mine), ratio(mine, kvm)])
    notes = [f"({number}) {text}" for number, text in enumerate(rowtable.NOTES, 1)]
    return table(rows) + "\n\n" + "  \n".join(notes)


def crossing(result: dict) -> str:
    """What crosses CPUs: instructions in host mode of both."""
    rows = [["host-mode instructions of both CPUs", "zone", "kvm", "target", "KVM : zone"]]
    for line in rowtable.CROSSING:
        mine, kvm = (result["crossing"][home].get(line.key, {}).get("host") for home in HOMES[1:])
        rows.append([line.title, cost(mine), cost(kvm), aim(line, mine), ratio(mine, kvm)])
    return table(rows)


def round_trips(result: dict) -> str:
    rows = [["all instructions of both CPUs", *HOMES, "KVM : zone"]]
    for line in rowtable.ROUND_TRIPS:
        bare, mine, kvm = (result["micro"][home].get(line.key, {}).get("median") for home in HOMES)
        rows.append([line.title, cost(bare), cost(mine), cost(kvm), ratio(mine, kvm)])
    return table(rows)


def trace(result: dict) -> str:
    """Where the hypervisor's instructions go, by function."""
    titles = {line.key: line.title for line in rowtable.SINGLE + rowtable.CROSSING}
    rows = [["instructions in the hypervisor", "where", "all"]]
    for key, counted in result["trace"].items():
        row, _, side = key.partition(", ")
        title = f"{titles[row]}, {side}" if side else titles[row]
        rows.append([title, ", ".join(f"{name} {count}" for name, count in counted.items()), str(sum(counted.values()))])
    return table(rows, left=2)


def share(count: float, of: float) -> str:
    return f"{100 * count / of:.2f} %" if of else NOTHING


def exits_text(work: dict) -> str:
    """Exits by exception code, stage-2 refills (TLBR) among them."""
    return ", ".join(f"{cause} {count}" for cause, count in sorted(work["exits"].items(), key=lambda item: -item[1])) or NOTHING


def work_total(work: dict | None) -> int | None:
    return None if work is None else work["host"] + work["guest"]


def workloads(result: dict) -> str:
    """Whole workloads: total instructions, what the zone and KVM add, and what is in host mode."""
    homes = result["work"]
    rows = [WORK_HEAD]
    for name, mine in homes["zone"].items():
        bare, kvm = homes["bare"].get(name), homes["kvm"].get(name)
        totals = [work_total(work) for work in (bare, mine, kvm)]
        over = [f"{100 * (total / totals[0] - 1):+.2f} %" if total and totals[0] else NOTHING for total in totals[1:]]
        cells = [f"{total / MILLION:.1f}" if total else NOTHING for total in totals]
        hosts = [share(work["host"], work_total(work)) if work else NOTHING for work in (mine, kvm)]
        rows.append([name, *cells, *over, *hosts, exits_text(mine)])
    return table(rows)


def latency(result: dict) -> str:
    """Lateness of a real-time thread's wake-ups beside what the other zone does."""
    rows = [["µs late; the other zone is", "wake-ups", "half up to", "99 %", "99.9 %", "the latest"]]
    for name, late in result["latency"].items():
        title = f"{name} ({late['restarts']} times)" if "restarts" in late else name
        rows.append([title, *(str(late[key]) for key in ("count", "p50", "p99", "p999", "max"))])
    return table(rows)


def start(result: dict) -> str:
    """A zone's way to its first instruction and to its shell, and the hypervisor's memory for it."""
    found = result["start"]
    rows = [["million instructions", "ms of virtual time", "all", "root zone", "hypervisor", "the zone itself"]]
    for title, key in START_LEGS:
        leg = found[key]
        cells = [f"{leg[who] / MILLION:.1f}" for who in START_WHO]
        total = sum(leg[who] for who in START_WHO) / MILLION
        rows.append([title, f"{leg['seconds'] * 1000:.0f}", f"{total:.1f}", *cells])
    memory = found["memory"]
    return table(rows) + (
        f"\n\nMemory of the hypervisor: {memory['zone']:,} bytes for the zone, of them {memory['vcpu']:,} for each vCPU, and "
        f"{memory['tables']:,} bytes of page tables."
    )


def size(result: dict) -> str:
    rows = [["bytes, lines", "Loongvisor", *rowtable.OTHER_SIZES]]
    for name, value in result["size"].items():
        others = [f"{other[name]:,}" if name in other else NOTHING for other in rowtable.OTHER_SIZES.values()]
        rows.append([name, f"{value:,}", *others])
    return table(rows)


def environment(result: dict) -> str:
    return "\n".join(f"* {name}: {value}" for name, value in result["environment"].items())


def comparison(changes: list[Change], missing: list[str]) -> str:
    lines = [f"* {change}" for change in changes] + [f"* {name} is missing" for name in missing]
    return "\n".join(lines) or "Nothing has changed by more than 2 %."


SECTIONS = (
    ("micro", "One vCPU", single),
    ("crossing", "Between two vCPUs", crossing),
    ("micro", "There and back", round_trips),
    ("trace", "Where the instructions go", trace),
    ("work", "Whole workloads", workloads),
    ("latency", "Latency under interference", latency),
    ("start", "Start of a zone", start),
    ("size", "Size", size),
    ("environment", "Environment", environment),
)


def render(result: dict, changes: list[Change], missing: list[str]) -> str:
    """All of it; a part that was not measured is left out."""
    parts = ["# Benchmark"]
    parts += [f"## {title}\n\n{section(result)}" for key, title, section in SECTIONS if result.get(key)]
    parts.append(f"## Compared with the baseline\n\n{comparison(changes, missing)}")
    return "\n\n".join(parts) + "\n"
