# SPDX-License-Identifier: GPL-2.0-or-later
"""move_board.py BOARD BASE: prints the board with its hypervisor at BASE, in the memory that it has there until its old end."""

import json
import sys
from pathlib import Path


def moved(board: dict, base: int) -> dict:
    own = board["hypervisor"]
    end = int(own["base"], 0) + int(own["size"], 0)
    return {**board, "hypervisor": {"base": f"{base:#x}", "size": f"{end - base:#x}"}}


if __name__ == "__main__":
    print(json.dumps(moved(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")), int(sys.argv[2], 0)), indent=4))
