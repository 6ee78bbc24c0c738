# SPDX-License-Identifier: GPL-2.0-or-later
"""The root zone's date is that of the board's real-time clock, whatever that says."""

import calendar
import json
import time

import pytest

import image
import paths

TOLERANCE = 1.0
# What the guest's answer takes to the test.
LATENCY = 0.5
# Says a second when it begins.
NEXT_SECOND = "a=$(date +%s); while [ $(date +%s) = $a ]; do :; done; date +%s"
NOW = "utc"
# Around a leap day, a turn of the year, and far from when the test runs.
DATES = ("2028-02-29T23:59:30", "2031-12-31T23:58:00")


def base_seconds(date: str) -> int:
    return calendar.timegm(time.strptime(date, "%Y-%m-%dT%H:%M:%S"))


def wait_for_a_second_to_begin() -> None:
    """QEMU counts from the whole second in which it starts."""
    time.sleep(1.0 - time.time() % 1.0)


@pytest.mark.parametrize("date", (NOW, *DATES))
def test_root_zone_has_the_date_of_the_board(boot, date):
    wait_for_a_second_to_begin()
    offset = 0 if date == NOW else base_seconds(date) - int(time.time())
    machine = boot(options=("-rtc", f"base={date}"))
    said = int(machine.run(NEXT_SECOND).output)
    assert said - TOLERANCE <= time.time() + offset <= said + TOLERANCE + LATENCY


def test_without_a_clock_linux_has_none_and_says_so_nowhere(boot):
    """GetTime fails, and the kernel begins in 1970 as on any machine without a clock."""
    board = json.loads(image.BOARD.read_text(encoding="utf-8"))
    del board["rtc_base"]
    path = paths.SCRATCH / "clockless.json"
    path.write_text(json.dumps(board), encoding="utf-8")
    kernel = image.pack_zone(image.ROOT_ZONE, paths.KERNEL.parent, paths.SCRATCH / "clockless.elf", board=path)
    machine = boot(kernel=kernel)
    assert machine.run("ls /sys/class/rtc").output.strip() == ""
    assert int(machine.run("date +%s").output) < 3600
