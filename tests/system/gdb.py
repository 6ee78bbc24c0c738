# SPDX-License-Identifier: GPL-2.0-or-later
"""As much of gdb's remote protocol as it takes to stop CPUs of a machine, look at them, change them, and let some go on."""

import re
import socket

# Numbers in gdb's view of LoongArch: 32 general registers and orig_a0 come first.
RA, PC = 1, 33


def stub(halted: bool = True) -> tuple[socket.socket, dict]:
    """A socket, and arguments of a Machine with a gdb stub at its other end. halted: no CPU begins before gdb says so."""
    near, far = socket.socketpair()
    halt = ("-S",) if halted else ()
    return near, {"options": (*halt, "-chardev", f"socket,id=gdb,fd={far.fileno()}", "-gdb", "chardev:gdb"), "inherit": [far]}


class Gdb:
    """QEMU's gdb stub at the other end of a connected socket. CPUs are numbered from 0."""

    TIMEOUT = 20.0

    def __init__(self, sock: socket.socket):
        self._sock = sock
        self._sock.settimeout(self.TIMEOUT)
        self._received = ""

    def _send(self, body: str) -> None:
        self._sock.sendall(f"${body}#{sum(body.encode()) & 0xFF:02x}".encode())

    def _receive(self) -> str:
        while not (match := re.search(r"\$([^#]*)#[0-9a-f]{2}", self._received)):
            self._received += self._sock.recv(65536).decode()
        self._received = self._received[match.end() :]
        self._sock.sendall(b"+")
        return match.group(1)

    def ask(self, body: str) -> str:
        """Sends a packet and returns the answer's body."""
        self._send(body)
        return self._receive()

    def command(self, body: str) -> None:
        """Sends a packet whose answer must be OK."""
        answer = self.ask(body)
        assert answer == "OK", f"gdb: {body} was answered with {answer!r}"

    def stop(self) -> None:
        """Stops all CPUs."""
        self._sock.sendall(b"\x03")
        answer = self._receive()
        assert answer.startswith("T"), answer

    def go(self) -> None:
        """Lets all CPUs go on, and gdb leaves."""
        self._sock.sendall(b"$D#44")

    def go_on(self, cpus) -> None:
        """Lets these CPUs go on; the others stay where they are."""
        self._send("vCont" + "".join(f";c:{cpu + 1:x}" for cpu in cpus))

    def run_to(self, cpu: int, address: int, others=()) -> None:
        """Lets one CPU go on until it is at the address, alone or with others that do not come there."""
        self.command(f"Z0,{address:x},4")
        self.go_on([cpu, *others])
        answer = self._receive()
        assert answer.startswith("T05"), answer
        self.command(f"z0,{address:x},4")
        assert self.read(cpu, PC) == address

    def read(self, cpu: int, register: int) -> int:
        """Reads a register of a CPU."""
        self.command(f"Hg{cpu + 1:x}")
        return int.from_bytes(bytes.fromhex(self.ask(f"p{register:x}")), "little")

    def write(self, cpu: int, register: int, value: int) -> None:
        """Writes a register of a CPU."""
        self.command(f"Hg{cpu + 1:x}")
        self.command(f"P{register:x}={value.to_bytes(8, 'little').hex()}")

    def write_memory(self, cpu: int, address: int, data: bytes) -> None:
        """Writes memory as the CPU sees it now."""
        self.command(f"Hg{cpu + 1:x}")
        self.command(f"M{address:x},{len(data):x}:{data.hex()}")
