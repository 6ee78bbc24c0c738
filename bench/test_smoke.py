# SPDX-License-Identifier: GPL-2.0-or-later
"""The micro-benchmark in a zone and on the bare machine: every row is there, and what leaves no guest mode costs no more."""

import homes
import pytest
import rows
import rowtable

# Instructions that the counter's tick can make of nothing.
NOISE = 2.0
KVM_ONLY = {"idle-timer-unpolled"}


@pytest.fixture(scope="module")
def outputs():
    homes.LOGS.mkdir(parents=True, exist_ok=True)
    return {home: homes.RUN[home](homes.LOGS, homes.ALL_PARTS) for home in ("bare", "zone")}


@pytest.fixture(scope="module")
def found(outputs):
    return {home: rows.of_home(output.text) for home, output in outputs.items()}


def test_every_row_is_there(found, outputs):
    assert {line.key for line in rowtable.SINGLE + rowtable.ROUND_TRIPS} - KVM_ONLY == found["zone"].keys() - {"user"}
    assert {line.key for line in rowtable.CROSSING} <= outputs["zone"].phases.keys()


@pytest.mark.parametrize("name", rowtable.AS_BARE)
def test_as_on_the_bare_machine(found, name):
    assert found["zone"][name].median == pytest.approx(found["bare"][name].median, abs=NOISE)
    assert found["zone"][name].exits == 0


@pytest.mark.parametrize("name", ["hypercall", "cpucfg", "csr-read", "iocsr-read", "iocsr-write", "mmio-read", "idle-pending"])
def test_one_exit_each(found, name):
    assert found["zone"][name].exits == 1
    assert found["zone"][name].median > 20


def test_an_ipi_crosses_with_the_exits_that_it_needs(outputs):
    exits = outputs["zone"].phases["paravirt-ipi-idle"].exits_each()
    assert exits["HVC"] == pytest.approx(1, abs=0.01) and exits["GSPR"] == pytest.approx(1, abs=0.01)
