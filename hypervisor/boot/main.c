// SPDX-License-Identifier: GPL-2.0-or-later
#include <core/console.h>
#include <core/cpu.h>
#include <core/log.h>
#include <boot/start.h>
#include <core/zone_check.h>
#include <core/zone_life.h>
#include <loongvisor/version.h>

#define TEXT_OF(word)        #word
#define TEXT_OF_VALUE(macro) TEXT_OF(macro)

/* For the packer, which reads the number from the ELF file (image.h). */
__asm__(".globl lv_image_version\n.set lv_image_version, " TEXT_OF_VALUE(LV_IMAGE_VERSION));

static _Noreturn void main_give_up(const char *reason) {
    log_error("cannot start: %s", reason);
    arch_cpu_stop();
}

static void main_create_zones(const struct lv_image_header *image) {
    const struct lv_zone_config *configs =
        (const void *)((const uint8_t *)image + image->zones_offset);

    for (uint32_t i = 0; i < image->num_zones; i++) {
        if (zone_create(image, &configs[i], true) != 0) {
            main_give_up("a zone of the image could not be made");
        }
    }
}

/* The root zone last, since it takes the console: this CPU is its own, and goes there next. */
static void main_start_zones(void) {
    for (uint32_t id = LV_MAX_ZONES; id-- > 0;) {
        struct zone *zone = zone_find(id);
        if (zone != NULL) {
            log_info("zone %u (%s) starts: %u vCPU(s), entry 0x%lx", id, zone->config.name,
                     zone->num_vcpus, zone->config.entry);
            (void)zone_start(zone);
        }
    }
}

_Noreturn void main_start(const struct lv_image_header *image) {
    /* Without a header there is no board, and so no console to complain on. */
    if (image->magic == LV_IMAGE_MAGIC) {
        console_init(image->board.uart_base);
    }
    log_listen(events_log_grown);
    log_info("Loongvisor %s", LV_VERSION_STRING);
    const char *reason = image_check(image);
    if (reason != NULL) {
        main_give_up(reason);
    }
    log_info("board %s, %u CPU(s)", image->board.name, image->board.num_cpus);
    cpu_init_blocks(&image->board);
    reason = arch_cpu_init();
    if (reason != NULL) {
        main_give_up(reason);
    }
    rtc_init(&image->board);
    cpu_start_secondaries(&image->board);
    main_create_zones(image);
    main_start_zones();
    cpu_run();
}

_Noreturn void main_start_secondary(void) {
    const char *reason = arch_cpu_init();

    if (reason == NULL && !cpu_come_online()) {
        reason = "it came too late";
    }
    if (reason != NULL) {
        log_error("CPU %u is left out: %s", arch_this_cpu()->id, reason);
        arch_cpu_stop();
    }
    cpu_run();
}
