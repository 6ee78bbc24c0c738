# SPDX-License-Identifier: GPL-2.0-or-later
"""Images for tests, packed as the build packs the real one, and what the hypervisor's ELF says of itself."""

import json
import os
import re
from pathlib import Path

import paths
from machine import tool_output

BOARD = Path(os.environ.get("LOONGVISOR_BOARD", paths.TOP / "boards" / "qemu-virt" / "board.json"))
ROOT_ZONE = paths.TOP / "boards" / "qemu-virt" / "root.json"
PHYSICAL = (1 << 48) - 1  # the address behind a direct-mapped window


def root_cpus(smp: int = 4) -> int:
    """How many CPUs the root zone has on a machine that has that many: those that do not exist are missing in it too."""
    cpus = json.loads(ROOT_ZONE.read_text(encoding="utf-8"))["cpus"]
    return len([cpu for cpu in cpus if cpu < smp])


def pack_zone(zone: Path, search: Path, image: Path, board: Path = BOARD, hypervisor: Path = paths.HYPERVISOR) -> Path:
    """Packs a hypervisor with one zone, whose files are in the folder search, and returns the image."""
    tool_output(
        str(paths.PACKER),
        *("--hypervisor", str(hypervisor), "--board", str(board)),
        *("--zone", str(zone), "--search", str(search), "-o", str(image)),
    )
    return image


def pack_root(cpus: int) -> Path:
    """The image that the build makes, with a root zone of the board's first so many CPUs."""
    zone = json.loads(ROOT_ZONE.read_text(encoding="utf-8"))
    zone["cpus"] = list(range(cpus))
    path = paths.SCRATCH / f"root-{cpus}.json"
    path.write_text(json.dumps(zone), encoding="utf-8")
    return pack_zone(path, paths.KERNEL.parent, path.with_suffix(".elf"))


def symbol(name: str, elf: Path = paths.HYPERVISOR) -> int:
    """The physical address of a symbol of the hypervisor, or of another program."""
    match = re.search(rf"^(\w+) \w {name}$", tool_output("llvm-nm-19", str(elf)), re.M)
    assert match, f"{elf.name} has no symbol {name}"
    return (int(match.group(1), 16) & PHYSICAL) + base_of(elf)


def base_of(elf: Path) -> int:
    """Where the file's addresses begin in physical memory: the hypervisor, linked at 0, runs where the board says."""
    return hypervisor_memory().start if elf.name == paths.HYPERVISOR.name else 0


def hypervisor_memory() -> range:
    """The physical memory that the board gives to the hypervisor."""
    own = json.loads(BOARD.read_text(encoding="utf-8"))["hypervisor"]
    base = int(own["base"], 0)
    return range(base, base + int(own["size"], 0))


def constant_sections(elf: Path) -> list[tuple[int, bytes]]:
    """Text and constants of the hypervisor: where they are in physical memory, and what is there as long as all is well."""
    data = elf.read_bytes()
    sections = []
    for line in tool_output("llvm-readelf-19", "-SW", str(elf)).splitlines():
        match = re.match(r"\s*\[\s*\d+\]\s+\.(?:text|rodata)\S*\s+PROGBITS\s+(\w+)\s+(\w+)\s+(\w+)\s", line)
        if match:
            address, offset, size = (int(group, 16) for group in match.groups())
            sections.append(((address & PHYSICAL) + base_of(elf), data[offset : offset + size]))
    return sections
