# SPDX-License-Identifier: GPL-2.0-or-later
"""The kernel's log in a zone: what it warns of, and lists that explain the warnings to be expected."""

import re
from dataclasses import dataclass
from pathlib import Path

WARNING = 4  # syslog's level; lower is worse


@dataclass(frozen=True)
class Expectation:
    pattern: str
    reason: str


def expectations(path: Path) -> list[Expectation]:
    """The explained list in a file: a regular expression per line, below the comment lines that say why it is there."""
    entries, reason = [], []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith("#"):
            reason.append(line.lstrip("# "))
        elif line.strip():
            assert reason, f"{path.name}:{number}: {line!r} has no explanation above it"
            entries.append(Expectation(line, " ".join(reason)))
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


def unexplained(messages: list[str], allowed: list[Expectation]) -> list[str]:
    """Those messages that no entry of the list explains."""
    return [message for message in messages if not any(re.search(entry.pattern, message) for entry in allowed)]
