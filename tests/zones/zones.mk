# SPDX-License-Identifier: GPL-2.0-or-later
# Zones beside the root zone: made, used, ended, on the machine of `make run`.

.PHONY: test-zones test-zones-long
test-zones: $(ALL) $(BACK_ENDS) $(B)/images/guest-devices.cpio.gz ## Zones that come and go on the machine of `make run` (LOONGVISOR_ROUNDS=n, TESTS='-k panic')
	@$(PYTEST) -v --durations=5 tests/zones $(TESTS)

# 200 rounds with a Linux zone, two and a half times as many with a bare-metal one.
test-zones-long: $(ALL) ## The same with 200 rounds of a Linux zone and 500 of a bare-metal one (LOONGVISOR_ROUNDS=n)
	@LOONGVISOR_ROUNDS=$${LOONGVISOR_ROUNDS:-200} $(PYTEST) -v -s tests/zones/test_rounds.py $(TESTS)

.PHONY: transcripts
transcripts: $(ALL) ## Play the sessions on the pages (README.md, examples/) and write them there
	@LOONGVISOR_WRITE=1 $(PYTEST) -v tests/zones/test_transcripts.py $(TESTS)

.PHONY: test-zones-commands
test-zones-commands: $(ALL) ## 1,000 rounds of random commands by four users at once (LOONGVISOR_COMMANDS=n, LOONGVISOR_SEED=n)
	@LOONGVISOR_COMMANDS=$${LOONGVISOR_COMMANDS:-1000} $(PYTEST) -v -s tests/zones/test_commands.py $(TESTS)
