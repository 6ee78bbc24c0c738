// SPDX-License-Identifier: GPL-2.0-or-later
/* Zones that are made on a machine on which others exist. */
#include "support.h"

#include "lib/json_file.h"
#include "lib/machine_load.h"
#include "lib/plan.h"
#include "lib/stage2_size.h"
#include "run_layout.h"

#include <libfdt.h>
#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>

#define MIB           ((uint64_t)1 << 20)
#define POOL_BASE     0xf0000000u
#define POOL_SIZE     (64 * MIB)
#define KERNEL_BYTES  0x300u
#define KERNEL_MEMORY (3 * MIB)
#define INITRD_BYTES  70000u
#define SEED_BYTES    64

struct fixture {
    struct context *context;
    const char *folder;
    struct machine machine;
    struct plan plan;
};

static const char plan_board[] =
    "{\"name\": \"b\", \"cpus\": [0, 1, 2, 3, 4, 5, 6, 7], \"ram\": ["
    "{\"base\": \"0x0\", \"size\": \"0x10000000\"},"
    "{\"base\": \"0x80000000\", \"size\": \"0xf0000000\"}],"
    "\"hypervisor\": {\"base\": \"0x0a000000\", \"size\": \"0x06000000\"},"
    "\"uart_base\": \"0x1fe001e0\", \"devices\": ["
    "{\"base\": \"0x100d0000\", \"size\": \"0x1000\"},"
    "{\"base\": \"0x40000000\", \"size\": \"0x10000000\"},"
    "{\"base\": \"0x1fe00000\", \"size\": \"0x1000\"}]}";

static const char plan_root[] =
    "{\"name\": \"root\", \"zone_id\": 0, \"cpus\": [0, 1],\n"
    "\"memory_regions\": [\n"
    "{\"type\": \"ram\", \"physical_start\": 0, \"virtual_start\": 0, \"size\": \"128M\"},\n"
    "{\"type\": \"io\", \"physical_start\": \"0x1fe00000\", \"virtual_start\": \"0x1fe00000\", "
    "\"size\": \"4K\"},\n"
    "{\"type\": \"pool\", \"physical_start\": \"0xf0000000\", \"size\": \"64M\"},"
    "{\"type\": \"info\", \"virtual_start\": \"0xff00000000\", \"size\": \"4K\"}],\n"
    "\"interrupts\": \"all\", \"cpu_lines\": [\"0-3\"], \"event_interrupt\": \"line 7\"}\n";

/* A LoongArch Image (LVZ reference 13.1). */
static void make_image(uint8_t bytes[KERNEL_BYTES]) {
    static const uint8_t magic[] = {0xcd, 0x23, 0x82, 0x81};
    static const uint64_t entry = 0x200100;
    static const uint64_t memory = KERNEL_MEMORY;
    static const uint64_t link = 0x200000;
    memset(bytes, 0x5a, KERNEL_BYTES);
    bytes[0] = 'M';
    bytes[1] = 'Z';
    memcpy(bytes + 0x08, &entry, sizeof(entry));
    memcpy(bytes + 0x10, &memory, sizeof(memory));
    memcpy(bytes + 0x18, &link, sizeof(link));
    memcpy(bytes + 0x38, magic, sizeof(magic));
}

#define ZBOOT_HEADER 0x40u
#define ZBOOT_ROOM   4096u

/* A zboot file around `size` compressed bytes that stand at ZBOOT_HEADER already. */
static void write_zboot(struct fixture *fixture, const char *name, const char *compression,
                        uint8_t *bytes, size_t size) {
    static const uint8_t magic[] = {'M', 'Z', 0, 0, 'z', 'i', 'm', 'g'};
    uint32_t header[] = {ZBOOT_HEADER, (uint32_t)size};
    uint32_t unpacked = KERNEL_BYTES;
    memset(bytes, 0, ZBOOT_HEADER);
    memcpy(bytes, magic, sizeof(magic));
    memcpy(bytes + 8, header, sizeof(header));
    for (size_t i = 0; compression[i] != '\0'; i++) {
        bytes[0x18 + i] = (uint8_t)compression[i];
    }
    memcpy(bytes + ZBOOT_HEADER + size, &unpacked, sizeof(unpacked));
    folder_write(fixture->context, fixture->folder, name, bytes,
                 ZBOOT_HEADER + size + sizeof(unpacked));
}

static void write_zboots(struct fixture *fixture, const uint8_t image[KERNEL_BYTES]) {
    uint8_t bytes[ZBOOT_ROOM];
    size_t size = ZSTD_compress(bytes + ZBOOT_HEADER, ZBOOT_ROOM / 2, image, KERNEL_BYTES, 3);
    assert_false(ZSTD_isError(size));
    write_zboot(fixture, "vmlinuz", "zstd", bytes, size);
    bytes[ZBOOT_HEADER] ^= 0x55;
    write_zboot(fixture, "damaged", "zstd", bytes, size);
    write_zboot(fixture, "lzma", "lzma", bytes, size);
    z_stream stream = {.next_in = (uint8_t *)(uintptr_t)image,
                       .avail_in = KERNEL_BYTES,
                       .next_out = bytes + ZBOOT_HEADER,
                       .avail_out = ZBOOT_ROOM / 2};
    assert_int_equal(deflateInit2(&stream, 6, Z_DEFLATED, MAX_WBITS + 16, 8, 0), Z_OK);
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    deflateEnd(&stream);
    write_zboot(fixture, "vmlinuz.gz", "gzip", bytes, stream.total_out);
}

static int setup(void **state) {
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    if (fixture == NULL || context_setup((void **)&fixture->context) != 0) {
        return -1;
    }
    struct context *context = fixture->context;
    uint8_t image[KERNEL_BYTES];
    static const uint8_t initrd[INITRD_BYTES] = {7};
    fixture->folder = folder_make(context);
    make_image(image);
    folder_write(context, fixture->folder, "Image", image, sizeof(image));
    folder_write(context, fixture->folder, "initrd", initrd, sizeof(initrd));
    write_zboots(fixture, image);
    const char *board =
        folder_write(context, fixture->folder, "board.json", plan_board, sizeof(plan_board) - 1);
    const char *root =
        folder_write(context, fixture->folder, "root.json", plan_root, sizeof(plan_root) - 1);
    if (!machine_from_files(&context->report, board, root, &fixture->machine)) {
        report_print(&context->report, stderr);
        return -1;
    }
    *state = fixture;
    return 0;
}

static int teardown(void **state) {
    struct fixture *fixture = *state;
    void *context = fixture->context;
    run_layout_set(RUN_LAYOUT_ONE, 0);
    folder_remove(fixture->folder);
    free(fixture);
    return context_teardown(&context);
}

static void enlarge_pool(struct fixture *fixture, uint64_t size) {
    struct zone_file *root = arena_alloc(&fixture->context->arena, sizeof(*root));
    *root = *fixture->machine.zones[0];
    root->regions[2].size.value = size;
    fixture->machine.zones[0] = root;
}

/* Plans a zone whose file has this text. */
static bool plan_text(struct fixture *fixture, const char *text) {
    struct context *context = fixture->context;
    struct file_search search = {.count = 0};
    const char *path = folder_write(context, fixture->folder, "zone.json", text, strlen(text));
    context->report = (struct report){.arena = &context->arena};
    return plan_zone(&context->report, &fixture->machine, path, &search, &fixture->plan);
}

static void plan_good(struct fixture *fixture, const char *text) {
    if (!plan_text(fixture, text)) {
        assert_no_error(fixture->context);
        fail_msg("refused without an error");
    }
}

static void assert_refused(struct fixture *fixture, const char *text, const char *message) {
    assert_false(plan_text(fixture, text));
    assert_reported(fixture->context, arena_printf(&fixture->context->arena, "%s/zone.json:%s",
                                                   fixture->folder, message));
}

/* The zone exists from now on. */
static void make_planned(struct fixture *fixture) {
    struct zone_file *zone = arena_alloc(&fixture->context->arena, sizeof(*zone));
    *zone = fixture->plan.zone;
    assert_true(
        machine_add_zone(&fixture->machine, zone, stage2_config_pages(&fixture->plan.config)));
}

static const struct lv_region *find_region(const struct fixture *fixture,
                                           enum lv_region_type type) {
    const struct lv_region *region = lv_find_region(&fixture->plan.config, type);
    if (region == NULL) {
        fail_msg("no region of type %d", (int)type);
    }
    return region;
}

static const struct plan_load *find_load(const struct fixture *fixture, const char *what) {
    for (size_t i = 0; i < fixture->plan.num_loads; i++) {
        if (strcmp(fixture->plan.loads[i].what, what) == 0) {
            return &fixture->plan.loads[i];
        }
    }
    fail_msg("nothing to load is called %s", what);
    return NULL;
}

#define ZONE(number, fields)                                                                       \
    "{\n\"name\": \"z" #number "\",\n\"zone_id\": " #number ",\n" fields                           \
    "\n\"kernel_filepath\": \"vmlinuz\"}"
#define TEN_LINES                                                                                  \
    ZONE(1, "\"cpus\": 2,\n\"memory\": \"16M\",\n\"initrd_filepath\": \"initrd\",\n"               \
            "\"kernel_args\": \"quiet\",\n")

static void test_ten_lines(void **state) {
    struct fixture *fixture = *state;
    const struct lv_zone_config *config = &fixture->plan.config;
    plan_good(fixture, TEN_LINES);
    assert_int_equal(fixture->context->report.warnings, 0);
    assert_int_equal(config->cpus, 3 << 2);
    assert_int_equal(config->flags, LV_ZONE_CLEAR_RAM | LV_ZONE_PV_IPI);
    assert_int_equal(config->num_regions, 6);
    assert_int_equal(find_region(fixture, LV_REGION_CLOCK)->gpa, 0xff00001000);
    assert_int_equal(find_region(fixture, LV_REGION_RAM)->hpa, POOL_BASE);
    assert_int_equal(find_region(fixture, LV_REGION_RAM)->size, 16 * MIB);
    assert_int_equal(find_region(fixture, LV_REGION_RAM)->gpa, 0);
    assert_int_equal(find_region(fixture, LV_REGION_UART)->gpa, 0x1fe00000);
    assert_int_equal(find_region(fixture, LV_REGION_POWER)->gpa, 0x100e0000);
    assert_int_equal(find_region(fixture, LV_REGION_HOLE)->gpa, 0x18000000);
    assert_int_equal(find_region(fixture, LV_REGION_INFO)->size, LV_PAGE_SIZE);
    assert_int_equal(lv_find_interrupt(config, LV_REGION_UART), LV_INTERRUPT_VECTOR(2));
    assert_int_equal(lv_find_interrupt(config, LV_REGION_POWER), LV_INTERRUPT_NONE);
    assert_int_equal(config->on_poweroff, LV_POLICY_STOP);
    assert_int_equal(config->on_reboot, LV_POLICY_RESTART);
    assert_int_equal(config->on_failure, LV_POLICY_STOP);
    assert_int_equal(config->on_watchdog, LV_POLICY_RESTART);
    assert_int_equal(config->watchdog_ms, 0);
    assert_int_equal(config->entry, 0x200100);
    assert_int_equal(config->boot_args[0], 1);
    assert_string_equal(fixture->plan.image.kernel_format, "zboot");
}

/* The store holds the parts one behind the other, and is no larger than it must be. */
static void test_store(void **state) {
    struct fixture *fixture = *state;
    const struct lv_zone_config *config = &fixture->plan.config;
    plan_good(fixture, TEN_LINES);
    assert_int_equal(config->store_hpa, POOL_BASE + 16 * MIB);
    assert_int_equal(config->store_size, 2 * MIB);
    assert_int_equal(fixture->plan.num_loads, 4);
    assert_int_equal(config->num_payloads, 4);
    uint64_t end = 0;
    for (size_t i = 0; i < 4; i++) {
        const struct plan_load *load = &fixture->plan.loads[i];
        assert_int_equal(load->offset % 8, 0);
        assert_true(load->offset >= end);
        assert_int_equal(load->offset, config->payloads[i].offset);
        assert_int_equal(load->size, config->payloads[i].size);
        end = load->offset + load->size;
    }
    assert_true(end <= config->store_size);
    uint8_t image[KERNEL_BYTES];
    make_image(image);
    assert_int_equal(find_load(fixture, "kernel")->size, KERNEL_BYTES);
    assert_memory_equal(find_load(fixture, "kernel")->bytes, image, KERNEL_BYTES);
    assert_int_equal(find_load(fixture, "initrd")->size, INITRD_BYTES);
}

static const void *tree_property(const void *fdt, const char *path, const char *name, int size) {
    int length = 0;
    int node = fdt_path_offset(fdt, path);
    if (node < 0) {
        fail_msg("the tree has no %s", path);
    }
    const void *value = fdt_getprop(fdt, node, name, &length);
    if (value == NULL || length != size) {
        fail_msg("%s of %s is not there or has not %d bytes", name, path, size);
    }
    return value;
}

static void assert_cells(const void *fdt, const char *path, const char *name,
                         const uint32_t *expected, size_t count) {
    const fdt32_t *cells = tree_property(fdt, path, name, (int)(count * sizeof(*cells)));
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(fdt32_to_cpu(cells[i]), expected[i]);
    }
}

#define CELLS(fdt, path, name, ...)                                                                \
    assert_cells(fdt, path, name, (const uint32_t[]){__VA_ARGS__},                                 \
                 ARRAY_SIZE(((const uint32_t[]){__VA_ARGS__})))
#define TEXT(fdt, path, name, text)                                                                \
    assert_string_equal(tree_property(fdt, path, name, (int)sizeof(text)), text)

/* What a stock kernel needs of the tree (LVZ reference 13.4 to 13.7). */
static void test_generated_tree(void **state) {
    struct fixture *fixture = *state;
    plan_good(fixture, TEN_LINES);
    const void *fdt = find_load(fixture, "device tree")->bytes;
    assert_int_equal(fdt_check_full(fdt, find_load(fixture, "device tree")->size), 0);
    CELLS(fdt, "/", "#address-cells", 2);
    CELLS(fdt, "/memory@0", "reg", 0, 0, 0, 16 * MIB);
    TEXT(fdt, "/memory@0", "device_type", "memory");
    CELLS(fdt, "/cpus/cpu@1", "reg", 1);
    assert_int_equal(fdt_path_offset(fdt, "/cpus/cpu@2"), -FDT_ERR_NOTFOUND);
    TEXT(fdt, "/chosen", "bootargs", "cma=0 quiet");
    TEXT(fdt, "/chosen", "stdout-path", "serial0:115200n8");
    TEXT(fdt, "/aliases", "serial0", "/serial@1fe001e0");
    TEXT(fdt, "/interrupt-controller", "compatible", "loongson,cpu-interrupt-controller");
    TEXT(fdt, "/interrupt-controller-eiointc", "compatible", "loongson,ls2k2000-eiointc");
    CELLS(fdt, "/interrupt-controller-eiointc", "interrupts", 3);
    CELLS(fdt, "/serial@1fe001e0", "reg", 0, 0x1fe001e0, 0, 0x100);
    CELLS(fdt, "/serial@1fe001e0", "interrupts", 2);
    CELLS(fdt, "/serial@1fe001e0", "interrupt-parent",
          fdt_get_phandle(fdt, fdt_path_offset(fdt, "/interrupt-controller-eiointc")));
    CELLS(fdt, "/syscon@100e001c", "reg", 0, 0x100e001c, 0, 3);
    CELLS(fdt, "/syscon@100e001c", "reg-io-width", 1);
    CELLS(fdt, "/poweroff", "value", 0x34);
    CELLS(fdt, "/reboot", "offset", 2);
    CELLS(fdt, "/reboot", "value", 0x42);
    CELLS(fdt, "/isa@18000000", "ranges", 1, 0, 0, 0x18000000, 0x4000);
}

static void copy_seed(const struct fixture *fixture, uint8_t seed[SEED_BYTES]) {
    const void *fdt = find_load(fixture, "device tree")->bytes;
    memcpy(seed, tree_property(fdt, "/chosen", "rng-seed", SEED_BYTES), SEED_BYTES);
}

/* Each zone has a seed of its own, but for one whose tree brings it. */
static void test_seed(void **state) {
    struct fixture *fixture = *state;
    uint8_t first[SEED_BYTES];
    uint8_t second[SEED_BYTES];
    plan_good(fixture, TEN_LINES);
    copy_seed(fixture, first);
    plan_good(fixture, TEN_LINES);
    copy_seed(fixture, second);
    assert_memory_not_equal(first, second, SEED_BYTES);
    const struct plan_load *tree = find_load(fixture, "device tree");
    folder_write(fixture->context, fixture->folder, "own.dtb", tree->bytes, tree->size);
    plan_good(fixture, ZONE(1, "\"cpus\": 2,\n\"memory\": \"16M\",\n"
                               "\"dtb_filepath\": \"own.dtb\",\n"));
    copy_seed(fixture, first);
    assert_memory_equal(first, second, SEED_BYTES);
}

/* Above 256 MiB the RAM goes on at 2 GiB. */
static void test_tree_of_large_zone(void **state) {
    struct fixture *fixture = *state;
    enlarge_pool(fixture, 2048 * MIB);
    plan_good(fixture,
              ZONE(1, "\"cpus\": [7],\n\"memory\": \"1G\",\n\"uart_interrupt\": \"line 5\","
                      "\n"));
    const void *fdt = find_load(fixture, "device tree")->bytes;
    CELLS(fdt, "/memory@0", "reg", 0, 0, 0, 256 * MIB, 0, 0x80000000, 0, 768 * MIB);
    CELLS(fdt, "/serial@1fe001e0", "interrupts", 7);
    CELLS(fdt, "/serial@1fe001e0", "interrupt-parent",
          fdt_get_phandle(fdt, fdt_path_offset(fdt, "/interrupt-controller")));
    assert_int_equal(fixture->plan.config.num_regions, 7);
    assert_int_equal(fixture->plan.config.regions[1].hpa, POOL_BASE + 256 * MIB);
}

#define ARGUMENTS(fields) ZONE(1, "\"cpus\": 1,\n\"memory\": \"16M\",\n" fields)
#define IO                                                                                         \
    "\"memory_regions\": [{\"type\": \"io\", \"physical_start\": \"0x40000000\","                  \
    "\"virtual_start\": \"0x40000000\", \"size\": \"4K\"}],"

static void test_kernel_arguments(void **state) {
    struct fixture *fixture = *state;
    plan_good(fixture, ARGUMENTS(""));
    TEXT(find_load(fixture, "device tree")->bytes, "/chosen", "bootargs", "cma=0");
    plan_good(fixture, ARGUMENTS("\"kernel_args\": \"a cma=8M\","));
    TEXT(find_load(fixture, "device tree")->bytes, "/chosen", "bootargs", "a cma=8M");
    plan_good(fixture, ARGUMENTS(IO "\"kernel_args\": \"a\","));
    TEXT(find_load(fixture, "device tree")->bytes, "/chosen", "bootargs", "a");
    plan_good(fixture, ARGUMENTS("\"pci_devices\": [{\"bus\": 0, \"device\": 3, \"function\": 0}],"
                                 "\"kernel_args\": \"a\","));
    TEXT(find_load(fixture, "device tree")->bytes, "/chosen", "bootargs", "a");
}

/* What is ours comes where the kernel reads it: not behind " -- ", which is init's part. */
static void test_our_argument_is_the_kernels(void **state) {
    struct fixture *fixture = *state;
    plan_good(fixture, ARGUMENTS("\"kernel_args\": \"a -- single\","));
    TEXT(find_load(fixture, "device tree")->bytes, "/chosen", "bootargs", "cma=0 a -- single");
    plan_good(fixture, ARGUMENTS("\"kernel_args\": \"hugetlb_cma=1G\","));
    TEXT(find_load(fixture, "device tree")->bytes, "/chosen", "bootargs", "cma=0 hugetlb_cma=1G");
    plan_good(fixture, ARGUMENTS("\"kernel_args\": \"x=\\\"open cma=1M\","));
    TEXT(find_load(fixture, "device tree")->bytes, "/chosen", "bootargs", "cma=0 x=\"open cma=1M");
}

/* Every length that docs/zones.md allows is taken; without room for ours there is a warning. */
static void test_longest_arguments(void **state) {
    struct fixture *fixture = *state;
    for (size_t length = 4088; length <= 4096; length++) {
        char given[4097] = "";
        memset(given, 'x', length);
        const char *text =
            arena_printf(&fixture->context->arena, ARGUMENTS("\"kernel_args\": \"%s\","), given);
        if (length == 4096) {
            assert_refused(fixture, text,
                           arena_printf(&fixture->context->arena,
                                        "6: kernel_args = %.80s: longer than 4095 characters; "
                                        "shorten it",
                                        given));
            continue;
        }
        plan_good(fixture, text);
        bool ours = length + strlen("cma=0 ") <= 4095;
        assert_int_equal(fixture->context->report.warnings, ours ? 0 : 1);
        const char *found = tree_property(find_load(fixture, "device tree")->bytes, "/chosen",
                                          "bootargs", (int)(length + (ours ? 6 : 0) + 1));
        assert_string_equal(found + (ours ? 6 : 0), given);
    }
}

static void test_gzip(void **state) {
    struct fixture *fixture = *state;
    plan_good(fixture, "{\"name\": \"z\", \"zone_id\": 1, \"cpus\": 1, \"memory\": \"4M\","
                       "\"kernel_filepath\": \"vmlinuz.gz\", \"kernel_load_paddr\": 0, "
                       "\"dtb_load_paddr\": \"0x380000\", \"boot\": \"none\"}");
    assert_int_equal(find_load(fixture, "kernel")->size, KERNEL_BYTES);
}

/* Zones that come and go leave holes, and the first one that is large enough is taken. */
static void test_first_fit(void **state) {
    struct fixture *fixture = *state;
    plan_good(fixture, ZONE(1, "\"cpus\": 1,\n\"memory\": \"8M\",\n"));
    make_planned(fixture);
    plan_good(fixture, ZONE(2, "\"cpus\": 1,\n\"memory\": \"8M\",\n"));
    assert_int_equal(fixture->plan.config.cpus, 1 << 3);
    assert_int_equal(find_region(fixture, LV_REGION_RAM)->hpa, POOL_BASE + 10 * MIB);
    make_planned(fixture);
    fixture->machine.zones[1] = fixture->machine.zones[2];
    fixture->machine.num_zones = 2;
    plan_good(fixture, ZONE(3, "\"cpus\": 1,\n\"memory\": \"12M\",\n"));
    assert_int_equal(find_region(fixture, LV_REGION_RAM)->hpa, POOL_BASE + 20 * MIB);
    assert_int_equal(fixture->plan.config.store_hpa, POOL_BASE);
    plan_good(fixture, ZONE(3, "\"cpus\": 1,\n\"memory\": \"10M\",\n"));
    assert_int_equal(find_region(fixture, LV_REGION_RAM)->hpa, POOL_BASE);
    assert_int_equal(fixture->plan.config.store_hpa, POOL_BASE + 20 * MIB);
}

static void test_full(void **state) {
    struct fixture *fixture = *state;
    assert_refused(fixture, ZONE(1, "\"cpus\": 1,\n\"memory\": \"66M\",\n"),
                   "5: memory = 66M: no room for 66 MiB in the root zone's pool: 64 MiB are free, "
                   "the largest piece has 64 MiB; destroy a zone, or ask for less");
    assert_refused(fixture, ZONE(1, "\"cpus\": 1,\n\"memory\": \"64M\",\n"),
                   "1: no room for 2 MiB in the root zone's pool: 0 MiB are free");
    assert_refused(fixture, ZONE(1, "\"cpus\": 7,\n\"memory\": \"8M\",\n"),
                   "4: cpus = 7: 6 CPUs of the machine are free; stop and destroy a zone");
    fixture->machine.online_cpus = 0x0f;
    assert_refused(fixture, ZONE(1, "\"cpus\": [5],\n\"memory\": \"8M\",\n"),
                   "4: cpus[0] = 5: CPU 5 did not start; choose another");
}

struct conflict {
    const char *text;
    const char *message;
};

#define AT(hpa, more)                                                                              \
    ZONE(2, "\"cpus\": [7],\n\"memory_regions\": [{\"type\": \"ram\", \"virtual_start\": 0, "      \
            "\"physical_start\": \"" hpa "\", \"size\": \"8M\"}" more "],\n")

static const struct conflict conflicts[] = {
    {ZONE(1, "\"cpus\": [7],\n\"memory\": \"4M\",\n"),
     "3: zone_id = 1: the number is taken: zone z1 has it ("},
    {ZONE(0, "\"cpus\": [7],\n"), "3: zone_id = 0: the root zone cannot be made on a running"},
    {ZONE(2, "\"cpus\": [2],\n\"memory\": \"4M\",\n"),
     "4: cpus[0] = 2: CPU 2 belongs to zone z1 already; take it from one of the two"},
    {ZONE(2, "\"cpus\": [7],\n\"memory\": \"4M\", \"interrupts\": [\"32-63\"],\n"),
     "5: interrupts[0] = 32-63: vector 32 belongs to zone root already"},
    {AT("0xf0000000", ""), "5: memory_regions[0]: HPA 0xf0000000-0xf07fffff of memory_regions[0] "
                           "overlaps memory 0xf0000000-0xf0ffffff; move"},
    {AT("0xf1000000", ""), "5: memory_regions[0]: HPA 0xf1000000-0xf17fffff of memory_regions[0] "
                           "overlaps the zone's store 0xf1000000-0xf11fffff"},
    {AT("0xf3800000", ",{\"type\":\"ram\", \"virtual_start\": \"8M\", \"size\": \"4K\"}"),
     "5: memory_regions[1].virtual_start = 8M: not a number from 0 up"},
    {AT("0xf3801000", ""), "5: memory_regions[0].physical_start = 0xf3801000: HPA "
                           "0xf3801000-0xf4000fff is not in the root zone's pool; leave"},
    {AT("0xf2001000", ""), "5: memory_regions[0].physical_start = 0xf2001000: the pool is given "
                           "out in pieces of 2 MiB; give a multiple of 0x200000"},
    {AT("0x90000000", ""), "5: memory_regions[0].physical_start = 0x90000000: HPA "
                           "0x90000000-0x907fffff is not in the root zone's pool"},
    {AT("0x1000000", ""), "5: memory_regions[0]: HPA 0x1000000-0x17fffff of memory_regions[0] "
                          "overlaps memory_regions[0] 0x0-0x7ffffff"},
    {AT("0xa000000", ""), "5: memory_regions[0]: HPA 0xa000000-0xa7fffff of memory_regions[0] "
                          "overlaps the hypervisor's own memory"},
    {AT("0xf2000000", ",{\"type\":\"io\", \"physical_start\": \"0x1fe00000\","
                      "\"virtual_start\": \"0x1fe00000\", \"size\": \"4K\"}"),
     "5: memory_regions[1]: HPA 0x1fe00000-0x1fe00fff of memory_regions[1] overlaps "
     "memory_regions[1] 0x1fe00000-0x1fe00fff"},
};

static void test_conflicts(void **state) {
    struct fixture *fixture = *state;
    plan_good(fixture, TEN_LINES);
    make_planned(fixture);
    for (size_t i = 0; i < ARRAY_SIZE(conflicts); i++) {
        assert_refused(fixture, conflicts[i].text, conflicts[i].message);
    }
}

/* RAM of 8 MiB is spread over 12: what is between its runs is free, the runs are not. */
static void test_runs(void **state) {
    struct fixture *fixture = *state;
    run_layout_set(RUN_LAYOUT_SPREAD, 4 * MIB);
    plan_good(fixture, ZONE(1, "\"cpus\": 1,\n\"memory\": \"8M\",\n"));
    assert_int_equal(find_region(fixture, LV_REGION_RAM)->hpa, POOL_BASE);
    assert_int_equal(fixture->plan.config.store_hpa, POOL_BASE + 4 * MIB);
    make_planned(fixture);
    plan_good(fixture, ZONE(2, "\"cpus\": 1,\n\"memory\": \"8M\",\n"));
    assert_int_equal(find_region(fixture, LV_REGION_RAM)->hpa, POOL_BASE + 12 * MIB);
    assert_int_equal(fixture->plan.config.store_hpa, POOL_BASE + 6 * MIB);
    assert_refused(fixture, ZONE(2, "\"cpus\": 1,\n\"memory\": \"66M\",\n"),
                   "5: memory = 66M: no room for 66 MiB in the root zone's pool: 54 MiB are free, "
                   "the largest piece has 52 MiB");
    assert_refused(fixture, AT("0xf0400000", ""),
                   "5: memory_regions[0]: HPA 0xf0400000-0xf07fffff of memory_regions[0] overlaps "
                   "the zone's store 0xf0400000-0xf05fffff");
    assert_refused(fixture, AT("0xf0800000", ""),
                   "5: memory_regions[0]: HPA 0xf0800000-0xf0bfffff of memory_regions[0] overlaps "
                   "memory 0xf0800000-0xf0bfffff");
    assert_refused(fixture, AT("0xf3800000", ""),
                   "5: memory_regions[0].physical_start = 0xf3800000: HPA 0xf4000000-0xf43fffff "
                   "is not in the root zone's pool");
    assert_refused(fixture, AT("0x16fc00000", ""),
                   "5: memory_regions[0].physical_start = 0x16fc00000: HPA "
                   "0x170400000-0x1707fffff is not RAM of the board");
}

/* A running machine is what its hypervisor says of it: the same zone is refused, and planned, for
 * the same reasons. */
static void test_running_machine(void **state) {
    struct fixture *fixture = *state;
    struct lv_machine_info info = {
        .num_cpus = 8, .online_cpus = 0xff, .hv_base = 0x0a000000, .hv_size = 0x06000000};
    struct lv_zone_config configs[2] = {
        {.zone_id = 0, .name = "root", .cpus = 3, .num_regions = 2, .vectors = {UINT64_MAX}}};
    configs[0].regions[0] = (struct lv_region){.type = LV_REGION_RAM, .size = 128 * MIB};
    configs[0].regions[1] = (struct lv_region){
        .type = LV_REGION_POOL, .hpa = POOL_BASE, .gpa = POOL_BASE, .size = POOL_SIZE};
    plan_good(fixture, TEN_LINES);
    configs[1] = fixture->plan.config;
    machine_from_running(&fixture->context->arena, &info, configs, 2, &fixture->machine);
    assert_int_equal(fixture->machine.num_zones, 2);
    assert_int_equal(fixture->machine.stage2_pages,
                     stage2_config_pages(&configs[0]) + stage2_config_pages(&configs[1]));
    plan_good(fixture, ZONE(2, "\"cpus\": 1,\n\"memory\": \"8M\",\n"));
    assert_int_equal(fixture->plan.config.cpus, 1 << 4);
    assert_int_equal(find_region(fixture, LV_REGION_RAM)->hpa, POOL_BASE + 18 * MIB);
    assert_refused(fixture, TEN_LINES,
                   "3: zone_id = 1: the number is taken: zone z1 has it (zone 1 (z1));");
    assert_refused(fixture, ZONE(2, "\"cpus\": [2],\n\"memory\": \"4M\",\n"),
                   "4: cpus[0] = 2: CPU 2 belongs to zone z1 already; take it from one of the two "
                   "(the other: zone 1 (z1))");
    assert_refused(fixture, AT("0xf1000000", ""),
                   "5: memory_regions[0]: HPA 0xf1000000-0xf17fffff of memory_regions[0] overlaps "
                   "the zone's store 0xf1000000-0xf11fffff; move or shrink one of them (the other "
                   "stands at zone 1 (z1))");
    assert_refused(fixture, AT("0xa000000", ""),
                   "5: memory_regions[0]: HPA 0xa000000-0xa7fffff of "
                   "memory_regions[0] overlaps the hypervisor's own");
    configs[0].num_regions = 1;
    machine_from_running(&fixture->context->arena, &info, configs, 1, &fixture->machine);
    assert_refused(fixture, TEN_LINES, "1: the root zone has no memory that zones are made of");
}

#define DEVICES(fields) ZONE(1, "\"cpus\": 1,\n\"memory\": \"8M\",\n" fields ",\n")

static const struct conflict device_refusals[] = {
    {DEVICES("\"uart_interrupt\": \"vector 256\""),
     "6: uart_interrupt = vector 256: not an interrupt; give \"line 0\" to \"line 7\""},
    {DEVICES("\"uart_interrupt\": \"line 8\""), "6: uart_interrupt = line 8: not an interrupt"},
    {DEVICES("\"uart_interrupt\": \"line\""), "6: uart_interrupt = line: not an interrupt"},
    {DEVICES("\"uart_interrupt\": 4"), "6: uart_interrupt = 4: a number where a string belongs"},
    {DEVICES("\"power_interrupt\": \"vector 2\""),
     "6: power_interrupt = vector 2: power_interrupt and uart_interrupt are the same"},
    {DEVICES("\"uart_interrupt\": \"line 6\", \"cpu_lines\": [6]"),
     "6: uart_interrupt = line 6: uart_interrupt: line 6 passes to the zone already"},
    {DEVICES("\"event_interrupt\": \"line 6\""),
     "6: event_interrupt = line 6: events are for the root zone; remove it"},
    {DEVICES("\"kick_interrupt\": \"line 6\""),
     "6: kick_interrupt = line 6: kicks are for the root zone; remove it"},
    {DEVICES("\"on_reboot\": \"machine\""),
     "6: on_reboot = machine: only the root zone's end may be the machine's"},
    {DEVICES("\"on_failure\": \"restrat\""),
     "6: on_failure = restrat: unknown policy; did you mean \"restart\"?"},
    {DEVICES("\"watchdog_ms\": 4294967296"),
     "6: watchdog_ms = 4294967296: the number is too large"},
    {ZONE(1, "\"cpus\": 1,\n\"memory\": \"5M\",\n"),
     "5: memory = 5M: not a size of RAM that a zone can have; give a multiple of 2 MiB"},
    {ZONE(1, "\"cpus\": 1,\n\"memory\": \"5X\",\n"), "5: memory = 5X: not a number from 0 up"},
    {ZONE(1, "\"cpus\": 1,\n\"memory\": \"99999999999999G\",\n"),
     "5: memory = 99999999999999G: the number is too large"},
    {ZONE(1, "\"cpus\": 0,\n\"memory\": \"8M\",\n"), "4: cpus = 0: the zone has no CPU"},
    {ZONE(1, "\"cpus\": 17,\n\"memory\": \"8M\",\n"), "4: cpus = 17: the number is too large"},
    {ZONE(1, "\"cpus\": 1,\n"), "1: the zone has no RAM; add \"memory\": \"256M\""},
    {ZONE(1, "\"cpus\": 1,\n\"memory\": \"8M\", \"memory_regions\": [{\"type\": \"pool\","
             "\"physical_start\": 0, \"size\": \"2M\"}],\n"),
     "5: memory_regions[0]: only the root zone has memory that zones are made of"},
    {ZONE(1, "\"cpus\": 1,\n\"memory\": \"8M\", \"memory_regions\": [{\"type\": \"hole\","
             "\"virtual_start\": \"0x40000000\", \"size\": \"2M\", \"shared\": true}],\n"),
     "5: memory_regions[0].shared = true: only another zone's RAM can be shared"},
    {ZONE(1, "\"cpus\": 1,\n\"memory\": \"8M\", \"memory_regions\": [{\"type\": \"uart\","
             "\"virtual_start\": \"0x40000000\", \"size\": \"8K\"}],\n"),
     "5: memory_regions[0].size = 8K: a region of type uart is one page; give it 0x1000"},
    {ZONE(1, "\"cpus\": 1,\n\"memory_regions\": [{\"type\": \"ram\","
             "\"virtual_start\": 0, \"size\": \"8M\"}], \"uart_interrupt\": \"vector 1\",\n"),
     "5: uart_interrupt = vector 1: uart_interrupt: the zone has no uart"},
    {ZONE(1, "\"cpus\": 1,\n\"memory_regions\": [{\"type\": \"ram\","
             "\"virtual_start\": 0, \"size\": \"8M\"}], \"power_interrupt\": \"vector 1\",\n"),
     "5: power_interrupt = vector 1: power_interrupt: the zone has no power"},
    {"{\n\"name\": \"z\",\n\"zone_id\": 1,\n\"cpus\": 1,\n\"memory\": \"8M\",\n"
     "\"kernel_filepath\": \"damaged\"}",
     "6: kernel_filepath = damaged: a compressed EFI kernel (zboot): the compressed part is"},
    {"{\n\"name\": \"z\",\n\"zone_id\": 1,\n\"cpus\": 1,\n\"memory\": \"8M\",\n"
     "\"kernel_filepath\": \"lzma\"}",
     "6: kernel_filepath = lzma: a compressed EFI kernel (zboot): compressed with \"lzma\""},
};

static void test_device_refusals(void **state) {
    struct fixture *fixture = *state;
    for (size_t i = 0; i < ARRAY_SIZE(device_refusals); i++) {
        assert_refused(fixture, device_refusals[i].text, device_refusals[i].message);
    }
}

static void test_devices(void **state) {
    struct fixture *fixture = *state;
    const struct lv_zone_config *config = &fixture->plan.config;
    plan_good(fixture, DEVICES("\"uart_interrupt\": \"none\", \"power_interrupt\": \"line 4\","
                               "\"on_poweroff\": \"restart\", \"on_reboot\": \"stop\","
                               "\"on_failure\": \"restart\", \"on_watchdog\": \"stop\","
                               "\"watchdog_ms\": 1500, \"$schema\": \"zone.schema.json\""));
    assert_int_equal(lv_find_interrupt(config, LV_REGION_UART), LV_INTERRUPT_NONE);
    assert_int_equal(lv_find_interrupt(config, LV_REGION_POWER), LV_INTERRUPT_LINE(4));
    assert_int_equal(config->on_poweroff, LV_POLICY_RESTART);
    assert_int_equal(config->on_reboot, LV_POLICY_STOP);
    assert_int_equal(config->on_failure, LV_POLICY_RESTART);
    assert_int_equal(config->on_watchdog, LV_POLICY_STOP);
    assert_int_equal(config->watchdog_ms, 1500);
    const void *fdt = find_load(fixture, "device tree")->bytes;
    int node = fdt_path_offset(fdt, "/serial@1fe001e0");
    assert_null(fdt_getprop(fdt, node, "interrupts", NULL));
}

/* A device of the file's own comes instead of the usual one. */
static void test_own_devices(void **state) {
    struct fixture *fixture = *state;
    plan_good(fixture,
              DEVICES("\"memory_regions\": [{\"type\": \"uart\", \"virtual_start\": \"0x20000000\","
                      "\"size\": \"4K\"}, {\"type\": \"ram\", \"virtual_start\": \"0x90000000\","
                      "\"size\": \"64K\", \"shared\": true}]"));
    assert_int_equal(fixture->plan.config.num_regions, 7);
    assert_int_equal(find_region(fixture, LV_REGION_UART)->gpa, 0x20000000);
    const struct lv_region *shared = &fixture->plan.config.regions[1];
    assert_int_equal(shared->flags, LV_REGION_SHARED);
    assert_int_equal(shared->hpa, POOL_BASE);
    assert_int_equal(fixture->plan.config.regions[2].hpa, POOL_BASE + 2 * MIB);
    const void *fdt = find_load(fixture, "device tree")->bytes;
    CELLS(fdt, "/serial@200001e0", "reg", 0, 0x200001e0, 0, 0x100);
}

/* hvisor's own files, as they are. */
static bool hvisor_is_planned(struct fixture *fixture, const char *name) {
    struct context *context = fixture->context;
    struct file_search search = {&fixture->folder, 1};
    const char *path = arena_printf(&context->arena, "tests/unit/tools/hvisor/%s", name);
    context->report = (struct report){.arena = &context->arena};
    static const uint8_t bytes[0x2000] = {1};
    folder_write(context, fixture->folder, "bare.bin", bytes, sizeof(bytes));
    folder_write(context, fixture->folder, "vmlinux.bin", bytes, sizeof(bytes));
    folder_write(context, fixture->folder, "dummy.bin", "no device tree", 14);
    return plan_zone(&context->report, &fixture->machine, path, &search, &fixture->plan);
}

static void plan_hvisor(struct fixture *fixture, const char *name) {
    if (!hvisor_is_planned(fixture, name)) {
        report_print(&fixture->context->report, stderr);
        fail_msg("%s was refused", name);
    }
}

static void assert_warned(struct fixture *fixture, const char *line) {
    assert_reported(fixture->context,
                    arena_printf(&fixture->context->arena, "tests/unit/tools/hvisor/%s", line));
}

static void test_hvisor_linux(void **state) {
    struct fixture *fixture = *state;
    const struct lv_zone_config *config = &fixture->plan.config;
    enlarge_pool(fixture, 256 * MIB);
    plan_hvisor(fixture, "linux.json");
    assert_true(fixture->plan.zone.is_hvisor);
    assert_int_equal(config->cpus, 1 << 6);
    assert_int_equal(config->flags, LV_ZONE_CLEAR_RAM);
    assert_int_equal(config->entry, 0xf2301000);
    assert_int_equal(config->boot_args[0] | config->boot_args[1] | config->boot_args[2], 0);
    assert_int_equal(config->vectors[0], 0);
    assert_int_equal(config->num_regions, 7);
    assert_int_equal(config->regions[0].hpa, 0xf2000000);
    assert_int_equal(config->regions[0].flags, LV_REGION_SHARED);
    assert_int_equal(config->regions[1].gpa, 0x90000000);
    assert_int_equal(config->regions[1].hpa, POOL_BASE);
    assert_int_equal(config->regions[2].gpa, 0);
    assert_int_equal(config->regions[3].type, LV_REGION_UART);
    assert_int_equal(config->regions[4].type, LV_REGION_IO);
    assert_int_equal(config->regions[5].type, LV_REGION_VIRTIO);
    assert_int_equal(config->regions[5].size, LV_PAGE_SIZE);
    assert_int_equal(config->num_pci_functions, 1);
    assert_int_equal(find_load(fixture, "device tree")->size, 14);
    assert_int_equal(config->payloads[1].gpa, 0xf2000000);
    assert_warned(fixture, "linux.json:8: memory_regions[1].physical_start = 0x90000000: warning: "
                           "this memory is not free: the zone's RAM is placed elsewhere");
    assert_warned(fixture, "linux.json:10: memory_regions[3]: warning: these registers are not the "
                           "zone's to have: it finds a virtual UART there; use `loongvisor");
    assert_warned(fixture, "linux.json:12: memory_regions[5].virtual_start = 0xffffffff0000: "
                           "warning: left out: a zone's addresses have 47 bits here");
    assert_warned(fixture, "linux.json:16: interrupts: warning: not used here");
    assert_warned(fixture, "linux.json:17: ivc_configs: warning: channels between zones are not");
    assert_warned(fixture, "linux.json:28: pci_config: warning: not used here");
}

static void test_hvisor_others(void **state) {
    struct fixture *fixture = *state;
    const struct lv_zone_config *config = &fixture->plan.config;
    enlarge_pool(fixture, 256 * MIB);
    plan_hvisor(fixture, "bare.json");
    assert_int_equal(fixture->context->report.warnings, 0);
    assert_int_equal(config->regions[0].hpa, 0xf8000000);
    assert_int_equal(config->regions[0].flags, 0);
    assert_int_equal(config->entry, 0xf8000000);
    assert_int_equal(find_load(fixture, "table")->size, 14);
    plan_hvisor(fixture, "virtio-only.json");
    assert_int_equal(config->num_regions, 3);
    assert_int_equal(config->regions[0].hpa, 0xf8000000);
    assert_int_equal(config->regions[0].flags, LV_REGION_SHARED);
    assert_int_equal(config->regions[1].gpa, 0x30000000);
    assert_int_equal(config->regions[1].size, 2 * LV_PAGE_SIZE);
    assert_int_equal(config->regions[2].gpa, 0x30003000);
    assert_int_equal(config->entry, 0x200000);
}

/* hvisor's daemon is told where RAM is, so all of its runs must be free there. */
static void test_hvisor_runs(void **state) {
    struct fixture *fixture = *state;
    enlarge_pool(fixture, 136 * MIB);
    plan_hvisor(fixture, "bare.json");
    assert_int_equal(fixture->context->report.warnings, 0);
    run_layout_set(RUN_LAYOUT_SPREAD, 2 * MIB);
    plan_hvisor(fixture, "bare.json");
    assert_warned(fixture, "bare.json:6: memory_regions[0].physical_start = 0xf8000000: warning: "
                           "this memory is not free");
    assert_int_equal(find_region(fixture, LV_REGION_RAM)->hpa, POOL_BASE);
    enlarge_pool(fixture, 142 * MIB);
    plan_hvisor(fixture, "bare.json");
    assert_int_equal(fixture->context->report.warnings, 0);
    assert_int_equal(find_region(fixture, LV_REGION_RAM)->hpa, 0xf8000000);
}

/* A zone of hvisor's with the root zone's number, which has what hvisor's guests share with their
 * daemon. */
static void test_hvisor_root(void **state) {
    struct fixture *fixture = *state;
    assert_false(hvisor_is_planned(fixture, "root.json"));
    assert_warned(fixture, "root.json:3: zone_id = 0: ");
}

/* Zone files that are checked together must do together. */
static void test_check(void **state) {
    struct fixture *fixture = *state;
    struct context *context = fixture->context;
    struct file_search search = {.count = 0};
    const char *other = ZONE(2, "\"cpus\": [2],\n\"memory\": \"8M\",\n");
    const char *paths[] = {
        folder_write(context, fixture->folder, "a.json", TEN_LINES, sizeof(TEN_LINES) - 1),
        folder_write(context, fixture->folder, "b.json", other, strlen(other)),
    };
    struct machine machine = fixture->machine;
    context->report = (struct report){.arena = &context->arena};
    assert_true(plan_check(&context->report, &machine, paths + 1, 1, &search));
    machine = fixture->machine;
    assert_false(plan_check(&context->report, &machine, paths, 2, &search));
    assert_reported(context,
                    arena_printf(&context->arena,
                                 "%s:4: cpus[0] = 2: CPU 2 belongs to zone z1 already; take it "
                                 "from one of the two (the other: %s:4)",
                                 paths[1], paths[0]));
    uint32_t id = 0;
    const char *name = NULL;
    assert_true(
        plan_identify(&context->report, json_read_file(&context->report, paths[0]), &id, &name));
    assert_int_equal(id, 1);
    assert_string_equal(name, "z1");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_ten_lines),
        TEST(test_store),
        TEST(test_seed),
        TEST(test_generated_tree),
        TEST(test_tree_of_large_zone),
        TEST(test_gzip),
        TEST(test_kernel_arguments),
        TEST(test_our_argument_is_the_kernels),
        TEST(test_longest_arguments),
        TEST(test_first_fit),
        TEST(test_full),
        TEST(test_conflicts),
        TEST(test_running_machine),
        TEST(test_runs),
        TEST(test_hvisor_runs),
        TEST(test_device_refusals),
        TEST(test_devices),
        TEST(test_own_devices),
        TEST(test_hvisor_linux),
        TEST(test_hvisor_others),
        TEST(test_hvisor_root),
        TEST(test_check),
    };
    return cmocka_run_group_tests_name("tools: plan", tests, NULL, NULL);
}
