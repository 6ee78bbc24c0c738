// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * devices/virtio*.c: a virtual function of zone 1 as its driver sees it, and as a front end in the
 * root zone does. Zone 1 has a function of each of two types; part of its RAM is shared.
 */
#include <support.h>
#include <core/hypercall.h>
#include <devices/pci_registers.h>
#include <irq/eiointc.h>
#include <irq/interrupt.h>
#include <lib/bits.h>
#include <string.h>

#define BUFFER      0x8000u
#define CONFIG_BASE 0x40000000ULL
#define BARS_BASE   0x50000000ULL
#define BAR_AT(n)   ((uint64_t)(n) * LV_VIRTIO_BAR_SIZE)
#define BARS_SIZE   BAR_AT(4)
#define KICK_LINE   4u
#define VECTOR      200u

/* The shared part of the zone's RAM, at the end of which there is none. */
#define WINDOW      (ZONE_RAM(1) + ZONE_RAM_SIZE)
#define WINDOW_SIZE 0x4000u

#define BLK        0u
#define CONSOLE    1u
#define BLK_QUEUES 2u
#define BLK_SIZE   128u
#define DEVICES_AT 5u /* PCI device numbers from here on */
#define FEATURES   (LV_VIRTIO_FEATURE_VERSION_1 | LV_VIRTIO_FEATURE_PLATFORM | BIT(5) | BIT(6))

/* virtio 1.2, 2.1. */
#define S_ACKNOWLEDGE 1u
#define S_DRIVER      2u
#define S_DRIVER_OK   4u
#define S_FEATURES_OK 8u
#define S_NEEDS_RESET 0x40u

static struct zone *zone;
static struct vcpu *root;
static struct lv_virtio_status *status;

static void region_add(struct lv_zone_config *config, uint32_t type, gpa_t gpa, uint64_t size) {
    config->regions[config->num_regions++] =
        (struct lv_region){.type = type, .gpa = gpa, .size = size};
}

static void configure(struct test_image *image) {
    struct lv_zone_config *config = &image->zones[1];

    region_add(&image->zones[0], LV_REGION_KICKS, LV_KICKS_PAGE, LV_PAGE_SIZE);
    image->zones[0].regions[image->zones[0].num_regions - 1].interrupt =
        LV_INTERRUPT_LINE(KICK_LINE);
    region_add(config, LV_REGION_PCI_CONFIG, CONFIG_BASE, LV_PCI_CONFIG_MAX / 2);
    region_add(config, LV_REGION_VIRTIO_BARS, BARS_BASE, BARS_SIZE);
    region_add(config, LV_REGION_RAM, WINDOW, WINDOW_SIZE);
    config->regions[config->num_regions - 1].hpa = WINDOW;
    config->regions[config->num_regions - 1].flags = LV_REGION_SHARED;
    config->num_virtio = 2;
    config->virtio[BLK] = (struct lv_virtio_function){
        .type = 2, .queue_size = BLK_SIZE, .device = DEVICES_AT, .num_queues = BLK_QUEUES};
    config->virtio[CONSOLE] = (struct lv_virtio_function){
        .type = 3, .queue_size = 16, .device = DEVICES_AT + 1, .num_queues = LV_MAX_QUEUES};
    image->header.board.pci_access = LV_PCI_ECAM;
    support_seal(image);
}

static int two_functions(void **state) {
    support_reset(state);
    struct test_image *image = support_image();
    configure(image);
    for (uint32_t id = 0; id < IMAGE_ZONES; id++) {
        support_create_zone(image, id);
    }
    zone = zone_find(1);
    root = &zone_find(0)->vcpus[0];
    status = (void *)fake_ram(ZONE_RAM(0) + BUFFER);
    return 0;
}

/* What the driver does. */

static uint64_t access_at(enum lv_region_type type, uint64_t offset, unsigned size, bool is_write,
                          uint64_t value) {
    struct access access = {.address = offset, .size = size, .is_write = is_write, .value = value};

    fake_be_cpu(zone->vcpus[0].cpu);
    support_access(&zone->vcpus[0], type, &access);
    return access.value;
}

static uint64_t config_offset(uint32_t function, uint32_t reg) {
    return (uint64_t)(DEVICES_AT + function) << 11 | reg;
}

static uint64_t config_get(uint32_t function, uint32_t reg, unsigned size) {
    return access_at(LV_REGION_PCI_CONFIG, config_offset(function, reg), size, false, 0);
}

static void config_put(uint32_t function, uint32_t reg, unsigned size, uint64_t value) {
    (void)access_at(LV_REGION_PCI_CONFIG, config_offset(function, reg), size, true, value);
}

static uint64_t bar_get(uint32_t function, uint64_t offset, unsigned size) {
    return access_at(LV_REGION_VIRTIO_BARS, BAR_AT(function) + offset, size, false, 0);
}

static void bar_put(uint32_t function, uint64_t offset, unsigned size, uint64_t value) {
    (void)access_at(LV_REGION_VIRTIO_BARS, BAR_AT(function) + offset, size, true, value);
}

static void function_place(uint32_t function) {
    config_put(function, PCI_BAR, 4, BARS_BASE + BAR_AT(function));
    config_put(function, PCI_COMMAND, 2, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
}

/* The vector of the table's entry, unmasked, and the vector enabled at the EIOINTC. */
static void message_set(uint32_t function, uint32_t entry, uint32_t vector) {
    bar_put(function, BAR_MSIX + entry * 16 + 8, 4, vector);
    bar_put(function, BAR_MSIX + entry * 16 + 12, 4, 0);
}

static void messages_on(uint32_t function) {
    config_put(function, PCI_CAP_FIRST + 2, 2, PCI_MSIX_ENABLE);
}

static void queue_set(uint32_t function, uint16_t queue, gpa_t areas) {
    bar_put(function, 0x16, 2, queue);
    bar_put(function, 0x20, 4, areas);
    bar_put(function, 0x28, 4, areas + 0x1000);
    bar_put(function, 0x30, 4, areas + 0x2000);
    for (uint64_t high = 0x24; high <= 0x34; high += 8) {
        bar_put(function, high, 4, areas >> 32);
    }
    bar_put(function, 0x1c, 2, 1);
}

static void features_accept(uint32_t function, uint64_t features) {
    bar_put(function, 0x14, 1, S_ACKNOWLEDGE | S_DRIVER);
    for (uint32_t half = 0; half < 2; half++) {
        bar_put(function, 0x08, 4, half);
        bar_put(function, 0x0c, 4, (uint32_t)(features >> half * 32));
    }
    bar_put(function, 0x14, 1, S_ACKNOWLEDGE | S_DRIVER | S_FEATURES_OK);
}

static uint64_t status_get(uint32_t function) {
    return bar_get(function, 0x14, 1);
}

static void driver_starts(uint32_t function) {
    function_place(function);
    features_accept(function, FEATURES);
    bar_put(function, 0x10, 2, 0);
    bar_put(function, 0x16, 2, 0);
    bar_put(function, 0x1a, 2, 1);
    messages_on(function);
    message_set(function, 0, VECTOR);
    message_set(function, 1, VECTOR + 1);
    queue_set(function, 0, WINDOW);
    bar_put(function, 0x14, 1, S_ACKNOWLEDGE | S_DRIVER | S_FEATURES_OK | S_DRIVER_OK);
}

static void kick(uint32_t function, uint32_t queue) {
    bar_put(function, BAR_NOTIFY + queue * BAR_NOTIFY_STRIDE, 2, queue);
}

static bool is_pending(uint32_t vector) {
    uint32_t bit = (uint32_t)BIT(vector % LV_VECTOR_GROUP);
    uint32_t *word = &zone->eiointc.virtual.status[0][vector / LV_VECTOR_GROUP];
    bool pending = (*word & bit) != 0;

    *word &= ~bit;
    return pending;
}

static void vectors_enable(void) {
    memset(zone->eiointc.virtual.enable, 0xff, sizeof(zone->eiointc.virtual.enable));
}

/* What the front end does. */

static int64_t call(uint64_t code, uint64_t a1, uint64_t a2) {
    fake_be_cpu(root->cpu);
    return hypercall_handle(root, code, a1, a2);
}

static int64_t attach_with(uint32_t function, uint64_t features, uint32_t config_size) {
    struct lv_virtio_attach *attach = (void *)fake_ram(ZONE_RAM(0) + BUFFER);

    memset(attach, 0, sizeof(*attach));
    attach->function = function;
    attach->features = features;
    attach->config_size = config_size;
    for (uint32_t i = 0; i < config_size && i < LV_VIRTIO_CONFIG_SIZE; i++) {
        attach->config[i] = (uint8_t)(i + 1);
    }
    return call(LV_HYPERCALL_VIRTIO_ATTACH, 1, ZONE_RAM(0) + BUFFER);
}

static void attach(uint32_t function) {
    assert_int_equal(attach_with(function, FEATURES, 16), 0);
}

static void state_get(uint32_t function) {
    memset(status, 0xee, sizeof(*status));
    status->function = function;
    assert_int_equal(call(LV_HYPERCALL_VIRTIO_STATE, 1, ZONE_RAM(0) + BUFFER), 0);
}

static int64_t answer(uint32_t function, uint32_t what) {
    return call(LV_HYPERCALL_VIRTIO_ANSWER, 1, LV_VIRTIO_ARGUMENT(function, what));
}

static int64_t signal_entry(uint32_t function, uint32_t entry) {
    return call(LV_HYPERCALL_VIRTIO_SIGNAL, 1, LV_VIRTIO_ARGUMENT(function, entry));
}

static bool root_line(void) {
    return (zone_device_lines(root->zone, 0) & BIT(KICK_LINE)) != 0;
}

static void assert_news(uint32_t news) {
    assert_int_equal(root_line(), news != 0);
    assert_int_equal(call(LV_HYPERCALL_VIRTIO_KICKS, 0, 0), news);
    assert_false(root_line());
}

static void live(uint32_t function) {
    vectors_enable();
    attach(function);
    driver_starts(function);
    assert_news(LV_VIRTIO_KICKED(1) | LV_VIRTIO_CHANGED(1));
    state_get(function);
}

static void no_front_end_no_function(void **state) {
    (void)state;
    for (uint32_t reg = 0; reg < 256; reg += 4) {
        assert_int_equal(config_get(BLK, reg, 4), UINT64_MAX);
    }
    function_place(BLK);
    assert_int_equal(bar_get(BLK, 0x14, 1), UINT64_MAX);
    attach(BLK);
    assert_int_equal(config_get(BLK, 0, 4), 0x10421af4);
    assert_int_equal(config_get(CONSOLE, 0, 4), UINT64_MAX);
    attach(CONSOLE);
    assert_int_equal(config_get(CONSOLE, 2, 2), 0x1043);
}

static void configuration_space_is_a_virtio_functions(void **state) {
    static const uint8_t types[] = {1, 3, 4, 2, 5}; /* in the order of the list */
    uint32_t found = 0;

    (void)state;
    attach(BLK);
    assert_int_equal(config_get(BLK, PCI_STATUS, 2), PCI_STATUS_LIST);
    uint64_t at = config_get(BLK, PCI_CAPABILITIES, 1);
    assert_int_equal(config_get(BLK, (uint32_t)at, 1), PCI_CAP_MSIX);
    assert_int_equal(config_get(BLK, (uint32_t)at + 2, 2), BLK_QUEUES);
    assert_int_equal(config_get(BLK, (uint32_t)at + 4, 4), BAR_MSIX);
    while ((at = config_get(BLK, (uint32_t)at + 1, 1)) != 0) {
        assert_int_equal(config_get(BLK, (uint32_t)at, 1), PCI_CAP_VENDOR);
        assert_int_equal(config_get(BLK, (uint32_t)at + 3, 1), types[found++]);
        assert_int_equal(config_get(BLK, (uint32_t)at + 4, 4), 0);
        assert_true(config_get(BLK, (uint32_t)at + 8, 4) < LV_VIRTIO_BAR_SIZE);
    }
    assert_int_equal(found, sizeof(types));
    assert_int_equal(config_get(BLK, 0xf8, 4), 0);
    /* Registers that nobody may change. */
    config_put(BLK, PCI_ID, 4, 0x12345678);
    config_put(BLK, PCI_CAPABILITIES, 4, 0x12345678);
    assert_int_equal(config_get(BLK, PCI_ID, 4), 0x10421af4);
    assert_int_equal(config_get(BLK, PCI_CAPABILITIES, 4), PCI_CAP_FIRST);
    config_put(BLK, PCI_COMMAND, 2, 0xffff);
    assert_int_equal(config_get(BLK, PCI_COMMAND, 2),
                     PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER | PCI_COMMAND_INTX_OFF);
    config_put(BLK, PCI_CAP_FIRST + 2, 2, 0xffff);
    assert_int_equal(config_get(BLK, PCI_CAP_FIRST + 2, 2),
                     BLK_QUEUES | PCI_MSIX_ENABLE | PCI_MSIX_MASK_ALL);
}

static void bar_is_sized_and_moves(void **state) {
    (void)state;
    attach(BLK);
    config_put(BLK, PCI_BAR, 4, UINT32_MAX);
    assert_int_equal(config_get(BLK, PCI_BAR, 4), UINT32_MAX & ~(LV_VIRTIO_BAR_SIZE - 1));
    function_place(BLK);
    assert_int_equal(bar_get(BLK, 0x12, 2), BLK_QUEUES);
    config_put(BLK, PCI_BAR, 4, BARS_BASE + BAR_AT(3));
    assert_int_equal(bar_get(BLK, 0x12, 2), UINT64_MAX);
    assert_int_equal(bar_get(3, 0x12, 2), BLK_QUEUES);
    config_put(BLK, PCI_COMMAND, 2, 0);
    assert_int_equal(bar_get(3, 0x12, 2), UINT64_MAX);
    /* Outside of the zone's range for BARs, and where another function is. */
    config_put(BLK, PCI_COMMAND, 2, PCI_COMMAND_MEMORY);
    config_put(BLK, PCI_BAR, 4, BARS_BASE + BARS_SIZE);
    assert_int_equal(bar_get(3, 0x12, 2), UINT64_MAX);
    attach(CONSOLE);
    function_place(CONSOLE);
    config_put(BLK, PCI_BAR, 4, BARS_BASE + LV_VIRTIO_BAR_SIZE);
    assert_int_equal(bar_get(CONSOLE, 0x12, 2), BLK_QUEUES);
    config_put(BLK, PCI_COMMAND, 2, 0);
    assert_int_equal(bar_get(CONSOLE, 0x12, 2), LV_MAX_QUEUES);
}

static void features_must_be_what_is_offered(void **state) {
    static const uint64_t wrong[] = {0, LV_VIRTIO_FEATURE_VERSION_1,
                                     LV_VIRTIO_FEATURE_PLATFORM | BIT(5), FEATURES | BIT(7)};

    (void)state;
    attach(BLK);
    function_place(BLK);
    bar_put(BLK, 0x00, 4, 0);
    assert_int_equal(bar_get(BLK, 0x04, 4), (uint32_t)FEATURES);
    bar_put(BLK, 0x00, 4, 1);
    assert_int_equal(bar_get(BLK, 0x04, 4), FEATURES >> 32);
    bar_put(BLK, 0x00, 4, 2);
    assert_int_equal(bar_get(BLK, 0x04, 4), 0);
    for (unsigned i = 0; i < ARRAY_SIZE(wrong); i++) {
        features_accept(BLK, wrong[i]);
        assert_int_equal(status_get(BLK), S_ACKNOWLEDGE | S_DRIVER);
    }
    features_accept(BLK, FEATURES);
    assert_int_equal(status_get(BLK), S_ACKNOWLEDGE | S_DRIVER | S_FEATURES_OK);
    /* They are settled then. */
    bar_put(BLK, 0x0c, 4, 0);
    assert_int_equal(bar_get(BLK, 0x0c, 4), FEATURES >> 32);
    bar_put(BLK, 0x14, 1, 0);
    assert_int_equal(status_get(BLK), 0);
    assert_int_equal(bar_get(BLK, 0x0c, 4), 0);
}

static void queues_are_what_the_driver_sets(void **state) {
    (void)state;
    attach(BLK);
    function_place(BLK);
    bar_put(BLK, 0x16, 2, 1);
    assert_int_equal(bar_get(BLK, 0x18, 2), BLK_SIZE);
    assert_int_equal(bar_get(BLK, 0x1a, 2), LV_VIRTIO_NO_VECTOR);
    assert_int_equal(bar_get(BLK, 0x1e, 2), 1);
    bar_put(BLK, 0x18, 2, (uint64_t)BLK_SIZE * 2);
    bar_put(BLK, 0x18, 2, 3);
    bar_put(BLK, 0x18, 2, 0);
    assert_int_equal(bar_get(BLK, 0x18, 2), BLK_SIZE);
    bar_put(BLK, 0x18, 2, 16);
    assert_int_equal(bar_get(BLK, 0x18, 2), 16);
    bar_put(BLK, 0x1a, 2, BLK_QUEUES);
    assert_int_equal(bar_get(BLK, 0x1a, 2), BLK_QUEUES);
    bar_put(BLK, 0x1a, 2, BLK_QUEUES + 1);
    assert_int_equal(bar_get(BLK, 0x1a, 2), LV_VIRTIO_NO_VECTOR);
    queue_set(BLK, 1, WINDOW);
    assert_int_equal(bar_get(BLK, 0x1c, 2), 1);
    bar_put(BLK, 0x20, 4, 0);
    bar_put(BLK, 0x18, 2, 8);
    state_get(BLK);
    assert_int_equal(status->queues[0].enabled, 0);
    assert_int_equal(status->queues[1].enabled, 1);
    assert_int_equal(status->queues[1].size, 16);
    assert_true(status->queues[1].desc == WINDOW);
    assert_true(status->queues[1].driver == WINDOW + 0x1000);
    assert_true(status->queues[1].device == WINDOW + 0x2000);
    /* There is no such queue. */
    bar_put(BLK, 0x16, 2, BLK_QUEUES);
    assert_int_equal(bar_get(BLK, 0x18, 2), 0);
    bar_put(BLK, 0x1c, 2, 1);
    assert_int_equal(bar_get(BLK, 0x1c, 2), 0);
}

/* The root zone does not see it, so the device would never work. */
static void queues_must_be_shared(void **state) {
    static const gpa_t wrong[] = {ZONE_RAM(1),     WINDOW - 0x1000, WINDOW + 8,
                                  WINDOW + 0x2000, BARS_BASE,       UINT64_MAX - 0x7f};

    (void)state;
    attach(BLK);
    function_place(BLK);
    for (unsigned i = 0; i < ARRAY_SIZE(wrong); i++) {
        bar_put(BLK, 0x14, 1, 0);
        queue_set(BLK, 0, wrong[i]);
        assert_int_equal(bar_get(BLK, 0x1c, 2), 0);
        assert_int_equal(status_get(BLK), S_NEEDS_RESET);
    }
}

static void front_end_sets_up_a_live_device(void **state) {
    (void)state;
    attach(BLK);
    state_get(BLK);
    assert_int_equal(status->state, LV_VIRTIO_READY);
    driver_starts(BLK);
    assert_news(LV_VIRTIO_KICKED(1) | LV_VIRTIO_CHANGED(1));
    state_get(BLK);
    assert_int_equal(status->state, LV_VIRTIO_LIVE);
    assert_int_equal(status->changes, LV_VIRTIO_CHANGED_LIVE);
    assert_true(status->features == FEATURES);
    assert_int_equal(status->queues[0].enabled, 1);
    assert_int_equal(status->queues[0].vector, 1);
    assert_int_equal(status->queues[0].size, BLK_SIZE);
    state_get(BLK);
    assert_int_equal(status->changes, 0);
    queue_set(BLK, 1, WINDOW);
    assert_news(LV_VIRTIO_CHANGED(1));
    state_get(BLK);
    assert_int_equal(status->changes, LV_VIRTIO_CHANGED_QUEUES);
}

static void kick_rings_once(void **state) {
    struct lv_virtio_kicks *page = virtio_kicks_page();

    (void)state;
    live(BLK);
    kick(BLK, 1);
    assert_true(root_line());
    assert_true(page->queues[1][BLK] == BIT(1));
    fake_be_cpu(root->cpu);
    assert_news(LV_VIRTIO_KICKED(1));
    /* Not taken yet: nobody is told again. */
    kick(BLK, 1);
    assert_news(0);
    page->queues[1][BLK] = 0;
    kick(BLK, 0);
    kick(BLK, 1);
    assert_true(page->queues[1][BLK] == (BIT(0) | BIT(1)));
    assert_news(LV_VIRTIO_KICKED(1));
    kick(BLK, BLK_QUEUES);
    assert_true(page->queues[1][BLK] == (BIT(0) | BIT(1)));
    /* Of no use to a device that is not live, and then its first change takes all bits away. */
    attach(CONSOLE);
    function_place(CONSOLE);
    kick(CONSOLE, 3);
    assert_news(0);
}

static void signal_is_a_message(void **state) {
    (void)state;
    live(BLK);
    assert_int_equal(signal_entry(BLK, 1), 0);
    assert_true(is_pending(VECTOR + 1));
    assert_false(is_pending(VECTOR));
    assert_int_equal(signal_entry(BLK, BLK_QUEUES + 1), -LV_EINVAL);
    assert_int_equal(signal_entry(CONSOLE, 0), -LV_ESTATE);
    assert_int_equal(signal_entry(2, 0), -LV_ENOENT);
    assert_int_equal(call(LV_HYPERCALL_VIRTIO_SIGNAL, 9, 0), -LV_ENOENT);
    /* Neither the board's vectors nor ones that there are not. */
    for (uint32_t vector = 0; vector <= 1u << 16; vector += 1u << 6) {
        message_set(BLK, 1, vector);
        assert_int_equal(signal_entry(BLK, 1), 0);
    }
    message_set(BLK, 1, UINT32_MAX);
    assert_int_equal(signal_entry(BLK, 1), 0);
    /* Off: nowhere to send it. */
    message_set(BLK, 1, VECTOR + 1);
    config_put(BLK, PCI_CAP_FIRST + 2, 2, 0);
    assert_int_equal(signal_entry(BLK, 1), 0);
    messages_on(BLK);
    assert_false(is_pending(VECTOR + 1));
}

static void masked_message_waits(void **state) {
    (void)state;
    live(BLK);
    bar_put(BLK, BAR_MSIX + 16 + 12, 4, 1);
    assert_int_equal(signal_entry(BLK, 1), 0);
    assert_false(is_pending(VECTOR + 1));
    assert_int_equal(bar_get(BLK, BAR_PENDING, 4), BIT(1));
    bar_put(BLK, BAR_PENDING, 4, 0);
    assert_int_equal(bar_get(BLK, BAR_PENDING, 4), BIT(1));
    bar_put(BLK, BAR_MSIX + 16 + 8, 8, VECTOR + 1);
    assert_true(is_pending(VECTOR + 1));
    assert_int_equal(bar_get(BLK, BAR_PENDING, 4), 0);
    config_put(BLK, PCI_CAP_FIRST + 2, 2, PCI_MSIX_ENABLE | PCI_MSIX_MASK_ALL);
    assert_int_equal(signal_entry(BLK, 0), 0);
    assert_int_equal(signal_entry(BLK, 1), 0);
    assert_false(is_pending(VECTOR));
    messages_on(BLK);
    assert_true(is_pending(VECTOR) && is_pending(VECTOR + 1));
    assert_int_equal(bar_get(BLK, BAR_MSIX + (BLK_QUEUES + 1) * 16, 4), 0);
}

static void message_to_a_disabled_vector_waits(void **state) {
    uint32_t group = (VECTOR + 1) / LV_VECTOR_GROUP;
    struct access access = {.address = IOCSR_EIO_ENABLE + group * 4};

    (void)state;
    live(BLK);
    zone->eiointc.virtual.enable[group] = 0;
    assert_int_equal(signal_entry(BLK, 1), 0);
    assert_false(is_pending(VECTOR + 1));
    fake_be_cpu(zone->vcpus[0].cpu);
    eiointc_write(&zone->vcpus[0], (uint32_t)access.address, 4, UINT32_MAX);
    assert_true(is_pending(VECTOR + 1));
}

/* The driver polls its status until the queues are no longer used. */
static void reset_waits_for_the_front_end_alone(void **state) {
    (void)state;
    live(BLK);
    bar_put(BLK, 0x14, 1, 0);
    assert_true((status_get(BLK) & S_DRIVER_OK) != 0);
    bar_put(BLK, 0x14, 1, S_ACKNOWLEDGE);
    queue_set(BLK, 1, WINDOW);
    assert_news(LV_VIRTIO_CHANGED(1));
    state_get(BLK);
    assert_int_equal(status->state, LV_VIRTIO_RESETTING);
    assert_int_equal(status->changes, LV_VIRTIO_CHANGED_RESET);
    assert_int_equal(status->queues[1].enabled, 0);
    assert_int_equal(signal_entry(BLK, 1), 0);
    assert_int_equal(answer(BLK, LV_VIRTIO_QUIESCED), 0);
    assert_int_equal(status_get(BLK), 0);
    state_get(BLK);
    assert_int_equal(status->state, LV_VIRTIO_READY);
    assert_int_equal(status->queues[0].enabled, 0);
    assert_int_equal(answer(BLK, LV_VIRTIO_QUIESCED), -LV_ESTATE);
    driver_starts(BLK);
    assert_true((status_get(BLK) & S_DRIVER_OK) != 0);
}

static void lost_device_waits_for_the_next_front_end(void **state) {
    (void)state;
    live(BLK);
    assert_int_equal(answer(BLK, LV_VIRTIO_DETACH), 0);
    assert_int_equal(answer(BLK, LV_VIRTIO_DETACH), -LV_ESTATE);
    assert_int_equal(signal_entry(BLK, 1), -LV_ESTATE);
    assert_true((status_get(BLK) & S_DRIVER_OK) != 0);
    kick(BLK, 0);
    assert_news(0);
    /* What the driver relies on stays. */
    assert_int_equal(attach_with(BLK, FEATURES & ~BIT(5), 16), -LV_EINVAL);
    assert_int_equal(attach_with(BLK, FEATURES, 8), -LV_EINVAL);
    attach(BLK);
    assert_news(LV_VIRTIO_KICKED(1) | LV_VIRTIO_CHANGED(1));
    assert_true(is_pending(VECTOR));
    assert_true(virtio_kicks_page()->queues[1][BLK] == BIT(0));
    state_get(BLK);
    assert_int_equal(status->state, LV_VIRTIO_LIVE);
    assert_int_equal(status->changes, LV_VIRTIO_CHANGED_LIVE);
    assert_int_equal(attach_with(BLK, FEATURES, 16), -LV_EBUSY);
    /* A reset needs nobody while nobody is there, nor goes on when he has gone. */
    assert_int_equal(answer(BLK, LV_VIRTIO_DETACH), 0);
    bar_put(BLK, 0x14, 1, 0);
    assert_int_equal(status_get(BLK), 0);
    attach(BLK);
    driver_starts(BLK);
    bar_put(BLK, 0x14, 1, 0);
    assert_int_equal(answer(BLK, LV_VIRTIO_DETACH), 0);
    assert_int_equal(status_get(BLK), 0);
}

static void configuration_is_the_front_ends(void **state) {
    struct lv_virtio_config *config = (void *)fake_ram(ZONE_RAM(0) + BUFFER);

    (void)state;
    live(BLK);
    assert_int_equal(bar_get(BLK, BAR_DEVICE + 4, 4), 0x08070605);
    assert_int_equal(bar_get(BLK, BAR_DEVICE + 8, 8), 0x100f0e0d0c0b0a09);
    assert_int_equal(bar_get(BLK, BAR_DEVICE + 14, 4), 0);
    assert_int_equal(bar_get(BLK, BAR_ISR, 1), 0);
    uint64_t generation = bar_get(BLK, 0x15, 1);
    *config = (struct lv_virtio_config){.function = BLK, .offset = 12, .length = 4};
    memset(config->bytes, 0x55, 4);
    assert_int_equal(call(LV_HYPERCALL_VIRTIO_CONFIG, 1, ZONE_RAM(0) + BUFFER), 0);
    assert_int_equal(bar_get(BLK, BAR_DEVICE + 12, 4), 0x55555555);
    assert_int_equal(bar_get(BLK, BAR_DEVICE + 8, 4), 0x0c0b0a09);
    assert_true(bar_get(BLK, 0x15, 1) != generation);
    assert_true(is_pending(VECTOR));
    config->length = 5;
    assert_int_equal(call(LV_HYPERCALL_VIRTIO_CONFIG, 1, ZONE_RAM(0) + BUFFER), -LV_EINVAL);
    config->length = 4;
    config->reserved = 1;
    assert_int_equal(call(LV_HYPERCALL_VIRTIO_CONFIG, 1, ZONE_RAM(0) + BUFFER), -LV_EINVAL);
    config->reserved = 0;
    config->function = CONSOLE;
    config->length = 0;
    assert_int_equal(call(LV_HYPERCALL_VIRTIO_CONFIG, 1, ZONE_RAM(0) + BUFFER), -LV_ESTATE);
    bar_put(BLK, BAR_DEVICE + 2, 2, 0xabcd);
    bar_put(BLK, BAR_DEVICE + 16, 4, 0xabcd);
    assert_news(LV_VIRTIO_CHANGED(1));
    /* The front end has been told, and has not asked: no zone can interrupt the root zone at will.
     */
    bar_put(BLK, BAR_DEVICE, 1, bar_get(BLK, BAR_DEVICE, 1));
    assert_news(0);
    state_get(BLK);
    assert_int_equal(status->changes, LV_VIRTIO_CHANGED_CONFIG);
    bar_put(BLK, BAR_DEVICE, 1, bar_get(BLK, BAR_DEVICE, 1));
    assert_news(LV_VIRTIO_CHANGED(1));
    state_get(BLK);
    assert_int_equal(status->config[2], 0xcd);
    assert_int_equal(status->config[3], 0xab);
    assert_int_equal(status->config[16], 0);
    assert_int_equal(answer(BLK, LV_VIRTIO_NEEDS_RESET), 0);
    assert_true((status_get(BLK) & S_NEEDS_RESET) != 0);
    assert_true(is_pending(VECTOR));
    assert_int_equal(answer(BLK, 0), -LV_EINVAL);
}

/* virtio 1.2, 4.1.4.9: firmware may reach the registers through configuration space alone. */
static void window_onto_the_registers(void **state) {
    (void)state;
    live(BLK);
    config_put(BLK, 0x98, 1, 0);
    config_put(BLK, 0x9c, 4, 0x12);
    config_put(BLK, 0xa0, 4, 2);
    assert_int_equal(config_get(BLK, 0xa4, 2), BLK_QUEUES);
    config_put(BLK, 0x9c, 4, BAR_NOTIFY + BAR_NOTIFY_STRIDE);
    config_put(BLK, 0xa4, 2, 1);
    assert_news(LV_VIRTIO_KICKED(1));
    config_put(BLK, 0x98, 1, 1);
    assert_int_equal(config_get(BLK, 0xa4, 2), 0);
    config_put(BLK, 0x98, 1, 0);
    config_put(BLK, 0x9c, 4, LV_VIRTIO_BAR_SIZE);
    assert_int_equal(config_get(BLK, 0xa4, 2), 0);
    config_put(BLK, 0x9c, 4, UINT32_MAX);
    assert_int_equal(config_get(BLK, 0xa4, 4), 0);
    config_put(BLK, 0xa0, 4, 0);
    assert_int_equal(config_get(BLK, 0xa4, 4), 0);
}

static void daemon_lets_go(void) {
    if (answer(BLK, LV_VIRTIO_QUIESCED) == 0) {
        fake.on_wait = NULL;
    }
    fake_be_cpu(zone->vcpus[1].cpu);
}

static void nobody_answers(void) {
    fake.now += FAKE_HZ / 100;
}

/* The zone's next life must not find its RAM used. */
static void end_of_a_life_waits_for_the_front_end(void **state) {
    (void)state;
    live(BLK);
    fake.on_wait = daemon_lets_go;
    assert_true(zone_force_stop(zone));
    support_leave(zone);
    assert_int_equal(zone_state(zone), LV_STATE_STOPPED);
    assert_null(fake.on_wait);
    state_get(BLK);
    assert_int_equal(status->state, LV_VIRTIO_READY);
    assert_int_equal(status->status, 0);
    support_start(zone);
    assert_int_equal(config_get(BLK, PCI_COMMAND, 2), 0);
    assert_int_equal(config_get(BLK, PCI_BAR, 4), 0);
    assert_int_equal(bar_get(BLK, 0x14, 1), UINT64_MAX);
}

static void silent_front_end_loses_the_function(void **state) {
    (void)state;
    live(BLK);
    fake.on_wait = nobody_answers;
    ticks_t since = arch_counter();
    assert_true(zone_force_stop(zone));
    support_leave(zone);
    assert_true(arch_counter() - since < 3 * FAKE_HZ);
    assert_int_equal(zone_state(zone), LV_STATE_STOPPED);
    state_get(BLK);
    assert_int_equal(status->state, LV_VIRTIO_LOST);
    assert_int_equal(status->changes, LV_VIRTIO_CHANGED_RESET | LV_VIRTIO_CHANGED_LOST);
    assert_int_equal(answer(BLK, LV_VIRTIO_QUIESCED), -LV_ESTATE);
    attach(BLK);
}

static bool no_function_is_there(struct fake_access *access) {
    access->value = UINT64_MAX;
    return true;
}

static void root_zones_end_takes_its_front_ends(void **state) {
    (void)state;
    live(BLK);
    attach(CONSOLE);
    kick(BLK, 0);
    fake.on_mmio = no_function_is_there;
    assert_true(zone_restart(root->zone));
    support_leave(root->zone);
    kick(BLK, 1);
    assert_true((status_get(BLK) & S_DRIVER_OK) != 0);
    assert_int_equal(support_serve(root), FAKE_ENTERED);
    assert_news(0);
    state_get(BLK);
    assert_int_equal(status->state, LV_VIRTIO_LOST);
    attach(BLK);
    attach(CONSOLE);
    assert_news(LV_VIRTIO_KICKED(1) | LV_VIRTIO_CHANGED(1));
}

static void calls_are_the_root_zones(void **state) {
    (void)state;
    live(BLK);
    fake_be_cpu(zone->vcpus[0].cpu);
    for (uint64_t code = LV_HYPERCALL_VIRTIO_ATTACH; code <= LV_HYPERCALL_VIRTIO_SIGNAL; code++) {
        assert_int_equal(hypercall_handle(&zone->vcpus[0], code, 1, 0), -LV_EPERM);
        if (code != LV_HYPERCALL_VIRTIO_KICKS) {
            assert_int_equal(call(code, 9, ZONE_RAM(0) + BUFFER), -LV_ENOENT);
        }
    }
    status->function = 2;
    assert_int_equal(call(LV_HYPERCALL_VIRTIO_STATE, 1, ZONE_RAM(0) + BUFFER), -LV_ENOENT);
    assert_int_equal(call(LV_HYPERCALL_VIRTIO_STATE, 1, ZONE_RAM(1)), -LV_EFAULT);
    assert_int_equal(attach_with(CONSOLE, FEATURES, LV_VIRTIO_CONFIG_SIZE + 1), -LV_EINVAL);
    assert_int_equal(attach_with(CONSOLE, 0, 0), -LV_EINVAL);
    assert_int_equal(attach_with(2, FEATURES, 0), -LV_ENOENT);
}

/* Whatever the driver does, every access ends and nobody else notices. */
static void random_accesses_end(void **state) {
    (void)state;
    live(BLK);
    attach(CONSOLE);
    for (unsigned i = 0; i < 200000; i++) {
        uint64_t random = support_random();
        unsigned size = 1u << (random & 3);
        bool is_config = (random >> 2 & 3) == 0 && size <= 4;
        uint64_t span = is_config ? 0x10000 : BARS_SIZE;
        uint64_t offset = (random >> 8) % span & ~(uint64_t)(size - 1);
        (void)access_at(is_config ? LV_REGION_PCI_CONFIG : LV_REGION_VIRTIO_BARS, offset, size,
                        (random >> 4 & 1) != 0, support_random());
        if ((random >> 5 & 7) == 0) {
            (void)answer(BLK, LV_VIRTIO_QUIESCED);
            function_place(random >> 60 & 1);
        }
        if ((random >> 5 & 63) == 1) {
            (void)signal_entry(random >> 60 & 1, random >> 61);
        }
    }
    for (uint32_t id = 0; id < IMAGE_ZONES; id++) {
        assert_true(zone_is_running(zone_find(id)));
        assert_true(id == 1 || virtio_kicks_page()->queues[id][BLK] == 0);
    }
}

int test_virtio(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(no_front_end_no_function, two_functions),
        cmocka_unit_test_setup(configuration_space_is_a_virtio_functions, two_functions),
        cmocka_unit_test_setup(bar_is_sized_and_moves, two_functions),
        cmocka_unit_test_setup(features_must_be_what_is_offered, two_functions),
        cmocka_unit_test_setup(queues_are_what_the_driver_sets, two_functions),
        cmocka_unit_test_setup(queues_must_be_shared, two_functions),
        cmocka_unit_test_setup(front_end_sets_up_a_live_device, two_functions),
        cmocka_unit_test_setup(kick_rings_once, two_functions),
        cmocka_unit_test_setup(signal_is_a_message, two_functions),
        cmocka_unit_test_setup(masked_message_waits, two_functions),
        cmocka_unit_test_setup(message_to_a_disabled_vector_waits, two_functions),
        cmocka_unit_test_setup(reset_waits_for_the_front_end_alone, two_functions),
        cmocka_unit_test_setup(lost_device_waits_for_the_next_front_end, two_functions),
        cmocka_unit_test_setup(configuration_is_the_front_ends, two_functions),
        cmocka_unit_test_setup(window_onto_the_registers, two_functions),
        cmocka_unit_test_setup(end_of_a_life_waits_for_the_front_end, two_functions),
        cmocka_unit_test_setup(silent_front_end_loses_the_function, two_functions),
        cmocka_unit_test_setup(root_zones_end_takes_its_front_ends, two_functions),
        cmocka_unit_test_setup(calls_are_the_root_zones, two_functions),
        cmocka_unit_test_setup(random_accesses_end, two_functions),
    };

    return cmocka_run_group_tests_name("virtio", tests, NULL, NULL);
}
