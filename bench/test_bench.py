# SPDX-License-Identifier: GPL-2.0-or-later
"""The benchmark's arithmetic, on texts as the guest, the monitor and the tools print them."""

import baseline
import latency
import lvz
import page
import phases
import pytest
import repeats
import report
import rows
import sizes
import starts
import trace
import workloads

GUEST = """BENCH BEGIN zone TICKHZ 100000000
BENCH ROW empty loop OPS 100 MAX 2 EXITS 0 TICKS 61 60 61\r
BENCH ROW hypercall loop OPS 100 MAX 18 EXITS 300 TICKS 1701 1700 9999\r
BENCH ROW timer interval OPS 50 MAX 1 EXITS 0 TICKS 20 21 25\r
BENCH ROW first-touch batch OPS 17 MAX 0 EXITS 0 TICKS 17 34 17\r
BENCH ROW user-empty loop OPS 100 MAX 45 EXITS 0 TICKS 4381 4381 4381\r
BENCH ROW user-syscall loop OPS 100 MAX 145 EXITS 0 TICKS 14381 14381 14381\r
BENCH DONE\r
"""

MONITOR = """CPU 0:\r
  mode host, next ertn to guest, GID 1, target GID 1\r
  entries 10, exits: TLBR 4, INT(0) {interrupts}, ?(42) 1\r
  instructions: host mode {host}, guest mode 500\r
CPU 1:\r
  entries 3, exits: TLBR 1\r
  instructions: host mode 7, guest mode 30\r
"""


def monitor(host: int, interrupts: int) -> lvz.Counts:
    return lvz.parse(MONITOR.format(host=host, interrupts=interrupts))


def test_the_empty_loop_is_subtracted_from_loops_alone():
    found = rows.of_home(GUEST)
    assert found["hypercall"].median == pytest.approx(170.1 - 6.1)
    assert found["hypercall"].worst == 160 and found["hypercall"].exits == 1.0
    assert found["timer"].median == pytest.approx(4.2) and found["timer"].worst == 10
    assert found["first-touch"].median == 10 and found["first-touch"].worst == 20


def test_system_calls_are_the_difference_of_two_loops():
    found = rows.of_home(GUEST)
    assert found["syscall"].median == pytest.approx(10)
    assert not rows.HELPERS & found.keys()


def test_a_second_run_adds_what_the_first_has_not():
    second = GUEST.replace(" timer interval OPS 50 MAX 1 EXITS 0 TICKS 20 21 25", " idle-timer interval OPS 50 MAX 9 EXITS 0 TICKS 500")
    found = rows.of_home(GUEST, second)
    assert found["idle-timer"].median == found["idle-timer-unpolled"].median == 100


@pytest.mark.parametrize(
    "text",
    ["", GUEST + "BENCH ROW timer interval OPS 50 MAX 1 EXITS 0 TICKS 20\n", GUEST.replace("ROW empty", "ROW else")],
    ids=["nothing", "twice", "no empty loop"],
)
def test_bad_output_is_refused(text):
    with pytest.raises(rows.BadOutput):
        rows.of_home(text)


def test_the_monitor_is_summed_over_cpus():
    counts = monitor(1000, 3)
    assert (counts.host, counts.guest, counts.total) == (1007, 530, 1537)
    assert counts.exits == {"TLBR": 5, "INT": 3, "code 42": 1}
    assert (monitor(1500, 4) - counts).exits == {"INT": 1}
    each = lvz.parse_each(MONITOR.format(host=1000, interrupts=3))
    assert (each[1].host, each[1].guest, each[1].exits) == (7, 30, {"TLBR": 1}) and each.keys() == {0, 1}


def test_a_monitor_that_does_not_count_is_refused():
    with pytest.raises(lvz.NotCounted):
        lvz.parse("CPU 0: no virtualization extension\n")
    with pytest.raises(lvz.NotCounted):
        lvz.parse("")


def test_phases_are_the_lower_quartile_of_those_with_one_name():
    text = "BENCH PHASE ipi OPS 100\nBENCH PHASE ipi OPS 100\nBENCH PHASE ipi OPS 100\n"
    snapshots = [monitor(host, interrupts) for host, interrupts in ((0, 0), (500, 100), (500, 100), (9500, 200), (9500, 200), (10100, 300))]
    (phase,) = phases.phases(text, snapshots).values()
    assert phase.host_each() == 5.0
    assert phase.exits_each() == {"INT": 1.0}
    with pytest.raises(phases.BadPhases):
        phases.phases(text, snapshots[:-1])


def test_jobs_lie_between_marks():
    snapshots = [monitor(host, 0) for host in (1000, 1100, 1300, 1400, 1900)]
    found = workloads.collect("BENCH JOB a\r\nBENCH JOB b\r\n", snapshots, lvz.Counts())
    assert [(name, work.host) for name, work in found.items()] == [(workloads.BOOT, 1007), ("a", 200), ("b", 500)]
    with pytest.raises(workloads.WorkFailed):
        workloads.collect("BENCH JOB a\nBENCH FAILED a: no memory\n", snapshots[:3], lvz.Counts())
    with pytest.raises(workloads.WorkFailed):
        workloads.collect("BENCH JOB a\n", snapshots, lvz.Counts())


def test_of_a_devices_jobs_the_median_is_kept():
    found = {workloads.BOOT: workloads.Work(9, 9, {}), "a/1": workloads.Work(0, 7, {}), "b/1": workloads.Work(0, 1, {})}
    found |= {f"a/{number}": workloads.Work(0, total, {}) for number, total in ((2, 90), (3, 5))}
    assert {name: work.total for name, work in workloads.device_jobs(found).items()} == {"a": 7, "b": 1}


def test_lateness_counts_what_is_beyond_the_histogram():
    thread = latency.cyclictest.Thread({4: 90, 9: 8}, 100, 70000)
    assert latency.summary(thread) == {"count": 100, "p50": 4, "p99": 70000, "p999": 70000, "max": 70000}
    with pytest.raises(latency.BadTurns):
        latency.parse("BENCH TURN 0 {}\n".replace("{}", '{"thread":{"0":{"histogram":{"4":1000},"cycles":1000,"max":4}}}'))


def result_with(hypercall: float, ipi: float) -> dict:
    """A result that has one number of each kind."""
    micro = {"hypercall": {"median": hypercall, "worst": hypercall, "exits": 1.0}}
    return {"micro": {"zone": micro}, "crossing": {"zone": {"ipi-idle": {"host": ipi}}}}


def test_results_that_are_the_same_are_told_from_others():
    first = result_with(100.0, 1000.0)
    too_far = [kind.too_far() for kind in repeats.compare(first, result_with(110.0, 1009.0))]
    assert not any(too_far)
    rows_too_far = [row.name for kind in repeats.compare(first, result_with(111.0, 1011.0)) for row in kind.too_far()]
    assert rows_too_far == ["hypercall", "ipi-idle"]
    gone = {"micro": {}, "crossing": {}}
    for pair in ((first, gone), (gone, first)):
        assert [row.name for kind in repeats.compare(*pair) for row in kind.too_far()] == ["hypercall", "ipi-idle"]
    assert "| between vCPUs | zone | 1 | 1.10 % | 1 % ✗ | ipi-idle: 1000.0, 1011.0 |" in repeats.table(
        repeats.compare(first, result_with(100.0, 1011.0))
    )


def test_a_leg_lies_between_two_moments():
    counts = [lvz.Counts(host, guest) for host, guest in ((5, 100), (0, 0), (1, 10), (2, 20), (7, 70), (9, 90))]
    begin = starts.Moment(1.0, {cpu: lvz.Counts() for cpu in range(6)})
    found = starts.leg(begin, starts.Moment(1.5, dict(enumerate(counts))))
    assert found == starts.Leg(0.5, 130, 24, 160)


def test_the_start_of_a_zone_shows_in_the_table():
    leg = {"seconds": 0.139, "root": 40_000_000, "hypervisor": 99_000_000, "zone": 500_000}
    text = report.start({"start": {"first instruction": leg, "shell": leg, "memory": {"zone": 36536, "vcpu": 696, "tables": 24576}}})
    assert "| `zone start` → first instruction | 139 | 139.5 | 40.0 | 99.0 | 0.5 |" in text
    assert "36,536 bytes for the zone, of them 696 for each vCPU, and 24,576 bytes of page tables" in text


def test_instructions_belong_to_functions():
    listing = "9000000000001000 T first\n9000000000001000 T image_base\n9000000000001008 t second\n900000000000f000 B data\n"
    code = "9000000000001000 <first>:\n  9000000000001000: 00 80 48 06 \tidle\t0\n  900000000000100c: 00 00 00 4c \tret\n"
    symbols = trace.Symbols(listing, code, 0)
    found = [symbols.at(0x9000000000000000 + offset) for offset in (0, 0x1000, 0x1004, 0x1008, 0x100C, 0x1010)]
    assert found == [None, "first", "first", "second", "second", None]
    assert symbols.awake("first") == 0x9000000000001004


def test_traces_show_in_the_table():
    text = report.trace({"trace": {"hypercall": {"entry": 48, "rest": 36}, "paravirt-ipi-running, receiver": {"entry": 48}}})
    assert "| hypercall | entry 48, rest 36 | 84 |" in text and "that runs, receiver | entry 48 | 48 |" in text


def test_a_table_takes_its_place_on_the_page():
    text = "a\n<!-- x: begin -->\nold\n<!-- x: end -->\nb\n"
    assert page.replace(text, "x", "new") == text.replace("old", "new")
    assert page.table(text, "x") == "old"


def test_restarts_show_in_the_table():
    late = {"count": 1000, "p50": 4, "p99": 5, "p999": 7, "max": 7}
    text = report.latency({"latency": {"idle": late, "being restarted": {**late, "restarts": 102}}})
    assert "| idle | 1000 |" in text and "| being restarted (102 times) | 1000 |" in text


def test_changes_above_two_per_cent_are_named():
    before = {"micro": {"zone": {name: {"median": value} for name, value in {"a": 100.0, "b": 3.0, "gone": 1.0}.items()}}, "crossing": {}}
    after = {"micro": {"zone": {name: {"median": value} for name, value in {"a": 103.0, "b": 4.0, "new": 1.0}.items()}}, "crossing": {}}
    (change,) = baseline.changes(before, after)
    assert str(change) == "micro a: 100.0 → 103.0 (+3.0 %, worse)"
    assert baseline.changes(before, before) == []
    huge = [{"micro": {"zone": {"stage2-refill-1g": {"median": value}}}, "crossing": {}} for value in (7.5, 10.0)]
    assert baseline.changes(*huge) == []
    assert baseline.missing(before, after) == ["micro gone"]


def test_sizes_come_from_the_tools_output():
    listing = """  [ 1] .text    PROGBITS  900000000a000000 001000 000100 00  AX  0   0  4096
  [ 2] .rodata  PROGBITS  900000000a000100 001100 000020 00   A  0   0  8
  [ 3] .bss     NOBITS    900000000a000200 001200 000300 00  WA  0   0  4096
  [ 4] .debug   PROGBITS  0000000000000000 001200 009999 00      0   0  1
"""
    assert sizes.sections(listing) == (0x120, 0x300)
    assert sizes.symbols("900000000a011010 0000000000001380 B cpu_blocks\n") == {"cpu_blocks": 0x1380}
    with pytest.raises(LookupError):
        sizes.structure("nothing", "vcpu")


def test_targets_and_ratios_show_in_the_table():
    micro = {
        home: {"hypercall": {"median": value, "worst": value, "exits": 1.0}} for home, value in (("zone", 89.6), ("kvm", 473.0))
    }
    text = report.single({"micro": {"bare": {}, **micro}})
    assert "| hypercall (8) | – | 90 / 90 | 473 / 473 | 1 | 90 ✓ | 5.3 |" in text
    assert "✗" in report.single({"micro": {"bare": {}, **micro, "zone": {"cpucfg": {"median": 181.0, "worst": 181.0, "exits": 1.0}}}})
