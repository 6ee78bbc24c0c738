# SPDX-License-Identifier: GPL-2.0-or-later
"""
The root zone under all kinds of load at once, on all its CPUs: nothing hangs, nothing is lost, nothing is wrong.

LOONGVISOR_LOAD_SECONDS says for how long (make test: five minutes, make test-load: 30). The same is done for a while by
instruction count, where the host's other work delays nothing and a wake-up that comes late comes late by our fault.
"""

import os
import re
import time

import cyclictest
from kernel_log import expectations, unexplained, warnings
from loaded import CPUS, EXPECTED_MESSAGES, GATEWAY, ZONE_ROOT, file_of, troubles

SECONDS = int(os.environ.get("LOONGVISOR_LOAD_SECONDS", "300"))
# Programs start one after another on a busy machine, and wind down at the end.
SPARE = 120.0
LOOK_EVERY = 20.0
# The shell must answer within this time although everything else is busy.
ANSWER_TIMEOUT = 60.0
# Microseconds. A wake-up later than this was lost. In real time the bound is wide: a busy host takes all CPUs away from the
# machine for seconds. By instruction count the four CPUs share 62.5 million instructions a second.
LATEST = 20_000_000
LATEST_COUNTED = 500_000
COUNTED_SECONDS = 20
# Real time for a second by instruction count.
COUNTED_SLOWNESS = 20
STRESSORS = {"cpu", "vm", "fork", "switch", "timer"}


def uptime(machine) -> float:
    return float(machine.run("cut -d ' ' -f 1 /proc/uptime", timeout=ANSWER_TIMEOUT).output)


def start(machine, web, seconds: int) -> None:
    url = f"http://{GATEWAY}:{web.port}/file"
    machine.run(f"(chroot {ZONE_ROOT} /usr/sbin/load {seconds} {url} {web.sha256} > /tmp/load.log 2>&1 &)")


def watch(machine, longest: float) -> float:
    """Asks the shell something every now and then until the load has ended; returns the longest that an answer took."""
    slowest = 0.0
    deadline = time.monotonic() + longest
    while True:
        machine.pump(LOOK_EVERY)
        asked = time.monotonic()
        done = machine.run("grep -c 'load: done' /tmp/load.log", timeout=ANSWER_TIMEOUT, check=False)
        slowest = max(slowest, time.monotonic() - asked)
        found = troubles(machine)
        assert not found, "\n".join(found)
        if done.status == 0:
            return slowest
        if time.monotonic() > deadline:
            machine.fail(f"the load did not end: {machine.run('ps; cat /tmp/load.log', timeout=ANSWER_TIMEOUT).output}")


def rounds(machine, name: str) -> int:
    """How often a part of the load ran; it must never have failed."""
    text = file_of(machine, name)
    match = re.search(r"rounds=(\d+) failures=(\d+)", text)
    assert match, f"{name} wrote {text!r}"
    log = machine.run(f"tail -n 5 {ZONE_ROOT}/tmp/load/{name}.log", timeout=ANSWER_TIMEOUT).output
    assert match.group(2) == "0", f"{name}: {match.group(0)}: {log}"
    return int(match.group(1))


def samples(machine, seconds: int, bound: int) -> list[cyclictest.Thread]:
    """Every period of every CPU's thread is accounted for, and none came so late that it must have been lost."""
    threads = [cyclictest.parse(file_of(machine, f"cyclictest.{cpu}")) for cpu in range(CPUS)]
    expected = seconds * 1_000_000 // cyclictest.INTERVAL
    for number, thread in enumerate(threads):
        assert thread.overflows >= 0 and thread.cycles > 0
        least, most = cyclictest.periods(thread)
        # A thread ends at its first wake-up after its time: the last period begins before the end, or is late beyond it.
        latest_end = expected + thread.latest // cyclictest.INTERVAL + 1
        assert most >= expected - 1 and least <= latest_end, f"CPU {number}: {least} to {most} periods instead of {expected}"
        assert thread.latest < bound, f"CPU {number}: a wake-up came {thread.latest} us late"
    return threads


def assert_stress_passed(machine) -> None:
    text = file_of(machine, "stress")
    passed = re.search(r"passed: \d+: (.*)", text)
    assert passed, text[-1500:]
    assert set(re.findall(r"(\w+) \(\d+\)", passed.group(1))) == STRESSORS, text[-1500:]
    assert "failed: 0" in text and "fail:" not in text, text[-1500:]


def stolen(machine) -> int:
    """Time that the kernel thinks was taken from its CPUs (the eighth number of /proc/stat's first line)."""
    return int(machine.run("head -n 1 /proc/stat", timeout=ANSWER_TIMEOUT).output.split()[8])


def assert_well(machine) -> dict[str, int]:
    """No part of the load failed, and the kernel complains of nothing; returns how often the parts ran."""
    assert_stress_passed(machine)
    counts = {name: rounds(machine, name) for name in ("hackbench", "disk", "network")}
    assert all(count > 0 for count in counts.values()), counts
    left = unexplained(warnings(machine), expectations(EXPECTED_MESSAGES))
    assert not left, "the kernel warned under load: " + "; ".join(left)
    assert machine.run("cat /proc/sys/kernel/tainted").output.strip() == "0"
    assert machine.run("nproc").output.strip() == str(CPUS)
    assert stolen(machine) == 0, "nothing runs on a vCPU's CPU but the vCPU"
    return counts


def summary(threads: list[cyclictest.Thread]) -> str:
    return (
        f"cyclictest: {[thread.cycles for thread in threads]} wake-ups, latest {[thread.latest for thread in threads]} us, "
        f"{[thread.overflows for thread in threads]} over 1 s"
    )


def test_load(loaded, web):
    boot_time, started, clock_started = uptime(loaded), time.monotonic(), loaded.clock.seconds()
    start(loaded, web, SECONDS)
    slowest = watch(loaded, SECONDS + SPARE)
    passed, clock = uptime(loaded) - boot_time, loaded.clock.seconds() - clock_started
    assert abs(passed - clock) < 2.0, f"by the zone's clock {passed:.1f} s passed, by the machine's {clock:.1f} s"
    threads = samples(loaded, SECONDS, LATEST)
    counts = assert_well(loaded)
    took = time.monotonic() - started
    print(f"load for {SECONDS} s (took {took:.0f} s): {counts}; slowest answer of the shell {slowest:.1f} s; {summary(threads)}")


def test_load_by_instruction_count(counted_loaded, web):
    start(counted_loaded, web, COUNTED_SECONDS)
    watch(counted_loaded, COUNTED_SECONDS * COUNTED_SLOWNESS)
    threads = samples(counted_loaded, COUNTED_SECONDS, LATEST_COUNTED)
    counts = assert_well(counted_loaded)
    print(f"load for {COUNTED_SECONDS} s by instruction count: {counts}; {summary(threads)}")
