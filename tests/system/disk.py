# SPDX-License-Identifier: GPL-2.0-or-later
"""An ext4 disk image: made and inspected on the host without mounting it."""

import hashlib
import os
import subprocess
from pathlib import Path

from machine import tool_output

MIB = 1 << 20


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


class Disk:
    """An image file with an ext4 file system that holds the file /seed."""

    SEED = "seed"

    def __init__(self, directory: Path, size: int = 64 * MIB, seed_size: int = 2 * MIB):
        contents = directory / "contents"
        contents.mkdir(parents=True)
        seed = os.urandom(seed_size)
        (contents / self.SEED).write_bytes(seed)
        self.seed_sha256 = sha256(seed)
        self.image = directory / "disk.ext4"
        with self.image.open("wb") as image:
            image.truncate(size)
        tool_output("mkfs.ext4", "-q", "-d", str(contents), str(self.image))

    def options(self) -> tuple[str, ...]:
        """QEMU's arguments for a virtio-blk PCI function with this disk."""
        return (
            *("-drive", f"file={self.image},format=raw,if=none,id=disk,file.locking=off"),
            *("-device", "virtio-blk-pci,drive=disk"),
        )

    def check(self) -> None:
        """Raises when the file system is not clean and consistent (the guest must have unmounted it)."""
        tool_output("e2fsck", "-f", "-n", str(self.image))

    def read(self, name: str) -> bytes:
        """The contents of a file in the root directory of the file system, as the host reads it from the image."""
        command = ["debugfs", "-R", f"cat /{name}", str(self.image)]
        return subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
