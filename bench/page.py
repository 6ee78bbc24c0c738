# SPDX-License-Identifier: GPL-2.0-or-later
"""The tables of docs/performance.md, each between two comments that name it."""

from pathlib import Path

PAGE = Path(__file__).resolve().parents[1] / "docs" / "performance.md"


def replace(text: str, name: str, table: str) -> str:
    """The page's text with this table in the place of the old one."""
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    head, rest = text.split(begin)
    return f"{head}{begin}\n{table}\n{end}{rest.split(end)[1]}"


def table(text: str, name: str) -> str:
    """The table of that name in the page's text."""
    return text.split(f"<!-- {name}: begin -->\n")[1].split(f"\n<!-- {name}: end -->")[0]


def write(tables: dict[str, str]) -> None:
    """Writes tables into the page, by name."""
    text = PAGE.read_text(encoding="utf-8")
    for name, table in tables.items():
        text = replace(text, name, table)
    PAGE.write_text(text, encoding="utf-8")
