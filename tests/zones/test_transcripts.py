# SPDX-License-Identifier: GPL-2.0-or-later
"""
The sessions on the project's pages are what happens: each is played again, and must be the same in substance.

With LOONGVISOR_WRITE set (make transcripts) they are written into the pages instead.
"""

import difflib
import os

import pytest

import paths
from rootzone import EXAMPLES
from transcript import Session, of_page, substance, write_to_page

EXAMPLE_PAGES = paths.TOP / "examples"


def wait_shell(root, name: str) -> None:
    with root.console(name) as console:
        console.wait_shell(name)


def start(session: Session, name: str) -> None:
    session.type(f"loongvisor zone start {EXAMPLES}/{name}/zone.json")


def use_linux(session: Session, name: str, *commands: str) -> None:
    wait_shell(session.root, name)
    session.attach(name, f"root@{name}:~# ")
    for command in commands:
        session.type(command)
    session.detach()


def play_readme(session: Session) -> None:
    """Both Debian guests beside the root zone."""
    start(session, "debian-smp")
    start(session, "debian-single")
    use_linux(session, "debian-smp", "uname -r", "nproc")
    use_linux(session, "debian-single", "nproc")
    session.type("loongvisor zone list")


def play_debian_smp(session: Session) -> None:
    start(session, "debian-smp")
    use_linux(session, "debian-smp", "nproc", "grep -E 'IPI|ttyS0' /proc/interrupts", "free -m")
    session.type("loongvisor stats debian-smp")
    session.type("loongvisor zone stop debian-smp")
    session.type("loongvisor zone start debian-smp")
    session.type("loongvisor zone stop --force debian-smp")
    session.type("loongvisor zone destroy debian-smp")


def play_debian_single(session: Session) -> None:
    start(session, "debian-single")
    use_linux(session, "debian-single", "hostname", "cat /proc/cmdline")
    session.type("loongvisor zone restart debian-single")
    use_linux(session, "debian-single", "uptime | cut -d ' ' -f 2-4")
    session.type("loongvisor zone destroy --force debian-single")


def play_realtime(session: Session) -> None:
    start(session, "realtime")
    session.root.wait_prompt("realtime")
    session.attach("realtime", "> ")
    for command in ("help", "print", "awake", "print"):
        session.root.machine.pump(2)
        session.type(command, end="\r")
    session.detach()
    session.type("loongvisor stats realtime")
    session.type("loongvisor zone stop realtime")
    session.type("loongvisor zone destroy realtime")


def play_crash(session: Session) -> None:
    start(session, "crash")
    session.root.wait_prompt("crash")
    session.type("printf 'crash\\r' | loongvisor console --no-scrollback crash")
    session.root.wait_state("crash", "FAILED")
    session.type("loongvisor zone list")
    session.type("loongvisor zone show crash")
    session.type("loongvisor zone start crash")
    session.type("loongvisor zone list")
    session.type("loongvisor zone destroy --force crash")


PAGES = {
    paths.TOP / "README.md": play_readme,
    EXAMPLE_PAGES / "debian-smp" / "README.md": play_debian_smp,
    EXAMPLE_PAGES / "debian-single" / "README.md": play_debian_single,
    EXAMPLE_PAGES / "realtime" / "README.md": play_realtime,
    EXAMPLE_PAGES / "crash" / "README.md": play_crash,
}


def test_every_example_has_a_session():
    assert {page.parent.name for page in PAGES if page.parent.parent == EXAMPLE_PAGES} == {
        path.parent.name for path in EXAMPLE_PAGES.glob("*/zone.json")
    }


# On the machine whose time is a count of instructions: what is measured there does not depend on the host.
COUNTED_PAGES = {EXAMPLE_PAGES / "realtime" / "README.md"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(paths.TOP)))
def test_session_is_what_happens(request, page):
    root = request.getfixturevalue("counted_root" if page in COUNTED_PAGES else "root")
    session = Session(root)
    PAGES[page](session)
    if os.environ.get("LOONGVISOR_WRITE"):
        write_to_page(page, session.text())
        return
    expected, found = substance(of_page(page)).splitlines(), substance(session.text()).splitlines()
    difference = "\n".join(difflib.unified_diff(expected, found, "the page", "now", lineterm="", n=1))
    assert not difference, f"{page} is out of date; make transcripts writes it again:\n{difference}"
