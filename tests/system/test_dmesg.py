# SPDX-License-Identifier: GPL-2.0-or-later
"""The root zone's kernel warns of nothing that it does not warn of on the bare machine, but for an explained list."""

import re
from collections import Counter
from pathlib import Path

from image import root_cpus
from kernel_log import expectations, unexplained, warnings
from machine import bare_machine

DIFFERENCES = Path(__file__).with_name("dmesg-differences.txt")


def shape(message: str) -> str:
    """A message without its numbers: addresses, sizes and counts differ between two boots of one machine too."""
    return re.sub(r"0x[0-9a-f]+|\d+", "N", message)


def test_no_warning_that_the_bare_machine_lacks(boot):
    bare = boot(make=lambda log: bare_machine(log, smp=root_cpus()))
    bare = Counter(shape(message) for message in warnings(bare))
    messages = warnings(boot())
    assert bare, "the bare machine's kernel always warns of missing ACPI tables; without that the levels were misread"
    new = Counter(shape(message) for message in messages) - bare
    allowed = expectations(DIFFERENCES)
    left = unexplained([message for message in messages if shape(message) in new], allowed)
    assert not left, "only the root zone warns: " + "; ".join(left)
    stale = [entry.pattern for entry in allowed if not any(re.search(entry.pattern, message) for message in messages)]
    assert not stale, f"{DIFFERENCES.name} explains what no longer happens: {stale}"
