# SPDX-License-Identifier: GPL-2.0-or-later
"""The program as it is on the host: help, usage, `check`, the manual page, the completion."""

import gzip
import json
import os
import re
import resource
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
PROGRAM = ROOT / "build/tools/loongvisor"
MANUAL = ROOT / "docs/man/loongvisor.1"
COMPLETION = ROOT / "tools/completion/loongvisor"
BOARD = ROOT / "boards/qemu-virt/board-8.json"
ROOT_ZONE = ROOT / "boards/qemu-virt/root-8.json"

VERBS = {
    "zone": ("create", "start", "stop", "restart", "pause", "resume", "destroy", "list", "show"),
    None: ("serve", "console", "stats", "log", "events", "check"),
}
COMMANDS = [((group, verb) if group else (verb,)) for group, verbs in VERBS.items() for verb in verbs]
MACHINE = ("--board", str(BOARD), "--root", str(ROOT_ZONE))


def run(*arguments, status=0, **options):
    """Runs the program; any other exit status is an error."""
    done = subprocess.run([str(PROGRAM), *arguments], capture_output=True, text=True, check=False, timeout=30, **options)
    assert done.returncode == status, f"{arguments} ended with {done.returncode}: {done.stdout}{done.stderr}"
    return done


def long_options(command):
    """The long options of a verb, from its help."""
    return set(re.findall(r"^ +(?:-\w, )?(--[a-z-]+)", run(*command, "--help").stdout, re.MULTILINE)) - {"--usage"}


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_verb_explains_itself(command):
    text = run(*command, "--help").stdout
    assert text.startswith(f"Usage: loongvisor {' '.join(command)} ")
    examples = text.split("Examples:\n")[1]
    assert f"  loongvisor {' '.join(command)}" in examples
    assert max(map(len, text.splitlines())) < 80


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_verb_refuses_what_it_does_not_know(command):
    done = run(*command, "--no-such-option", status=2)
    assert "--no-such-option" in done.stderr and done.stdout == ""


@pytest.mark.parametrize("command", [command for command in COMMANDS if command != ("check",)], ids=" ".join)
def test_every_verb_says_that_there_is_no_machine(command):
    if Path("/dev/loongvisor").exists():
        pytest.skip("this is a root zone")
    takes_arguments = command not in (("zone", "list"), ("log",))
    argument = "nowhere.json" if command == ("zone", "create") else "1"
    done = run(*command, *([argument] if takes_arguments else []), status=1)
    assert "/dev/loongvisor: No such file or directory; this works in the root zone alone" in done.stderr


def test_version_and_overview():
    assert re.fullmatch(r"loongvisor \d+\.\d+\.\d+\n", run("--version").stdout)
    overview = run("--help").stdout
    for command in COMMANDS:
        assert re.search(rf"^  {' '.join(command)} ", overview, re.MULTILINE), command
    assert "console" not in re.findall(r"^  (\w+) ", run("zone", "--help").stdout, re.MULTILINE)


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ([], "say what to do"),
        (["zone"], "say what to do"),
        (["zone", "stat"], "did you mean 'zone start'?"),
        (["lgo"], "did you mean 'log'?"),
        (["frob"], "unknown verb 'frob'; see loongvisor --help"),
        (["quite-unlike-anything"], "see loongvisor --help"),
        (["zone", "start"], "ZONE|FILE... is missing"),
        (["zone", "show", "a", "b"], "unexpected argument 'b'"),
        (["zone", "stop", "-t", "soon", "a"], "--timeout 'soon': give seconds"),
        (["zone", "stop", "-t", "-1", "a"], "--timeout '-1'"),
        (["zone", "stop", "-t", "nan", "a"], "--timeout 'nan'"),
        (["stats", "--count", "0"], "--count '0'"),
        (["stats", "--count", "-3"], "--count '-3'"),
        (["stats", "--interval", "1e9"], "--interval '1e9'"),
        (["console", "--escape", "x", "a"], "--escape 'x'"),
        (["console", "--escape", "^1", "a"], "--escape '^1'"),
        (["console", "--escape", "^ab", "a"], "--escape '^ab'"),
        (["check", "--board", "b.json", "z.json"], "--board and --root go together"),
    ],
)
def test_wrong_usage(arguments, problem):
    done = run(*arguments, status=2)
    assert problem in done.stderr
    assert done.stdout == ""


# -- check --------------------------------------------------------------------------------------------------------------


@pytest.fixture(name="zone")
def fixture_zone(tmp_path):
    """Writes zone.json with some fields changed, and returns its path."""
    (tmp_path / "kernel").write_bytes(b"\0" * 4096)

    def write(**changes):
        config = {"name": "z", "zone_id": 1, "cpus": [4], "memory": "16M", "kernel_filepath": "kernel"}
        config |= {"kernel_load_paddr": "0x200000", "entry_point": "0x200000", **changes}
        path = tmp_path / "zone.json"
        path.write_text(json.dumps(config, indent=1), encoding="utf-8")
        return str(path)

    return write


def test_check_of_a_good_zone(zone):
    assert run("check", *MACHINE, zone()).stdout == "1 zone: good\n"


def test_check_names_file_line_field_value_and_remedy(zone):
    path = zone(cpus=[3])
    done = run("check", *MACHINE, path, status=1)
    assert done.stderr.startswith(f"{path}:5: cpus[0] = 3: CPU 3 belongs to zone root already; ")
    assert "refused: 1 error" in done.stderr


def test_check_as_json(zone):
    path = zone(memry="1M")
    answer = json.loads(run("check", "--json", *MACHINE, path, status=1).stdout)
    problem = answer["problems"][0]
    assert answer["good"] is False and answer["errors"] == len(answer["problems"])
    assert problem["file"] == path and problem["field"] == "memry" and problem["value"] == "1M"
    assert problem["line"] > 1 and "memory" in problem["remedy"]


def test_check_of_files_whose_names_are_no_utf8(tmp_path):
    (tmp_path / "zone.json").write_text("{}")
    path = os.fsencode(tmp_path) + b"/b\xffd\033[2J.json"
    os.rename(tmp_path / "zone.json", path)
    done = subprocess.run([PROGRAM, "check", "--json", *MACHINE, path], stdout=subprocess.PIPE, timeout=30, check=False)
    answer = json.loads(done.stdout.decode("ascii"))
    assert done.returncode == 1 and answer["errors"] == len(answer["problems"]) > 0
    assert answer["problems"][0]["file"] == f"{tmp_path}/b\ufffdd\033[2J.json"


@pytest.mark.parametrize(
    "changes",
    [
        {"kernel_filepath": "\033[2Jx"},
        {"\033[2Jx": 1},
        {"name": "\033[2Jx"},
        {"kernel_args": "a\033[2Jx"},
        {"boot": "\u009b2Jx"},
        {"memory_regions": [{"type": "\033[2Jx", "virtual_start": 0, "size": 4096}]},
        {"modules": [{"name": "\033[2Jx", "filepath": "kernel", "load_paddr": "1"}]},
        {"dtb_filepath": "\033[2Jx\n"},
    ],
    ids=lambda changes: next(iter(changes)).strip("\033[2J"),
)
@pytest.mark.parametrize("json_option", [[], ["--json"]], ids=["text", "json"])
def test_check_prints_no_control_characters(zone, changes, json_option):
    done = run("check", *json_option, *MACHINE, zone(**changes), status=1)
    printed = done.stdout + done.stderr
    assert "2Jx" in printed and not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", printed)


def test_complaints_have_no_control_characters():
    done = run("\033[2Jx", status=2)
    assert "'\\x1b[2Jx'" in done.stderr


def run_in_little_memory(*arguments, status):
    def limit():
        resource.setrlimit(resource.RLIMIT_AS, (200 << 20, 200 << 20))

    return run(*arguments, status=status, preexec_fn=limit)


def test_check_of_a_kernel_that_unpacks_to_more_than_the_zone_has(zone, tmp_path):
    packed = gzip.compress(bytes(300 << 20), 1)
    header = b"MZ\0\0zimg" + (56).to_bytes(4, "little") + len(packed).to_bytes(4, "little") + bytes(8) + b"gzip".ljust(32, b"\0")
    (tmp_path / "bomb").write_bytes(header + packed)
    done = run_in_little_memory("check", *MACHINE, zone(kernel_filepath="bomb"), status=1)
    assert "kernel_filepath = bomb: it unpacks to 0x12c00000 bytes, and the largest RAM region has 0x1000000;" in done.stderr


def test_check_of_a_file_that_is_larger_than_the_zone(zone, tmp_path):
    with open(tmp_path / "sparse", "wb") as sparse:
        sparse.truncate(300 << 20)
    done = run_in_little_memory("check", *MACHINE, zone(initrd_filepath="sparse"), status=1)
    assert "initrd_filepath = sparse: cannot read" in done.stderr and "at most 16777216 bytes" in done.stderr


def test_check_keeps_no_files(zone, tmp_path):
    with open(tmp_path / "sparse", "wb") as sparse:
        sparse.truncate(100 << 20)
    paths = []
    for number in range(1, 4):
        text = Path(zone(name=f"z{number}", zone_id=number, cpus=[3 + number], memory="128M", initrd_filepath="sparse"))
        paths.append(str(text.rename(tmp_path / f"z{number}.json")))
    assert run_in_little_memory("check", *MACHINE, *paths, status=0).stdout == "3 zones: good\n"


def test_check_across_zones(zone, tmp_path):
    first = zone()
    second = tmp_path / "second.json"
    second.write_text(Path(first).read_text(encoding="utf-8").replace('"z"', '"y"'), encoding="utf-8")
    done = run("check", *MACHINE, first, str(second), status=1)
    assert f"{second}:3: zone_id = 1" in done.stderr and f"{second}:5: cpus[0] = 4" in done.stderr


def test_output_that_cannot_be_written_is_a_failure():
    with open("/dev/full", "w", encoding="ascii") as full:
        done = subprocess.run([str(PROGRAM), "--help"], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 1 and "cannot write" in done.stderr


# -- manual page and completion -------------------------------------------------------------------------------------------


def test_the_manual_page_is_clean():
    done = subprocess.run(
        ["mandoc", "-T", "lint", "-W", "style", str(MANUAL)], stdout=subprocess.PIPE, text=True, check=False
    )
    complaints = [line for line in done.stdout.splitlines() if "referenced manual not found" not in line]
    assert complaints == []


def test_the_manual_page_has_every_verb_and_option():
    text = subprocess.run(["mandoc", "-T", "ascii", str(MANUAL)], stdout=subprocess.PIPE, text=True, check=True).stdout
    text = re.sub(r".\x08", "", text)
    for command in COMMANDS:
        assert f"loongvisor {' '.join(command)} " in text, command
        for option in long_options(command):
            assert option in text, option


def manual_synopsis(command):
    """The options that the manual's synopsis gives to a verb, as they are written there: "-t", "--force"."""
    synopsis = MANUAL.read_text(encoding="utf-8").split(".Sh SYNOPSIS\n")[1].split(".Sh ")[0]
    (entry,) = [part for part in synopsis.split(".Nm\n") if part.startswith(f".Cm {' '.join(command)}\n")]
    options = set()
    for flags in re.findall(r"\bFl (\S+)", entry):
        options |= {f"--{flags[2:]}"} if flags.startswith("\\-") else {f"-{letter}" for letter in flags}
    return options


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_the_manual_gives_a_verb_the_options_that_it_has(command):
    text = run(*command, "--help").stdout
    names = re.findall(r"^ +(?:(-\w), )?(--[a-z-]+)", text, re.MULTILINE)
    assert manual_synopsis(command) == {short or name for short, name in names} - {"-h", "--usage"}


def test_what_is_completed_is_every_verb_once():
    rows = [line.split("\t") for line in run("--complete").stdout.splitlines()]
    assert sorted(name for name, _, _ in rows) == sorted(" ".join(command) for command in COMMANDS)
    assert {name: arguments for name, arguments, _ in rows}["zone start"] == "ZONE|FILE..."


def complete(words, directory, names=""):
    """What bash offers for the last of the words, with zones of these names."""
    fake = directory / "loongvisor"
    zones = f'[ "$*" = "zone list --quiet" ] && printf "%s\\n" {names}'
    fake.write_text(f'#!/bin/sh\n[ "$*" = --complete ] && exec {PROGRAM} --complete\n{zones}\n', encoding="ascii")
    fake.chmod(0o755)
    quoted = " ".join(f"'{word}'" for word in words)
    script = (
        f". '{COMPLETION}'; COMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}; _loongvisor; "
        'printf "%s\\n" "${COMPREPLY[@]}"'
    )
    environment = {**os.environ, "PATH": f"{directory}:{os.environ['PATH']}"}
    done = subprocess.run(
        [shutil.which("bash"), "-c", script], cwd=directory, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
    return done.stdout.split()


def test_completion_of_verbs(tmp_path):
    assert complete(["loongvisor", "z"], tmp_path) == ["zone"]
    assert complete(["loongvisor", "zone", "st"], tmp_path) == ["start", "stop"]
    offered = set(complete(["loongvisor", ""], tmp_path)) | set(complete(["loongvisor", "zone", ""], tmp_path))
    assert offered - {"--help", "--version"} == {word for command in COMMANDS for word in command}


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_completion_of_options(command, tmp_path):
    assert set(complete(["loongvisor", *command, "--"], tmp_path)) == long_options(command)


def test_completion_of_zones_and_files(tmp_path):
    (tmp_path / "linux.json").touch()
    (tmp_path / "linux.txt").touch()
    (tmp_path / "images").mkdir()
    assert complete(["loongvisor", "console", ""], tmp_path, "root linux") == ["root", "linux"]
    assert complete(["loongvisor", "zone", "stop", "l"], tmp_path, "root linux") == ["linux"]
    assert set(complete(["loongvisor", "zone", "start", "l"], tmp_path, "linus")) == {"linus", "linux.json"}
    assert complete(["loongvisor", "zone", "create", "li"], tmp_path, "linus") == ["linux.json"]
    assert complete(["loongvisor", "zone", "start", "--search", "im"], tmp_path, "im") == ["images"]
    assert complete(["loongvisor", "zone", "stop", "--timeout", ""], tmp_path, "root") == []
