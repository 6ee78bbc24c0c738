# SPDX-License-Identifier: GPL-2.0-or-later
"""
Devices of a stock Debian zone, served by Debian's own back ends in the root zone: what the zone reads is what is there,
and a back end or a front end that is killed is a pause.
"""

import re
import shlex

import pytest

import paths
from conftest import start_machine
from machine import PROMPT
from rootzone import SHARE, RootZone
from shared import SharedMachine
from zonefiles import linux

BACK_ENDS = paths.BUILD / "images" / "back-ends.ext4"
INITRD = paths.BUILD / "images" / "guest-devices.cpio.gz"
IMAGE = "/work/disk.img"
IMAGE_MIB = 32
NAME = "served"
LOG = f"/run/loongvisor/zones/{NAME}.log"
KILLS = 5
MIB = 1 << 20
MEMORY_MIB = 512
# As docs/zones.md has the layout of a zone with a window; the low RAM ends behind the table of bounce buffers.
LOW_END = 0x2C4000
WINDOW = 0x400000
WINDOW_END = WINDOW + 68 * MIB
BOUNCE_END = WINDOW + 64 * MIB
PRIVATE = 0x1_0000_0000
# A program that reads the whole disk again and again, from the disk and not from memory.
READER = "(while :; do sha256sum /dev/vda; echo 3 > /proc/sys/vm/drop_caches; done > /tmp/sums 2> /tmp/errors) & true"


def drive(name: str, path) -> tuple[str, ...]:
    """QEMU's arguments for a disk of the root zone's, whose file stays as it is."""
    return ("-drive", f"file={path},format=raw,if=none,id={name},snapshot=on,file.locking=off", "-device", f"virtio-blk-pci,drive={name}")


def prepare(machine) -> None:
    """The disk with the back ends becomes the root file system: passt wants one that is not the initramfs."""
    size = INITRD.resolve().stat().st_size
    for command in (
        "mount -t ext4 /dev/vda /mnt",
        f"mkdir -p /mnt/mnt /mnt/run /mnt/usr && cp /usr/bin/loongvisor /mnt/bin/ && cp -a /usr/share /mnt/usr/ && head -c {size} /dev/vdb > /mnt{SHARE}/guest-devices.cpio.gz",
        "for place in proc sys dev run tmp; do mount --bind /$place /mnt/$place; done",
        "export PATH=/usr/bin:/usr/libexec:/bin:/sbin:/usr/sbin",
        "for tool in $(busybox --list); do [ -e /mnt/bin/$tool ] || ln -s busybox /mnt/bin/$tool; done",
    ):
        machine.run(command, timeout=60)
    machine.console.send("cd /mnt && mount --move . / && exec chroot . /bin/sh\n")
    machine.console.expect("# ", timeout=20)
    machine.console.send("PS1='root@root-zone:~# '\n")
    machine.expect(PROMPT)


@pytest.fixture(scope="module")
def back_ends(built):
    """The machine of `make run`, with a disk of back ends and the initrd that has drivers for what they serve."""
    padded = INITRD.with_suffix(".img")
    data = INITRD.read_bytes()
    padded.write_bytes(data + bytes(-len(data) % 512))
    options = (*drive("ends", BACK_ENDS), *drive("initrd", padded), "-netdev", "user,id=net", "-device", "virtio-net-pci,netdev=net,romfile=")

    def start(log):
        machine = start_machine(*options)(log)
        prepare(machine)
        return machine

    machine = SharedMachine(start)
    yield machine
    machine.drop()


@pytest.fixture
def root(request, log, back_ends):
    """The root zone with back ends, and an image of random bytes."""
    for machine in back_ends.lend(request, log):
        root = RootZone(machine)
        root.run(f"[ -e {IMAGE} ] || dd if=/dev/urandom of={IMAGE} bs=1M count={IMAGE_MIB} 2> /dev/null", timeout=60)
        yield root
        if not getattr(request.node, "failed_somewhere", False):
            root.remove_all()


def zone(devices: list[dict], **more) -> dict:
    arguments = f"console=ttyS0,115200 hostname={NAME}"
    return linux(
        NAME, [6], memory=f"{MEMORY_MIB}M", initrd_filepath=f"{SHARE}/guest-devices.cpio.gz", kernel_args=arguments, devices=devices, **more
    )


def bring_up(root, devices: list[dict], **more) -> None:
    root.bring_up(root.write_zone(zone(devices, **more)))


def ranges(console, name: str) -> list[tuple[int, int]]:
    """Of /proc/iomem: first byte and the one behind the last."""
    rows = re.findall(rf"^ *([0-9a-f]+)-([0-9a-f]+) : {name}", console.run("cat /proc/iomem"), re.MULTILINE)
    return [(int(first, 16), int(last, 16) + 1) for first, last in rows]


def run(root, *commands: str, timeout: float = 60) -> list[str]:
    """What commands in the zone print."""
    with root.console(NAME) as console:
        console.wait_shell(NAME)
        return [console.run(command, timeout).strip() for command in commands]


def sum_of(root, path: str) -> str:
    return root.run(f"sha256sum {shlex.quote(path)}", timeout=60).output.split()[0]


def sums(text: str) -> dict[str, int]:
    """How often the reader has found which checksum."""
    return {found: int(count) for count, found in re.findall(r"^ *(\d+) ([0-9a-f]{64})", text, re.MULTILINE)}


def assert_reads_on(root, expected: str) -> None:
    """The reader finishes reads from now on, and has found nothing but the image."""
    commands = (": > /tmp/sums", "sleep 3", "sort /tmp/sums | uniq -c", "cat /tmp/errors", "dmesg | grep -iE 'i/o error|blocked for'; true")
    _, _, found, errors, messages = run(root, *commands)
    # The first line after the file was emptied may be of a read that began before.
    assert set(sums(found)) == {expected} and sums(found)[expected] >= 2, found
    assert errors == "" and messages == ""


@pytest.mark.parametrize("share", ["all", "window"])
def test_disk_network_and_directory_are_what_they_should_be(root, share):
    bring_up(root, [{"disk": IMAGE}, {"net": "user"}, {"share": "/work", "tag": "work"}], share=share)
    expected = sum_of(root, IMAGE)
    there, lease, tree, again, written = run(
        root,
        "sha256sum /dev/vda",
        "ip link set eth0 up; timeout 20 udhcpc -n -q -i eth0 2>&1 | grep lease",
        "mkdir -p /m; mount -t virtiofs work /m && sha256sum /m/disk.img",
        "dd if=/dev/vda of=/dev/null bs=1M count=8 iflag=direct 2>&1 | tail -1",
        "echo hello > /m/from-zone; dd if=/dev/zero of=/dev/vda bs=1M seek=4 count=1 conv=fsync 2>&1 | tail -1",
    )
    assert there.split()[0] == expected and tree.split()[0] == expected
    assert "lease of" in lease and again == "8+0 records out" and written == "1+0 records out"
    assert root.run("cat /work/from-zone").output == "hello\n"
    image = root.run(f"dd if={IMAGE} bs=1M skip=4 count=1 2> /dev/null | tr -d '\\0' | wc -c").output.strip()
    assert image == "0", "what the zone has written is not in the image"


def test_a_stock_kernel_lives_above_its_window(root):
    """Private RAM is above 4 GiB; all of the window that the kernel has taken for itself is its bounce buffers."""
    bring_up(root, [{"disk": IMAGE}, {"net": "user"}, {"share": "/work", "tag": "work"}])
    configuration = root.ask(f"zone show {NAME}")["configuration"]
    shared = {int(region["gpa"], 0): region["shared"] for region in configuration["regions"] if region["type"] == "ram"}
    assert shared == {0: False, WINDOW: True, PRIVATE: False}
    assert [device["name"] for device in configuration["devices"]] == ["blk0", "net0", "work"]
    with root.console(NAME) as console:
        console.wait_shell(NAME)
        private = (PRIVATE, PRIVATE + (MEMORY_MIB - WINDOW_END // MIB) * MIB)
        assert ranges(console, "System RAM") == [(0, LOW_END), (WINDOW, WINDOW_END), private]
        low = [taken for taken in ranges(console, "Reserved") if taken[0] < PRIVATE]
        assert low == [(0, 2 * MIB), (2 * MIB, LOW_END), (WINDOW, BOUNCE_END)], low
        assert f"mapped [mem {WINDOW:#018x}-{BOUNCE_END:#018x}]" in console.run("dmesg | grep 'software IO TLB'")
        bus = console.run("dmesg | grep pci")
    assert "PCI host bridge to bus 0000:00" in bus
    assert f"IB MEM {WINDOW:#012x}..{WINDOW_END - 1:#012x} -> {WINDOW:#012x}" in bus


# What is killed, and what a person does then.
KILLED = {
    "back end": "kill -9 $(pidof qemu-storage-daemon)",
    "front end": f"kill -9 $(pidof loongvisor); (loongvisor serve {NAME} >> {LOG} 2>&1 &)",
}


@pytest.mark.parametrize("who", KILLED)
def test_what_is_killed_is_a_pause(root, who):
    bring_up(root, [{"disk": IMAGE}])
    expected = sum_of(root, IMAGE)
    run(root, READER)
    for _ in range(KILLS):
        assert_reads_on(root, expected)
        root.run(KILLED[who])
    assert_reads_on(root, expected)
    said = {"back end": "has ended, and is started again", "front end": "are served"}[who]
    # Each front end says once that it serves, the first one too.
    assert int(root.run(f"grep -c '{said}' {LOG}").output) == KILLS + (who == "front end")


def test_a_zone_has_one_front_end(root):
    bring_up(root, [{"disk": IMAGE}])
    refused = root.run(f"loongvisor serve {NAME}", check=False)
    assert refused.status == 1 and "another loongvisor serves it" in refused.output


def test_root_zone_that_starts_again_serves_on(root):
    bring_up(root, [{"disk": IMAGE}])
    expected = sum_of(root, IMAGE)
    run(root, READER)
    assert_reads_on(root, expected)
    # As after a root zone's new start: no front end, and nothing kept.
    root.run(f"kill -9 $(pidof loongvisor); mv /run/loongvisor /tmp/gone; (loongvisor serve /tmp/{NAME}.json > /tmp/again.log 2>&1 &)")
    assert_reads_on(root, expected)
    root.run("rm -r /tmp/gone")


def test_zone_restarts_and_goes_with_its_devices(root):
    bring_up(root, [{"disk": IMAGE}, {"share": "/work", "tag": "work"}])
    expected = sum_of(root, IMAGE)
    for _ in range(KILLS):
        run(root, READER)
        root.cli(f"zone restart {NAME}")
        assert run(root, "sha256sum /dev/vda")[0].split()[0] == expected
    root.remove(NAME)
    root.run("for i in $(seq 50); do pidof qemu-storage-daemon virtiofsd loongvisor > /dev/null || break; sleep 0.1; done")
    assert root.run("pidof qemu-storage-daemon virtiofsd loongvisor", check=False).output == ""
    assert root.run("ls /run/loongvisor/zones").output.split() == [f"{NAME}.log"]


def test_zone_does_not_start_without_its_disk(root):
    root.run("echo nonsense > /work/bad.qcow2")
    path = root.write_zone(zone([{"disk": "/work/bad.qcow2"}]))
    refused = root.run(f"loongvisor zone start {path}", check=False)
    assert refused.status == 1
    assert re.search(rf"zone {NAME}: device blk0: its back end does not start: .*not in qcow2 format", refused.output), refused.output
    assert root.zones()[NAME]["state"] == "CREATED"
    # Once it is there, the zone starts as it is.
    root.run("qemu-img create -f qcow2 /work/bad.qcow2 64M")
    root.cli(f"zone start {NAME}")
    assert run(root, "cat /sys/block/vda/size") == ["131072"]
