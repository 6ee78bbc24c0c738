# SPDX-License-Identifier: GPL-2.0-or-later
"""PCI functions passed through to the root zone: virtio disk and network, by MSI-X."""

import pytest

from disk import sha256
from test_power import reset_by_guest

GATEWAY = "10.0.2.2"


def msix_interrupts(machine, device: str) -> int:
    """How often the MSI-X vectors of a virtio device's queues fired; the device must use MSI-X and nothing else."""
    lines = {name: count for name, count in machine.interrupts().items() if device in name}
    assert lines, f"/proc/interrupts has no {device}"
    others = [name for name in lines if "PCI-MSIX" not in name]
    assert not others, f"not by MSI-X: {others}"
    return sum(lines.values())


def virtio_name(machine, sys_path: str) -> str:
    """The name (virtioN) of the virtio device that a block or network device sits on."""
    path = machine.run(f"readlink -f {sys_path}/device").output.strip()
    name = path.rsplit("/", 1)[1]
    assert name.startswith("virtio") and "/pci" in path, f"{sys_path} is not a virtio device on PCI: {path}"
    return name


def sum_of(machine, path: str) -> str:
    return machine.run(f"sha256sum {path}", timeout=60).output.split()[0]


def mount(machine) -> None:
    machine.run("mount -t ext4 /dev/vda /mnt")


def test_disk_keeps_what_is_written_over_a_reboot(root, disk):
    before = msix_interrupts(root, virtio_name(root, "/sys/block/vda"))
    mount(root)
    assert sum_of(root, f"/mnt/{disk.SEED}") == disk.seed_sha256, "what the host wrote reads differently"
    root.run("dd if=/dev/urandom of=/mnt/written bs=64k count=64 && sync", timeout=60)
    written = sum_of(root, "/mnt/written")
    root.run("echo 3 >/proc/sys/vm/drop_caches")
    assert sum_of(root, "/mnt/written") == written, "the disk returned something else than was written"
    assert msix_interrupts(root, virtio_name(root, "/sys/block/vda")) > before

    reset_by_guest(root)
    root.wait_prompt()
    mount(root)
    assert sum_of(root, "/mnt/written") == written, "after the reboot the file is another"
    root.run("umount /mnt && sync", timeout=60)
    disk.check()
    assert sha256(disk.read("written")) == written, "the host finds another file in the image"


@pytest.fixture
def network(root):
    """The shared machine with an address on QEMU's user network."""
    if "10.0.2." not in root.run("ip -4 addr").output:
        root.run("net-up", timeout=40)
    return root


def test_network_reaches_the_gateway(network):
    device = virtio_name(network, "/sys/class/net/eth0")
    before = msix_interrupts(network, device)
    output = network.run(f"ping -c 5 {GATEWAY}", timeout=40).output
    assert "5 packets transmitted, 5 packets received" in output
    assert msix_interrupts(network, device) > before


def test_network_fetches_a_file(network, web):
    output = network.run(f"wget -q -O - http://{GATEWAY}:{web.port}/file | sha256sum", timeout=60).output
    assert output.split()[0] == web.sha256
    assert web.requests[-1] == "/file"
