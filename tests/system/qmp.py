# SPDX-License-Identifier: GPL-2.0-or-later
"""Two of QEMU's side doors: QMP (control and events) and the qtest protocol (reading and writing device registers)."""

import json
import re
import socket
import time
from pathlib import Path


class LineSocket:
    """Lines over a connected stream socket, with a time-out on every read."""

    def __init__(self, sock: socket.socket, who: str):
        self._sock = sock
        self._who = who
        self._pending = b""

    def send(self, line: str) -> None:
        self._sock.sendall(line.encode() + b"\n")

    def receive(self, timeout: float) -> str:
        """Returns the next line; TimeoutError when none came in time, EOFError when QEMU closed the connection."""
        deadline = time.monotonic() + timeout
        while b"\n" not in self._pending:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError(f"{self._who}: no answer within {timeout} s")
            self._sock.settimeout(left)
            try:
                data = self._sock.recv(65536)
            except (TimeoutError, ConnectionResetError) as error:
                if isinstance(error, ConnectionResetError):
                    raise EOFError(f"{self._who}: QEMU closed the connection") from error
                continue
            if not data:
                raise EOFError(f"{self._who}: QEMU closed the connection")
            self._pending += data
        line, self._pending = self._pending.split(b"\n", 1)
        return line.decode()

    def close(self) -> None:
        self._sock.close()


class QmpError(Exception):
    """QEMU refused a QMP command."""


class Qmp:
    """A QMP connection: commands in order, events kept until somebody asks for them."""

    TIMEOUT = 30.0

    def __init__(self, sock: socket.socket):
        self._lines = LineSocket(sock, "QMP")
        self._events: list[dict] = []
        self._lines.receive(self.TIMEOUT)  # the greeting
        self.command("qmp_capabilities")

    def command(self, name: str, **arguments):
        """Runs a command and returns what it returned."""
        self._lines.send(json.dumps({"execute": name, "arguments": arguments}))
        while True:
            message = json.loads(self._lines.receive(self.TIMEOUT))
            if "event" in message:
                self._events.append(message)
            elif "error" in message:
                raise QmpError(f"{name}: {message['error']['desc']}")
            else:
                return message["return"]

    def hmp(self, line: str) -> str:
        """Runs a line of the human monitor and returns its text."""
        return self.command("human-monitor-command", **{"command-line": line})

    def wait_event(self, name: str, timeout: float) -> dict:
        """Takes the first event of that name, waiting for it if need be; other events stay."""
        deadline = time.monotonic() + timeout
        while True:
            for index, event in enumerate(self._events):
                if event["event"] == name:
                    return self._events.pop(index)
            message = json.loads(self._lines.receive(max(0.0, deadline - time.monotonic())))
            if "event" in message:
                self._events.append(message)

    def forget_events(self) -> None:
        """Drops the events seen so far, and those that QEMU sent before it answers one more command."""
        self.command("query-status")
        self._events.clear()

    def has_seen(self, name: str) -> bool:
        """Whether QEMU has sent an event of that name, which nobody has taken or forgotten."""
        self.command("query-status")
        return any(event["event"] == name for event in self._events)

    def read_physical(self, address: int, words: int) -> list[int]:
        """Reads 64-bit words at a physical address of the machine (not of a zone)."""
        text = self.hmp(f"xp /{words}gx {address:#x}")
        values = [int(value, 16) for line in text.splitlines() for value in re.findall(r" (0x[0-9a-f]+)", line)]
        if len(values) != words:
            raise QmpError(f"xp at {address:#x}: expected {words} words, got {text!r}")
        return values

    def save_physical(self, address: int, size: int, file: Path) -> bytes:
        """Copies physical memory of the machine by way of a file and returns it."""
        self.command("pmemsave", val=address, size=size, filename=str(file))
        return file.read_bytes()

    def close(self) -> None:
        self._lines.close()


class VirtualClock:
    """
    QEMU's virtual clock, read from outside the guest.

    No monitor command prints that clock. The LS7A RTC's free-running counter does when QEMU runs with `-rtc clock=vm`:
    it is the virtual clock at 32768 Hz. The device's control register is off after a reset, so it is switched on by
    qtest; no zone has a driver for it (no RTC driver binds under a device tree), so nobody notices.
    """

    FREQUENCY = 32768
    _BASE = 0x100D0100
    _CONTROL = _BASE + 0x40
    COUNTER = _BASE + 0x68  # physical address; the root zone has the device too
    _ENABLE = 1 << 13 | 1 << 8  # RTCEN and EO
    _TIMEOUT = 30.0

    def __init__(self, sock: socket.socket):
        self._lines = LineSocket(sock, "qtest")

    def _ask(self, line: str) -> str:
        self._lines.send(line)
        while True:
            answer = self._lines.receive(self._TIMEOUT)
            if answer.startswith("OK"):
                return answer[2:].strip()
            if answer.startswith(("FAIL", "ERR")):
                raise QmpError(f"qtest {line!r}: {answer}")

    def enable(self) -> None:
        """Has the counter count; a reset of the machine stops it."""
        self._ask(f"writel {self._CONTROL:#x} {self._ENABLE:#x}")

    def seconds(self) -> float:
        """Virtual time since QEMU started; it stands while the machine is stopped and goes on over a reset."""
        self.enable()
        return int(self._ask(f"readl {self.COUNTER:#x}"), 16) / self.FREQUENCY

    def close(self) -> None:
        self._lines.close()
