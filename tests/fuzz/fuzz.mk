# SPDX-License-Identifier: GPL-2.0-or-later
# Fuzzers (libFuzzer, under the address and undefined-behaviour sanitizers) of what reads configurations.

FUZZ_DIR := tests/fuzz
FUZZ_OUT := $(B)/fuzz
FUZZ_NAMES := json config file hvisor
# Seconds for each.
SECONDS ?= 600
FUZZ_SHORT_SECONDS ?= 15

FUZZ_SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
FUZZ_INSTRUMENT := -fsanitize=fuzzer-no-link $(FUZZ_SANITIZE)

# Tools: what a plan needs, over files in memory.
FUZZ_TOOLS := $(filter-out $(addprefix tools/lib/,file.c image.c configuration.c elf_output.c),$(wildcard tools/lib/*.c))
FUZZ_TOOLS_OBJECTS := $(FUZZ_TOOLS:%.c=$(FUZZ_OUT)/%.o) $(addprefix $(FUZZ_OUT)/,machine8.o file_memory.o property.o change.o)
# The hypervisor, over the fake machine of its unit tests; what its tests fake themselves is left out. The unit tests'
# fragment is read later than this one, so these are expanded late.
FUZZ_HV = $(FUZZ_DIR)/oracle.c $(filter-out $(wildcard $(HV_TEST_DIR)/*.c) \
	$(addprefix hypervisor/arch/,exits_hot.c sensitive_hot.c exits_tail_hot.c),$(HV_TEST_SOURCES))
FUZZ_HV_OBJECTS = $(FUZZ_HV:%.c=$(FUZZ_OUT)/hv/%.o)

$(FUZZ_OUT)/tools/%.o: tools/%.c tools/tools.mk $(FUZZ_DIR)/fuzz.mk
	@mkdir -p $(@D)
	@$(TOOLS_CC) $(TOOLS_FLAGS) $(FUZZ_INSTRUMENT) -c $< -o $@

$(FUZZ_OUT)/%.o: $(FUZZ_DIR)/%.c tools/tools.mk $(FUZZ_DIR)/fuzz.mk
	@mkdir -p $(@D)
	@$(TOOLS_CC) $(TOOLS_FLAGS) -I$(FUZZ_DIR) $(FUZZ_INSTRUMENT) -c $< -o $@

$(FUZZ_OUT)/hv/hypervisor/lib/string_hot.o: HV_TEST_FLAGS += -fno-builtin -Dmemset=lv_memset -Dmemcpy=lv_memcpy \
	-Dstrnlen=lv_strnlen
$(FUZZ_OUT)/hv/%.o: %.c $(FUZZ_DIR)/fuzz.mk
	@mkdir -p $(@D)
	@$(HV_TEST_CC) $(HV_TEST_FLAGS) $(FUZZ_INSTRUMENT) -fno-sanitize-address-globals-dead-stripping -c $< -o $@
	@$(if $(filter hypervisor/%,$<),$(HV_TEST_STATE) $@)

# Tools and hypervisor have some names in common: of the hypervisor's only the oracle's are seen.
.SECONDEXPANSION:
$(FUZZ_OUT)/oracle-whole.o: $$(FUZZ_HV_OBJECTS)
	@ld.lld-19 -r $^ -o $@.joined
	@llvm-objcopy-19 --wildcard --keep-global-symbol='oracle_*' --keep-global-symbol='___asan*' $@.joined $@

$(FUZZ_NAMES:%=$(FUZZ_OUT)/fuzz-%): $(FUZZ_OUT)/fuzz-%: $(FUZZ_OUT)/fuzz_%.o $(FUZZ_TOOLS_OBJECTS) $(FUZZ_OUT)/oracle-whole.o
	@echo "  LD $@"
	@$(TOOLS_CC) -fsanitize=fuzzer $(FUZZ_SANITIZE) -pthread $^ $(TOOLS_LIBS) -lcmocka -o $@

# Words that zone files have.
$(FUZZ_OUT)/json.dict: docs/zone.schema.json $(FUZZ_DIR)/fuzz.mk
	@mkdir -p $(@D)
	@{ grep -oE '"[A-Za-z_$$-]+"' $< | sort -u; printf '"%s"\n' 0x f0000000 256M '\x0c' 'vector 1' 'line 1' 'a-b'; } > $@
$(FUZZ_OUT)/file.dict: $(FUZZ_DIR)/fuzz.mk
	@mkdir -p $(@D)
	@printf '"%s"\n' gzip zstd zimg MZ '\x7fELF' '\xd0\x0d\xfe\xed' device_type memory cpu reg linux,usable-memory > $@
$(FUZZ_OUT)/config.dict $(FUZZ_OUT)/hvisor.dict: $(FUZZ_DIR)/fuzz.mk
	@mkdir -p $(@D)
	@printf '"\\x00\\x00\\x%s\\x00"\n' 10 20 40 80 f0 > $@

# What is found on the way stays in build/; the corpus is only read.
define FUZZ_RUN
@mkdir -p $(FUZZ_OUT)/found-$(1) $(FUZZ_OUT)/crashes-$(1)
@$(STEP) "fuzz-$(1), $(2) s" $(FUZZ_OUT)/fuzz-$(1) -max_total_time=$(2) -max_len=8192 -timeout=20 -rss_limit_mb=4096 \
	-dict=$(FUZZ_OUT)/$(1).dict -artifact_prefix=$(FUZZ_OUT)/crashes-$(1)/ -verbosity=0 -print_final_stats=1 \
	$(FUZZ_OUT)/found-$(1) $(FUZZ_DIR)/corpus/$(1)

endef

FUZZ_BUILT := $(FUZZ_NAMES:%=$(FUZZ_OUT)/fuzz-%) $(FUZZ_NAMES:%=$(FUZZ_OUT)/%.dict)

.PHONY: fuzz-config test-fuzz
fuzz-config: $(FUZZ_BUILT) ## Fuzz zone files and the hypervisor's check of configurations (SECONDS=600 for each)
	$(foreach name,$(FUZZ_NAMES),$(call FUZZ_RUN,$(name),$(SECONDS)))

test-fuzz: $(FUZZ_BUILT)
	$(foreach name,$(FUZZ_NAMES),$(call FUZZ_RUN,$(name),$(FUZZ_SHORT_SECONDS)))

-include $(FUZZ_TOOLS_OBJECTS:.o=.d) $(FUZZ_NAMES:%=$(FUZZ_OUT)/fuzz_%.d) \
	$(wildcard $(addprefix $(FUZZ_OUT)/hv/,*/*/*.d */*/*/*.d */*/*/*/*.d))
