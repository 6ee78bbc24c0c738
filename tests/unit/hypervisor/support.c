// SPDX-License-Identifier: GPL-2.0-or-later
#include <support.h>
#include <arch/stage2.h>
#include <core/zone_check.h>
#include <core/log.h>
#include <core/zone_life.h>
#include <lib/crc32.h>
#include <string.h>

static struct test_image image;
static uint64_t random_state;

static void board_make(struct lv_board *board) {
    memcpy(board->name, "test board", sizeof("test board"));
    board->num_cpus = BOARD_CPUS;
    for (unsigned cpu = 0; cpu < BOARD_CPUS; cpu++) {
        board->phys_cpu_id[cpu] = PHYS_ID(cpu);
    }
    board->pci_access = LV_PCI_NONE;
    board->hv_base = BOARD_HV_BASE;
    board->hv_size = BOARD_HV_SIZE;
    board->uart_base = FAKE_UART_BASE;
    board->pci_base = BOARD_PCI_BASE;
    board->pci_size = BOARD_PCI_SIZE;
    board->num_ram = 2;
    board->ram[0] = (struct lv_range){.base = 0, .size = BOARD_LOW_RAM};
    board->ram[1] = (struct lv_range){.base = FAKE_RAM_BASE, .size = 0x40000000};
    board->num_devices = 2;
    board->devices[0] = (struct lv_range){.base = BOARD_DEVICES, .size = BOARD_DEVICES_SIZE};
    board->devices[1] = (struct lv_range){.base = BOARD_UART_PAGE, .size = LV_PAGE_SIZE};
}

static void zone_make(struct lv_zone_config *config, uint32_t id, uint64_t cpus) {
    config->magic = LV_ZONE_MAGIC;
    config->version = LV_ZONE_VERSION;
    config->size = sizeof(*config);
    config->zone_id = id;
    config->flags = id == LV_ROOT_ZONE_ID ? LV_ZONE_ROOT : LV_ZONE_CLEAR_RAM;
    config->name[0] = 'z';
    config->name[1] = (char)('0' + id);
    config->cpus = cpus;
    config->entry = ZONE_RAM(id) + ZONE_ENTRY;
    config->boot_args[0] = 1;
    config->boot_args[1] = ZONE_RAM(id) + ZONE_PAYLOAD;
    config->vectors[id] = UINT64_MAX;
    config->num_regions = 1;
    config->regions[0] = (struct lv_region){
        .type = LV_REGION_RAM, .hpa = ZONE_RAM(id), .gpa = ZONE_RAM(id), .size = ZONE_RAM_SIZE};
    config->num_payloads = 1;
    config->payloads[0] = (struct lv_payload){.offset = offsetof(struct test_image, payload),
                                              .gpa = ZONE_RAM(id) + ZONE_PAYLOAD,
                                              .size = PAYLOAD_SIZE};
}

void support_seal(struct test_image *sealed) {
    size_t size = sealed->header.num_zones * sizeof(struct lv_zone_config);

    sealed->header.crc32 = 0;
    uint32_t crc = crc32_update(0, &sealed->header, sizeof(sealed->header));
    sealed->header.crc32 = crc32_update(crc, sealed->zones, size);
}

static void header_make(struct lv_image_header *header) {
    header->magic = LV_IMAGE_MAGIC;
    header->version = LV_IMAGE_VERSION;
    header->header_size = sizeof(*header);
    header->total_size = sizeof(struct test_image);
    header->num_zones = IMAGE_ZONES;
    header->zones_offset = offsetof(struct test_image, zones);
    board_make(&header->board);
}

struct test_image *support_image(void) {
    static const uint64_t cpus[IMAGE_ZONES] = {0x1, 0x6, 0x8};

    fake_reset();
    memset(&image, 0, sizeof(image));
    fake_put(&image, sizeof(image), BOARD_HV_BASE + LV_IMAGE_ALIGN);
    header_make(&image.header);
    for (uint32_t id = 0; id < IMAGE_ZONES; id++) {
        zone_make(&image.zones[id], id, cpus[id]);
    }
    for (unsigned i = 0; i < PAYLOAD_SIZE; i++) {
        image.payload[i] = (uint8_t)(i + 1);
    }
    support_seal(&image);
    cpu_init_blocks(&image.header.board);
    for (cpu_id_t cpu = 0; cpu < BOARD_CPUS; cpu++) {
        atomic_store(&cpu_blocks[cpu].presence, CPU_ONLINE);
    }
    return &image;
}

bool (*support_on_create)(const struct lv_zone_config *config);

/* unit.mk has the linker put the second in the first one's place. */
struct refusal __real_zone_check(const struct lv_image_header *made_of,
                                 const struct lv_zone_config *config, bool packed);
struct refusal __wrap_zone_check(const struct lv_image_header *made_of,
                                 const struct lv_zone_config *config, bool packed);

struct refusal __wrap_zone_check(const struct lv_image_header *made_of,
                                 const struct lv_zone_config *config, bool packed) {
    if (support_on_create != NULL && !support_on_create(config)) {
        return (struct refusal){LV_REFUSAL_VERSION, 0};
    }
    return __real_zone_check(made_of, config, packed);
}

static void serve(void *vcpu) {
    if (zone_follow_state(vcpu)) {
        vcpu_run(vcpu);
    }
}

void support_access(struct vcpu *vcpu, enum lv_region_type type, struct access *access) {
    device_kinds[type]->access(vcpu, access, lv_find_region(&vcpu->zone->config, type));
}

enum fake_end support_serve(struct vcpu *vcpu) {
    cpu_id_t caller = arch_this_cpu()->id;

    fake_be_cpu(vcpu->cpu);
    enum fake_end end = fake_call(serve, vcpu);
    fake_be_cpu(caller);
    return end;
}

void support_start(struct zone *zone) {
    assert_true(zone_start(zone));
    assert_int_equal(support_serve(&zone->vcpus[0]), FAKE_ENTERED);
    assert_true(zone_is_running(zone));
}

void support_leave(struct zone *zone) {
    uint32_t active = atomic_load(&zone->active);

    for (uint32_t id = 0; id < zone->num_vcpus; id++) {
        if ((active & 1u << id) != 0) {
            assert_int_equal(support_serve(&zone->vcpus[id]), FAKE_LEFT);
        }
    }
}

void support_create_zone(struct test_image *made, uint32_t id) {
    assert_int_equal(zone_create(&made->header, &made->zones[id], true), 0);
    support_start(zone_find(id));
}

void support_answer_ring(uint32_t phys_id) {
    cpu_id_t caller = arch_this_cpu()->id;

    if (phys_id == PHYS_ID(0)) {
        fake_be_cpu(0);
        cpu_answer_doorbell();
        fake_be_cpu(caller);
    }
}

struct test_image *support_zones(unsigned count) {
    struct test_image *made = support_image();

    for (uint32_t id = 0; id < count; id++) {
        support_create_zone(made, id);
    }
    fake.iocsr.count = 0;
    fake.mmio.count = 0;
    memset(fake.doorbells, 0, sizeof(fake.doorbells));
    for (cpu_id_t cpu = 0; cpu < BOARD_CPUS; cpu++) {
        fake.cpus[cpu].answered = 0;
    }
    return made;
}

int support_reset(void **state) {
    (void)state;
    support_random_seed(1);
    support_on_create = NULL;
    fake_reset();
    return 0;
}

/* splitmix64. */
uint64_t support_random(void) {
    uint64_t z = random_state += 0x9e3779b97f4a7c15ULL;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
    return z ^ z >> 31;
}

void support_random_seed(uint64_t seed) {
    random_state = seed;
}

const char *support_log(void) {
    static char text[LOG_RING_SIZE + 1];
    static struct lv_stream stream;
    size_t length = 0;

    stream.position = 0;
    do {
        log_read(&stream);
        memcpy(&text[length], stream.data, stream.length);
        length += stream.length;
        stream.position += stream.length;
    } while (stream.length > 0);
    text[length] = '\0';
    return text;
}

/* Pages that fill no 2 MiB of HPA take a table for each 2 MiB of GPA, and three above. */
void support_stage2_leave(unsigned pages) {
    static struct zone hog;
    uint64_t tables = LV_STAGE2_POOL_PAGES - 3 - pages;

    if (pages == LV_STAGE2_POOL_PAGES) {
        arch_stage2_free(&hog);
        return;
    }
    hog.config.num_regions = 1;
    hog.config.regions[0] =
        (struct lv_region){.hpa = LV_PAGE_SIZE, .size = tables * STAGE2_ENTRIES * LV_PAGE_SIZE};
    assert_int_equal(arch_stage2_build(&hog), 0);
}
