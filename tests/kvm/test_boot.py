# SPDX-License-Identifier: GPL-2.0-or-later
"""Boot after boot: stock host, KVM, stock guest to its shell, checks there, power off on both levels."""

import hashlib
import os
import re

import pytest

import nested
import paths

ROUNDS = int(os.environ.get("LOONGVISOR_KVM_BOOTS", "25"))


def check_identity(guest, vcpus):
    """The stock kernel, as many CPUs as asked for, and no LVZ: KVM hides it from its guests."""
    assert guest.run("uname -r").output.strip() == paths.kernel_release()
    assert guest.run("nproc").output.strip() == str(vcpus)
    assert guest.run("hostname").output.strip() == "guest"
    assert guest.run("test -e /dev/kvm", check=False).status == 1


def check_memory(guest):
    """What was read from the initramfs, written and copied is what it should be."""
    busybox = next((paths.BUILD / "images" / "debian").glob("*/**/bin/busybox"))
    expected = hashlib.sha256(busybox.read_bytes()).hexdigest()
    assert guest.run("sha256sum /bin/busybox").output.split()[0] == expected
    write = "dd if=/dev/urandom of=/tmp/a bs=1M count=16 2>/dev/null; cp /tmp/a /tmp/b"
    sums = guest.run(f"{write}; sha256sum < /tmp/a; sha256sum < /tmp/b; rm /tmp/[ab]", timeout=120).lines()
    assert len(sums) == 2 and sums[0] == sums[1]


def check_processes(guest):
    """Processes come and go, and floating point in several at once does not get mixed up."""
    script = "awk -v n=$i 'BEGIN { for (k = 1; k <= 20000; k++) s += n / (k * k); printf \"%d %.9f\\n\", n, s / n }'"
    lines = guest.run(f"for i in 1 2 3 4; do {script} & done; wait", timeout=120).lines()
    sums = dict(re.findall(r"^(\d) ([\d.]+)$", "\n".join(lines), re.M))
    assert set(sums) == {"1", "2", "3", "4"}
    expected = f"{sum(1 / (k * k) for k in range(1, 20001)):.9f}"
    assert set(sums.values()) == {expected}
    done = guest.run("n=0; for i in $(seq 100); do /bin/busybox true && n=$((n + 1)); done; echo $n", timeout=120)
    assert done.output.strip() == "100"


def sleep_time(guest, seconds):
    """What the guest's clock says that a sleep took, with the processes that it needs."""
    lines = guest.run(f"cat /proc/uptime; sleep {seconds}; cat /proc/uptime", timeout=60).lines()
    start, end = (float(line.split()[0]) for line in lines)
    return end - start


def check_time(guest, vcpus):
    """The clock runs, the timer interrupts every CPU that works, and sleeping takes as long as asked for."""
    before = guest.interrupts()
    processes = sleep_time(guest, 0)  # much on a busy test machine
    assert 3.0 <= sleep_time(guest, 3) < 4.0 + processes
    loops = "".join(f"taskset {1 << cpu:x} sh -c 'for i in $(seq 20000); do :; done' & " for cpu in range(vcpus))
    guest.run(f"{loops} wait", timeout=60)
    after = guest.interrupts()
    timer = next(name for name in after if "timer" in name)
    assert after[timer] - before[timer] > 3


def boot_once(new_host, smp, vcpus):
    """One host boot with one guest boot; returns the seconds that the guest took to its shell."""
    host = new_host(smp)
    took = nested.enter_guest(host, vcpus)
    check_identity(host, vcpus)
    check_memory(host)
    check_processes(host)
    check_time(host, vcpus)
    nested.assert_no_trouble(host)
    nested.leave_guest(host)
    nested.assert_no_warning(host)
    nested.stop_host(host)
    return took


@pytest.mark.short
def test_one_boot(new_host):
    """The part of `make test`."""
    boot_once(new_host, 2, 1)


@pytest.mark.parametrize("vcpus", [1, 2])
@pytest.mark.parametrize("smp", [1, 2, 4])
def test_boots(new_host, smp, vcpus, capsys):
    """LOONGVISOR_KVM_BOOTS rounds (25) of each combination; the first failure ends the test and names its round."""
    for number in range(1, ROUNDS + 1):
        try:
            took = boot_once(new_host, smp, vcpus)
        except AssertionError as error:
            raise AssertionError(f"round {number} of {ROUNDS}: {error}") from error
        with capsys.disabled():
            print(f"  host -smp {smp}, guest -smp {vcpus}: boot {number} of {ROUNDS}, guest's shell after {took:.1f} s")
