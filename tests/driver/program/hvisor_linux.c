// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A stock Linux kernel in a zone of hvisor's interface, on two CPUs. The kernel, its initramfs and
 * its device tree come from a packed image in which it is zone 1 (test_hvisor.py
 * makes that, and a disk of it).
 */
#include <fcntl.h>
#include <loongvisor/image.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/fs.h>

#include "hvisor.h"

#define DISK          "/dev/vdc"
#define IMAGE_ZONE    1u
#define CPUS          0x30u
#define CACHED_WINDOW 0x9000000000000000u
#define SHIM_ROOM     0x10000u /* at the end of the RAM */
#define SHIM_VALUES   4u

extern const uint8_t hvisor_shim_start[];
extern const uint8_t hvisor_shim_values[];
extern const uint8_t hvisor_shim_end[];

static const struct lv_image_header *find_image(const uint8_t *disk, uint64_t size) {
    const uint64_t magic = LV_IMAGE_MAGIC;
    const uint8_t *at = disk;

    while ((at = memmem(at, size - (uint64_t)(at - disk), &magic, sizeof(magic))) != NULL) {
        const struct lv_image_header *header = (const void *)at;
        if ((at - disk) % 8 == 0 && header->version == LV_IMAGE_VERSION &&
            header->header_size == sizeof(*header)) {
            return header;
        }
        at++;
    }
    return NULL;
}

/* The image on the disk, NULL if there is none. */
static const struct lv_image_header *open_image(void) {
    int fd = open(DISK, O_RDONLY | O_CLOEXEC);
    uint64_t size = 0;
    void *disk;

    if (fd < 0 || ioctl(fd, BLKGETSIZE64, &size) != 0) {
        return NULL;
    }
    disk = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
    (void)close(fd);
    return disk != MAP_FAILED ? find_image(disk, size) : NULL;
}

static const struct lv_zone_config *image_zone(const struct lv_image_header *image) {
    const struct lv_zone_config *zones =
        (const void *)((const uint8_t *)image + image->zones_offset);

    for (uint32_t i = 0; i < image->num_zones; i++) {
        if (zones[i].zone_id == IMAGE_ZONE) {
            return &zones[i];
        }
    }
    return NULL;
}

static void load_payloads(const struct lv_image_header *image, const struct lv_zone_config *config,
                          uint64_t base) {
    for (uint32_t i = 0; i < config->num_payloads; i++) {
        const struct lv_payload *payload = &config->payloads[i];
        EXPECT(0, hvisor_load(base + payload->gpa, (const uint8_t *)image + payload->offset,
                              payload->size));
    }
}

static void load_shim(const struct lv_zone_config *config, uint64_t hpa) {
    const uint64_t values[SHIM_VALUES] = {config->boot_args[0], config->boot_args[1],
                                          config->boot_args[2], config->entry};
    uint64_t before = test_distance(hvisor_shim_start, hvisor_shim_values);

    EXPECT(0,
           hvisor_load(hpa, hvisor_shim_start, test_distance(hvisor_shim_start, hvisor_shim_end)));
    EXPECT(0, hvisor_load(hpa + before, values, sizeof(values)));
}

void hvisor_linux_start_run(void) {
    const struct lv_image_header *image = open_image();
    const struct lv_zone_config *config = image != NULL ? image_zone(image) : NULL;
    struct lv_hvisor_zone zone = hvisor_zone(0, CPUS);
    uint64_t base = zone.memory_regions[0].physical_start;

    EXPECT_TRUE(config != NULL);
    if (config == NULL) {
        return;
    }
    uint64_t shim = config->regions[0].size - SHIM_ROOM;
    EXPECT(LV_REGION_RAM, config->regions[0].type);
    zone.memory_regions[0].size = config->regions[0].size;
    zone.entry_point = CACHED_WINDOW | shim;
    (void)snprintf(zone.name, sizeof(zone.name), "linux");
    load_payloads(image, config, base);
    load_shim(config, base + shim);
    int fd = hvisor_open();
    EXPECT(0, test_ioctl(fd, LV_HVISOR_IOCTL_START, &zone));
    (void)close(fd);
}

void hvisor_linux_end_run(void) {
    EXPECT(0, hvisor_shutdown(0));
}
