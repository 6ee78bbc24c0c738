# SPDX-License-Identifier: GPL-2.0-or-later
"""scripts/rooms on trees of a few lines: one that is in order, and one for each way out of it."""

import subprocess
from pathlib import Path

import pytest

ROOMS = Path(__file__).resolve().parents[3] / "scripts/rooms"
CC = ("clang-19", "-ffreestanding", "-c")
GOOD = {
    "docs/architecture.md": "Rooms, lowest first: lib < core < devices < boot.\n",
    "hypervisor/lib/text.h": "int text_length(void);\n",
    "hypervisor/lib/text.c": "#include <lib/text.h>\nint text_length(void) { return 1; }\n",
    "hypervisor/core/device.h": "#include <device_state.h>\nint device_start(void);\n",
    "hypervisor/core/zone.h": "#include <core/device.h>\nint zone_start(void);\nint zone_count(void);\n",
    "hypervisor/core/zone.c": "#include <core/zone.h>\n#include <lib/text.h>\n"
    "int zone_start(void) { return device_start() + text_length(); }\nint zone_count(void) { return 0; }\n",
    "hypervisor/devices/device_state.h": "struct device { int value; };\n",
    "hypervisor/devices/uart.c": "#include <core/zone.h>\nint device_start(void) { return zone_count(); }\n",
    "hypervisor/boot/main.c": "#include <core/zone.h>\nint main_start(void) { return zone_start(); }\n",
}


@pytest.fixture
def check(tmp_path):
    """Writes GOOD with these changes, compiles it and returns what the script prints; its status must fit."""

    def run(**changes: str) -> list[str]:
        objects = tmp_path / "build/hypervisor"
        files = {**GOOD, **{path.replace("__", "/").replace("_dot_", "."): text for path, text in changes.items()}}
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        for source in (tmp_path / "hypervisor").rglob("*.c"):
            target = objects / f"{source.relative_to(tmp_path / 'hypervisor')}.o"
            target.parent.mkdir(parents=True, exist_ok=True)
            include = [f"-I{tmp_path / 'hypervisor'}", f"-I{tmp_path / 'hypervisor/devices'}"]
            subprocess.run([*CC, *include, source, "-o", target], check=True)
        done = subprocess.run([ROOMS, "--tree", tmp_path], capture_output=True, text=True)
        assert done.stderr == ""
        assert done.returncode == (1 if done.stdout else 0)
        return done.stdout.splitlines()

    return run


def test_a_tree_in_order_passes(check):
    assert check() == []


def test_a_lower_room_may_not_include_a_higher_one(check):
    found = check(hypervisor__lib__text_dot_c="#include <core/zone.h>\nint text_length(void) { return 1; }\n")
    assert found == [
        "hypervisor/lib/text.c:1: lib/ may not include core/zone.h: core/ is above it; "
        "declare what is needed in an interface header of lib/"
    ]


def test_a_prototype_written_by_hand_is_found(check):
    text = "int uart_take(void);\nint zone_start(void) { return uart_take(); }\nint zone_count(void) { return 0; }\n"
    uart = "int uart_take(void) { return 1; }\nint device_start(void) { return 1; }\n"
    found = check(hypervisor__core__zone_dot_c=text, hypervisor__devices__uart_dot_c=uart)
    assert found == ["core/zone.c needs uart_take of devices/uart.c, a file of a room above it"]


def test_structures_of_higher_rooms_come_through_interface_headers(check):
    (found,) = check(hypervisor__core__pool_dot_h="#include <device_state.h>\n")
    assert found.startswith("hypervisor/core/pool.h:1: core/ may not include device_state.h: only ")


def test_a_room_without_a_place_in_the_order_is_named(check):
    (found,) = check(hypervisor__cellar__wine_dot_h="\n")
    assert found == "hypervisor/cellar/wine.h: the room cellar is not in the order of docs/architecture.md"


def ring(*names: str) -> dict[str, str]:
    """Files of core, each of which calls the next one."""
    return {
        f"hypervisor__core__{name}_dot_c": f"int {other}(void);\nint {name}(void);\nint {name}(void) {{ return {other}(); }}\n"
        for name, other in zip(names, (*names[1:], names[0]))
    }


def test_two_files_may_need_each_other(check):
    assert check(**ring("east", "west")) == []


def test_three_files_may_not(check):
    assert check(**ring("north", "east", "south")) == [
        "3 files depend on each other in a circle; 2 may:",
        "    core/east.c needs south of core/south.c",
        "    core/north.c needs east of core/east.c",
        "    core/south.c needs north of core/north.c",
    ]


def test_a_missing_order_is_an_error(tmp_path):
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/architecture.md").write_text("nothing\n")
    (tmp_path / "build/hypervisor").mkdir(parents=True)
    (tmp_path / "build/hypervisor/a.o").write_text("")
    done = subprocess.run([ROOMS, "--tree", tmp_path], capture_output=True, text=True)
    assert done.returncode == 1 and "Rooms, lowest first" in done.stderr
