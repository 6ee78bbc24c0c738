# SPDX-License-Identifier: GPL-2.0-or-later
"""
How late a real-time thread of the root zone wakes up while another zone is idle, busy, at its devices or storms IPIs.

By instruction count the CPUs take turns. A turn ends where a timer is due, so the other zone's work is in the lateness only
as far as it delays the timer's CPU on silicon too: in the hypervisor.
"""

import json
import re
import sys
from pathlib import Path

import homes
import image
import nested
import paths
import workloads
import zoneset
from machine import Machine, tool_output

sys.path.append(str(homes.TESTS / "load"))

import cyclictest

# Milliseconds: when the noise begins, how long a turn and the pause behind it are; when the thread begins in it.
NOISE_BEGINS, TURN, PAUSE = 9000, 900, 600
INSIDE_TURN = 150
NOISE_RAM = "0x100000000"  # behind the root zone's
LOOPS = 1000  # every 500 us
TURNS = ("idle", "busy", "at its devices", "storming IPIs")
BARE = "none: the bare machine"
TURN_LINE = re.compile(r"^BENCH TURN (\d+) (\{.*\})\s*$", re.M)
NOISE_CPUS = [1, 2]
CPUS = 1 + len(NOISE_CPUS)
ARGUMENTS = f"bench=latency first={NOISE_BEGINS + INSIDE_TURN} turn={TURN + PAUSE} loops={LOOPS}"
SHARES = {"p50": 0.5, "p99": 0.99, "p999": 0.999}


class BadTurns(Exception):
    """The thread did not run in every turn, or not to its end."""


def summary(thread: cyclictest.Thread) -> dict[str, int]:
    """Microseconds that shares of the wake-ups were late at the most, and the latest."""
    late = sorted(late for late, count in thread.histogram.items() for _ in range(count))
    late += [thread.latest] * thread.overflows
    found = {name: late[min(len(late) - 1, int(share * len(late)))] for name, share in SHARES.items()}
    return {"count": len(late), **found, "max": thread.latest}


def parse(text: str) -> dict[str, dict[str, int]]:
    """The turns by what the other zone did."""
    turns = {int(number): cyclictest.parse(json_text) for number, json_text in TURN_LINE.findall(text)}
    if sorted(turns) != list(range(len(TURNS))) or any(thread.cycles < LOOPS for thread in turns.values()):
        raise BadTurns(f"turns {sorted(turns)} with {[thread.cycles for thread in turns.values()]} wake-ups")
    return {name: summary(turns[number]) for number, name in enumerate(TURNS)}


def zones(directory: Path) -> list[Path]:
    """The root zone with one CPU and the zone that disturbs it."""
    root = json.loads(image.ROOT_ZONE.read_text(encoding="utf-8"))
    root |= {"cpus": [0], "initrd_filepath": str(workloads.SYSTEM), "kernel_args": f"{root['kernel_args']} {ARGUMENTS}"}
    noise = zoneset.zone(1, "noise", NOISE_CPUS)
    noise["memory_regions"][0]["physical_start"] = NOISE_RAM
    params = zoneset.write_params(directory / "noise-params.bin", [NOISE_BEGINS, TURN, PAUSE])
    noise.pop("params")
    noise["modules"] = [{"name": "params", "filepath": str(params), "load_paddr": f"{zoneset.PARAMS_GPA:#x}"}]
    files = []
    for config in (root, noise):
        files.append(directory / f"latency-{config['name']}.json")
        files[-1].write_text(json.dumps(config), encoding="utf-8")
    return files


def measure_zone(directory: Path) -> dict[str, dict[str, int]]:
    """One machine, one boot, all turns."""
    output = directory / "latency.elf"
    root, noise = zones(directory)
    tool_output(
        *(str(paths.PACKER), "--hypervisor", str(paths.HYPERVISOR)),
        *("--board", str(homes.write_board(directory / "latency-board.json", CPUS))),
        *("--zone", str(root), "--zone", str(noise)),
        *("--search", str(paths.KERNEL.parent), "--search", str(paths.GUESTS), "-o", str(output)),
    )
    options = ("-m", homes.MEMORY, *homes.COUNTED)
    with Machine(homes.fresh(directory / "latency.log"), kernel=output, smp=CPUS, options=options) as machine:
        machine.expect("BENCH DONE", timeout=workloads.TIMEOUT)
        return parse(machine.transcript.text)


def measure_bare(directory: Path) -> dict[str, int]:
    """What the kernel does to itself, on a machine where nothing else is."""
    arguments = f"{nested.KERNEL_ARGUMENTS} {ARGUMENTS}"
    options = ("-initrd", str(workloads.SYSTEM), "-append", arguments, *homes.COUNTED)
    log = homes.fresh(directory / "latency-bare.log")
    with Machine(log, kernel=paths.KERNEL, smp=1, cpu="la464", options=options) as machine:
        machine.expect("BENCH DONE", timeout=workloads.TIMEOUT)
        return parse(machine.transcript.text)[TURNS[0]]


def measure(directory: Path) -> dict[str, dict[str, int]]:
    """Lateness by what the other zone does."""
    return {BARE: measure_bare(directory), **measure_zone(directory)}
