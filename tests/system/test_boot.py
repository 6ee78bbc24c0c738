# SPDX-License-Identifier: GPL-2.0-or-later
"""The stock Debian kernel reaches a shell in the root zone and runs there as it does on the bare machine."""

import re

import paths
from image import root_cpus
from machine import bare_machine


def test_uname_is_the_debian_kernel(root):
    assert root.run("uname -r").output.strip() == paths.kernel_release()
    words = root.run("uname -a").output
    assert "Debian" in words and "loongarch64" in words


def cpu_features(machine) -> list[str]:
    match = re.search(r"^Features\s*:(.*)$", machine.run("cat /proc/cpuinfo").output, re.M)
    assert match, "/proc/cpuinfo has no Features line"
    return match.group(1).split()


def test_lvz_is_hidden_from_the_root_zone(root, boot):
    features = cpu_features(root)
    bare = cpu_features(boot(make=lambda log: bare_machine(log, cpu="la464,lvz=on")))
    assert "lvz" in bare, "the machine itself does not show LVZ, so this test would prove nothing"
    assert features == [name for name in bare if name != "lvz"]


def test_root_zone_has_its_cpus(root):
    assert root.run("nproc").output.strip() == str(root_cpus())


def test_no_oops_and_no_taint(root):
    text = root.run("dmesg").output
    for word in ("Oops", "BUG:", "WARNING:", "Call Trace", "rcu_sched", "soft lockup", "hung_task"):
        assert word not in text, f"dmesg has {word!r}"
    assert root.run("cat /proc/sys/kernel/tainted").output.strip() == "0"


def test_no_watchpoints_and_no_counters_are_promised(root):
    """Neither works in a zone (docs/zones.md)."""
    assert "Found 0 breakpoint and 0 watchpoint registers" in root.run("dmesg | grep hw-breakpoint").output
    assert "no" in root.run("grep -m 1 'Hardware Watchpoint' /proc/cpuinfo").output
    sources = root.run("ls /sys/bus/event_source/devices").output.split()
    assert "software" in sources and "cpu" not in sources
