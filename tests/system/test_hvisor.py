# SPDX-License-Identifier: GPL-2.0-or-later
"""hvisor's interface from a bare-metal root zone that does what its tool, module and daemon do (guests/hvisor)."""

import paths
import zoneset
from machine import Machine

ROUNDS = zoneset.number("LOONGVISOR_HVISOR_ROUNDS", 3)
IMAGE_GPA = 0x04000000
POOL = 0xA0000000
POOL_SIZE = 0x02000000


def test_a_zone_is_made_served_and_shut_down(log):
    """Every call, right and wrong; a zone with registers 0 whose virtio device the root zone serves."""
    guest = paths.GUESTS / "virtio.bin"
    size = (guest.stat().st_size + 7) & ~7
    pool = {"type": "pool", "physical_start": f"{POOL:#x}", "size": f"{POOL_SIZE:#x}"}
    root = zoneset.zone(
        *(0, "hvisor", [0, 1], [IMAGE_GPA, size, POOL, ROUNDS]),
        memory_regions=[*zoneset.ROOT_REGIONS, pool],
        cpu_lines=[0, 1],
        paravirt_ipi=False,
    )
    root["modules"] = [{"name": "guest", "filepath": str(guest), "load_paddr": f"{IMAGE_GPA:#x}"}]
    with Machine(log, kernel=zoneset.pack("hvisor", [root]), memory="2G") as machine:
        machine.expect(r"HVISOR DONE", timeout=60 + 30 * ROUNDS)
        text = machine.transcript.text
        assert zoneset.lines(text, "HVISOR ERROR") == [] and "VIRTIO ERROR" not in text
        assert text.count("VIRTIO BEGIN") == ROUNDS and text.count("VIRTIO DONE") == ROUNDS
        result = zoneset.fields(zoneset.lines(text, "HVISOR RESULT")[0])
        assert result["ROUNDS"] == ROUNDS
        # Per round of the zone: a read, two accesses to one register, a notification, an acknowledgement.
        assert result["REQUESTS"] >= 5 * 20 * ROUNDS
        assert result["WAKEUPS"] > 0, "the daemon was never woken"
        assert result["TICKS"] > 0, "no interrupt was taken while a zone was shut down"
        assert zoneset.inconsistencies(machine) == []
