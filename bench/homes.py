# SPDX-License-Identifier: GPL-2.0-or-later
"""The micro-benchmark guest in its three homes: the bare emulator, a zone, a guest of KVM."""

import json
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
TESTS = HERE.parent / "tests"
sys.path[:0] = [str(TESTS / "system"), str(TESTS / "kvm")]

import image
import nested
import paths
import zoneset
from machine import Machine, tool_output

OUTPUT = paths.BUILD / "bench"
LOGS = OUTPUT / "logs"
GUEST = paths.GUESTS / "bench.elf"
KVM_HOST = OUTPUT / "kvm-host.cpio.zst"
# One instruction is one nanosecond; while every CPU waits, time jumps to the next timer.
COUNTED = ("-icount", "shift=0,sleep=off")
CPUS = 2
TIMEOUT = 120.0

PART_OPERATIONS, PART_INTERRUPTS, PART_MEMORY, PART_CPUS = 1, 2, 4, 8
ALL_PARTS = 15


def zone_config() -> dict:
    """A root zone for the guest: half of its lines pass through, the other vectors are virtual."""
    config = zoneset.zone(0, "bench", list(range(CPUS)), interrupts=["0-31"], cpu_lines=[0])
    config["name"] = "bench"
    return config


def pack_zone(directory: Path, config: dict, params: Path) -> Path:
    """Packs the hypervisor as it is released with that zone."""
    config = {key: value for key, value in config.items() if key != "params"}
    config["modules"] = [{"name": "params", "filepath": str(params), "load_paddr": f"{zoneset.PARAMS_GPA:#x}"}]
    path, output = directory / "zone.json", directory / "zone.elf"
    path.write_text(json.dumps(config, indent=4), encoding="utf-8")
    tool_output(
        *(str(paths.PACKER), "--hypervisor", str(paths.HYPERVISOR), "--board", str(image.BOARD)),
        *("--zone", str(path), "--search", str(paths.GUESTS), "-o", str(output)),
    )
    return output


def finish(machine: Machine) -> str:
    """Waits for the guest's end; returns what it printed."""
    machine.expect(r"BENCH DONE", timeout=TIMEOUT)
    return machine.transcript.text


def run_bare(directory: Path, parts: int) -> str:
    params = zoneset.write_params(directory / "bare-params.bin", [parts])
    loader = ("-device", f"loader,file={params},addr={zoneset.PARAMS_GPA:#x},force-raw=on")
    with Machine(directory / "bare.log", kernel=GUEST, smp=CPUS, cpu="la464", options=(*COUNTED, *loader)) as machine:
        return finish(machine)


def run_zone(directory: Path, parts: int) -> str:
    params = zoneset.write_params(directory / "zone-params.bin", [parts])
    kernel = pack_zone(directory, zone_config(), params)
    with Machine(directory / "zone.log", kernel=kernel, smp=CPUS, options=COUNTED) as machine:
        return finish(machine)


def boot_kvm(log: Path) -> Machine:
    """A machine whose kernel is a KVM host, at its prompt."""
    machine = nested.start_host(log, CPUS, KVM_HOST, COUNTED)
    nested.check_host(machine, CPUS)
    return machine


def run_kvm(directory: Path, parts: int) -> str:
    with boot_kvm(directory / "kvm.log") as machine:
        return machine.run(f"/bench/vmm /bench/bench.elf {CPUS} {parts}", timeout=TIMEOUT).output
