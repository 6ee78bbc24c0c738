# SPDX-License-Identifier: GPL-2.0-or-later
"""
A zone that does everything it should not, beside one that checks that nothing reaches it (guests/fuzz, guests/checker).

A step depends on seed, CPU and number only. When the zone fails or stands still, which it may, the machine starts again
behind the step where that happened; what must never happen is an error of the checking zone, its silence, or an
inconsistency of the hypervisor. LOONGVISOR_FUZZ_SECONDS, _STEPS and _SEED: how long, how far, and from where (make fuzz).
"""

import re
import time
from dataclasses import dataclass

import zoneset
from machine import Machine

SECONDS = zoneset.number("LOONGVISOR_FUZZ_SECONDS", 60)
STEPS = zoneset.number("LOONGVISOR_FUZZ_STEPS", 0)
SEED = zoneset.number("LOONGVISOR_FUZZ_SEED", 1)
POLL = 1.0
ROOT_SHARE = 6  # the root zone is fuzzed for one part in so many of the time
STILL = 20.0  # seconds without a step, on a busy host
SKIP = 2  # steps to leave out where a generation ended


@dataclass
class Generation:
    """How far one start of the machine came."""

    first: int
    steps: int = 0
    ended: str = ""
    last: int = 0


def assert_neighbour_is_well(machine: Machine, where: str) -> None:
    text = machine.transcript.text
    assert machine.alive(), f"QEMU ended, {where}"
    assert zoneset.inconsistencies(machine) == [], where
    assert zoneset.lines(text, "CHECK ERROR") == [], where
    assert not re.search(r"^\[[ 0-9.]+\] E zone 0 ", text, re.M), f"the checking zone failed, {where}"


def last_beat(machine: Machine) -> int:
    beats = zoneset.lines(machine.transcript.text, "CHECK BEAT")
    return zoneset.fields(beats[-1].replace("BEAT", "X BEAT"))["BEAT"] if beats else -1


def run_generation(log, first: int, until: float, steps: int) -> Generation:
    """Runs the pair until one of them ends, the time is over, or so many steps are made."""
    zones = [
        zoneset.zone(0, "checker", [0, 1], [SEED, 2]),
        zoneset.zone(1, "fuzz", [2, 3], [SEED, 0, 2, first]),
    ]
    generation = Generation(first, last=first)
    with Machine(log, kernel=zoneset.pack("fuzz", zones)) as machine:
        fuzz = zoneset.ZoneLog(machine, 1)
        fuzz.expect(r"FUZZ BEGIN", timeout=60)
        moved, beaten, place, beat = time.monotonic(), time.monotonic(), (0, 0), -1
        while True:
            machine.pump(POLL)
            now = time.monotonic()
            _, second_cpu, first_cpu = fuzz.header()
            where = f"seed {SEED}, steps {first_cpu} of CPU 0 and {second_cpu} of CPU 1"
            assert_neighbour_is_well(machine, where)
            if last_beat(machine) != beat:
                beat, beaten = last_beat(machine), now
            assert now - beaten < STILL, f"the checking zone is silent, {where}"
            if (first_cpu, second_cpu) != place:
                place, moved = (first_cpu, second_cpu), now
                generation.last = max(first_cpu, second_cpu)
                generation.steps = sum(max(0, step - first) for step in place)
            if "CHECK ZONE FAILED" in machine.transcript.text:
                generation.ended = "zone failed"
            elif now - moved > STILL / 4:
                generation.ended = "zone stands still"
            elif now > until or (steps and generation.steps >= steps):
                generation.ended = "time is over"
            if generation.ended:
                return generation


def test_a_zone_that_does_everything_hurts_nobody(log):
    until = time.monotonic() + SECONDS
    generations: list[Generation] = []
    first = total = 0
    while (time.monotonic() < until if not STEPS else total < STEPS):
        path = log.with_suffix(f".{len(generations)}.log")
        limit = until if not STEPS else time.monotonic() + 24 * 3600
        generation = run_generation(path, first, limit, STEPS and STEPS - total)
        generations.append(generation)
        total += generation.steps
        first = generation.last + SKIP
        print(f"seed {SEED} from step {generation.first}: {generation.steps} steps, then {generation.ended}", flush=True)
    print(f"{total} steps in {len(generations)} generations")
    assert total > 100 * len(generations), "the fuzzing zone hardly did anything"


def test_a_root_zone_that_does_everything_does_not_stop_the_others(log):
    """Without the devices by which it may end the machine, and without the hypercalls by which it may pause the other."""
    own = [region for region in zoneset.ROOT_REGIONS if region.get("physical_start") != "0x100e0000"]
    zones = [
        zoneset.zone(0, "fuzz", [0, 1], [SEED, 0, 2], memory_regions=own),
        zoneset.zone(1, "checker", [2, 3], [SEED, 2]),
    ]
    with Machine(log, kernel=zoneset.pack("fuzz-root", zones)) as machine:
        checker = zoneset.ZoneLog(machine, 1)
        checker.expect(r"CHECK BEAT 1", timeout=60)
        until = time.monotonic() + SECONDS / ROOT_SHARE
        while time.monotonic() < until:
            before = checker.header()[1]
            machine.pump(STILL / 10)
            _, beats, errors = checker.header()
            assert beats > before, "the checking zone is silent"
            assert errors == 0 and "CHECK ERROR" not in checker.text(), checker.text()
            assert zoneset.inconsistencies(machine) == []
        second_cpu, step = machine.qmp.read_physical(zoneset.LOG_GPA + 16, 2)
        print(f"seed {SEED}: {step} and {second_cpu} steps")
        assert step > 100, "the fuzzing zone hardly did anything"
