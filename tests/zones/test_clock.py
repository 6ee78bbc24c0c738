# SPDX-License-Identifier: GPL-2.0-or-later
"""A guest's date is right after its boot, after its restart, and after a pause."""

import time

from rootzone import EXAMPLES

NAME = "debian-single"
TOLERANCE = 1.0
# What the guest's answer takes to the test.
LATENCY = 0.5
# Says a second when it begins.
NEXT_SECOND = "a=$(date +%s); while [ $(date +%s) = $a ]; do :; done; date +%s"
PAUSE_SECONDS = 5


def check_date(root) -> None:
    with root.console(NAME) as console:
        said = int(console.run(NEXT_SECOND))
        now = time.time()
    assert said - TOLERANCE <= now <= said + TOLERANCE + LATENCY


def wait_shell(root) -> None:
    with root.console(NAME) as console:
        console.wait_shell(NAME)


def test_date_of_a_guest(root):
    root.bring_up(f"{EXAMPLES}/{NAME}/zone.json")
    wait_shell(root)
    check_date(root)
    root.cli(f"zone pause {NAME}")
    time.sleep(PAUSE_SECONDS)
    root.cli(f"zone resume {NAME}")
    check_date(root)
    root.cli(f"zone restart {NAME}")
    wait_shell(root)
    check_date(root)
