# SPDX-License-Identifier: GPL-2.0-or-later
"""
Where the hypervisor's instructions go: single operations of the micro-benchmark in a zone, followed step by step, and
counted by the function that each instruction belongs to.
"""

import bisect
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import homes
import image
import paths
import zoneset
from breakpoints import INSTRUCTION_SIZE, Breakpoints, address_of
from machine import Machine, tool_output

STEPS = 20_000  # far more than any of them takes
LOOK_EVERY = 0.005
RETURN_ADDRESS, PROGRAM_COUNTER = 1, 33
# Where a way ends.
RETURN, HANDLER, GUEST = "return", "bench_vector_timed", "guest"
# Where the hypervisor begins; the linker script has a name for the same place, which is no function's.
ENTRY = "exit_entry"
IMAGE_BASE = "image_base"
# Where it runs: through the cached window, at the base that its board says.
HYPERVISOR_BASE = 0x9000_0000_0000_0000 + image.base_of(paths.HYPERVISOR)
# Calls until a phase is in full swing.
MIDDLE = 50


@dataclass(frozen=True)
class Way:
    """
    What is followed: from a function of the guest's (after so many calls of it, the first of which find nothing where it
    will be later) to its return or to the guest's handler of interrupts, or from the hypervisor's entry on another CPU to
    the guest. With a sleeper the way begins when that function of the hypervisor's wakes up. One without a row is only
    gone to.
    """

    row: str
    function: str
    end: str = RETURN
    skipped: int = 3
    cpu: int = 0
    sleeper: str = ""


# In the order in which the guest does them. Of IPIs in the middle of a phase both sides are followed, one after the other.
WAYS = (
    Way("hypercall", "bench_op_hypercall"),
    Way("cpucfg", "bench_op_cpucfg"),
    Way("csr-read", "bench_op_csr_read"),
    Way("csr-write", "bench_op_csr_write"),
    Way("iocsr-read", "bench_op_iocsr_read"),
    Way("iocsr-write", "bench_op_iocsr_write"),
    Way("ipi-set-clear", "bench_op_ipi_set_clear"),
    Way("mmio-read", "bench_op_load"),
    Way("mmio-write", "bench_op_store"),
    Way("idle-pending", "bench_op_idle"),
    Way("idle-timer", "interval_idle_timer", HANDLER, sleeper="wait_for_line"),
    Way("ipi-self", "interval_ipi_self", HANDLER),
    Way("paravirt-ipi-self", "interval_paravirt_self", HANDLER),
    Way("virtual-line", "interval_virtual_line", HANDLER),
    Way("paravirt-ipi-running", "send_paravirt", skipped=MIDDLE),
    Way("paravirt-ipi-running, receiver", ENTRY, GUEST, skipped=0, cpu=1),
    Way("", "bench_batch_add", skipped=0),  # the first round trip there and back is done
    Way("paravirt-ipi-idle, receiver from its wake-up", "", GUEST, cpu=1, sleeper="wait_for_line"),
)


class Lost(Exception):
    """The guest did not come to where it was waited for."""


class Symbols:
    """The functions of the hypervisor by address, and where it sleeps."""

    def __init__(self, listing: str, code: str, base: int):
        """listing: what `nm -n` prints, code: what `objdump -d` does, base: where the hypervisor, linked at 0, runs."""
        found = [(start, name) for start, name in re.findall(r"^(\w+) [tT] (\S+)$", listing, re.M) if name != IMAGE_BASE]
        self._starts, self._names = [base + int(start, 16) for start, _ in found], [name for _, name in found]
        instructions = re.findall(r"^\s*(\w+): (?:[0-9a-f]{2} )+\s*(\w+)", code, re.M)
        self._end = base + max(int(address, 16) for address, _ in instructions)
        self._sleeps = [base + int(address, 16) for address, name in instructions if name == "idle"]

    def at(self, address: int) -> str | None:
        """The function that an instruction belongs to; None if it is not the hypervisor's."""
        index = bisect.bisect_right(self._starts, address) - 1
        return self._names[index] if 0 <= index and address <= self._end else None

    def awake(self, name: str) -> int:
        """The address behind the instruction at which a function sleeps."""
        (address,) = [address for address in self._sleeps if self.at(address) == name]
        return address + INSTRUCTION_SIZE


def wait_stop(machine: Machine, breakpoints: Breakpoints, address: int) -> None:
    """Until some CPU comes to the address."""
    breakpoints.go(address)
    for _ in range(int(homes.TIMEOUT / LOOK_EVERY)):
        if breakpoints.stopped():
            return
        machine.pump(LOOK_EVERY)
    raise Lost(f"nothing ever came to {address:#x}")


def reach(machine: Machine, breakpoints: Breakpoints, address: int, cpu: int, skipped: int) -> None:
    """Until the CPU comes to the address, after so many times."""
    wait_stop(machine, breakpoints, address)
    while skipped > 0 or breakpoints.cpu != cpu:
        skipped -= 1 if breakpoints.cpu == cpu else 0
        breakpoints.step()
        wait_stop(machine, breakpoints, address)


def begin(machine: Machine, breakpoints: Breakpoints, way: Way, symbols: Symbols) -> None:
    """Until the CPU is where the way begins."""
    if way.function:
        is_entry = way.function == ENTRY
        start = HYPERVISOR_BASE + address_of(paths.HYPERVISOR, ENTRY) if is_entry else address_of(homes.GUEST, way.function)
        reach(machine, breakpoints, start, way.cpu, way.skipped)
    if way.sleeper:
        reach(machine, breakpoints, symbols.awake(way.sleeper), way.cpu, 0)


def follow(machine: Machine, breakpoints: Breakpoints, way: Way, symbols: Symbols) -> Counter:
    """Counts the hypervisor's instructions on the way."""
    begin(machine, breakpoints, way, symbols)
    end = breakpoints.register(RETURN_ADDRESS) if way.end == RETURN else address_of(homes.GUEST, HANDLER)
    counted: Counter = Counter()
    for _ in range(STEPS):
        address = breakpoints.register(PROGRAM_COUNTER)
        name = symbols.at(address)
        if address == end or (name is None and way.end == GUEST):
            return counted
        if name:
            counted[name] += 1
        breakpoints.step()
    raise Lost(f"{way.row} did not end within {STEPS} instructions")


def measure(directory: Path) -> dict[str, dict[str, int]]:
    """Instructions by function, of each row."""
    elf = str(paths.HYPERVISOR)
    symbols = Symbols(tool_output("llvm-nm-19", "-n", elf), tool_output("llvm-objdump-19", "-d", elf), HYPERVISOR_BASE)
    params = zoneset.write_params(directory / "trace-params.bin", [homes.ALL_PARTS])
    kernel = homes.pack_zone(directory, homes.zone_config(), params)
    breakpoints = Breakpoints()
    options = ("-m", homes.MEMORY, *homes.COUNTED, *breakpoints.options)
    log = homes.fresh(directory / "trace.log")
    with Machine(log, kernel=kernel, smp=homes.CPUS, options=options, inherit=breakpoints.inherit) as machine:
        breakpoints.prepare_steps()
        found = {}
        for way in WAYS:
            try:
                if way.row:
                    found[way.row] = dict(follow(machine, breakpoints, way, symbols).most_common())
                else:
                    begin(machine, breakpoints, way, symbols)
            except (OSError, Lost) as error:
                machine.fail(f"{way.row or way.function}: {error}")
    breakpoints.close()
    return found
