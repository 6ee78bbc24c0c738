# SPDX-License-Identifier: GPL-2.0-or-later
"""A machine that can load its root zone: with the disk that tests/load/disk makes, and a network card."""

import re
import shutil
import tempfile
from pathlib import Path

import paths

DISK = paths.BUILD / "load" / "disk.ext4"
LOGS = paths.BUILD / "load-logs"
SCRATCH = paths.BUILD / "load-scratch"
# What the load itself makes a kernel warn of, explained.
EXPECTED_MESSAGES = Path(__file__).with_name("dmesg-expected.txt")
ZONE_ROOT = "/mnt"  # where the zone has the disk
CPUS = 4  # of the root zone
GATEWAY = "10.0.2.2"  # the host's loopback, for the zone

# What no kernel may say at any level.
TROUBLE = re.compile(r"WARNING:|BUG:|Oops|Call Trace|\bstall|soft lockup|hard LOCKUP|hung_task|blocked for more than")


def machine_options(directory: Path) -> tuple[str, ...]:
    """QEMU's arguments for a copy of the disk and for the network."""
    with tempfile.NamedTemporaryFile(dir=directory, suffix=".ext4", delete=False) as file:
        copy = Path(file.name)
    shutil.copyfile(DISK, copy)
    return (
        *("-drive", f"file={copy},format=raw,if=none,id=disk,file.locking=off", "-device", "virtio-blk-pci,drive=disk"),
        *("-netdev", "user,id=net", "-device", "virtio-net-pci,netdev=net,romfile="),
    )


def prepare(machine) -> None:
    """Waits for the prompt, mounts the disk so that programs on it can be used by chroot, and asks for an address."""
    machine.wait_prompt()
    machine.run(f"mount -t ext4 /dev/vda {ZONE_ROOT}")
    for kind, place in (("proc", "proc"), ("sysfs", "sys"), ("devtmpfs", "dev"), ("tmpfs", "tmp")):
        machine.run(f"mount -t {kind} {kind} {ZONE_ROOT}/{place}")
    machine.run("net-up", timeout=60)


def file_of(machine, name: str) -> str:
    """What a part of the load wrote."""
    return machine.run(f"cat {ZONE_ROOT}/tmp/load/{name}", timeout=60).output


def troubles(machine) -> list[str]:
    """Lines of the kernel's log that mean a bug, whatever their level."""
    return [line for line in machine.run("dmesg", timeout=60).lines() if TROUBLE.search(line)]
