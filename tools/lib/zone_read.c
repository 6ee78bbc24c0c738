/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "zone_read.h"

#include "hvisor.h"
#include "zone_devices.h"

#include <string.h>

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

#define SCHEMA_LIST(of) "\"type\": \"array\", \"items\": {\"$ref\": \"#/$defs/" of "\"}"
#define SCHEMA_ARRAY    "\"type\": \"array\""
/* lv_name_is_good() as a pattern. */
#define SCHEMA_NAME                                                                                \
    "\"type\": \"string\", \"pattern\": "                                                          \
    "\"^(?=.*[A-Za-z_])(?!.*\\\\.json$)[A-Za-z0-9_][A-Za-z0-9._-]{0,30}$\""
#define SCHEMA_REGION_TYPE                                                                         \
    "\"enum\": [\"ram\", \"io\", \"virtio\", \"hole\", \"pci-config\", \"info\", \"uart\", "       \
    "\"power\", \"pool\"]"
#define SCHEMA_BOOT "\"enum\": [\"efi-tables\", \"none\"]"
#define SCHEMA_CPUS                                                                                \
    "\"anyOf\": [{\"type\": \"integer\", \"minimum\": 1}, {" FIELD_SCHEMA_RANGES "}]"

/* A field of `object` that goes to the member of that name. */
#define MEMBER(object, member) offsetof(struct object, member)
#define REQUIRED               (FIELD_HVISOR | FIELD_REQUIRED)
#define EXPECTED               (FIELD_HVISOR | FIELD_EXPECTED)

static const struct field zone_region_fields[] = {
    {"type", field_read_text, MEMBER(zone_region, type_name), REQUIRED, SCHEMA_REGION_TYPE,
     "what the zone finds there"},
    {"physical_start", field_read_number, MEMBER(zone_region, hpa), FIELD_HVISOR,
     FIELD_SCHEMA_NUMBER,
     "HPA, for ram, io and pool; ram without it is placed in the root zone's pool"},
    {"virtual_start", field_read_number, MEMBER(zone_region, gpa), FIELD_HVISOR,
     FIELD_SCHEMA_NUMBER, "GPA, a multiple of 4 KiB; a pool has the HPA"},
    {"size", field_read_size, MEMBER(zone_region, size), REQUIRED, FIELD_SCHEMA_SIZE,
     "bytes, a multiple of 4 KiB"},
    {"shared", field_read_bool, MEMBER(zone_region, shared), FIELD_OURS, FIELD_SCHEMA_BOOL,
     "ram that stays mapped in the root zone"},
    {"note", field_skip, 0, FIELD_HVISOR, FIELD_SCHEMA_ANYTHING, "for people"},
};

static const struct field zone_pci_fields[] = {
    {"domain", field_read_number, MEMBER(zone_pci_device, domain), FIELD_HVISOR,
     FIELD_SCHEMA_NUMBER, "0"},
    {"bus", field_read_number, MEMBER(zone_pci_device, bus), REQUIRED, FIELD_SCHEMA_NUMBER,
     "where the function is: 0 to 255"},
    {"device", field_read_number, MEMBER(zone_pci_device, device), REQUIRED, FIELD_SCHEMA_NUMBER,
     "where the function is: 0 to 31"},
    {"function", field_read_number, MEMBER(zone_pci_device, function), REQUIRED,
     FIELD_SCHEMA_NUMBER, "where the function is: 0 to 7"},
    {"v_bus", field_read_number, MEMBER(zone_pci_device, zone_bus), FIELD_HVISOR,
     FIELD_SCHEMA_NUMBER, "where the zone sees it; the same if left out"},
    {"v_device", field_read_number, MEMBER(zone_pci_device, zone_device), FIELD_HVISOR,
     FIELD_SCHEMA_NUMBER, "where the zone sees it; the same if left out"},
    {"v_function", field_read_number, MEMBER(zone_pci_device, zone_function), FIELD_HVISOR,
     FIELD_SCHEMA_NUMBER, "where the zone sees it; the same if left out"},
    {"dev_type", field_read_number, MEMBER(zone_pci_device, kind), FIELD_HVISOR,
     FIELD_SCHEMA_NUMBER, "0: a physical function"},
};

static const struct field zone_module_fields[] = {
    {"name", field_read_text, MEMBER(zone_module, name), FIELD_HVISOR, FIELD_SCHEMA_TEXT,
     "for people"},
    {"filepath", field_read_text, MEMBER(zone_module, path), REQUIRED, FIELD_SCHEMA_TEXT,
     "the file"},
    {"load_paddr", field_read_number, MEMBER(zone_module, address), REQUIRED, FIELD_SCHEMA_NUMBER,
     "GPA, a multiple of 8"},
};

static bool zone_read_region_type(struct report *report, struct zone_region *region) {
    if (region->type_name.text == NULL) {
        return false;
    }
    size_t type = field_read_choice(report, region->type_name.node, zone_region_type_names,
                                    ZONE_NUM_REGION_TYPES, "type of region");
    if (type == ZONE_NUM_REGION_TYPES) {
        return false;
    }
    region->type = (enum lv_region_type)type;
    return true;
}

/* Where a region may leave one of its addresses out. */
static void zone_complete_region(struct report *report, struct zone_region *region) {
    if (region->type == LV_REGION_POOL && region->gpa.node == NULL) {
        region->gpa = region->hpa;
    } else if (region->gpa.node == NULL) {
        report_error(report, &region->node->place, "add the GPA as \"virtual_start\"",
                     "the field \"virtual_start\" is missing");
    }
    region->floating = region->type == LV_REGION_RAM && region->hpa.node == NULL;
    region->good = region->gpa.good && region->size.good;
    if (!zone_region_has_hpa(region->type) || region->floating) {
        return;
    }
    region->good = region->good && region->hpa.good;
    if (region->hpa.node == NULL) {
        report_error(report, &region->node->place, "add the HPA as \"physical_start\"",
                     "a region of type %s needs \"physical_start\"", region->type_name.text);
    }
}

static void zone_read_region(struct report *report, const struct json_node *node,
                             struct zone_region *region) {
    region->node = node;
    if (field_read_object(report, node, zone_region_fields, ARRAY_SIZE(zone_region_fields),
                          region) &&
        zone_read_region_type(report, region)) {
        zone_complete_region(report, region);
    }
}

/* True when the list has at most `max` elements. */
static bool zone_expect_list(struct report *report, const struct json_node *node, size_t max) {
    if (!field_expect(report, node, JSON_NODE_ARRAY)) {
        return false;
    }
    if (node->count > max) {
        report_error(report, &node->place, "shorten the list",
                     "%zu elements; the hypervisor takes %zu", node->count, max);
        return false;
    }
    return true;
}

static void zone_read_regions(struct report *report, const struct json_node *node, void *target) {
    struct zone *zone = target;
    if (zone_expect_list(report, node, LV_MAX_REGIONS)) {
        for (size_t i = 0; i < node->count; i++) {
            zone_read_region(report, &node->children[i], &zone->regions[i]);
        }
        zone->num_regions = node->count;
    }
}

/* What the zone sees is where the function is, unless said otherwise. */
static void zone_default_number(struct field_number *number, const struct field_number *from) {
    if (number->node == NULL) {
        number->value = from->value;
        number->good = from->good;
    }
}

static void zone_read_pci_device(struct report *report, const struct json_node *node,
                                 struct zone_pci_device *device) {
    device->node = node;
    if (field_read_object(report, node, zone_pci_fields, ARRAY_SIZE(zone_pci_fields), device)) {
        zone_default_number(&device->zone_bus, &device->bus);
        zone_default_number(&device->zone_device, &device->device);
        zone_default_number(&device->zone_function, &device->function);
        device->good = true;
    }
}

static void zone_read_pci_devices(struct report *report, const struct json_node *node,
                                  void *target) {
    struct zone *zone = target;
    if (!zone_expect_list(report, node, LV_MAX_PCI_FUNCTIONS - zone->num_pci_devices)) {
        return;
    }
    for (size_t i = 0; i < node->count; i++) {
        zone_read_pci_device(report, &node->children[i],
                             &zone->pci_devices[zone->num_pci_devices++]);
    }
}

static void zone_read_modules(struct report *report, const struct json_node *node, void *target) {
    struct zone *zone = target;
    if (zone_expect_list(report, node, ZONE_MAX_MODULES)) {
        for (size_t i = 0; i < node->count; i++) {
            zone->modules[i].node = &node->children[i];
            field_read_object(report, &node->children[i], zone_module_fields,
                              ARRAY_SIZE(zone_module_fields), &zone->modules[i]);
        }
        zone->num_modules = node->count;
    }
}

/* A list names CPUs; a number says how many. How many the board has is not known here. */
static void zone_read_cpus(struct report *report, const struct json_node *node, void *target) {
    static const struct field_members cpus = {.what = "CPU", .limit = LV_MAX_CPUS};
    struct zone *zone = target;
    if (node->type == JSON_NODE_NUMBER) {
        field_read_number(report, node, &zone->cpu_count);
    } else {
        field_read_set(report, node, &cpus, &zone->cpus);
    }
}

static void zone_read_vectors(struct report *report, const struct json_node *node, void *target) {
    static const struct field_members vectors = {"vector", LV_NUM_VECTORS, true};
    struct zone *zone = target;
    if (zone->is_hvisor) {
        hvisor_read_interrupts(report, node, zone);
    } else {
        field_read_set(report, node, &vectors, &zone->vectors);
    }
}

static void zone_read_lines(struct report *report, const struct json_node *node, void *target) {
    static const struct field_members lines = {"line", ZONE_NUM_LINES, true};
    struct zone *zone = target;
    field_read_set(report, node, &lines, &zone->lines);
}

/* hvisor's way of saying "nothing to load" is the path "null". */
static void zone_read_path(struct report *report, const struct json_node *node, void *target) {
    struct field_text *path = target;
    field_read_text(report, node, path);
    if (path->text != NULL && strcmp(path->text, "null") == 0) {
        path->text = NULL;
    }
}

static const struct field zone_fields[] = {
    {"$schema", field_skip, 0, FIELD_HVISOR, FIELD_SCHEMA_ANYTHING, "for editors"},
    {"name", field_read_text, MEMBER(zone, name), REQUIRED | FIELD_EXPECTED, SCHEMA_NAME,
     "unique on the machine"},
    {"zone_id", field_read_number, MEMBER(zone, id), REQUIRED | FIELD_EXPECTED, FIELD_SCHEMA_NUMBER,
     "0 to 15; 0 is the root zone"},
    {"root", field_read_bool, MEMBER(zone, root_field), FIELD_OURS, FIELD_SCHEMA_BOOL,
     "says what zone_id says, and is checked against it"},
    {"cpus", zone_read_cpus, 0, REQUIRED | FIELD_EXPECTED, SCHEMA_CPUS,
     "CPUs by their position on the board, such as [1, 4-7]; or a number: how many"},
    {"memory", field_read_size, MEMBER(zone, memory), FIELD_OURS, FIELD_SCHEMA_SIZE,
     "RAM, such as 256M: at GPA 0, beyond 256 MiB at 0x80000000; and the usual devices"},
    {"memory_regions", zone_read_regions, 0, EXPECTED, SCHEMA_LIST("region"),
     "what the zone finds where"},
    {"interrupts", zone_read_vectors, 0, EXPECTED, FIELD_SCHEMA_SET,
     "EIOINTC vectors that the zone owns: 0 to 255, in groups of 32"},
    {"cpu_lines", zone_read_lines, 0, FIELD_OURS, FIELD_SCHEMA_SET,
     "CPU interrupt lines HWI0 to HWI7 that pass straight to the zone"},
    {"paravirt_ipi", field_read_bool, MEMBER(zone, paravirt_ipi), FIELD_OURS, FIELD_SCHEMA_BOOL,
     "the zone sees KVM's interface for IPIs"},
    {"uart_interrupt", zone_read_interrupt, MEMBER(zone, uart_interrupt), FIELD_OURS,
     ZONE_SCHEMA_INTERRUPT, "of the virtual UART"},
    {"power_interrupt", zone_read_interrupt, MEMBER(zone, power_interrupt), FIELD_OURS,
     ZONE_SCHEMA_INTERRUPT, "pulsed when the zone is asked to stop"},
    {"event_interrupt", zone_read_interrupt, MEMBER(zone, event_interrupt), FIELD_OURS,
     ZONE_SCHEMA_INTERRUPT, "root zone: high while the hypervisor has events"},
    {"on_poweroff", zone_read_policy, MEMBER(zone, on_poweroff), FIELD_OURS, ZONE_SCHEMA_POLICY,
     "what follows the zone's own power-off"},
    {"on_reboot", zone_read_policy, MEMBER(zone, on_reboot), FIELD_OURS, ZONE_SCHEMA_POLICY,
     "what follows the zone's own reboot"},
    {"on_failure", zone_read_policy, MEMBER(zone, on_failure), FIELD_OURS, ZONE_SCHEMA_POLICY,
     "what follows a failure"},
    {"on_watchdog", zone_read_policy, MEMBER(zone, on_watchdog), FIELD_OURS, ZONE_SCHEMA_POLICY,
     "what follows a watchdog that ran out"},
    {"watchdog_ms", field_read_number, MEMBER(zone, watchdog_ms), FIELD_OURS, FIELD_SCHEMA_NUMBER,
     "the longest time between two signs of life; 0: no watchdog"},
    {"pci_devices", zone_read_pci_devices, 0, FIELD_OURS, SCHEMA_LIST("pci_device"),
     "PCI functions that the zone owns"},
    {"alloc_pci_devs", zone_read_pci_devices, 0, FIELD_HVISOR, SCHEMA_LIST("pci_device"),
     "PCI functions that the zone owns"},
    {"kernel_filepath", zone_read_path, MEMBER(zone, kernel_path), EXPECTED, FIELD_SCHEMA_TEXT,
     "zboot, Image, ELF or flat binary; null in quotes: none"},
    {"kernel_load_paddr", field_read_number, MEMBER(zone, kernel_address), EXPECTED,
     FIELD_SCHEMA_NUMBER, "GPA; 0x200000 for Linux if left out, required for a flat binary"},
    {"entry_point", field_read_number, MEMBER(zone, entry), EXPECTED, FIELD_SCHEMA_NUMBER,
     "GPA of the first instruction; from the kernel if left out"},
    {"dtb_filepath", zone_read_path, MEMBER(zone, dtb_path), EXPECTED, FIELD_SCHEMA_TEXT,
     "device tree; a Linux kernel without one gets one made for the zone"},
    {"dtb_load_paddr", field_read_number, MEMBER(zone, dtb_address), EXPECTED, FIELD_SCHEMA_NUMBER,
     "GPA, a multiple of 8; 0x100000 if left out"},
    {"initrd_filepath", zone_read_path, MEMBER(zone, initrd_path), FIELD_OURS, FIELD_SCHEMA_TEXT,
     "initial RAM disk"},
    {"initrd_load_paddr", field_read_number, MEMBER(zone, initrd_address), FIELD_OURS,
     FIELD_SCHEMA_NUMBER, "GPA, a multiple of 8; the highest room in RAM if left out"},
    {"modules", zone_read_modules, 0, FIELD_HVISOR, SCHEMA_LIST("module"), "further files"},
    {"kernel_args", field_read_text, MEMBER(zone, kernel_args), FIELD_HVISOR, FIELD_SCHEMA_TEXT,
     "command line"},
    {"boot", field_read_text, MEMBER(zone, boot_name), FIELD_OURS, SCHEMA_BOOT, "boot protocol"},
    {"boot_tables_paddr", field_read_number, MEMBER(zone, tables_address), FIELD_OURS,
     FIELD_SCHEMA_NUMBER, "GPA of the boot tables, below 2 MiB; 0x10000 if left out"},
    {"ivc_configs", hvisor_read_channels, 0, EXPECTED, SCHEMA_ARRAY,
     "hvisor's channels between zones: none here"},
    {"pci_config", hvisor_read_bridge, 0, FIELD_HVISOR, FIELD_SCHEMA_ANYTHING,
     "hvisor's description of the PCI host bridge; not used"},
    {"num_pci_devs", field_skip, 0, FIELD_HVISOR, FIELD_SCHEMA_ANYTHING, "hvisor's; not used"},
    {"arch", field_skip, 0, FIELD_HVISOR, FIELD_SCHEMA_ANYTHING, "hvisor's; not used"},
    {"arch_config", field_skip, 0, FIELD_HVISOR, FIELD_SCHEMA_ANYTHING, "hvisor's; not used"},
    {"boot_protocol", field_skip, 0, FIELD_HVISOR, FIELD_SCHEMA_ANYTHING, "hvisor's; not used"},
    {"boot_method", field_skip, 0, FIELD_HVISOR, FIELD_SCHEMA_ANYTHING, "hvisor's; not used"},
    {"note", field_skip, 0, FIELD_HVISOR, FIELD_SCHEMA_ANYTHING, "for people"},
};

const struct zone_table zone_tables[] = {
    {NULL, zone_fields, ARRAY_SIZE(zone_fields)},
    {"region", zone_region_fields, ARRAY_SIZE(zone_region_fields)},
    {"pci_device", zone_pci_fields, ARRAY_SIZE(zone_pci_fields)},
    {"module", zone_module_fields, ARRAY_SIZE(zone_module_fields)},
};
const size_t zone_num_tables = ARRAY_SIZE(zone_tables);

static void zone_read_boot(struct report *report, struct zone *zone) {
    static const char *const names[] = {
        [ZONE_BOOT_EFI_TABLES] = "efi-tables",
        [ZONE_BOOT_NONE] = "none",
    };
    if (zone->boot_name.text != NULL) {
        size_t boot = field_read_choice(report, zone->boot_name.node, names, ARRAY_SIZE(names),
                                        "boot protocol");
        zone->boot = boot < ARRAY_SIZE(names) ? (enum zone_boot)boot : ZONE_BOOT_DEFAULT;
    }
}

bool zone_read(struct report *report, const struct json_node *node, struct zone *zone) {
    *zone = (struct zone){.node = node};
    zone->is_hvisor = hvisor_is_zone(node, zone_fields, ARRAY_SIZE(zone_fields));
    if (!field_read_object(report, node, zone_fields, ARRAY_SIZE(zone_fields), zone)) {
        return false;
    }
    zone_read_boot(report, zone);
    return true;
}
