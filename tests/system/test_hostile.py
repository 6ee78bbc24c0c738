# SPDX-License-Identifier: GPL-2.0-or-later
"""
Guests that do what they may not. Each ends as the architecture says or as a FAILED zone; the hypervisor lives.

The guests (guests/probe, crash, spin) take the root zone's place: same CPU, memory, devices and interrupts.
"""

import re
from dataclasses import dataclass

import pytest

import abi
import paths
from exits import exits_of
from image import constant_sections, hypervisor_memory
from machine import COUNTED, Machine
from zoneset import pack_file

GUEST_TIMEOUT = 120.0
SPIN_TICKS = 10 * 250

ADE, INE, IPE = 8, 13, 14  # LoongArch manual vol. 1, table 7-9
# Nothing is read or stored by preld, or by sc.d without a reservation, so those two are in neither.
LOADS = r"(load|fetch|ld|ll|fld|vld|xvld)"
STORES = r"(store|st|fst|vst|am)"
# Instructions of the privileged group, as the probe names them (some with arguments behind the name).
PRIVILEGED = ("gcsr", "gtlb", "hvcl", "tlb", "lddir", "ldpte", "dbcl", "invtlb", "ertn", "idle", "csr", "iocsr")


@dataclass
class Probe:
    """One line of the probe: what was tried, first and last number of the run, privilege level and outcome."""

    what: str
    first: int
    last: int
    plv: int
    ecode: int | None  # None: it worked

    def touches(self, addresses: range) -> bool:
        return self.first in addresses or self.last in addresses


def probes(machine: Machine) -> list[Probe]:
    found = []
    for match in re.finditer(
        r"^PROBE (.*) (0x[0-9a-f]+)(?:-(0x[0-9a-f]+))? plv ([03]): (?:works|ecode (\d+) sub \d+), \d+ times$",
        machine.transcript.text,
        re.M,
    ):
        what, first, last, plv, ecode = match.groups()
        found.append(
            Probe(what, int(first, 16), int(last or first, 16), int(plv), int(ecode) if ecode is not None else None)
        )
    return found


def assert_hypervisor_unharmed(machine: Machine) -> None:
    """Its text and constants are as built, and it has not trapped."""
    sections = constant_sections(paths.HYPERVISOR)
    assert sections, "the hypervisor's ELF has no .text"
    for address, expected in sections:
        found = machine.qmp.save_physical(address, len(expected), paths.SCRATCH / "memory")
        assert found == expected, f"the hypervisor's memory at {address:#x} has changed"
    assert "trap in the hypervisor" not in machine.transcript.text


@pytest.fixture(scope="module")
def probe_machine(built):
    """The machine that the probe has powered off; -no-shutdown keeps the memory to look at."""
    log = paths.LOGS / "probe.log"
    with Machine(log, kernel=pack_file("probe"), options=("-no-shutdown",)) as machine:
        machine.expect("PROBE BEGIN", what="the probe to start")
        machine.expect("PROBE DONE", GUEST_TIMEOUT, "the probe to end")
        machine.pump(1.0)
        assert machine.qmp.wait_event("SHUTDOWN", 20)["data"]["guest"] is True
        assert_hypervisor_unharmed(machine)
        yield machine


@pytest.fixture(scope="module")
def probed(probe_machine):
    """What the probe printed."""
    return probes(probe_machine)


def test_probe_tries_everything(probed):
    """A list that shrinks would make the tests below prove less."""
    tried = {probe.what.split()[0] for probe in probed}
    wanted = {"gcsrrd", "gtlbflush", "hvcl", "tlbwr", "invtlb", "cacop", "ertn", "idle", "cpucfg", "csrrd", "csrwr"}
    wanted |= {"csrxchg", "iocsrrd.d", "iocsrwr.w", "load", "store", "ld.d", "st.d", "amswap.d", "fetch"}
    assert wanted <= tried
    assert {probe.plv for probe in probed} == {0, 3}


def test_no_access_reaches_the_hypervisor(probed):
    accesses = [probe for probe in probed if re.match(LOADS, probe.what) or re.match(STORES, probe.what)]
    accesses = [probe for probe in accesses if probe.touches(hypervisor_memory())]
    assert len({probe.what for probe in accesses}) >= 20
    assert [probe for probe in accesses if probe.ecode != ADE] == []


def test_page_walks_do_not_read_the_hypervisor(probed):
    walks = [probe for probe in probed if "table in the hypervisor" in probe.what]
    assert {probe.plv: probe.ecode for probe in walks} == {0: ADE, 3: IPE}


def test_zone_cannot_change_its_info_page(probed):
    stores = [probe for probe in probed if re.match(STORES, probe.what)]
    stores = [probe for probe in stores if probe.first <= abi.INFO_GPA <= probe.last]
    assert stores and all(probe.ecode is not None for probe in stores), stores


def test_privileged_instructions_are_refused_to_user_mode(probed):
    tried = [probe for probe in probed if probe.plv == 3 and probe.what.startswith(PRIVILEGED)]
    assert len(tried) > 50
    assert [probe for probe in tried if probe.ecode not in (IPE, INE)] == []


def test_every_cacop_exits_and_only_hits_are_user_modes(probe_machine, probed):
    """One by index would empty lines of the caches that other zones use (LVZ reference 2.4: GCFG.GCI 0)."""
    tried = [probe for probe in probed if probe.what == "cacop"]
    outcomes = {(code, probe.plv): probe.ecode for probe in tried for code in range(probe.first, probe.last + 1)}
    assert outcomes == {(code, plv): IPE if plv and code >> 3 != 2 else None for code in range(32) for plv in (0, 3)}
    counted = sum(counter["CACOP"] for counter in exits_of(probe_machine))
    # In user mode the others may raise IPE by themselves (LVZ reference 3.2).
    assert counted >= sum(ecode is None for ecode in outcomes.values())


def test_lvz_instructions_do_not_exist_for_the_zone(probed):
    tried = [probe for probe in probed if probe.plv == 0 and probe.what.startswith(("gcsr", "gtlb"))]
    assert len(tried) == 9
    assert [probe for probe in tried if probe.ecode != INE] == []


def test_zone_that_cannot_go_on_fails_with_its_registers(boot):
    machine = boot(kernel=pack_file("crash"), wait=False)
    machine.console.expect(r"E zone 0 \(crash\) FAILED: [^\r\n]+", timeout=GUEST_TIMEOUT)
    machine.expect(r"\] E r28 +[0-9a-f]+ [^\r\n]+\r?\n", what="the last of the registers")
    before, after = machine.transcript.text.split("FAILED", 1)
    assert "CRASH NOW" in before
    for register in ("PC", "ESTAT", "BADV", "guest CRMD", "r0", "r4", "r28"):
        assert re.search(rf"^\[[ 0-9.]+\] E (.* )?{register} +[0-9a-f]+ ", after, re.M), f"{register} is not on the log"
    assert_hypervisor_unharmed(machine)
    before = machine.cpu_seconds()
    machine.pump(2.0)
    assert "CRASH SURVIVED" not in machine.transcript.text
    assert machine.alive() and machine.cpu_seconds() - before < 0.2, "the CPU of a failed zone should wait"


def test_bare_guest_spins_without_exits(boot):
    """The same as test_exits.py without Linux, where not one exit has an excuse; by instruction count."""
    machine = boot(kernel=pack_file("spin"), wait=False, options=COUNTED)
    machine.expect(r"SPIN BEGIN info page found", GUEST_TIMEOUT, "the guest to find its counters")
    match = machine.expect(r"SPIN TICKS (\d+) LOOPS (\d+)", GUEST_TIMEOUT, "the guest to have computed")
    counts = dict(re.findall(r"^SPIN CAUSE (\d+) COUNT (\d+)$", machine.transcript.text, re.M))
    exits = {cause: int(counts[str(number)]) for number, cause in enumerate(abi.exit_causes())}
    assert abs(int(match.group(1)) - SPIN_TICKS) <= 1
    assert exits == dict.fromkeys(abi.exit_causes(), 0)
