# SPDX-License-Identifier: GPL-2.0-or-later
# The root zone under load for long: the disk with Debian's programs for that, and the tests that use it.

LOAD_DISK := $(B)/load/disk.ext4
LOAD_SCRIPTS := $(wildcard tests/load/rootfs/usr/sbin/*)

.PHONY: load-disk test-load test-load-short
load-disk: $(LOAD_DISK) ## A disk with programs that load a kernel

$(LOAD_DISK): images/disk tests/load/contents tests/kvm/libraries scripts/debs.sh $(LOAD_SCRIPTS)
	@images/disk tests/load $@
	@touch -h $@

test-load: $(ALL) $(LOAD_DISK) ## 30 minutes of load on all CPUs (LOONGVISOR_LOAD_SECONDS=n for another time)
	@LOONGVISOR_LOAD_SECONDS=$${LOONGVISOR_LOAD_SECONDS:-1800} $(PYTEST) -v -s tests/load $(TESTS)

test-load-short: $(ALL) $(LOAD_DISK) ## Five minutes of load and a few rounds of CPU hot-plug (part of make test; LOONGVISOR_LOAD_SECONDS=n)
	@$(PYTEST) -v -s tests/load $(TESTS)

.PHONY: exits-table lateness-table
exits-table: $(ALL) $(LOAD_DISK) ## Measure exits per second by cause; writes the table in docs/performance.md
	@$(HARNESS) $(STEP) "measure exits under four loads" tests/load/exits-table

lateness-table: $(ALL) $(LOAD_DISK) ## Measure how late wake-ups are under load, bare and as zone; writes the table in docs/performance.md
	@$(HARNESS) $(STEP) "measure lateness of wake-ups, bare and as zone" tests/load/lateness-table
