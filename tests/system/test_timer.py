# SPDX-License-Identifier: GPL-2.0-or-later
"""
The guest's timer: none early, none missed, none twice, bare and as a zone (guests/timer).

LOONGVISOR_TIMERS says how many (make test: 20,000; make test-stress: a million). By instruction count an instruction
is a nanosecond, and a tick of the counter is ten.
"""

import re
import subprocess

import pytest

import paths
import zoneset
from machine import Machine

TIMERS = zoneset.number("LOONGVISOR_TIMERS", 20_000)
SEED = zoneset.number("LOONGVISOR_SEED", 1)
TIMEOUT = 120 + TIMERS / 100
COUNTED = ("-icount", "shift=0,sleep=off")
INSTRUCTIONS_A_TICK = 10
LIMIT = 2000  # instructions by which the 99.9th percentile may be later than on the bare machine
MISSED = 20  # seconds
PAUSES = 2**40  # until the other zone is done
HOST_TIMER_OFF = "la464,lvz=on,lvz-host-timer=off"


def has_host_timer_property() -> bool:
    command = [str(paths.QEMU), "-M", "virt", "-device", "la464-loongarch-cpu,help"]
    done = subprocess.run(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    return "lvz-host-timer" in done.stdout


def lateness(text: str) -> dict[str, dict[str, int]]:
    return {line.split()[2]: zoneset.fields(line) for line in zoneset.lines(text, "TIMER LATE")}


def finish(machine, timers: int) -> str:
    """Waits for the guest's end and returns what it printed."""
    machine.expect(r"TIMER DONE", timeout=TIMEOUT)
    text = machine.transcript.text
    print(re.sub(r"(?s).*(TIMER BEGIN)", r"\1", text))
    assert zoneset.lines(text, "TIMER ERROR") == []
    result = zoneset.fields(zoneset.lines(text, "TIMER RESULT")[0])
    assert result == {"TIMERS": timers, "ERRORS": 0}
    assert zoneset.inconsistencies(machine) == []
    return text


def run_bare(log, params) -> str:
    file = zoneset.write_params(paths.SCRATCH / "timer-params.bin", params)
    loader = ("-device", f"loader,file={file},addr={zoneset.PARAMS_GPA:#x},force-raw=on")
    with Machine(log.with_suffix(".bare.log"), kernel=paths.GUESTS / "timer-bare.elf", options=(*COUNTED, *loader)) as machine:
        return finish(machine, params[1])


def run_zone(log, params, **arguments) -> str:
    cpus = list(range(params[2]))
    # Not the hypervisor with checks: those take longer than the limit.
    image = zoneset.pack("timer", [zoneset.zone(0, "timer", cpus, params)], hypervisor=paths.HYPERVISOR)
    with Machine(log, kernel=image, **arguments) as machine:
        return finish(machine, params[1])


def assert_as_punctual(zone: str, reference_text: str) -> None:
    own, reference = lateness(zone), lateness(reference_text)
    assert own.keys() == reference.keys() and len(own) == 4
    for mode, late in own.items():
        assert late["COUNT"] > 0
        later = (late["P999"] - reference[mode]["P999"]) * INSTRUCTIONS_A_TICK
        assert later <= LIMIT, f"{mode}: p99.9 is {later} instructions later than the reference"


def test_as_punctual_as_on_the_bare_machine(log):
    """The same timers on both, by instruction count."""
    params = [SEED, TIMERS, 1, MISSED, 1]
    assert_as_punctual(run_zone(log, params, options=COUNTED), run_bare(log, params))


@pytest.mark.skipif(not has_host_timer_property(), reason="this emulator has no lvz-host-timer property")
def test_with_a_guest_timer_that_stands_in_host_mode(log):
    """The hypervisor makes up for the time of all exits, in rows of hundreds too."""
    params = [SEED, TIMERS, 1, MISSED, 1]
    text = run_zone(log, params, options=COUNTED, cpu=HOST_TIMER_OFF)
    assert re.search(r"\] I counter \d+ Hz; the guest timer stands still", text), "the hypervisor did not notice"
    assert_as_punctual(text, run_bare(log, params))


def run_paused(log, params, cpu) -> str:
    """Zone 1 has the timers, and zone 0 pauses and resumes it all the time."""
    zones = [zoneset.zone(0, "control", [1], [4, SEED, PAUSES]), zoneset.zone(1, "timer", [0], params)]
    image = zoneset.pack("timer-paused", zones, hypervisor=paths.HYPERVISOR)
    with Machine(log, kernel=image, options=COUNTED, cpu=cpu, smp=2) as machine:
        zone = zoneset.ZoneLog(machine, 1)
        zone.expect(r"TIMER DONE", timeout=TIMEOUT)
        text = zone.text()
        print(text)
        assert zoneset.lines(text, "TIMER ERROR") == []
        assert zoneset.lines(machine.transcript.text, "CONTROL ERROR") == []
        pauses = zoneset.fields(zoneset.lines(machine.transcript.text, "CONTROL PAUSES")[-1])["PAUSES"]
        print(pauses, "pauses")
        assert pauses > params[1], "it was hardly ever paused"
    return text


@pytest.mark.skipif(not has_host_timer_property(), reason="this emulator has no lvz-host-timer property")
def test_with_a_timer_that_stands_while_the_zone_is_paused(log):
    """
    As punctual as one that runs on through the same pauses: what falls due in a pause waits for its end with either. There
    are so many of them that their sum would be far beyond the limit.
    """
    params = [SEED, TIMERS // 4, 1, MISSED, 1]
    running = run_paused(log.with_suffix(".running.log"), params, "la464,lvz=on")
    assert_as_punctual(run_paused(log, params, HOST_TIMER_OFF), running)


def test_four_cpus_in_real_time(log):
    """Clocks of all CPUs compared, idle ended by another CPU's IPIs, then timers while the host decides when they run."""
    text = run_zone(log, [SEED, TIMERS // 4, 4, MISSED])
    assert zoneset.fields(zoneset.lines(text, "TIMER CLOCKS")[0])["CLOCKS"] > 1000
    assert zoneset.fields(zoneset.lines(text, "TIMER KICKS")[0])["KICKS"] == TIMERS // 4 // 10
