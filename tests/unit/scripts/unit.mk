# SPDX-License-Identifier: GPL-2.0-or-later
# What the scripts of scripts/check find, on small trees that break a rule.

TEST_UNIT += test-unit-scripts

test-unit-scripts: ## The checks of the sources, on small trees with a fault
	@$(PYTEST) -q tests/unit/scripts $(TESTS)
