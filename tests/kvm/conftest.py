# SPDX-License-Identifier: GPL-2.0-or-later
"""Fixtures of the KVM tests: hosts that are always ended. Each machine's transcript is build/kvm-logs/<test>.<n>.log."""

import itertools
import re
import shutil

import pytest

import nested
import paths


@pytest.fixture(scope="session", autouse=True)
def built():
    """The tests run what the build made; they never skip because it is not there."""
    for path in (paths.QEMU, paths.KERNEL, paths.KERNEL_RELEASE, nested.HOST_INITRAMFS):
        if not path.exists():
            pytest.exit(f"{path} is missing: run make kvm-images", returncode=2)
    shutil.rmtree(nested.LOGS, ignore_errors=True)
    nested.LOGS.mkdir(parents=True)


@pytest.fixture
def new_host(request):
    """A function that boots a fresh host with so many CPUs, checked and at its prompt; options as start_host's.

    The one before is ended."""
    name = re.sub(r"[^\w.-]+", "-", request.node.name).strip("-")
    numbers = itertools.count(1)
    hosts = []

    def start(smp: int, **options):
        while hosts:
            hosts.pop().close()
        host = nested.start_host(nested.LOGS / f"{name}.{next(numbers)}.log", smp, **options)
        hosts.append(host)
        nested.check_host(host, smp)
        return host

    yield start
    for host in hosts:
        host.close()
