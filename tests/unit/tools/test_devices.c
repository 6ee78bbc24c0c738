// SPDX-License-Identifier: GPL-2.0-or-later
/* "devices" in zone files: functions and back ends, the zone's memory, its device tree, what is
 * kept for front ends. */
#include "support.h"

#include "lib/board.h"
#include "lib/plan.h"
#include "lib/zone_device.h"
#include "lib/zone_load.h"
#include "lib/zone_serve.h"

#include <inttypes.h>
#include <libfdt.h>
#include <stdlib.h>
#include <unistd.h>

#define MIB          ((uint64_t)1 << 20)
#define KERNEL_BYTES 0x300u

struct fixture {
    struct context *context;
    const char *folder;
    struct machine machine;
    struct plan plan;
};

static const char board_text[] =
    "{\"name\": \"b\", \"cpus\": [0, 1, 2, 3], \"ram\": ["
    "{\"base\": \"0x0\", \"size\": \"0x10000000\"},"
    "{\"base\": \"0x80000000\", \"size\": \"0xf0000000\"}],"
    "\"hypervisor\": {\"base\": \"0x0a000000\", \"size\": \"0x06000000\"},"
    "\"pci\": {\"access\": \"ecam\", \"base\": \"0x20000000\", \"size\": \"0x8000000\"},"
    "\"uart_base\": \"0x1fe001e0\", \"devices\": []}";

static const char root_text[] =
    "{\"name\": \"root\", \"zone_id\": 0, \"cpus\": [0],\n"
    "\"memory_regions\": [\n"
    "{\"type\": \"ram\", \"physical_start\": 0, \"virtual_start\": 0, \"size\": \"128M\"},\n"
    "{\"type\": \"kicks\", \"virtual_start\": \"0xff00004000\", \"size\": \"4K\"},\n"
    "{\"type\": \"pool\", \"physical_start\": \"0x80000000\", \"size\": \"2G\"}]}\n";

/* A zone with these devices and these other fields, which end with a comma. */
#define ZONE(fields, devices)                                                                      \
    "{\"name\": \"z\", \"zone_id\": 3, \"cpus\": [1], \"memory\": \"256M\", " fields               \
    "\"kernel_filepath\": \"Image\", \"devices\": [" devices "]}"

static void write_image(struct fixture *fixture) {
    static const uint8_t magic[] = {0xcd, 0x23, 0x82, 0x81};
    static const uint64_t entry = 0x200100;
    static const uint64_t memory = 3 * MIB;
    static const uint64_t link = 0x200000;
    uint8_t bytes[KERNEL_BYTES] = {'M', 'Z'};
    memcpy(bytes + 0x08, &entry, sizeof(entry));
    memcpy(bytes + 0x10, &memory, sizeof(memory));
    memcpy(bytes + 0x18, &link, sizeof(link));
    memcpy(bytes + 0x38, magic, sizeof(magic));
    folder_write(fixture->context, fixture->folder, "Image", bytes, sizeof(bytes));
}

static void add_root(struct fixture *fixture, const char *text) {
    struct context *context = fixture->context;
    struct zone_file *root = arena_alloc(&context->arena, sizeof(*root));
    zone_load(&context->report, text_parse(context, "root.json", text), root);
    fixture->machine.num_zones = 0;
    machine_add_zone(&fixture->machine, root, 0);
}

static int setup(void **state) {
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    if (fixture == NULL || context_setup((void **)&fixture->context) != 0) {
        return -1;
    }
    struct context *context = fixture->context;
    fixture->folder = folder_make(context);
    fixture->machine.online_cpus = 0xf;
    board_read(&context->report, text_parse(context, "board.json", board_text),
               &fixture->machine.board);
    add_root(fixture, root_text);
    write_image(fixture);
    *state = fixture;
    return context->report.errors == 0 ? 0 : -1;
}

static int teardown(void **state) {
    struct fixture *fixture = *state;
    void *context = fixture->context;
    folder_remove(fixture->folder);
    free(fixture);
    return context_teardown(&context);
}

static const char *zone_path(struct fixture *fixture) {
    return arena_printf(&fixture->context->arena, "%s/zone.json", fixture->folder);
}

static bool plan(struct fixture *fixture, const char *text) {
    struct context *context = fixture->context;
    const struct file_search search = {.count = 0};
    const struct json_node *node = text_parse(context, zone_path(fixture), text);
    context->report = (struct report){.arena = &context->arena};
    return plan_json(&context->report, &fixture->machine, node, &search, &fixture->plan);
}

static void plan_good(struct fixture *fixture, const char *text) {
    plan(fixture, text);
    assert_no_error(fixture->context);
    assert_int_equal(fixture->context->report.warnings, 0);
}

/* The text is refused with one problem, this one: all behind "FILE:LINE: ". */
static void plan_bad(struct fixture *fixture, const char *text, const char *problem) {
    assert_false(plan(fixture, text));
    assert_reported(fixture->context, arena_printf(&fixture->context->arena, "%s:1: %s",
                                                   zone_path(fixture), problem));
    if (fixture->context->report.errors != 1) {
        report_print(&fixture->context->report, stderr);
        fail_msg("%u problems, not one", fixture->context->report.errors);
    }
}

static const struct zone_device *device(const struct fixture *fixture, size_t index) {
    assert_true(index < fixture->plan.zone.num_devices);
    return &fixture->plan.zone.devices[index];
}

static const char *in_folder(const struct fixture *fixture, const char *name) {
    return arena_printf(&fixture->context->arena, "%s/%s", fixture->folder, name);
}

/* -- functions and back ends ------------------------------------------------------------------ */

static const char short_forms[] =
    ZONE("", "{\"disk\": \"a.qcow2\"}, {\"net\": \"user\"}, {\"net\": \"bridge:br0\"},"
             "{\"net\": \"tap:tap7\"}, {\"share\": \"/srv\", \"tag\": \"srv\"}, {\"vsock\": 9},"
             "{\"rng\": true}, {\"console\": true}");

static void test_short_forms(void **state) {
    static const struct {
        const char *name;
        uint16_t type;
        uint8_t num_queues;
        uint16_t queue_size;
        enum zone_back_end back_end;
    } expected[] = {
        {"blk0", ZONE_DEVICE_BLK, 1, 128, ZONE_BACK_END_DISK},
        {"net0", ZONE_DEVICE_NET, 2, 256, ZONE_BACK_END_USER_NET},
        {"net1", ZONE_DEVICE_NET, 2, 256, ZONE_BACK_END_VHOST_NET},
        {"net2", ZONE_DEVICE_NET, 2, 256, ZONE_BACK_END_VHOST_NET},
        {"srv", ZONE_DEVICE_FS, 2, 128, ZONE_BACK_END_SHARE},
        {"vsock0", ZONE_DEVICE_VSOCK, 3, 32, ZONE_BACK_END_VHOST_VSOCK},
        {"rng0", ZONE_DEVICE_RNG, 1, 32, ZONE_BACK_END_BUILT_IN},
        {"console0", ZONE_DEVICE_CONSOLE, 2, 32, ZONE_BACK_END_BUILT_IN},
    };
    struct fixture *fixture = *state;
    plan_good(fixture, short_forms);
    const struct lv_zone_config *config = &fixture->plan.config;
    assert_int_equal(config->num_virtio, ARRAY_SIZE(expected));
    for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
        assert_string_equal(device(fixture, i)->name, expected[i].name);
        assert_int_equal(device(fixture, i)->back_end, expected[i].back_end);
        assert_int_equal(config->virtio[i].type, expected[i].type);
        assert_int_equal(config->virtio[i].device, i + 1);
        assert_int_equal(config->virtio[i].num_queues, expected[i].num_queues);
        assert_int_equal(config->virtio[i].queue_size, expected[i].queue_size);
    }
    assert_string_equal(device(fixture, 0)->path, in_folder(fixture, "a.qcow2"));
    assert_true(device(fixture, 0)->is_qcow2);
    assert_false(device(fixture, 0)->is_readonly);
    assert_false(device(fixture, 0)->fails_on_loss);
    assert_string_equal(device(fixture, 2)->bridge, "br0");
    assert_null(device(fixture, 2)->tap);
    assert_string_equal(device(fixture, 3)->tap, "tap7");
    assert_string_equal(device(fixture, 4)->path, "/srv");
    assert_string_equal(device(fixture, 4)->tag, "srv");
    assert_null(device(fixture, 0)->tag);
    assert_int_equal(device(fixture, 5)->cid, 9);
    static const uint8_t mac[] = {0x02, 'L', 'V', 0, 3, 2};
    assert_memory_equal(device(fixture, 1)->mac, mac, sizeof(mac));
}

static void test_full_forms(void **state) {
    struct fixture *fixture = *state;
    plan_good(fixture,
              ZONE("", "{\"type\": \"virtio-2\", \"back_end\": {\"socket\": \"s\"}},"
                       "{\"type\": \"virtio-63\", \"back_end\": {\"run\": [\"p\", \"%s\"]}},"
                       "{\"type\": \"net\", \"queues\": 2, \"queue_size\": 1024, \"mac\": "
                       "\"0a:B0:00:0f:f1:02\", \"back_end\": {\"vhost\": \"net\", \"tap\": \"t\"}},"
                       "{\"type\": \"console\", \"queues\": 3, \"back_end\": \"built-in\"},"
                       "{\"type\": \"scsi\", \"queues\": 2, \"back_end\": {\"vhost\": \"scsi\", "
                       "\"wwpn\": \"naa.1\"}},"
                       "{\"type\": \"rng\"}, {\"type\": \"vsock\", \"back_end\": "
                       "{\"vhost\": \"vsock\", \"cid\": 4294967294}},"
                       "{\"disk\": \"/dev/sda\", \"name\": \"blk0\", \"format\": \"qcow2\", "
                       "\"readonly\": true, \"on_loss\": \"fail\", \"slot\": 2},"
                       "{\"type\": \"fs\", \"name\": \"f\", \"back_end\": {\"socket\": \"/s\"}}"));
    const struct lv_virtio_function *functions = fixture->plan.config.virtio;
    assert_string_equal(device(fixture, 0)->path, in_folder(fixture, "s"));
    assert_string_equal(device(fixture, 0)->name, "blk1");
    assert_int_equal(device(fixture, 1)->num_run, 2);
    assert_string_equal(device(fixture, 1)->run[1], "%s");
    assert_string_equal(device(fixture, 1)->name, "device0");
    assert_int_equal(functions[1].type, 63);
    assert_int_equal(functions[1].device, 3);
    assert_int_equal(functions[2].num_queues, 5);
    assert_int_equal(functions[2].queue_size, 1024);
    static const uint8_t mac[] = {0x0a, 0xb0, 0, 0x0f, 0xf1, 2};
    assert_memory_equal(device(fixture, 2)->mac, mac, sizeof(mac));
    assert_int_equal(functions[3].num_queues, 8);
    assert_int_equal(functions[4].num_queues, 4);
    assert_string_equal(device(fixture, 4)->wwpn, "naa.1");
    assert_int_equal(device(fixture, 5)->back_end, ZONE_BACK_END_BUILT_IN);
    assert_int_equal(device(fixture, 6)->cid, 4294967294);
    assert_int_equal(functions[7].device, 2);
    assert_true(device(fixture, 7)->is_qcow2);
    assert_true(device(fixture, 7)->is_readonly);
    assert_true(device(fixture, 7)->fails_on_loss);
    assert_string_equal(device(fixture, 8)->tag, "f");
}

/* The most queues of each type are as many as a function can have, or one that has only one. */
static void test_most_queues(void **state) {
    (void)state;
#define MOST(word, name, number, max, each, fixed, more, size, built_in)                           \
    assert_true((max) * (each) + (fixed) + ((max) > 1 ? (more) : 0) <= LV_MAX_QUEUES);             \
    assert_true((max) == 1 || ((max) + 1) * (each) + (fixed) + (more) > LV_MAX_QUEUES);
    ZONE_DEVICE_TYPES(MOST)
#undef MOST
}

struct refusal {
    const char *devices;
    const char *problem;
};

static const struct refusal refusals[] = {
    {"{}", "devices[0]: a device that is nothing; add one of \"disk\", \"net\", \"share\", "
           "\"vsock\", \"rng\", \"console\" and \"type\""},
    {"7", "devices[0] = 7: a number where an object belongs; give an object"},
    {"{\"disk\": \"a\", \"rng\": true}",
     "devices[0].rng = true: this device is a \"disk\" already; make two devices of them"},
    {"{\"disk\": \"\"}", "devices[0].disk = : an empty path; give a path"},
    {"{\"disk\": \"a\", \"format\": \"vmdk\"}",
     "devices[0].format = vmdk: unknown format of a disk; give \"raw\" or \"qcow2\""},
    {"{\"disk\": \"a\", \"disc\": 1}",
     "devices[0].disc = 1: unknown field; did you mean \"disk\"?"},
    {"{\"rng\": true, \"format\": \"raw\"}",
     "devices[0].format = raw: for a \"disk\" alone; remove it"},
    {"{\"rng\": true, \"readonly\": true}",
     "devices[0].readonly = true: for a \"disk\" or \"share\" alone; remove it"},
    {"{\"rng\": true, \"mac\": \"02:00:00:00:00:01\"}",
     "devices[0].mac = 02:00:00:00:00:01: for a network device alone; remove it"},
    {"{\"rng\": true, \"tag\": \"t\"}",
     "devices[0].tag = t: for a \"share\" or \"fs\" alone; remove it"},
    {"{\"rng\": true, \"back_end\": \"built-in\"}",
     "devices[0].back_end = built-in: for a device with \"type\" alone; remove it"},
    {"{\"rng\": false}", "devices[0].rng = false: no device; give true, or remove the device"},
    {"{\"net\": \"br0\"}", "devices[0].net = br0: not a network; give \"user\", \"bridge:NAME\" or "
                           "\"tap:NAME\""},
    {"{\"net\": \"bridge:\"}", "devices[0].net = bridge:: not the name of a network interface; "
                               "give 1 to 15 characters such as \"br0\""},
    {"{\"net\": \"tap:1234567890123456\"}",
     "devices[0].net = tap:1234567890123456: not the name of a network interface; give 1 to 15 "
     "characters such as \"br0\""},
    {"{\"net\": \"user\", \"mac\": \"01:00:00:00:00:01\"}",
     "devices[0].mac = 01:00:00:00:00:01: not the address of a network device; give one such as "
     "\"02:4c:56:00:01:02\""},
    {"{\"net\": \"user\", \"mac\": \"02:00:00:00:00:\\u0010\\u0011\"}",
     "devices[0].mac = 02:00:00:00:00:\\x10\\x11: not the address of a network device; give one "
     "such "
     "as \"02:4c:56:00:01:02\""},
    {"{\"net\": \"user\", \"mac\": \"02:00:00:00:00\"}",
     "devices[0].mac = 02:00:00:00:00: not the address of a network device; give one such as "
     "\"02:4c:56:00:01:02\""},
    {"{\"vsock\": 2}", "devices[0].vsock = 2: not a zone's number for vsock; give 3 to 4294967294"},
    {"{\"share\": \"/\", \"tag\": \"a b\"}",
     "devices[0].tag = a b: not usable as a device's name; add a \"name\" that a zone could have"},
    {"{\"share\": \"/\", \"name\": \"s\", \"tag\": \"123456789012345678901234567890123456\"}",
     "devices[0].tag = 123456789012345678901234567890123456: not usable as a tag; give 1 to 35 "
     "characters"},
    {"{\"rng\": true, \"name\": \"-\"}",
     "devices[0].name = -: not usable as a device's name; give it a name that a zone could have"},
    {"{\"rng\": true, \"name\": \"a\"}, {\"rng\": true, \"name\": \"a\"}",
     "devices[1].name = a: another device of the zone has this name; give each device a name of "
     "its own"},
    {"{\"rng\": true, \"slot\": 0}",
     "devices[0].slot = 0: a number that this device cannot have; give 1 to 31"},
    {"{\"rng\": true, \"slot\": 32}",
     "devices[0].slot = 32: a number that this device cannot have; give 1 to 31"},
    {"{\"rng\": true, \"slot\": 4}, {\"rng\": true, \"slot\": 4}",
     "devices[1].slot = 4: another PCI function of the zone is there; choose another, or leave it "
     "out"},
    {"{\"rng\": true, \"queues\": 2}",
     "devices[0].queues = 2: a number that this device cannot have; give 1 to 1"},
    {"{\"disk\": \"a\", \"queues\": 17}",
     "devices[0].queues = 17: a number that this device cannot have; give 1 to 16"},
    {"{\"net\": \"user\", \"queues\": 8}",
     "devices[0].queues = 8: a number that this device cannot have; give 1 to 7"},
    {"{\"rng\": true, \"queue_size\": 8}",
     "devices[0].queue_size = 8: a number that this device cannot have; give 16 to 1024"},
    {"{\"rng\": true, \"queue_size\": 100}",
     "devices[0].queue_size = 100: not a power of two; give 16, 32, 64, 128, 256, 512 or 1024"},
    {"{\"rng\": true, \"on_loss\": \"stop\"}",
     "devices[0].on_loss = stop: unknown answer to a loss; give \"wait\" or \"fail\""},
    {"{\"type\": \"disk\", \"back_end\": {\"socket\": \"/s\"}}",
     "devices[0].type = disk: unknown type of device; give \"blk\", \"net\", \"fs\", \"vsock\", "
     "\"rng\", \"console\" or \"scsi\""},
    {"{\"type\": \"virtio-64\", \"back_end\": {\"socket\": \"/s\"}}",
     "devices[0].type = virtio-64: unknown type of device"},
    {"{\"type\": \"blk\"}",
     "devices[0]: the front end cannot do this device's work itself; give \"back_end\" an object "
     "such as {\"socket\": \"/run/my.sock\"}"},
    {"{\"type\": \"blk\", \"back_end\": \"built-in\"}",
     "devices[0].back_end = built-in: the front end cannot do this device's work itself"},
    {"{\"type\": \"rng\", \"back_end\": \"none\"}",
     "devices[0].back_end = none: unknown back end; give \"built-in\" or an object such as "
     "{\"socket\": \"/run/my.sock\"}"},
    {"{\"type\": \"blk\", \"back_end\": {}}",
     "devices[0].back_end: no back end; give one of \"socket\", \"run\" and \"vhost\""},
    {"{\"type\": \"blk\", \"back_end\": {\"socket\": \"/s\", \"run\": [\"p\"]}}",
     "devices[0].back_end: more than one back end; give one of \"socket\", \"run\" and \"vhost\""},
    {"{\"type\": \"blk\", \"back_end\": {\"run\": []}}",
     "devices[0].back_end.run: no program; give a program and its arguments"},
    {"{\"type\": \"blk\", \"back_end\": {\"run\": [\"p\", 1]}}",
     "devices[0].back_end.run[1] = 1: a number where a string belongs; give a string"},
    {"{\"type\": \"net\", \"back_end\": {\"vhost\": \"blk\"}}",
     "devices[0].back_end.vhost = blk: the kernel has no such back end; give \"net\", \"vsock\" or "
     "\"scsi\""},
    {"{\"type\": \"net\", \"back_end\": {\"vhost\": \"net\"}}",
     "devices[0].back_end: not said which one; add \"tap\" or \"bridge\""},
    {"{\"type\": \"vsock\", \"back_end\": {\"vhost\": \"vsock\"}}",
     "devices[0].back_end: not said which one; add \"cid\""},
    {"{\"type\": \"scsi\", \"back_end\": {\"vhost\": \"scsi\"}}",
     "devices[0].back_end: not said which one; add \"wwpn\""},
    {"{\"type\": \"net\", \"back_end\": {\"vhost\": \"vsock\", \"cid\": 3}}",
     "devices[0].back_end.vhost = vsock: a back end for devices of another type; give the device "
     "the type \"vsock\""},
    {"{\"type\": \"net\", \"back_end\": {\"vhost\": \"net\", \"tap\": \"a/b\"}}",
     "devices[0].back_end.tap = a/b: not the name of a network interface"},
    {"{\"type\": \"net\", \"back_end\": {\"vhost\": \"net\", \"tap\": \"t\", \"bridge\": \"b\"}}",
     "devices[0].back_end.bridge = b: for a back end \"net\" of the kernel without \"tap\" alone"},
    {"{\"type\": \"blk\", \"back_end\": {\"socket\": \"/s\", \"tap\": \"t\"}}",
     "devices[0].back_end.tap = t: for a back end \"net\" of the kernel alone; remove it"},
    {"{\"type\": \"blk\", \"back_end\": {\"socket\": \"/s\", \"cid\": 3}}",
     "devices[0].back_end.cid = 3: for a back end \"vsock\" of the kernel alone; remove it"},
    {"{\"type\": \"blk\", \"back_end\": {\"socket\": \"/s\", \"wwpn\": \"w\"}}",
     "devices[0].back_end.wwpn = w: for a back end \"scsi\" of the kernel alone; remove it"},
};

static void test_refusals(void **state) {
    struct fixture *fixture = *state;
    for (size_t i = 0; i < ARRAY_SIZE(refusals); i++) {
        const char *text =
            arena_printf(&fixture->context->arena, ZONE("", "%s"), refusals[i].devices);
        plan_bad(fixture, text, refusals[i].problem);
    }
}

static void test_too_many(void **state) {
    struct fixture *fixture = *state;
    const char *devices = "{\"rng\": true}";
    for (unsigned i = 1; i < LV_MAX_VIRTIO; i++) {
        devices = arena_printf(&fixture->context->arena, "%s, {\"rng\": true}", devices);
    }
    plan_good(fixture, arena_printf(&fixture->context->arena, ZONE("", "%s"), devices));
    assert_int_equal(fixture->plan.config.num_virtio, LV_MAX_VIRTIO);
    assert_string_equal(device(fixture, LV_MAX_VIRTIO - 1)->name, "rng15");
    plan_bad(fixture, arena_printf(&fixture->context->arena, ZONE("", "%s, {}"), devices),
             "devices: 17 elements; the hypervisor takes 16; shorten the list");
}

/* An assigned function keeps its place. */
static void test_slots_beside_assigned_functions(void **state) {
    struct fixture *fixture = *state;
    static const char assigned[] = ZONE(
        "\"pci_devices\": [{\"bus\": 0, \"device\": 1, \"function\": 0}, {\"bus\": 0, \"device\": "
        "9, \"function\": 0, \"v_device\": 2}],",
        "{\"rng\": true}, {\"rng\": true, \"slot\": 9}");
    plan_good(fixture, assigned);
    assert_int_equal(fixture->plan.config.virtio[0].device, 3);
    const char *there =
        text_change(fixture->context, assigned, (struct change){"\"slot\": 9", "\"slot\": 2"});
    plan_bad(fixture, there, "devices[1].slot = 2: another PCI function of the zone is there");
}

static void test_root_zone(void **state) {
    struct fixture *fixture = *state;
    static const char served[] = ZONE("", "{\"rng\": true}");
    const char *blind = text_change(
        fixture->context, root_text,
        (struct change){
            "{\"type\": \"kicks\", \"virtual_start\": \"0xff00004000\", \"size\": \"4K\"},\n", ""});
    add_root(fixture, blind);
    plan_bad(fixture, served,
             "devices: the root zone (root.json:1) cannot serve devices: it has no page of kicks; "
             "give the root zone a region of type \"kicks\" and a \"kick_interrupt\", and pack the "
             "image again");
    struct zone_file *root = arena_alloc(&fixture->context->arena, sizeof(*root));
    struct change change = {"\"cpus\": [0],", "\"cpus\": [0], \"devices\": [{\"rng\": true}],"};
    fixture->context->report = (struct report){.arena = &fixture->context->arena};
    zone_load(
        &fixture->context->report,
        text_parse(fixture->context, "root.json", text_change(fixture->context, root_text, change)),
        root);
    assert_reported(fixture->context, "root.json:1: devices: the root zone serves devices and has "
                                      "none; give them to another zone");
}

/* -- what the root zone sees ------------------------------------------------------------------ */

struct ram {
    uint64_t gpa;
    uint64_t size;
    bool is_shared;
};

static void assert_ram(const struct fixture *fixture, const struct ram *expected, size_t count) {
    const struct lv_zone_config *config = &fixture->plan.config;
    size_t found = 0;
    for (uint32_t i = 0; i < config->num_regions; i++) {
        const struct lv_region *region = &config->regions[i];
        if (region->type != LV_REGION_RAM) {
            continue;
        }
        assert_true(found < count);
        assert_int_equal(region->gpa, expected[found].gpa);
        assert_int_equal(region->size, expected[found].size);
        assert_int_equal((region->flags & LV_REGION_SHARED) != 0, expected[found].is_shared);
        found++;
    }
    assert_int_equal(found, count);
}

static const struct payload *find_payload(const struct fixture *fixture, const char *what) {
    const struct payload_list *payloads = &fixture->plan.image.payloads;
    for (size_t i = 0; i < payloads->count; i++) {
        if (strcmp(payloads->items[i].what, what) == 0) {
            return &payloads->items[i];
        }
    }
    fail_msg("there is no %s", what);
    return NULL;
}

static const void *tree_of(const struct fixture *fixture) {
    return find_payload(fixture, "device tree")->bytes;
}

static const char *arguments_of(const struct fixture *fixture) {
    const void *fdt = tree_of(fixture);
    return fdt_getprop(fdt, fdt_path_offset(fdt, "/chosen"), "bootargs", NULL);
}

static void test_window(void **state) {
    struct fixture *fixture = *state;
    static const struct ram usual[] = {
        {0, 0x2c4000, false}, {4 * MIB, 68 * MIB, true}, {0x100000000, 184 * MIB, false}};
    plan_good(fixture, ZONE("\"kernel_args\": \"quiet\",", "{\"rng\": true}"));
    assert_ram(fixture, usual, ARRAY_SIZE(usual));
    assert_int_equal(find_payload(fixture, "kernel")->gpa, 0x100200000);
    assert_string_equal(arguments_of(fixture),
                        "swiotlb=32768 sysctl.vm.lowmem_reserve_ratio=1 cma=0 quiet");
    static const struct ram least[] = {
        {0, 0x234000, false}, {4 * MIB, 32 * MIB, true}, {0x100000000, 220 * MIB, false}};
    plan_good(fixture, ZONE("\"window\": \"32M\",", "{\"rng\": true}"));
    assert_ram(fixture, least, ARRAY_SIZE(least));
    assert_string_equal(arguments_of(fixture),
                        "swiotlb=8192 sysctl.vm.lowmem_reserve_ratio=1 cma=0");
    /* 14 queues of 1,024 entries are rings of 32 KiB each, for which 2 MiB have no room. */
    static const char rings[] =
        ZONE("\"window\": \"36M\",", "{\"net\": \"user\", \"queues\": 7, \"queue_size\": 1024},"
                                     "{\"disk\": \"a\", \"queues\": 16, \"queue_size\": 1024},"
                                     "{\"disk\": \"b\", \"queues\": 16, \"queue_size\": 1024},"
                                     "{\"disk\": \"c\", \"queues\": 16, \"queue_size\": 1024}");
    plan_good(fixture, rings);
    assert_string_equal(arguments_of(fixture),
                        "swiotlb=16384 sysctl.vm.lowmem_reserve_ratio=1 cma=0");
    plan_good(fixture, text_change(fixture->context, rings, (struct change){"36M", "34M"}));
    assert_string_equal(arguments_of(fixture),
                        "swiotlb=8192 sysctl.vm.lowmem_reserve_ratio=1 cma=0");
}

static void test_window_keeps_arguments(void **state) {
    struct fixture *fixture = *state;
    plan_good(fixture, ZONE("\"kernel_args\": \"cma=8M sysctl.vm.lowmem_reserve_ratio=2\",",
                            "{\"rng\": true}"));
    assert_string_equal(arguments_of(fixture),
                        "swiotlb=32768 cma=8M sysctl.vm.lowmem_reserve_ratio=2");
    assert_true(plan(fixture, ZONE("\"kernel_args\": \"swiotlb=noforce\",", "{\"rng\": true}")));
    assert_reported(fixture->context,
                    arena_printf(&fixture->context->arena,
                                 "%s:1: kernel_args = swiotlb=noforce: warning: the kernel's "
                                 "bounce buffers are what its devices reach; remove \"swiotlb=\", "
                                 "and a size is chosen",
                                 zone_path(fixture)));
    const char *large = arena_printf(&fixture->context->arena,
                                     ZONE("\"kernel_args\": \"%04080d\",", "{\"rng\": true}"), 1);
    assert_false(plan(fixture, large));
    assert_true(strstr(report_format(&fixture->context->arena, fixture->context->report.first),
                       "without which the kernel cannot use a window") != NULL);
}

static void test_share(void **state) {
    struct fixture *fixture = *state;
    static const struct ram all[] = {{0, 256 * MIB, true}};
    static const struct ram none[] = {{0, 256 * MIB, false}};
    static const struct ram window[] = {
        {0, 0x2c4000, false}, {4 * MIB, 68 * MIB, true}, {0x100000000, 184 * MIB, false}};
    plan_good(fixture, ZONE("\"share\": \"all\",", "{\"rng\": true}"));
    assert_ram(fixture, all, ARRAY_SIZE(all));
    assert_int_equal(find_payload(fixture, "kernel")->gpa, 0x200000);
    assert_string_equal(arguments_of(fixture), "cma=0");
    plan_good(fixture, ZONE("", ""));
    assert_ram(fixture, none, ARRAY_SIZE(none));
    plan_good(fixture, ZONE("\"share\": \"window\",", ""));
    assert_ram(fixture, window, ARRAY_SIZE(window));
    plan_bad(fixture, ZONE("\"share\": \"none\",", "{\"rng\": true}"),
             "devices: the root zone sees no RAM of the zone and cannot serve them; choose "
             "\"share\": \"all\", or mark a region of RAM as \"shared\"");
    plan_bad(fixture, ZONE("\"share\": \"half\",", "{\"rng\": true}"),
             "share = half: unknown way to share; give \"window\", \"all\" or \"none\"");
    plan_bad(fixture, ZONE("\"share\": \"all\", \"window\": \"64M\",", "{\"rng\": true}"),
             "window = 64M: the zone has no window; remove it, or choose \"share\": \"window\"");
    static const char *const sizes[] = {"30M", "33M", "256M"};
    for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
        const char *text = arena_printf(&fixture->context->arena,
                                        ZONE("\"window\": \"%s\",", "{\"rng\": true}"), sizes[i]);
        plan_bad(fixture, text,
                 arena_printf(&fixture->context->arena,
                              "window = %s: not a size that a window can have; give a multiple of "
                              "2 MiB from \"32M\" to \"252M\"",
                              sizes[i]));
    }
    plan_bad(fixture, ZONE("\"window\": \"252M\",", "{\"rng\": true}"),
             "window = 252M: a window of 252 MiB leaves no memory to the zone itself; give the "
             "zone more \"memory\" or a smaller \"window\", or choose \"share\": \"all\"");
}

/* A zone that describes its RAM itself shares what it says. */
static void test_share_of_regions(void **state) {
    struct fixture *fixture = *state;
    static const char regions[] =
        "{\"name\": \"z\", \"zone_id\": 3, \"cpus\": [1], \"kernel_filepath\": \"Image\", "
        "\"memory_regions\": ["
        "{\"type\": \"ram\", \"virtual_start\": 0, \"size\": \"64M\"},"
        "{\"type\": \"ram\", \"virtual_start\": \"0x80000000\", \"size\": \"32M\", \"shared\": "
        "true}], \"devices\": [{\"rng\": true}]}";
    static const struct ram expected[] = {{0, 64 * MIB, false}, {0x80000000, 32 * MIB, true}};
    plan_good(fixture, regions);
    assert_ram(fixture, expected, ARRAY_SIZE(expected));
    const void *fdt = tree_of(fixture);
    int length;
    const fdt32_t *ranges =
        fdt_getprop(fdt, fdt_path_offset(fdt, "/pci@fe00000000"), "dma-ranges", &length);
    assert_int_equal(length, 28);
    assert_int_equal(fdt32_ld(&ranges[2]), 0x80000000);
    plan_bad(fixture,
             text_change(fixture->context, regions, (struct change){", \"shared\": true", ""}),
             "devices: the root zone sees no RAM of the zone and cannot serve them");
    plan_bad(fixture,
             text_change(fixture->context, regions,
                         (struct change){"\"devices\"", "\"share\": \"window\", \"devices\""}),
             "share = window: a window is a part of \"memory\"; give it \"memory\", or mark a "
             "region of RAM as \"shared\"");
}

/* What the zone runs is not the root zone's to change. */
static void test_nothing_is_loaded_into_the_window(void **state) {
    struct fixture *fixture = *state;
    plan_bad(fixture, ZONE("\"kernel_load_paddr\": \"0x400000\",", "{\"rng\": true}"),
             "kernel_filepath = Image: the kernel would lie in the window, which the root zone "
             "sees; load it at 0x100000000 or above, or choose \"share\": \"all\"");
    plan_bad(fixture,
             ZONE("\"initrd_filepath\": \"Image\", \"initrd_load_paddr\": \"0x800000\",",
                  "{\"rng\": true}"),
             "initrd_filepath = Image: the initrd would lie in the window");
    plan_good(fixture, ZONE("\"kernel_load_paddr\": \"0x100400000\",", "{\"rng\": true}"));
    plan_good(fixture,
              ZONE("\"share\": \"all\", \"kernel_load_paddr\": \"0x400000\",", "{\"rng\": true}"));
}

/* -- the device tree -------------------------------------------------------------------------- */

static void assert_cells(const void *fdt, const char *path, const char *name, const uint32_t *cells,
                         size_t count) {
    int length = -1;
    const fdt32_t *value = fdt_getprop(fdt, fdt_path_offset(fdt, path), name, &length);
    if (value == NULL || length != (int)(count * sizeof(*cells))) {
        fail_msg("%s %s: %d bytes, not %zu cells", path, name, length, count);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(fdt32_ld(&value[i]), cells[i]);
    }
}

#define CELLS(fdt, path, name, ...)                                                                \
    assert_cells(fdt, path, name, (const uint32_t[]){__VA_ARGS__},                                 \
                 sizeof((const uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t))

#define BUS "/pci@fe00000000"
#define MSI "/msi-controller@2ff00000"

static uint32_t cell(const void *fdt, const char *path, const char *name) {
    const fdt32_t *value = fdt_getprop(fdt, fdt_path_offset(fdt, path), name, NULL);
    assert_non_null(value);
    return fdt32_ld(value);
}

static void test_tree(void **state) {
    struct fixture *fixture = *state;
    plan_good(fixture, ZONE("", "{\"rng\": true}"));
    const void *fdt = tree_of(fixture);
    int bus = fdt_path_offset(fdt, BUS);
    assert_string_equal(fdt_getprop(fdt, bus, "compatible", NULL), "loongson,ls7a-pci");
    assert_string_equal(fdt_getprop(fdt, bus, "device_type", NULL), "pci");
    assert_non_null(fdt_getprop(fdt, bus, "dma-coherent", NULL));
    CELLS(fdt, BUS, "#address-cells", 3);
    CELLS(fdt, BUS, "#size-cells", 2);
    CELLS(fdt, BUS, "reg", 0xfe, 0, 0, 0x2000000, 0xfe, 0, 0, 0x20000000);
    CELLS(fdt, BUS, "bus-range", 0, 0);
    CELLS(fdt, BUS, "ranges", 0x02000000, 0, 0x40000000, 0, 0x40000000, 0, 0x100000);
    CELLS(fdt, BUS, "dma-ranges", 0x02000000, 0, 0x400000, 0, 0x400000, 0, 68 << 20);
    int msi = fdt_path_offset(fdt, MSI);
    assert_string_equal(fdt_getprop(fdt, msi, "compatible", NULL), "loongson,pch-msi-1.0");
    assert_non_null(fdt_getprop(fdt, msi, "msi-controller", NULL));
    CELLS(fdt, BUS, "msi-parent", cell(fdt, MSI, "phandle"));
    CELLS(fdt, MSI, "interrupt-parent", cell(fdt, "/interrupt-controller-eiointc", "phandle"));
    CELLS(fdt, MSI, "loongson,msi-base-vec", 64);
    CELLS(fdt, MSI, "loongson,msi-num-vecs", 192);
    CELLS(fdt, MSI, "reg", 0, 0x2ff00000, 0, 8);
}

static void test_tree_of_shared_ram(void **state) {
    struct fixture *fixture = *state;
    plan_good(fixture, ZONE("\"share\": \"all\",", "{\"rng\": true}"));
    const void *fdt = tree_of(fixture);
    assert_true(fdt_path_offset(fdt, BUS) > 0);
    assert_null(fdt_getprop(fdt, fdt_path_offset(fdt, BUS), "dma-ranges", NULL));
    plan_good(fixture, ZONE("", ""));
    assert_int_equal(fdt_path_offset(tree_of(fixture), BUS), -FDT_ERR_NOTFOUND);
    assert_int_equal(fdt_path_offset(tree_of(fixture), MSI), -FDT_ERR_NOTFOUND);
}

/* Messages get no vector that the zone has in hardware, nor another device's. */
static void test_message_vectors(void **state) {
    struct fixture *fixture = *state;
    plan_good(fixture, ZONE("\"interrupts\": [\"96-127\"], \"uart_interrupt\": \"vector 254\",",
                            "{\"rng\": true}"));
    CELLS(tree_of(fixture), MSI, "loongson,msi-base-vec", 128);
    CELLS(tree_of(fixture), MSI, "loongson,msi-num-vecs", 126);
    plan_bad(fixture, ZONE("\"interrupts\": [\"64-255\"],", "{\"rng\": true}"),
             "devices: no vector is left for the interrupts of the zone's devices; take a group of "
             "32 vectors from \"interrupts\"");
}

/* -- what is kept for front ends -------------------------------------------------------------- */

static const struct zone_serve *keep_and_read(struct fixture *fixture) {
    struct arena *arena = &fixture->context->arena;
    struct zone_serve *serve = arena_alloc(arena, sizeof(*serve));
    const char *kept = arena_printf(arena, "%s/run/zones", fixture->folder);
    assert_int_equal(zone_serve_keep(arena, kept, &fixture->plan.zone), 0);
    bool good =
        zone_serve_read(&fixture->context->report, zone_serve_path(arena, kept, "z"), serve);
    assert_no_error(fixture->context);
    assert_true(good);
    return serve;
}

static bool is_same_text(const char *a, const char *b) {
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static void assert_same_device(const struct zone_device *a, const struct zone_device *b) {
    assert_string_equal(a->name, b->name);
    assert_int_equal(a->type, b->type);
    assert_int_equal(a->slot, b->slot);
    assert_int_equal(a->queues, b->queues);
    assert_int_equal(a->num_queues, b->num_queues);
    assert_int_equal(a->queue_size, b->queue_size);
    assert_int_equal(a->back_end, b->back_end);
    assert_int_equal(a->is_readonly, b->is_readonly);
    assert_int_equal(a->fails_on_loss, b->fails_on_loss);
    assert_int_equal(a->is_qcow2, b->is_qcow2);
    assert_int_equal(a->cid, b->cid);
    assert_memory_equal(a->mac, b->mac, sizeof(a->mac));
    assert_true(is_same_text(a->tag, b->tag));
    assert_true(is_same_text(a->path, b->path));
    assert_true(is_same_text(a->tap, b->tap));
    assert_true(is_same_text(a->bridge, b->bridge));
    assert_true(is_same_text(a->wwpn, b->wwpn));
    assert_int_equal(a->num_run, b->num_run);
    for (size_t i = 0; i < a->num_run; i++) {
        assert_string_equal(a->run[i], b->run[i]);
    }
}

static void test_kept_devices_are_the_zones(void **state) {
    static const char *const forms[] = {
        "{\"disk\": \"/a\", \"readonly\": true, \"format\": \"qcow2\", \"on_loss\": \"fail\"},"
        "{\"net\": \"user\", \"mac\": \"02:00:00:00:00:01\", \"queues\": 3},"
        "{\"net\": \"bridge:br0\"}, {\"net\": \"tap:t\", \"slot\": 30},"
        "{\"share\": \"/srv\", \"tag\": \"t\", \"name\": \"n\"}, {\"vsock\": 3}, {\"rng\": true},"
        "{\"console\": true, \"queues\": 2, \"queue_size\": 64}",
        "{\"type\": \"virtio-40\", \"back_end\": {\"socket\": \"/s\"}},"
        "{\"type\": \"blk\", \"back_end\": {\"run\": [\"/p\", \"--%s\", \"\\u00e9 \\\"\"]}},"
        "{\"type\": \"scsi\", \"back_end\": {\"vhost\": \"scsi\", \"wwpn\": \"w\"}},"
        "{\"type\": \"fs\", \"back_end\": {\"socket\": \"/s\"}}, {\"type\": \"rng\"}",
    };
    struct fixture *fixture = *state;
    for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
        plan_good(fixture, arena_printf(&fixture->context->arena, ZONE("", "%s"), forms[i]));
        const struct zone_serve *serve = keep_and_read(fixture);
        assert_string_equal(serve->name, "z");
        assert_int_equal(serve->zone_id, 3);
        assert_int_equal(serve->count, fixture->plan.zone.num_devices);
        assert_true(zone_serve_matches(serve, &fixture->plan.config));
        for (size_t j = 0; j < serve->count; j++) {
            assert_same_device(&serve->devices[j], device(fixture, j));
        }
    }
}

/* The front end may also be given the zone's own file, of which it needs one part. */
static void test_devices_of_a_zone_file(void **state) {
    struct fixture *fixture = *state;
    struct arena *arena = &fixture->context->arena;
    static const char text[] = ZONE(
        "\"pci_devices\": [{\"bus\": 0, \"device\": 1, \"function\": 0}],", "{\"disk\": \"a\"}");
    struct zone_serve serve;
    plan_good(fixture, text);
    const char *file =
        folder_write(fixture->context, fixture->folder, "zone.json", text, sizeof(text) - 1);
    assert_true(zone_serve_read(&fixture->context->report, file, &serve));
    assert_true(zone_serve_matches(&serve, &fixture->plan.config));
    assert_same_device(&serve.devices[0], device(fixture, 0));
    struct lv_zone_config other = fixture->plan.config;
    other.virtio[0].device++;
    assert_false(zone_serve_matches(&serve, &other));
    other = fixture->plan.config;
    other.name[0]++;
    assert_false(zone_serve_matches(&serve, &other));
    other = fixture->plan.config;
    other.num_virtio++;
    assert_false(zone_serve_matches(&serve, &other));
    file = folder_write(fixture->context, fixture->folder, "bad.json", "{\"name\": \"z\"}", 13);
    assert_false(zone_serve_read(&fixture->context->report, file, &serve));
    assert_reported(fixture->context,
                    arena_printf(arena, "%s:1: no \"name\" and \"zone_id\" of a zone", file));
}

static void test_kept_devices_are_forgotten(void **state) {
    struct fixture *fixture = *state;
    struct arena *arena = &fixture->context->arena;
    const char *kept = arena_printf(arena, "%s/run", fixture->folder);
    const char *path = zone_serve_path(arena, kept, "z");
    plan_good(fixture, ZONE("", ""));
    assert_int_equal(zone_serve_keep(arena, kept, &fixture->plan.zone), 0);
    assert_int_not_equal(access(path, F_OK), 0);
    plan_good(fixture, ZONE("", "{\"rng\": true}"));
    assert_int_equal(zone_serve_keep(arena, kept, &fixture->plan.zone), 0);
    assert_int_equal(access(path, F_OK), 0);
    zone_serve_forget(arena, kept, "z");
    assert_int_not_equal(access(path, F_OK), 0);
    assert_true(zone_serve_keep(arena, in_folder(fixture, "Image"), &fixture->plan.zone) < 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_short_forms),
        TEST(test_full_forms),
        cmocka_unit_test(test_most_queues),
        TEST(test_refusals),
        TEST(test_too_many),
        TEST(test_slots_beside_assigned_functions),
        TEST(test_root_zone),
        TEST(test_window),
        TEST(test_window_keeps_arguments),
        TEST(test_share),
        TEST(test_share_of_regions),
        TEST(test_nothing_is_loaded_into_the_window),
        TEST(test_tree),
        TEST(test_tree_of_shared_ram),
        TEST(test_message_vectors),
        TEST(test_kept_devices_are_the_zones),
        TEST(test_devices_of_a_zone_file),
        TEST(test_kept_devices_are_forgotten),
    };
    return cmocka_run_group_tests_name("devices", tests, NULL, NULL);
}
