# SPDX-License-Identifier: GPL-2.0-or-later
"""The accounting of cyclictest's samples itself: it must notice a wake-up that is not there."""

import json

import cyclictest
from cyclictest import INTERVAL


def report(histogram: dict[int, int], beyond: int = 0, latest: int = 0) -> str:
    thread = {
        "histogram": {str(late): count for late, count in histogram.items()},
        "cycles": sum(histogram.values()) + beyond,
        "max": latest or max(histogram),
    }
    return json.dumps({"thread": {"0": thread}})


def test_a_wake_up_in_time_stands_for_its_period():
    assert cyclictest.periods(cyclictest.parse(report({5: 90, INTERVAL - 1: 10}))) == (100, 100)


def test_a_late_wake_up_stands_for_the_periods_that_it_slept_through():
    assert cyclictest.periods(cyclictest.parse(report({5: 90, INTERVAL + 1: 1, 7 * INTERVAL - 1: 1}))) == (99, 99)


def test_a_wake_up_just_at_the_end_of_a_period_may_have_missed_the_next():
    """By nanoseconds, which cyclictest compares but does not report: 10000.5 us late reads as 10000 and uses up two periods."""
    assert cyclictest.periods(cyclictest.parse(report({5: 90, INTERVAL: 1, 3 * INTERVAL: 1}))) == (94, 96)


def test_a_wake_up_beyond_the_histogram_is_bounded_by_the_latest():
    thread = cyclictest.parse(report({5: 90}, beyond=2, latest=120 * INTERVAL))
    assert thread.overflows == 2
    assert cyclictest.periods(thread) == (92, 90 + 2 * 121)
