# SPDX-License-Identifier: GPL-2.0-or-later
"""How the hypervisor starts: what it detects, which CPUs come, and what it says when it cannot start."""

import re

import pytest

import image
from gdb import RA, Gdb, stub

BOARD_CPUS = 4  # what the image's board file says of QEMU's virt machine as we run it
# LVZ reference 2.4: stage 2 says how memory is cached, and nothing else is the guest's to choose.
GCFG_CONTROLS = 0x0730AAB0
GCFG_MATC_ROOT = 0x10
ZONE_STARTS = r"\] I zone 0 \([^)]*\) starts"
WINDOW = 0x9000 << 48  # the hypervisor sees physical memory here


def log_lines(machine, level: str) -> list[str]:
    """The hypervisor's messages of one level so far (E, W, I or D)."""
    return re.findall(rf"^\[[ 0-9.]+\] {level} (.*)$", machine.transcript.text, re.M)


@pytest.mark.parametrize("smp", [1, 2, 4])
def test_log_names_exactly_the_cpus_that_did_not_start(boot, smp):
    machine = boot(smp=smp, wait=False)
    machine.expect(ZONE_STARTS, what="the root zone to start although CPUs are missing")
    missing = [re.match(r"CPU (\d+) .*did not start", line) for line in log_lines(machine, "E")]
    assert [int(match.group(1)) for match in missing if match] == list(range(smp, BOARD_CPUS))


def test_linux_runs_on_the_cpus_that_came(boot):
    """The zone's configuration names four CPUs, the machine has one: Linux gives up on each of the others after 5 s."""
    machine = boot(smp=1)
    assert machine.run("nproc").output.strip() == "1"
    absent = [str(number) for number in range(1, BOARD_CPUS)]
    assert re.findall(r"CPU(\d+): failed to start", machine.run("dmesg").output) == absent
    warned = [re.match(r"zone 0: vCPU (\d+) is missing", line) for line in log_lines(machine, "W")]
    assert [match.group(1) for match in warned if match] == absent


@pytest.fixture
def halted(boot):
    """A function that makes a machine of which no CPU has begun yet, and gdb on it."""
    near, debug = stub()
    with near:

        def start(**arguments):
            machine = boot(wait=False, **debug, **arguments)
            gdb = Gdb(near)
            gdb.ask("?")
            return machine, gdb

        yield start


def test_cpus_whose_firmware_begins_after_the_request_come(halted):
    """Firmware's parked loop clears the mailbox first, and with it what CPU 0 has asked."""
    machine, gdb = halted()
    for _ in range(1, BOARD_CPUS):
        gdb.run_to(0, WINDOW | image.symbol("arch_cpu_start"))
        gdb.run_to(0, gdb.read(0, RA))
    gdb.go()
    machine.expect(ZONE_STARTS, what="the root zone to start")
    assert log_lines(machine, "E") == [] and log_lines(machine, "W") == []
    machine.wait_prompt()
    assert machine.run("nproc").output.strip() == str(BOARD_CPUS)


def test_cpu_that_comes_after_it_was_given_up_stays_out(halted):
    """It was asked in time, and held back behind its first instruction."""
    machine, gdb = halted(smp=2)
    gdb.run_to(1, image.symbol("start_secondary"), others=[0])
    machine.pump(0.1)  # the console's socket holds some 270 characters that nobody has read
    gdb.run_to(0, WINDOW | image.symbol("zone_create"))
    gdb.run_to(1, WINDOW | image.symbol("arch_cpu_stop"))
    gdb.go()
    machine.expect(ZONE_STARTS, what="the root zone to start")
    errors = log_lines(machine, "E")
    assert re.match(r"CPU 1 .*did not start", errors[0])
    assert errors[-1] == "CPU 1 is left out: it came too late"
    assert [line for line in log_lines(machine, "W") if "vCPU 1 is missing" in line]
    machine.wait_prompt()
    assert machine.run("nproc").output.strip() == "1"


def test_log_says_what_was_detected(boot):
    machine = boot(wait=False)
    machine.expect(ZONE_STARTS, what="the root zone to start")
    found = "\n".join(log_lines(machine, "I"))
    assert re.search(r"^LVZ version \d+, [1-8] GID bits", found, re.M), found
    gcfg = re.search(r" GCFG 0x([0-9a-f]+)", found)
    assert gcfg and int(gcfg.group(1), 16) & GCFG_CONTROLS == GCFG_MATC_ROOT, found
    assert re.search(r"^counter 100000000 Hz", found, re.M), found
    # LVZ reference 2.4: memory types come from stage 2, every cacop exits, no other trap.
    gcfg = int(re.search(r"GCFG 0x([0-9a-f]+)", found).group(1), 16)
    assert gcfg & 0x0730AAB0 == 0x10, hex(gcfg)


def test_machine_without_lvz_is_refused_with_the_remedy(boot):
    machine = boot(cpu="la464,lvz=off", wait=False)
    machine.expect(r"\] E cannot start: [^\r\n]*no LVZ[^\r\n]*lvz=on", what="the reason")
    machine.pump(1.0)
    before = machine.cpu_seconds()
    machine.pump(2.0)
    assert machine.cpu_seconds() - before < 0.2, "a hypervisor that cannot start should wait, not spin"
