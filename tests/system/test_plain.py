# SPDX-License-Identifier: GPL-2.0-or-later
"""The hypervisor without hvisor's interface (make HV_COMPAT=)."""

import image
import paths
import zoneset

PLAIN = paths.BUILD / "hypervisor-plain" / "loongvisor.elf"
VIRTIO = {"type": "virtio", "virtual_start": "0x30000000", "size": "0x1000"}


def test_debian_boots_without_hvisors_interface(boot):
    kernel = image.pack_zone(image.ROOT_ZONE, paths.KERNEL.parent, paths.SCRATCH / "plain.elf", hypervisor=PLAIN)
    assert boot(kernel=kernel).run("uname -r").output.strip() == paths.kernel_release()


def test_its_devices_are_refused_by_name(boot):
    zone = zoneset.zone(0, "spin", [0])
    zone["memory_regions"] = [*zone["memory_regions"], VIRTIO]
    machine = boot(kernel=zoneset.pack("plain", [zone], hypervisor=PLAIN), wait=False)
    machine.expect(r"zone 0 refused: REGION_UNBUILT \d+", 30)
    machine.expect(r"cannot start: a zone of the image could not be made", 30)
