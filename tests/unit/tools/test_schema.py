# SPDX-License-Identifier: GPL-2.0-or-later
"""The JSON Schema of zone files says what the checker says: it is made from the same tables, and tried against it here."""

import json
import pathlib
import re
import subprocess

import jsonschema
import pytest

TREE = pathlib.Path(__file__).parents[3]
PACK = TREE / "build/tools/loongvisor-pack"
SCHEMA = TREE / "docs/zone.schema.json"
BOARD = TREE / "boards/qemu-virt/board.json"
VALIDATOR = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text()))

# What the checker says of a value that has the wrong shape, rather than being wrong here and now.
SHAPE = (
    "belongs", "not a number from 0 up", "unknown field", "not an interrupt", "unknown policy", "unknown type of region",
    "unknown boot protocol", "is missing", "or a range of them", "not usable as a zone's name",
)
VALUES = [
    0, 1, -1, 1.5, True, False, None, "", "0", "7", "0x10", "0X1f", "0xg", "12x", "1K", "2m", "1G", "3T", "all", "1-2", "0x1-0x2",
    "2-", "none", "line 7", "line 8", "vector 255", "vector 256", "vector  1", "stop", "machine", "halt", "efi-tables", "ram",
    "uart", "rom", "a name", "a.json", "-x", "..", "3a5000", "1.5", "_", "a/b", [], [0], ["1-2", 3], [None], [-1], ["x"], {}, {"x": 1}, [{}],
    [{"type": "ram", "virtual_start": 0, "size": 4096, "physical_start": 0}],
    [{"type": "ram", "virtual_start": 0, "size": 4096, "sise": 1}],
    [{"bus": 0, "device": 1, "function": 0}], [{"bus": 0, "device": 1}],
    [{"filepath": "Image", "load_paddr": 0}], [{"load_paddr": 0}],
]


def zone_files():
    """Zone files of this tree."""
    listed = subprocess.run(["git", "ls-files", "*.json"], cwd=TREE, check=True, stdout=subprocess.PIPE, text=True).stdout
    files = [TREE / line for line in listed.splitlines()]
    return [file for file in files if "zone_id" in json.loads(file.read_text())]


def documented_zones():
    """Zones that the documentation shows."""
    blocks = re.findall(r"```json\n(.*?)```", (TREE / "docs/zones.md").read_text(), re.DOTALL)
    return [json.loads(block) for block in blocks if '"zone_id"' in block]


def complaints(tmp_path, zone):
    """What the checker says of a zone, line by line."""
    file = tmp_path / "zone.json"
    file.write_text(json.dumps(zone))
    done = subprocess.run(
        [PACK, "--check", "--board", BOARD, "--zone", file], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False
    )
    assert done.returncode in (0, 1), done.stderr
    return done.stderr.splitlines()


def good_zone():
    """A zone of which nothing is wrong."""
    return {
        "name": "root", "zone_id": 0, "cpus": [0], "entry_point": 0,
        "memory_regions": [{"type": "ram", "physical_start": 0, "virtual_start": 0, "size": "1M"}],
    }


def test_schema_and_page_are_the_packers():
    done = subprocess.run([TREE / "scripts/field-tables", "--check"], stdout=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_schema_is_a_schema():
    jsonschema.Draft202012Validator.check_schema(VALIDATOR.schema)


@pytest.mark.parametrize("file", zone_files(), ids=lambda file: str(file.relative_to(TREE)))
def test_zone_files_are_valid(file):
    VALIDATOR.validate(json.loads(file.read_text()))


def test_documented_zones_are_valid():
    zones = documented_zones()
    assert len(zones) >= 3
    for zone in zones:
        VALIDATOR.validate(zone)


def test_every_field_is_documented():
    text = (TREE / "docs/zones.md").read_text()
    fields = set(VALIDATOR.schema["properties"])
    for definition in VALIDATOR.schema["$defs"].values():
        fields |= set(definition.get("properties", ()))
    assert not [field for field in sorted(fields) if f"`{field}`" not in text and f'"{field}"' not in text]


def test_good_zone_is_good_to_both(tmp_path):
    VALIDATOR.validate(good_zone())
    assert not complaints(tmp_path, good_zone())


def agree(tmp_path, zone, what):
    """Schema and checker agree on the zone's shape."""
    said = [line for line in complaints(tmp_path, zone) if "warning:" not in line and "refused:" not in line]
    shape = [line for line in said if any(words in line for words in SHAPE)]
    valid = VALIDATOR.is_valid(zone)
    assert valid or said, f"{what}: the schema refuses it and the checker does not"
    assert not (valid and shape), f"{what}: the schema takes it, the checker says: {shape[0]}"


@pytest.mark.parametrize("field", sorted(VALIDATOR.schema["properties"]))
def test_every_field_with_every_value(tmp_path, field):
    for value in VALUES:
        agree(tmp_path, {**good_zone(), field: value}, f"{field} = {json.dumps(value)}")


@pytest.mark.parametrize("field", sorted(VALIDATOR.schema["$defs"]["region"]["properties"]))
def test_every_field_of_a_region_with_every_value(tmp_path, field):
    for value in VALUES:
        zone = good_zone()
        zone["memory_regions"][0][field] = value
        agree(tmp_path, zone, f"memory_regions[0].{field} = {json.dumps(value)}")


@pytest.mark.parametrize("field", sorted(good_zone()))
def test_missing_fields(tmp_path, field):
    zone = good_zone()
    del zone[field]
    agree(tmp_path, zone, f"no {field}")


def test_unknown_fields(tmp_path):
    agree(tmp_path, {**good_zone(), "memroy": "1M"}, "memroy")
