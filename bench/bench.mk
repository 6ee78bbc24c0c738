# SPDX-License-Identifier: GPL-2.0-or-later
# What everything costs, in instructions. The micro-benchmark is one program for three homes: it runs where programs for
# the bare machine do, and the zone and KVM's guest have RAM there too.

BENCH_GUEST := $(B)/guests/bench.elf
BENCH_OBJECTS := $(patsubst guests/%,$(B)/guests/%.o,$(wildcard guests/bench/*.S guests/bench/*.c))
$(BENCH_OBJECTS): guests/bench/bench.h
$(eval $(call bare_program,$(BENCH_GUEST),$(BENCH_OBJECTS),$(GUEST_BARE_BASE)))
ALL += $(BENCH_GUEST)

.PHONY: bench-micro
bench-micro: $(ALL) $(BENCH_GUEST) ## Instructions per operation in a zone, quickly (HOMES='bare zone kvm')
	@bench/micro $(HOMES)
