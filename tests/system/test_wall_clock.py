# SPDX-License-Identifier: GPL-2.0-or-later
"""The root zone's date is that of the board's real-time clock, whatever that says."""

import calendar
import time

import pytest

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
