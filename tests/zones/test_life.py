# SPDX-License-Identifier: GPL-2.0-or-later
"""How a zone ends and begins again: by itself, by request, by force, by its watchdog, after a failure."""

import re

import pytest

import paths
from rootzone import EXAMPLES, SCRATCH
from zonefiles import bare, linux

CRASH = 1  # the number of that command of guests/hostile
MEMORY = 128 << 20  # of the Linux guests that the tests make
NOWHERE = 0x30000000  # where it has its exception entries when it crashes
HEADER = (paths.TOP / "include" / "loongvisor" / "zone_config.h").read_text(encoding="utf-8")
RESTART_LIMIT = int(re.search(r"#define LV_RESTART_LIMIT\s+(\d+)u", HEADER).group(1))


def start_hostile(root, **more) -> str:
    """A zone of guests/hostile at its prompt; returns its name."""
    config = bare("hostile", [6], **more)
    root.bring_up(root.write_zone(config))
    root.wait_prompt(config["name"])
    return config["name"]


def test_guest_powers_itself_off_and_is_started_again(root):
    root.bring_up(f"{EXAMPLES}/debian-single/zone.json")
    with root.console("debian-single") as console:
        console.wait_shell("debian-single")
        console.run("touch /tmp/from-before")
        root.machine.console.send("poweroff\n")
        console.expect("Power down", 60)
    zone = root.wait_state("debian-single", "STOPPED")
    assert zone["reason"] == "power-off" and zone["starts"] == 1
    assert root.run("uname").output.strip() == "Linux", "the root zone is there"
    root.cli("zone start debian-single")
    with root.console("debian-single") as console:
        console.wait_shell("debian-single")
        assert console.run("ls /tmp").strip() == "", "the guest's memory is that of before"
    assert root.zones()["debian-single"]["starts"] == 2


def test_guest_reboots_alone(root):
    root.bring_up(f"{EXAMPLES}/debian-single/zone.json")
    booted = root.run("cat /proc/sys/kernel/random/boot_id").output
    with root.console("debian-single") as console:
        console.wait_shell("debian-single")
        console.run("touch /tmp/from-before")
        root.machine.console.send("reboot\n")
        console.expect("Restarting system", 60)
        console.wait_shell("debian-single")
        assert console.run("ls /tmp").strip() == "", "the guest's memory is that of before"
    zone = root.zones()["debian-single"]
    assert (zone["state"], zone["reason"], zone["starts"]) == ("RUNNING", "reboot", 2)
    assert root.run("cat /proc/sys/kernel/random/boot_id").output == booted


def test_stop_asks_a_linux_guest_which_powers_itself_off(root):
    root.bring_up(f"{EXAMPLES}/debian-single/zone.json")
    with root.console("debian-single") as console:
        console.wait_shell("debian-single")
    said = root.cli("zone stop --timeout 300 debian-single", 400)
    assert "forced" not in said
    assert root.state("debian-single") == "STOPPED"
    assert "power-button: asked to stop" in root.printed("debian-single")


def test_stop_asks_a_bare_metal_guest_by_interrupt(root):
    root.bring_up(f"{EXAMPLES}/realtime/zone.json")
    root.wait_prompt("realtime")
    said = root.cli("zone stop --timeout 300 realtime", 400)
    assert "forced" not in said
    assert root.zones()["realtime"]["reason"] == "power-off"
    assert "asked to stop" in root.printed("realtime")


@pytest.mark.parametrize(
    ("misdeed", "said_of_it"),
    [("deaf", "does not stop by itself: forced"), ("spin", "nothing in it has noticed the request")],
    ids=["deaf", "spin"],
)
def test_zone_that_ignores_the_request_is_forced(root, misdeed, said_of_it):
    name = start_hostile(root)
    root.order(name, misdeed)
    said = root.run(f"loongvisor zone stop --timeout 3 {name} 2>&1").output
    assert any(said_of_it in line and line.endswith(": forced") for line in said.splitlines()), said
    zone = root.zones()[name]
    assert (zone["state"], zone["reason"]) == ("STOPPED", "command")
    root.cli(f"zone start {name}")
    root.wait_prompt(name)


def test_failed_zone_is_inspected_and_started_again(root):
    root.bring_up(f"{EXAMPLES}/crash/zone.json")
    root.wait_prompt("crash")
    root.order("crash", "crash")
    assert root.wait_state("crash", "FAILED")["reason"] == "failure"
    shown = root.ask("zone show crash")
    failure = shown["failure"]
    assert failure["vcpu"] == 0
    assert int(failure["pc"], 0) & 0xFFFFFFFFFFFF == NOWHERE, "it stood where its exception entry points"
    text = root.cli("zone show crash")
    assert "FAILED" in text
    root.cli("zone start crash")
    root.wait_prompt("crash")
    zone = root.zones()["crash"]
    assert (zone["state"], zone["starts"]) == ("RUNNING", 2)


def test_watchdog_restarts_a_zone_that_falls_silent(counted_root):
    name = start_hostile(counted_root, watchdog_ms=1000, on_watchdog="restart")
    counted_root.run("sleep 5")
    assert counted_root.zones()[name]["starts"] == 1, "fed, the watchdog must not bite"
    counted_root.order(name, "starve")
    zone = counted_root.wait_starts(name, 2)
    assert zone["reason"] == "watchdog"
    counted_root.wait_prompt(name)


def test_watchdog_fails_a_zone_that_spins(root):
    name = start_hostile(root, watchdog_ms=1000, on_watchdog="stop")
    root.order(name, "spin")
    zone = root.wait_state(name, "FAILED")
    assert zone["reason"] == "watchdog"


def test_linux_guest_feeds_its_watchdog(counted_root):
    counted_root.bring_up(counted_root.write_zone(linux("fed", [4, 5], watchdog_ms=60000, on_watchdog="stop")))
    with counted_root.console("fed") as console:
        console.wait_shell("fed")
    counted_root.run("sleep 200")
    assert counted_root.state("fed") == "RUNNING"


def test_restarts_by_policy_end_when_a_zone_fails_at_once_each_time(root):
    """A guest that crashes by its parameter, on_failure restart: LV_RESTART_LIMIT restarts, then FAILED."""
    config = bare("hostile", [6], on_failure="restart", modules=[root.write_params(CRASH)])
    root.cli(f"zone start --no-wait {root.write_zone(config)}")
    zone = root.wait_state("hostile", "FAILED")
    assert zone["reason"] == "too many restarts"
    assert zone["starts"] == 1 + RESTART_LIMIT


def test_restart_in_one_command(root):
    name = start_hostile(root)
    root.cli(f"zone restart {name}")
    root.wait_prompt(name)
    zone = root.zones()[name]
    assert (zone["state"], zone["reason"], zone["starts"]) == ("RUNNING", "command", 2)


def test_memory_of_a_destroyed_zone_is_clean(root):
    root.bring_up(root.write_zone(linux("writer", [4, 5])))
    with root.console("writer") as console:
        console.wait_shell("writer")
        console.run("dd if=/dev/zero bs=1M count=4 2> /dev/null | tr '\\0' 'S' > /tmp/secret")
    where = root.ram_hpa("writer")
    assert b"SSSSSSSSSSSSSSSS" in root.machine.qmp.save_physical(where, MEMORY, SCRATCH / "ram.bin")
    root.remove("writer")
    assert not any(root.machine.qmp.save_physical(where, MEMORY, SCRATCH / "ram.bin")), "a destroyed zone left something"
