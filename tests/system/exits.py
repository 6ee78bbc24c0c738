# SPDX-License-Identifier: GPL-2.0-or-later
"""The hypervisor's exit counters of the root zone."""

from collections import Counter

import abi
import image


def exits_of(machine) -> list[Counter]:
    """Exits by cause of each of the root zone's vCPUs so far, read from the hypervisor's memory behind the zone's back."""
    page = image.symbol("info_pages")
    causes = abi.exit_causes()
    assert machine.qmp.read_physical(page, 1)[0] == abi.info_magic()
    return [
        Counter(dict(zip(causes, machine.qmp.read_physical(page + abi.info_stats() + abi.stats_size() * vcpu, len(causes)))))
        for vcpu in range(image.root_cpus())
    ]
