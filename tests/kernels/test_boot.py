# SPDX-License-Identifier: GPL-2.0-or-later
"""
Each kernel boots as root zone and as guest, again and again (LOONGVISOR_BOOTS), with an initrd of 20 MiB that it must find
as it was loaded. A kernel that randomizes its address moves each time.
"""


import pytest

from conftest import MOUNT
from kernels import ALL, BOOT_TIMEOUT, BOOTS, Kernel, check_kernel, pack_root
from machine import PATIENCE, Machine

ROOT_CPUS = 4
GUEST_CPUS = 2
COMMAND_TIMEOUT = 60.0
# On the console of a kernel that panics: first where it is, then its last word.
RELOCATED = r"Kernel relocated by 0x([0-9a-f]+)"
LAST_WORD = r"end Kernel panic - not syncing[^\r\n]*"

by_kernel = pytest.mark.parametrize("kernel", ALL, ids=lambda kernel: kernel.name)


def runner(machine):
    """Types a command in whichever shell the console shows and returns what it printed."""
    return lambda command: machine.run(command, COMMAND_TIMEOUT).output


def panic(machine) -> int:
    """Makes the kernel that the console shows panic; returns how far it says that it was moved."""
    machine.console.send("echo c > /proc/sysrq-trigger\n")
    machine.console.expect(RELOCATED, timeout=COMMAND_TIMEOUT * PATIENCE)
    moved = int(machine.console.match.group(1), 16)
    machine.console.expect(LAST_WORD, timeout=COMMAND_TIMEOUT * PATIENCE)
    return moved


def check_boot(kernel: Kernel, cpus: int, machine) -> int:
    """What holds of a kernel at its prompt, and that its own word for where it is agrees; returns where."""
    moved = check_kernel(kernel, cpus, runner(machine))
    if kernel.moves:
        assert panic(machine) == moved
    return moved


def report(kernel: Kernel, moves: list[int]) -> None:
    """A kernel that moves does not always move to the same place."""
    assert len(moves) == BOOTS and (len(set(moves)) > 1) == (kernel.moves and BOOTS > 1)
    print(f"{kernel.name}: {BOOTS} of {BOOTS} boots, moved by {' '.join(f'{move:#x}' for move in moves)}")


@by_kernel
def test_boots_as_root_zone(kernel, log):
    moves = []
    packed = pack_root(kernel)
    for number in range(1, BOOTS + 1):
        with Machine(log.with_suffix(f".{number}.log"), kernel=packed) as machine:
            machine.wait_prompt(BOOT_TIMEOUT)
            moves.append(check_boot(kernel, ROOT_CPUS, machine))
    report(kernel, moves)


@by_kernel
def test_boots_as_guest(kernel, root):
    moves = []
    for _ in range(BOOTS):
        root.bring_up(f"{MOUNT}/{kernel.name}.json")
        with root.console(kernel.name) as console:
            console.wait_shell(kernel.name, BOOT_TIMEOUT)
            moves.append(check_boot(kernel, GUEST_CPUS, root.machine))
        root.remove(kernel.name)
    report(kernel, moves)
