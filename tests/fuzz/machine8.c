// SPDX-License-Identifier: GPL-2.0-or-later
#include "machine8.h"

#include "lib/stage2_size.h"
#include "lib/zone_load.h"

#include <stdlib.h>
#include <string.h>

static const char machine8_board[] =
    "{\"name\": \"fuzz\", \"cpus\": [0, 1, 2, 3, 4, 5, 6, 7], \"ram\": ["
    "{\"base\": \"0x0\", \"size\": \"0x10000000\"},"
    "{\"base\": \"0x80000000\", \"size\": \"0xf0000000\"}],"
    "\"hypervisor\": {\"base\": \"0x0a000000\", \"size\": \"0x06000000\"},"
    "\"uart_base\": \"0x1fe001e0\","
    "\"pci\": {\"access\": \"ecam\", \"base\": \"0x20000000\", \"size\": \"0x8000000\"},"
    "\"devices\": ["
    "{\"base\": \"0x10000000\", \"size\": \"0x10000\"},"
    "{\"base\": \"0x40000000\", \"size\": \"0x10000000\"},"
    "{\"base\": \"0x1fe00000\", \"size\": \"0x1000\"}]}";

static const char machine8_root[] =
    "{\"name\": \"root\", \"zone_id\": 0, \"cpus\": [0, 1],"
    "\"memory_regions\": ["
    "{\"type\": \"ram\", \"physical_start\": 0, \"virtual_start\": 0, \"size\": \"128M\"},"
    "{\"type\": \"io\", \"physical_start\": \"0x1fe00000\", \"virtual_start\": \"0x1fe00000\", "
    "\"size\": \"4K\"},"
    "{\"type\": \"pool\", \"physical_start\": \"0xf0000000\", \"size\": \"64M\"},"
    "{\"type\": \"kicks\", \"virtual_start\": \"0xff00004000\", \"size\": \"4K\"},"
    "{\"type\": \"info\", \"virtual_start\": \"0xff00000000\", \"size\": \"4K\"}],"
    "\"interrupts\": [\"0-127\"], \"cpu_lines\": [\"0-3\"], \"event_interrupt\": \"line 7\","
    "\"pci_devices\": [{\"bus\": 0, \"device\": 1, \"function\": 0}], \"entry_point\": 4096}";

static void machine8_fail(const struct report *report) {
    report_print(report, stderr);
    abort();
}

void machine8_make(struct arena *arena, struct machine8 *out) {
    struct report report = {.arena = arena};
    const struct file_search search = {.count = 0};
    struct zone_image image;
    struct zone_file *root = arena_alloc(arena, sizeof(*root));
    *out = (struct machine8){.machine.online_cpus = 0xff};
    board_read(&report, json_parse(&report, "board", machine8_board, sizeof(machine8_board) - 1),
               &out->machine.board);
    zone_load(&report, json_parse(&report, "root", machine8_root, sizeof(machine8_root) - 1), root);
    if (report.errors != 0 || !zone_build(&report, root, &search, &image)) {
        machine8_fail(&report);
    }
    board_export(&out->machine.board, &out->board);
    out->root = image.config;
    machine_add_zone(&out->machine, root, stage2_config_pages(&out->root));
}
