// SPDX-License-Identifier: GPL-2.0-or-later
/* Every check of boards and zones: one change to a good configuration, and the line that must come
 * of it. */
#include "support.h"

#include "lib/zone_file_check.h"
#include "lib/zone_load.h"

enum subject { BOARD, ROOT, GUEST };

struct refusal {
    enum subject subject;
    struct change change;
    const char *line;
};

/* Reads and checks board, root and guest with one change; the zones, in this order, are in the
 * context's arena. */
static struct zone_file *load(struct context *context, enum subject subject, struct change change) {
    static const char *const files[] = {"board.json", "root.json", "guest.json"};
    const char *texts[] = {good_board, good_root, good_guest};
    struct zone_file *zones = arena_alloc_array(&context->arena, 2, sizeof(*zones));
    struct board *board = arena_alloc(&context->arena, sizeof(*board));
    context->report = (struct report){.arena = &context->arena};
    texts[subject] = text_change(context, texts[subject], change);
    board_read(&context->report, text_parse(context, files[BOARD], texts[BOARD]), board);
    for (size_t i = 0; i < 2; i++) {
        const struct json_node *node = text_parse(context, files[i + 1], texts[i + 1]);
        zone_load(&context->report, node, &zones[i]);
    }
    const struct zone_file *all[] = {&zones[0], &zones[1]};
    zone_file_check_all(&context->report, board, all, 2);
    return zones;
}

static void test_good(void **state) {
    struct context *context = *state;
    struct zone_file *zones = load(context, BOARD, (struct change){NULL, NULL});
    assert_no_error(context);
    assert_int_equal(context->report.warnings, 0);
    assert_true(zones[0].is_root);
    assert_false(zones[1].is_root);
    assert_int_equal(zones[1].cpus.words[0], 6);
    assert_int_equal(zones[1].vectors.words[1], UINT64_MAX);
    assert_int_equal(zones[1].pci_devices[0].zone_device.value, 3);
    assert_int_equal(zones[0].pci_devices[0].zone_device.value, 1);
}

#define RAM_LINE                                                                                   \
    "{\"type\": \"ram\", \"physical_start\": \"0x80000000\", \"virtual_start\": \"0x0\", "         \
    "\"size\": \"0x8000000\"}"

static const struct refusal refusals[] = {
    /* The board by itself. */
    {BOARD,
     {"\"name\"", "\"nmae\""},
     "board.json:2: nmae = test-board: unknown field; did you mean \"name\"?"},
    {BOARD,
     {"test-board", "a-name-of-more-than-31-characters"},
     "board.json:2: name = a-name-of-more-than-31-characters: longer than 31 characters; shorten "
     "it"},
    {BOARD,
     {"[0, 1, 2, 3]", "[0, 1, 1]"},
     "board.json:3: cpus[2] = 1: CPU id 1 is in the list twice; name each CPU once"},
    {BOARD, {"[0, 1, 2, 3]", "[]"}, "board.json:3: cpus: 0 CPUs; the hypervisor takes 1 to 16"},
    {BOARD, {"[0, 1, 2, 3]", "[512]"}, "board.json:3: cpus[0] = 512: the number is too large"},
    {BOARD,
     {"\"0x0\", \"size\": \"0x10000000\"", "\"0x10\", \"size\": \"0x10000000\""},
     "board.json:5: ram[0].size = 0x10000000: 0x10 + 0x10000000 is no range of pages"},
    {BOARD,
     {"\"0x0\", \"size\": \"0x10000000\"", "\"0x0\", \"size\": 0"},
     "board.json:5: ram[0].size = 0: 0x0 + 0x0 is no range of pages"},
    {BOARD,
     {"\"0x80000000\", \"size\"", "\"0xfffffffff0000000\", \"size\""},
     "board.json:6: ram[1].size = 0x70000000: 0xfffffffff0000000 + 0x70000000 is no range"},
    {BOARD,
     {"\"base\": \"0x80000000\"", "\"base\": \"0x8000000\""},
     "board.json:6: ram[1]: HPA 0x8000000-0x77ffffff of ram[1] overlaps ram[0] 0x0-0xfffffff; "
     "move"},
    {BOARD,
     {"\"0x06000000\"", "\"0x07000000\""},
     "board.json:7: hypervisor: the hypervisor's memory is not in RAM; place it inside one"},
    {BOARD,
     {"\"0x0a000000\", \"size\": \"0x06000000\"", "\"0x0a008000\", \"size\": \"0x01000000\""},
     "board.json:7: hypervisor.base = 0x0a008000: the hypervisor runs at multiples of 64 KiB only; "
     "align it"},
    {BOARD,
     {"\"ecam\"", "\"ecma\""},
     "board.json:9: pci.access = ecma: unknown access method; give \"ecam\" or \"loongson\""},
    {BOARD,
     {"\"0x34\"", "\"0x134\""},
     "board.json:10: poweroff.value = 0x134: the number is too large; give at most 0xff (255)"},
    {BOARD,
     {"\"uart_base\"", "\"rtc_base\": \"0x10000080\", \"uart_base\""},
     "board.json:8: rtc_base = 0x10000080: no device range has a real-time clock at 0x10000080; "
     "add "
     "its range to \"devices\""},
    {BOARD,
     {"\"uart_base\"", "\"rtc_base\": \"0x10001000\", \"uart_base\""},
     "board.json:8: rtc_base = 0x10001000: no device range has a real-time clock at 0x10001000; "
     "add "
     "its range to \"devices\""},
    {BOARD,
     {"\"0x10000000\", \"size\": \"0x1000\"", "\"0x8000000\", \"size\": \"0x1000\""},
     "board.json:13: devices[0]: HPA 0x8000000-0x8000fff of pic overlaps ram[0]"},
    {BOARD,
     {"\"register\"", "\"regsiter\""},
     "board.json:10: poweroff.regsiter = 0x100e001c: unknown field; did you mean \"register\"?"},
    /* One zone by itself. */
    {GUEST,
     {"\"guest\"", "\"a-name-of-more-than-31-characters\""},
     "guest.json:2: name = a-name-of-more-than-31-characters: longer than 31 characters"},
    {GUEST,
     {"\"guest\"", "\"my zone\""},
     "guest.json:2: name = my zone: not usable as a zone's name; use letters"},
    {GUEST, {"\"guest\"", "\"\""}, "guest.json:2: name = : not usable as a zone's name"},
    {GUEST, {"\"guest\"", "\"7\""}, "guest.json:2: name = 7: not usable as a zone's name"},
    {GUEST, {"\"guest\"", "\"-x\""}, "guest.json:2: name = -x: not usable as a zone's name"},
    {GUEST, {"\"guest\"", "\"..\""}, "guest.json:2: name = ..: not usable as a zone's name"},
    {GUEST,
     {"\"guest\"", "\"zone.json\""},
     "guest.json:2: name = zone.json: not usable as a zone's name"},
    {GUEST,
     {"\"zone_id\": 1", "\"zone_id\": 16"},
     "guest.json:3: zone_id = 16: the number is too large; give at most 0xf (15)"},
    {GUEST,
     {"\"zone_id\": 1", "\"zone_id\": 1, \"root\": true"},
     "guest.json:3: root = true: zone 0 is the root zone and this is zone 1"},
    {ROOT,
     {"\"zone_id\": 0", "\"zone_id\": 0, \"root\": false"},
     "root.json:3: root = false: zone 0 is the root zone and this is zone 0"},
    {GUEST,
     {"\"zone_id\": 1", "\"zone_id\": 1, \"kernel_args\": \"a\\nb\""},
     "guest.json:3: kernel_args = a\\x0ab: a control character or a line's end in the command "
     "line; separate arguments by spaces"},
    {GUEST,
     {"\"zone_id\": 1", "\"zone_id\": 1, \"kernel_args\": \"\\u009b2J\""},
     "guest.json:3: kernel_args = \\xc2\\x9b2J: a control character"},
    {GUEST,
     {"\"guest\"", "\"\\u001b]0;x\\u0007\""},
     "guest.json:2: name = \\x1b]0;x\\x07: not usable as a zone's name"},
    {GUEST,
     {"\"zone_id\": 1", "\"zone_id\": 1, \"\\u001b[2J\": 0"},
     "guest.json:3: \\x1b[2J = 0: unknown field"},
    {GUEST,
     {"\"cpus\": [1, 2]", "\"cpus\": []"},
     "guest.json:4: cpus: the zone has no CPU; name at least one CPU of the board"},
    {GUEST,
     {"\"cpus\": [1, 2]", "\"cpus\": [1, 1]"},
     "guest.json:4: cpus[1] = 1: CPU 1 is in the list twice"},
    {GUEST,
     {"\"cpus\": [1, 2]", "\"cpus\": \"all\""},
     "guest.json:4: cpus = all: not a CPU or a range of them; give a number or a range such as "
     "\"4-7\""},
    {GUEST,
     {"\"cpus\": [1, 2]", "\"cpsu\": [1, 2]"},
     "guest.json:1: the field \"cpus\" is missing; add \"cpus\""},
    {GUEST,
     {"\"size\": \"0x8000000\"", "\"size\": \"0x8000001\""},
     "guest.json:6: memory_regions[0].size = 0x8000001: not a multiple of 4 KiB; use 0x8000000"},
    {GUEST,
     {"\"virtual_start\": \"0x0\"", "\"virtual_start\": \"0x800\""},
     "guest.json:6: memory_regions[0].virtual_start = 0x800: not a multiple of 4 KiB; use 0x0"},
    {GUEST,
     {"\"physical_start\": \"0x80000000\"", "\"physical_start\": \"0x80000010\""},
     "guest.json:6: memory_regions[0].physical_start = 0x80000010: not a multiple of 4 KiB"},
    {GUEST,
     {"\"physical_start\": \"0x80000000\", ", ""},
     "guest.json:6: memory_regions[0]: a region of type ram needs \"physical_start\" in an "
     "image; add the HPA"},
    {GUEST,
     {"\"size\": \"0x8000000\"", "\"size\": 0"},
     "guest.json:6: memory_regions[0].size = 0: a region of no bytes"},
    {GUEST,
     {"\"size\": \"0x1000\"}]", "\"size\": \"0x1000\", \"x\": 0}]"},
     "guest.json:7: memory_regions[1].x = 0: unknown field; remove it"},
    {GUEST,
     {"\"0x30000000\", \"size\": \"0x1000\"", "\"0x7ffffffff000\", \"size\": \"0x2000\""},
     "guest.json:7: memory_regions[1].virtual_start = 0x7ffffffff000: the region ends beyond"},
    {GUEST,
     {"\"virtual_start\": \"0x30000000\"", "\"virtual_start\": \"0x800000000000\""},
     "guest.json:7: memory_regions[1].virtual_start = 0x800000000000: the region ends beyond the "
     "47 bits"},
    {GUEST,
     {"\"virtual_start\": \"0x30000000\"", "\"virtual_start\": \"0xfffffffffffff000\""},
     "guest.json:7: memory_regions[1].virtual_start = 0xfffffffffffff000: the region ends beyond"},
    {GUEST,
     {"\"type\": \"virtio\"", "\"type\": \"rom\""},
     "guest.json:7: memory_regions[1].type = rom: unknown type of region; did you mean "
     "\"ram\"?"},
    {GUEST,
     {"\"0x30000000\"", "\"0x7fff000\""},
     "guest.json:7: memory_regions[1]: GPA 0x7fff000-0x7ffffff of memory_regions[1] overlaps "
     "memory_regions[0] 0x0-0x7ffffff; move or shrink one of them (the other stands at "
     "guest.json:6)"},
    {GUEST,
     {RAM_LINE, "{\"type\": \"hole\", \"virtual_start\": 0, \"size\": 4096}"},
     "guest.json:1: the zone has no RAM; add a region of type \"ram\""},
    {ROOT,
     {"\"size\": \"0x20000000\"", "\"size\": \"0x40000000\""},
     "root.json:9: memory_regions[3].size = 0x40000000: larger than a configuration window"},
    {ROOT,
     {"\"0xff00000000\", \"size\": \"0x1000\"", "\"0xff00000000\", \"size\": \"0x2000\""},
     "root.json:10: memory_regions[4].size = 0x2000: a region of type info is one page; give "
     "it 0x1000"},
    {ROOT,
     {"\"type\": \"hole\", \"virtual_start\": \"0x18000000\", \"size\": \"0x4000\"",
      "\"type\": \"info\", \"virtual_start\": \"0x18000000\", \"size\": \"0x1000\""},
     "root.json:10: memory_regions[4]: a second region of type info; keep one of them"},
    {ROOT,
     {"\"virtual_start\": \"0x10000000\"", "\"virtual_start\": \"0x10001000\""},
     "root.json:7: memory_regions[1].virtual_start = 0x10001000: the root zone's RAM and IO are "
     "mapped GPA = HPA, because its devices do DMA; give it the HPA 0x10000000"},
    {GUEST,
     {"\"64-127\", \"192-223\"", "\"64-127\", 256"},
     "guest.json:8: interrupts[1] = 256: there is no vector 256; stay within 0-255"},
    {GUEST,
     {"\"cpu_lines\": [2]", "\"cpu_lines\": [8]"},
     "guest.json:9: cpu_lines[0] = 8: there is no line 8"},
    {GUEST,
     {"\"v_device\": 3", "\"v_device\": 32"},
     "guest.json:10: alloc_pci_devs[0].v_device = 32: the number is too large; give at most 0x1f "
     "(31)"},
    {GUEST,
     {"\"function\": 1", "\"function\": 8"},
     "guest.json:10: alloc_pci_devs[0].function = 8: the number is too large"},
    {GUEST,
     {"\"domain\": 0", "\"domain\": 1"},
     "guest.json:10: alloc_pci_devs[0].domain = 1: boards have one PCI domain; give 0"},
    {GUEST,
     {"\"dev_type\": 0", "\"dev_type\": 1"},
     "guest.json:10: alloc_pci_devs[0].dev_type = 1: virtual PCI functions are not available"},
    {ROOT,
     {"\"function\": 0}]",
      "\"function\": 0}, {\"bus\": 0, \"device\": 4, \"function\": 0, \"v_device\": 1}]"},
     "root.json:13: pci_devices[1]: the zone sees pci_devices[0] at the same address"},
    {ROOT,
     {"\"function\": 0}]",
      "\"function\": 0}, {\"bus\": 0, \"device\": 1, \"function\": 0, \"v_device\": 2}]"},
     "root.json:13: pci_devices[1]: PCI function 0:1.0 belongs to zone root already"},
    {GUEST,
     {"\"ivc_configs\": []", "\"ivc_configs\": [{}]"},
     "guest.json:13: ivc_configs: communication channels between zones are not available"},
    {GUEST,
     {"\"arch\"", "\"boot\": \"uefi\", \"arch\""},
     "guest.json:13: boot = uefi: unknown boot protocol; give \"efi-tables\" or \"none\""},
    {GUEST,
     {"\"arch\"", "\"kernel_load_paddr\": \"0x800000000000\", \"arch\""},
     "guest.json:13: kernel_load_paddr = 0x800000000000: the number is too large"},
    {GUEST,
     {"\"arch\"", "\"modules\": [{\"filepath\": \"x\"}], \"arch\""},
     "guest.json:13: modules[0]: the field \"load_paddr\" is missing"},
    {GUEST,
     {"\"192-223\"", "200"},
     "guest.json:8: interrupts[1] = 200: vectors 192-223 are routed together and the zone has only "
     "some of them; give the zone \"192-223\""},
    /* Zones with the board and each other. */
    {BOARD,
     {"[0, 1, 2, 3]", "[0, 4, 5, 6]"},
     "guest.json:8: interrupts: interrupt vectors reach the CPUs with the physical ids 0-3 alone"},
    {BOARD,
     {"\"base\": \"0x20000000\"", "\"base\": \"0x800000000000\""},
     "board.json:9: pci: configuration space ends beyond 2^47"},
    {GUEST,
     {"\"cpus\": [1, 2]", "\"cpus\": [1, 4]"},
     "guest.json:4: cpus[1] = 4: CPU 4 is not on the board (board.json); use CPUs 0-3"},
    {GUEST,
     {"\"cpus\": [1, 2]", "\"cpus\": [\"0-1\"]"},
     "guest.json:4: cpus[0] = 0-1: CPU 0 belongs to zone root already; take it from one of the two "
     "(the other: root.json:4)"},
    {GUEST,
     {"\"physical_start\": \"0x80000000\"", "\"physical_start\": \"0xf0000000\""},
     "guest.json:6: memory_regions[0].physical_start = 0xf0000000: HPA 0xf0000000-0xf7ffffff is "
     "not "
     "RAM of the board; stay within one range of \"ram\" in board.json"},
    {GUEST,
     {"\"physical_start\": \"0x80000000\"", "\"physical_start\": \"0x4000000\""},
     "guest.json:6: memory_regions[0]: HPA 0x4000000-0xbffffff of memory_regions[0] overlaps "
     "memory_regions[0] 0x0-0x7ffffff"},
    {GUEST,
     {"\"physical_start\": \"0x80000000\"", "\"physical_start\": \"0x8000000\""},
     "guest.json:6: memory_regions[0]: HPA 0x8000000-0xfffffff of memory_regions[0] overlaps the "
     "hypervisor's own memory 0xa000000-0xfffffff"},
    {GUEST,
     {"\"type\": \"virtio\", \"physical_start\": \"0x7fe00000\"",
      "\"type\": \"io\", \"physical_start\": \"0x2ff00000\""},
     "guest.json:7: memory_regions[1].physical_start = 0x2ff00000: HPA 0x2ff00000-0x2ff00fff is "
     "not "
     "a device that zones may be given; stay within one range of \"devices\" in board.json"},
    {GUEST,
     {"\"type\": \"virtio\", \"physical_start\": \"0x7fe00000\"",
      "\"type\": \"io\", \"physical_start\": \"0x1fe00000\""},
     "guest.json:7: memory_regions[1].physical_start = 0x1fe00000: only the root zone may have the "
     "board's UART, power-off and reset; give the zone a region of type \"uart\" or \"power\""},
    {BOARD,
     {"\"base\": \"0x1fe00000\", \"size\": \"0x1000\"",
      "\"base\": \"0x1fe00000\", \"size\": \"0x10000\""},
     "board.json:14: devices[1]: no zone may have 0x1fe01000-0x1fe02fff, which interrupt any CPU; "
     "leave them out "
     "of \"devices\""},
    {GUEST,
     {"\"type\": \"virtio\", \"physical_start\": \"0x7fe00000\"",
      "\"type\": \"io\", \"physical_start\": \"0x10000000\""},
     "guest.json:7: memory_regions[1]: HPA 0x10000000-0x10000fff of memory_regions[1] overlaps "
     "memory_regions[1] 0x10000000-0x10000fff; move or shrink one of them (the other stands at "
     "root.json:7)"},
    {GUEST,
     {"\"64-127\", \"192-223\"", "\"63-127\""},
     "guest.json:8: interrupts[0] = 63-127: vector 63 belongs to zone root already"},
    {GUEST,
     {"\"device\": 2, \"function\": 1", "\"device\": 1, \"function\": 0"},
     "guest.json:10: alloc_pci_devs[0]: PCI function 0:1.0 belongs to zone root already "
     "(root.json:13)"},
    {GUEST,
     {"\"zone_id\": 1", "\"zone_id\": 0"},
     "guest.json:3: zone_id = 0: a second root zone: zone root has it (root.json:3)"},
    {ROOT,
     {"\"zone_id\": 0", "\"zone_id\": 1"},
     "guest.json:3: zone_id = 1: the number is taken: zone root has it (root.json:3)"},
    {ROOT,
     {"\"zone_id\": 0", "\"zone_id\": 2"},
     "root.json: no zone of the image is the root zone; add a zone file with \"zone_id\": 0"},
    {GUEST,
     {"\"name\": \"guest\"", "\"name\": \"root\""},
     "guest.json:2: name = root: another zone has this name (root.json:2)"},
    {BOARD,
     {"\"pci\": {\"access\": \"ecam\", \"base\": \"0x20000000\", \"size\": \"0x8000000\"},", ""},
     "root.json:9: memory_regions[3]: the board has no PCI; remove it, or add \"pci\""},
};

static void test_refusals(void **state) {
    struct context *context = *state;
    for (size_t i = 0; i < ARRAY_SIZE(refusals); i++) {
        load(context, refusals[i].subject, refusals[i].change);
        assert_reported(context, refusals[i].line);
    }
}

/* hvisor's files may name what we have other means for: said, not refused. */
static void test_warning(void **state) {
    struct context *context = *state;
    load(context, GUEST,
         (struct change){"\"pci_config\": []", "\"pci_config\": [{\"ecam_base\": 1}]"});
    assert_no_error(context);
    assert_reported(context, "guest.json:13: pci_config: warning: not used here");
}

/* One mistake must not bring messages about what it spoilt. */
static void test_no_echo(void **state) {
    struct context *context = *state;
    load(context, GUEST, (struct change){"\"size\": \"0x8000000\"", "\"size\": \"much\""});
    assert_int_equal(context->report.errors, 1);
    load(context, BOARD, (struct change){"\"size\": \"0x06000000\"", "\"size\": \"x\""});
    assert_int_equal(context->report.errors, 1);
}

static void test_board_export(void **state) {
    struct context *context = *state;
    struct board board;
    struct lv_board out;
    board_read(&context->report, text_parse(context, "board.json", good_board), &board);
    board_export(&board, &out);
    assert_string_equal(out.name, "test-board");
    assert_int_equal(out.num_cpus, 4);
    assert_int_equal(out.phys_cpu_id[3], 3);
    assert_int_equal(out.hv_base, 0x0a000000);
    assert_int_equal(out.hv_size, 0x06000000);
    assert_int_equal(out.uart_base, 0x1fe001e0);
    assert_int_equal(out.pci_access, LV_PCI_ECAM);
    assert_int_equal(out.pci_base, 0x20000000);
    assert_int_equal(out.poweroff_register, 0x100e001c);
    assert_int_equal(out.reset_value, 0x42);
    assert_int_equal(out.num_ram, 2);
    assert_int_equal(out.ram[1].size, 0x70000000);
    assert_int_equal(out.num_devices, 2);
    assert_int_equal(out.devices[0].base, 0x10000000);
    assert_int_equal(out.devices[1].base, 0x1fe00000);
    assert_int_equal(out.devices[1].size, LV_PAGE_SIZE);
    assert_int_equal(out.devices[2].size, 0);
    assert_int_equal(out.rtc_base, 0);
}

/* Its registers may be the last of a device range. */
static void test_board_clock(void **state) {
    struct context *context = *state;
    struct change clock = {"\"uart_base\"", "\"rtc_base\": \"0x10000f00\", \"uart_base\""};
    struct board board;
    struct lv_board out;
    const char *text = text_change(context, good_board, clock);
    board_read(&context->report, text_parse(context, "board.json", text), &board);
    assert_int_equal(context->report.errors, 0);
    board_export(&board, &out);
    assert_int_equal(out.rtc_base, 0x10000f00);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_good, context_setup, context_teardown),
        cmocka_unit_test_setup_teardown(test_refusals, context_setup, context_teardown),
        cmocka_unit_test_setup_teardown(test_warning, context_setup, context_teardown),
        cmocka_unit_test_setup_teardown(test_no_echo, context_setup, context_teardown),
        cmocka_unit_test_setup_teardown(test_board_export, context_setup, context_teardown),
        cmocka_unit_test_setup_teardown(test_board_clock, context_setup, context_teardown),
    };
    return cmocka_run_group_tests_name("tools: checks", tests, NULL, NULL);
}
