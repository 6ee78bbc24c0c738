# SPDX-License-Identifier: GPL-2.0-or-later
"""
One emulated machine: started, driven over its serial line as a person would, measured, and always ended.

QEMU inherits connected sockets (serial line, QMP, qtest), so nothing listens anywhere and no path can clash. It runs
in a process group of its own and dies with the test process even if that is killed; it is ended by its process id.
"""

import os
import re
import signal
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import pexpect
import pexpect.fdpexpect

import paths
from qmp import Qmp, VirtualClock

# What ends every hope of a prompt. The texts are Linux's (panic, die) and the hypervisor's (zone failure, panic, a
# broken invariant of the checked build).
FATAL = (
    r"Kernel panic - not syncing[^\r\n]*",
    r"\n\[[ 0-9.]+\] Oops[^\r\n]*",
    r"\n\[[ 0-9.]+\] E zone \d+ \([^)]*\) FAILED[^\r\n]*",
    r"\n\[[ 0-9.]+\] E trap in the hypervisor[^\r\n]*",
    r"\n\[[ 0-9.]+\] E inconsistency on CPU[^\r\n]*",
)
PROMPT = r"(?:^|[\r\n])[^\r\n]*[#$] (?:\x1b\[6n)?$"

# Options for a machine whose time is a count of instructions. One takes 2^4 ns there: ten seconds of work are 625 million
# instructions, some seconds of real time; while every CPU waits, time jumps to the next timer.
COUNTED = ("-icount", "shift=4,sleep=off")

BOOT_TIMEOUT = 90.0
COMMAND_TIMEOUT = 20.0
QUIT_TIMEOUT = 10.0
# On a host that is busy with other things everything may take so many times longer.
PATIENCE = float(os.environ.get("LOONGVISOR_PATIENCE", "1"))


class MachineError(AssertionError):
    """The machine did not do what was waited for; the text names it and quotes the last lines of the console."""


@dataclass
class Result:
    """What a command in the guest's shell printed, and its exit status."""

    output: str
    status: int

    def lines(self) -> list[str]:
        return self.output.splitlines()


class Transcript:
    """All that the serial line said, in memory and in the log file of whichever test runs."""

    def __init__(self, path: Path):
        self._text = ""
        self._file = None
        self.divert(path)

    def divert(self, path: Path) -> None:
        """From now on writes to another file (appending)."""
        self.end()
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("a", encoding="utf-8")

    def write(self, text: str) -> None:
        self._text += text
        if self._file:
            self._file.write(text)

    def flush(self) -> None:
        if self._file:
            self._file.flush()

    def end(self) -> None:
        if self._file:
            self._file.close()
            self._file = None

    @property
    def text(self) -> str:
        return self._text.replace("\r", "")

    def tail(self, lines: int = 15) -> str:
        return "\n".join("    | " + line for line in self.text.splitlines()[-lines:])


def tool_output(*command: str) -> str:
    """Runs a host program and returns what it printed; raises when it fails."""
    return subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT).stdout


class Machine:
    """
    A QEMU process and its serial console.

    kernel is what -kernel gets (the packed image, unless told otherwise); options are further QEMU arguments; log is
    the transcript's file; inherit are sockets that those arguments name by number, and QEMU's from then on. With
    clock=True the virtual clock can be read (machine.clock.seconds()).
    """

    def __init__(
        self,
        log: Path,
        kernel: Path = paths.IMAGE,
        smp: int = 4,
        cpu: str = "la464,lvz=on",
        options=(),
        clock=False,
        inherit=(),
        memory: str = "2G",
    ):
        self.transcript = Transcript(log)
        self._serial = 0
        self.clock = None
        console, console_far = socket.socketpair()
        control, control_far = socket.socketpair()
        far_ends = [console_far, control_far, *inherit]
        arguments = [
            *("-M", "virt", "-cpu", cpu, "-smp", str(smp), "-m", memory, "-display", "none", "-nodefaults"),
            *("-chardev", f"socket,id=console,fd={console_far.fileno()}", "-serial", "chardev:console"),
            *("-chardev", f"socket,id=control,fd={control_far.fileno()}", "-mon", "chardev=control,mode=control"),
            *("-kernel", str(kernel)),
            *options,
        ]
        if clock:
            probe, probe_far = socket.socketpair()
            far_ends.append(probe_far)
            arguments += ["-rtc", "clock=vm", "-qtest-log", "none"]
            arguments += ["-chardev", f"socket,id=probe,fd={probe_far.fileno()}", "-qtest", "chardev:probe"]
            self.clock = VirtualClock(probe)
        self.command_line = [str(paths.QEMU), *arguments]
        self._errors = log.with_suffix(".stderr")
        self._process = self._spawn(far_ends)
        self._console_socket = console
        self.console = pexpect.fdpexpect.fdspawn(
            console.fileno(), timeout=COMMAND_TIMEOUT, encoding="utf-8", codec_errors="replace"
        )
        self.console.logfile_read = self.transcript
        self.console.delaybeforesend = None
        try:
            self.qmp = Qmp(control)
        except (EOFError, TimeoutError) as error:
            self._end()
            raise MachineError(f"QEMU did not start: {self._errors.read_text()}\n{' '.join(self.command_line)}") from error

    def _spawn(self, far_ends: list) -> subprocess.Popen:
        # setpriv becomes QEMU (same process id) and has the kernel end it when this process is gone.
        with self._errors.open("w", encoding="utf-8") as errors:
            process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", *self.command_line],
                stdin=subprocess.DEVNULL,
                stdout=errors,
                stderr=errors,
                start_new_session=True,
                pass_fds=[end.fileno() for end in far_ends],
            )
        for end in far_ends:
            end.close()
        return process

    # -- waiting ------------------------------------------------------------------------------------------------------

    def fail(self, what: str) -> None:
        """Raises MachineError with what is known about the machine's last moments."""
        state = "running" if self.alive() else f"ended with status {self._process.returncode}"
        errors = self._errors.read_text(encoding="utf-8").strip() if self._errors.exists() else ""
        raise MachineError(
            f"{what}\n  QEMU is {state}; it said: {errors or 'nothing'}\n  last lines of the console:\n{self.transcript.tail()}"
        )

    def expect(self, pattern: str, timeout: float = COMMAND_TIMEOUT, what: str = "") -> re.Match:
        """Waits until the console shows the pattern and returns the match; panics and zone failures end the wait."""
        what = what or repr(pattern)
        timeout *= PATIENCE
        index = self.console.expect([pattern, pexpect.TIMEOUT, pexpect.EOF, *FATAL], timeout=timeout)
        if index == 1:
            self.fail(f"waited {timeout:.0f} s for {what}")
        if index == 2:
            self._process.wait(QUIT_TIMEOUT)
            self.fail(f"the console closed while waiting for {what}")
        if index > 2:
            found = self.console.match.group(0).strip()
            self.pump(1.0)  # the registers that follow belong into the transcript
            self.fail(f"waiting for {what} the console said: {found}")
        return self.console.match

    def pump(self, seconds: float) -> None:
        """Lets time pass while what the console says is read (an unread serial line would stop the guest)."""
        self.console.expect([pexpect.TIMEOUT, pexpect.EOF], timeout=seconds)

    def wait_prompt(self, timeout: float = BOOT_TIMEOUT) -> float:
        """Waits for the shell's prompt after a start or restart; returns the seconds it took."""
        started = time.monotonic()
        self.expect(PROMPT, timeout, "the shell's prompt")
        took = time.monotonic() - started
        # Only errors go to the console from here on, so that they do not mix with what commands print.
        self.run("dmesg -n 4")
        return took

    # -- the guest's shell --------------------------------------------------------------------------------------------

    def run(self, command: str, timeout: float = COMMAND_TIMEOUT, check: bool = True) -> Result:
        """
        Types a command and returns its output and exit status. check: any status but 0 is an error.

        The marks around the output are typed in two halves, so that the echo of what is typed is never taken for them.
        """
        self._serial += 1
        mark = f"LV{self._serial}"
        self.console.send(f"echo '<''{mark}'; {command}; echo '>''{mark}':$?:\n")
        self.expect(rf"<{mark}\r?\n", timeout, f"the shell to take {command!r}")
        match = self.expect(rf">{mark}:(\d+):\r?\n", timeout, f"{command!r} to end")
        result = Result(self.console.before.replace("\r", ""), int(match.group(1)))
        if check and result.status != 0:
            self.fail(f"{command!r} ended with status {result.status}: {result.output}")
        return result

    def interrupts(self) -> dict[str, int]:
        """/proc/interrupts: for each line its sum over the CPUs, keyed by all the words that describe it."""
        counts = {}
        for line in self.run("cat /proc/interrupts").lines()[1:]:
            match = re.match(r"\s*(\S+):((?:\s+\d+)+)(.*)", line)
            if match:
                name = " ".join(f"{match.group(1)}:{match.group(3)}".split())
                counts[name] = sum(int(count) for count in match.group(2).split())
        return counts

    # -- the process --------------------------------------------------------------------------------------------------

    def alive(self) -> bool:
        return self._process.poll() is None

    def wait_exit(self, timeout: float) -> int:
        """Waits for QEMU to end by itself and returns its exit status."""
        deadline = time.monotonic() + timeout
        self.pump(timeout)  # returns early: the end of QEMU is the end of the console
        try:
            return self._process.wait(max(1.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            self.fail(f"QEMU did not end within {timeout:.0f} s")
            raise

    def cpu_seconds(self) -> float:
        """Processor time that QEMU has used on the host so far, all threads, user and system (proc(5))."""
        with open(f"/proc/{self._process.pid}/stat", encoding="ascii") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        utime, stime = int(fields[11]), int(fields[12])
        return (utime + stime) / os.sysconf("SC_CLK_TCK")

    def _end(self) -> None:
        for number in (signal.SIGTERM, signal.SIGKILL):
            if not self.alive():
                return
            self._process.send_signal(number)
            try:
                self._process.wait(QUIT_TIMEOUT)
            except subprocess.TimeoutExpired:
                continue

    def close(self) -> None:
        """Ends QEMU if it still runs and closes everything; may be called twice."""
        self._end()
        if hasattr(self, "qmp"):
            self.qmp.close()
        if self.clock:
            self.clock.close()
        self._console_socket.close()
        self.transcript.end()

    def __enter__(self) -> "Machine":
        return self

    def __exit__(self, *_) -> None:
        self.close()


def bare_machine(log: Path, smp: int = 1, cpu: str = "la464") -> Machine:
    """
    The same kernel without a hypervisor, from QEMU's own device tree: what the root zone is compared with.

    Its i8042 probe is left out because QEMU's device tree has no ISA window and the driver dies of that.
    """
    return Machine(
        log,
        kernel=paths.KERNEL,
        smp=smp,
        cpu=cpu,
        options=("-initrd", str(paths.INITRAMFS), "-append", "console=ttyS0 initcall_blacklist=i8042_init"),
    )
