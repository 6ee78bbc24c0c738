/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "zone.h"

#include "zone_check.h"

#include <string.h>

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

static const struct field zone_region_fields[] = {
    {"type", field_read_text, offsetof(struct zone_region, type_name), true},
    {"physical_start", field_read_number, offsetof(struct zone_region, hpa), false},
    {"virtual_start", field_read_number, offsetof(struct zone_region, gpa), true},
    {"size", field_read_number, offsetof(struct zone_region, size), true},
};

static const struct field zone_pci_fields[] = {
    {"domain", field_read_number, offsetof(struct zone_pci_device, domain), false},
    {"bus", field_read_number, offsetof(struct zone_pci_device, bus), true},
    {"device", field_read_number, offsetof(struct zone_pci_device, device), true},
    {"function", field_read_number, offsetof(struct zone_pci_device, function), true},
    {"v_bus", field_read_number, offsetof(struct zone_pci_device, zone_bus), false},
    {"v_device", field_read_number, offsetof(struct zone_pci_device, zone_device), false},
    {"v_function", field_read_number, offsetof(struct zone_pci_device, zone_function), false},
    {"dev_type", field_read_number, offsetof(struct zone_pci_device, kind), false},
};

static const struct field zone_module_fields[] = {
    {"name", field_read_text, offsetof(struct zone_module, name), false},
    {"filepath", field_read_text, offsetof(struct zone_module, path), true},
    {"load_paddr", field_read_number, offsetof(struct zone_module, address), true},
};

static const char *const zone_region_types[] = {
    [LV_REGION_RAM] = "ram",   [LV_REGION_IO] = "io",     [LV_REGION_VIRTIO] = "virtio",
    [LV_REGION_HOLE] = "hole", [LV_REGION_INFO] = "info", [LV_REGION_PCI_CONFIG] = "pci-config",
};

const char *zone_region_type_name(enum lv_region_type type) {
    return zone_region_types[type];
}

bool zone_region_has_hpa(enum lv_region_type type) {
    return type == LV_REGION_RAM || type == LV_REGION_IO;
}

const char *zone_name(const struct zone *zone) {
    return zone->name.text ? zone->name.text : "?";
}

static bool zone_read_region_type(struct report *report, struct zone_region *region) {
    if (region->type_name.text == NULL) {
        return false;
    }
    for (size_t i = 0; i < ARRAY_SIZE(zone_region_types); i++) {
        if (strcmp(region->type_name.text, zone_region_types[i]) == 0) {
            region->type = (enum lv_region_type)i;
            return true;
        }
    }
    report_error(report, &region->type_name.node->place,
                 "give ram, io, virtio, hole, pci-config or info", "unknown type of region");
    return false;
}

static void zone_read_region(struct report *report, const struct json_node *node,
                             struct zone_region *region) {
    region->node = node;
    if (!field_read_object(report, node, zone_region_fields, ARRAY_SIZE(zone_region_fields),
                           region)) {
        return;
    }
    bool typed = zone_read_region_type(report, region);
    region->good = typed && region->gpa.good && region->size.good;
    if (region->good && zone_region_has_hpa(region->type)) {
        region->good = region->hpa.good;
        if (region->hpa.node == NULL) {
            report_error(report, &node->place, "add the HPA as \"physical_start\"",
                         "a region of type %s needs \"physical_start\"", region->type_name.text);
        }
    }
}

/* True when the list has at most `max` elements. */
static bool zone_expect_list(struct report *report, const struct json_node *node, size_t max) {
    if (!field_expect(report, node, JSON_ARRAY)) {
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
        device->good = zone_check_pci_device(report, device);
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

static void zone_read_cpus(struct report *report, const struct json_node *node, void *target) {
    struct zone *zone = target;
    field_read_set(report, node, LV_MAX_CPUS, "CPU", &zone->cpus);
}

static void zone_read_vectors(struct report *report, const struct json_node *node, void *target) {
    struct zone *zone = target;
    field_read_set(report, node, LV_NUM_VECTORS, "vector", &zone->vectors);
}

static void zone_read_lines(struct report *report, const struct json_node *node, void *target) {
    struct zone *zone = target;
    field_read_set(report, node, ZONE_NUM_LINES, "line", &zone->lines);
}

/* hvisor's way of saying "nothing to load" is the path "null". */
static void zone_read_path(struct report *report, const struct json_node *node, void *target) {
    struct field_text *path = target;
    field_read_text(report, node, path);
    if (path->text != NULL && strcmp(path->text, "null") == 0) {
        path->text = NULL;
    }
}

static void zone_read_ivc(struct report *report, const struct json_node *node, void *target) {
    (void)target;
    if (field_expect(report, node, JSON_ARRAY) && node->count != 0) {
        report_error(report, &node->place, "leave the list empty",
                     "communication channels between zones are not available");
    }
}

static void zone_read_pci_config(struct report *report, const struct json_node *node,
                                 void *target) {
    (void)target;
    if (field_expect(report, node, JSON_ARRAY) && node->count != 0) {
        report_warning(report, &node->place,
                       "give the zone a region of type \"pci-config\" and its BARs as \"io\"",
                       "not used here: configuration space is the board's");
    }
}

static const struct field zone_fields[] = {
    {"name", field_read_text, offsetof(struct zone, name), true},
    {"zone_id", field_read_number, offsetof(struct zone, id), true},
    {"root", field_read_bool, offsetof(struct zone, root_field), false},
    {"cpus", zone_read_cpus, 0, true},
    {"memory_regions", zone_read_regions, 0, true},
    {"interrupts", zone_read_vectors, 0, false},
    {"cpu_lines", zone_read_lines, 0, false},
    {"paravirt_ipi", field_read_bool, offsetof(struct zone, paravirt_ipi), false},
    {"pci_devices", zone_read_pci_devices, 0, false},
    {"alloc_pci_devs", zone_read_pci_devices, 0, false},
    {"kernel_filepath", zone_read_path, offsetof(struct zone, kernel_path), false},
    {"kernel_load_paddr", field_read_number, offsetof(struct zone, kernel_address), false},
    {"entry_point", field_read_number, offsetof(struct zone, entry), false},
    {"dtb_filepath", zone_read_path, offsetof(struct zone, dtb_path), false},
    {"dtb_load_paddr", field_read_number, offsetof(struct zone, dtb_address), false},
    {"initrd_filepath", zone_read_path, offsetof(struct zone, initrd_path), false},
    {"initrd_load_paddr", field_read_number, offsetof(struct zone, initrd_address), false},
    {"modules", zone_read_modules, 0, false},
    {"kernel_args", field_read_text, offsetof(struct zone, kernel_args), false},
    {"boot", field_read_text, offsetof(struct zone, boot_name), false},
    {"boot_tables_paddr", field_read_number, offsetof(struct zone, tables_address), false},
    {"ivc_configs", zone_read_ivc, 0, false},
    {"pci_config", zone_read_pci_config, 0, false},
    {"num_pci_devs", field_skip, 0, false},
    {"arch", field_skip, 0, false},
    {"arch_config", field_skip, 0, false},
    {"boot_protocol", field_skip, 0, false},
};

static void zone_read_boot(struct report *report, struct zone *zone) {
    const char *name = zone->boot_name.text;
    if (name == NULL) {
        return;
    }
    if (strcmp(name, "efi-tables") == 0) {
        zone->boot = ZONE_BOOT_EFI_TABLES;
    } else if (strcmp(name, "none") == 0) {
        zone->boot = ZONE_BOOT_NONE;
    } else {
        report_error(report, &zone->boot_name.node->place, "give \"efi-tables\" or \"none\"",
                     "unknown boot protocol");
    }
}

void zone_read(struct report *report, const struct json_node *node, struct zone *zone) {
    unsigned before = report->errors;
    *zone = (struct zone){.node = node};
    if (field_read_object(report, node, zone_fields, ARRAY_SIZE(zone_fields), zone)) {
        zone_read_boot(report, zone);
        zone_check(report, zone);
    }
    zone->good = report->errors == before;
}
