// SPDX-License-Identifier: GPL-2.0-or-later
#include "oracle.h"

#include <core/hypercall.h>
#include <core/zone_check.h>
#include <core/zone_life.h>
#include <fake.h>
#include <leaves.h>
#include <lib/crc32.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The packed image as the hypervisor has it in memory: header, root zone, nothing to load. */
struct oracle_image {
    struct lv_image_header header;
    struct lv_zone_config root;
};

static struct oracle_image image;

/* Where the structure is in the root zone's RAM. */
#define ORACLE_STRUCTURE 0x100000u
static struct lv_hvisor_zone structure;

static void oracle_make_image(const struct lv_board *board, const struct lv_zone_config *root) {
    image.header = (struct lv_image_header){
        .magic = LV_IMAGE_MAGIC,
        .version = LV_IMAGE_VERSION,
        .header_size = sizeof(image.header),
        .total_size = sizeof(image),
        .num_zones = 1,
        .zones_offset = offsetof(struct oracle_image, root),
        .board = *board,
    };
    image.root = *root;
    uint32_t crc = crc32_update(0, &image.header, sizeof(image.header));
    image.header.crc32 = crc32_update(crc, &image.root, sizeof(image.root));
}

/* The other CPU answers at once. Physical numbers are positions here. */
static void oracle_answer(uint32_t phys_id) {
    cpu_id_t caller = arch_this_cpu()->id;

    fake_be_cpu(phys_id);
    cpu_answer_doorbell();
    fake_be_cpu(caller);
}

void oracle_reset(const struct lv_board *board, const struct lv_zone_config *root) {
    fake_reset();
    fake.on_ring = oracle_answer;
    oracle_make_image(board, root);
    fake_put(&image, sizeof(image), board->hv_base + LV_IMAGE_ALIGN);
    fake_put(&structure, sizeof(structure), ORACLE_STRUCTURE);
    const char *wrong = image_check(&image.header);
    cpu_init_blocks(&image.header.board);
    for (cpu_id_t cpu = 0; cpu < board->num_cpus; cpu++) {
        atomic_store(&cpu_blocks[cpu].presence, CPU_ONLINE);
    }
    if (wrong != NULL || !oracle_create(root, true)) {
        __builtin_trap();
    }
}

const char *oracle_check(const struct lv_zone_config *config, bool packed) {
    struct refusal refusal = zone_check(&image.header, config, packed);

    return refusal.number != LV_REFUSAL_NONE ? refusal_name(refusal.number) : NULL;
}

/* Whatever was asked for and answered, stage 2 of all zones is what they were given. */
static void oracle_judge_leaves(void) {
    const char *wrong = leaves_check();

    if (wrong != NULL) {
        fprintf(stderr, "stage 2: %s\n", wrong);
        abort();
    }
}

bool oracle_create(const struct lv_zone_config *config, bool packed) {
    int64_t error = zone_create(&image.header, config, packed);

    oracle_judge_leaves();
    return error == 0;
}

int64_t oracle_hvisor_start(const struct lv_hvisor_zone *zone) {
    structure = *zone;
    int64_t answer = hypercall_handle(&zone_find(LV_ROOT_ZONE_ID)->vcpus[0], LV_HVISOR_ZONE_START,
                                      ORACLE_STRUCTURE, sizeof(structure));
    oracle_judge_leaves();
    return answer;
}

const struct lv_zone_config *oracle_find(uint32_t zone_id) {
    const struct zone *zone = zone_find(zone_id);

    return zone != NULL ? &zone->config : NULL;
}

uint32_t oracle_stage2_pages(void) {
    return arch_stage2_pages_used();
}
