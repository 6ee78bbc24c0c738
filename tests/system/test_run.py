# SPDX-License-Identifier: GPL-2.0-or-later
"""What `make run` and `make debug` start, on a terminal as a person has it."""

import os
import re
import shlex
import socket
import subprocess

import pexpect
import pytest

import paths
from machine import BOOT_TIMEOUT, PROMPT

GDB_TIMEOUT = 60


@pytest.fixture
def terminal(log):
    """A function that starts scripts/run with arguments on a terminal of its own; whatever still runs ends with the test."""
    disk = paths.SCRATCH / "run.img"
    children = []

    def start(*arguments, **environment):
        child = pexpect.spawn(
            str(paths.TOP / "scripts" / "run"),
            list(arguments),
            env={**os.environ, "DISK": str(disk), **environment},
            timeout=BOOT_TIMEOUT,
            encoding="utf-8",
            codec_errors="replace",
            dimensions=(24, 200),
        )
        child.logfile_read = log.open("w", encoding="utf-8")
        children.append(child)
        return child

    yield start
    for child in children:
        child.close(force=True)
        child.logfile_read.close()


def test_run_reaches_the_shell_and_ctrl_a_x_leaves(terminal):
    child = terminal()
    child.expect(PROMPT)
    child.sendline("uname -r")
    child.expect_exact(paths.kernel_release())
    child.expect(PROMPT)
    child.send("\x01x")
    child.expect(pexpect.EOF, timeout=10)
    child.close()
    assert child.exitstatus == 0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def gdb_packet(sock: socket.socket, body: str) -> str:
    """Sends a packet of the gdb remote protocol and returns the body of the answer."""
    sock.sendall(f"${body}#{sum(body.encode()) & 0xFF:02x}".encode())
    received = ""
    while not re.search(r"\$[^#]*#[0-9a-f]{2}", received):
        data = sock.recv(65536)
        assert data, f"QEMU closed the gdb connection after {received!r}"
        received += data.decode()
    sock.sendall(b"+")
    return re.search(r"\$([^#]*)#", received).group(1)


def test_debug_waits_until_gdb_lets_it_go(terminal):
    child = terminal("--debug", GDB_PORT=str(port := free_port()))
    child.expect(rf"target remote 127\.0\.0\.1:{port}'")
    assert child.expect([r"\] I Loongvisor", pexpect.TIMEOUT], timeout=3) == 1, "it did not wait"
    with socket.create_connection(("127.0.0.1", port), timeout=GDB_TIMEOUT) as gdb:
        assert gdb_packet(gdb, "?").startswith("T"), "the machine is not stopped"
        gdb.sendall(b"$c#63")
        child.expect(r"\] I Loongvisor", timeout=GDB_TIMEOUT)


def test_gdb_stops_in_the_hypervisor_by_the_line_that_debug_prints(terminal):
    child = terminal("--debug", GDB_PORT=str(free_port()))
    child.expect(r"(\S+ -ex [^\r\n]*loongvisor\.elf [^\r\n]*target remote [^\r\n]+)")
    typed = shlex.split(child.match.group(1))
    more = ["-batch", "-nx", "-ex", "hbreak main_start", "-ex", "continue"]
    session = subprocess.run(
        [*typed, *more], cwd=paths.TOP, timeout=GDB_TIMEOUT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    assert re.search(r"Breakpoint 1, .*main_start", session.stdout), session.stdout
