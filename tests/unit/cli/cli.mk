# SPDX-License-Identifier: GPL-2.0-or-later
# Tests of the loongvisor command: its verbs over a fake machine, under the sanitizers; then the program itself, its man
# page and its completion.

CLI_TEST_OUT := $(TOOLS_OUT)/test/cli-unit
CLI_TEST_SOURCES := $(wildcard tests/unit/cli/*.c)
CLI_TESTS := $(patsubst tests/unit/cli/%.c,$(CLI_TEST_OUT)/%,$(wildcard tests/unit/cli/test_*.c))
CLI_TEST_OBJECTS := $(patsubst tools/%.c,$(TOOLS_OUT)/test/%.o,$(wildcard tools/cli/*.c tools/serve/*.c)) $(TOOLS_TEST_LIB_OBJECTS)

TEST_UNIT += test-unit-cli

$(TOOLS_OUT)/test/cli/%.o: tools/cli/%.c tools/cli/cli.mk
	@mkdir -p $(@D)
	$(TOOLS_CC) $(TOOLS_TEST_FLAGS) -c $< -o $@

$(TOOLS_OUT)/test/serve/%.o: tools/serve/%.c tools/cli/cli.mk
	@mkdir -p $(@D)
	$(TOOLS_CC) $(TOOLS_TEST_FLAGS) -c $< -o $@

$(CLI_TEST_OUT)/%.o: tests/unit/cli/%.c tests/unit/cli/cli.mk
	@mkdir -p $(@D)
	$(TOOLS_CC) $(TOOLS_TEST_FLAGS) -c $< -o $@

$(CLI_TESTS): %: %.o $(CLI_TEST_OUT)/fake.o $(CLI_TEST_OBJECTS)
	$(TOOLS_CC) $(TOOLS_SANITIZE) $^ $(TOOLS_LIBS) -lcmocka -o $@

test-unit-cli: $(CLI_TESTS) $(TOOLS_OUT)/loongvisor ## Unit tests of the loongvisor command
	@for test in $(CLI_TESTS); do $$test; done
	@$(PYTEST) -q -p no:cacheprovider tests/unit/cli

-include $(wildcard $(TOOLS_OUT)/test/cli/*.d $(TOOLS_OUT)/test/serve/*.d $(CLI_TEST_OUT)/*.d)
