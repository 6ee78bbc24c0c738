# SPDX-License-Identifier: GPL-2.0-or-later
"""The kernels that `make kernels` builds, what is asked of each after a boot, and how each becomes a root zone."""

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path

import image
import paths

BUILT = paths.BUILD / "kernels"
INITRD = BUILT / "initrd.cpio"
DISK = BUILT / "disk.ext4"
LOGS = paths.BUILD / "kernels-logs"
SCRATCH = paths.BUILD / "kernels-scratch"

BOOTS = int(os.environ.get("LOONGVISOR_BOOTS", "10"))
# A boot on a busy host, whose CPUs the polling kernel wants for itself.
BOOT_TIMEOUT = 240.0

# What no kernel may say at any level.
TROUBLE = r"WARNING:|BUG:|Oops|Call Trace|stall|lockup|hung_task|blocked for more than|overlaps|disabling initrd|nobody cared"

# Any function that every kernel has.
SYMBOL = "panic"


@dataclass(frozen=True)
class Kernel:
    """One of the kernels: its files for a root zone and for a guest, and how it says what it is."""

    name: str
    page_kib: int
    moves: bool  # KASLR
    root_zone: dict  # fields of the root zone's file that differ from boards/qemu-virt/root.json


DEFAULT = Kernel(
    name="default",
    page_kib=16,
    moves=True,
    root_zone={
        "kernel_filepath": str(BUILT / "default" / "vmlinuz.efi"),
        "kernel_args": "console=ttyS0,115200 hostname=default",
    },
)
# Its device tree and command line are its own, and the address of the initrd stands in them (builtin.dtsi).
BUILTIN = Kernel(
    name="builtin",
    page_kib=4,
    moves=False,
    root_zone={
        "kernel_filepath": str(BUILT / "builtin" / "root.elf"),
        "boot": "none",
        "initrd_load_paddr": "0x08000000",
    },
)
ALL = (DEFAULT, BUILTIN)


def pack_root(kernel: Kernel) -> Path:
    """An image whose root zone is that of boards/qemu-virt/root.json, with this kernel and the tests' initrd."""
    zone = json.loads(image.ROOT_ZONE.read_text(encoding="utf-8"))
    if kernel is BUILTIN:
        for field in ("kernel_load_paddr", "kernel_args", "dtb_filepath"):
            del zone[field]
    zone |= {"initrd_filepath": str(INITRD), **kernel.root_zone}
    path = SCRATCH / f"root-{kernel.name}.json"
    path.write_text(json.dumps(zone, indent=4), encoding="utf-8")
    return image.pack_zone(path, paths.BUILD / "images", path.with_suffix(".elf"))


def link_address(kernel: Kernel) -> int:
    """Where SYMBOL is unless the kernel moves."""
    symbols = (BUILT / kernel.name / "System.map").read_text(encoding="ascii")
    return int(re.search(rf"^(\w+) T {SYMBOL}$", symbols, re.M).group(1), 16)


def troubles(run) -> list[str]:
    """Lines of a kernel's log that mean a bug; run types a command and returns what it printed."""
    return [line for line in run("dmesg").splitlines() if re.search(TROUBLE, line)]


def check_kernel(kernel: Kernel, cpus: int, run) -> int:
    """What holds after each boot; returns how far the kernel's text is from where it was linked to."""
    assert run("hostname").strip() == kernel.name
    assert run("nproc").strip() == str(cpus)
    assert run("grep -m 1 KernelPageSize /proc/self/smaps").split()[1] == str(kernel.page_kib)
    assert run("cd / && sha256sum -c ballast.sha256").strip() == "ballast: OK", "somebody wrote to the initrd"
    assert not troubles(run)
    moved = int(run(f"grep -m 1 ' T {SYMBOL}$' /proc/kallsyms").split()[0], 16) - link_address(kernel)
    assert (moved != 0) == kernel.moves, f"the kernel's text is {moved:#x} from where it was linked to"
    return moved
