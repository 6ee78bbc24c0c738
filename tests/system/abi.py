# SPDX-License-Identifier: GPL-2.0-or-later
"""The parts of include/loongvisor/ that tests look at, read from the headers so that there is one definition."""

import re

import paths

INFO_GPA = 0xFF00000000  # where the root zone's configuration puts its struct lv_zone_info_page
INFO_STATS = 64  # byte offset of lv_zone_info_page.vcpus


def _header() -> str:
    return paths.ABI_HEADER.read_text(encoding="utf-8")


def info_magic() -> int:
    """LV_INFO_MAGIC."""
    return int(re.search(r"#define LV_INFO_MAGIC\s+(0x[0-9a-f]+)", _header()).group(1), 16)


def exit_causes() -> list[str]:
    """The names of enum lv_exit_cause in order, without the prefix: they index lv_vcpu_stats.exits."""
    body = re.search(r"#define LV_EXIT_CAUSE_LIST\(X\)(.*?)\n\n", _header(), re.S).group(1)
    return re.findall(r"X\((\w+),", body)


def stats_size() -> int:
    """sizeof(struct lv_vcpu_stats), as the header itself asserts."""
    return int(re.search(r"sizeof\(struct lv_vcpu_stats\) == (\d+)", _header()).group(1))
