# SPDX-License-Identifier: GPL-2.0-or-later
"""
Random commands by four users at once on four zones: nothing waits for ever, every message is true, nothing is left behind.

LOONGVISOR_COMMANDS says how many rounds (make test-zones: 20; make test-zones-commands: 1000); a round is one command of
each user. LOONGVISOR_SEED chooses them. What a command says of a state is held against the events of the hypervisor.
"""

import base64
import gzip
import json
import os
import random
import re
from dataclasses import dataclass

from zonefiles import bare

ROUNDS = int(os.environ.get("LOONGVISOR_COMMANDS", "20"))
SEED = int(os.environ.get("LOONGVISOR_SEED", "1"))
USERS = 4
ZONES = ("s1", "s2", "s3", "s4")
# No command may take so long: its own limit is TIMEOUT, and a forced stop has 10 s more.
HANG = 60
TIMEOUT = 15
KILLED = 128 + 9
USED = ("pool_free", "stage2_pages_used", "used_cpus")
# Uptime has hundredths of a second, and the two clocks are compared by a command that takes a while.
SLACK = 0.5

RUNNER = f"""
user=$1
log=/tmp/soak.$user.log
run() {{
    read -r begin _ < /proc/uptime
    timeout -s KILL {HANG} loongvisor "$@" > /tmp/soak.$user.out 2>&1
    status=$?
    read -r end _ < /proc/uptime
    {{ echo "@ $begin $end $status $*"; cat /tmp/soak.$user.out; }} >> $log
}}
quiet() {{
    read -r begin _ < /proc/uptime
    timeout -s KILL {HANG} loongvisor "$@" 2> /tmp/soak.$user.out > /dev/null
    status=$?
    read -r end _ < /proc/uptime
    {{ echo "@ $begin $end $status $*"; cat /tmp/soak.$user.out; }} >> $log
}}
type() {{
    printf 'help\\r' | quiet console --no-scrollback --timeout {TIMEOUT} "$@"
}}
victim() {{
    set -- $(pidof loongvisor) none
    shift $(($(date +%s) % $#))
    echo "$1"
}}
destroy_tool() {{ kill -KILL "$(victim)" 2> /dev/null; }}
halt_tool() {{
    tool=$(victim)
    kill -STOP "$tool" 2> /dev/null
    sleep "$1"
    kill -CONT "$tool" 2> /dev/null
}}
. /tmp/soak.$user
"""

# What a user does, and how often in relation to the others.
ACTIONS = (
    (6, "run zone start --timeout {t} /tmp/{z}.json"),
    (3, "run zone start --timeout {t} {z}"),
    (2, "run zone create --timeout {t} /tmp/{z}.json"),
    (3, "run zone stop --timeout 2 {z}"),
    (4, "run zone stop --force {z}"),
    (5, "run zone restart --timeout {t} {z}"),
    (3, "run zone pause {z}"),
    (3, "run zone resume {z}"),
    (3, "run zone destroy --force --timeout {t} {z}"),
    (1, "run zone destroy --timeout {t} {z}"),
    (2, "type {z}"),
    (1, "quiet console --timeout 1 {z} < /dev/null"),
    (1, "quiet zone list"),
    (1, "quiet zone show --where {z}"),
    (1, "quiet events --history"),
    (1, "quiet log"),
    (2, "destroy_tool"),
    (2, "halt_tool 0.{d}"),
)

STATE = r"(?P<state>[A-Z]+)"
ZONE = r"zone \d+ \((?P<zone>s\d)\)"
# Messages that say which state a zone is in, or has come to.
TELLING = (
    rf"{ZONE}: {STATE}(, as it was before|, it ran and powered itself off)? after [0-9.]+ s",
    rf"loongvisor: \w+ {ZONE}: the zone's state does not allow it, it is {STATE}(; loongvisor zone resume has it go on)?",
    rf"loongvisor: \w+ {ZONE}: another command came in between, it is {STATE}",
    rf"loongvisor: \w+ {ZONE}: it was stopped, and another command has started it again; it is {STATE}",
    rf"loongvisor: stop {ZONE}: it is {STATE}, so that it cannot be asked: forced",
    rf"loongvisor: destroy {ZONE}: it is {STATE}; stop it first .*",
    rf"loongvisor: console of {ZONE}: it is {STATE} and takes no input; start it first .*",
    rf"\[{ZONE}: has taken no keys for \d+ s, {STATE}\]",
    rf"loongvisor: {ZONE}: \w+ for \d+ s, {STATE}(; nothing in it has noticed the request yet)?",
    rf"\[{ZONE}: {STATE}, reason: .*\]",
    rf"loongvisor: \w+ {ZONE}: it is {STATE}, reason: .*",
)
# Messages that say that there is no such zone.
ABSENT = (
    r"loongvisor: no zone (and no file )?is called '(?P<zone>s\d)'; .*",
    rf"loongvisor: [\w ]+ {ZONE}: no such zone; .*",
    rf"\[{ZONE}: destroyed\]",
)
# Others that may come.
KNOWN = (
    rf"loongvisor: {ZONE} exists and is started as it was made; .*",
    rf"loongvisor: stop {ZONE}: (it does not stop by itself|nothing in it has noticed the request .*): forced",
    rf"loongvisor: stop {ZONE}: it has no power block, so that it cannot be asked: forced",
    rf"loongvisor: stop {ZONE}: the zone's state does not allow it.*",
    r"loongvisor: waiting for another loongvisor.*, which is making a zone",
    r"loongvisor: zone s\d: \d+ of \d+ MiB loaded",
    r"/tmp/s\d\.json:\d+: .*(belongs to zone|is taken|has this).*",
    r"loongvisor: /tmp/s\d\.json: refused, nothing has changed",
    rf"loongvisor: hold {ZONE}: the zone's state does not allow it.*",
    rf"loongvisor: console of {ZONE}: the time is over.*",
    r"Killed",
    r"",
)


@dataclass
class Command:
    """One command of a user, by the root zone's uptime."""

    begin: float
    end: float
    status: int
    words: str
    said: list


def script(seed: int, rounds: int) -> str:
    """What one user does."""
    chance = random.Random(seed)
    lines = []
    for _ in range(rounds):
        (action,) = chance.choices([text for _, text in ACTIONS], [weight for weight, _ in ACTIONS])
        lines.append(action.format(z=chance.choice(ZONES), t=TIMEOUT, d=chance.randint(1, 9)))
    return "\n".join(lines) + "\n"


def write(root, path: str, text: str) -> None:
    """Types a file."""
    packed = base64.b64encode(gzip.compress(text.encode())).decode()
    root.run(f": > {path}.b64")
    for at in range(0, len(packed), 200):
        root.run(f"echo {packed[at : at + 200]} >> {path}.b64")
    root.run(f"base64 -d {path}.b64 | gunzip > {path} && rm {path}.b64")


def read_commands(root, user: int) -> list:
    """What one user's commands said."""
    commands = []
    for line in root.run(f"cat /tmp/soak.{user}.log").output.splitlines():
        if line.startswith("@ "):
            begin, end, status, words = line[2:].split(" ", 3)
            commands.append(Command(float(begin), float(end), int(status), words, []))
        else:
            commands[-1].said.append(line.strip())
    return commands


def read_lives(root, offset: float) -> dict:
    """By zone: the times, as uptime, and the states that it came to."""
    lives = {name: [(0.0, "ABSENT")] for name in ZONES}
    for line in root.run("cat /tmp/soak.events").output.splitlines():
        event = json.loads(line)
        assert event["lost"] == 0, "the driver has lost events: the messages cannot be judged"
        if event["name"] in lives:
            lives[event["name"]].append((event["time"] - offset, event["state"]))
    return lives


def states_during(life: list, begin: float, end: float) -> set:
    """The states that the zone had at some time in between."""
    spans = zip(life, [*life[1:], (float("inf"), "")])
    return {state for (since, state), (until, _) in spans if since <= end + SLACK and until >= begin - SLACK}


def judge(command: Command, lives: dict) -> list:
    """What is wrong with what a command said."""
    if command.status == KILLED:
        return []
    problems = []
    for line in command.said:
        match = next(filter(None, (re.fullmatch(pattern, line) for pattern in (*TELLING, *ABSENT))), None)
        if match:
            had = states_during(lives[match["zone"]], command.begin, command.end)
            if match.groupdict().get("state", "ABSENT") not in had:
                problems.append(f"not true, it was {sorted(had)}: {line}")
        elif not any(re.fullmatch(pattern, line) for pattern in KNOWN):
            problems.append(f"not expected: {line}")
    if command.status not in (0, 1):
        problems.append(f"status {command.status}")
    return problems


def used(root) -> dict:
    machine = root.machine_info()
    return {field: machine[field] for field in USED}


def clock_offset(root) -> float:
    """How far the hypervisor's clock is ahead of the root zone's uptime."""
    uptime = float(root.run("cat /proc/uptime").output.split()[0])
    return root.machine_info()["time"] - uptime


def test_random_commands_of_four_users(root):
    before = used(root)
    for number, name in enumerate(ZONES, 1):
        root.write_zone(bare("hostile", [3 + number], name=name, zone_id=number))
    write(root, "/tmp/soak.sh", RUNNER)
    for user in range(USERS):
        write(root, f"/tmp/soak.{user}", script(SEED * 100 + user, ROUNDS))
    root.run("cp /usr/bin/loongvisor /tmp/recorder; rm -f /tmp/soak.*.log")
    root.run("{ /tmp/recorder events --json > /tmp/soak.events & } 2> /dev/null; echo $! > /tmp/recorder.pid")
    offset = clock_offset(root)
    users = " ".join(f"sh /tmp/soak.sh {user} 2> /dev/null &" for user in range(USERS))
    root.run(f"({users} wait)", timeout=120 + 15 * ROUNDS)
    root.run("sleep 1; kill $(cat /tmp/recorder.pid)", check=False)
    lives = read_lives(root, offset)
    commands = [command for user in range(USERS) for command in read_commands(root, user)]
    hangs = [command for command in commands if command.end - command.begin >= HANG - 1]
    wrong = [(command, problem) for command in commands for problem in judge(command, lives)]
    print(f"{len(commands)} commands, {sum(map(len, lives.values()))} states, {len(wrong)} wrong, {len(hangs)} hang")
    assert not hangs, hangs
    assert not wrong, wrong[:20]
    assert len(commands) > ROUNDS * USERS * 3 // 4
    assert root.run("pidof loongvisor", check=False).output.strip() == "", "a command is left behind"
    root.remove_all()
    assert used(root) == before
