// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Zones at random, from few values so that many of them meet: of what the tools accept, nothing
 * belongs twice. The judge is tests/fuzz/property.c, which shares nothing with the checker.
 */
#include "support.h"

#include "lib/plan.h"
#include "lib/stage2_size.h"
#include "machine8.h"
#include "property.h"

#include <inttypes.h>
#include <stdlib.h>

#define ROUNDS        3000u
#define ZONES_A_ROUND 5u
#define TEXT_MAX      4096u

static uint64_t random_state = 1;

/* splitmix64: the same numbers in every run. */
static uint64_t random_next(void) {
    uint64_t z = random_state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static uint64_t random_below(uint64_t limit) {
    return random_next() % limit;
}

static bool random_one_in(uint64_t count) {
    return random_below(count) == 0;
}

static const char *random_text(const char *const *texts, size_t count) {
    return texts[random_below(count)];
}

/* Text that grows. */
struct writer {
    char text[TEXT_MAX];
    size_t length;
};

static void write_text(struct writer *writer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void write_text(struct writer *writer, const char *format, ...) {
    va_list args;
    va_start(args, format);
    int length = vsnprintf(writer->text + writer->length, TEXT_MAX - writer->length, format, args);
    va_end(args);
    assert_true(length >= 0 && (size_t)length < TEXT_MAX - writer->length);
    writer->length += (size_t)length;
}

static void write_region(struct writer *writer) {
    static const char *const types[] = {"ram", "ram", "io", "virtio", "hole", "uart", "info"};
    static const uint64_t hpas[] = {0xf0000000, 0xf1000000, 0xf1200000, 0xf2000000,
                                    0xf3e00000, 0x40000000, 0x40010000, 0x10000000};
    static const uint64_t gpas[] = {0, 0x400000, 0x1000000, 0x10000000, 0x1fe00000, 0x80000000};
    static const uint64_t sizes[] = {0x1000, 0x10000, 0x200000, 0x400000, 0x1000000};
    const char *type = random_text(types, ARRAY_SIZE(types));
    write_text(writer, "{\"type\": \"%s\", \"virtual_start\": %" PRIu64 ", \"size\": %" PRIu64,
               type, gpas[random_below(ARRAY_SIZE(gpas))], sizes[random_below(ARRAY_SIZE(sizes))]);
    if (!random_one_in(3)) {
        write_text(writer, ", \"physical_start\": %" PRIu64, hpas[random_below(ARRAY_SIZE(hpas))]);
    }
    write_text(writer, "}");
}

static void write_regions(struct writer *writer) {
    uint64_t count = 1 + random_below(3);
    write_text(writer, ", \"memory_regions\": [");
    for (uint64_t i = 0; i < count; i++) {
        write_text(writer, "%s", i ? ", " : "");
        write_region(writer);
    }
    write_text(writer, "]");
}

static void write_cpus(struct writer *writer) {
    if (random_one_in(2)) {
        write_text(writer, ", \"cpus\": %" PRIu64, 1 + random_below(3));
    } else {
        write_text(writer, ", \"cpus\": [%" PRIu64 "]", 1 + random_below(7));
    }
}

static void write_devices(struct writer *writer) {
    static const char *const interrupts[] = {"none",     "line 4",     "line 5",
                                             "vector 2", "vector 130", "vector 200"};
    static const char *const vectors[] = {"128-159", "160-191", "192-255", "0-31", "130"};
    if (random_one_in(2)) {
        write_text(writer, ", \"uart_interrupt\": \"%s\"",
                   random_text(interrupts, ARRAY_SIZE(interrupts)));
    }
    if (random_one_in(3)) {
        write_text(writer, ", \"power_interrupt\": \"%s\"",
                   random_text(interrupts, ARRAY_SIZE(interrupts)));
    }
    if (random_one_in(3)) {
        write_text(writer, ", \"interrupts\": [\"%s\"]", random_text(vectors, ARRAY_SIZE(vectors)));
    }
    if (random_one_in(3)) {
        write_text(writer,
                   ", \"pci_devices\": [{\"bus\": 0, \"device\": %" PRIu64 ", \"function\": 0}]",
                   1 + random_below(4));
    }
}

static void write_loads(struct writer *writer) {
    static const char *const kernels[] = {
        "\"kernel_filepath\": \"Image\"",
        "\"kernel_filepath\": \"Image\", \"initrd_filepath\": \"initrd\"",
        "\"kernel_filepath\": \"flat.bin\", \"kernel_load_paddr\": 8192, \"entry_point\": 8192",
        "\"entry_point\": 4096",
    };
    write_text(writer, ", %s", random_text(kernels, ARRAY_SIZE(kernels)));
    if (random_one_in(4)) {
        write_text(writer,
                   ", \"modules\": [{\"filepath\": \"initrd\", \"load_paddr\": %" PRIu64 "}]",
                   random_below(5) * 0x1000);
    }
}

static void write_zone(struct writer *writer) {
    static const char *const sizes[] = {"4M", "8M", "16M", "32M", "5M"};
    writer->length = 0;
    write_text(writer, "{\"name\": \"z%" PRIu64 "\", \"zone_id\": %" PRIu64, random_below(20),
               random_below(6));
    write_cpus(writer);
    if (!random_one_in(3)) {
        write_text(writer, ", \"memory\": \"%s\"", random_text(sizes, ARRAY_SIZE(sizes)));
    } else {
        write_regions(writer);
    }
    write_devices(writer);
    write_loads(writer);
    write_text(writer, "}");
}

/* How often what came of it. */
struct tally {
    unsigned accepted;
    unsigned refused;
    unsigned most; /* zones that were there at once, the root zone among them */
};

static void make_zones(const struct machine8 *machine8, struct tally *tally) {
    struct arena arena = {0};
    struct machine machine = machine8->machine;
    const struct lv_zone_config *configs[ZONES_A_ROUND + 1] = {&machine8->root};
    const struct file_search search = {.count = 0};
    unsigned count = 1;
    for (unsigned i = 0; i < ZONES_A_ROUND; i++) {
        struct report report = {.arena = &arena};
        struct plan *plan = arena_alloc(&arena, sizeof(*plan));
        struct writer writer;
        write_zone(&writer);
        const struct json_node *node = json_parse(&report, "zone", writer.text, writer.length);
        assert_non_null(node);
        if (!plan_json(&report, &machine, node, &search, plan)) {
            assert_true(report.errors != 0);
            tally->refused++;
            continue;
        }
        assert_int_equal(report.errors, 0);
        configs[count++] = &plan->config;
        machine_add_zone(&machine, &plan->zone, stage2_config_pages(&plan->config));
        const char *wrong = property_check(&machine8->board, configs, count, false);
        if (wrong != NULL) {
            fail_msg("%s: the last of %u zones: %s", wrong, count, writer.text);
        }
        tally->accepted++;
    }
    tally->most = count > tally->most ? count : tally->most;
    arena_free(&arena);
}

static void test_accepted_zones_share_nothing(void **state) {
    struct context *context = *state;
    struct machine8 machine8;
    struct tally tally = {0};
    machine8_make(&context->arena, &machine8);
    for (unsigned round = 0; round < ROUNDS; round++) {
        make_zones(&machine8, &tally);
    }
    print_message("%u accepted, %u refused, at most %u at once\n", tally.accepted, tally.refused,
                  tally.most);
    assert_true(tally.accepted > ROUNDS / 2);
    assert_true(tally.refused > ROUNDS);
    assert_true(tally.most > 3);
}

/* The judge finds what is wrong, one thing after the other. */
static void test_property_judges(void **state) {
    struct context *context = *state;
    struct machine8 machine8;
    machine8_make(&context->arena, &machine8);
    struct lv_zone_config zone = {
        .magic = LV_ZONE_MAGIC,
        .version = LV_ZONE_VERSION,
        .size = sizeof(zone),
        .zone_id = 1,
        .flags = LV_ZONE_CLEAR_RAM,
        .cpus = 4,
        .num_regions = 1,
        .regions = {{.type = LV_REGION_RAM, .hpa = 0xf0000000, .size = 0x200000}},
        .store_hpa = 0xf0200000,
        .store_size = 0x200000,
    };
    const struct lv_zone_config *configs[] = {&machine8.root, &zone};
#define JUDGE(expected)                                                                            \
    assert_int_equal(property_check(&machine8.board, configs, 2, false) != NULL, expected)
#define SPOILT(field, value)                                                                       \
    do {                                                                                           \
        struct lv_zone_config kept = zone;                                                         \
        zone.field = value;                                                                        \
        JUDGE(1);                                                                                  \
        zone = kept;                                                                               \
    } while (0)
    JUDGE(0);
    SPOILT(cpus, 2);
    SPOILT(zone_id, 0);
    SPOILT(vectors[0], UINT32_MAX);
    SPOILT(vectors[2], 1);
    SPOILT(regions[0].hpa, 0xf0100000);
    SPOILT(regions[0].hpa, 0x80000000);
    SPOILT(regions[0].hpa, 0xf3f00000);
    SPOILT(regions[0].hpa, 0x0a000000);
    SPOILT(store_hpa, 0xf0001000);
    SPOILT(regions[0].interrupt, 0x108);
    SPOILT(flags, 0);
    zone.payloads[0] = (struct lv_payload){.gpa = 0x200000, .size = 8};
    SPOILT(num_payloads, 1);
    zone.pci_functions[0] = (struct lv_pci_function){.devfn = 1 << 3};
    SPOILT(num_pci_functions, 1);
    SPOILT(num_virtio, 1);
    zone.num_regions = 3;
    zone.regions[1] =
        (struct lv_region){.type = LV_REGION_PCI_CONFIG, .gpa = 0xfe00000000, .size = 0x20000000};
    zone.regions[2] =
        (struct lv_region){.type = LV_REGION_VIRTIO_BARS, .gpa = 0x40000000, .size = 0x100000};
    zone.num_virtio = 2;
    zone.virtio[0] = (struct lv_virtio_function){2, 128, 1, 1, 0};
    zone.virtio[1] = (struct lv_virtio_function){1, 256, 2, 2, 0};
    JUDGE(0);
    SPOILT(num_virtio, LV_MAX_VIRTIO + 1);
    SPOILT(num_regions, 2);
    SPOILT(virtio[1].device, 1);
    SPOILT(virtio[1].device, 0);
    SPOILT(virtio[1].device, 32);
    SPOILT(virtio[1].type, 64);
    SPOILT(virtio[1].queue_size, 48);
    SPOILT(virtio[1].num_queues, 17);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_property_judges, context_setup, context_teardown),
        cmocka_unit_test_setup_teardown(test_accepted_zones_share_nothing, context_setup,
                                        context_teardown),
    };
    return cmocka_run_group_tests_name("tools: property", tests, NULL, NULL);
}
