# SPDX-License-Identifier: GPL-2.0-or-later
"""
The micro-benchmark guest in its three homes: the bare emulated machine, a zone, a guest of KVM.

Four words belong to the benchmark alone. A home is a place where the same program runs, so that its costs can be compared.
A phase is a stretch of the guest's work between two breakpoints, at which the emulator's counters are read (phases.py). A
way is the path of one operation that is followed instruction by instruction (trace.py). A sleeper is the function of the
hypervisor in which a CPU waits; a way that begins with a wake-up begins behind the instruction at which that function
sleeps.
"""

import json
import time
from dataclasses import dataclass
from pathlib import Path

import breakpoints
import image
import lvz
import nested
import paths
import phases
import zoneset
from breakpoints import Breakpoints
from machine import Machine, tool_output

OUTPUT = paths.BUILD / "bench"
LOGS = OUTPUT / "logs"
GUEST = paths.GUESTS / "bench.elf"
KVM_HOST = OUTPUT / "kvm-host.cpio.zst"
# One instruction is one nanosecond; while every CPU waits, time jumps to the next timer.
COUNTED = ("-icount", "shift=0,sleep=off", "-seed", "1")
CPUS = 2
TIMEOUT = 900.0
LOOK_EVERY = 0.005
KVM_MEMORY = "3G"

PART_OPERATIONS, PART_INTERRUPTS, PART_MEMORY, PART_CPUS = 1, 2, 4, 8
ALL_PARTS = 15
HALT_POLL = "/sys/module/kvm/parameters/halt_poll_ns"
# The guest's parameter 1: somebody looks at its phases.
OBSERVED = 1


# More than the board's file says: leaves of 1 GiB need memory.
MEMORY = "6G"
HIGH_RAM = {"base": "0x80000000", "size": "0x170000000"}

# The guest's memory for measurements (guests/bench/memory.c). The first region has no part that is 2 MiB long and aligned,
# the second none of 1 GiB.
MEASURED_RAM = [
    {"type": "ram", "physical_start": "0x80001000", "virtual_start": "0x80001000", "size": "0x1ff000"},
    {"type": "ram", "physical_start": "0x80200000", "virtual_start": "0x80200000", "size": "0x3fe00000"},
    {"type": "ram", "physical_start": "0xc0000000", "virtual_start": "0xc0000000", "size": "0x100000000"},
]


def fresh(log: Path) -> Path:
    """A transcript's file, empty."""
    log.unlink(missing_ok=True)
    return log


@dataclass
class Output:
    """
    What the guest printed, and what the emulator counted between the marks of each name. KVM's guest runs a second time,
    without KVM's polling; the phases are that one's.
    """

    text: str
    phases: dict[str, phases.Phase]
    unpolled: str = ""


def zone_config() -> dict:
    """A root zone for the guest: half of its lines pass through, the other vectors are virtual."""
    config = zoneset.zone(0, "bench", list(range(CPUS)), interrupts=["0-31"], cpu_lines=[0])
    config["memory_regions"] = config["memory_regions"] + MEASURED_RAM
    return config


def write_board(path: Path, cpus: int, more_memory: bool = True) -> Path:
    """The board's file with so many CPUs, for which the hypervisor would wait in vain otherwise, and with more memory."""
    board = json.loads(image.BOARD.read_text(encoding="utf-8"))
    board["cpus"] = board["cpus"][:cpus]
    if more_memory:
        board["ram"] = [board["ram"][0], HIGH_RAM]
    path.write_text(json.dumps(board), encoding="utf-8")
    return path


def pack_zone(directory: Path, config: dict, params: Path) -> Path:
    """Packs the hypervisor as it is released with that zone."""
    config = {key: value for key, value in config.items() if key != "params"}
    config["modules"] = [{"name": "params", "filepath": str(params), "load_paddr": f"{zoneset.PARAMS_GPA:#x}"}]
    path, output = directory / "zone.json", directory / "zone.elf"
    path.write_text(json.dumps(config, indent=4), encoding="utf-8")
    tool_output(
        *(str(paths.PACKER), "--hypervisor", str(paths.HYPERVISOR), "--board", str(write_board(directory / "board.json", CPUS))),
        *("--zone", str(path), "--search", str(paths.GUESTS), "-o", str(output)),
    )
    return output


class Observer:
    """Stops a machine where the guest begins and ends a phase, and reads the emulator's counters there."""

    def __init__(self):
        self._breakpoints = Breakpoints()
        self._places = [breakpoints.address_of(GUEST, f"bench_observe_{what}") for what in ("begin", "end")]
        self._snapshots: list[lvz.Counts] = []
        self.options, self.inherit = self._breakpoints.options, self._breakpoints.inherit

    def go(self) -> None:
        """To be called when the machine stands: at first, and at each stop."""
        self._breakpoints.go(self._places[len(self._snapshots) % 2])

    def watch(self, machine: Machine) -> Output:
        """Follows the machine to the guest's end; what it printed before does not belong to the guest."""
        start, self._snapshots = len(machine.transcript.text), []
        deadline = time.monotonic() + TIMEOUT
        while "BENCH DONE" not in (text := machine.transcript.text[start:]):
            if "FATAL" in text or time.monotonic() > deadline:
                machine.fail("the benchmark did not come to its end")
            machine.pump(LOOK_EVERY)
            if self._breakpoints.stopped():
                self._snapshots.append(lvz.read(machine))
                self.go()
        return Output(text, phases.phases(text, self._snapshots))

    def close(self) -> None:
        self._breakpoints.close()


def run_bare(directory: Path, parts: int) -> Output:
    """On the emulated machine itself: its host mode is all there is, and nobody needs to count."""
    params = zoneset.write_params(directory / "bare-params.bin", [parts])
    loader = ("-device", f"loader,file={params},addr={zoneset.PARAMS_GPA:#x},force-raw=on")
    options = ("-m", MEMORY, *COUNTED, *loader)
    with Machine(fresh(directory / "bare.log"), kernel=GUEST, smp=CPUS, cpu="la464", options=options) as machine:
        machine.expect("BENCH DONE", timeout=TIMEOUT)
        return Output(machine.transcript.text, {})


def run_zone(directory: Path, parts: int) -> Output:
    params = zoneset.write_params(directory / "zone-params.bin", [parts, OBSERVED])
    kernel = pack_zone(directory, zone_config(), params)
    observer = Observer()
    options = ("-m", MEMORY, *COUNTED, *observer.options)
    log = fresh(directory / "zone.log")
    with Machine(log, kernel=kernel, smp=CPUS, options=options, inherit=observer.inherit) as machine:
        observer.go()
        output = observer.watch(machine)
    observer.close()
    return output


def run_vmm(machine: Machine, observer: Observer, parts: int) -> Output:
    """Runs the guest on the KVM host at its prompt."""
    machine.console.send(f"/bench/vmm /bench/bench.elf {CPUS} {parts} {OBSERVED}\n")
    output = observer.watch(machine)
    machine.wait_prompt()
    return output


def run_kvm(directory: Path, parts: int) -> Output:
    """
    The guest twice: with KVM as it is, and without its polling for interrupts before it lets a vCPU sleep. Where CPUs take
    turns, polling only waits for the other's turn; IPIs are measured without, and waking up from idle both ways.
    """
    observer = Observer()
    arguments = ("-initrd", str(KVM_HOST), "-append", f"{nested.KERNEL_ARGUMENTS} hostname=host")
    options = ("-m", KVM_MEMORY, *arguments, *COUNTED, *observer.options)
    log = fresh(directory / "kvm.log")
    with Machine(log, kernel=paths.KERNEL, smp=CPUS, options=options, inherit=observer.inherit) as machine:
        observer.go()
        nested.check_host(machine, CPUS)
        polling = run_vmm(machine, observer, parts & ~PART_CPUS) if parts & ~PART_CPUS else None
        machine.run(f"echo 0 > {HALT_POLL}")
        again = parts & (PART_INTERRUPTS | PART_CPUS)
        sleeping = run_vmm(machine, observer, again) if again else None
    observer.close()
    if polling and sleeping:
        return Output(polling.text, sleeping.phases, sleeping.text)
    return polling or sleeping


RUN = {"bare": run_bare, "zone": run_zone, "kvm": run_kvm}
