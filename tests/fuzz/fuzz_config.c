// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any bytes to the hypervisor's zone_check(), beside a root zone and another zone: it answers
 * without harm, and property_check() finds nothing wrong with what it accepts. The first byte says
 * what the input is: the configuration itself, or changes to a good one, which reach deeper.
 */
#include "change.h"
#include "machine8.h"
#include "oracle.h"
#include "property.h"

#include <stdlib.h>
#include <string.h>

#define FUZZ_MIB ((uint64_t)1 << 20)

enum fuzz_mode { FUZZ_WHOLE = 0, FUZZ_CHANGES = 1, FUZZ_PACKED = 2 };

static struct arena machine_arena;
static struct machine8 machine8;
static struct lv_zone_config other;
static struct lv_zone_config good;
/* The hypervisor has a zone of an earlier input. Few inputs leave one, and a fresh one takes time.
 */
static bool oracle_is_used = true;

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void fuzz_make_good(struct lv_zone_config *config, uint32_t id, uint64_t hpa) {
    *config = (struct lv_zone_config){
        .magic = LV_ZONE_MAGIC,
        .version = LV_ZONE_VERSION,
        .size = sizeof(*config),
        .zone_id = id,
        .flags = LV_ZONE_CLEAR_RAM,
        .name = "z",
        .cpus = id == 1 ? 8 : 4, /* vectors reach CPUs 0 to 3 */
        .entry = 0x1000,
        .num_regions = 4,
        .num_payloads = 1,
        .num_pci_functions = 1,
        .watchdog_ms = 100,
        .store_hpa = hpa + 4 * FUZZ_MIB,
        .store_size = 2 * FUZZ_MIB,
        .regions = {{.type = LV_REGION_RAM, .hpa = hpa, .size = 4 * FUZZ_MIB},
                    {.type = LV_REGION_UART,
                     .interrupt = LV_INTERRUPT_VECTOR(2),
                     .gpa = 0x1fe00000,
                     .size = LV_PAGE_SIZE},
                    {.type = LV_REGION_POWER,
                     .interrupt = LV_INTERRUPT_LINE(4),
                     .gpa = 0x100e0000,
                     .size = LV_PAGE_SIZE},
                    {.type = LV_REGION_IO,
                     .hpa = 0x40000000 + id * 0x10000,
                     .gpa = 0x40000000,
                     .size = LV_PAGE_SIZE}},
        .payloads = {{.gpa = 0x1000, .size = 64}},
        .pci_functions = {{.devfn = (uint8_t)(id << 4)}},
    };
    config->vectors[2] = id == 1 ? UINT32_MAX : (uint64_t)UINT32_MAX << 32;
}

static void fuzz_reset(void) {
    oracle_reset(&machine8.board, &machine8.root);
    if (!oracle_create(&other, false)) {
        abort();
    }
    oracle_is_used = false;
}

int LLVMFuzzerInitialize(int *argc, char ***argv) {
    (void)argc;
    (void)argv;
    machine8_make(&machine_arena, &machine8);
    fuzz_make_good(&other, 1, 0xf0000000);
    fuzz_make_good(&good, 2, 0xf0800000);
    fuzz_reset();
    if (oracle_check(&good, false) != NULL) {
        fprintf(stderr, "the good one is refused: %s\n", oracle_check(&good, false));
        abort();
    }
    return 0;
}

static void fuzz_check(const struct lv_zone_config *config, bool packed) {
    if (oracle_check(config, packed) != NULL) {
        return;
    }
    const struct lv_zone_config *configs[] = {&machine8.root, &other, config};
    const char *wrong = property_check(&machine8.board, configs, 3, packed);
    /* How many pages the tools counted is for them to know; the hypervisor counts its own. */
    if (wrong != NULL && strstr(wrong, "page tables") == NULL) {
        fprintf(stderr, "accepted, but: %s\n", wrong);
        abort();
    }
    oracle_is_used = true;
    oracle_create(config, packed);
    if (oracle_stage2_pages() > LV_STAGE2_POOL_PAGES) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    if (size == 0) {
        return 0;
    }
    struct lv_zone_config config = good;
    if ((bytes[0] & FUZZ_CHANGES) != 0) {
        change_apply(&config, sizeof(config), bytes + 1, size - 1);
    } else {
        memset(&config, 0, sizeof(config));
        memcpy(&config, bytes + 1, size - 1 < sizeof(config) ? size - 1 : sizeof(config));
    }
    if (oracle_is_used) {
        fuzz_reset();
    }
    fuzz_check(&config, (bytes[0] & FUZZ_PACKED) != 0);
    return 0;
}
