# SPDX-License-Identifier: GPL-2.0-or-later
"""
What the start of a zone takes on the machine of `make run`: from `loongvisor zone start` to the zone's first instruction,
and from there to its shell; and the hypervisor's memory for the zone.

The machine stops where the root zone's shell is about to run the command, at the kernel's entry and before the zone's
shell; nothing else works meanwhile.
"""

from dataclasses import asdict, dataclass
from pathlib import Path

import homes
import lvz
import paths
import rootzone
import zonefiles
from breakpoints import Breakpoints, address_of
from machine import Machine
from rootzone import RootZone

MARK = homes.OUTPUT / "mark"
MARK_ARCHIVE = homes.OUTPUT / "mark.cpio"
BOOT_TIMEOUT = 600.0
START_TIMEOUT = 600.0
LOOK_EVERY = 0.02
NAME, CPUS, MEMORY = "measured", [4, 5], "256M"
ROOT_CPUS = range(4)
TABLE_PAGE = 4096
INITRAMFS = "/tmp/measured.cpio"


class NotStarted(Exception):
    """The zone did not come to where it was waited for."""


@dataclass
class Leg:
    """A part of the way: virtual time, and instructions of the root zone, of the hypervisor on any CPU, and of the zone."""

    seconds: float
    root: int
    hypervisor: int
    zone: int


@dataclass
class Moment:
    """When the machine stood at a breakpoint, and what each CPU had done."""

    seconds: float
    counts: dict[int, lvz.Counts]

    @classmethod
    def of(cls, machine: Machine) -> "Moment":
        return cls(machine.clock.seconds(), lvz.read_each(machine))


def leg(begin: Moment, end: Moment) -> Leg:
    """What lies between two moments."""
    done = {cpu: end.counts[cpu] - begin.counts[cpu] for cpu in end.counts}
    return Leg(
        end.seconds - begin.seconds,
        sum(done[cpu].guest for cpu in ROOT_CPUS),
        sum(count.host for count in done.values()),
        sum(done[cpu].guest for cpu in CPUS),
    )


class Route:
    """Stops a machine at one address after another."""

    def __init__(self):
        self._breakpoints = Breakpoints()
        self.options, self.inherit = self._breakpoints.options, self._breakpoints.inherit

    def go(self, address: int) -> None:
        self._breakpoints.go(address)

    def reach(self, machine: Machine, what: str) -> Moment:
        """Waits until the machine stops."""
        for _ in range(int(START_TIMEOUT / LOOK_EVERY)):
            machine.pump(LOOK_EVERY)
            if self._breakpoints.stopped():
                return Moment.of(machine)
        raise NotStarted(f"the machine did not come to {what}:\n{machine.transcript.tail()}")

    def end(self) -> None:
        self._breakpoints.release()
        self._breakpoints.close()


def kernel_entry(root: RootZone, path: str) -> int:
    """Where the zone of a file enters its kernel: it is made for that, and taken away again."""
    root.cli(f"zone create {path}")
    entry = int(root.ask(f"zone show {NAME}")["configuration"]["entry"], 0)
    root.remove(NAME)
    return entry


def prepare(root: RootZone) -> str:
    """Brings the mark into the root zone and into the zone's initramfs; returns the zone's file."""
    root.run("(cd / && cpio -i -d -u < /dev/vda 2> /dev/null)", check=False)
    root.run("test -x /usr/bin/mark && rm /etc/rc.d/ready")
    root.run(f"cat /dev/vda {rootzone.SHARE}/guest.cpio.gz > {INITRAMFS}")
    return root.write_zone(zonefiles.linux(NAME, CPUS, memory=MEMORY, initrd_filepath=INITRAMFS))


def start(machine: Machine, route: Route) -> dict:
    """Starts the zone and follows it to its shell."""
    root, mark = RootZone(machine), address_of(MARK, "mark_stop")
    path = prepare(root)
    entry = kernel_entry(root, path)
    before = root.machine_info()
    machine.qmp.command("stop")
    route.go(mark)
    machine.console.send(f"mark; loongvisor zone start {path}\n")
    commanded = route.reach(machine, "the command")
    route.go(entry)
    entered = route.reach(machine, "the zone's first instruction")
    route.go(mark)
    ready = route.reach(machine, "the zone's shell")
    route.end()
    machine.wait_prompt()
    after = root.machine_info()
    return {
        "first instruction": asdict(leg(commanded, entered)),
        "shell": asdict(leg(entered, ready)),
        "memory": {
            "zone": after["zone_size"],
            "vcpu": after["vcpu_size"],
            "tables": (after["stage2_pages_used"] - before["stage2_pages_used"]) * TABLE_PAGE,
        },
    }


def measure(directory: Path) -> dict:
    """All of it, on one machine."""
    route = Route()
    disk = ("-drive", f"file={MARK_ARCHIVE},format=raw,if=none,id=disk,read-only=on", "-device", "virtio-blk-pci,drive=disk")
    options = (*homes.COUNTED, *disk, *route.options)
    with Machine(
        homes.fresh(directory / "start.log"),
        kernel=rootzone.IMAGE,
        smp=rootzone.SMP,
        memory=rootzone.MEMORY,
        options=options,
        clock=True,
        inherit=route.inherit,
    ) as machine:
        machine.qmp.command("cont")
        machine.wait_prompt(BOOT_TIMEOUT)
        return start(machine, route)
