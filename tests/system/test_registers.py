# SPDX-License-Identifier: GPL-2.0-or-later
"""
No exit changes a general register but the one that its instruction names (guests/registers).

By instruction count, so that the watchdog can be short whatever else the host does.
"""

import pytest

import zoneset
from machine import COUNTED, Machine

ROUNDS = zoneset.number("LOONGVISOR_REGISTER_ROUNDS", 4)
SEED = zoneset.number("LOONGVISOR_SEED", 1)
CHECKS_A_ROUND = 500
# Longer than one of the guest's two loops, shorter than both: it looks in each second loop, whatever an exit takes.
WATCHDOG_MS = 200


# Where the guest's timer stands still in host mode exits go another way through exit.S.
@pytest.mark.parametrize(
    ("cpu", "hypervisor"),
    [
        pytest.param("la464,lvz=on", zoneset.CHECKED, id="timer-runs-on"),
        pytest.param("la464,lvz=on,lvz-host-timer=off", zoneset.CHECKED, id="timer-stands-still"),
        pytest.param("la464,lvz=on", zoneset.BUILT_BY_GCC, id="built-by-gcc"),
    ],
)
def test_registers_survive_every_exit(log, cpu, hypervisor):
    zone = zoneset.zone(0, "registers", [0, 1], [SEED, ROUNDS], watchdog_ms=WATCHDOG_MS)
    with Machine(log, kernel=zoneset.pack("registers", [zone], hypervisor), cpu=cpu, options=COUNTED) as machine:
        machine.expect(r"REGISTERS DONE", timeout=60)
        text = machine.transcript.text
        assert zoneset.lines(text, "REGISTERS ERROR") == []
        result = zoneset.fields(zoneset.lines(text, "REGISTERS RESULT")[0])
        assert result["ERRORS"] == 0 and result["CHECKS"] >= ROUNDS * CHECKS_A_ROUND
        assert result["DOORBELLS"] > 10 * ROUNDS and result["TIMERS"] >= ROUNDS and result["IDLES"] >= ROUNDS
        assert zoneset.inconsistencies(machine) == []
