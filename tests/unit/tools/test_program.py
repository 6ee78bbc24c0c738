# SPDX-License-Identifier: GPL-2.0-or-later
"""loongvisor-pack as a program: its descriptors and the files that it writes."""

import json
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


def test_memory_map_has_no_control_characters(tmp_path):
    board = json.loads(BOARD.read_text())
    (tmp_path / "board.json").write_text(json.dumps({**board, "name": "\033[2J\u009b\"é"}))
    command = [str(PACK), "--board", str(tmp_path / "board.json"), *MAP[3:]]
    text = subprocess.run([*command, "--print"], stdout=subprocess.PIPE, check=True).stdout.decode()
    assert text.startswith('board \\x1b[2J\\xc2\\x9b"é: 4 CPUs')
    answer = subprocess.run([*command, "--json"], stdout=subprocess.PIPE, check=True).stdout.decode("ascii")
    assert json.loads(answer)["board"] == '\033[2J\u009b"é' and "\033" not in answer
