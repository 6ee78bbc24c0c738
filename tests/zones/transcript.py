# SPDX-License-Identifier: GPL-2.0-or-later
"""
Sessions as a person has them at the root zone's terminal, written down for a page: what is typed, and what comes.

A page has its session between two marks. Two sessions are the same in substance when they differ in nothing but numbers,
in how columns are aligned, and in lines that are there or not by chance (VARYING).
"""

import re
from pathlib import Path

import pexpect

from machine import PATIENCE
from rootzone import ESCAPE, RootZone

BEGIN, END = "<!-- session: begin -->", "<!-- session: end -->"
ROOT_PROMPT = "root@root-zone:~# "
LEFT_OUT = "[...]"
TIMEOUT = 180.0
# Seconds in which nothing comes any more.
QUIET = 1.0
# Wider than any line.
COLUMNS = 200
# Said when something takes longer than two seconds, on a busy host; not for pages.
PROGRESS = r"loongvisor: zone .*( for \d+ s, [A-Z]+| of \d+ MiB loaded)$"
# Rows of a histogram, of exits by cause, of the last exits before a failure.
ROWS = (r"  below \d+ ns: ", r"  [a-z0-9-]+( +[0-9.]+)+$", r"    [0-9a-f]{16}  [A-Z]+ +[0-9a-f]{8}$")
# A console whose input has ended shows what was printed by then: of "crash", typed into it, the echo and what came of it or not.
ECHOES = (r"cr?a?s?h?$", r"\[zone \d+ \(crash\): FAILED, reason: failure\]$")
VARYING = (PROGRESS, *ROWS, *ECHOES)
# What a terminal is asked and told; nobody sees it.
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Session:
    """Types at the machine's serial line and keeps what a person would see."""

    def __init__(self, root: RootZone):
        self.root = root
        self._console = root.machine.console
        self._prompt = ROOT_PROMPT
        self._text = ""

    def type(self, line: str, end: str = "\n") -> None:
        """Types a line, waits for the prompt and keeps what was printed."""
        self._settle()
        lines = self._send(line + end, self._prompt).split("\n")[1:]  # without the echo
        self._text += self._prompt + line + "\n" + "".join(f"{one}\n" for one in lines if one and not re.match(PROGRESS, one))

    def attach(self, name: str, prompt: str) -> None:
        """Attaches to a console that has prompted; of what was printed before, only that it was there is kept."""
        self._settle()
        printed = self._send(f"loongvisor console {name}\n", prompt)
        connected = next(line for line in printed.split("\n") if "connected" in line)
        self._text += f"{ROOT_PROMPT}loongvisor console {name}\n{connected}\n{LEFT_OUT}\n"
        self._prompt = prompt

    def detach(self) -> None:
        """Leaves the console by its key."""
        self._settle()
        printed = self._send(ESCAPE, ROOT_PROMPT)
        said = [line for line in printed.split("\n") if line.strip()]
        self._text += self._prompt + "\n" + "".join(f"{line}\n" for line in said)
        self._prompt = ROOT_PROMPT

    def text(self) -> str:
        """All so far, with the last prompt."""
        return self._text.rstrip("\n") + "\n"

    def _send(self, keys: str, prompt: str) -> str:
        self._console.send(keys)
        self.root.machine.expect(re.escape(prompt), TIMEOUT, f"{prompt!r} after {keys.strip()!r}")
        return ESCAPES.sub("", self._console.before).replace("\r", "")

    def _settle(self) -> None:
        """Comes to the prompt that nothing follows: there may be several in what was printed."""
        if self._prompt.startswith("root@"):
            self.root.run(f"stty cols {COLUMNS}")  # its echo would be wrapped, and be more than one line
            self.root.machine.expect(re.escape(self._prompt), TIMEOUT)
            return
        while self._console.expect([re.escape(self._prompt), pexpect.TIMEOUT], timeout=QUIET * PATIENCE) == 0:
            pass


def of_page(page: Path) -> str:
    """The session that the page has."""
    text = page.read_text(encoding="utf-8")
    match = re.search(rf"{BEGIN}\n```console\n(.*?)```\n{END}", text, re.S)
    assert match, f"{page} has no session between {BEGIN} and {END}"
    return match.group(1)


def write_to_page(page: Path, session: str) -> None:
    """Puts the session in the place of the page's."""
    text = page.read_text(encoding="utf-8")
    head, tail = text.split(BEGIN)[0], text.split(END)[1]
    page.write_text(f"{head}{BEGIN}\n```console\n{session}```\n{END}{tail}", encoding="utf-8")


def substance(session: str) -> str:
    """What must be the same each time."""
    text = "\n".join(line for line in session.splitlines() if not any(re.match(one, line) for one in VARYING))
    text = re.sub(r"0x[0-9a-f]+|\b[0-9a-f]{8,}\b", "X", text)
    text = re.sub(r"\d+(\.\d+)*", "N", text)
    return re.sub(r"[ \t]+", " ", text)
