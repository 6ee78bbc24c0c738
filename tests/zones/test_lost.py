# SPDX-License-Identifier: GPL-2.0-or-later
"""
What becomes of the machine when one CPU traps, finds an error of the hardware's, or does not answer.

QEMU raises no machine error. So gdb brings the CPU to where it would be after one: registers as the manual says, direct
address mode, PC at the hypervisor's entry.
"""

import struct

import pytest

import image
from gdb import PC, Gdb, stub
from zonefiles import bare

CPU = 6
OTHER_CPU = 5
WINDOW = 0x9000 << 48  # the hypervisor sees physical memory here

T0, T1, T2, T3, S8 = 12, 13, 14, 15, 31
CSR_CRMD, CSR_MERRCTL, CSR_MERRERA = 0x0, 0x90, 0x94
MERRCTL_IS_MERR, MERRCTL_PIE, MERRCTL_PGM, MERRCTL_PPG = 1 << 0, 1 << 4, 1 << 5, 1 << 8
CRMD_DA = 1 << 3
GUEST_PC = 0x9000000000ABCDE0
MARK = 0x5EC0DE0F0E44

# Seconds after which a CPU that does not leave counts as lost, and what the tool and the emulator need on top.
BOUND, SLACK = 8, 12


def csrwr(rd: int, csr: int) -> int:
    return 0x04000020 | csr << 10 | rd


def jump(rj: int) -> int:
    return 0x4C000000 | rj << 5


@pytest.fixture
def debugged(own_root):
    """A root zone, and gdb on its machine."""
    near, debug = stub(halted=False)
    root = own_root(**debug)
    with near:
        yield root, Gdb(near)


def start_victim(root) -> str:
    """A zone on the CPU in question that exits a thousand times a second."""
    root.bring_up(root.write_zone(bare("jitter", [CPU])))
    return "jitter"


def inject_machine_error(gdb: Gdb, control: int) -> None:
    """The CPU, which has just left its guest, is where a machine error with this MERRCTL leaves it."""
    code = struct.pack("<4I", csrwr(T0, CSR_MERRCTL), csrwr(T1, CSR_MERRERA), csrwr(T2, CSR_CRMD), jump(T3))
    place = WINDOW | image.symbol("start")  # what was there has run for the last time
    gdb.stop()
    gdb.run_to(CPU, WINDOW | image.symbol("exit_handle"))
    gdb.write_memory(CPU, place, code)
    values = {T0: MERRCTL_IS_MERR | control, T1: GUEST_PC, T2: CRMD_DA, T3: image.symbol("merr_entry"), S8: MARK}
    for register, value in {**values, PC: place}.items():
        gdb.write(CPU, register, value)
    gdb.go()


def hypervisor_log(root) -> str:
    """The log, in a form that the console's reader does not take for the end of the machine."""
    return root.run("loongvisor log | sed 's/] E /] /'").output


def assert_machine_lives(root) -> None:
    """The root zone has its console, and other zones come and go."""
    root.bring_up(root.write_zone(bare("jitter", [OTHER_CPU], name="other", zone_id=4)))
    assert root.state("other") == "RUNNING"
    root.cli("zone destroy --force other")
    assert root.state("other") == "ABSENT"


def assert_lost(root, name: str) -> None:
    zone = root.wait_state(name, "FAILED", timeout=BOUND + SLACK)
    assert zone["reason"] == "CPU lost"
    for command in (f"zone start {name}", f"zone stop --force {name}", f"zone restart {name}", f"zone destroy {name}"):
        result = root.run(f"loongvisor {command}", timeout=SLACK, check=False)
        assert result.status == 1 and "CPU" in result.output, f"{command}: {result}"
    assert CPU not in root.machine_info()["online_cpus"]
    assert_machine_lives(root)


def test_machine_error_in_guest_mode_is_that_zones_failure(debugged):
    root, gdb = debugged
    name = start_victim(root)
    inject_machine_error(gdb, MERRCTL_PGM | MERRCTL_PIE | MERRCTL_PPG)
    zone = root.wait_state(name, "FAILED")
    assert zone["reason"] == "machine error"
    shown = root.ask(f"zone show {name}")["failure"]
    assert shown["exception"] == "MERR"
    assert int(shown["pc"], 16) == GUEST_PC and int(shown["registers"]["s8"], 16) == MARK
    log = hypervisor_log(root)
    assert "(jitter) FAILED: machine error" in log and f"MERRCTL {0x131:08x}" in log
    assert_machine_lives(root)
    # The CPU has left the machine error behind: it runs guests as before.
    root.cli(f"zone start {name}")
    assert root.state(name) == "RUNNING"


def test_machine_error_of_the_hypervisor_costs_one_cpu_and_its_zone(debugged):
    root, gdb = debugged
    name = start_victim(root)
    inject_machine_error(gdb, MERRCTL_PPG)
    assert_lost(root, name)
    assert "trap in the hypervisor" not in root.machine.transcript.text, "the console is the root zone's"
    assert f"trap in the hypervisor on CPU {CPU}" in hypervisor_log(root)


def test_stop_of_a_zone_whose_cpu_does_not_answer_ends_in_an_error(debugged):
    root, gdb = debugged
    name = start_victim(root)
    gdb.stop()
    gdb.go_on([cpu for cpu in range(8) if cpu != CPU])
    result = root.run(f"loongvisor zone stop --force {name}", timeout=BOUND + SLACK, check=False)
    assert result.status == 1 and "CPU lost" in result.output, result
    assert_lost(root, name)
    # It was kept from running, and goes on now.
    gdb.stop()
    gdb.go()
    root.cli(f"zone destroy {name}")
    assert root.state(name) == "ABSENT"
    assert "answers again" in hypervisor_log(root)
    start_victim(root)
