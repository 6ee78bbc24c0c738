# SPDX-License-Identifier: GPL-2.0-or-later
"""
Fixed work of the stock kernel on the bare machine, as root zone and as guest of KVM, in instructions.

The system does the same jobs everywhere (bench/workloads/jobs) and stops at an observer's breakpoints between them.

What needs PCI is done by a machine of its own. Under QEMU's device tree the stock kernel finds none, but under ACPI it
does: there the bare machine and KVM's guest start from Debian's firmware for this machine.
"""

import json
import re
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import homes
import image
import lvz
import nested
import paths
import web
from breakpoints import Breakpoints, address_of
from machine import Machine, tool_output

MARK = homes.OUTPUT / "mark"
SYSTEM = homes.OUTPUT / "work.cpio.zst"
KVM_HOST = homes.OUTPUT / "kvm-work.cpio.zst"
KVM_GUEST_SYSTEM = "work"
FIRMWARE = paths.BUILD / "kvm" / "debian" / "usr" / "share" / "qemu-efi-loongarch64" / "QEMU_EFI.fd"
JOB = re.compile(r"^BENCH JOB (\S+)\s*$", re.M)
FAILED = re.compile(r"^BENCH FAILED .*$", re.M)
BOOT = "boot to the first program"
TIMEOUT = 1200.0
LOOK_EVERY = 0.02
GATEWAY = "10.0.2.2"
DISK_SIZE = 32 << 20
CPUS = 1
NETWORK = ("-netdev", "user,id=net", "-device", "virtio-net-pci,netdev=net,romfile=")
# KVM's guest has its disk and the server of its network in the memory of its host.
KVM_DISK, KVM_WEB, KVM_PORT = "/tmp/disk", "/tmp/web", 8080


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

    def follow(self, machine: Machine, end: str, said: int = 0) -> None:
        """Until the machine has printed the word, after what it has said so far."""
        for _ in range(int(TIMEOUT / LOOK_EVERY)):
            if end in machine.transcript.text[said:]:
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


def url_argument(port: int) -> str:
    """The devices' jobs on the kernel's command line: the gateway stands for the loopback of whoever runs the machine."""
    return f"bench=devices bench_url=http://{GATEWAY}:{port}/file"


def disk_options(disk: str | Path) -> tuple[str, ...]:
    return ("-drive", f"file={disk},format=raw,if=none,id=disk,file.locking=off", "-device", "virtio-blk-pci,drive=disk")


@contextmanager
def devices(directory: Path, home: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    """A disk and a web server on this machine: the server's port, and QEMU's options."""
    server, disk = web.WebServer(), directory / f"work-disk-{home}.raw"
    disk.write_bytes(b"")
    with disk.open("r+b") as file:
        file.truncate(DISK_SIZE)
    try:
        yield server.port, (*disk_options(disk), *NETWORK)
    finally:
        server.close()
        disk.unlink()


def device_jobs(found: dict[str, Work]) -> dict[str, Work]:
    """Of each job of the second machine of a home the round that took the median; its boot is not that of the first."""
    rounds: dict[str, list[Work]] = {}
    for name, work in found.items():
        if name != BOOT:
            rounds.setdefault(name.split("/")[0], []).append(work)
    return {name: sorted(works, key=lambda work: work.total)[len(works) // 2] for name, works in rounds.items()}


def run_bare(directory: Path) -> dict[str, Work]:
    stops = Stops()
    options = ("-initrd", str(SYSTEM), "-append")
    text = run(directory / "work-bare.log", paths.KERNEL, (*options, f"{nested.KERNEL_ARGUMENTS} bench=jobs"), stops)
    found = collect(text, stops.snapshots, lvz.Counts())
    stops = Stops()
    with devices(directory, "bare") as (port, more):
        arguments = f"{nested.KERNEL_ARGUMENTS} {url_argument(port)}"
        options = ("-bios", str(FIRMWARE), *options, arguments, *more)
        text = run(directory / "devices-bare.log", paths.KERNEL, options, stops)
    return found | device_jobs(collect(text, stops.snapshots, lvz.Counts()))


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
    stops = Stops()
    text = run(directory / "work-zone.log", pack_zone(directory, "bench=jobs"), (), stops)
    found = collect(text, stops.snapshots, lvz.Counts())
    stops = Stops()
    with devices(directory, "zone") as (port, more):
        text = run(directory / "devices-zone.log", pack_zone(directory, url_argument(port)), more, stops)
    return found | device_jobs(collect(text, stops.snapshots, lvz.Counts()))


def follow_guest(machine: Machine, stops: Stops, arguments: str, more: tuple[str, ...] = ()) -> dict[str, Work]:
    """Runs a guest to the end of its work on a KVM host at its prompt, which marks the moment when it starts its QEMU."""
    said, taken = len(machine.transcript.text), len(stops.snapshots)
    command = nested.guest_command(CPUS, KVM_GUEST_SYSTEM, append=arguments).replace("work.cpio.gz", "work.cpio.zst")
    machine.console.send(f"mark; {command} {shlex.join(more)}\n")
    stops.follow(machine, "BENCH DONE", said)
    snapshots = stops.snapshots[taken:]
    return collect(machine.transcript.text[said:], snapshots[1:], snapshots[0])


def serve_on_host(machine: Machine) -> tuple[str, ...]:
    """Makes a disk and a web server on the KVM host; returns the options of the guest's QEMU."""
    machine.run(f"truncate -s {DISK_SIZE} {KVM_DISK}; mkdir {KVM_WEB}; head -c {web.SIZE} /dev/urandom > {KVM_WEB}/file")
    machine.run(f"httpd -p 127.0.0.1:{KVM_PORT} -h {KVM_WEB}")
    return ("-bios", "/guest/firmware.fd", *disk_options(KVM_DISK), *NETWORK)


def run_kvm(directory: Path) -> dict[str, Work]:
    """As guest of KVM, two guests on one host."""
    stops = Stops()
    arguments = f"{nested.KERNEL_ARGUMENTS} hostname=host"
    options = ("-m", "3G", "-initrd", str(KVM_HOST), "-append", arguments, *homes.COUNTED, *stops.options)
    with Machine(
        homes.fresh(directory / "work-kvm.log"), kernel=paths.KERNEL, smp=CPUS, options=options, inherit=stops.inherit
    ) as machine:
        stops.go()
        nested.check_host(machine, CPUS)
        found = follow_guest(machine, stops, "bench=jobs")
        machine.wait_prompt()
        more = serve_on_host(machine)
        found |= device_jobs(follow_guest(machine, stops, url_argument(KVM_PORT), more))
    stops.close()
    return found


RUN = {"bare": run_bare, "zone": run_zone, "kvm": run_kvm}
