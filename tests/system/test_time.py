# SPDX-License-Identifier: GPL-2.0-or-later
"""Time in the root zone: a sleep takes as long as it says, and waiting costs the host nothing."""

import pytest

SLEEP = 10
TOLERANCE = 0.01
ATTEMPTS = 3
SHORT_SLEEPS = 1000
IDLE_SECONDS = 10
IDLE_SHARE = 0.10  # of one core


def sleep_by_both_clocks(machine) -> tuple[float, float]:
    """Runs `sleep` in the guest; returns its length by the guest's clock and by the emulator's virtual clock."""
    machine.console.send(
        f"read a x </proc/uptime; echo sleep''-starts; sleep {SLEEP}; echo sleep''-ends; "
        'read b x </proc/uptime; echo uptimes"="$a,$b.\n'
    )
    machine.expect("sleep-starts", what="the sleep to start")
    start = machine.clock.seconds()
    machine.expect("sleep-ends", timeout=SLEEP * 6, what="the sleep to end")
    virtual = machine.clock.seconds() - start
    match = machine.expect(r"uptimes=([0-9.]+),([0-9.]+)\.\r?\n", what="the guest's clock")
    return float(match.group(2)) - float(match.group(1)), virtual


def assert_ten_seconds(guest: float, virtual: float) -> None:
    assert guest == pytest.approx(SLEEP, rel=TOLERANCE), "by the guest's clock"
    assert virtual == pytest.approx(SLEEP, rel=TOLERANCE), "by the emulator's virtual clock"


def test_sleep_takes_its_time(root):
    """A host that is busy elsewhere can make a sleep longer, never shorter, so one that took longer is repeated."""
    for _ in range(ATTEMPTS):
        guest, virtual = sleep_by_both_clocks(root)
        if max(guest, virtual) <= SLEEP * (1 + TOLERANCE):
            break
    assert_ten_seconds(guest, virtual)


def test_sleep_takes_its_time_by_instruction_count(counted_root):
    """
    Virtual time jumps ahead there while the guest waits, faster than the host can look. So the guest itself reads the
    virtual clock from the device that counts it, before and after.
    """
    counted_root.clock.enable()
    read = f"busybox devmem {counted_root.clock.COUNTER:#x} 32"
    words = counted_root.run(
        f"read a x </proc/uptime; c=$({read}); sleep {SLEEP}; d=$({read}); read b x </proc/uptime; echo $a $b $c $d",
        timeout=SLEEP * 6,
    ).output.split()
    ticks = int(words[3], 16) - int(words[2], 16)
    assert_ten_seconds(float(words[1]) - float(words[0]), ticks / counted_root.clock.FREQUENCY)


def test_every_short_sleep_ends(root):
    """A timer that fires while the hypervisor prepares to wait must not be missed: nothing else would end that wait."""
    root.run(f"for i in $(seq {SHORT_SLEEPS}); do usleep 20; done", timeout=120)


def test_idle_root_zone_leaves_the_host_idle(root):
    root.pump(2.0)
    before = root.cpu_seconds()
    root.pump(IDLE_SECONDS)
    share = (root.cpu_seconds() - before) / IDLE_SECONDS
    assert share < IDLE_SHARE, f"QEMU used {share:.0%} of a core while the root zone had nothing to do"
