# SPDX-License-Identifier: GPL-2.0-or-later
"""The hypervisor runs where its board says, and says why it does not run elsewhere."""

import json
import struct

import image
import paths
import zoneset
from gdb import PC, Gdb, stub
from machine import Machine

PAGE = 0x1000
ENTRY, PROGRAM_HEADERS = 24, 32
HEADER_SIZE_AND_COUNT = 54
VIRTUAL, PHYSICAL = 16, 24
WINDOW = 0x9000 << 48  # the hypervisor sees physical memory here
FOREIGN_CPU = 2
ENTRY_SIZE = 0x80  # of the code in entry.S that leads a CPU to its block


def move(elf: bytearray, distance: int) -> None:
    """Gives the entry and each segment of an ELF file another address."""

    def add(offset: int) -> int:
        value = struct.unpack_from("<Q", elf, offset)[0]
        struct.pack_into("<Q", elf, offset, value + distance)
        return value

    add(ENTRY)
    (first,) = struct.unpack_from("<Q", elf, PROGRAM_HEADERS)
    size, count = struct.unpack_from("<HH", elf, HEADER_SIZE_AND_COUNT)
    for header in range(first, first + size * count, size):
        add(header + VIRTUAL)
        add(header + PHYSICAL)


def test_the_hypervisor_lies_at_the_boards_base(boot):
    machine = boot(kernel=zoneset.pack_file("probe"), wait=False)
    machine.expect(r"zone 0 .* starts", 30)
    for address, constants in image.constant_sections(paths.HYPERVISOR):
        words = struct.unpack_from("<8Q", constants)
        assert tuple(machine.qmp.read_physical(address, 8)) == words


def test_between_two_multiples_of_64_kib_it_says_so(log):
    elf = bytearray(zoneset.pack_file("probe").read_bytes())
    move(elf, PAGE)
    path = paths.SCRATCH / "misplaced.elf"
    path.write_bytes(elf)
    with Machine(log, kernel=path) as machine:
        machine.expect("cannot start: the hypervisor does not run at a multiple of 64 KiB", 30)


def test_above_4_gib(boot):
    """The other CPUs are told both halves of where they begin."""
    board = json.loads(image.BOARD.read_text(encoding="utf-8"))
    board["ram"][-1]["size"] = "0xf0000000"
    board["hypervisor"] = {"base": "0x150010000", "size": "0x10000000"}
    path = paths.SCRATCH / "high.json"
    path.write_text(json.dumps(board), encoding="utf-8")
    kernel = image.pack_zone(image.ROOT_ZONE, paths.KERNEL.parent, paths.SCRATCH / "high.elf", board=path)
    machine = boot(kernel=kernel, memory="4G")
    assert machine.run("nproc").output.strip() == str(image.root_cpus())


def test_physical_ids_may_have_gaps(log, monkeypatch):
    """Each CPU finds its own block, the one with the highest id too; the one that is not the board's waits for ever."""
    board = json.loads(image.BOARD.read_text(encoding="utf-8"))
    path = paths.SCRATCH / "gaps.json"
    path.write_text(json.dumps({**board, "cpus": [0, 3, 1]}), encoding="utf-8")
    monkeypatch.setattr(image, "BOARD", path)
    packed = zoneset.pack("gaps", [zoneset.zone(0, "ipi", [0, 1, 2], [1, 2000, 3, 2])])
    near, debug = stub()
    with near, Machine(log, kernel=packed, **debug) as machine:
        gdb = Gdb(near)
        gdb.ask("?")
        # The CPU of nobody comes, too, as if firmware had started all.
        entry = image.symbol("start_secondary", zoneset.CHECKED)
        gdb.run_to(0, WINDOW | image.symbol("arch_cpu_start", zoneset.CHECKED))
        gdb.write(FOREIGN_CPU, PC, entry)
        gdb.go_on(range(4))
        machine.expect(r"IPI DONE", 60)
        gdb.stop()
        assert entry < gdb.read(FOREIGN_CPU, PC) & image.PHYSICAL < entry + ENTRY_SIZE
        gdb.go()
        result = zoneset.fields(zoneset.lines(machine.transcript.text, "IPI RESULT")[0])
        assert result["SENT"] == result["SEEN"] > 0
        assert "did not start" not in machine.transcript.text
        assert zoneset.inconsistencies(machine) == []
