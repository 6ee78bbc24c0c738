# SPDX-License-Identifier: GPL-2.0-or-later
"""The parts of include/loongvisor/ that tests look at, read from the headers so that there is one definition."""

import re

import paths


def _found(pattern: str, header: str = "zone_config.h") -> str:
    """The one group of the pattern, where the header has it."""
    return re.search(pattern, (paths.HEADERS / header).read_text(encoding="utf-8"), re.S).group(1)


# Where zones have their struct lv_zone_info_page.
INFO_GPA = int(_found(r"#define LV_INFO_PAGE\s+(0x[0-9a-f]+)u", "limits.h"), 16)


def info_magic() -> int:
    """LV_INFO_MAGIC."""
    return int(_found(r"#define LV_INFO_MAGIC\s+(0x[0-9a-f]+)"), 16)


def exit_causes() -> list[str]:
    """The names of enum lv_exit_cause in order, without the prefix: they index lv_vcpu_stats.exits."""
    return re.findall(r"X\((\w+),", _found(r"#define LV_EXIT_CAUSE_LIST\(X\)(.*?)\n\n"))


def info_stats() -> int:
    """offsetof(struct lv_zone_info_page, vcpus), as the header itself asserts."""
    return int(_found(r"offsetof\(struct lv_zone_info_page, vcpus\) == (\d+)"))


def stats_size() -> int:
    """sizeof(struct lv_vcpu_stats), as the header itself asserts."""
    return int(_found(r"sizeof\(struct lv_vcpu_stats\) == (\d+)"))
