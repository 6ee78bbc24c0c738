# SPDX-License-Identifier: GPL-2.0-or-later
"""
Stops of the emulator at an instruction of a guest's, by gdb's remote protocol.

The machine stands still then, whatever runs in it, so that what is read of it belongs to that instruction exactly.
"""

import re
import socket

from machine import tool_output

PACKET = re.compile(rb"\$([^#]*)#[0-9a-f]{2}")
THREAD = re.compile(r"thread:(?:p[0-9a-f]+\.)?([0-9a-f]+);")
ANSWER_TIMEOUT = 20.0
INSTRUCTION_SIZE = 4


class Breakpoints:
    """A connection that has one breakpoint set at a time. options and inherit are for Machine, which must start so."""

    def __init__(self):
        self._near, far = socket.socketpair()
        self.options = ("-S", "-chardev", f"socket,id=gdb,fd={far.fileno()}", "-gdb", "chardev:gdb")
        self.inherit = [far]
        self._received = b""
        self._begun = False
        self._set_at: int | None = None
        self.cpu = 0  # that has come to the instruction

    def _send(self, body: str) -> None:
        self._near.sendall(f"${body}#{sum(body.encode()) & 0xFF:02x}".encode())

    def _packet(self, timeout: float) -> str | None:
        """The next packet, None if none comes."""
        while not (match := PACKET.search(self._received)):
            self._near.settimeout(timeout)
            try:
                data = self._near.recv(65536)
            except (TimeoutError, BlockingIOError):
                return None
            if not data:
                return None
            self._received += data
        self._received = self._received[match.end() :]
        self._near.sendall(b"+")
        return match.group(1).decode()

    def _ask(self, body: str) -> str | None:
        self._send(body)
        return self._packet(ANSWER_TIMEOUT)

    def _demand(self, body: str) -> None:
        answer = self._ask(body)
        if answer != "OK":
            raise OSError(f"the emulator's gdb server answers {body!r} with {answer!r}")

    def _clear(self) -> None:
        if self._set_at is not None:
            self._demand(f"z0,{self._set_at:x},{INSTRUCTION_SIZE}")
            self._set_at = None

    def go(self, address: int) -> None:
        """Lets the stopped machine run until the instruction at address, and not to where it is stopped now."""
        if not self._begun:
            self._ask("?")
            self._begun = True
        self._clear()
        self._demand(f"Z0,{address:x},{INSTRUCTION_SIZE}")
        self._set_at = address
        self._send("c")

    def prepare_steps(self) -> None:
        """Steps are to be what the machine does without them: interrupts come and time passes."""
        self._demand("Qqemu.sstep=0x1")

    def step(self) -> None:
        """Has the CPU that is stopped do one instruction; the others go on meanwhile, and nothing else stops one."""
        self._clear()
        answer = self._ask("s")
        if not answer or not answer.startswith("T"):
            raise OSError(f"the emulator's gdb server answers a step with {answer!r}")

    def register(self, number: int) -> int:
        """A register of the CPU that is stopped, by gdb's number."""
        answer = self._ask(f"p{number:x}")
        if not answer or answer.startswith("E"):
            raise OSError(f"the emulator's gdb server has no register {number}: {answer!r}")
        return int.from_bytes(bytes.fromhex(answer), "little")

    def release(self) -> None:
        """Lets the stopped machine run on without a breakpoint."""
        self._clear()
        self._send("c")

    def stopped(self) -> bool:
        """True if the machine has come to the instruction; does not wait. A machine that has ended never will."""
        try:
            packet = self._packet(0.0)
        except BrokenPipeError:
            return False
        if packet is None or not packet.startswith("T"):
            return False
        thread = THREAD.search(packet)
        self.cpu = int(thread.group(1), 16) - 1 if thread else 0
        return True

    def close(self) -> None:
        self._near.close()


def address_of(elf, symbol: str) -> int:
    """The address of a symbol, as the program uses it."""
    match = re.search(rf"^(\w+) \w {symbol}$", tool_output("llvm-nm-19", str(elf)), re.M)
    if not match:
        raise LookupError(f"{elf} has no symbol {symbol}")
    return int(match.group(1), 16)
