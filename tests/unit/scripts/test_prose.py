# SPDX-License-Identifier: GPL-2.0-or-later
"""scripts/prose on pages of a few lines."""

import subprocess
from pathlib import Path

import pytest

PROSE = Path(__file__).resolve().parents[3] / "scripts/prose"
LONG = "The zone " + "and the zone " * 20 + "end."


@pytest.fixture
def check(tmp_path):
    """Writes a page and returns what the script prints of it, without the page's name."""

    def run(text: str) -> list[str]:
        page = tmp_path / "page.md"
        page.write_text(text, encoding="utf-8")
        done = subprocess.run([PROSE, page], capture_output=True, text=True, check=False)
        lines = done.stdout.splitlines()
        assert done.returncode == (1 if lines else 0), done.stderr
        return [line.removeprefix(f"{page}:") for line in lines]

    return run


def test_a_good_page_passes(check):
    assert check("# Title\n\nA zone has CPUs. It runs.\n\n| A | B |\n|---|---|\n| one cell | another |\n") == []


@pytest.mark.parametrize(
    "page, line",
    [(f"# Title\n\n{LONG}\n", 3), (f"Short.\n\n* item\n* {LONG}\n", 4), (f"| a | {LONG} |\n", 1)],
    ids=["paragraph", "item", "cell"],
)
def test_a_long_sentence_is_found_where_it_begins(check, page, line):
    (fault,) = check(page)
    assert fault.startswith(f"{line}: a sentence of 63 words")


def test_code_and_sessions_are_not_prose(check):
    assert check(f"```\n{LONG} anew\n```\n<!-- session: begin -->\n{LONG} anew\n<!-- session: end -->\n") == []
    assert check("The call `" + "word " * 50 + "` is one word.\n") == []


def test_a_line_number_counts_what_is_left_out(check):
    (fault,) = check("```\ncode\ncode\n```\nIt starts anew.\n")
    assert fault.startswith("5: 'anew' reads like a translation")
