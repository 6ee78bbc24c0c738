# SPDX-License-Identifier: GPL-2.0-or-later
"""A machine that can load its root zone: with the disk that images/disk makes, and a network card."""

import re
import shlex
import shutil
import subprocess
import tempfile
from pathlib import Path

import paths
from machine import tool_output

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


def bare_initrd(directory: Path) -> Path:
    """The zone's initramfs with the disk's files below ZONE_ROOT: the bare machine has no PCI, so no disk (images/boot-bare)."""
    tree = directory / "tree"
    target = tree / ZONE_ROOT.lstrip("/")
    target.mkdir(parents=True)
    tool_output("debugfs", "-R", f"rdump / {target}", str(DISK))
    initrd = directory / "bare.cpio.gz"
    more = subprocess.run(
        f"cd {shlex.quote(str(tree))} && find . | cpio --quiet -o -H newc -R 0:0 | gzip -1", shell=True, check=True, stdout=subprocess.PIPE
    ).stdout
    initrd.write_bytes(paths.INITRAMFS.read_bytes() + more)
    return initrd


def prepare(machine) -> None:
    """Waits for the prompt, mounts the disk so that programs on it can be used by chroot, and asks for an address."""
    machine.wait_prompt()
    machine.run(f"mount -t ext4 /dev/vda {ZONE_ROOT}")
    prepare_chroot(machine)
    machine.run("net-up", timeout=60)


def prepare_chroot(machine) -> None:
    """Mounts what programs expect below ZONE_ROOT."""
    for kind, place in (("proc", "proc"), ("sysfs", "sys"), ("devtmpfs", "dev"), ("tmpfs", "tmp")):
        machine.run(f"mount -t {kind} {kind} {ZONE_ROOT}/{place}")


def file_of(machine, name: str) -> str:
    """What a part of the load wrote."""
    return machine.run(f"cat {ZONE_ROOT}/tmp/load/{name}", timeout=60).output


def troubles(machine) -> list[str]:
    """Lines of the kernel's log that mean a bug, whatever their level."""
    return [line for line in machine.run("dmesg", timeout=60).lines() if TROUBLE.search(line)]


def write_table(name: str, table: str) -> None:
    """Replaces the table between the marks of that name in docs/performance.md."""
    page = paths.TOP / "docs" / "performance.md"
    head, rest = page.read_text(encoding="utf-8").split(f"<!-- {name}: begin -->")
    tail = rest.split(f"<!-- {name}: end -->")[1]
    page.write_text(f"{head}<!-- {name}: begin -->\n{table}\n<!-- {name}: end -->{tail}", encoding="utf-8")
