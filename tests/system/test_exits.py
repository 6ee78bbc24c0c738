# SPDX-License-Identifier: GPL-2.0-or-later
"""A zone in steady state makes no exit: the hypervisor's counters while the root zone computes."""

import re

import abi

SPIN_SECONDS = 10
HZ = 250  # CONFIG_HZ of Debian's loong64 kernel

# Reads the counters of vCPU 0 into the variable named by $1, through the page that the hypervisor shows to the zone.
READ_COUNTERS = (
    "counters() { for i in $(seq 0 {last}); do busybox devmem $(printf 0x%x $(({base} + 8 * i))) 64; done; }"
)


def read_word(machine, offset: int) -> int:
    return int(machine.run(f"busybox devmem {abi.INFO_GPA + offset:#x} 64").output, 16)


def define_counters(machine) -> None:
    base = abi.INFO_GPA + abi.INFO_STATS
    last = len(abi.exit_causes()) - 1
    machine.run(READ_COUNTERS.replace("{last}", str(last)).replace("{base}", f"{base:#x}"))


def counters_around(machine, command: str, timeout: float) -> dict[str, int]:
    """Exits by cause that vCPU 0 made while a command ran, which prints nothing meanwhile."""
    define_counters(machine)
    output = machine.run(f'a=$(counters); {command}; b=$(counters); echo $a; echo $b', timeout=timeout).output
    before, after = ([int(word, 16) for word in line.split()] for line in output.splitlines()[-2:])
    causes = abi.exit_causes()
    assert len(before) == len(after) == len(causes)
    return {cause: late - early for cause, early, late in zip(causes, before, after)}


def timer_ticks(machine) -> int:
    match = re.search(r"^\s*\d+:\s+(\d+)\s+.*\btimer\s*$", machine.run("cat /proc/interrupts").output, re.M)
    assert match, "/proc/interrupts has no timer"
    return int(match.group(1))


def test_info_page_is_there_and_read_only(root):
    assert read_word(root, 0) == abi.info_magic()
    assert read_word(root, 8) >> 32 == 0, "the root zone is zone 0"


def test_counters_count(root):
    """The opposite of the next test: where exits are due they are counted."""
    exits = counters_around(root, "sleep 2", timeout=20)
    assert exits["IDLE"] > 0, exits


def spin(machine, least_ticks: float) -> None:
    """Computes in user space for ten seconds and looks at ticks and exits meanwhile."""
    before = timer_ticks(machine)
    exits = counters_around(machine, f"timeout {SPIN_SECONDS} sh -c 'while :; do :; done'", timeout=SPIN_SECONDS * 6)
    ticks = timer_ticks(machine) - before
    assert ticks >= least_ticks, f"only {ticks} ticks in {SPIN_SECONDS} s: the zone did not spin"
    assert exits["TIMER"] == 0, exits
    # Starting processes makes a few exits (cache operations, cpucfg); one for every tenth tick would be a pattern.
    assert sum(exits.values()) < ticks / 10, exits


def test_spinning_with_the_tick_makes_no_exit_for_the_timer(root):
    """In real time a busy host takes the CPU away at times, and Linux then makes up for several ticks with one."""
    spin(root, least_ticks=SPIN_SECONDS * HZ * 0.5)


def test_spinning_makes_no_exit_by_instruction_count(counted_root):
    spin(counted_root, least_ticks=SPIN_SECONDS * HZ * 0.99)
