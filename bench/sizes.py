# SPDX-License-Identifier: GPL-2.0-or-later
"""How large the hypervisor is: bytes of the image, memory for each CPU and zone, lines of source."""

import re
from pathlib import Path

import paths
from machine import tool_output

MAX_CPUS, MAX_ZONES = 16, 16  # LV_MAX_CPUS, LV_MAX_ZONES
# Arrays with one element for each CPU the hypervisor can have, or for each zone.
CPU_ARRAYS, ZONE_ARRAYS = ("cpu_blocks", "cpu_stacks"), ("zone_table", "info_pages")


def sections(text: str) -> tuple[int, int]:
    """Bytes of text and constants, and of data that can be written, from `readelf -SW`."""
    read_only = written = 0
    pattern = r"^\s*\[\s*\d+\]\s+\.\S*\s+(?:PROGBITS|NOBITS|RELR)\s+\w+\s+\w+\s+(\w+)\s+\w+\s+([A-Z]+)\s"
    for size, flags in re.findall(pattern, text, re.M):
        if "A" in flags and "W" in flags:
            written += int(size, 16)
        elif "A" in flags:
            read_only += int(size, 16)
    return read_only, written


def symbols(text: str) -> dict[str, int]:
    """Sizes of symbols, from `nm -S`."""
    return {name: int(size, 16) for size, name in re.findall(r"^\w+ (\w+) \w (\S+)$", text, re.M)}


def structure(text: str, name: str) -> int:
    """Size of a structure, from `dwarfdump --name`."""
    match = re.search(rf'DW_TAG_structure_type\s+DW_AT_name\s+\("{name}"\)\s+DW_AT_byte_size\s+\((\w+)\)', text)
    if not match:
        raise LookupError(f"the debug information has no struct {name}")
    return int(match.group(1), 0)


def source_lines() -> int:
    """As scripts/size counts: without what only the checked build has."""
    files = (file for file in (paths.TOP / "hypervisor").rglob("*.[chS]") if file.parent.name != "checked")
    return sum(len(file.read_text(encoding="utf-8").splitlines()) for file in files)


def measure(elf: Path = paths.HYPERVISOR) -> dict[str, int]:
    """All of it. A zone's memory is that of its vCPUs too, of which it can have as many as the machine has CPUs."""
    read_only, written = sections(tool_output("llvm-readelf-19", "-SW", str(elf)))
    sizes = symbols(tool_output("llvm-nm-19", "-S", str(elf)))
    return {
        "text and constants": read_only,
        "data and bss": written,
        "each CPU": sum(sizes[name] for name in CPU_ARRAYS) // MAX_CPUS,
        "each zone": sum(sizes[name] for name in ZONE_ARRAYS) // MAX_ZONES,
        "each vCPU, of that": structure(tool_output("llvm-dwarfdump-19", "--name=vcpu", str(elf)), "vcpu"),
        "lines": source_lines(),
    }
