// SPDX-License-Identifier: GPL-2.0-or-later
#include "show.h"

#include "lib/format.h"
#include "history.h"
#include "lib/json_out.h"
#include "lib/zone_output.h"
#include "lib/zone_serve.h"
#include "notice.h"
#include "lib/table.h"
#include "verb.h"
#include "wait.h"
#include "words.h"

#include <errno.h>
#include <inttypes.h>

/* How long vCPU 0 may take to be held, and how often that is looked at. */
#define SHOW_HOLD_MS      1000u
#define SHOW_HOLD_LOOK_MS 1

static void show_state(struct cli *cli, const struct lv_zone_summary *zone) {
    fprintf(cli->out, "zone %u (%s)\n", zone->zone_id, zone->name);
    fprintf(cli->out, "  state       %s", words_state(zone->state));
    if (zone->run_ns != 0) {
        fprintf(cli->out, " for %.1f s", format_seconds(zone->run_ns));
    }
    fprintf(cli->out, ", reason: %s, started %u time%s\n", words_reason(zone->reason), zone->starts,
            zone->starts == 1 ? "" : "s");
    enum notice notice = notice_of(cli, zone);
    if (notice != NOTICE_NONE) {
        fprintf(cli->out, "  notice      %s: %s\n", notice_word(notice), notice_advice(notice));
    }
    fprintf(cli->out, "  CPUs        %s (%u vCPU%s)\n", format_bits(&cli->arena, zone->cpus),
            zone->num_vcpus, zone->num_vcpus == 1 ? "" : "s");
    fprintf(cli->out, "  RAM         %s\n", format_size(&cli->arena, zone->ram_size));
}

static void show_registers(struct cli *cli, const struct lv_zone_failure *failure) {
    fprintf(cli->out, "  registers\n");
    for (unsigned i = 0; i < 32; i++) {
        fprintf(cli->out, "%s%-4s %016" PRIx64 "%s", i % 4 == 0 ? "    " : "  ", words_register(i),
                failure->gpr[i], i % 4 == 3 ? "\n" : "");
    }
    fprintf(cli->out, "  guest CSRs\n");
    fprintf(cli->out, "    CRMD   %016" PRIx64 "  PRMD %016" PRIx64 "  ESTAT %016" PRIx64 "\n",
            failure->guest_crmd, failure->guest_prmd, failure->guest_estat);
    fprintf(cli->out, "    EENTRY %016" PRIx64 "  ERA  %016" PRIx64 "  BADV  %016" PRIx64 "\n",
            failure->guest_eentry, failure->guest_era, failure->guest_badv);
}

static void show_exits(struct cli *cli, const struct lv_zone_failure *failure) {
    struct table table = table_begin(&cli->arena, ">PC|EXIT|>INSTRUCTION");
    for (unsigned i = 0; i < LV_EXIT_RECORDS; i++) {
        const struct lv_exit_record *record = &failure->exits[i];
        if (record->ecode != UINT32_MAX) {
            table_row(&table);
            table_cell(&table, 0, "%016" PRIx64, record->pc);
            table_cell(&table, 1, "%s", words_exception(record->ecode));
            table_cell(&table, 2, "%08x", record->word);
        }
    }
    fprintf(cli->out, "  last exits, oldest first\n");
    table_print(&table, 4, cli->out);
}

static void show_failure(struct cli *cli, const struct lv_zone_failure *failure) {
    fprintf(cli->out, "  failed      vCPU %u: %s (%s)\n", failure->vcpu,
            words_exception_meaning(failure->ecode), words_exception(failure->ecode));
    fprintf(cli->out, "              at PC 0x%" PRIx64 ", instruction 0x%08" PRIx64, failure->pc,
            failure->badi);
    if (words_exception_has_address(failure->ecode)) {
        fprintf(cli->out, ", GPA 0x%" PRIx64, failure->badv);
    }
    fprintf(cli->out, ", ESTAT 0x%" PRIx64 "\n", failure->estat);
    show_registers(cli, failure);
    show_exits(cli, failure);
}

static void show_where(struct cli *cli, const struct lv_zone_failure *where) {
    fprintf(cli->out,
            "  held        vCPU %u at PC 0x%" PRIx64 ", ra 0x%" PRIx64 ", sp 0x%" PRIx64
            ", CRMD 0x%" PRIx64 "\n",
            where->vcpu, where->pc, where->gpr[SHOW_RA], where->gpr[SHOW_SP], where->guest_crmd);
    show_exits(cli, where);
}

static void show_history(struct cli *cli, const struct lv_history *history) {
    struct table table = table_begin(&cli->arena, ">SECONDS|STATE|REASON");
    for (uint32_t i = 0; i < history->num_events; i++) {
        const struct lv_event *event = &history->events[i];
        table_row(&table);
        table_cell(&table, 0, "%.6f", format_seconds(event->time_ns));
        table_cell(&table, 1, "%s", words_state(event->state));
        table_cell(&table, 2, "%s", words_reason(event->reason));
    }
    if (history->num_events != 0) {
        fprintf(cli->out, "  history, oldest first\n");
        table_print(&table, 4, cli->out);
    }
}

/* Waits until vCPU 0 of a zone that is PAUSED is held; false: complained. */
static bool show_look(struct cli *cli, struct show *show) {
    uint64_t until = hv_now(cli) + SHOW_HOLD_MS;
    bool good;
    do {
        cli->device.ops->poll(&cli->device, NULL, 0, SHOW_HOLD_LOOK_MS);
        good = hv_status(cli, &show->zone, &show->status);
    } while (good && show->status.state == LV_STATE_PAUSED &&
             show->status.failure.vcpu == LV_VCPU_NONE && hv_now(cli) < until);
    show->has_where =
        good && show->status.state == LV_STATE_PAUSED && show->status.failure.vcpu != LV_VCPU_NONE;
    return good;
}

/* The same for a zone that runs: holds it for a moment, despite signals. */
static bool show_hold(struct cli *cli, struct show *show) {
    wait_catch();
    bool good = hv_command(cli, LV_IOCTL_PAUSE, "hold", &show->zone, 0, 0) == 0;
    if (good) {
        good = show_look(cli, show);
        /* Another command may have ended or resumed it meanwhile. */
        int result = hv_command(cli, LV_IOCTL_RESUME, "resume", &show->zone, 0, EBADFD);
        good = good && (result == 0 || result == -EBADFD);
    }
    wait_release();
    return good;
}

static bool show_find_where(struct cli *cli, struct show *show) {
    if ((show->zone.flags & LV_ZONE_ROOT) != 0) {
        cli_complain(cli, "hold zone %u (%s): this is the root zone, in which you are",
                     show->zone.zone_id, show->zone.name);
        return false;
    }
    if (show->zone.state == LV_STATE_PAUSED) {
        return show_look(cli, show);
    }
    return show->zone.state == LV_STATE_RUNNING ? show_hold(cli, show) : true;
}

static void show_print(struct cli *cli, const struct show *show) {
    show_state(cli, &show->zone);
    fprintf(cli->out, "  configuration\n");
    zone_output_text(&show->config, &show->names, 4, cli->out);
    show_history(cli, &show->history);
    if (show->has_failure) {
        show_failure(cli, &show->status.failure);
    }
    if (show->has_where) {
        show_where(cli, &show->status.failure);
    }
}

static bool show_read_history(struct cli *cli, struct show *show) {
    int result = hv_history(cli, show->zone.zone_id, &show->history);
    if (result < 0) {
        cli_complain(cli, "history of zone %u: %s", show->zone.zone_id, hv_error(-result));
    }
    history_keep_own(&show->history);
    return result == 0;
}

/* The hypervisor has no names of devices. Those of a zone that was made elsewhere are not known. */
static void show_find_names(struct cli *cli, struct show *show) {
    struct report ignored = {.arena = &cli->arena};
    struct zone_serve *serve = arena_alloc(&cli->arena, sizeof(*serve));
    const char **names =
        (const char **)arena_alloc_array(&cli->arena, LV_MAX_VIRTIO, sizeof(*names));
    const char *path = zone_serve_path(&cli->arena, cli->kept, show->zone.name);
    if (show->config.num_virtio == 0 || !zone_serve_read(&ignored, path, serve) ||
        !zone_serve_matches(serve, &show->config)) {
        return;
    }
    for (size_t i = 0; i < serve->count; i++) {
        names[i] = serve->devices[i].name;
    }
    show->names.devices = names;
}

static enum cli_status show_run(struct cli *cli, const struct verb_options *options) {
    struct show *show = arena_alloc(&cli->arena, sizeof(*show));
    if (!hv_open(cli) || !hv_find(cli, options->arguments[0], &show->zone) ||
        !hv_config(cli, &show->zone, &show->config) ||
        !hv_status(cli, &show->zone, &show->status) || !show_read_history(cli, show) ||
        (options->where && !show_find_where(cli, show))) {
        return CLI_FAILED;
    }
    show_find_names(cli, show);
    /* Of a CPU that is lost nothing is kept. */
    show->has_failure =
        show->status.state == LV_STATE_FAILED && show->zone.reason != LV_REASON_CPU_LOST;
    if (options->json) {
        json_out_print(cli->out, show_json(cli, show));
    } else {
        show_print(cli, show);
    }
    return CLI_OK;
}

static const struct argp_option show_options[] = {
    {"where", VERB_OPTION_WHERE, NULL, 0,
     "Also where vCPU 0 of a RUNNING zone is; pauses the zone for a moment", 0},
    VERB_JSON,
    VERB_END,
};

const struct verb zone_show_verb = {
    .group = "zone",
    .name = "show",
    .summary = "print all about a zone, and why it failed",
    .arguments = "ZONE",
    .about = "Prints a zone's configuration, its state, and the states that it came to before. Of "
             "a FAILED zone also what it did last: cause, registers, and its last exits to the "
             "hypervisor.",
    .examples = "  loongvisor zone show linux\n"
                "  loongvisor zone show --where linux\n"
                "  loongvisor zone show --json crash | jq -r .failure.cause\n",
    .options = show_options,
    .min_arguments = 1,
    .max_arguments = 1,
    .run = show_run,
};
