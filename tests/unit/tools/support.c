// SPDX-License-Identifier: GPL-2.0-or-later
#include "support.h"

#include <ftw.h>
#include <stdlib.h>
#include <unistd.h>

const char good_board[] =
    "{\n"
    "\"name\": \"test-board\",\n"
    "\"cpus\": [0, 1, 2, 3],\n"
    "\"ram\": [\n"
    "{\"base\": \"0x0\", \"size\": \"0x10000000\"},\n"
    "{\"base\": \"0x80000000\", \"size\": \"0x70000000\"}],\n"
    "\"hypervisor\": {\"base\": \"0x0a000000\", \"size\": \"0x06000000\"},\n"
    "\"uart_base\": \"0x1fe001e0\",\n"
    "\"pci\": {\"access\": \"ecam\", \"base\": \"0x20000000\", \"size\": \"0x8000000\"},\n"
    "\"poweroff\": {\"register\": \"0x100e001c\", \"value\": \"0x34\"},\n"
    "\"reset\": {\"register\": \"0x100e001e\", \"value\": \"0x42\"},\n"
    "\"devices\": [\n"
    "{\"name\": \"pic\", \"base\": \"0x10000000\", \"size\": \"0x1000\"},\n"
    "{\"name\": \"uart\", \"base\": \"0x1fe00000\", \"size\": \"0x1000\"}]\n"
    "}\n";

const char good_root[] =
    "{\n"
    "\"name\": \"root\",\n"
    "\"zone_id\": 0,\n"
    "\"cpus\": [0],\n"
    "\"memory_regions\": [\n"
    "{\"type\": \"ram\", \"physical_start\": \"0x0\", \"virtual_start\": \"0x0\", \"size\": "
    "\"0x8000000\"},\n"
    "{\"type\": \"io\", \"physical_start\": \"0x10000000\", \"virtual_start\": \"0x10000000\", "
    "\"size\": \"0x1000\"},\n"
    "{\"type\": \"hole\", \"virtual_start\": \"0x18000000\", \"size\": \"0x4000\"},\n"
    "{\"type\": \"pci-config\", \"virtual_start\": \"0xfe00000000\", \"size\": \"0x20000000\"},\n"
    "{\"type\": \"info\", \"virtual_start\": \"0xff00000000\", \"size\": \"0x1000\"}],\n"
    "\"interrupts\": [\"0-63\"],\n"
    "\"cpu_lines\": [0, 1],\n"
    "\"pci_devices\": [{\"bus\": 0, \"device\": 1, \"function\": 0}],\n"
    "\"kernel_filepath\": \"null\",\n"
    "\"entry_point\": \"0x200000\"\n"
    "}\n";

const char good_guest[] =
    "{\n"
    "\"name\": \"guest\",\n"
    "\"zone_id\": 1,\n"
    "\"cpus\": [1, 2],\n"
    "\"memory_regions\": [\n"
    "{\"type\": \"ram\", \"physical_start\": \"0x80000000\", \"virtual_start\": \"0x0\", \"size\": "
    "\"0x8000000\"},\n"
    "{\"type\": \"virtio\", \"physical_start\": \"0x7fe00000\", \"virtual_start\": \"0x30000000\", "
    "\"size\": \"0x1000\"}],\n"
    "\"interrupts\": [\"64-127\", \"192-223\"],\n"
    "\"cpu_lines\": [2],\n"
    "\"alloc_pci_devs\": [{\"domain\": 0, \"bus\": 0, \"device\": 2, \"function\": 1,"
    " \"v_bus\": 0, \"v_device\": 3, \"v_function\": 0, \"dev_type\": 0}],\n"
    "\"kernel_filepath\": \"null\",\n"
    "\"entry_point\": \"0x9000000000200000\",\n"
    "\"ivc_configs\": [], \"pci_config\": [], \"num_pci_devs\": 1, \"arch\": \"loongarch64\"\n"
    "}\n";

int context_setup(void **state) {
    struct context *context = calloc(1, sizeof(*context));
    if (context == NULL) {
        return -1;
    }
    context->report.arena = &context->arena;
    *state = context;
    return 0;
}

int context_teardown(void **state) {
    struct context *context = *state;
    arena_free(&context->arena);
    free(context);
    return 0;
}

const char *text_change(struct context *context, const char *text, struct change change) {
    if (change.from == NULL) {
        return text;
    }
    const char *at = strstr(text, change.from);
    if (at == NULL) {
        fail_msg("the text has no %s", change.from);
    }
    return arena_printf(&context->arena, "%.*s%s%s", (int)(at - text), text, change.to,
                        at + strlen(change.from));
}

const struct json_node *text_parse(struct context *context, const char *file, const char *text) {
    const struct json_node *node = json_parse(&context->report, file, text, strlen(text));
    if (node == NULL) {
        report_print(&context->report, stderr);
        fail_msg("not JSON: %s", text);
    }
    return node;
}

void assert_reported(struct context *context, const char *line) {
    const struct report_entry *entry = context->report.first;
    for (; entry != NULL; entry = entry->next) {
        const char *text = report_format(&context->arena, entry);
        if (strncmp(text, line, strlen(line)) == 0) {
            return;
        }
    }
    report_print(&context->report, stderr);
    fail_msg("not reported: %s", line);
}

void assert_no_error(struct context *context) {
    if (context->report.errors != 0) {
        report_print(&context->report, stderr);
        fail_msg("%u errors", context->report.errors);
    }
}

const char *folder_make(struct context *context) {
    char *folder = arena_printf(&context->arena, "%s/folder.XXXXXX", TEST_OUT);
    assert_non_null(mkdtemp(folder));
    return folder;
}

static int folder_remove_one(const char *path, const struct stat *status, int kind,
                             struct FTW *walk) {
    (void)status;
    (void)kind;
    (void)walk;
    return remove(path);
}

void folder_remove(const char *folder) {
    nftw(folder, folder_remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

const char *folder_write(struct context *context, const char *folder, const char *name,
                         const void *bytes, size_t size) {
    const char *path = arena_printf(&context->arena, "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    if (file == NULL) {
        fail_msg("cannot create %s", path);
        return NULL;
    }
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
    return path;
}
