// SPDX-License-Identifier: GPL-2.0-or-later
/* From a zone file and its payload files to configuration and bytes. */
#include "support.h"

#include "lib/stage2_size.h"
#include "lib/zone_build.h"
#include "lib/zone_load.h"

#include <libfdt.h>
#include <stdlib.h>

#define KERNEL_BYTES       0x300u
#define KERNEL_MEMORY      0x12345u
#define KERNEL_BASE        0x400000u
#define ZBOOT_HEADER_BYTES 0x40u
#define INITRD_BYTES       1000u
#define TREE_ROOM          4096u

/* What a test's device tree is to hold. */
struct tree {
    unsigned num_cpus;
    uint64_t memory_size; /* at 0; 0: no memory node */
    bool with_initrd;
};

struct fixture {
    struct context *context;
    const char *folder;
    struct zone_file zone;
    struct zone_image image;
};

static void write_tree(struct fixture *fixture, struct tree tree) {
    static uint8_t fdt[TREE_ROOM];
    assert_int_equal(fdt_create_empty_tree(fdt, sizeof(fdt)), 0);
    fdt_setprop_u32(fdt, 0, "#address-cells", 2);
    fdt_setprop_u32(fdt, 0, "#size-cells", 2);
    int chosen = fdt_add_subnode(fdt, 0, "chosen");
    fdt_setprop_string(fdt, chosen, "bootargs", "old arguments");
    if (tree.with_initrd) {
        fdt_setprop_u64(fdt, chosen, "linux,initrd-start", 1);
        fdt_setprop_u64(fdt, chosen, "linux,initrd-end", 2);
    }
    if (tree.memory_size != 0) {
        int memory = fdt_add_subnode(fdt, 0, "memory@0");
        fdt_setprop_string(fdt, memory, "device_type", "memory");
        fdt_appendprop_addrrange(fdt, 0, memory, "reg", 0, tree.memory_size);
    }
    int cpus = fdt_add_subnode(fdt, 0, "cpus");
    for (unsigned i = 0; i < tree.num_cpus; i++) {
        char name[16];
        snprintf(name, sizeof(name), "cpu@%u", i);
        int cpu = fdt_add_subnode(fdt, cpus, name);
        fdt_setprop_string(fdt, cpu, "device_type", "cpu");
        fdt_setprop_u32(fdt, cpu, "reg", i);
    }
    fdt_pack(fdt);
    folder_write(fixture->context, fixture->folder, "tree.dtb", fdt, fdt_totalsize(fdt));
}

static void put_u64(uint8_t *bytes, uint64_t value) {
    memcpy(bytes, &value, sizeof(value));
}

static uint64_t get_u64(const uint8_t *bytes) {
    uint64_t value;
    memcpy(&value, bytes, sizeof(value));
    return value;
}

/* A LoongArch Image with this size in memory (LVZ reference 13.1). */
static void write_image(struct fixture *fixture, const char *name, uint64_t memory) {
    uint8_t bytes[KERNEL_BYTES] = "MZ";
    static const uint8_t magic[] = {0xcd, 0x23, 0x82, 0x81};
    put_u64(bytes + 0x08, 0x200100);
    put_u64(bytes + 0x10, memory);
    put_u64(bytes + 0x18, 0x200000);
    memcpy(bytes + 0x38, magic, sizeof(magic));
    folder_write(fixture->context, fixture->folder, name, bytes, sizeof(bytes));
}

static void write_files(struct fixture *fixture) {
    static const uint8_t initrd[INITRD_BYTES] = {7};
    static const uint8_t zboot[ZBOOT_HEADER_BYTES] = "MZ\0\0zimg\xff";
    write_tree(fixture, (struct tree){.num_cpus = 2, .with_initrd = true});
    write_image(fixture, "Image", KERNEL_MEMORY);
    write_image(fixture, "damaged", UINT64_MAX - 5);
    folder_write(fixture->context, fixture->folder, "initrd", initrd, sizeof(initrd));
    folder_write(fixture->context, fixture->folder, "flat.bin", initrd, sizeof(initrd));
    folder_write(fixture->context, fixture->folder, "zboot", zboot, sizeof(zboot));
    folder_write(fixture->context, fixture->folder, "empty", "", 0);
    folder_write(fixture->context, fixture->folder, "junk.dtb", "\xd0\x0d\xfe\xedjunk", 8);
}

/* The last lines of the good zones, which name no kernel, become `fields`. */
static bool build_with(struct fixture *fixture, const char *text, const char *fields) {
    static const char *const folders[] = {TEST_OUT};
    static const struct file_search search = {folders, 1};
    struct context *context = fixture->context;
    const char *entry = strstr(text, "\"kernel_filepath\"");
    text = arena_printf(&context->arena, "%.*s%s}", (int)(entry - text), text, fields);
    context->report = (struct report){.arena = &context->arena};
    const char *file = arena_printf(&context->arena, "%s/zone.json", fixture->folder);
    zone_load(&context->report, text_parse(context, file, text), &fixture->zone);
    return zone_build(&context->report, &fixture->zone, &search, &fixture->image);
}

static void build(struct fixture *fixture, const char *text, const char *fields) {
    if (!build_with(fixture, text, fields)) {
        assert_no_error(fixture->context);
        fail_msg("refused without an error");
    }
}

static const struct payload *find_payload(const struct fixture *fixture, const char *what) {
    for (size_t i = 0; i < fixture->image.payloads.count; i++) {
        if (strcmp(fixture->image.payloads.items[i].what, what) == 0) {
            return &fixture->image.payloads.items[i];
        }
    }
    fail_msg("no payload is called %s", what);
    return NULL;
}

#define LINUX_FIELDS                                                                               \
    "\"kernel_filepath\": \"Image\", \"kernel_load_paddr\": \"0x400000\","                         \
    "\"dtb_filepath\": \"tree.dtb\", \"initrd_filepath\": \"initrd\","                             \
    "\"kernel_args\": \"console=ttyS0 quiet\""

static void test_linux_configuration(void **state) {
    struct fixture *fixture = *state;
    build(fixture, good_guest, LINUX_FIELDS);
    const struct lv_zone_config *config = &fixture->image.config;
    assert_int_equal(config->magic, LV_ZONE_MAGIC);
    assert_int_equal(config->version, LV_ZONE_VERSION);
    assert_int_equal(config->size, sizeof(*config));
    assert_int_equal(config->zone_id, 1);
    assert_int_equal(config->flags, LV_ZONE_CLEAR_RAM | LV_ZONE_PV_IPI);
    assert_string_equal(config->name, "guest");
    assert_int_equal(config->cpus, 6);
    assert_int_equal(config->entry, KERNEL_BASE + 0x100);
    assert_int_equal(config->vectors[1], UINT64_MAX);
    assert_int_equal(config->vectors[3], UINT32_MAX);
    assert_int_equal(config->cpu_lines, 4);
    assert_int_equal(config->num_regions, 2);
    assert_int_equal(config->regions[0].hpa, 0x80000000);
    assert_int_equal(config->regions[1].type, LV_REGION_VIRTIO);
    assert_int_equal(config->regions[1].hpa, 0);
    assert_int_equal(stage2_config_pages(config), 3);
    assert_int_equal(config->num_payloads, 4);
    assert_int_equal(config->num_pci_functions, 1);
    assert_int_equal(config->pci_functions[0].devfn, 2 << 3 | 1);
    assert_int_equal(config->pci_functions[0].zone_devfn, 3 << 3);
}

static void test_root_configuration(void **state) {
    struct fixture *fixture = *state;
    write_tree(fixture, (struct tree){.num_cpus = 1});
    build(fixture, good_root, LINUX_FIELDS);
    const struct lv_zone_config *config = &fixture->image.config;
    assert_int_equal(config->flags, LV_ZONE_ROOT | LV_ZONE_PV_IPI);
    assert_int_equal(config->zone_id, LV_ROOT_ZONE_ID);
    assert_int_equal(config->regions[2].type, LV_REGION_HOLE);
    assert_int_equal(config->regions[3].type, LV_REGION_PCI_CONFIG);
    assert_int_equal(config->regions[4].type, LV_REGION_INFO);
}

/* The offsets of LVZ reference 13.3, not our own structure. */
static void test_boot_tables(void **state) {
    struct fixture *fixture = *state;
    static const char device_tree[] =
        "\xd5\x21\xb6\xb1\x9c\xf1\xa5\x41\x83\x0b\xd9\x15\x2c\x69\xaa\xe0";
    static const char initrd[] = "\x27\xe4\x68\x55\xfc\x68\x3d\x4f\xac\x74\xca\x55\x52\x31\xcc\x68";
    build(fixture, good_guest, LINUX_FIELDS);
    const struct lv_zone_config *config = &fixture->image.config;
    const struct payload *tables = find_payload(fixture, "boot tables");
    assert_int_equal(tables->gpa, 0x10000);
    assert_int_equal(config->boot_args[0], 1);
    assert_int_equal(config->boot_args[2], 0x10000);
    const uint8_t *system = tables->bytes;
    assert_memory_equal(system, "IBI SYST", 8);
    assert_int_equal(get_u64(system + 0x08) & UINT32_MAX, 2 << 16 | 100);
    assert_int_equal(get_u64(system + 0x58), 0);
    assert_int_equal(get_u64(system + 0x68), 2);
    const uint8_t *vendor = tables->bytes + (get_u64(system + 0x18) - tables->gpa);
    assert_memory_equal(vendor, "L\0o\0o\0n\0g\0v\0i\0s\0o\0r\0\0", 22);
    const uint8_t *entries = tables->bytes + (get_u64(system + 0x70) - tables->gpa);
    assert_memory_equal(entries, device_tree, 16);
    assert_int_equal(get_u64(entries + 16), 0x100000);
    assert_memory_equal(entries + 24, initrd, 16);
    const uint8_t *record = tables->bytes + (get_u64(entries + 40) - tables->gpa);
    assert_int_equal(get_u64(record), find_payload(fixture, "initrd")->gpa);
    assert_int_equal(get_u64(record + 8), INITRD_BYTES);
    const uint8_t *arguments = tables->bytes + (config->boot_args[1] - tables->gpa);
    assert_string_equal((const char *)arguments, "console=ttyS0 quiet");
}

/* Linux calls through the block with paging on; every call leads into the code. */
static void test_runtime_services(void **state) {
    struct fixture *fixture = *state;
    static const char properties[] =
        "\x8a\x91\x66\xeb\xef\x7e\x2a\x40\x84\x2e\x93\x1d\x21\xc3\x8a\xe9";
    const uint64_t cached = 0x9000000000000000;
    build(fixture, "{\"name\": \"guest\", \"zone_id\": 1, \"cpus\": [2], \"memory\": \"64M\",",
          LINUX_FIELDS);
    const struct payload *tables = find_payload(fixture, "boot tables");
    const uint8_t *runtime = tables->bytes + (get_u64(tables->bytes + 0x58) - cached - tables->gpa);
    assert_memory_equal(runtime, "RUNTSERV", 8);
    const uint64_t get_time = get_u64(runtime + 24);
    for (size_t call = 1; call < 14; call++) {
        assert_int_equal(get_u64(runtime + 24 + 8 * call), get_time + 24);
    }
    const uint8_t *code = tables->bytes + (get_time - cached - tables->gpa);
    assert_int_equal(get_u64(code + 16), 0x800000ff00001000);
    const uint8_t *entries = tables->bytes + (get_u64(tables->bytes + 0x70) - tables->gpa);
    const uint64_t count = get_u64(tables->bytes + 0x68);
    const uint8_t *last = entries + 24 * (count - 1);
    assert_memory_equal(last, properties, 16);
    assert_int_equal(get_u64(tables->bytes + (get_u64(last + 16) - tables->gpa)) >> 32, 0xf);
}

static void test_no_initrd_no_arguments(void **state) {
    struct fixture *fixture = *state;
    build(fixture, good_guest,
          "\"kernel_filepath\": \"Image\", \"kernel_load_paddr\": \"0x400000\","
          "\"dtb_filepath\": \"tree.dtb\", \"boot_tables_paddr\": \"0x20000\"");
    const struct payload *tables = find_payload(fixture, "boot tables");
    assert_int_equal(tables->gpa, 0x20000);
    assert_int_equal(get_u64(tables->bytes + 0x68), 1);
    const uint64_t arguments = fixture->image.config.boot_args[1];
    assert_int_equal(tables->bytes[arguments - tables->gpa], 0);
    const void *fdt = find_payload(fixture, "device tree")->bytes;
    int chosen = fdt_path_offset(fdt, "/chosen");
    assert_string_equal(fdt_getprop(fdt, chosen, "bootargs", NULL), "old arguments");
}

static void test_device_tree(void **state) {
    struct fixture *fixture = *state;
    build(fixture, good_guest, LINUX_FIELDS ", \"dtb_load_paddr\": \"0x300000\"");
    const struct payload *payload = find_payload(fixture, "device tree");
    const void *fdt = payload->bytes;
    assert_int_equal(payload->gpa, 0x300000);
    assert_int_equal(payload->size, fdt_totalsize(fdt));
    int chosen = fdt_path_offset(fdt, "/chosen");
    assert_string_equal(fdt_getprop(fdt, chosen, "bootargs", NULL), "console=ttyS0 quiet");
    assert_null(fdt_getprop(fdt, chosen, "linux,initrd-start", NULL));
    assert_null(fdt_getprop(fdt, chosen, "linux,initrd-end", NULL));
    int memory = fdt_path_offset(fdt, "/memory@0");
    assert_string_equal(fdt_getprop(fdt, memory, "device_type", NULL), "memory");
    int length = 0;
    const fdt64_t *reg = fdt_getprop(fdt, memory, "reg", &length);
    assert_int_equal(length, 16);
    assert_int_equal(fdt64_ld(&reg[0]), 0);
    assert_int_equal(fdt64_ld(&reg[1]), 0x8000000);
}

static void test_device_tree_with_memory(void **state) {
    struct fixture *fixture = *state;
    write_tree(fixture, (struct tree){.num_cpus = 2, .memory_size = 0x8000000});
    build(fixture, good_guest, LINUX_FIELDS);
}

/* One device tree serves zones of every size: the CPUs that a zone lacks are gone, with what is in
 * them, and nothing else is. */
static void test_device_tree_with_more_cpus(void **state) {
    struct fixture *fixture = *state;
    write_tree(fixture, (struct tree){.num_cpus = 5, .memory_size = 0x8000000});
    build(fixture, good_guest, LINUX_FIELDS);
    const void *fdt = find_payload(fixture, "device tree")->bytes;
    assert_true(fdt_path_offset(fdt, "/cpus/cpu@0") > 0);
    assert_true(fdt_path_offset(fdt, "/cpus/cpu@1") > 0);
    assert_int_equal(fdt_path_offset(fdt, "/cpus/cpu@2"), -FDT_ERR_NOTFOUND);
    assert_int_equal(fdt_path_offset(fdt, "/cpus/cpu@3"), -FDT_ERR_NOTFOUND);
    assert_int_equal(fdt_path_offset(fdt, "/cpus/cpu@4"), -FDT_ERR_NOTFOUND);
    assert_true(fdt_path_offset(fdt, "/memory@0") > 0);
}

static void test_initrd_place(void **state) {
    struct fixture *fixture = *state;
    build(fixture, good_guest, LINUX_FIELDS);
    assert_int_equal(find_payload(fixture, "initrd")->gpa, 0x7ff0000);
    build(fixture, good_guest, LINUX_FIELDS ", \"dtb_load_paddr\": \"0x7ff0000\"");
    assert_int_equal(find_payload(fixture, "initrd")->gpa, 0x7fe0000);
    build(fixture, good_guest, LINUX_FIELDS ", \"initrd_load_paddr\": \"0x700000\"");
    assert_int_equal(find_payload(fixture, "initrd")->gpa, 0x700000);
}

/* A kernel that moves itself up reaches an initrd at the top of the last region last. */
static void test_initrd_is_out_of_a_moving_kernels_reach(void **state) {
    struct fixture *fixture = *state;
    const char *second = "{\"type\": \"ram\", \"physical_start\": \"0x90000000\", "
                         "\"virtual_start\": \"0x40000000\", \"size\": \"0x20000000\"},\n"
                         "{\"type\": \"virtio\"";
    const char *text =
        text_change(fixture->context, good_guest, (struct change){"{\"type\": \"virtio\"", second});
    build(fixture, text, LINUX_FIELDS);
    assert_int_equal(find_payload(fixture, "initrd")->gpa, 0x5fff0000);
    build(fixture, text, LINUX_FIELDS ", \"dtb_load_paddr\": \"0x5fff0000\"");
    assert_int_equal(find_payload(fixture, "initrd")->gpa, 0x5ffe0000);
}

/* Only what no better place is left for lies close above the kernel, which ends at 0x412345. */
static void test_initrd_of_a_small_zone(void **state) {
    struct fixture *fixture = *state;
    const char *text =
        text_change(fixture->context, good_guest,
                    (struct change){"\"size\": \"0x8000000\"", "\"size\": \"0x421000\""});
    build(fixture, text, LINUX_FIELDS);
    assert_int_equal(find_payload(fixture, "initrd")->gpa, 0x420000);
}

/* A kernel that brings its own device tree, as hvisor starts zones. */
static void test_boot_none(void **state) {
    struct fixture *fixture = *state;
    build(fixture, good_guest,
          LINUX_FIELDS ", \"boot\": \"none\", \"entry_point\": \"0x9000000000400100\"");
    const struct lv_zone_config *config = &fixture->image.config;
    assert_int_equal(config->entry, 0x400100);
    assert_int_equal(config->boot_args[0] | config->boot_args[1] | config->boot_args[2], 0);
    assert_int_equal(config->num_payloads, 3);
    const void *fdt = find_payload(fixture, "device tree")->bytes;
    int chosen = fdt_path_offset(fdt, "/chosen");
    const fdt64_t *start = fdt_getprop(fdt, chosen, "linux,initrd-start", NULL);
    const fdt64_t *end = fdt_getprop(fdt, chosen, "linux,initrd-end", NULL);
    assert_int_equal(fdt64_ld(start), find_payload(fixture, "initrd")->gpa);
    assert_int_equal(fdt64_ld(end), fdt64_ld(start) + INITRD_BYTES);
}

static void test_flat(void **state) {
    struct fixture *fixture = *state;
    build(fixture, good_guest,
          "\"kernel_filepath\": \"flat.bin\", \"kernel_load_paddr\": \"0x1000\","
          "\"entry_point\": \"0x1000\","
          "\"modules\": [{\"name\": \"more\", \"filepath\": \"initrd\", \"load_paddr\": "
          "\"0x2000\"}]");
    assert_string_equal(fixture->image.kernel_format, "flat");
    assert_int_equal(fixture->image.boot, ZONE_BOOT_NONE);
    assert_int_equal(fixture->image.config.entry, 0x1000);
    assert_int_equal(find_payload(fixture, "kernel")->size, INITRD_BYTES);
    assert_int_equal(find_payload(fixture, "more")->gpa, 0x2000);
}

/* guest.elf: text at 0x300000, then 8 bytes of data, then 0x800 bytes of bss. */
static void test_elf(void **state) {
    struct fixture *fixture = *state;
    build(fixture, good_guest, "\"kernel_filepath\": \"guest.elf\"");
    const struct payload *kernel = find_payload(fixture, "kernel");
    assert_string_equal(fixture->image.kernel_format, "ELF");
    assert_int_equal(fixture->image.config.entry, 0x300000);
    assert_int_equal(fixture->image.config.num_payloads, 1);
    assert_int_equal(kernel->gpa, 0x300000);
    assert_true(kernel->memory_size >= kernel->size + 0x800);
    const uint8_t data[] = {0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11};
    assert_memory_equal(kernel->bytes + kernel->size - sizeof(data), data, sizeof(data));
}

/* Nobody clears the root zone's RAM, so its bss is in the image. */
static void test_elf_in_root(void **state) {
    struct fixture *fixture = *state;
    build(fixture, good_root, "\"kernel_filepath\": \"guest.elf\"");
    const struct payload *kernel = find_payload(fixture, "kernel");
    assert_int_equal(kernel->size, kernel->memory_size);
    assert_int_equal(kernel->bytes[kernel->size - 1], 0);
}

static void test_nothing_to_load(void **state) {
    struct fixture *fixture = *state;
    build(fixture, good_guest, "\"kernel_filepath\": \"null\", \"entry_point\": 4096");
    assert_int_equal(fixture->image.config.num_payloads, 0);
    assert_int_equal(fixture->image.config.entry, 4096);
}

struct refusal {
    const char *fields;
    const char *message; /* behind the file's name */
};

#define IMAGE_AT(address)                                                                          \
    "\"kernel_filepath\": \"Image\", \"kernel_load_paddr\": " address                              \
    ", \"dtb_filepath\": \"tree.dtb\""
#define FLAT_AT(address)                                                                           \
    "\"kernel_filepath\": \"flat.bin\", \"kernel_load_paddr\": " address ", \"entry_point\": 4096"
#define MODULE "{\"filepath\": \"initrd\", \"load_paddr\": \"0x"

static const struct refusal refusals[] = {
    {"\"kernel_filepath\": \"missing\"",
     ":11: kernel_filepath = missing: there is no such file; build it"},
    {"\"kernel_filepath\": \"/missing\"",
     ":11: kernel_filepath = /missing: there is no such file; correct the path"},
    {"\"kernel_filepath\": \".\"", ":11: kernel_filepath = .: cannot read "},
    {"\"kernel_filepath\": \"empty\"", ":11: kernel_filepath = empty: the file is empty"},
    {"\"kernel_filepath\": \"zboot\"",
     ":11: kernel_filepath = zboot: a compressed EFI kernel (zboot): the compressed part lies "
     "outside the file; give an undamaged kernel"},
    {"\"kernel_filepath\": \"flat.bin\"",
     ":11: kernel_filepath = flat.bin: nothing says where the kernel is loaded"},
    {IMAGE_AT("4096"),
     ":11: kernel_load_paddr = 4096: a Linux Image needs 2 MiB alignment; load it at"},
    {IMAGE_AT("\"0x8000000\""), ":11: kernel_filepath = Image: the kernel at GPA 0x8000000, "
                                "0x12345 bytes in memory, does not lie"},
    {"\"kernel_filepath\": \"damaged\", \"kernel_load_paddr\": \"0x200000\", \"dtb_filepath\": "
     "\"tree.dtb\"",
     ":11: kernel_filepath = damaged: its header asks for 0xfffffffffffffffa bytes"},
    {IMAGE_AT("0"), ":1: GPA 0x10000-0x1137f of boot tables overlaps kernel 0x0-0x12344"},
    {"\"kernel_filepath\": \"flat.bin\", \"kernel_load_paddr\": 4096",
     ":1: nothing says where the zone starts; add"},
    {"\"kernel_filepath\": \"flat.bin\", \"kernel_load_paddr\": 4096, \"entry_point\": 4098",
     ":11: entry_point = 4098: the entry 0x1002 is not aligned or not in the zone's RAM"},
    {"\"kernel_filepath\": \"flat.bin\", \"kernel_load_paddr\": 4096, \"entry_point\": "
     "\"0x8000000\"",
     ":11: entry_point = 0x8000000: the entry 0x8000000 is not aligned or not in"},
    {FLAT_AT("4097"), ":11: kernel_filepath = flat.bin: the kernel's address 0x1001 is not "
                      "aligned; load it at a multiple of 8"},
    {FLAT_AT("\"0x7ffffff8\""),
     ":11: kernel_filepath = flat.bin: the kernel at GPA 0x7ffffff8, 0x3e8 bytes"},
    {IMAGE_AT("\"0x400000\"") ", \"boot_tables_paddr\": \"0x200000\"",
     ":11: boot_tables_paddr = 0x200000: the kernel overwrites boot tables"},
    {IMAGE_AT("\"0x400000\"") ", \"dtb_load_paddr\": \"0x10000\"",
     ":1: GPA 0x10000-0x1137f of boot tables overlaps device tree 0x10000-"},
    {IMAGE_AT(
         "\"0x400000\"") ", \"initrd_filepath\": \"initrd\", \"initrd_load_paddr\": \"0x412000\"",
     ":11: initrd_filepath = initrd: GPA 0x412000-0x4123e7 of initrd overlaps kernel "
     "0x400000-0x412344"},
    {"\"kernel_filepath\": \"Image\", \"kernel_load_paddr\": \"0x400000\", \"dtb_filepath\": "
     "\"junk.dtb\"",
     ":11: dtb_filepath = junk.dtb: not a device tree: "},
    {IMAGE_AT("\"0x7e00000\"") ", \"initrd_filepath\": \"guest.elf\", \"modules\": [" MODULE
                               "7e20000\"}, "
                               "{\"filepath\": \"big\", \"load_paddr\": \"0x7e30000\"}]",
     ":11: modules[1].filepath = big: there is no such file"},
    {FLAT_AT("4096") ", \"modules\": [" MODULE "10000\"}, " MODULE "20000\"}, " MODULE
                     "30000\"}, " MODULE "40000\"}, " MODULE "50000\"}, " MODULE "60000\"}, " MODULE
                     "70000\"}, " MODULE "80000\"}]",
     ":11: modules[7].filepath = initrd: no room for the module: a zone has at most 8 parts"},
    {"\"kernel_filepath\": \"/proc/self/exe\"", ":11: kernel_filepath = /proc/self/exe: the ELF "
                                                "file cannot be used: it is not for LoongArch64"},
};

static void test_refusals(void **state) {
    struct fixture *fixture = *state;
    for (size_t i = 0; i < ARRAY_SIZE(refusals); i++) {
        assert_false(build_with(fixture, good_guest, refusals[i].fields));
        assert_reported(fixture->context, arena_printf(&fixture->context->arena, "%s/zone.json%s",
                                                       fixture->folder, refusals[i].message));
    }
}

static void assert_tree_refused(struct fixture *fixture, struct tree tree, const char *message) {
    write_tree(fixture, tree);
    assert_false(build_with(fixture, good_guest, LINUX_FIELDS));
    assert_reported(fixture->context,
                    arena_printf(&fixture->context->arena,
                                 "%s/zone.json:11: dtb_filepath = tree.dtb: the device tree %s",
                                 fixture->folder, message));
}

static void test_trees_that_disagree(void **state) {
    struct fixture *fixture = *state;
    assert_tree_refused(fixture, (struct tree){.num_cpus = 2, .memory_size = 0x9000000},
                        "has memory 0x0-0x8ffffff that is not RAM of the zone; correct it");
    assert_tree_refused(fixture, (struct tree){.num_cpus = 2, .memory_size = 0x7000000},
                        "does not name the zone's RAM 0x0-0x7ffffff");
    assert_tree_refused(fixture, (struct tree){.num_cpus = 1},
                        "has no CPU 1, the zone has 2 CPUs; number the CPUs from 0");
    assert_tree_refused(fixture, (struct tree){.num_cpus = 0}, "has no CPU 0");
}

static void test_no_room_for_initrd(void **state) {
    struct fixture *fixture = *state;
    const char *text =
        text_change(fixture->context, good_guest,
                    (struct change){"\"size\": \"0x8000000\"", "\"size\": \"0x413000\""});
    assert_false(build_with(fixture, text, LINUX_FIELDS));
    assert_reported(
        fixture->context,
        arena_printf(&fixture->context->arena,
                     "%s/zone.json:11: initrd_filepath = initrd: no room for 0x3e8 bytes above the "
                     "kernel's end 0x412345; give the zone more RAM",
                     fixture->folder));
}

static void test_long_arguments(void **state) {
    struct fixture *fixture = *state;
    char arguments[4097];
    memset(arguments, 'a', sizeof(arguments) - 1);
    arguments[4096] = '\0';
    const char *fields = IMAGE_AT("\"0x400000\"") ", \"kernel_args\": \"";
    assert_false(build_with(fixture, good_guest,
                            arena_printf(&fixture->context->arena, "%s%s\"", fields, arguments)));
    arguments[4095] = '\0';
    build(fixture, good_guest, arena_printf(&fixture->context->arena, "%s%s\"", fields, arguments));
}

static int setup(void **state) {
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    if (fixture == NULL || context_setup((void **)&fixture->context) != 0) {
        return -1;
    }
    fixture->folder = folder_make(fixture->context);
    write_files(fixture);
    *state = fixture;
    return 0;
}

static int teardown(void **state) {
    struct fixture *fixture = *state;
    void *context = fixture->context;
    folder_remove(fixture->folder);
    free(fixture);
    return context_teardown(&context);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_linux_configuration, setup, teardown),
        cmocka_unit_test_setup_teardown(test_root_configuration, setup, teardown),
        cmocka_unit_test_setup_teardown(test_boot_tables, setup, teardown),
        cmocka_unit_test_setup_teardown(test_runtime_services, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_initrd_no_arguments, setup, teardown),
        cmocka_unit_test_setup_teardown(test_device_tree, setup, teardown),
        cmocka_unit_test_setup_teardown(test_device_tree_with_memory, setup, teardown),
        cmocka_unit_test_setup_teardown(test_device_tree_with_more_cpus, setup, teardown),
        cmocka_unit_test_setup_teardown(test_initrd_place, setup, teardown),
        cmocka_unit_test_setup_teardown(test_boot_none, setup, teardown),
        cmocka_unit_test_setup_teardown(test_flat, setup, teardown),
        cmocka_unit_test_setup_teardown(test_elf, setup, teardown),
        cmocka_unit_test_setup_teardown(test_elf_in_root, setup, teardown),
        cmocka_unit_test_setup_teardown(test_nothing_to_load, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refusals, setup, teardown),
        cmocka_unit_test_setup_teardown(test_trees_that_disagree, setup, teardown),
        cmocka_unit_test_setup_teardown(test_initrd_is_out_of_a_moving_kernels_reach, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_initrd_of_a_small_zone, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_room_for_initrd, setup, teardown),
        cmocka_unit_test_setup_teardown(test_long_arguments, setup, teardown),
    };
    return cmocka_run_group_tests_name("tools: build", tests, NULL, NULL);
}
