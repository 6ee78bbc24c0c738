# SPDX-License-Identifier: GPL-2.0-or-later
"""
One zone after the other on the same memory and the same CPU (guests/succession): nothing of the first reaches the
second, however the first ended.
"""

import socket
import threading

import pytest

import image
import paths
import zoneset
from machine import Machine

NETWORK, DISK, DISK_BEHIND_BRIDGE, ROOT_DISK, TRACES = 1, 2, 3, 4, 5
ENDS = 7
# Rounds with a disk that is stopped in the middle of its work.
ROUNDS = zoneset.number("LOONGVISOR_DMA_ROUNDS", ENDS)
IMAGE_GPA = 0x04000000
POOL = 0xA0000000
POOL_SIZE = 0x04000000
DISK_SIZE = 16 << 20
# So slow that all the guest's requests are under way when it ends.
DISK_RATE = 16 << 20
FRAME = b"\xff" * 6 + b"\x52\x54\x00\x11\x22\x33" + b"\x08\x06" + b"FROM THE NETWORK " * 3
# QEMU's functions where guests/succession expects them.
DEVICES = {
    NETWORK: ("rtl8139,addr=5,netdev=network,romfile=",),
    DISK: ("virtio-blk-pci,addr=6,drive=disk,disable-legacy=on",),
    DISK_BEHIND_BRIDGE: ("pcie-root-port,id=above,addr=7,chassis=1", "virtio-blk-pci,bus=above,drive=disk"),
    TRACES: (),
    ROOT_DISK: ("virtio-blk-pci,addr=6,drive=disk,disable-legacy=on",),
}


class Wire:
    """A network on which somebody sends without end. QEMU's stream of frames: length, frame."""

    def __init__(self):
        self.far, self._near = socket.socketpair()
        self._thread = threading.Thread(target=self._send, daemon=True)
        self._thread.start()

    def _send(self):
        self._near.settimeout(0.01)
        sent = threading.Event()
        data, left = len(FRAME).to_bytes(4, "big") + FRAME, b""
        while not sent.wait(0.01):
            left = left or data
            try:
                left = left[self._near.send(left) :]
            except TimeoutError:
                continue
            except OSError:
                return

    def close(self):
        self._near.close()
        self._thread.join()


def backend(mode: int, wire: Wire | None) -> list[str]:
    """QEMU's arguments for what is behind the machine's device."""
    if mode == TRACES:
        return []
    if wire:
        return ["-netdev", f"socket,id=network,fd={wire.far.fileno()}"]
    disk = paths.SCRATCH / "dma.img"
    disk.write_bytes(b"FROM THE DISK   " * (DISK_SIZE // 16))
    return ["-drive", f"id=disk,if=none,format=raw,read-only=on,throttling.bps-read={DISK_RATE},file={disk}"]


def succession(log, mode: int, rounds: int, seed: int = 1) -> None:
    """Runs the rounds; the second zone may find nothing of the first, nor of what the first's device writes."""
    name = "traces" if mode == TRACES else "dma"
    guest = paths.GUESTS / f"{name}.bin"
    entry = image.symbol("traces_entry", guest.with_suffix(".elf")) if mode == TRACES else 0
    size = (guest.stat().st_size + 7) & ~7
    regions = [*zoneset.ROOT_REGIONS, {"type": "pool", "physical_start": f"{POOL:#x}", "size": f"{POOL_SIZE:#x}"}]
    if mode == ROOT_DISK:
        regions = [region for region in regions if region.get("virtual_start") != "0x100e0000"]
        regions += [
            {"type": "power", "virtual_start": "0x100e0000", "size": "0x1000"},
            {"type": "io", "physical_start": "0x40000000", "virtual_start": "0x40000000", "size": "0x100000"},
        ]
    root = zoneset.zone(
        *(0, "succession", [0, 1], [IMAGE_GPA, size, POOL, mode, rounds, seed, entry]),
        memory_regions=regions,
        interrupts=["32-255"],
        on_reboot="restart",
    )
    root["modules"] = [{"name": "guest", "filepath": str(guest), "load_paddr": f"{IMAGE_GPA:#x}"}]
    wire = Wire() if mode == NETWORK else None
    options = backend(mode, wire)
    for device in DEVICES[mode]:
        options += ["-device", device]
    kernel = zoneset.pack(f"succession-{mode}", [root])
    with Machine(log, kernel=kernel, options=options, inherit=[wire.far] if wire else ()) as machine:
        for number in range(1, rounds + 1):
            machine.expect(rf"SUCCESSION ROUND {number}\r?\n", timeout=60)
        machine.expect(r"SUCCESSION DONE", timeout=20)
        text = machine.transcript.text
        assert zoneset.lines(text, "SUCCESSION ERROR") == []
        assert zoneset.fields(zoneset.lines(text, "SUCCESSION RESULT")[0]) == {"ROUNDS": rounds, "FOUND": 0}
        assert zoneset.inconsistencies(machine) == []
    if wire:
        wire.close()


def test_a_network_card_writes_nothing_after_any_end(log):
    succession(log, NETWORK, ENDS)


@pytest.mark.parametrize("mode", [DISK, DISK_BEHIND_BRIDGE], ids=["flat", "behind-a-bridge"])
def test_a_disk_writes_nothing_after_any_end(log, mode):
    succession(log, mode, ROUNDS)


def test_the_root_zones_disk_writes_nothing_after_its_restart(log):
    succession(log, ROOT_DISK, 3)


def test_the_second_zone_on_a_cpu_finds_nothing_of_the_first(log):
    """GPRs, CSRs, vector registers, TLB, timer, IPIs, vectors and lines, all of which the first has filled."""
    succession(log, TRACES, 2)
