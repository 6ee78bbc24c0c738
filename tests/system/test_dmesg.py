# SPDX-License-Identifier: GPL-2.0-or-later
"""The root zone's kernel warns of nothing that it does not warn of on the bare machine, but for an explained list."""

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from machine import bare_machine

DIFFERENCES = Path(__file__).with_name("dmesg-differences.txt")
WARNING = 4  # syslog's level; lower is worse


@dataclass(frozen=True)
class Difference:
    pattern: str
    reason: str


def expected_differences() -> list[Difference]:
    """The explained list: a regular expression per line, below the comment lines that say why it is there."""
    entries, reason = [], []
    for number, line in enumerate(DIFFERENCES.read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith("#"):
            reason.append(line.lstrip("# "))
        elif line.strip():
            assert reason, f"{DIFFERENCES.name}:{number}: {line!r} has no explanation above it"
            entries.append(Difference(line, " ".join(reason)))
        else:
            reason = []
    return entries


def warnings(machine) -> list[str]:
    """The messages of level warning and worse, without their time stamps."""
    found = []
    for line in machine.run("dmesg -r").lines():
        match = re.match(r"<(\d+)>\[[ 0-9.]+\] (.*)", line)
        if match and int(match.group(1)) % 8 <= WARNING:
            found.append(match.group(2))
    return found


def shape(message: str) -> str:
    """A message without its numbers: addresses, sizes and counts differ between two boots of one machine too."""
    return re.sub(r"0x[0-9a-f]+|\d+", "N", message)


def test_no_warning_that_the_bare_machine_lacks(boot):
    bare = Counter(shape(message) for message in warnings(boot(make=bare_machine)))
    messages = warnings(boot())
    assert bare, "the bare machine's kernel always warns of missing ACPI tables; without that the levels were misread"
    new = Counter(shape(message) for message in messages) - bare
    allowed = expected_differences()
    unexplained = [
        message
        for message in messages
        if shape(message) in new and not any(re.search(entry.pattern, message) for entry in allowed)
    ]
    assert not unexplained, "only the root zone warns: " + "; ".join(unexplained)
    stale = [entry.pattern for entry in allowed if not any(re.search(entry.pattern, message) for message in messages)]
    assert not stale, f"{DIFFERENCES.name} explains what no longer happens: {stale}"
