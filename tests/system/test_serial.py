# SPDX-License-Identifier: GPL-2.0-or-later
"""
A zone whose only console is its virtual UART, and the root zone at the other end (guests/serial, guests/relay).

The relay brings zone 1's console to the machine's serial line, so that what a person would see is what is checked.
"""

import re

import pytest

import zoneset
from machine import Machine

LINES = 40
STOPPED, STARTING = 8, 6  # enum lv_zone_state
COMMAND, POWEROFF, REBOOT = 1, 2, 3  # enum lv_reason
LINE, VECTOR = 0x100, 0x200  # LV_INTERRUPT_*
TIMEOUT = 60

UART_REGION = {"type": "uart", "virtual_start": "0x1fe00000", "size": "0x1000"}
POWER_REGION = {"type": "power", "virtual_start": "0x100e0000", "size": "0x1000"}


def console_zone(zone_id: int, guest: str, cpus: list[int], params=(), **more) -> dict:
    """A zone with UART and power block and no info page: the runtime prints to the UART then."""
    ram = {"type": "ram", "physical_start": f"{zoneset.ram_hpa(zone_id):#x}", "virtual_start": "0x0", "size": "0x1000000"}
    return zoneset.zone(zone_id, guest, cpus, params, memory_regions=[ram, UART_REGION, POWER_REGION], **more)


def start(log, kind: str) -> Machine:
    """The relay as root zone, zone 1 with its console, and zone 2 that sends without end and that nobody reads."""
    uart, power, numbers = {
        "lines": ("line 4", "line 5", [LINE | 4, LINE | 5]),
        "vectors": ("vector 40", "vector 201", [VECTOR | 40, VECTOR | 201]),
    }[kind]
    zones = [
        zoneset.zone(0, "relay", [0], cpu_lines=[0, 1, 2, 3], event_interrupt="line 7"),
        console_zone(1, "serial", [1], [*numbers, LINES], uart_interrupt=uart, power_interrupt=power, on_reboot="restart"),
        console_zone(2, "hostile", [2], [2], uart_interrupt="line 4"),
    ]
    return Machine(log, kernel=zoneset.pack(f"serial-{kind}", zones))


def checksum(text: str) -> int:
    total = 0
    for byte in text.encode():
        total = (total * 31 + byte) & 0xFFFFFFFF
    return total


def type_line(machine: Machine, text: str) -> None:
    """Types a line, which zone 1 must have got as it was typed."""
    machine.console.send(text + "\r")
    match = machine.expect(r"SERIAL ECHO (\d+) ([0-9a-f]+) EMPTY (\d+)", TIMEOUT)
    assert int(match.group(1)) == len(text)
    assert int(match.group(2), 16) == checksum(text)


def event(state: int, reason: int) -> str:
    return rf"RELAY EVENT zone 1 state {state} reason {reason}\b"


def expect_event(machine: Machine, state: int, reason: int) -> None:
    machine.expect(event(state, reason), TIMEOUT)


def booted(machine: Machine) -> None:
    machine.expect(r"SERIAL BEGIN", TIMEOUT)
    machine.expect(r"SERIAL READY", TIMEOUT)


@pytest.mark.parametrize("kind", ["lines", "vectors"])
def test_a_zone_talks_through_its_virtual_uart(log, kind):
    with start(log, kind) as machine:
        booted(machine)
        type_line(machine, "hello")
        type_line(machine, "0123456789" * 120)
        type_line(machine, "nothing")
        machine.expect(r"SERIAL STILL HERE", TIMEOUT)
        machine.console.send("\x01")
        machine.expect(r"RELAY ASK 0", TIMEOUT)
        machine.expect(r"SERIAL ASKED", TIMEOUT)
        machine.console.send("\x01")
        machine.expect(r"SERIAL ASKED", TIMEOUT)
        machine.console.send("reset\r")
        # The relay may show the first that the zone prints with the last of its former life, before that event.
        machine.expect(r"SERIAL READY", TIMEOUT)
        if not re.search(event(STARTING, REBOOT), machine.transcript.text):
            machine.expect(event(STARTING, REBOOT), TIMEOUT)
        machine.console.send("off\r")
        expect_event(machine, STOPPED, POWEROFF)
        machine.console.send("\x13")
        machine.expect(r"RELAY START 0", TIMEOUT)
        booted(machine)
        machine.console.send("\x06")
        machine.expect(r"RELAY FORCE 0", TIMEOUT)
        expect_event(machine, STOPPED, COMMAND)
        machine.console.send("\x17")
        machine.expect(r"RELAY WAKEUPS zone 2 \d+\r?\n", TIMEOUT)
        text = machine.transcript.text
        sent = re.sub(r"\nRELAY [^\n]*\n", "", text)  # the relay's own lines may stand within the zone's
        found = [int(number) for number in re.findall(r"SERIAL LINE (\d+) -{24}\n", sent)]
        assert found == 3 * list(range(LINES))
        assert "RELAY WAKEUPS zone 2 1\n" in text, "a flood that nobody reads is to be told once"
        assert not re.search(r"(SERIAL|RELAY) ERROR|RELAY LOST", text)
        if kind == "lines":
            assert set(re.findall(r"EMPTY (\d+)", text)) == {"0"}, "interrupts without a cause"
        assert zoneset.inconsistencies(machine) == []
