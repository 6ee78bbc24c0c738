# SPDX-License-Identifier: GPL-2.0-or-later
"""
Images of several bare-metal zones, and what zones without a UART print.

Zone 0 has the low RAM and the UART. Every other zone has a megabyte-aligned piece of high RAM at GPA 0, in which the
runtime of the guests (guests/include/rt/zone.h) keeps what it prints: it is read here through QEMU's monitor.
"""

import json
import os
import re
import struct
import time
from pathlib import Path

import abi
import image
import paths
from machine import Machine, tool_output

CHECKED = paths.BUILD / "hypervisor-checked" / "loongvisor.elf"
BUILT_BY_GCC = paths.BUILD / "hypervisor-gcc" / "loongvisor.elf"

RAM_SIZE = 16 << 20
RAM_BASE = 0x80000000
LOG_GPA = 0x00E00000
LOG_HEADER = 32
LOG_MAGIC = 0x474F4C545256554C
PARAMS_GPA = 0x00F00000
PARAMS_MAGIC = 0x534D415241505452
PARAMS = 15  # the last two say where the hypervisor is

ROOT_REGIONS = [
    {"type": "ram", "physical_start": "0x00000000", "virtual_start": "0x00000000", "size": "0x0a000000"},
    {"type": "io", "physical_start": "0x10000000", "virtual_start": "0x10000000", "size": "0x1000"},
    {"type": "io", "physical_start": "0x100e0000", "virtual_start": "0x100e0000", "size": "0x1000"},
    {"type": "hole", "virtual_start": "0x18000000", "size": "0x4000"},
    {"type": "io", "physical_start": "0x1fe00000", "virtual_start": "0x1fe00000", "size": "0x1000"},
    {"type": "pci-config", "virtual_start": "0xfe00000000", "size": "0x20000000"},
    {"type": "info", "virtual_start": f"{abi.INFO_GPA:#x}", "size": "0x1000"},
]


def ram_hpa(zone_id: int) -> int:
    """Where the RAM of a zone begins; zone 0's GPAs are HPAs."""
    return 0 if zone_id == 0 else RAM_BASE + zone_id * RAM_SIZE


def write_params(path: Path, values) -> Path:
    """The guests' parameters (rt_param) as a file to load at PARAMS_GPA."""
    own = image.hypervisor_memory()
    padded = [*values, *([0] * (PARAMS - 2 - len(values))), own.start, own.stop]
    path.write_bytes(struct.pack(f"<{PARAMS + 1}Q", PARAMS_MAGIC, *padded))
    return path


def zone(zone_id: int, guest: str, cpus: list[int], params=(), **more) -> dict:
    """The configuration of a zone that runs build/guests/<guest>.elf; more: further fields, as in docs/zones.md."""
    if zone_id == 0:
        regions, extra = ROOT_REGIONS, {"root": True, "interrupts": "all", "cpu_lines": "all"}
    else:
        regions = [
            {"type": "ram", "physical_start": f"{ram_hpa(zone_id):#x}", "virtual_start": "0x0", "size": f"{RAM_SIZE:#x}"},
            {"type": "hole", "virtual_start": "0x18000000", "size": "0x4000"},
            {"type": "info", "virtual_start": f"{abi.INFO_GPA:#x}", "size": "0x1000"},
        ]
        extra = {}
    return {
        "name": f"{guest}{zone_id}",
        "zone_id": zone_id,
        "cpus": cpus,
        "memory_regions": regions,
        "kernel_filepath": f"{guest}.elf",
        "params": list(params),
        **extra,
        **more,
    }


def pack(name: str, zones: list[dict], hypervisor: Path = CHECKED) -> Path:
    """Packs a hypervisor (the one that checks its invariants) with these zones and returns the image."""
    directory = paths.SCRATCH / name
    directory.mkdir(parents=True, exist_ok=True)
    output = directory / "image.elf"
    command = [str(paths.PACKER), "--hypervisor", str(hypervisor), "--board", str(image.BOARD)]
    for config in zones:
        config = dict(config)
        params = write_params(directory / f"params{config['zone_id']}.bin", config.pop("params"))
        loaded = {"name": "params", "filepath": str(params), "load_paddr": f"{PARAMS_GPA:#x}"}
        config["modules"] = [*config.get("modules", []), loaded]
        path = directory / f"zone{config['zone_id']}.json"
        path.write_text(json.dumps(config, indent=4), encoding="utf-8")
        command += ["--zone", str(path)]
    tool_output(*command, "--search", str(paths.GUESTS), "-o", str(output))
    return output


def pack_file(name: str) -> Path:
    """Packs the hypervisor of the build with the zone of tests/system/zones/<name>.json and returns the image."""
    config = json.loads((paths.ZONES / f"{name}.json").read_text(encoding="utf-8"))
    return pack(name, [{**config, "params": []}], paths.HYPERVISOR)


class ZoneLog:
    """What a zone without a UART has printed."""

    def __init__(self, machine: Machine, zone_id: int):
        self._machine = machine
        self._base = ram_hpa(zone_id) + LOG_GPA
        self._name = f"zone {zone_id}"
        self._dump = paths.SCRATCH / f"zone{zone_id}.log"

    def header(self) -> tuple[int, int, int]:
        """Length of the text, beats and step; zeroes before the program has begun."""
        magic, *rest = self._machine.qmp.read_physical(self._base, 4)
        return tuple(rest) if magic == LOG_MAGIC else (0, 0, 0)

    def text(self) -> str:
        length = self.header()[0]
        if length == 0:
            return ""
        self._machine.qmp.command("pmemsave", val=self._base + LOG_HEADER, size=length, filename=str(self._dump))
        return self._dump.read_text(encoding="utf-8", errors="replace").replace("\r", "")

    def expect(self, pattern: str, timeout: float) -> re.Match:
        """Waits until the zone has printed the pattern, which says all it printed if it does not come."""
        deadline = time.monotonic() + timeout
        while True:
            match = re.search(pattern, self.text())
            if match:
                return match
            if time.monotonic() > deadline or not self._machine.alive():
                length, beats, step = self.header()
                self._machine.fail(
                    f"waited {timeout:.0f} s for {pattern!r} of {self._name} (beats {beats}, step {step}); "
                    f"it printed {length} characters:\n{self.text()}"
                )
            self._machine.pump(0.2)


def inconsistencies(machine: Machine) -> list[str]:
    """What the hypervisor said of itself that it never should."""
    pattern = r"^.*(?:inconsistency on CPU|trap in the hypervisor).*$"
    return re.findall(pattern, machine.transcript.text, re.M)


def number(name: str, default: int) -> int:
    """A count from the environment, where the long runs set it."""
    return int(os.environ.get(name, default))


def lines(text: str, word: str) -> list[str]:
    """The lines of a guest's output that begin with these words."""
    return [line for line in text.splitlines() if line.startswith(word)]


def fields(line: str) -> dict[str, int]:
    """NAME number pairs of a guest's line."""
    return {name: int(value) for name, value in re.findall(r"([A-Z0-9]+) (\d+)", line)}
