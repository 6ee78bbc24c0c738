# SPDX-License-Identifier: GPL-2.0-or-later
"""Zones with devices: what their files make of the memory, the command line and the PCI bus of a stock kernel."""

import re

from zonefiles import linux

MIB = 1 << 20
# As docs/zones.md has the layout of a zone with a window; the low RAM ends behind the table of bounce buffers.
LOW_END = 0x2C4000
WINDOW = 0x400000
WINDOW_END = WINDOW + 68 * MIB
BOUNCE_END = WINDOW + 64 * MIB
PRIVATE = 0x1_0000_0000


def ranges(console, name: str) -> list[tuple[int, int]]:
    """Of /proc/iomem: first byte and the one behind the last."""
    rows = re.findall(rf"^ *([0-9a-f]+)-([0-9a-f]+) : {name}", console.run("cat /proc/iomem"), re.MULTILINE)
    return [(int(first, 16), int(last, 16) + 1) for first, last in rows]


def test_a_stock_kernel_lives_above_its_window(root):
    """Private RAM is above 4 GiB; all of the window that the kernel has taken for itself is its bounce buffers."""
    zone = linux("served", [6], memory="256M", devices=[{"rng": True}, {"net": "user"}, {"console": True}])
    zone["kernel_args"] = "console=ttyS0,115200 hostname=served"
    root.bring_up(root.write_zone(zone))
    configuration = root.ask("zone show served")["configuration"]
    shared = {int(region["gpa"], 0): region["shared"] for region in configuration["regions"] if region["type"] == "ram"}
    assert shared == {0: False, WINDOW: True, PRIVATE: False}
    assert [device["name"] for device in configuration["devices"]] == ["rng0", "net0", "console0"]
    with root.console("served") as console:
        console.wait_shell("served")
        assert ranges(console, "System RAM") == [(0, LOW_END), (WINDOW, WINDOW_END), (PRIVATE, PRIVATE + 184 * MIB)]
        low = [taken for taken in ranges(console, "Reserved") if taken[0] < PRIVATE]
        assert low == [(0, 2 * MIB), (2 * MIB, LOW_END), (WINDOW, BOUNCE_END)], low
        assert f"mapped [mem {WINDOW:#018x}-{BOUNCE_END:#018x}]" in console.run("dmesg | grep 'software IO TLB'")
        bus = console.run("dmesg | grep pci")
    assert "PCI host bridge to bus 0000:00" in bus
    assert f"IB MEM {WINDOW:#012x}..{WINDOW_END - 1:#012x} -> {WINDOW:#012x}" in bus
