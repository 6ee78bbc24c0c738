# SPDX-License-Identifier: GPL-2.0-or-later
"""
The root zone as the person who has `loongvisor` there: commands, their JSON, consoles of other zones.

The machine is that of `make run` (8 CPUs, 4 GiB). The example zones lie below EXAMPLES in the root zone, other zone files
are typed into /tmp.
"""

import json
import re
import struct
import time
from contextlib import contextmanager

import pexpect

import paths
from machine import PATIENCE, PROMPT, Machine

SMP = 8
MEMORY = "4G"
IMAGE = paths.BUILD / "loongvisor-qemu-8.elf"
SHARE = "/usr/share/loongvisor"
EXAMPLES = f"{SHARE}/examples"
ESCAPE = "\x1d"  # Ctrl-], what leaves a console
LOGS = paths.BUILD / "zones-logs"
SCRATCH = paths.BUILD / "zones-scratch"
# Parameters of the bare-metal guests (guests/include/rt/zone.h).
PARAMS_GPA = 0x00F00000
PARAMS_MAGIC = 0x534D415241505452
PARAMS = 15
# The CLI waits by itself until what it commanded is done, or says that it is not.
COMMAND_TIMEOUT = 120.0
GUEST_BOOT_TIMEOUT = 180.0
RETRY_SECONDS = 2.0


class Console:
    """A zone's console, attached: what is typed at the machine's serial line goes to that zone."""

    def __init__(self, machine: Machine):
        self.machine = machine

    def run(self, command: str, timeout: float = 60.0) -> str:
        """Runs a command in the shell of a Linux zone and returns what it printed."""
        return self.machine.run(command, timeout).output

    def wait_shell(self, name: str, timeout: float = GUEST_BOOT_TIMEOUT) -> None:
        """
        Waits for the shell of a Linux zone with that host name. It may have prompted before, so that it is asked to
        again and again; until it is there, what is typed does no harm.
        """
        deadline = time.monotonic() + timeout * PATIENCE
        prompt = rf"root@{re.escape(name)}:~# "
        while self.machine.console.expect([prompt, pexpect.TIMEOUT], timeout=RETRY_SECONDS) != 0:
            if time.monotonic() > deadline:
                self.machine.fail(f"waited {timeout:.0f} s for the shell of {name}")
            self.machine.console.send("\n")

    def type(self, text: str) -> None:
        """Types a line for a program that is no shell."""
        self.machine.console.send(f"{text}\r")

    def expect(self, pattern: str, timeout: float = 60.0) -> re.Match:
        """Waits for what the zone prints."""
        return self.machine.expect(pattern, timeout)


class RootZone:
    """The shell of the root zone, at its prompt."""

    def __init__(self, machine: Machine):
        self.machine = machine

    def run(self, command: str, timeout: float = COMMAND_TIMEOUT, check: bool = True):
        """Runs a command and returns its Result."""
        return self.machine.run(command, timeout, check)

    def cli(self, arguments: str, timeout: float = COMMAND_TIMEOUT) -> str:
        """Runs `loongvisor` with these arguments and returns what it printed; its failure is an error."""
        return self.run(f"loongvisor {arguments}", timeout).output

    def ask(self, arguments: str):
        """What `loongvisor ... --json` says."""
        text = self.cli(f"{arguments} --json 2> /dev/null")
        try:
            return json.loads(text)
        except ValueError as error:
            raise AssertionError(f"loongvisor {arguments} --json printed no JSON: {text!r}") from error

    # -- zones ----------------------------------------------------------------------------------------------------

    def write_zone(self, config: dict) -> str:
        """Types a zone file and returns its path."""
        path = f"/tmp/{config['name']}.json"
        text = json.dumps(config)
        self.run(f"echo '{text}' > {path}")
        assert json.loads(self.run(f"cat {path}").output) == config, "the zone file was not typed in one piece"
        return path

    def write_params(self, *values: int) -> dict:
        """Types parameters for a bare-metal guest and returns the module that loads them."""
        path = "/tmp/params"
        padded = [*values, *([0] * (PARAMS - len(values)))]
        data = struct.pack(f"<{PARAMS + 1}Q", PARAMS_MAGIC, *padded)
        self.run("printf '" + "".join(f"\\x{byte:02x}" for byte in data) + f"' > {path}")
        assert self.run(f"stat -c %s {path}").output.strip() == str(len(data))
        return {"name": "params", "filepath": path, "load_paddr": f"{PARAMS_GPA:#x}"}

    def bring_up(self, path: str) -> None:
        """Makes the zone of a file and starts it, by the one command that a person would type."""
        self.cli(f"zone start {path}")

    def zones(self) -> dict[str, dict]:
        """The zones by name."""
        return {zone["name"]: zone for zone in self.ask("zone list")}

    def machine_info(self) -> dict:
        """What the machine has and what of it is taken."""
        return self.ask("stats root")["machine"]

    def exits(self, name: str) -> list[dict[str, int]]:
        """Exits of each of a zone's vCPUs by cause, since it was made."""
        (zone,) = self.ask(f"stats {name}")["zones"]
        return [{cause: exit["count"] for cause, exit in vcpu["exits"].items()} for vcpu in zone["vcpus"]]

    def state(self, name: str) -> str:
        """A zone's state; ABSENT if there is no such zone."""
        zone = self.zones().get(name)
        return zone["state"] if zone else "ABSENT"

    def wait_state(self, name: str, *states: str, timeout: float = COMMAND_TIMEOUT) -> dict:
        """Waits until the zone is in one of these states and returns what the list says of it."""
        deadline = time.monotonic() + timeout * PATIENCE
        while True:
            zone = self.zones().get(name, {"state": "ABSENT"})
            if zone["state"] in states:
                return zone
            if time.monotonic() > deadline:
                self.machine.fail(f"waited {timeout:.0f} s for zone {name} to be {' or '.join(states)}: {zone}")
            self.machine.pump(0.5)

    def ram_hpa(self, name: str) -> int:
        """Where in the machine's memory the zone's RAM at GPA 0 is."""
        regions = self.ask(f"zone show {name}")["configuration"]["regions"]
        (region,) = [region for region in regions if region["type"] == "ram" and int(region["gpa"], 0) == 0]
        return int(region["hpa"], 0)

    def wait_starts(self, name: str, starts: int, timeout: float = COMMAND_TIMEOUT) -> dict:
        """Waits until the zone runs and was started so often; returns what the list says of it."""
        deadline = time.monotonic() + timeout * PATIENCE
        while True:
            zone = self.zones()[name]
            if zone["starts"] >= starts and zone["state"] == "RUNNING":
                return zone
            if time.monotonic() > deadline:
                self.machine.fail(f"waited {timeout:.0f} s for start {starts} of zone {name}: {zone}")
            self.machine.pump(0.5)

    def remove(self, name: str) -> None:
        """Ends a zone whatever its state is."""
        self.cli(f"zone destroy --force {name}")

    def remove_all(self) -> None:
        """Leaves the root zone alone, as it was after the start."""
        for name, zone in self.zones().items():
            if not zone["root"]:
                self.remove(name)

    # -- consoles -------------------------------------------------------------------------------------------------

    @contextmanager
    def console(self, name: str, scrollback: bool = False):
        """Attaches to a zone's console; afterwards the root zone's prompt is back."""
        options = "" if scrollback else "--no-scrollback "
        self.machine.console.send(f"loongvisor console {options}{name}\n")
        self.machine.expect(r"connected; Ctrl-\] leaves")
        yield Console(self.machine)
        self.machine.console.send(ESCAPE)
        self.machine.expect("it goes on")
        self.machine.expect(PROMPT)

    def order(self, name: str, command: str) -> None:
        """Types a command at a bare-metal guest's console and does not wait for what comes of it."""
        self.run(f"printf '{command}\\r' | loongvisor console --no-scrollback {name} > /dev/null")

    def wait_prompt(self, name: str) -> None:
        """Waits until a bare-metal guest takes commands."""
        with self.console(name) as console:
            console.type("help")
            console.expect(r"\npoweroff +\w[^\n]*\n(reboot[^\n]*\n)?> ")

    def printed(self, name: str) -> str:
        """What a zone has printed, as far as the hypervisor keeps it."""
        return self.run(f"loongvisor console {name} < /dev/null").output
