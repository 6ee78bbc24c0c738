# SPDX-License-Identifier: GPL-2.0-or-later
"""
The list of mutants: tests/mutants/*.toml.

A mutant is data, since the code that it breaks goes on changing: a file, a text that is in it exactly once, what stands
there instead, one sentence that says what would go wrong, and the suite that is expected to notice.
"""

import fnmatch
import tomllib
from dataclasses import dataclass
from pathlib import Path

# Cheapest first: a mutant goes through them up to the one that it names.
SUITES = ("pool", "unit", "race", "static", "system", "driver")
# Those that take a machine are told which tests are enough.
SUITES_WITH_TESTS = ("system", "driver")


class ListError(Exception):
    """The list itself is wrong; the text says where and what to do."""


@dataclass(frozen=True)
class Mutant:
    name: str
    file: str  # from the top of the tree
    find: str
    replace: str
    wrong: str  # what a user would suffer
    suite: str
    tests: str = ""  # pytest's arguments
    quick: bool = False  # one of those of `make test`

    def apply(self, text: str) -> str | None:
        """The broken text; None if there is no telling where the mutant belongs."""
        return text.replace(self.find, self.replace) if text.count(self.find) == 1 else None


def parse_mutant(where: str, fields: dict) -> Mutant:
    try:
        mutant = Mutant(**fields)
    except TypeError as error:
        raise ListError(f"{where}: {error}") from error
    if mutant.suite not in SUITES:
        raise ListError(f"{where}: suite {mutant.suite!r} is none of {', '.join(SUITES)}")
    if (mutant.tests != "") != (mutant.suite in SUITES_WITH_TESTS):
        raise ListError(f"{where}: 'tests' belongs to the suites {', '.join(SUITES_WITH_TESTS)} and to no other")
    if mutant.find == mutant.replace:
        raise ListError(f"{where}: it changes nothing")
    return mutant


def load(directory: Path) -> list[Mutant]:
    """All mutants of the directory's lists, in the order in which they stand there."""
    mutants: dict[str, Mutant] = {}
    for path in sorted(directory.glob("*.toml")):
        with path.open("rb") as file:
            try:
                entries = tomllib.load(file)["mutant"]
            except (tomllib.TOMLDecodeError, KeyError) as error:
                raise ListError(f"{path.name}: not a list of mutants: {error}") from error
        for number, fields in enumerate(entries, 1):
            where = f"{path.name}: {fields.get('name', f'mutant {number}')}"
            mutant = parse_mutant(where, fields)
            if mutant.name in mutants:
                raise ListError(f"{where}: there are two of that name")
            mutants[mutant.name] = mutant
    return list(mutants.values())


def choose(mutants: list[Mutant], names: list[str], quick: bool) -> list[Mutant]:
    """Those that are named (a name may have * and ?); without names all, or the quick ones."""
    if not names:
        return [mutant for mutant in mutants if mutant.quick or not quick]
    for name in names:
        if not any(fnmatch.fnmatchcase(mutant.name, name) for mutant in mutants):
            raise ListError(f"no mutant is called {name}")
    return [mutant for mutant in mutants if any(fnmatch.fnmatchcase(mutant.name, name) for name in names)]
