# SPDX-License-Identifier: GPL-2.0-or-later
"""Two stock Debian guests beside the root zone, all three in use at once."""

import paths
from rootzone import EXAMPLES

GUESTS = {"debian-smp": 2, "debian-single": 1}  # and how many CPUs each has


def start_both(root) -> None:
    for name in GUESTS:
        root.bring_up(f"{EXAMPLES}/{name}/zone.json")
    for name in GUESTS:
        with root.console(name) as console:
            console.wait_shell(name)


def counted(root, name: str) -> int:
    """How far the counter in a guest is (start_counting)."""
    with root.console(name) as console:
        return int(console.run("cat /tmp/count"))


def start_counting(root, name: str) -> None:
    with root.console(name) as console:
        console.run("{ (n=0; while :; do n=$((n + 1)); echo $n > /tmp/count; sleep 1; done) & }")


def test_two_debian_guests_beside_the_root_zone(root):
    start_both(root)
    for name, cpus in GUESTS.items():
        with root.console(name) as console:
            assert console.run("uname -r").strip() == paths.kernel_release()
            assert console.run("hostname").strip() == name
            assert console.run("nproc").strip() == str(cpus)
            assert console.run("cat /proc/sys/kernel/tainted").strip() == "0"
    assert root.run("hostname").output.strip() == "root-zone"
    assert root.run("nproc").output.strip() == "4"
    listed = root.zones()
    assert {name: listed[name]["state"] for name in GUESTS} == dict.fromkeys(GUESTS, "RUNNING")


def test_consoles_of_all_are_usable_while_all_work(root):
    """Each guest counts seconds all the time; each shell answers while the others count."""
    start_both(root)
    for name in GUESTS:
        start_counting(root, name)
    root.run("(n=0; while :; do n=$((n + 1)); echo $n > /tmp/count; sleep 1; done) & echo $! > /tmp/counter")
    before = {name: counted(root, name) for name in GUESTS}
    root.run("sleep 5")
    after = {name: counted(root, name) for name in GUESTS}
    assert all(after[name] >= before[name] + 3 for name in GUESTS), (before, after)
    assert int(root.run("cat /tmp/count").output) > 3
    root.run("kill $(cat /tmp/counter)")


def interrupts(console, cpus: int) -> dict[str, list[int]]:
    """/proc/interrupts of a guest: counts on each CPU, by the name at the end of the line."""
    lines = [line.split() for line in console.run("cat /proc/interrupts").splitlines()]
    return {words[-1]: [int(word) for word in words[1 : 1 + cpus]] for words in lines if len(words) > 1 + cpus}


def test_both_vcpus_of_a_guest_take_interrupts_and_work(root):
    root.bring_up(f"{EXAMPLES}/debian-smp/zone.json")
    with root.console("debian-smp") as console:
        console.wait_shell("debian-smp")
        before = interrupts(console, 2)
        console.run("(for i in 0 1; do taskset -c $i sh -c 'i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done' & done; wait)", 120)
        after = interrupts(console, 2)
    for line in ("timer", "SWI0-IPI"):
        for cpu in range(2):
            assert after[line][cpu] > before[line][cpu], f"no {line} interrupt on vCPU {cpu}: {before} {after}"
    assert sum(after["ttyS0"]) > sum(before["ttyS0"]), "the console works without interrupts"


def test_console_shows_what_was_printed_before(root):
    root.bring_up(f"{EXAMPLES}/debian-single/zone.json")
    with root.console("debian-single") as console:
        console.wait_shell("debian-single")
    with root.console("debian-single", scrollback=True) as console:
        console.expect(r"Linux version \d")
        console.expect(r"Run /init as init process")
        assert console.run("hostname").strip() == "debian-single"
