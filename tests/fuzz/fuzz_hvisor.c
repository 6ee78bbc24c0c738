// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * hvisor's binary configuration to a zone: any bytes as its structure, or changes to a good one,
 * beside a root zone. The hypervisor answers without harm, and nothing of what it makes belongs
 * twice.
 */
#include "change.h"
#include "machine8.h"
#include "oracle.h"
#include "property.h"

#include <stdlib.h>
#include <string.h>

static struct arena machine_arena;
static struct machine8 machine8;
/* The hypervisor has a zone of an earlier input. */
static bool oracle_is_used = true;

static const struct lv_hvisor_zone good = {
    .zone_id = 1,
    .cpus = 4,
    .num_memory_regions = 4,
    .memory_regions = {{LV_HVISOR_RAM, 0xf0000000, 0xf0000000, 0x400000},
                       {LV_HVISOR_IO, 0x40000000, 0x40000000, 0x1000},
                       {LV_HVISOR_IO, 0x1fe00000, 0x1fe00000, 0x1000},
                       {LV_HVISOR_VIRTIO, 0x30001000, 0x30001000, 0x200}},
    .entry_point = 0x90000000f0001000,
    .name = "z",
    .num_pci_bus = 1,
    .pci_config = {{.ecam_base = 0xfe00000000, .ecam_size = 0x20000000}},
    .num_pci_devs = 1,
    .alloc_pci_devs = {{.device = 3}},
};

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv) {
    (void)argc;
    (void)argv;
    machine8_make(&machine_arena, &machine8);
    oracle_reset(&machine8.board, &machine8.root);
    if (oracle_hvisor_start(&good) != 0) {
        fprintf(stderr, "the good one is refused\n");
        abort();
    }
    return 0;
}

static void fuzz_judge(uint32_t zone_id) {
    const struct lv_zone_config *configs[] = {&machine8.root, oracle_find(zone_id)};
    if (configs[1] == NULL) {
        return;
    }
    oracle_is_used = true;
    const char *wrong = property_check(&machine8.board, configs, 2, false);
    if (wrong != NULL || oracle_stage2_pages() > LV_STAGE2_POOL_PAGES) {
        fprintf(stderr, "made, but: %s\n", wrong ? wrong : "too many page tables");
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    struct lv_hvisor_zone zone = good;
    if (size == 0) {
        return 0;
    }
    if ((bytes[0] & 1) != 0) {
        change_apply(&zone, sizeof(zone), bytes + 1, size - 1);
    } else {
        memset(&zone, 0, sizeof(zone));
        memcpy(&zone, bytes + 1, size - 1 < sizeof(zone) ? size - 1 : sizeof(zone));
    }
    if (oracle_is_used) {
        oracle_reset(&machine8.board, &machine8.root);
        oracle_is_used = false;
    }
    if (oracle_hvisor_start(&zone) == 0 && oracle_find(zone.zone_id) == NULL) {
        abort();
    }
    if (zone.zone_id != LV_ROOT_ZONE_ID) {
        fuzz_judge(zone.zone_id);
    }
    return 0;
}
