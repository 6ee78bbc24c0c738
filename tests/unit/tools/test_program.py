# SPDX-License-Identifier: GPL-2.0-or-later
"""loongvisor-pack as a program: its descriptors and the files that it writes."""

import pathlib
import subprocess

import pytest

TREE = pathlib.Path(__file__).parents[3]
PACK = TREE / "build/tools/loongvisor-pack"
BOARD = TREE / "hypervisor/boards/qemu-virt/board.json"
MAP = [str(PACK), "--board", str(BOARD), "--zone", str(TREE / "images/root.json"), "--search", str(TREE / "build/images")]


@pytest.mark.parametrize("arguments", [[*MAP, "--print"], [*MAP, "--json"], [str(PACK), "--schema"]], ids=lambda a: a[-1])
@pytest.mark.parametrize("output", [">/dev/full", ">&-"])
def test_output_that_cannot_be_written_is_a_failure(arguments, output):
    done = subprocess.run(
        ["sh", "-c", f'"$@" {output}', "sh", *arguments], stderr=subprocess.PIPE, text=True, check=False, timeout=30
    )
    assert done.returncode == 1 and "cannot write the output" in done.stderr
