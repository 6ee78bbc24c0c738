# SPDX-License-Identifier: GPL-2.0-or-later
"""A zone that fails is kept for inspection and hurts nobody, whichever it is."""

import re

import zoneset
from machine import Machine

PATTERN = 0xFA11 << 48
FIRST_GPR, NUM_GPRS = 5, 32
EXIT_RECORDS = 32
GSPR = 22
CPUCFG = 0x1B  # opcode in bits 31:10
BREAK_EENTRY = 0x9000000030000000
EARLY, NEVER = 20, 2**40  # beats of 10 ms


def kept(text: str) -> tuple[dict[str, int], dict[int, int], list[dict[str, int]]]:
    """The failure, registers and exits that the controlling zone has read through the hypercall."""
    line = zoneset.lines(text, "CONTROL FAILED")[0]
    failure = {name: int(value, 16) for name, value in re.findall(r"(\w+) ([0-9a-f]+)", line.removeprefix("CONTROL FAILED "))}
    gprs = {int(n): int(value, 16) for n, value in re.findall(r"^CONTROL GPR (\d+) ([0-9a-f]+)", text, re.M)}
    exits = [
        {"pc": int(pc, 16), "word": int(word, 16), "ecode": int(ecode)}
        for pc, word, ecode in re.findall(r"^CONTROL EXIT \d+ pc (\w+) word (\w+) ecode (\d+)", text, re.M)
    ]
    return failure, gprs, exits


def assert_beats_on(machine, zone_id: int) -> None:
    log = zoneset.ZoneLog(machine, zone_id)
    before = log.header()[1]
    machine.pump(1.5)
    _, after, errors = log.header()
    assert after > before, f"zone {zone_id} stands still"
    assert errors == 0, log.text()


def test_a_failed_zone_is_kept_and_the_others_run_on(log):
    zones = [
        zoneset.zone(0, "control", [0], [3]),
        zoneset.zone(1, "fail", [1], [EARLY]),
        zoneset.zone(2, "checker", [2, 3], [1, 2]),
    ]
    with Machine(log, kernel=zoneset.pack("fail", zones)) as machine:
        machine.expect(r"CONTROL KEPT", timeout=60)
        failure, gprs, exits = kept(machine.transcript.text)
        assert failure["vcpu"] == 0 and failure["pc"] == BREAK_EENTRY == failure["eentry"]
        assert gprs[0] == 0
        expected = {n: PATTERN + n for n in range(FIRST_GPR, NUM_GPRS)}
        assert {n: gprs[n] for n in expected} == expected
        assert len(exits) == EXIT_RECORDS
        assert all(e["ecode"] == GSPR and e["word"] >> 10 == CPUCFG for e in exits[:-1]), exits
        assert exits[-1]["pc"] == failure["pc"] and exits[-1]["ecode"] == failure["ecode"]
        machine.expect(r"CONTROL STATE \d+ FAILED", timeout=10, what="the root zone to run on and to say that zone 1 has failed")
        assert_beats_on(machine, 2)
        assert "FAIL SURVIVED" not in zoneset.ZoneLog(machine, 1).text()
        assert zoneset.inconsistencies(machine) == []


def test_a_failed_root_zone_does_not_stop_the_others(log):
    zones = [zoneset.zone(0, "fail", [0], [EARLY]), zoneset.zone(1, "checker", [1, 2, 3], [1, 3])]
    with Machine(log, kernel=zoneset.pack("fail-root", zones)) as machine:
        machine.console.expect(r"E zone 0 \([^)]*\) FAILED", timeout=60)
        machine.pump(0.5)
        assert "FAIL SURVIVED" not in machine.transcript.text
        assert_beats_on(machine, 1)
        assert zoneset.inconsistencies(machine) == []


def test_neighbours_that_are_well_see_nothing_of_one_another(log):
    """The opposite of the others: what they rely on does beat and finds no error in quiet."""
    zones = [zoneset.zone(0, "checker", [0, 1], [1, 2]), zoneset.zone(1, "checker", [2, 3], [2, 2])]
    with Machine(log, kernel=zoneset.pack("quiet", zones)) as machine:
        machine.expect(r"CHECK BEAT 2 TICKS \d+ IPIS [1-9]\d* ERRORS 0", timeout=60)
        assert_beats_on(machine, 1)
