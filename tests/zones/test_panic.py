# SPDX-License-Identifier: GPL-2.0-or-later
"""The root zone's kernel panics; the other zones go on, and the root zone comes back or stays down, as its policy says."""

import json
import re
from pathlib import Path

import paths
from image import pack_zone, symbol
from rootzone import EXAMPLES, SCRATCH, RootZone

ROOT_ZONE = paths.TOP / "boards" / "qemu-virt" / "root-8.json"
BOARD = paths.TOP / "boards" / "qemu-virt" / "board-8.json"
PANIC_TIMEOUT = 60


def pack_with(**fields) -> Path:
    """The image of `make run` with other fields in the root zone's file."""
    zone = json.loads(ROOT_ZONE.read_text(encoding="utf-8"))
    zone.update(fields)
    path = SCRATCH / "root-policy.json"
    path.write_text(json.dumps(zone), encoding="utf-8")
    return pack_zone(path, paths.KERNEL.parent, path.with_suffix(".elf"), BOARD)


def start_two(root: RootZone) -> None:
    """A Linux guest that counts, and the real-time guest."""
    root.bring_up(f"{EXAMPLES}/debian-single/zone.json")
    with root.console("debian-single") as console:
        console.wait_shell("debian-single")
        console.run("{ (n=0; while :; do n=$((n + 1)); echo $n > /tmp/count; sleep 1; done) & }")
    root.bring_up(f"{EXAMPLES}/realtime/zone.json")
    root.wait_prompt("realtime")


def guest_state(root: RootZone) -> tuple[str, int]:
    """Which boot of the guest this is, and how far it has counted."""
    with root.console("debian-single") as console:
        return console.run("cat /proc/sys/kernel/random/boot_id").strip(), int(console.run("cat /tmp/count"))


def wakeups(root: RootZone) -> int:
    with root.console("realtime") as console:
        console.type("print")
        return int(console.expect(r"wake-ups (\d+), lost").group(1))


def panic(root: RootZone) -> None:
    root.machine.console.send("echo c > /proc/sysrq-trigger\n")
    root.machine.console.expect(r"Kernel panic - not syncing: sysrq triggered crash", timeout=PANIC_TIMEOUT)


def test_other_zones_go_on_while_the_root_zone_panics_and_comes_back(own_root):
    root = own_root()
    start_two(root)
    boot, count = guest_state(root)
    ticks = wakeups(root)
    root.machine.qmp.forget_events()
    panic(root)
    root.machine.wait_prompt()
    listed = root.zones()
    assert {name: (zone["state"], zone["starts"]) for name, zone in listed.items() if not zone["root"]} == {
        "debian-single": ("RUNNING", 1),
        "realtime": ("RUNNING", 1),
    }
    assert listed["root"]["starts"] == 2
    boot_after, count_after = guest_state(root)
    assert boot_after == boot, "the guest was restarted"
    assert count_after > count, "the guest stood still while the root zone was away"
    assert wakeups(root) > ticks
    assert not root.machine.qmp.has_seen("RESET"), "the machine was reset"
    root.remove("debian-single")
    root.bring_up(f"{EXAMPLES}/debian-single/zone.json")


def test_other_zones_go_on_while_the_root_zone_stays_down(own_root):
    """Nobody can ask the zones then: the real-time guest's memory says that its timer goes on."""
    root = own_root(kernel=pack_with(on_reboot="stop"))
    start_two(root)
    # struct rt_lateness begins with the number of wake-ups.
    count_hpa = root.ram_hpa("realtime") + symbol("lateness", paths.GUESTS / "jitter.elf")
    panic(root)
    root.machine.pump(3)
    before = root.machine.qmp.read_physical(count_hpa, 1)[0]
    root.machine.pump(3)
    after = root.machine.qmp.read_physical(count_hpa, 1)[0]
    assert after > before, "the real-time guest stands still"
    assert not re.search(r"Loongvisor \d.*Loongvisor \d", root.machine.transcript.text, re.S), "the machine has restarted"
