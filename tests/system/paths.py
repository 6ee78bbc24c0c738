# SPDX-License-Identifier: GPL-2.0-or-later
"""Where the build put what the tests run. LOONGVISOR_QEMU and LOONGVISOR_IMAGE name others for a trial by hand."""

import os
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
BUILD = TOP / "build"
LOGS = BUILD / "test-logs"
SCRATCH = BUILD / "test-scratch"

QEMU = Path(os.environ.get("LOONGVISOR_QEMU", BUILD / "emulator" / "qemu-system-loongarch64"))
IMAGE = Path(os.environ.get("LOONGVISOR_IMAGE", BUILD / "loongvisor-qemu.elf"))
HYPERVISOR = BUILD / "hypervisor" / "loongvisor.elf"
PACKER = BUILD / "tools" / "loongvisor-pack"
GUESTS = BUILD / "guests"
ZONES = TOP / "tests" / "system" / "zones"
HEADERS = TOP / "include" / "loongvisor"

KERNEL = BUILD / "images" / "Image"
KERNEL_RELEASE = BUILD / "images" / "kernel-release"
INITRAMFS = BUILD / "images" / "initramfs.cpio.gz"


def kernel_release() -> str:
    """What `uname -r` must say: the release of the kernel that came out of Debian's package."""
    return KERNEL_RELEASE.read_text(encoding="ascii").strip()
