// SPDX-License-Identifier: GPL-2.0-or-later
#include "life.h"

#include "lib/plan.h"
#include "lib/zone_serve.h"
#include "running.h"
#include "words.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

/* Bytes per ioctl: small enough that progress can be said and a signal is heard. */
#define CREATE_PIECE       ((uint64_t)1 << 20)
#define CREATE_MIB         ((uint64_t)1 << 20)
#define CREATE_PROGRESS_MS 2000u

/* How far the loading of a zone is. */
struct create_progress {
    uint64_t done;
    uint64_t total;
    uint64_t due_ms; /* when to say so next */
};

static void create_say(struct cli *cli, const char *name, struct create_progress *progress) {
    uint64_t now = hv_now(cli);
    if (now >= progress->due_ms) {
        cli_note(cli, "zone %s: %" PRIu64 " of %" PRIu64 " MiB loaded", name,
                 progress->done / CREATE_MIB, progress->total / CREATE_MIB);
        progress->due_ms = now + CREATE_PROGRESS_MS;
    }
}

static bool create_load(struct cli *cli, const struct plan *plan, const struct plan_load *load,
                        struct create_progress *progress) {
    struct lv_run run;
    for (uint64_t at = 0; at < load->size; at += run.size) {
        uint64_t left = load->size - at;
        run = lv_store_run_at(&plan->config, load->offset + at,
                              left < CREATE_PIECE ? left : CREATE_PIECE);
        struct lv_ioctl_load piece = {
            .hpa = run.hpa,
            .buffer = (uint64_t)(uintptr_t)(load->bytes + at),
            .size = run.size,
        };
        int result = hv_load(cli, &piece);
        if (result < 0) {
            cli_complain(cli, "zone %s: %s to HPA 0x%" PRIx64 ": %s", plan->config.name, load->what,
                         piece.hpa, hv_error(-result));
            return false;
        }
        progress->done += piece.size;
        create_say(cli, plan->config.name, progress);
    }
    return true;
}

static bool create_load_all(struct cli *cli, const struct plan *plan) {
    struct create_progress progress = {
        .due_ms = hv_now(cli) + CREATE_PROGRESS_MS,
    };
    for (size_t i = 0; i < plan->num_loads; i++) {
        progress.total += plan->loads[i].size;
    }
    for (size_t i = 0; i < plan->num_loads; i++) {
        if (!create_load(cli, plan, &plan->loads[i], &progress)) {
            return false;
        }
    }
    return true;
}

static bool create_plan(struct cli *cli, const struct verb_options *options, const char *path,
                        const struct json_node *file, struct plan *plan) {
    struct machine *machine = arena_alloc(&cli->arena, sizeof(*machine));
    struct file_search search = {options->search, options->num_search};
    if (!running_machine(cli, machine)) {
        return false;
    }
    bool good = file != NULL && plan_json(&cli->report, machine, file, &search, plan);
    if (good) {
        zone_serve_check_files(&cli->report, &plan->zone);
        good = cli->report.errors == 0;
    }
    cli_print_problems(cli);
    if (!good) {
        cli_complain(cli, "%s: refused, nothing has changed", path);
    }
    return good;
}

/* What a refusal is about, as people call it. */
static const char *create_refused(struct arena *arena, const struct lv_zone_config *config,
                                  uint32_t refusal, uint32_t index) {
    enum lv_refused what = words_refused(refusal);
    if (what == LV_REFUSED_REGION && index < config->num_regions) {
        const struct lv_region *region = &config->regions[index];
        return arena_printf(arena, "its region %u (%s at GPA 0x%" PRIx64 ")", index,
                            field_word(&zone_region_types, region->type), region->gpa);
    }
    if (what == LV_REFUSED_PAYLOAD && index < config->num_payloads) {
        return arena_printf(arena, "its payload %u (at GPA 0x%" PRIx64 ")", index,
                            config->payloads[index].gpa);
    }
    if (what == LV_REFUSED_FUNCTION && index < config->num_pci_functions) {
        const struct lv_pci_function *function = &config->pci_functions[index];
        return arena_printf(arena, "PCI function %02x:%02x.%x", function->bus, function->devfn >> 3,
                            function->devfn & 7u);
    }
    if (what == LV_REFUSED_VIRTIO && index < config->num_virtio) {
        return arena_printf(arena, "virtual function %u (device %u)", index,
                            config->virtio[index].device);
    }
    if (what == LV_REFUSED_CPU || what == LV_REFUSED_VECTOR) {
        return arena_printf(arena, "%s %u", what == LV_REFUSED_CPU ? "CPU" : "vector", index);
    }
    return what == LV_REFUSED_REGION ? "its store" : "the zone";
}

/* Makes the zone, or complains. */
static bool create_make(struct cli *cli, const struct lv_zone_config *config, const char *path) {
    uint32_t refusal;
    uint32_t index;
    int result = hv_create(cli, config, &refusal, &index);
    if (result < 0 && refusal != LV_REFUSAL_NONE) {
        cli_complain(cli, "create zone %u (%s) of %s: the hypervisor refuses it: %s %s",
                     config->zone_id, config->name, path,
                     create_refused(&cli->arena, config, refusal, index), words_refusal(refusal));
    } else if (result < 0) {
        const char *busy = result == -EBUSY ? hv_busy(cli, config) : NULL;
        cli_complain(cli, "create zone %u (%s) of %s: %s", config->zone_id, config->name, path,
                     busy != NULL ? busy : hv_error(-result));
    }
    return result >= 0;
}

/* The zone exists without: whoever serves it names its file. */
static void create_keep(struct cli *cli, const struct plan *plan, const char *path) {
    int result = zone_serve_keep(&cli->arena, cli->kept, &plan->zone);
    if (result < 0) {
        cli_note(cli,
                 "zone %s: its devices cannot be kept in %s: %s; name %s where they are asked for",
                 plan->config.name, cli->kept, strerror(-result), path);
    }
}

bool life_create(struct outcomes *outcomes, const struct verb_options *options, const char *path,
                 const struct json_node *file, struct lv_zone_summary *zone) {
    struct cli *cli = outcomes->cli;
    struct plan *plan = arena_alloc(&cli->arena, sizeof(*plan));
    uint64_t begun_ms = hv_now(cli);
    if (!create_plan(cli, options, path, file, plan) || !create_load_all(cli, plan)) {
        outcomes_fail(outcomes);
        return false;
    }
    outcomes->loading_ms = hv_now(cli) - begun_ms;
    plan_release(&cli->report, plan);
    if (!create_make(cli, &plan->config, path)) {
        outcomes_fail(outcomes);
        return false;
    }
    create_keep(cli, plan, path);
    *zone = (struct lv_zone_summary){.zone_id = plan->config.zone_id, .state = LV_STATE_CREATED};
    memcpy(zone->name, plan->config.name, sizeof(zone->name));
    struct wait_outcome outcome = {.state = LV_STATE_CREATED, .reason = LV_REASON_COMMAND};
    outcomes_add(outcomes, zone, &outcome, NULL);
    return true;
}
