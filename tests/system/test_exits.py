# SPDX-License-Identifier: GPL-2.0-or-later
"""A zone in steady state makes no exit: the hypervisor's counters while the root zone computes."""

import abi
import image
from exits import exits_of
from machine import PROMPT

SPIN_SECONDS = 10
HZ = 250  # CONFIG_HZ of Debian's loong64 kernel

# The exits that Linux asks for itself while it computes: IPIs between its CPUs, at the sender and at the receiver.
IPI_CAUSES = {"HYPERCALL", "DOORBELL"}
# Computes on each CPU for a while, prints nothing, ends when all have ended.
SPIN = "(for c in $(seq 0 %d); do taskset $(printf %%x $((1 << c))) timeout %d sh -c 'while :; do :; done' & done; echo started''; wait)"
SPIN_STARTS = 2  # seconds until all of them compute


def timer_ticks(machine) -> int:
    """Timer interrupts of all CPUs so far."""
    counts = [count for name, count in machine.interrupts().items() if name.endswith(" timer")]
    assert len(counts) == 1, "/proc/interrupts has no timer"
    return counts[0]


def read_word(machine, offset: int) -> int:
    """A word of the info page as the zone sees it."""
    return int(machine.run(f"busybox devmem {abi.INFO_GPA + offset:#x} 64").output, 16)


def test_zone_sees_its_own_counters(root):
    assert read_word(root, 0) == abi.info_magic()
    assert read_word(root, 8) >> 32 == 0, "the root zone is zone 0"
    idle = abi.info_stats() + 8 * abi.exit_causes().index("IDLE")
    early = exits_of(root)[0]["IDLE"]
    assert early <= read_word(root, idle) <= exits_of(root)[0]["IDLE"]


def test_counters_count(root):
    """The opposite of the next test: where exits are due they are counted."""
    before = exits_of(root)
    root.pump(2.0)
    for early, late in zip(before, exits_of(root)):
        assert late["IDLE"] > early["IDLE"]


def wait_virtual(machine, seconds: float) -> None:
    end = machine.clock.seconds() + seconds
    while machine.clock.seconds() < end:
        machine.pump(0.1)


def spin(machine, least_ticks: float) -> None:
    """Computes in user space on every CPU and looks at ticks and exits during ten seconds of that."""
    vcpus = image.root_cpus()
    ticks = timer_ticks(machine)
    # Longer than is looked at: on a busy host what is waited for is noticed late.
    machine.console.send(SPIN % (vcpus - 1, 2 * SPIN_SECONDS) + "\n")
    # Until then every CPU may idle, and the time of a machine that counts instructions jumps.
    machine.expect(r"\nstarted\r?\n", timeout=SPIN_SECONDS, what="the computing to start")
    wait_virtual(machine, SPIN_STARTS)
    before = exits_of(machine)
    wait_virtual(machine, SPIN_SECONDS)
    # On a busy host the look takes long, and the computing would end meanwhile.
    machine.qmp.command("stop")
    after = exits_of(machine)
    machine.qmp.command("cont")
    machine.expect(PROMPT, timeout=SPIN_SECONDS * 6, what="the computing to end")
    ticks = (timer_ticks(machine) - ticks) / vcpus
    assert ticks >= least_ticks, f"only {ticks} ticks per CPU in {SPIN_SECONDS} s: the zone did not spin"
    for vcpu, (early, late) in enumerate(zip(before, after)):
        exits = late - early  # only what has grown
        assert exits["TIMER"] == 0
        assert set(exits) <= IPI_CAUSES, f"vCPU {vcpu}: {dict(exits)}"
        # One IPI for every tenth tick would be a pattern.
        assert exits.total() < SPIN_SECONDS * HZ / 10, f"vCPU {vcpu}: {dict(exits)}"


def test_spinning_with_the_tick_makes_no_exit_for_the_timer(root):
    """In real time a busy host takes the CPU away at times, and Linux then makes up for several ticks with one."""
    spin(root, least_ticks=SPIN_SECONDS * HZ * 0.1)


def test_spinning_makes_no_exit_by_instruction_count(counted_root):
    spin(counted_root, least_ticks=SPIN_SECONDS * HZ * 0.99)
