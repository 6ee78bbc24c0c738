# SPDX-License-Identifier: GPL-2.0-or-later
"""
A KVM host in the emulator and the guests that it runs, driven over one serial line.

The host is the stock kernel with Debian's own QEMU; a guest in the foreground has the host's terminal until it powers
off, so its shell is driven as the host's is.
"""

import os
import re
import shlex
import time
from pathlib import Path

import paths
from machine import Machine

IMAGES = paths.BUILD / "kvm"
HOST_INITRAMFS = IMAGES / "host.cpio.zst"
SELFTESTS_INITRAMFS = IMAGES / "selftests.cpio.zst"
SELFTESTS = IMAGES / "selftests" / "list"
LOGS = paths.BUILD / "kvm-logs"

GUEST_QEMU = "qemu-system-loongarch64"
GUEST_KERNEL = "/guest/Image"
# The keyboard controller's driver is left out on both levels: QEMU's device tree has no ISA window for its probe.
KERNEL_ARGUMENTS = "console=ttyS0 initcall_blacklist=i8042_init"

# Bounds for a machine that others use as well; what is asserted is what the kernels' own clocks and logs say.
HOST_BOOT_TIMEOUT = 900.0
GUEST_BOOT_TIMEOUT = 900.0
POWEROFF_TIMEOUT = 300.0
# Further options of the hosts' QEMU. With "-icount shift=4,sleep=off" time is a count of instructions: a test machine that
# gives QEMU a few per cent of a processor then can't make kernels report stalls. One thread runs all CPUs in turn.
QEMU_OPTIONS = tuple(shlex.split(os.environ.get("LOONGVISOR_KVM_OPTIONS", "")))
# syslog's "warning"; dmesg -r prints facility * 8 + level.
WARNING_LEVEL = 4
# What no kernel may say at any level.
TROUBLE = re.compile(r"WARNING:|BUG:|Oops|Call Trace|Kernel panic|\bstall|soft lockup|hung task")


def start_host(log: Path, smp: int, initramfs: Path = HOST_INITRAMFS, options=()) -> Machine:
    """A machine that will be the host; of its two -m QEMU takes the later. options: further QEMU arguments."""
    arguments = ("-m", "3G", "-initrd", str(initramfs), "-append", f"{KERNEL_ARGUMENTS} hostname=host")
    return Machine(log, kernel=paths.KERNEL, smp=smp, options=(*arguments, *QEMU_OPTIONS, *options))


def check_host(host: Machine, smp: int) -> None:
    """Waits for the host's shell; all CPUs must be there and KVM on offer. Forgets the log of the start."""
    host.wait_prompt(HOST_BOOT_TIMEOUT)
    assert host.run("nproc").output.strip() == str(smp)
    kvm = host.run("test -c /dev/kvm || { dmesg | grep -i kvm; false; }", check=False)
    assert kvm.status == 0, f"no /dev/kvm; the kernel says: {kvm.output}"
    assert_no_trouble(host)
    host.run("dmesg -c > /dev/null")


def guest_command(vcpus: int, initramfs: str = "shell", serial: str = "stdio", append: str = "") -> str:
    """The command line that starts a guest on the host."""
    arguments = f"{KERNEL_ARGUMENTS} hostname=guest {append}".strip()
    return (
        f"{GUEST_QEMU} -accel kvm -M virt -smp {vcpus} -m 512M -nodefaults -display none -serial {serial}"
        f" -kernel {GUEST_KERNEL} -initrd /guest/{initramfs}.cpio.gz -append {shlex.quote(arguments)}"
    )


def wait_shell(machine: Machine, hostname: str, timeout: float) -> float:
    """Waits for the prompt of the named machine (the other's may still be on the screen); returns the seconds it took."""
    started = time.monotonic()
    machine.expect(rf"root@{hostname}:[^\r\n]*# (?:\x1b\[6n)?$", timeout, f"{hostname}'s prompt")
    return time.monotonic() - started


def enter_guest(host: Machine, vcpus: int, initramfs: str = "shell") -> float:
    """Starts a guest in the foreground and waits for its shell; returns the seconds it took."""
    host.console.send(guest_command(vcpus, initramfs) + "\n")
    took = wait_shell(host, "guest", GUEST_BOOT_TIMEOUT)
    # The host's terminal makes LF into CR LF; the guest's must not have done so already.
    host.console.send("stty -onlcr; dmesg -n 4\n")
    wait_shell(host, "guest", GUEST_BOOT_TIMEOUT)
    return took


def leave_guest(guest: Machine) -> None:
    """Powers the guest off; its QEMU must end by itself and successfully, which gives the terminal back to the host."""
    guest.console.send("poweroff\n")
    wait_shell(guest, "host", POWEROFF_TIMEOUT)
    assert guest.run("hostname").output.strip() == "host"


def stop_host(host: Machine) -> None:
    """Powers the host off and waits for the emulator's end."""
    host.console.send("poweroff\n")
    assert host.wait_exit(POWEROFF_TIMEOUT) == 0


def assert_no_trouble(machine: Machine) -> None:
    """Neither taint nor a message that means a bug, whatever its level."""
    assert machine.run("cat /proc/sys/kernel/tainted").output.strip() == "0"
    found = [line for line in machine.run("dmesg").lines() if TROUBLE.search(line)]
    assert not found, "\n".join(found)


def assert_no_warning(machine: Machine) -> None:
    """No message of level warning or worse since the log was last cleared, and no trouble."""
    assert_no_trouble(machine)
    found = []
    for line in machine.run("dmesg -r").lines():
        match = re.match(r"<(\d+)>(.*)", line)
        if match and int(match.group(1)) % 8 <= WARNING_LEVEL:
            found.append(match.group(2))
    assert not found, "\n".join(found)
