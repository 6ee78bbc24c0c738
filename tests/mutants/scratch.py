# SPDX-License-Identifier: GPL-2.0-or-later
"""
Copies of the tree in which mutants are built and run. The working tree is never touched.

Times of files are copied too, so that make builds in a copy only what a mutant has changed. After each mutant what was
built of it is replaced by what the pristine copy has.
"""

import fcntl
import os
import shutil
from pathlib import Path

# What the suites write while they run; the kernel's make would take a module's old objects for new ones.
VOLATILE = ("test-logs", "test-scratch", "driver-logs", "driver")
# Built products that are large and that no mutant changes: a link each. The rest of build/ is left out.
LINKED = ("emulator", "guests", "images", "tools", "tests/driver")
# The module is built here each time.
DRIVER_HEADERS = "driver-headers"
COPIED = ("hypervisor", "hypervisor-checked", "tests/unit/hypervisor", "tests/unit/driver")


def copy_sources(top: Path, to: Path) -> None:
    def ignored(folder: str, names: list[str]) -> set[str]:
        return {"__pycache__"} | ({"build", ".git"} if Path(folder) == top else set()) & set(names)

    shutil.copytree(top, to, ignore=ignored, symlinks=True)


def copy_build(top: Path, to: Path) -> None:
    for name in COPIED:
        if (top / "build" / name).is_dir():
            shutil.copytree(top / "build" / name, to / "build" / name, symlinks=True)
    (to / "build").mkdir(exist_ok=True)
    for name in LINKED:
        (to / "build" / name).symlink_to((top / "build" / name).resolve())
    (to / "build" / DRIVER_HEADERS).symlink_to((top / "build" / "driver" / "headers").resolve())
    for image in (top / "build").glob("loongvisor-qemu*.elf"):
        (to / "build" / image.name).symlink_to(image.resolve())


def stamp(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_size, status.st_mtime_ns


class Scratch:
    """One copy, which one mutant has at a time."""

    def __init__(self, pristine: Path, path: Path):
        self._pristine = pristine
        self.path = path
        shutil.copytree(pristine, path, symlinks=True)

    def change(self, file: str, text: str) -> None:
        (self.path / file).write_text(text, encoding="utf-8")

    def restore(self, file: str) -> None:
        """As the pristine copy is, times included."""
        shutil.copy2(self._pristine / file, self.path / file)
        for name in VOLATILE:
            shutil.rmtree(self.path / "build" / name, ignore_errors=True)
        for name in COPIED:
            self._restore_directory(Path("build") / name)

    def _restore_directory(self, directory: Path) -> None:
        for folder, _, names in os.walk(self.path / directory):
            for name in names:
                built = Path(folder, name)
                original = self._pristine / built.relative_to(self.path)
                if not original.exists():
                    built.unlink()
                elif stamp(built) != stamp(original):
                    # A program that was killed may not have let go of its file yet.
                    built.unlink()
                    shutil.copy2(original, built)


class Busy(Exception):
    """Another run has the copies."""


class Scratches:
    """A pristine copy of the tree below its own build/, and as many copies of that as are asked for."""

    def __init__(self, top: Path):
        self._directory = top / "build" / "mutants"
        self._lock = (top / "build" / "mutants.lock").open("w", encoding="utf-8")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Busy(f"another run has {self._directory}: wait until it has ended") from error
        shutil.rmtree(self._directory, ignore_errors=True)
        self.pristine = self._directory / "pristine"
        self.logs = self._directory / "logs"
        self.logs.mkdir(parents=True)
        copy_sources(top, self.pristine)
        copy_build(top, self.pristine)
        self._count = 0

    def make(self) -> Scratch:
        self._count += 1
        return Scratch(self.pristine, self._directory / f"copy{self._count}")

    def drop(self) -> None:
        """The copies go; the logs stay."""
        for path in self._directory.iterdir():
            if path != self.logs:
                shutil.rmtree(path)
        self._lock.close()
