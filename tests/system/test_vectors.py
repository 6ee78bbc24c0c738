# SPDX-License-Identifier: GPL-2.0-or-later
"""Floating-point and vector state: clean when a zone begins, and untouched by every kind of exit (guests/vectors)."""


import zoneset
from gdb import Gdb, stub
from machine import Machine

ROUNDS = zoneset.number("LOONGVISOR_VECTOR_STATE_ROUNDS", 40)
SEED = zoneset.number("LOONGVISOR_SEED", 1)
CPUS = 4
CHECKS_A_ROUND = 20  # at least: the kinds of exit that the guest knows
# Numbers of f0 to f31 in gdb's view of LoongArch: 32 general registers, orig_a0, pc and badv come first.
FIRST_FPR, NUM_FPRS = 35, 32
POISON = bytes.fromhex("efbeaddeefbeadde")


def poison_registers(gdb: Gdb) -> None:
    """Fills the floating-point registers of every CPU, as somebody who ran there before would have left them."""
    for cpu in range(1, CPUS + 1):
        assert gdb.ask(f"Hg{cpu:x}") == "OK"
        for register in range(FIRST_FPR, FIRST_FPR + NUM_FPRS):
            assert gdb.ask(f"P{register:x}={POISON.hex()}") == "OK"
            assert gdb.ask(f"p{register:x}") == POISON.hex(), "gdb's register numbers are not what is assumed here"


def assert_clean(text: str, rounds: int) -> None:
    assert zoneset.lines(text, "VECTORS ERROR") == []
    first = zoneset.lines(text, "VECTORS FIRST")
    assert len(first) == CPUS and all(line.endswith("clean") and "NOT" not in line for line in first), first
    result = zoneset.fields(zoneset.lines(text, "VECTORS RESULT")[0])
    assert result["ERRORS"] == 0 and result["CHECKS"] >= rounds * CPUS * CHECKS_A_ROUND


def test_registers_are_clean_at_first_and_survive_every_exit(log):
    image = zoneset.pack("vectors", [zoneset.zone(0, "vectors", list(range(CPUS)), [SEED, ROUNDS, CPUS])])
    near, debug = stub()
    with near, Machine(log, kernel=image, **debug) as machine:
        gdb = Gdb(near)
        gdb.ask("?")
        poison_registers(gdb)
        gdb.go()
        machine.expect(r"VECTORS DONE", timeout=180)
        assert_clean(machine.transcript.text, ROUNDS)
        assert zoneset.inconsistencies(machine) == []


def test_two_zones_at_once_one_of_them_paused(log):
    """Each zone has its own values, and one is stopped and resumed in the middle of everything."""
    zones = [
        zoneset.zone(0, "control", [0], [1, SEED, 2**40]),
        zoneset.zone(1, "vectors", [1, 2], [SEED, ROUNDS // 2, 2]),
        zoneset.zone(2, "vectors", [3], [SEED + 1, ROUNDS // 2, 1]),
    ]
    with Machine(log, kernel=zoneset.pack("vectors-paused", zones)) as machine:
        for zone_id in (1, 2):
            log_of = zoneset.ZoneLog(machine, zone_id)
            log_of.expect(r"VECTORS DONE", timeout=180)
            assert zoneset.lines(log_of.text(), "VECTORS ERROR") == []
        assert "CONTROL ERROR" not in machine.transcript.text
        assert zoneset.inconsistencies(machine) == []
