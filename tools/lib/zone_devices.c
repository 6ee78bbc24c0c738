// SPDX-License-Identifier: GPL-2.0-or-later
#include "zone_devices.h"

#include "array.h"

#include <inttypes.h>
#include <string.h>

/* Lines over which Linux spreads the EIOINTC when it sees KVM's interface (LVZ reference 9.1). */
#define ZONE_SPREAD_LINES 4u

const char *zone_interrupt_name(struct arena *arena, uint32_t interrupt) {
    unsigned number = interrupt & LV_INTERRUPT_NUMBER;
    if (interrupt == LV_INTERRUPT_NONE) {
        return "none";
    }
    return arena_printf(
        arena, (interrupt & LV_INTERRUPT_KIND) == LV_INTERRUPT_LINE(0) ? "line %u" : "vector %u",
        number);
}

/* Reads "KIND N" with N below the limit. */
static bool zone_parse_interrupt(const char *text, const char *kind, unsigned limit,
                                 unsigned *number) {
    size_t length = strlen(kind);
    if (strncmp(text, kind, length) != 0 || text[length] != ' ') {
        return false;
    }
    const char *digits = text + length + 1;
    unsigned value = 0;
    size_t count = strspn(digits, "0123456789");
    if (count == 0 || count > 3 || digits[count] != '\0') {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        value = value * 10 + (unsigned)(digits[i] - '0');
    }
    *number = value;
    return value < limit;
}

void zone_read_interrupt(struct report *report, const struct json_node *node, void *target) {
    struct zone_interrupt *interrupt = target;
    unsigned number = 0;
    interrupt->node = node;
    if (!field_expect(report, node, JSON_NODE_STRING)) {
        return;
    }
    if (zone_parse_interrupt(node->text, "line", LV_NUM_LINES, &number)) {
        interrupt->value = LV_INTERRUPT_LINE(number);
    } else if (zone_parse_interrupt(node->text, "vector", LV_NUM_VECTORS, &number)) {
        interrupt->value = LV_INTERRUPT_VECTOR(number);
    } else if (strcmp(node->text, "none") != 0) {
        report_error(report, &node->place,
                     "give \"line 0\" to \"line 7\", \"vector 0\" to \"vector 255\" or \"none\"",
                     "not an interrupt");
    }
}

void zone_read_policy(struct report *report, const struct json_node *node, void *target) {
    struct zone_policy *policy = target;
    size_t value = field_read_word(report, node, &zone_policies);
    policy->node = node;
    policy->value = value < zone_policies.count ? (enum lv_policy)value : LV_POLICY_STOP;
}

static const struct place *zone_interrupt_place(const struct zone_file *zone,
                                                const struct zone_interrupt *interrupt) {
    return interrupt->node ? &interrupt->node->place : &zone->node->place;
}

static void zone_check_interrupt_free(struct report *report, const struct zone_file *zone,
                                      const struct zone_interrupt *interrupt, const char *field) {
    const struct place *place = zone_interrupt_place(zone, interrupt);
    unsigned number = interrupt->value & LV_INTERRUPT_NUMBER;
    bool is_line = (interrupt->value & LV_INTERRUPT_KIND) == LV_INTERRUPT_LINE(0);
    if (is_line && field_set_has(&zone->cpu_lines, number)) {
        report_error(report, place, "choose another, or take the line from \"cpu_lines\"",
                     "%s: line %u passes to the zone already", field, number);
    } else if (!is_line && field_set_has(&zone->vectors, number)) {
        report_error(report, place, "choose another, or take its group from \"interrupts\"",
                     "%s: the zone owns vector %u of the hardware already", field, number);
    }
    if (is_line && number < ZONE_SPREAD_LINES && zone->paravirt_ipi.value) {
        report_warning(report, place, "add \"paravirt_ipi\": false, or choose line 4 to 7",
                       "%s: Linux takes lines 0 to %u for the EIOINTC here", field,
                       ZONE_SPREAD_LINES - 1);
    }
}

/* An interrupt of a zone: the field that names it, and the region that raises it. */
struct zone_interrupt_use {
    const char *field;
    const struct zone_interrupt *interrupt;
    enum lv_region_type region;
};

static void zone_check_interrupt(struct report *report, const struct zone_file *zone,
                                 const struct zone_interrupt_use *use) {
    zone_check_interrupt_free(report, zone, use->interrupt, use->field);
    if (zone_file_find_region(zone, use->region) == NULL) {
        const char *type = field_word(&zone_region_types, use->region);
        const char *remedy = arena_printf(report->arena, "add a region of type \"%s\"", type);
        report_error(report, zone_interrupt_place(zone, use->interrupt), remedy,
                     "%s: the zone has no %s", use->field, type);
    }
}

static void zone_check_interrupts(struct report *report, const struct zone_file *zone) {
    const struct zone_interrupt_use uses[] = {
#define ZONE_INTERRUPT(table, name, member, flags, region, ...) {name, &zone->member, region},
#include <loongvisor/zone_fields.def>
    };
    const struct {
        const struct zone_interrupt *interrupt;
        const char *what;
    } roots[] = {{&zone->event_interrupt, "events"}, {&zone->kick_interrupt, "kicks"}};
    for (size_t i = 0; i < ARRAY_SIZE(uses); i++) {
        const struct zone_interrupt *interrupt = uses[i].interrupt;
        if (interrupt->value == LV_INTERRUPT_NONE) {
            continue;
        }
        zone_check_interrupt(report, zone, &uses[i]);
        for (size_t j = 0; j < i; j++) {
            if (uses[j].interrupt->value == interrupt->value) {
                report_error(report, zone_interrupt_place(zone, interrupt),
                             "give each its own interrupt", "%s and %s are the same", uses[i].field,
                             uses[j].field);
            }
        }
    }
    for (size_t i = 0; i < ARRAY_SIZE(roots) && !zone->is_root; i++) {
        if (roots[i].interrupt->value != LV_INTERRUPT_NONE) {
            report_error(report, zone_interrupt_place(zone, roots[i].interrupt), "remove it",
                         "%s are for the root zone", roots[i].what);
        }
    }
}

static void zone_check_policy(struct report *report, const struct zone_file *zone,
                              const struct zone_policy *policy, bool may_be_machine) {
    if (policy->node == NULL || policy->value != LV_POLICY_MACHINE) {
        return;
    }
    if (!zone->is_root) {
        report_error(report, &policy->node->place, "give \"stop\" or \"restart\"",
                     "only the root zone's end may be the machine's");
    } else if (!may_be_machine) {
        report_error(report, &policy->node->place, "give \"stop\" or \"restart\"",
                     "the other zones go on when the root zone fails");
    }
}

void zone_check_devices(struct report *report, struct zone_file *zone) {
    zone_check_interrupts(report, zone);
    zone_check_policy(report, zone, &zone->on_poweroff, true);
    zone_check_policy(report, zone, &zone->on_reboot, true);
    zone_check_policy(report, zone, &zone->on_failure, false);
    zone_check_policy(report, zone, &zone->on_watchdog, false);
    bool watched = zone->watchdog_ms.good && zone->watchdog_ms.value != 0;
    if (watched && zone_file_find_region(zone, LV_REGION_POWER) == NULL) {
        report_warning(report, &zone->watchdog_ms.node->place, "add a region of type \"power\"",
                       "without a power block only a hypercall is a sign of life");
    }
    if (!watched && zone->on_watchdog.node != NULL) {
        report_warning(report, &zone->on_watchdog.node->place, "add \"watchdog_ms\"",
                       "the zone has no watchdog");
    }
}
