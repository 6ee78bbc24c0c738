# SPDX-License-Identifier: GPL-2.0-or-later
"""loongvisor-pack as a program: its descriptors and the files that it writes."""

import json
import os
import pathlib
import resource
import signal
import stat
import subprocess

import pytest

TREE = pathlib.Path(__file__).parents[3]
PACK = TREE / "build/tools/loongvisor-pack"
BOARD = TREE / "boards/qemu-virt/board.json"
MAP = [str(PACK), "--board", str(BOARD), "--zone", str(TREE / "boards/qemu-virt/root.json"), "--search", str(TREE / "build/images")]


@pytest.mark.parametrize("arguments", [[*MAP, "--print"], [*MAP, "--json"], [str(PACK), "--schema"]], ids=lambda a: a[-1])
@pytest.mark.parametrize("output", [">/dev/full", ">&-"])
def test_output_that_cannot_be_written_is_a_failure(arguments, output):
    done = subprocess.run(
        ["sh", "-c", f'"$@" {output}', "sh", *arguments], stderr=subprocess.PIPE, text=True, check=False, timeout=30
    )
    assert done.returncode == 1 and "cannot write the output" in done.stderr


def test_memory_map_has_no_control_characters(tmp_path):
    board = json.loads(BOARD.read_text())
    (tmp_path / "board.json").write_text(json.dumps({**board, "name": "\033[2J\u009b\"é"}))
    command = [str(PACK), "--board", str(tmp_path / "board.json"), *MAP[3:]]
    text = subprocess.run([*command, "--print"], stdout=subprocess.PIPE, check=True).stdout.decode()
    assert text.startswith('board \\x1b[2J\\xc2\\x9b"é: 4 CPUs')
    answer = subprocess.run([*command, "--json"], stdout=subprocess.PIPE, check=True).stdout.decode("ascii")
    assert json.loads(answer)["board"] == '\033[2J\u009b"é' and "\033" not in answer


# -- output files ---------------------------------------------------------------------------------------------------------

SEED_BYTES = 64
CRC_BYTES = 4
PART = 65536
ZONE = [*MAP, "--hypervisor", str(TREE / "build/hypervisor/loongvisor.elf")]


def pack(output, status=0, **options):
    """Packs the shipped configuration into a file."""
    done = subprocess.run([*ZONE, "-o", str(output)], stderr=subprocess.PIPE, text=True, check=False, timeout=60, **options)
    assert done.returncode == status, done.stderr
    return done.stderr


@pytest.fixture(name="image", scope="module")
def fixture_image(tmp_path_factory):
    """The bytes of an image in an ordinary file."""
    path = tmp_path_factory.mktemp("image") / "image.elf"
    pack(path)
    return path.read_bytes()


def is_image(found, image):
    """Two images of one configuration differ in the seeds of their device trees alone."""
    parts = [(found[at : at + PART], image[at : at + PART]) for at in range(0, len(image), PART)]
    differences = sum(x != y for a, b in parts if a != b for x, y in zip(a, b))
    return len(found) == len(image) and differences <= SEED_BYTES + CRC_BYTES


def test_a_pipe_gets_the_image(tmp_path, image):
    os.mkfifo(tmp_path / "pipe")
    with open(tmp_path / "read", "wb") as read, subprocess.Popen(["cat", str(tmp_path / "pipe")], stdout=read) as reader:
        pack(tmp_path / "pipe")
        assert reader.wait(timeout=60) == 0
    assert is_image((tmp_path / "read").read_bytes(), image)
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode) and set(os.listdir(tmp_path)) == {"pipe", "read"}


def test_standard_output_gets_the_image(image):
    done = subprocess.run([*ZONE, "-o", "/dev/stdout"], stdout=subprocess.PIPE, check=True, timeout=60)
    assert is_image(done.stdout, image)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes devices")
@pytest.mark.parametrize(("minor", "status"), [(3, 0), (7, 1)], ids=["null", "full"])
def test_a_device_stays_one(tmp_path, minor, status):
    device = tmp_path / "device"
    try:
        os.mknod(device, stat.S_IFCHR | 0o666, os.makedev(1, minor))
    except PermissionError:
        pytest.skip("no devices can be made here")
    said = pack(device, status)
    assert status == 0 or f"{device}: cannot write it: No space left on device" in said
    assert stat.S_ISCHR(device.stat().st_mode) and os.listdir(tmp_path) == ["device"]


def test_what_cannot_be_written_is_refused(tmp_path):
    assert f"{tmp_path}: cannot create it: Is a directory" in pack(tmp_path, status=1)
    (tmp_path / "loop").symlink_to("loop")
    assert "cannot create it: Too many levels of symbolic links" in pack(tmp_path / "loop", status=1)
    assert os.listdir(tmp_path) == ["loop"]


def test_a_link_is_followed(tmp_path, image):
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("folder/second")
    (tmp_path / "folder/second").symlink_to("there")
    (tmp_path / "folder/there").write_text("old")
    for _ in range(2):
        pack(tmp_path / "link")
        assert (tmp_path / "link").is_symlink() and (tmp_path / "folder/second").is_symlink()
        assert is_image((tmp_path / "folder/there").read_bytes(), image)
        (tmp_path / "folder/there").unlink()
    assert os.listdir(tmp_path / "folder") == ["second"]


def test_permissions(tmp_path):
    old = tmp_path / "old"
    old.touch()
    old.chmod(0o640)
    pack(old)
    pack(tmp_path / "new", umask=0o027)
    assert [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("old", "new")] == [0o640, 0o640]


def test_a_file_that_grows_too_large_leaves_nothing(tmp_path):
    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))

    assert "cannot write it: " in pack(tmp_path / "out", status=1, preexec_fn=limit)
    assert not os.listdir(tmp_path)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name)
def test_a_signal_leaves_nothing(tmp_path, number):
    # Whoever runs the tests may ignore the signal, as a shell does for what it starts in the background.
    def heed():
        signal.signal(number, signal.SIG_DFL)

    def interrupted():
        packer = subprocess.Popen([*ZONE, "-o", str(tmp_path / "out")], stderr=subprocess.PIPE, preexec_fn=heed)
        with packer:
            while not os.listdir(tmp_path) and packer.poll() is None:
                pass
            packer.send_signal(number)
            packer.wait(timeout=60)
            assert not [name for name in os.listdir(tmp_path) if name != "out"]
            (tmp_path / "out").unlink(missing_ok=True)
            return packer.returncode == -number

    assert any(interrupted() for _ in range(20))


def test_an_ignored_signal_stays_ignored(tmp_path, image):
    with subprocess.Popen(["sh", "-c", 'trap "" HUP; exec "$@"', "sh", *ZONE, "-o", str(tmp_path / "out")]) as packer:
        while not os.listdir(tmp_path) and packer.poll() is None:
            pass
        packer.send_signal(signal.SIGHUP)
        assert packer.wait(timeout=60) == 0
    assert is_image((tmp_path / "out").read_bytes(), image)
