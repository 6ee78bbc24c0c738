# SPDX-License-Identifier: GPL-2.0-or-later
"""
Fixed work of the stock kernel on the bare machine, as root zone and as guest of KVM, in instructions.

The system does the same jobs everywhere (bench/workloads/jobs) and stops at an observer's breakpoints between them.
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path

import homes
import image
import lvz
import nested
import paths
from breakpoints import Breakpoints, address_of
from machine import Machine, tool_output
from web import WebServer

MARK = homes.OUTPUT / "mark"
SYSTEM = homes.OUTPUT / "work.cpio.zst"
KVM_HOST = homes.OUTPUT / "kvm-work.cpio.zst"
KVM_GUEST_SYSTEM = "work"
JOB = re.compile(r"^BENCH JOB (\S+)\s*$", re.M)
FAILED = re.compile(r"^BENCH FAILED .*$", re.M)
BOOT = "boot to the first program"
TIMEOUT = 1200.0
LOOK_EVERY = 0.02
GATEWAY = "10.0.2.2"
DISK_SIZE = 32 << 20
CPUS = 1


class WorkFailed(Exception):
    """A job did not do its work."""


@dataclass
class Work:
    """What one job took."""

    host: int
    guest: int
    exits: dict[str, int]

    @property
    def total(self) -> int:
        return self.host + self.guest


class Stops:
    """Reads the emulator's counters each time that the program `mark` runs, in whatever system."""

    def __init__(self):
        self._breakpoints = Breakpoints()
        self.options, self.inherit = self._breakpoints.options, self._breakpoints.inherit
        # One instruction is the place; the machine stops at the next one too, so that it can leave the first.
        self._places = [address_of(MARK, "mark_stop"), address_of(MARK, "mark_passed")]
        self._count = 0
        self.snapshots: list[lvz.Counts] = []

    def go(self) -> None:
        self._breakpoints.go(self._places[self._count % 2])

    def follow(self, machine: Machine, end: str) -> None:
        """Until the machine has printed the word."""
        for _ in range(int(TIMEOUT / LOOK_EVERY)):
            if end in machine.transcript.text:
                return
            machine.pump(LOOK_EVERY)
            if self._breakpoints.stopped():
                if self._count % 2 == 0:
                    self.snapshots.append(lvz.read(machine))
                self._count += 1
                self.go()
        machine.fail(f"waited for {end}")

    def close(self) -> None:
        self._breakpoints.close()


def collect(text: str, snapshots: list[lvz.Counts], start: lvz.Counts) -> dict[str, Work]:
    """
    The jobs by name. snapshots are the counters at each mark of the working system: the first when it was up, which took
    what came since start, then one before and one after each job.
    """
    failed = FAILED.search(text)
    if failed:
        raise WorkFailed(failed.group(0))
    names = JOB.findall(text)
    if len(snapshots) != 1 + 2 * len(names) or len(set(names)) != len(names):
        raise WorkFailed(f"{len(names)} jobs, and the counters were read {len(snapshots)} times")
    spans = [(BOOT, snapshots[0] - start)]
    spans += [(name, end - begin) for name, begin, end in zip(names, snapshots[1::2], snapshots[2::2])]
    return {name: Work(span.host, span.guest, dict(span.exits)) for name, span in spans}


def run(log: Path, kernel: Path, options: tuple, stops: Stops) -> str:
    """Starts a machine with these stops and follows it to the end of its work; returns what it printed."""
    with Machine(
        homes.fresh(log), kernel=kernel, smp=CPUS, options=(*options, *homes.COUNTED, *stops.options), inherit=stops.inherit
    ) as machine:
        stops.go()
        stops.follow(machine, "BENCH DONE")
        text = machine.transcript.text
    stops.close()
    return text


def run_bare(directory: Path) -> dict[str, Work]:
    """On QEMU's own device tree, which has no PCI for this kernel: no disk and no network."""
    stops = Stops()
    arguments = f"{nested.KERNEL_ARGUMENTS} bench=jobs"
    text = run(directory / "work-bare.log", paths.KERNEL, ("-initrd", str(SYSTEM), "-append", arguments), stops)
    return collect(text, stops.snapshots, lvz.Counts())


def pack_zone(directory: Path, arguments: str) -> Path:
    """The root zone that the build packs, with one CPU and the working system."""
    zone = json.loads(image.ROOT_ZONE.read_text(encoding="utf-8"))
    zone |= {"cpus": list(range(CPUS)), "initrd_filepath": str(SYSTEM), "kernel_args": f"{zone['kernel_args']} {arguments}"}
    path, output = directory / "work-zone.json", directory / "work-zone.elf"
    path.write_text(json.dumps(zone), encoding="utf-8")
    tool_output(
        *(str(paths.PACKER), "--hypervisor", str(paths.HYPERVISOR)),
        *("--board", str(homes.write_board(directory / "work-board.json", CPUS, more_memory=False))),
        *("--zone", str(path), "--search", str(paths.KERNEL.parent), "-o", str(output)),
    )
    return output


def run_zone(directory: Path) -> dict[str, Work]:
    """As root zone, with a disk and a network card besides."""
    stops, web = Stops(), WebServer()
    disk = directory / "work-disk.raw"
    disk.write_bytes(b"")
    with disk.open("r+b") as file:
        file.truncate(DISK_SIZE)
    devices = (
        *("-drive", f"file={disk},format=raw,if=none,id=disk,file.locking=off", "-device", "virtio-blk-pci,drive=disk"),
        *("-netdev", "user,id=net", "-device", "virtio-net-pci,netdev=net,romfile="),
    )
    try:
        kernel = pack_zone(directory, f"bench=jobs bench_url=http://{GATEWAY}:{web.port}/file")
        text = run(directory / "work-zone.log", kernel, devices, stops)
    finally:
        web.close()
        disk.unlink()
    return collect(text, stops.snapshots, lvz.Counts())


def run_kvm(directory: Path) -> dict[str, Work]:
    """As guest of KVM. The host marks the moment when it starts the guest's QEMU."""
    stops = Stops()
    arguments = f"{nested.KERNEL_ARGUMENTS} hostname=host"
    options = ("-m", "3G", "-initrd", str(KVM_HOST), "-append", arguments, *homes.COUNTED, *stops.options)
    with Machine(
        homes.fresh(directory / "work-kvm.log"), kernel=paths.KERNEL, smp=CPUS, options=options, inherit=stops.inherit
    ) as machine:
        stops.go()
        nested.check_host(machine, CPUS)
        command = nested.guest_command(CPUS, KVM_GUEST_SYSTEM, append="bench=jobs").replace("work.cpio.gz", "work.cpio.zst")
        machine.console.send(f"mark; {command}\n")
        stops.follow(machine, "BENCH DONE")
        text = machine.transcript.text
    stops.close()
    return collect(text, stops.snapshots[1:], stops.snapshots[0])


RUN = {"bare": run_bare, "zone": run_zone, "kvm": run_kvm}
