# SPDX-License-Identifier: GPL-2.0-or-later
"""
How late a real-time thread of the root zone wakes up while another zone is idle, busy, at its devices, storms IPIs or is
being restarted.

In its last turn the other zone reboots itself over and over: its own CPU leaves it, clears its RAM, copies its program and
enters it again, as for a restart that the root zone asks for. That the root zone asks nothing of anybody meanwhile is the
point: what would run in it for that is its own work, which would be measured besides.

By instruction count the CPUs take turns. A turn ends where a timer is due, so the other zone's work is in the lateness only
as far as it delays the timer's CPU on silicon too: in the hypervisor.
"""

import json
import re
from pathlib import Path

import cyclictest
import homes
import image
import lvz
import nested
import paths
import workloads
import zoneset
from machine import Machine, tool_output

# Milliseconds: when the noise begins, how long a turn and the pause behind it are; when the thread begins in it.
NOISE_BEGINS, TURN, PAUSE = 9000, 900, 600
INSIDE_TURN = 150
NOISE_RAM = "0x100000000"  # behind the root zone's
RTC, POWER_BLOCK = "0x100d0000", "0x100e0000"
LIFE = 1  # milliseconds, in the last turn
LEAST_RESTARTS = 50
LOOPS = 1000  # every 500 us
TURNS = ("idle", "busy", "at its devices", "storming IPIs", "being restarted")
RESTARTED = TURNS[-1]
BARE = "none: the bare machine"
TURN_LINE = re.compile(r"^BENCH TURN (\d+) (\{.*\})\s*$", re.M)
NOISE_CPUS = [1, 2]
CPUS = 1 + len(NOISE_CPUS)
ARGUMENTS = f"bench=latency first={NOISE_BEGINS + INSIDE_TURN} turn={TURN + PAUSE} loops={LOOPS} turns="
SHARES = {"p50": 0.5, "p99": 0.99, "p999": 0.999}


class BadTurns(Exception):
    """The thread did not run in every turn, or not to its end."""


def summary(thread: cyclictest.Thread) -> dict[str, int]:
    """By how many microseconds shares of the wake-ups were late at most, and the latest."""
    late = sorted(late for late, count in thread.histogram.items() for _ in range(count))
    late += [thread.latest] * thread.overflows
    found = {name: late[min(len(late) - 1, int(share * len(late)))] for name, share in SHARES.items()}
    return {"count": len(late), **found, "max": thread.latest}


def parse(text: str, names: tuple[str, ...] = TURNS) -> dict[str, dict[str, int]]:
    """The turns by what the other zone did."""
    turns = {int(number): cyclictest.parse(json_text) for number, json_text in TURN_LINE.findall(text)}
    if sorted(turns) != list(range(len(names))) or any(thread.cycles < LOOPS for thread in turns.values()):
        raise BadTurns(f"turns {sorted(turns)} with {[thread.cycles for thread in turns.values()]} wake-ups")
    return {name: summary(turns[number]) for number, name in enumerate(names)}


def zones(directory: Path) -> list[Path]:
    """The root zone with one CPU, without the RTC, and the zone that disturbs it, which has that."""
    root = json.loads(image.ROOT_ZONE.read_text(encoding="utf-8"))
    arguments = f"{root['kernel_args']} {ARGUMENTS}{len(TURNS)}"
    root |= {"cpus": [0], "initrd_filepath": str(workloads.SYSTEM), "kernel_args": arguments}
    rtc = [region for region in root["memory_regions"] if region.get("physical_start") == RTC]
    root["memory_regions"] = [region for region in root["memory_regions"] if region not in rtc]
    noise = zoneset.zone(1, "noise", NOISE_CPUS)
    noise["memory_regions"][0]["physical_start"] = NOISE_RAM
    noise["memory_regions"] += [*rtc, {"type": "power", "virtual_start": POWER_BLOCK, "size": "0x1000"}]
    params = zoneset.write_params(directory / "noise-params.bin", [NOISE_BEGINS, TURN, PAUSE, LIFE])
    noise.pop("params")
    noise["modules"] = [{"name": "params", "filepath": str(params), "load_paddr": f"{zoneset.PARAMS_GPA:#x}"}]
    files = []
    for config in (root, noise):
        files.append(directory / f"latency-{config['name']}.json")
        files[-1].write_text(json.dumps(config), encoding="utf-8")
    return files


def restarts_of(machine: Machine) -> int:
    """How often the noise has rebooted itself: that is the only emulated store of its first CPU."""
    return lvz.read_each(machine)[NOISE_CPUS[0]].exits["PIS"]


def measure_zone(directory: Path) -> dict[str, dict[str, int]]:
    """One machine, one boot, all turns. Time stands in the RTC as in the zones: it is the virtual clock's."""
    output = directory / "latency.elf"
    root, noise = zones(directory)
    tool_output(
        *(str(paths.PACKER), "--hypervisor", str(paths.HYPERVISOR)),
        *("--board", str(homes.write_board(directory / "latency-board.json", CPUS))),
        *("--zone", str(root), "--zone", str(noise)),
        *("--search", str(paths.KERNEL.parent), "--search", str(paths.GUESTS), "-o", str(output)),
    )
    options = ("-m", homes.MEMORY, "-rtc", "clock=vm", "-no-shutdown", *homes.COUNTED)
    with Machine(homes.fresh(directory / "latency.log"), kernel=output, smp=CPUS, options=options) as machine:
        machine.expect("BENCH DONE", timeout=workloads.TIMEOUT)
        restarts = restarts_of(machine)
        found = parse(machine.transcript.text)
    if restarts < LEAST_RESTARTS:
        raise BadTurns(f"the zone was restarted {restarts} times, which is less than {LEAST_RESTARTS}")
    found[RESTARTED]["restarts"] = restarts
    return found


def measure_bare(directory: Path) -> dict[str, int]:
    """What the kernel does to itself, on a machine where nothing else is."""
    arguments = f"{nested.KERNEL_ARGUMENTS} {ARGUMENTS}1"
    options = ("-initrd", str(workloads.SYSTEM), "-append", arguments, *homes.COUNTED)
    log = homes.fresh(directory / "latency-bare.log")
    with Machine(log, kernel=paths.KERNEL, smp=1, cpu="la464", options=options) as machine:
        machine.expect("BENCH DONE", timeout=workloads.TIMEOUT)
        return parse(machine.transcript.text, (BARE,))[BARE]


def measure(directory: Path) -> dict[str, dict[str, int]]:
    """Lateness by what the other zone does."""
    return {BARE: measure_bare(directory), **measure_zone(directory)}
