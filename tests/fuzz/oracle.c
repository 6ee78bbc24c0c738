/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "oracle.h"

#include <core/zone_check.h>
#include <core/zone_life.h>
#include <fake.h>
#include <lib/crc32.h>
#include <string.h>

/* The packed image as the hypervisor has it in memory: header, root zone, nothing to load. */
struct oracle_image {
    struct lv_image_header header;
    struct lv_zone_config root;
};

static struct oracle_image image;

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
    const char *wrong = image_check(&image.header);
    cpu_init_blocks(&image.header.board);
    for (cpu_id_t cpu = 0; cpu < board->num_cpus; cpu++) {
        atomic_store(&cpu_blocks[cpu].online, true);
    }
    if (wrong != NULL || !oracle_create(root, true)) {
        __builtin_trap();
    }
}

const char *oracle_check(const struct lv_zone_config *config, bool packed) {
    return zone_check(&image.header, config, packed);
}

bool oracle_create(const struct lv_zone_config *config, bool packed) {
    return zone_create(&image.header, config, packed) == 0;
}

uint32_t oracle_stage2_pages(void) {
    return arch_stage2_pages_used();
}
