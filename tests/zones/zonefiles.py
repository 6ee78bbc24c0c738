# SPDX-License-Identifier: GPL-2.0-or-later
"""Zone files that the tests write: the bare-metal guests with this and that, and small Linux guests."""

from rootzone import SHARE

# Parameters that choose nothing: commands are typed.
LINE_UART = "line 4"


def bare(guest: str, cpus: list[int], name: str = "", zone_id: int = 5, **more) -> dict:
    """A zone that runs a bare-metal guest of the examples (hostile, jitter)."""
    return {
        "name": name or guest,
        "zone_id": zone_id,
        "cpus": cpus,
        "memory": "16M",
        "kernel_filepath": f"{SHARE}/{guest}.elf",
        "uart_interrupt": LINE_UART,
        **({"power_interrupt": "line 5"} if guest == "jitter" else {}),
        **more,
    }


def linux(name: str, cpus: list[int], zone_id: int = 6, memory: str = "128M", **more) -> dict:
    """A zone that runs the stock kernel with the examples' small system."""
    return {
        "name": name,
        "zone_id": zone_id,
        "cpus": cpus,
        "memory": memory,
        "kernel_filepath": f"{SHARE}/Image",
        "initrd_filepath": f"{SHARE}/guest.cpio.gz",
        "kernel_args": f"console=ttyS0,115200 swiotlb=noforce hostname={name}",
        **more,
    }
