# SPDX-License-Identifier: GPL-2.0-or-later
"""What docs/performance.md and `make size` say of the hypervisor's size is what the benchmark measures."""

import re

import baseline
import page
import paths
import pytest
import sizes
from machine import tool_output

# What the page calls a number that `make size` prints, and how that ends there.
BUDGETS = {"text and constants": "bytes of text and constants, all together", "lines": r"lines in \d+ files"}


@pytest.fixture(scope="module")
def measured():
    return sizes.measure()


def test_the_page_has_the_sizes_of_this_build(measured):
    table = page.table(page.PAGE.read_text(encoding="utf-8"), "size")
    said = {name: int(value.replace(",", "")) for name, value in re.findall(r"^\| ([^|]+) \| ([\d,]+) \|", table, re.M)}
    assert said.keys() == measured.keys()
    assert said == pytest.approx(measured, rel=baseline.SHARE)


def test_the_budgets_count_the_same(measured):
    printed = tool_output("env", "-u", "MAKEFLAGS", "make", "-s", "-C", str(paths.TOP), "size")
    found = {name: int(re.search(rf"^ *(\d+) +{end}$", printed, re.M).group(1)) for name, end in BUDGETS.items()}
    assert found == {name: measured[name] for name in BUDGETS}
