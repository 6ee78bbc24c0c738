// SPDX-License-Identifier: GPL-2.0-or-later
#include "device_tree_make.h"

#include <inttypes.h>
#include <libfdt.h>
#include <stdlib.h>

/* A node takes some 100 bytes, a CPU less; there are at most 64 CPUs. */
#define MAKE_ROOM 16384u

/* The cells of root and of its children. */
#define MAKE_CELLS 2u

#define MAKE_NAME_SIZE 48u

/* Any numbers do. */
enum make_phandle { MAKE_CPUINTC = 1, MAKE_EIOINTC = 2, MAKE_SYSCON = 3, MAKE_MSI = 4 };

/* The CPU's interrupts are numbered as ESTAT's bits: HWI0 is bit 2 (LoongArch manual vol. 1,
 * 7.4.6). */
#define MAKE_ESTAT_HWI0 2u
/* EIOINTC's line is HWI1 unless the kernel spreads it (LVZ reference 13.6). */
#define MAKE_EIOINTC_LINE 1u

#define MAKE_UART_CLOCK 100000000u
/* The registers that the kernel takes for a 16550's, at 0x1e0 of the page. */
#define MAKE_UART_SIZE 0x100u

/* As on the machine: lower vectors are for the pins of a PCH-PIC. */
#define MAKE_MESSAGE_FIRST 64u
/* Where the machine has the doorbell of messages. The hypervisor looks at their data alone. */
#define MAKE_DOORBELL      0x2ff00000u
#define MAKE_DOORBELL_SIZE 8u

/* Of the bus's two windows of configuration the kernel uses the second (LVZ reference 13.6). */
#define MAKE_OLD_CONFIG_SIZE 0x2000000u
/* PCI's cells (PCI bus binding to Open Firmware, 2.2.1), and memory with 32-bit addresses. */
#define MAKE_PCI_CELLS    3u
#define MAKE_PCI_MEMORY32 0x02000000u

/* An address in the child's space of I/O ports: <1 0> (LVZ reference 13.6). */
#define MAKE_ISA_IO 1u

/* After the first call that fails, all others do nothing. */
struct maker {
    void *fdt;
    int error;
};

static void make_begin(struct maker *maker, const char *name) {
    maker->error = maker->error ? maker->error : fdt_begin_node(maker->fdt, name);
}

static void make_begin_at(struct maker *maker, const char *name, uint64_t address) {
    char text[MAKE_NAME_SIZE];
    snprintf(text, sizeof(text), "%s@%" PRIx64, name, address);
    make_begin(maker, text);
}

static void make_end(struct maker *maker) {
    maker->error = maker->error ? maker->error : fdt_end_node(maker->fdt);
}

static void make_text(struct maker *maker, const char *name, const char *text) {
    maker->error = maker->error ? maker->error : fdt_property_string(maker->fdt, name, text);
}

static void make_cell(struct maker *maker, const char *name, uint32_t value) {
    maker->error = maker->error ? maker->error : fdt_property_u32(maker->fdt, name, value);
}

static void make_property(struct maker *maker, const char *name, const void *value, size_t size) {
    maker->error = maker->error ? maker->error : fdt_property(maker->fdt, name, value, (int)size);
}

static void make_flag(struct maker *maker, const char *name) {
    make_property(maker, name, NULL, 0);
}

/* Address and size in the root's cells. */
static void make_reg(struct maker *maker, uint64_t address, uint64_t size) {
    fdt64_t reg[] = {cpu_to_fdt64(address), cpu_to_fdt64(size)};
    make_property(maker, "reg", reg, sizeof(reg));
}

static void make_cells(struct maker *maker, uint32_t address, uint32_t size) {
    make_cell(maker, "#address-cells", address);
    make_cell(maker, "#size-cells", size);
}

static void make_cpus(struct maker *maker, unsigned count) {
    make_begin(maker, "cpus");
    make_cells(maker, 1, 0);
    for (unsigned i = 0; i < count; i++) {
        make_begin_at(maker, "cpu", i);
        make_text(maker, "device_type", "cpu");
        make_text(maker, "compatible", "loongson,la464");
        make_cell(maker, "reg", i);
        make_end(maker);
    }
    make_end(maker);
}

static void make_controller(struct maker *maker, const char *name, const char *compatible,
                            uint32_t phandle) {
    make_begin(maker, name);
    make_text(maker, "compatible", compatible);
    make_flag(maker, "interrupt-controller");
    make_cell(maker, "#interrupt-cells", 1);
    make_cell(maker, "#address-cells", 0);
    make_cell(maker, "phandle", phandle);
}

static void make_interrupt(struct maker *maker, uint32_t interrupt) {
    uint32_t number = interrupt & LV_INTERRUPT_NUMBER;
    if (interrupt == LV_INTERRUPT_NONE) {
        return;
    }
    bool is_line = (interrupt & LV_INTERRUPT_KIND) == LV_INTERRUPT_LINE(0);
    make_cell(maker, "interrupt-parent", is_line ? MAKE_CPUINTC : MAKE_EIOINTC);
    make_cell(maker, "interrupts", is_line ? number + MAKE_ESTAT_HWI0 : number);
}

static void make_controllers(struct maker *maker) {
    make_controller(maker, "interrupt-controller", "loongson,cpu-interrupt-controller",
                    MAKE_CPUINTC);
    make_end(maker);
    make_controller(maker, "interrupt-controller-eiointc", "loongson,ls2k2000-eiointc",
                    MAKE_EIOINTC);
    make_interrupt(maker, LV_INTERRUPT_LINE(MAKE_EIOINTC_LINE));
    make_end(maker);
}

/* The path of the UART's node goes to `path`. */
static void make_uart(struct maker *maker, const struct lv_region *region) {
    uint64_t address = region->gpa + LV_UART_OFFSET;
    make_begin_at(maker, "serial", address);
    make_text(maker, "compatible", "ns16550a");
    make_reg(maker, address, MAKE_UART_SIZE);
    make_cell(maker, "clock-frequency", MAKE_UART_CLOCK);
    make_interrupt(maker, region->interrupt);
    make_end(maker);
}

/* `offset` is the register's from the syscon's. */
static void make_switch(struct maker *maker, const char *name, const char *compatible,
                        uint32_t offset, uint32_t value) {
    make_begin(maker, name);
    make_text(maker, "compatible", compatible);
    make_cell(maker, "regmap", MAKE_SYSCON);
    make_cell(maker, "offset", offset);
    make_cell(maker, "value", value);
    make_end(maker);
}

static void make_power(struct maker *maker, const struct lv_region *region) {
    uint64_t address = region->gpa + LV_POWER_SLEEP;
    make_begin_at(maker, "syscon", address);
    make_text(maker, "compatible", "syscon");
    make_reg(maker, address, LV_POWER_RESET - LV_POWER_SLEEP + 1);
    make_cell(maker, "reg-io-width", 1);
    make_cell(maker, "phandle", MAKE_SYSCON);
    make_end(maker);
    make_switch(maker, "poweroff", "syscon-poweroff", 0, LV_POWER_SLEEP_OFF);
    make_switch(maker, "reboot", "syscon-reboot", LV_POWER_RESET - LV_POWER_SLEEP,
                LV_POWER_RESET_NOW);
    make_begin_at(maker, "pvpanic", region->gpa + LV_POWER_CRASH);
    make_text(maker, "compatible", "qemu,pvpanic-mmio");
    make_reg(maker, region->gpa + LV_POWER_CRASH, 1);
    make_end(maker);
}

/* The kernel's i8042 driver probes ISA ports; they are in the hole. */
static void make_isa(struct maker *maker, const struct lv_region *region) {
    fdt32_t ranges[] = {
        cpu_to_fdt32(MAKE_ISA_IO),
        cpu_to_fdt32(0),
        cpu_to_fdt32((uint32_t)(region->gpa >> 32)),
        cpu_to_fdt32((uint32_t)region->gpa),
        cpu_to_fdt32((uint32_t)region->size),
    };
    make_begin_at(maker, "isa", region->gpa);
    make_text(maker, "compatible", "isa");
    make_cells(maker, 2, 1);
    make_property(maker, "ranges", ranges, sizeof(ranges));
    make_end(maker);
}

/* An entry of `ranges` or `dma-ranges` of the bus: the same address on both sides. */
struct make_pci_range {
    fdt32_t space;
    fdt32_t pci[2];
    fdt32_t cpu[2];
    fdt32_t size[2];
};

static void make_wide(fdt32_t cells[2], uint64_t value) {
    cells[0] = cpu_to_fdt32((uint32_t)(value >> 32));
    cells[1] = cpu_to_fdt32((uint32_t)value);
}

static struct make_pci_range make_pci_range(const struct lv_region *region) {
    struct make_pci_range range = {.space = cpu_to_fdt32(MAKE_PCI_MEMORY32)};
    make_wide(range.pci, region->gpa);
    make_wide(range.cpu, region->gpa);
    make_wide(range.size, region->size);
    return range;
}

/*
 * If only a part of the RAM is shared, the kernel must know that devices reach no other part: it
 * then takes rings from there, and copies what lies elsewhere.
 */
static void make_dma_ranges(struct maker *maker, const struct lv_zone_config *config) {
    struct make_pci_range ranges[LV_MAX_REGIONS];
    size_t count = 0;
    bool is_part = false;
    for (uint32_t i = 0; i < config->num_regions; i++) {
        const struct lv_region *region = &config->regions[i];
        bool is_shared = (region->flags & LV_REGION_SHARED) != 0;
        is_part = is_part || (region->type == LV_REGION_RAM && !is_shared);
        if (region->type == LV_REGION_RAM && is_shared) {
            ranges[count++] = make_pci_range(region);
        }
    }
    if (is_part) {
        make_property(maker, "dma-ranges", ranges, count * sizeof(ranges[0]));
    }
}

unsigned device_tree_message_vectors(const struct lv_zone_config *config, unsigned *first) {
    bool taken[LV_NUM_VECTORS];
    unsigned longest = 0;
    unsigned run = 0;
    for (unsigned i = 0; i < LV_NUM_VECTORS; i++) {
        taken[i] = (config->vectors[i / 64] >> i % 64 & 1) != 0;
    }
    for (uint32_t i = 0; i < config->num_regions; i++) {
        uint32_t interrupt = config->regions[i].interrupt;
        if ((interrupt & LV_INTERRUPT_KIND) == LV_INTERRUPT_VECTOR(0)) {
            taken[interrupt & LV_INTERRUPT_NUMBER] = true;
        }
    }
    for (unsigned i = MAKE_MESSAGE_FIRST; i < LV_NUM_VECTORS; i++) {
        run = taken[i] ? 0 : run + 1;
        if (run > longest) {
            longest = run;
            *first = i + 1 - run;
        }
    }
    return longest;
}

static void make_messages(struct maker *maker, const struct lv_zone_config *config) {
    unsigned first = 0;
    unsigned count = device_tree_message_vectors(config, &first);
    make_begin_at(maker, "msi-controller", MAKE_DOORBELL);
    make_text(maker, "compatible", "loongson,pch-msi-1.0");
    make_reg(maker, MAKE_DOORBELL, MAKE_DOORBELL_SIZE);
    make_flag(maker, "interrupt-controller");
    make_cell(maker, "#interrupt-cells", 1);
    make_cell(maker, "#address-cells", 0);
    make_flag(maker, "msi-controller");
    make_cell(maker, "interrupt-parent", MAKE_EIOINTC);
    make_cell(maker, "loongson,msi-base-vec", first);
    make_cell(maker, "loongson,msi-num-vecs", count);
    make_cell(maker, "phandle", MAKE_MSI);
    make_end(maker);
}

/* The bus of virtual functions, by the driver that the stock kernel has. */
static void make_pci(struct maker *maker, const struct lv_zone_config *config) {
    const struct lv_region *space = lv_find_region(config, LV_REGION_PCI_CONFIG);
    const struct lv_region *bars = lv_find_region(config, LV_REGION_VIRTIO_BARS);
    if (config->num_virtio == 0 || space == NULL || bars == NULL) {
        return;
    }
    const fdt64_t windows[] = {cpu_to_fdt64(space->gpa), cpu_to_fdt64(MAKE_OLD_CONFIG_SIZE),
                               cpu_to_fdt64(space->gpa), cpu_to_fdt64(space->size)};
    const fdt32_t buses[] = {0, 0};
    const struct make_pci_range memory = make_pci_range(bars);
    make_messages(maker, config);
    make_begin_at(maker, "pci", space->gpa);
    make_text(maker, "compatible", "loongson,ls7a-pci");
    make_text(maker, "device_type", "pci");
    make_cells(maker, MAKE_PCI_CELLS, MAKE_CELLS);
    make_property(maker, "reg", windows, sizeof(windows));
    make_property(maker, "bus-range", buses, sizeof(buses));
    make_flag(maker, "dma-coherent");
    make_cell(maker, "msi-parent", MAKE_MSI);
    make_property(maker, "ranges", &memory, sizeof(memory));
    make_dma_ranges(maker, config);
    make_end(maker);
}

static void make_console(struct maker *maker, const struct lv_region *uart) {
    char path[MAKE_NAME_SIZE];
    snprintf(path, sizeof(path), "/serial@%" PRIx64, uart->gpa + LV_UART_OFFSET);
    make_begin(maker, "aliases");
    make_text(maker, "serial0", path);
    make_end(maker);
    make_begin(maker, "chosen");
    make_text(maker, "stdout-path", "serial0:115200n8");
    make_end(maker);
}

static void make_all(struct maker *maker, const struct lv_zone_config *config) {
    const struct lv_region *uart = lv_find_region(config, LV_REGION_UART);
    const struct lv_region *power = lv_find_region(config, LV_REGION_POWER);
    const struct lv_region *hole = lv_find_region(config, LV_REGION_HOLE);
    make_begin(maker, "");
    make_text(maker, "model", "Loongvisor zone");
    make_text(maker, "compatible", "loongvisor,zone");
    make_cells(maker, MAKE_CELLS, MAKE_CELLS);
    if (uart != NULL) {
        make_console(maker, uart);
    }
    make_cpus(maker, (unsigned)__builtin_popcountll(config->cpus));
    make_controllers(maker);
    if (uart != NULL) {
        make_uart(maker, uart);
    }
    if (power != NULL) {
        make_power(maker, power);
    }
    if (hole != NULL) {
        make_isa(maker, hole);
    }
    make_pci(maker, config);
    make_end(maker);
}

struct file_bytes device_tree_make(struct arena *arena, const struct lv_zone_config *config) {
    struct maker maker = {.fdt = arena_alloc(arena, MAKE_ROOM)};
    maker.error = fdt_create(maker.fdt, (int)MAKE_ROOM);
    maker.error = maker.error ? maker.error : fdt_finish_reservemap(maker.fdt);
    make_all(&maker, config);
    maker.error = maker.error ? maker.error : fdt_finish(maker.fdt);
    if (maker.error != 0) {
        fprintf(stderr, "loongvisor tools: MAKE_ROOM is too small: %s\n",
                fdt_strerror(maker.error));
        abort();
    }
    return (struct file_bytes){maker.fdt, fdt_totalsize(maker.fdt)};
}
