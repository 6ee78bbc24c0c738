# SPDX-License-Identifier: GPL-2.0-or-later
"""Every field of a zone file is in what loongvisor-pack prints, as text and as JSON; tests/unit/cli/test_fields.c asks the
loongvisor command the same of the same files."""

import json
import pathlib
import re
import subprocess

import pytest

TREE = pathlib.Path(__file__).parents[3]
PACK = TREE / "build/tools/loongvisor-pack"
FIELDS = pathlib.Path(__file__).parent / "fields"
ALL = json.loads((FIELDS / "all.json").read_text())
PRINTED = json.loads((FIELDS / "printed.json").read_text())["configuration"]
SCHEMA = json.loads((TREE / "docs/zone.schema.json").read_text())

BOARD = {
    "name": "fields", "cpus": [4, 5, 6, 7, 8, 9, 0, 1],
    "ram": [{"base": 0, "size": "0x10000000"}, {"base": "0x80000000", "size": "0x100000000"}],
    "hypervisor": {"base": "0xa000000", "size": "0x6000000"}, "uart_base": "0x1fe001e0",
    "pci": {"access": "ecam", "base": "0x20000000", "size": "0x8000000"}, "devices": [],
}
ROOT = {
    "name": "root", "zone_id": 0, "cpus": [0], "entry_point": 0,
    "memory_regions": [{"type": "ram", "physical_start": 0, "virtual_start": 0, "size": "1M"},
                       {"type": "kicks", "virtual_start": "0xff00004000", "size": "4K"}],
}
# Named in the file alone: what they say is spent when the zone is built, or is for others. "memory" becomes regions.
UNPRINTED = {
    "$schema", "note", "kernel_filepath", "kernel_load_paddr", "kernel_args", "dtb_filepath", "dtb_load_paddr", "initrd_filepath",
    "initrd_load_paddr", "modules", "boot_tables_paddr", "share", "ivc_configs", "pci_config", "num_pci_devs", "arch", "arch_config",
    "boot_protocol", "boot_method", "boot",
}
# What a field is called where that is not its own name.
OUTPUTS = {
    "interrupts": "vectors", "entry_point": "entry", "memory_regions": "regions", "pci_devices": "pci_functions",
    "alloc_pci_devs": "pci_functions",
}


@pytest.fixture(name="pack", scope="module")
def fixture_pack(tmp_path_factory):
    """Runs loongvisor-pack on the file with all fields; gives what it prints."""
    folder = tmp_path_factory.mktemp("fields")
    for name, value in (("board", BOARD), ("root", ROOT)):
        (folder / f"{name}.json").write_text(json.dumps(value))

    def run(option):
        command = [PACK, "--board", folder / "board.json", "--zone", folder / "root.json", "--zone", FIELDS / "all.json", option]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def fallbacks():
    """(field, default of a zone, default of the root zone) for each default that is a value."""
    table = subprocess.run([PACK, "--fields"], stdout=subprocess.PIPE, text=True, check=True).stdout
    value = r'`?("[\w ]+"|\d+|none)`?'
    for row in re.finditer(rf"^\| `(\w+)`.* \| {value}(?:; root zone {value})? \|$", table, re.MULTILINE):
        yield row[1], row[2].strip('"'), (row[3] or row[2]).strip('"')


def test_defaults_are_those_of_the_tables(tmp_path):
    guest = {**ROOT, "name": "guest", "zone_id": 1, "cpus": [1]}
    guest["memory_regions"] = [{**ROOT["memory_regions"][0], "physical_start": "0x80000000"}]
    command = [PACK, "--json"]
    for option, name, value in (("--board", "board", BOARD), ("--zone", "root", ROOT), ("--zone", "guest", guest)):
        (tmp_path / name).write_text(json.dumps(value))
        command += [option, tmp_path / name]
    answer = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)
    root, zone = answer["zones"]
    checked = set()
    for field, of_zone, of_root in fallbacks():
        name = OUTPUTS.get(field, field)
        if name in PRINTED and field not in guest:
            assert (as_text(zone[name]) or "none", as_text(root[name]) or "none") == (of_zone, of_root), field
            checked.add(field)
    assert checked >= {"interrupts", "power_interrupt", "on_poweroff", "on_failure", "watchdog_ms", "pci_devices"}


def test_the_file_has_all_fields():
    assert set(SCHEMA["properties"]) - set(ALL) == {"memory", "window"}
    back_ends = [device["back_end"] for device in ALL["devices"] if "back_end" in device]
    for name, objects in (
        ("region", ALL["memory_regions"]), ("pci_device", ALL["pci_devices"]), ("module", ALL["modules"]), ("device", ALL["devices"]),
        ("back_end", back_ends),
    ):
        assert set(SCHEMA["$defs"][name]["properties"]) == set().union(*objects), name


def test_every_field_has_an_expected_output():
    assert {OUTPUTS.get(field, field) for field in set(ALL) - UNPRINTED} == set(PRINTED)


def test_json_has_every_field(pack):
    zone = json.loads(pack("--json"))["zones"][1]
    assert {name: zone.get(name, "absent") for name in PRINTED} == PRINTED


def as_text(value):
    """A value of the JSON as the text has it."""
    if isinstance(value, list):
        runs = [[first, first] for first in value if first - 1 not in value]
        for run in runs:
            while run[1] + 1 in value:
                run[1] += 1
        return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in runs)
    if isinstance(value, dict):
        return " ".join(f"{kind} {number}" for kind, number in value.items())
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value is None else str(value)


def test_text_has_every_field(pack):
    text = pack("--print").split("\nzone 2 ")[1]
    for name, value in PRINTED.items():
        if name in ("regions", "pci_functions", "devices"):
            assert re.search(rf"^  {name}$", text, re.MULTILINE)
        else:
            assert re.search(rf"^  {name} +{re.escape(as_text(value))}$", text, re.MULTILINE), name
    assert re.search(r"^    ram +0x0 +0x140000000 +16 MiB +yes +none$", text, re.MULTILINE)
    assert re.search(r"^    uart +0x1fe00000 +4 KiB +no +line 1$", text, re.MULTILINE)
    assert re.search(r"^ +00 +02\.1 +00 +03\.0$", text, re.MULTILINE)
    assert re.search(r"^ +0x400000 .* a module$", text, re.MULTILINE)
    assert re.search(r"^    blk +9 +2 +64 +root$", text, re.MULTILINE)
    assert re.search(r"^    virtio-33 +8 +1 +32 +device0$", text, re.MULTILINE)
