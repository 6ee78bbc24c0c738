# SPDX-License-Identifier: GPL-2.0-or-later
"""The extended interrupt controller per zone: virtual vectors from the root zone, a device's vectors, and nothing else."""

import pytest

import zoneset
from machine import Machine

ROUNDS = zoneset.number("LOONGVISOR_VECTOR_ROUNDS", 1500)
SEED = zoneset.number("LOONGVISOR_SEED", 1)
TIMEOUT = 120 + ROUNDS / 20


def test_virtual_vectors_arrive_once_where_they_are_routed(log):
    """
    Zone 0 raises vectors of zone 1, which enables, disables and reroutes them meanwhile; zone 2 listens to all of its
    vectors and must hear nothing.
    """
    zones = [
        zoneset.zone(0, "control", [0], [2, SEED, ROUNDS]),
        zoneset.zone(1, "eio", [1, 2], [SEED, ROUNDS, 2]),
        zoneset.zone(2, "eio", [3], [SEED, ROUNDS, 1, 1]),
    ]
    with Machine(log, kernel=zoneset.pack("eio", zones)) as machine:
        served, listener = zoneset.ZoneLog(machine, 1), zoneset.ZoneLog(machine, 2)
        served.expect(r"EIO DONE", timeout=TIMEOUT)
        machine.expect(r"CONTROL DONE")
        text = served.text()
        print(text)
        assert zoneset.lines(text, "EIO ERROR") == []
        assert zoneset.fields(zoneset.lines(text, "EIO RESULT")[0])["RECEIVED"] > 2 * ROUNDS
        assert "CONTROL ERROR" not in machine.transcript.text
        _, beats, interrupts = listener.header()
        assert beats > 0, "the listener did not listen"
        assert interrupts == 0 and "EIO ERROR" not in listener.text(), listener.text()
        assert zoneset.inconsistencies(machine) == []


@pytest.mark.parametrize("lines", ["all", []], ids=["passed-through", "injected"])
def test_device_vectors_arrive_once_where_they_are_routed(log, lines):
    """UART0 through the PCH-PIC: each round another vector, CPU and line."""
    root = zoneset.zone(0, "uart", [0, 1, 2, 3], [SEED, ROUNDS, 4], cpu_lines=lines)
    with Machine(log, kernel=zoneset.pack("uart", [root])) as machine:
        machine.expect(r"UART DONE", timeout=TIMEOUT)
        text = machine.transcript.text
        assert zoneset.lines(text, "UART ERROR") == []
        result = zoneset.fields(zoneset.lines(text, "UART RESULT")[0])
        assert result["ROUNDS"] == ROUNDS and result["ERRORS"] == 0
        assert zoneset.inconsistencies(machine) == []
