# SPDX-License-Identifier: GPL-2.0-or-later
"""
The root zone under all kinds of load at once, on all its CPUs: nothing hangs, nothing is lost, nothing is wrong.

LOONGVISOR_LOAD_SECONDS says for how long (make test: 5 minutes, make test-load: 30).
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
# machine for seconds.
LATEST = 20_000_000
STRESSORS = {"cpu", "vm", "fork", "switch", "timer"}


def uptime(machine) -> float:
    return float(machine.run("cut -d ' ' -f 1 /proc/uptime", timeout=ANSWER_TIMEOUT).output)


def watch(machine) -> float:
    """Asks the shell something every now and then until the load has ended; returns the longest that an answer took."""
    slowest = 0.0
    deadline = time.monotonic() + SECONDS + SPARE
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


def assert_all_samples(threads: list[cyclictest.Thread]) -> None:
    """Every period of every CPU's thread is accounted for, and none came so late that it must have been lost."""
    expected = SECONDS * 1_000_000 // cyclictest.INTERVAL
    for number, thread in enumerate(threads):
        assert thread.overflows >= 0 and thread.cycles > 0
        least, most = cyclictest.periods(thread)
        # A thread ends at its first wake-up after its time: the last period begins before the end, or is late beyond it.
        latest_end = expected + thread.latest // cyclictest.INTERVAL + 1
        assert most >= expected - 1 and least <= latest_end, f"CPU {number}: {least} to {most} periods instead of {expected}"
        assert thread.latest < LATEST, f"CPU {number}: a wake-up came {thread.latest} us late"


def assert_stress_passed(text: str) -> None:
    passed = re.search(r"passed: \d+: (.*)", text)
    assert passed, text[-1500:]
    assert set(re.findall(r"(\w+) \(\d+\)", passed.group(1))) == STRESSORS, text[-1500:]
    assert "failed: 0" in text and "fail:" not in text, text[-1500:]


def stolen(machine) -> int:
    """Time that the kernel thinks was taken from its CPUs (the eighth number of /proc/stat's first line)."""
    return int(machine.run("head -n 1 /proc/stat", timeout=ANSWER_TIMEOUT).output.split()[8])


def test_load(loaded, web, record_property):
    boot_time, started, clock_started = uptime(loaded), time.monotonic(), loaded.clock.seconds()
    url = f"http://{GATEWAY}:{web.port}/file"
    loaded.run(f"(chroot {ZONE_ROOT} /usr/sbin/load {SECONDS} {url} {web.sha256} > /tmp/load.log 2>&1 &)")
    slowest = watch(loaded)
    passed, clock = uptime(loaded) - boot_time, loaded.clock.seconds() - clock_started
    assert abs(passed - clock) < 2.0, f"by the zone's clock {passed:.1f} s passed, by the machine's {clock:.1f} s"

    threads = [cyclictest.parse(file_of(loaded, f"cyclictest.{cpu}")) for cpu in range(CPUS)]
    assert_all_samples(threads)
    assert_stress_passed(file_of(loaded, "stress"))
    counts = {name: rounds(loaded, name) for name in ("hackbench", "disk", "network")}
    assert all(count > 0 for count in counts.values()), counts
    left = unexplained(warnings(loaded), expectations(EXPECTED_MESSAGES))
    assert not left, "the kernel warned under load: " + "; ".join(left)
    assert loaded.run("cat /proc/sys/kernel/tainted").output.strip() == "0"
    assert loaded.run("nproc").output.strip() == str(CPUS)
    assert stolen(loaded) == 0, "nothing runs on a vCPU's CPU but the vCPU"
    record_property("rounds", counts)
    print(
        f"load for {SECONDS} s (took {time.monotonic() - started:.0f} s): {counts}; slowest answer of the shell {slowest:.1f} s; "
        f"cyclictest: {[thread.cycles for thread in threads]} wake-ups, latest {[thread.latest for thread in threads]} us, "
        f"{[thread.overflows for thread in threads]} over 1 s"
    )
