// SPDX-License-Identifier: GPL-2.0-or-later
#include "board.h"

#include "array.h"
#include "span.h"

#include <inttypes.h>
#include <string.h>

/* The hypervisor's byte registers for power. */
#define BOARD_REGISTER_MAX UINT8_MAX

/* The board whose member `target` is. */
#define BOARD_OF(target, member)                                                                   \
    ((struct board *)((char *)(target) - offsetof(struct board, member)))

#define BOARD_FIELD(object, key, reader, member, property, meaning)                                \
    {.name = (key),                                                                                \
     .read = (reader),                                                                             \
     .offset = offsetof(struct object, member),                                                    \
     .flags = (property),                                                                          \
     .about = (meaning),                                                                           \
     .fallback = (property) == FIELD_REQUIRED ? "required" : "none",                               \
     .table = "board"}

static const struct field board_range_fields[] = {
    BOARD_FIELD(board_range, "name", field_read_text, name, FIELD_OURS, "for people"),
    BOARD_FIELD(board_range, "base", field_read_number, base, FIELD_REQUIRED, "HPA"),
    BOARD_FIELD(board_range, "size", field_read_number, size, FIELD_REQUIRED, "bytes"),
};

static const struct field board_pci_fields[] = {
    BOARD_FIELD(board_pci, "access", field_read_text, access, FIELD_REQUIRED, "layout"),
    BOARD_FIELD(board_pci, "base", field_read_number, base, FIELD_REQUIRED, "HPA"),
    BOARD_FIELD(board_pci, "size", field_read_number, size, FIELD_REQUIRED, "bytes"),
};

static const struct field board_switch_fields[] = {
    BOARD_FIELD(board_switch, "register", field_read_number, address, FIELD_REQUIRED, "HPA"),
    BOARD_FIELD(board_switch, "value", field_read_number, value, FIELD_REQUIRED, "byte"),
};

/* Checks alignment and size; a bad range counts as absent. */
static void board_check_range(struct report *report, struct board_range *range) {
    if (!range->base.good || !range->size.good) {
        return;
    }
    bool valid = range->size.value != 0 &&
                 span_contains(0, (uint64_t)1 << LV_GPA_BITS, range->base.value, range->size.value);
    if (!valid || ((range->base.value | range->size.value) & LV_PAGE_MASK) != 0) {
        report_error(
            report, &range->size.node->place,
            "give a base and a size below 2^47 that are multiples of 4 KiB, the size not 0",
            "0x%" PRIx64 " + 0x%" PRIx64 " is no range of pages", range->base.value,
            range->size.value);
        range->base.good = false;
    }
}

static void board_read_range(struct report *report, const struct json_node *node, void *target) {
    struct board_range *range = target;
    range->node = node;
    field_read_object(report, node, board_range_fields, ARRAY_SIZE(board_range_fields), range);
    board_check_range(report, range);
}

/* Reads a list of at most `max` ranges. */
static size_t board_read_ranges(struct report *report, const struct json_node *node,
                                struct board_range *ranges, size_t max) {
    if (!field_expect(report, node, JSON_NODE_ARRAY)) {
        return 0;
    }
    if (node->count > max) {
        report_error(report, &node->place, "join neighbours", "more than %zu ranges", max);
        return 0;
    }
    for (size_t i = 0; i < node->count; i++) {
        board_read_range(report, &node->children[i], &ranges[i]);
    }
    return node->count;
}

static void board_read_ram(struct report *report, const struct json_node *node, void *target) {
    struct board *board = BOARD_OF(target, ram);
    board->num_ram = board_read_ranges(report, node, board->ram, LV_BOARD_MAX_RANGES);
}

static void board_read_devices(struct report *report, const struct json_node *node, void *target) {
    struct board *board = BOARD_OF(target, devices);
    board->num_devices = board_read_ranges(report, node, board->devices, LV_BOARD_MAX_DEVICES);
}

static void board_read_pci(struct report *report, const struct json_node *node, void *target) {
    struct board_pci *pci = target;
    pci->node = node;
    field_read_object(report, node, board_pci_fields, ARRAY_SIZE(board_pci_fields), pci);
    if (pci->base.good && pci->size.good &&
        !span_contains(0, (uint64_t)1 << LV_GPA_BITS, pci->base.value, pci->size.value)) {
        report_error(report, &pci->node->place, "correct base and size",
                     "configuration space ends beyond 2^47");
    }
    if (pci->access.text != NULL && strcmp(pci->access.text, "ecam") != 0 &&
        strcmp(pci->access.text, "loongson") != 0) {
        report_error(report, &pci->access.node->place, "give \"ecam\" or \"loongson\"",
                     "unknown access method");
    }
}

static void board_read_switch(struct report *report, const struct json_node *node, void *target) {
    struct board_switch *power = target;
    power->node = node;
    field_read_object(report, node, board_switch_fields, ARRAY_SIZE(board_switch_fields), power);
    field_check_max(report, &power->value, BOARD_REGISTER_MAX);
}

static void board_check_cpu(struct report *report, const struct board *board, uint32_t index) {
    const struct field_number *cpu = &board->cpus[index];
    if (!field_check_max(report, cpu, LV_PHYS_CPU_ID_MAX)) {
        return;
    }
    for (uint32_t i = 0; i < index; i++) {
        if (board->cpus[i].good && board->cpus[i].value == cpu->value) {
            report_error(report, &cpu->node->place, "name each CPU once",
                         "CPU id %" PRIu64 " is in the list twice", cpu->value);
        }
    }
}

static void board_read_cpus(struct report *report, const struct json_node *node, void *target) {
    struct board *board = BOARD_OF(target, cpus);
    if (!field_expect(report, node, JSON_NODE_ARRAY)) {
        return;
    }
    if (node->count == 0 || node->count > LV_MAX_CPUS) {
        report_error(report, &node->place, "list the physical id of each CPU",
                     "%zu CPUs; the hypervisor takes 1 to %u", node->count, LV_MAX_CPUS);
        return;
    }
    board->num_cpus = (uint32_t)node->count;
    for (uint32_t i = 0; i < board->num_cpus; i++) {
        field_read_number(report, &node->children[i], &board->cpus[i]);
        board_check_cpu(report, board, i);
    }
}

static const struct field board_fields[] = {
    BOARD_FIELD(board, "name", field_read_text, name, FIELD_REQUIRED, "at most 31 characters"),
    BOARD_FIELD(board, "cpus", board_read_cpus, cpus, FIELD_REQUIRED,
                "physical id of each CPU (CSR.CPUID), at most 16; zones name CPUs by their "
                "position here"),
    BOARD_FIELD(board, "ram", board_read_ram, ram, FIELD_REQUIRED,
                "all RAM, the hypervisor's included: at most 8 ranges `{\"base\", \"size\"}`"),
    BOARD_FIELD(board, "hypervisor", board_read_range, hypervisor, FIELD_REQUIRED,
                "`{\"base\", \"size\"}`: memory of the hypervisor, which runs at its start (a "
                "multiple of 64 KiB), and of the image; inside one range of `ram`"),
    BOARD_FIELD(board, "uart_base", field_read_number, uart, FIELD_REQUIRED,
                "HPA of a 16550 for the hypervisor's log"),
    BOARD_FIELD(board, "rtc_base", field_read_number, rtc, FIELD_OURS,
                "HPA of an LS7A real-time clock in one range of `devices`: the zones' time of day"),
    BOARD_FIELD(board, "pci", board_read_pci, pci, FIELD_OURS,
                "`{\"access\", \"base\", \"size\"}` of configuration space; access is `ecam` or "
                "`loongson`"),
    BOARD_FIELD(board, "poweroff", board_read_switch, poweroff, FIELD_OURS,
                "`{\"register\", \"value\"}`: the byte register that powers the machine off, and "
                "what to write to it"),
    BOARD_FIELD(board, "reset", board_read_switch, reset, FIELD_OURS,
                "`{\"register\", \"value\"}`: the byte register that resets the machine, and what "
                "to write to it"),
    BOARD_FIELD(
        board, "devices", board_read_devices, devices, FIELD_REQUIRED,
        "registers that zones may be given as `io`: at most 64 ranges `{\"name\", \"base\", "
        "\"size\"}`, of which `name` may be left out"),
};

const struct field_table board_table = {NULL, board_fields, ARRAY_SIZE(board_fields)};

bool board_covers(const struct board_range *ranges, size_t count, uint64_t base, uint64_t size) {
    for (size_t i = 0; i < count; i++) {
        if (ranges[i].base.good && ranges[i].size.good &&
            span_contains(ranges[i].base.value, ranges[i].size.value, base, size)) {
            return true;
        }
    }
    return false;
}

static void board_check_hypervisor(struct report *report, const struct board *board) {
    const struct board_range *own = &board->hypervisor;
    if (own->base.good && own->size.good &&
        !board_covers(board->ram, board->num_ram, own->base.value, own->size.value)) {
        report_error(report, &own->node->place, "place it inside one of the ranges in \"ram\"",
                     "the hypervisor's memory is not in RAM");
    }
    if (own->base.good && own->base.value % LV_IMAGE_ALIGN != 0) {
        report_error(report, &own->base.node->place, "align it",
                     "the hypervisor runs at multiples of 64 KiB only");
    }
}

/* A zone that has such registers can interrupt the CPUs of other zones. */
static void board_check_devices(struct report *report, const struct board *board) {
    static const struct lv_range nobodys[] = {
        {LV_CHIP_INTERRUPTS_BASE, LV_CHIP_INTERRUPTS_SIZE},
        {LV_MSI_DOORBELL_BASE, LV_MSI_DOORBELL_SIZE},
    };
    for (size_t i = 0; i < board->num_devices * ARRAY_SIZE(nobodys); i++) {
        const struct board_range *device = &board->devices[i / ARRAY_SIZE(nobodys)];
        const struct lv_range *range = &nobodys[i % ARRAY_SIZE(nobodys)];
        if (device->base.good && device->size.good &&
            span_overlaps(device->base.value, device->size.value, range->base, range->size)) {
            report_error(report, &device->node->place, "leave them out of \"devices\"",
                         "no zone may have 0x%" PRIx64 "-0x%" PRIx64 ", which interrupt any CPU",
                         range->base, range->base + range->size - 1);
        }
    }
}

static size_t board_add_spans(const struct board_range *ranges, size_t count, struct span *spans) {
    for (size_t i = 0; i < count; i++) {
        bool good = ranges[i].base.good && ranges[i].size.good;
        spans[i] = (struct span){.base = ranges[i].base.value,
                                 .size = good ? ranges[i].size.value : 0,
                                 .place = &ranges[i].node->place,
                                 .what = ranges[i].name.text};
    }
    return count;
}

/* RAM, devices and PCI configuration space must not overlap: an address alone names its owner. */
static void board_check_overlaps(struct report *report, const struct board *board) {
    struct span spans[LV_BOARD_MAX_RANGES + LV_BOARD_MAX_DEVICES + 1];
    size_t count = board_add_spans(board->ram, board->num_ram, spans);
    count += board_add_spans(board->devices, board->num_devices, spans + count);
    if (board->pci.base.good && board->pci.size.good) {
        spans[count++] = (struct span){.base = board->pci.base.value,
                                       .size = board->pci.size.value,
                                       .place = &board->pci.node->place};
    }
    span_report_overlaps(report, spans, 0, count, "HPA");
}

static void board_check_rtc(struct report *report, const struct board *board) {
    const struct field_number *rtc = &board->rtc;
    if (rtc->good && (rtc->value % LV_RTC_SIZE != 0 ||
                      !board_covers(board->devices, board->num_devices, rtc->value, LV_RTC_SIZE))) {
        report_error(report, &rtc->node->place, "add its range to \"devices\"",
                     "no device range has a real-time clock at 0x%" PRIx64, rtc->value);
    }
}

void board_read(struct report *report, const struct json_node *node, struct board *board) {
    *board = (struct board){.node = node};
    if (!field_read_object(report, node, board_fields, ARRAY_SIZE(board_fields), board)) {
        return;
    }
    if (board->name.text != NULL && strlen(board->name.text) >= LV_NAME_SIZE) {
        report_error(report, &board->name.node->place, "shorten it", "longer than %u characters",
                     LV_NAME_SIZE - 1);
    }
    board_check_hypervisor(report, board);
    board_check_devices(report, board);
    board_check_overlaps(report, board);
    board_check_rtc(report, board);
}

bool board_is_own(const struct board *board, uint64_t base, uint64_t size) {
    const struct field_number *registers[] = {&board->uart, &board->poweroff.address,
                                              &board->reset.address};
    for (size_t i = 0; i < ARRAY_SIZE(registers); i++) {
        uint64_t page = registers[i]->value & ~LV_PAGE_MASK;
        if (registers[i]->node != NULL && registers[i]->good &&
            span_overlaps(base, size, page, LV_PAGE_SIZE)) {
            return true;
        }
    }
    return false;
}

/* Only people use the devices' names. */
static uint32_t board_export_ranges(const struct board_range *ranges, size_t count,
                                    struct lv_range *out) {
    for (size_t i = 0; i < count; i++) {
        out[i] = (struct lv_range){ranges[i].base.value, ranges[i].size.value};
    }
    return (uint32_t)count;
}

void board_export(const struct board *board, struct lv_board *out) {
    *out = (struct lv_board){
        .num_cpus = board->num_cpus,
        .hv_base = board->hypervisor.base.value,
        .hv_size = board->hypervisor.size.value,
        .uart_base = board->uart.value,
        .rtc_base = board->rtc.value,
        .pci_base = board->pci.base.value,
        .pci_size = board->pci.size.value,
        .poweroff_register = board->poweroff.address.value,
        .poweroff_value = (uint32_t)board->poweroff.value.value,
        .reset_register = board->reset.address.value,
        .reset_value = (uint32_t)board->reset.value.value,
    };
    out->num_ram = board_export_ranges(board->ram, board->num_ram, out->ram);
    out->num_devices = board_export_ranges(board->devices, board->num_devices, out->devices);
    memcpy(out->name, board->name.text, strlen(board->name.text));
    if (board->pci.node != NULL) {
        out->pci_access =
            strcmp(board->pci.access.text, "ecam") == 0 ? LV_PCI_ECAM : LV_PCI_LOONGSON;
    }
    for (uint32_t i = 0; i < board->num_cpus; i++) {
        out->phys_cpu_id[i] = (uint32_t)board->cpus[i].value;
    }
}
