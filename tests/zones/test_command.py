# SPDX-License-Identifier: GPL-2.0-or-later
"""The `loongvisor` command on the real machine: what a person or a script sees of it, and what goes wrong."""

import json
import re

import pytest

from zonefiles import bare

# Bytes of the 2 MiB pieces that the pool is made of.
PIECE = 2 << 20


def hostile(root, zone_id=5, cpus=(5,), **more):
    """Starts a zone of guests/hostile; returns its name."""
    name = f"hostile{zone_id}"
    root.bring_up(root.write_zone(bare("hostile", list(cpus), name=name, zone_id=zone_id, **more)))
    return name


def machine(root):
    """What the machine has free."""
    return root.ask("stats root")["machine"]


def refused(root, arguments, status=1):
    """Runs a command line that must fail; returns what it said."""
    result = root.run(f"loongvisor {arguments}", check=False)
    assert result.status == status, f"{arguments}: {result.status}: {result.output}"
    return result.output


def terminal(root):
    return root.run("stty -g").output


def test_refused_file_changes_nothing(root):
    before = machine(root)
    path = root.write_zone(bare("hostile", [3]) | {"memroy": "16M"})
    said = refused(root, f"zone start {path}")
    assert f"{path}:1: memroy = 16M: " in said and 'did you mean "memory"?' in said
    assert f"{path}:1: cpus[0] = 3: CPU 3 belongs to zone root already" in said
    assert list(root.zones()) == ["root"]
    after = machine(root)
    assert {key: after[key] for key in after if key != "time"} == {key: before[key] for key in before if key != "time"}


def test_check_against_the_running_machine(root):
    name = hostile(root)
    path = root.write_zone(bare("hostile", [5], name="second", zone_id=6))
    assert f"CPU 5 belongs to zone {name} already" in refused(root, f"check {path}")
    root.remove(name)
    assert root.cli(f"check {path}").strip() == "1 zone: good"


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        ("zone stop root", 1, "stop zone 0 (root): this is the root zone, in which you are"),
        ("zone restart 0", 1, "restart zone 0 (root): "),
        ("zone destroy --force root", 1, "zone 0 (root): "),
        ("zone stop nobody", 1, "no zone is called 'nobody'"),
        ("zone start 7", 1, "no zone and no file is called '7'"),
        ("console nobody", 1, "no zone is called 'nobody'"),
        ("zone start", 2, "is missing"),
        ("zone stop --timeout x root", 2, "give seconds"),
    ],
)
def test_refusals(root, arguments, status, said):
    assert said in refused(root, arguments, status)
    assert root.state("root") == "RUNNING"


def test_only_root_may_use_it(root):
    root.run("grep -q ^nobody: /etc/passwd || echo nobody:x:65534:65534:nobody:/:/bin/sh >> /etc/passwd")
    said = root.run("su -s /bin/sh nobody -c 'loongvisor zone list'", check=False)
    assert said.status == 1 and "run it as root" in said.output


def test_console_gives_the_terminal_back_however_it_ends(root):
    """On the serial line: detached, and killed from behind by each signal that can be noticed."""
    name = hostile(root)
    before = terminal(root)
    with root.console(name) as console:
        console.type("help")
        console.expect("flood")
    assert terminal(root) == before
    for signal in ("HUP", "QUIT", "TERM", "SEGV", "PIPE"):
        killer = f"(sleep 1; kill -{signal} $(pidof loongvisor)) &"
        ended = root.run(f"{{ {killer} }} 2> /dev/null; loongvisor console {name}; stty -g", check=False)
        assert terminal(root) == before, signal
        assert before.strip() in ended.output, signal


def test_destroyed_zone_ends_its_console(root):
    name = hostile(root)
    result = root.run(f"(sleep 1; loongvisor zone destroy --force {name} > /dev/null) & loongvisor console {name}; wait")
    assert f"[zone 5 ({name}): destroyed]" in result.output


def wait_text(root, path, text):
    """Waits until a file of the root zone holds the text."""
    root.run(f"for n in $(seq 60); do grep -q {text} {path} && break; sleep 1; done; grep -q {text} {path}")


def test_several_consoles_of_one_zone_and_of_another(root):
    first, second = hostile(root), hostile(root, zone_id=6, cpus=(6,))
    for number, name in ((1, first), (2, first), (3, second)):
        root.run(f"{{ tail -f /dev/null | loongvisor console {name} > /tmp/console{number} 2>&1 & }}")
        wait_text(root, f"/tmp/console{number}", "help")
    root.order(first, "nonsense-one")
    root.order(second, "nonsense-two")
    for number, wanted, other in ((1, "one", "two"), (2, "one", "two"), (3, "two", "one")):
        wait_text(root, f"/tmp/console{number}", f"nonsense-{wanted}")
        assert root.run(f"grep -c nonsense-{other} /tmp/console{number}", check=False).output.strip() == "0"
    root.run("kill $(pidof tail); wait")


def test_two_commands_make_zones_at_the_same_time(root):
    paths = [
        root.write_zone(bare("hostile", [4 + number], name=f"twin{number}", zone_id=5 + number, memory="64M"))
        for number in range(3)
    ]
    jobs = " ".join(f"loongvisor zone start {path} > /tmp/twin.{number} 2>&1 &" for number, path in enumerate(paths))
    root.run(f"{jobs} wait")
    assert [root.state(f"twin{number}") for number in range(3)] == ["RUNNING"] * 3, root.run("cat /tmp/twin.*").output
    used = []
    for number in range(3):
        configuration = root.ask(f"zone show twin{number}")["configuration"]
        rams = [region for region in configuration["regions"] if region["type"] == "ram"]
        used += [(int(ram["hpa"], 0), int(ram["size"], 0)) for ram in rams]
        used.append((int(configuration["store_hpa"], 0), configuration["store_size"]))
    used.sort()
    for (base, size), (following, _) in zip(used, used[1:]):
        assert base + size <= following, used


def test_events_and_log_are_followed(root):
    root.run("loongvisor events --json > /tmp/events & loongvisor log -f > /tmp/log & sleep 1")
    name = hostile(root)
    root.order(name, "crash")
    root.wait_state(name, "FAILED")
    root.remove(name)
    root.run("sleep 1; kill $(pidof loongvisor); wait", check=False)
    events = [json.loads(line) for line in root.run("cat /tmp/events").output.splitlines()]
    mine = [event for event in events if event["name"] == name]
    states = [event["state"] for event in mine]
    for state in ("CREATED", "STARTING", "RUNNING", "FAILED", "DESTROYING", "ABSENT"):
        assert state in states, states
    assert states.index("RUNNING") < states.index("FAILED") < states.index("ABSENT")
    assert [event["reason"] for event in mine if event["state"] == "FAILED"] == ["failure"]
    assert not any(event["lost"] for event in mine)
    assert all(early["time"] <= late["time"] for early, late in zip(mine, mine[1:]))
    root.run(f"grep -q 'zone 5 ({name}) FAILED' /tmp/log")


def test_failed_zone_is_shown(root):
    name = hostile(root)
    root.order(name, "crash")
    root.wait_state(name, "FAILED")
    failure = root.ask(f"zone show {name}")["failure"]
    assert failure["exception"] and failure["cause"] != "an unknown exception"
    assert int(failure["pc"], 0) != 0 and len(failure["registers"]) == 32
    assert 1 <= len(failure["exits"]) <= 32
    text = root.cli(f"zone show {name}")
    assert re.search(r"failed +vCPU 0: an? .* \([A-Z]+\)", text) and "last exits, oldest first" in text
    assert "state       FAILED, reason: failure, started 1 time" in text


def test_statistics_count_and_have_a_rate(root):
    """An idle root zone makes exits; each print counts on from the one before."""
    prints = [json.loads(line) for line in root.cli("stats --watch --count 3 --interval 0.5 --json root").splitlines()]
    totals = [sum(vcpu["count"] for vcpu in sample["zones"][0]["vcpus"]) for sample in prints]
    assert totals == sorted(totals) and totals[0] < totals[-1]
    last = prints[-1]["zones"][0]
    rate = sum(vcpu["rate"] for vcpu in last["vcpus"])
    assert rate == pytest.approx((totals[2] - totals[1]) / last["seconds"], rel=1e-3)
    assert last["seconds"] == pytest.approx(prints[2]["machine"]["time"] - prints[1]["machine"]["time"], rel=1e-6)


def test_memory_that_a_zone_takes_is_told_and_comes_back(root):
    before = machine(root)
    name = hostile(root, memory="16M")
    taken = before["pool_free"] - machine(root)["pool_free"]
    assert taken >= (16 << 20) + PIECE and taken % PIECE == 0
    assert machine(root)["stage2_pages_used"] > before["stage2_pages_used"]
    root.remove(name)
    after = machine(root)
    assert after["pool_free"] == before["pool_free"] and after["stage2_pages_used"] == before["stage2_pages_used"]


def test_interrupted_wait_leaves_the_zone_to_go_on(root):
    name = hostile(root)
    root.order(name, "deaf")
    result = root.run(f"(sleep 1; kill -TERM $(pidof loongvisor)) & loongvisor zone stop --timeout 60 {name}", check=False)
    assert result.status == 128 + 15 and "interrupted, it is RUNNING; it goes on" in result.output
    assert root.state(name) == "RUNNING"
    assert "it does not stop by itself: forced" in root.run(f"loongvisor zone stop --timeout 1 {name}").output
    assert root.state(name) == "STOPPED"


def test_eight_starts_of_one_file_all_succeed(root):
    """Boot scripts, or two units, that start the same zone."""
    path = root.write_zone(bare("hostile", [5], name="shared"))
    each = f"loongvisor zone start {path} > /tmp/start.$n 2>&1 || echo $n failed"
    said = root.run(f"(for n in 1 2 3 4 5 6 7 8; do ({each}) & done; wait)").output
    assert "failed" not in said, said + root.run("cat /tmp/start.*").output
    assert "refused" not in root.run("cat /tmp/start.*").output
    zone = root.zones()["shared"]
    assert (zone["state"], zone["starts"]) == ("RUNNING", 1)


def test_command_that_was_stopped_does_not_stop_the_others(root):
    """A tool that is stopped in the middle of making a zone (Ctrl-Z) keeps the lock."""
    root.run("dd if=/dev/zero of=/tmp/initrd bs=1M count=200 2> /dev/null")
    big = bare("hostile", [4], name="big", zone_id=6, memory="512M", initrd_filepath="/tmp/initrd")
    small = root.write_zone(bare("hostile", [5], name="small", zone_id=7))
    path = root.write_zone(big | {"kernel_filepath": "/usr/share/loongvisor/Image"})
    root.run(f"{{ loongvisor zone create {path} > /tmp/big 2>&1 & }}; echo $! > /tmp/big.pid")
    root.run("for n in $(seq 100); do grep -q FLOCK /proc/locks && break; sleep 0.05; done")
    root.run("kill -STOP $(cat /tmp/big.pid); grep FLOCK /proc/locks")
    said = refused(root, f"zone start --timeout 4 {small}")
    pid = root.run("cat /tmp/big.pid").output.strip()
    holder = f"another loongvisor (process {pid}: loongvisor zone create {path})"
    assert f"waiting for {holder}, which is making a zone" in said
    assert f"{holder} is making a zone and has not come to an end in time; nothing has changed" in said
    root.run("kill -CONT $(cat /tmp/big.pid)")
    root.cli(f"zone start {small}")
    root.run("wait; rm /tmp/initrd", check=False)


def test_restart_and_forced_stop_at_the_same_time(root):
    """Each restart runs, or says that another command came in between; nothing is waited for that will not come."""
    name = hostile(root)
    for number in range(6):
        root.run(f"loongvisor zone start {name}")
        jobs = f"loongvisor zone restart {name} > /tmp/restart 2>&1 & loongvisor zone stop --force {name} > /tmp/stop 2>&1 &"
        root.run(f"({jobs} wait)", timeout=40)
        said = root.run("cat /tmp/restart /tmp/stop").output
        assert "it goes on" not in said and "not done in time" not in said, said
        assert root.state(name) in ("RUNNING", "STOPPED"), number


def test_console_without_standard_descriptors(root):
    """A closed descriptor 0 or 1 must not become the device."""
    name = hostile(root)
    root.wait_prompt(name)
    for closed in ("< /dev/null >&-", "<&-", "< /dev/null 2>&-"):
        result = root.run(f"timeout 20 loongvisor console {name} {closed}; echo status $?", check=False)
        assert "status 0" in result.output or "status 1" in result.output, (closed, result.output)


def test_keys_for_a_zone_that_does_not_run_are_refused(root):
    path = root.write_zone(bare("hostile", [5], name="created"))
    root.cli(f"zone create {path}")
    said = root.run("head -c 100000 /dev/zero | tr '\\0' a | timeout 30 loongvisor console created", check=False)
    assert said.status == 1
    assert "it is CREATED and takes no input; start it first (loongvisor zone start created)" in said.output


def test_keys_for_a_zone_that_does_not_read_are_told_of(root):
    name = hostile(root)
    root.order(name, "spin")
    typing = f"head -c 100000 /dev/zero | tr '\\0' a | timeout 60 loongvisor console --timeout 5 {name} > /dev/null"
    said = root.run(f"{{ {typing}; }} 2>&1", check=False)
    assert said.status == 1
    assert "has taken no keys for 2 s, RUNNING" in said.output
    assert "the time is over, and the zone, RUNNING, has not taken all of the input" in said.output


def test_pause_holds_a_zone(root):
    root.bring_up("/usr/share/loongvisor/examples/realtime/zone.json")
    root.wait_prompt("realtime")
    assert root.ask("zone pause realtime")[0]["state"] == "PAUSED"
    first = root.exits("realtime")
    root.run("sleep 1")
    assert root.exits("realtime") == first
    assert root.ask("zone resume realtime")[0]["state"] == "RUNNING"
    root.wait_prompt("realtime")
