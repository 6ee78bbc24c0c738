# SPDX-License-Identifier: GPL-2.0-or-later
"""
Every IPI that is sent is received, and none other: guests/ipi in all patterns, with sequence numbers.

LOONGVISOR_IPIS says how many (make test: some 200,000 in all; make test-stress: ten million).
"""

import zoneset
from machine import Machine

IPIS = zoneset.number("LOONGVISOR_IPIS", 200_000)
SEED = zoneset.number("LOONGVISOR_SEED", 1)
RESTARTS = max(20, IPIS // 5000)
TIMEOUT = 120 + IPIS / 1000
PAUSES = 2**40  # until the other zone is done


def assert_all_arrived(text: str, least: int) -> None:
    assert zoneset.lines(text, "IPI ERROR") == []
    result = zoneset.fields(zoneset.lines(text, "IPI RESULT")[0])
    print(text)
    assert result["SENT"] == result["SEEN"] >= least
    assert [result[name] for name in ("LOST", "INVENTED", "EMPTY", "ERRORS")] == [0, 0, 0, 0]


def test_four_cpus_of_the_root_zone(log):
    share = IPIS * 3 // 5
    image = zoneset.pack("ipi-root", [zoneset.zone(0, "ipi", [0, 1, 2, 3], [SEED, share, 4, RESTARTS])])
    with Machine(log, kernel=image) as machine:
        machine.expect(r"IPI DONE", timeout=TIMEOUT)
        text = machine.transcript.text
        assert_all_arrived(text, share * 0.99)
        assert zoneset.fields(zoneset.lines(text, "IPI RESTARTS")[0])["RESTARTS"] >= 3 * RESTARTS
        assert zoneset.lines(text, "IPI PHASE paravirtual"), "the paravirtual interface was not there"
        assert zoneset.inconsistencies(machine) == []


def test_without_paravirtual_ipis_there_is_no_interface(log):
    root = zoneset.zone(0, "ipi", [0, 1], [SEED, 2000, 2, 2], paravirt_ipi=False)
    with Machine(log, kernel=zoneset.pack("ipi-plain", [root])) as machine:
        machine.expect(r"IPI DONE", timeout=60)
        assert_all_arrived(machine.transcript.text, 1500)
        assert zoneset.lines(machine.transcript.text, "IPI PHASE paravirtual") == []


def test_while_the_zone_is_paused_and_resumed(log):
    """Zone 0 on CPU 3 pauses and resumes the zone all the time, with random lengths of some hundred microseconds."""
    share = IPIS * 2 // 5
    zones = [
        zoneset.zone(0, "control", [3], [1, SEED, PAUSES]),
        zoneset.zone(1, "ipi", [0, 1, 2], [SEED, share, 3, RESTARTS]),
    ]
    with Machine(log, kernel=zoneset.pack("ipi-paused", zones)) as machine:
        ipi = zoneset.ZoneLog(machine, 1)
        ipi.expect(r"IPI DONE", timeout=TIMEOUT * 2)
        assert_all_arrived(ipi.text(), share * 0.99)
        assert "CONTROL ERROR" not in machine.transcript.text
        pauses = zoneset.lines(machine.transcript.text, "CONTROL PAUSES")
        assert pauses, "it was hardly ever paused"
        print(pauses[-1])
        assert zoneset.inconsistencies(machine) == []
