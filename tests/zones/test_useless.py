# SPDX-License-Identifier: GPL-2.0-or-later
"""A stock Linux guest that runs, but of no use: the root zone is told, as far as the kernel lets it."""

import re

import pexpect
from machine import PATIENCE
from rootzone import EXAMPLES
from zonefiles import bare, linux


def start_linux(root, **more) -> str:
    """A zone with the stock kernel at its shell; returns its name."""
    root.bring_up(root.write_zone(linux("guest", [4, 5], **more)))
    with root.console("guest") as console:
        console.wait_shell("guest")
    return "guest"


def expect_panic(root, cause: str) -> None:
    """Waits for the end of a panic; the machine's own expect() takes any for a failure of the test."""
    root.machine.console.expect(f"end Kernel panic - not syncing: {cause}[^\n]*\n", timeout=120 * PATIENCE)


def listed(root, name: str) -> str:
    """The zone's line of the list."""
    return next(line for line in root.cli("zone list").splitlines() if f" {name} " in line)


def test_kernel_that_panicked_is_told(root):
    name = start_linux(root)
    assert root.zones()[name]["notice"] is None
    with root.console(name):
        root.machine.console.send("echo 0 > /proc/sys/kernel/panic; echo c > /proc/sysrq-trigger\n")
        expect_panic(root, "sysrq triggered crash")
    zone = root.zones()[name]
    assert (zone["state"], zone["notice"]) == ("RUNNING", "kernel panic")
    assert "; kernel panic" in listed(root, name)
    assert "notice      kernel panic: " in root.cli(f"zone show {name}")


def test_kernel_without_a_root_file_system_is_told(root):
    """The panic that people meet first; nothing of user space has run."""
    # The kernel tests its ciphers until it looks for a root file system: too many at once for 128 MiB.
    config = linux("guest", [4], memory="256M")
    del config["initrd_filepath"]
    root.bring_up(root.write_zone(config))
    with root.console("guest", scrollback=True):
        expect_panic(root, "VFS")
    assert root.zones()["guest"]["notice"] == "kernel panic"


def test_kernel_that_halted_is_told(root):
    name = start_linux(root)
    root.run("{ loongvisor events --json --count 1 --timeout 120 guest > /tmp/told & }")
    with root.console(name) as console:
        root.machine.console.send("halt -f\n")
        console.expect(r"RUNNING, reason: halted")
    zone = root.zones()[name]
    assert (zone["state"], zone["reason"], zone["notice"]) == ("RUNNING", "halted", "halted")
    assert '"reason":"halted"' in root.run("wait; cat /tmp/told").output
    root.cli(f"zone restart {name}")
    with root.console(name) as console:
        console.wait_shell("guest")
    assert root.zones()[name]["notice"] is None


def test_idle_guest_is_not_taken_for_a_halted_one(root):
    name = start_linux(root)
    with root.console(name) as console:
        console.run("echo 0 > /sys/devices/system/cpu/cpu1/online; sleep 3")
        assert console.run("cat /sys/devices/system/cpu/online").strip() == "0"
    assert root.zones()[name]["notice"] is None


def test_silent_zone_is_told_and_where_it_is(root):
    config = linux("guest", [4, 5])
    config["kernel_args"] = "console=tty0"
    root.bring_up(root.write_zone(config))
    assert root.zones()["guest"]["notice"] is None
    root.run("sleep 11")
    assert root.zones()["guest"]["notice"] == "silent"
    where = root.ask("zone show --where guest")["where"]
    assert where["vcpu"] == 0 and int(where["pc"], 0) != 0 and len(where["exits"]) == 32
    assert root.state("guest") == "RUNNING"


def test_where_a_zone_is_that_spins(root):
    root.bring_up(root.write_zone(bare("hostile", [6])))
    root.wait_prompt("hostile")
    root.order("hostile", "spin")
    places = {root.ask("zone show --where hostile")["where"]["pc"] for _ in range(3)}
    assert all(0x1000 < int(place, 0) & 0xFFFFFFFFFFFF < 0x1000000 for place in places), places
    text = root.cli("zone show --where hostile")
    assert re.search(r"held +vCPU 0 at PC 0x[0-9a-f]+", text)


def test_stop_says_that_a_sleeping_guest_does_not_hear(root):
    root.bring_up(f"{EXAMPLES}/debian-single/zone.json")
    with root.console("debian-single") as console:
        console.wait_shell("debian-single")
        root.machine.console.send("echo freeze > /sys/power/state\n")
        root.machine.pump(5)
        root.machine.console.send("echo aw''ake\n")
        answered = root.machine.console.expect(["awake", pexpect.TIMEOUT], timeout=3)
        assert answered == 1, "a key has woken the guest"
    said = root.run("loongvisor zone stop --timeout 5 debian-single 2>&1").output
    assert "stopping for 2 s, RUNNING; nothing in it has noticed the request yet" in said
    assert "nothing in it has noticed the request (it sleeps or hangs" in said and "forced" in said
    assert root.state("debian-single") == "STOPPED"


def test_history_outlives_the_zone(root):
    root.bring_up(root.write_zone(bare("hostile", [6], zone_id=9)))
    root.cli("zone restart hostile")
    root.cli("zone pause hostile")
    root.cli("zone resume hostile")
    root.remove("hostile")
    past = root.cli("events --history 9")
    states = re.findall(r"zone 9 \(hostile\): (\w+), reason: command", past)
    assert states[-12:] == [
        "CREATED", "STARTING", "RUNNING", "STOPPING", "STARTING", "RUNNING",
        "PAUSED", "RUNNING", "STOPPING", "STOPPED", "DESTROYING", "ABSENT",
    ]  # fmt: skip
    # Of that zone alone: the failures of other tests' zones would end this one.
    log = root.run("loongvisor log | grep 'zone 9'").output
    assert re.search(r"\] I zone 9 \(hostile\): PAUSED, reason: command", log)
