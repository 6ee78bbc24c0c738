// SPDX-License-Identifier: GPL-2.0-or-later
/* devices/power.c, and the consoles' hypercalls. Zone 1 has a power block and a UART, zone 2 none.
 */
#include <support.h>
#include <core/hypercall.h>
#include <irq/interrupt.h>
#include <lib/bits.h>
#include <string.h>

#define LINE   3u
#define STREAM 0x8000u

static struct zone *zone;
static struct vcpu *root;
static struct lv_stream *stream;

static int three_zones(void **state) {
    support_reset(state);
    struct test_image *image = support_image();
    struct lv_zone_config *config = &image->zones[1];
    config->regions[config->num_regions++] =
        (struct lv_region){.type = LV_REGION_POWER,
                           .interrupt = LV_INTERRUPT_LINE(LINE),
                           .gpa = 0x100e0000,
                           .size = LV_PAGE_SIZE};
    config->regions[config->num_regions++] =
        (struct lv_region){.type = LV_REGION_UART, .gpa = 0x1fe00000, .size = LV_PAGE_SIZE};
    config->on_reboot = LV_POLICY_RESTART;
    for (uint32_t id = 0; id < IMAGE_ZONES; id++) {
        support_create_zone(image, id);
    }
    zone = zone_find(1);
    root = &zone_find(0)->vcpus[0];
    stream = (void *)fake_ram(ZONE_RAM(0) + STREAM);
    memset(stream, 0, sizeof(*stream));
    return 0;
}

static uint64_t get(uint64_t offset, unsigned size) {
    struct access access = {.address = offset, .size = size, .value = 0x55};

    fake_be_cpu(zone->vcpus[0].cpu);
    support_access(&zone->vcpus[0], LV_REGION_POWER, &access);
    return access.value;
}

static void put(uint64_t offset, uint64_t value) {
    struct access access = {.address = offset, .size = 1, .value = value, .is_write = true};

    fake_be_cpu(zone->vcpus[0].cpu);
    support_access(&zone->vcpus[0], LV_REGION_POWER, &access);
}

static bool line(void) {
    return (zone_device_lines(zone, 0) & BIT(LINE)) != 0;
}

static void the_button(void **state) {
    (void)state;
    fake_be_cpu(0);
    assert_int_equal(get(LV_POWER_BUTTON, 1), 0);
    assert_true(zone_button_press(zone));
    assert_true(line());
    assert_int_equal(get(LV_POWER_BUTTON, 4), 1);
    assert_true(zone_button_press(zone));
    put(LV_POWER_BUTTON, 0);
    assert_false(line());
    assert_int_equal(get(LV_POWER_BUTTON, 1), 0);
    assert_false(zone_button_press(zone_find(2)));
}

static void a_start_takes_the_request_back(void **state) {
    (void)state;
    fake_be_cpu(0);
    assert_true(zone_button_press(zone));
    assert_true(zone_restart(zone));
    support_leave(zone);
    assert_int_equal(support_serve(&zone->vcpus[0]), FAKE_ENTERED);
    assert_int_equal(get(LV_POWER_BUTTON, 1), 0);
    assert_false(line());
}

static void other_writes_mean_nothing(void **state) {
    (void)state;
    for (uint64_t offset = 0; offset < LV_PAGE_SIZE; offset++) {
        for (unsigned value = 0; value < 256; value++) {
            bool ends = (offset == LV_POWER_SLEEP && value == LV_POWER_SLEEP_OFF) ||
                        (offset == LV_POWER_RESET && value == LV_POWER_RESET_NOW);
            if (!ends && (value % 16 == 2 || value % 16 == 4 || offset < 64)) {
                put(offset, value);
            }
        }
        assert_int_equal(get(offset, 1), offset == LV_POWER_CRASH ? 1 : 0);
    }
    assert_true(zone_is_running(zone));
}

static void power_off(void *argument) {
    (void)argument;
    put(LV_POWER_SLEEP, LV_POWER_SLEEP_OFF);
}

static void reset(void *argument) {
    (void)argument;
    put(LV_POWER_RESET, LV_POWER_RESET_NOW);
}

static void power_off_ends_the_zone(void **state) {
    (void)state;
    assert_int_equal(fake_call(power_off, NULL), FAKE_LEFT);
    support_leave(zone);
    assert_int_equal(zone_state(zone), LV_STATE_STOPPED);
    assert_int_equal(zone_reason(zone), LV_REASON_POWEROFF);
    assert_true(zone_is_running(zone_find(2)));
}

static void reset_starts_it_anew(void **state) {
    (void)state;
    assert_int_equal(fake_call(reset, NULL), FAKE_LEFT);
    support_leave(zone);
    assert_int_equal(support_serve(&zone->vcpus[0]), FAKE_ENTERED);
    assert_true(zone_is_running(zone));
    assert_int_equal(zone_reason(zone), LV_REASON_REBOOT);
}

static void a_sign_of_life(void **state) {
    ticks_t before = atomic_load(&zone->alive_at);

    (void)state;
    put(LV_POWER_WATCHDOG, 0);
    assert_true(atomic_load(&zone->alive_at) > before);
}

static int64_t call(uint64_t code, uint64_t id, gpa_t gpa) {
    fake_be_cpu(root->cpu);
    return hypercall_handle(root, code, id, gpa);
}

static void consoles_by_hypercall(void **state) {
    struct access access = {.address = LV_UART_OFFSET, .size = 1, .value = '!', .is_write = true};

    (void)state;
    fake_be_cpu(zone->vcpus[0].cpu);
    support_access(&zone->vcpus[0], LV_REGION_UART, &access);
    assert_int_equal(call(LV_HYPERCALL_CONSOLE_READ, 1, ZONE_RAM(0) + STREAM), 0);
    assert_int_equal(stream->length, 1);
    assert_int_equal(stream->end, 1);
    assert_int_equal(stream->data[0], '!');
    stream->length = 300;
    assert_int_equal(call(LV_HYPERCALL_CONSOLE_WRITE, 1, ZONE_RAM(0) + STREAM), UART_INPUT_SIZE);
    assert_int_equal(call(LV_HYPERCALL_CONSOLE_WRITE, 1, ZONE_RAM(0) + STREAM), 0);
    stream->length = LV_STREAM_BYTES + 1;
    assert_int_equal(call(LV_HYPERCALL_CONSOLE_WRITE, 1, ZONE_RAM(0) + STREAM), -LV_EINVAL);
    assert_int_equal(call(LV_HYPERCALL_CONSOLE_READ, 2, ZONE_RAM(0) + STREAM), -LV_ENODEV);
    assert_int_equal(call(LV_HYPERCALL_CONSOLE_WRITE, 2, ZONE_RAM(0) + STREAM), -LV_ENODEV);
    assert_int_equal(call(LV_HYPERCALL_CONSOLE_READ, 1, ZONE_RAM(1) + STREAM), -LV_EFAULT);
    assert_int_equal(call(LV_HYPERCALL_CONSOLE_WRITE, 1, 4), -LV_EFAULT);
}

int test_power(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_button, three_zones),
        cmocka_unit_test_setup(a_start_takes_the_request_back, three_zones),
        cmocka_unit_test_setup(other_writes_mean_nothing, three_zones),
        cmocka_unit_test_setup(power_off_ends_the_zone, three_zones),
        cmocka_unit_test_setup(reset_starts_it_anew, three_zones),
        cmocka_unit_test_setup(a_sign_of_life, three_zones),
        cmocka_unit_test_setup(consoles_by_hypercall, three_zones),
    };

    return cmocka_run_group_tests_name("power", tests, NULL, NULL);
}
