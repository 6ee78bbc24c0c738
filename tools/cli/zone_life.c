// SPDX-License-Identifier: GPL-2.0-or-later
/* The verbs that change a zone: create, start, stop, restart, pause, resume, destroy. */
#include "life.h"

#include "lib/json_file.h"
#include "lib/plan.h"

#include <string.h>
#include <unistd.h>

#define START_TIMEOUT_MS   60000u
#define STOP_TIMEOUT_MS    30000u
#define DESTROY_TIMEOUT_MS 60000u

typedef bool life_step(struct outcomes *outcomes, const struct verb_options *options,
                       const struct lv_zone_summary *zone);

/* One step for each zone that is named. */
static enum cli_status life_each(struct cli *cli, const struct verb_options *options,
                                 life_step *step) {
    if (!hv_open(cli)) {
        return CLI_FAILED;
    }
    struct outcomes outcomes = outcomes_begin(cli, options->json);
    for (size_t i = 0; i < options->num_arguments; i++) {
        struct lv_zone_summary zone;
        outcomes_next(&outcomes);
        if (hv_find(cli, options->arguments[i], &zone)) {
            step(&outcomes, options, &zone);
        } else {
            outcomes_fail(&outcomes);
        }
    }
    return outcomes_end(&outcomes);
}

static enum cli_status stop_run(struct cli *cli, const struct verb_options *options) {
    return life_each(cli, options, life_stop);
}

static enum cli_status restart_run(struct cli *cli, const struct verb_options *options) {
    return life_each(cli, options, life_restart);
}

static enum cli_status pause_run(struct cli *cli, const struct verb_options *options) {
    return life_each(cli, options, life_pause);
}

static enum cli_status resume_run(struct cli *cli, const struct verb_options *options) {
    return life_each(cli, options, life_resume);
}

static enum cli_status destroy_run(struct cli *cli, const struct verb_options *options) {
    return life_each(cli, options, life_destroy);
}

static enum cli_status create_run(struct cli *cli, const struct verb_options *options) {
    if (!hv_open(cli)) {
        return CLI_FAILED;
    }
    struct outcomes outcomes = outcomes_begin(cli, options->json);
    for (size_t i = 0; i < options->num_arguments; i++) {
        struct lv_zone_summary zone;
        outcomes_next(&outcomes);
        if (hv_lock(cli, outcomes_deadline(&outcomes, options->timeout_ms))) {
            const char *path = options->arguments[i];
            life_create(&outcomes, options, path, json_read_file(&cli->report, path), &zone);
            hv_unlock(cli);
        } else {
            outcomes_fail(&outcomes);
        }
    }
    return outcomes_end(&outcomes);
}

static bool start_is_file(const char *argument) {
    size_t length = strlen(argument);
    size_t suffix = strlen(".json");
    return strchr(argument, '/') != NULL || access(argument, F_OK) == 0 ||
           (length > suffix && strcmp(argument + length - suffix, ".json") == 0);
}

/* Whether the zone that the file makes exists; *zone is it then. */
static bool start_exists(struct cli *cli, const struct json_node *file,
                         struct lv_zone_summary *zone) {
    struct hv_zones zones;
    uint32_t id;
    const char *name;
    /* life_create reports all problems of the file. */
    struct report ignored = {.arena = &cli->arena};
    if (file == NULL || !plan_identify(&ignored, file, &id, &name) || !hv_list(cli, &zones)) {
        return false;
    }
    const struct lv_zone_summary *there = hv_zone(&zones, id);
    if (there == NULL || strcmp(there->name, name) != 0) {
        return false;
    }
    *zone = *there;
    return true;
}

/* Looks again when it has the lock: another may have made the zone meanwhile. */
static bool start_create(struct outcomes *outcomes, const struct verb_options *options,
                         const char *path, const struct json_node *file,
                         struct lv_zone_summary *zone) {
    struct cli *cli = outcomes->cli;
    if (!hv_lock(cli, outcomes_deadline(outcomes, options->timeout_ms))) {
        outcomes_fail(outcomes);
        return false;
    }
    bool there = start_exists(cli, file, zone) || life_create(outcomes, options, path, file, zone);
    hv_unlock(cli);
    return there;
}

/* The zone that the file makes, made if it is not there; false: complained. */
static bool start_find_or_create(struct outcomes *outcomes, const struct verb_options *options,
                                 const char *path, struct lv_zone_summary *zone) {
    const struct json_node *file = json_read_file(&outcomes->cli->report, path);
    if (!start_exists(outcomes->cli, file, zone)) {
        return start_create(outcomes, options, path, file, zone);
    }
    if (zone->state != LV_STATE_RUNNING) {
        cli_note(outcomes->cli,
                 "zone %u (%s) exists and is started as it was made; destroy it to have %s "
                 "read again",
                 zone->zone_id, zone->name, path);
    }
    return true;
}

static void start_one(struct outcomes *outcomes, const struct verb_options *options,
                      const char *argument) {
    struct cli *cli = outcomes->cli;
    struct hv_zones zones;
    struct lv_zone_summary zone;
    outcomes_next(outcomes);
    if (!hv_list(cli, &zones)) {
        outcomes_fail(outcomes);
        return;
    }
    const struct lv_zone_summary *found = hv_lookup(&zones, argument);
    if (found != NULL) {
        life_start(outcomes, options, found);
    } else if (start_is_file(argument)) {
        if (start_find_or_create(outcomes, options, argument, &zone)) {
            life_start(outcomes, options, &zone);
        }
    } else {
        cli_complain(cli,
                     "no zone and no file is called '%s'; loongvisor zone list shows the zones",
                     argument);
        outcomes_fail(outcomes);
    }
}

static enum cli_status start_run(struct cli *cli, const struct verb_options *options) {
    if (!hv_open(cli)) {
        return CLI_FAILED;
    }
    struct outcomes outcomes = outcomes_begin(cli, options->json);
    for (size_t i = 0; i < options->num_arguments; i++) {
        start_one(&outcomes, options, options->arguments[i]);
    }
    return outcomes_end(&outcomes);
}

static const struct argp_option create_options[] = {
    VERB_TIMEOUT("How long to wait for another loongvisor that makes a zone (60)"), VERB_SEARCH,
    VERB_JSON, VERB_END};

const struct verb zone_create_verb = {
    .group = "zone",
    .name = "create",
    .summary = "make zones from their files",
    .arguments = "FILE...",
    .about = "Reads zone files, checks them against the machine and its zones, loads what they "
             "name, and makes the zones (state CREATED). A file that is refused changes nothing.",
    .examples = "  loongvisor zone create linux.json\n"
                "  loongvisor zone create --search /mnt/images a.json b.json\n",
    .options = create_options,
    .min_arguments = 1,
    .max_arguments = VERB_MAX_ARGUMENTS,
    .defaults = {.timeout_ms = START_TIMEOUT_MS},
    .run = create_run,
};

static const struct argp_option start_options[] = {
    VERB_TIMEOUT("How long to wait until it runs (60)"), VERB_NO_WAIT, VERB_SEARCH, VERB_JSON,
    VERB_END};

const struct verb zone_start_verb = {
    .group = "zone",
    .name = "start",
    .summary = "start zones, making those of files first",
    .arguments = "ZONE|FILE...",
    .about = "Starts zones that are CREATED, STOPPED or FAILED, and waits until they run. A zone "
             "file's zone is made first if it does not exist. The time that loading takes does not "
             "count.",
    .examples = "  loongvisor zone start linux.json\n"
                "  loongvisor zone start linux\n"
                "  loongvisor zone start --no-wait 1 2\n",
    .options = start_options,
    .min_arguments = 1,
    .max_arguments = VERB_MAX_ARGUMENTS,
    .defaults = {.timeout_ms = START_TIMEOUT_MS},
    .run = start_run,
};

static const struct argp_option stop_options[] = {
    VERB_TIMEOUT("How long the zone may take before it is forced (30)"),
    {"force", VERB_OPTION_FORCE, NULL, 0, "Do not ask first", 0},
    VERB_NO_WAIT,
    VERB_JSON,
    VERB_END};

const struct verb zone_stop_verb = {
    .group = "zone",
    .name = "stop",
    .summary = "ask zones to stop, then force them",
    .arguments = "ZONE...",
    .about = "Asks zones to stop, as the power button does, and waits. A zone that has not stopped "
             "when the time is over, or that cannot be asked, is forced.",
    .examples = "  loongvisor zone stop linux\n"
                "  loongvisor zone stop --timeout 5 linux\n"
                "  loongvisor zone stop --force 2\n",
    .options = stop_options,
    .min_arguments = 1,
    .max_arguments = VERB_MAX_ARGUMENTS,
    .defaults = {.timeout_ms = STOP_TIMEOUT_MS},
    .run = stop_run,
};

static const struct argp_option restart_options[] = {
    VERB_TIMEOUT("How long to wait until it runs again (60)"), VERB_NO_WAIT, VERB_JSON, VERB_END};

const struct verb zone_restart_verb = {
    .group = "zone",
    .name = "restart",
    .summary = "force zones to stop and start them again",
    .arguments = "ZONE...",
    .about = "Stops zones at once, without asking, and starts them again from what they were made "
             "with. To ask first: zone stop, then zone start.",
    .examples = "  loongvisor zone restart linux\n",
    .options = restart_options,
    .min_arguments = 1,
    .max_arguments = VERB_MAX_ARGUMENTS,
    .defaults = {.timeout_ms = START_TIMEOUT_MS},
    .run = restart_run,
};

static const struct argp_option switch_options[] = {VERB_JSON, VERB_END};

const struct verb zone_pause_verb = {
    .group = "zone",
    .name = "pause",
    .summary = "hold zones where they are",
    .arguments = "ZONE...",
    .about = "Holds the vCPUs of RUNNING zones where they are, until zone resume. Their devices "
             "wait, and their watchdogs do not bite; their time goes on.",
    .examples = "  loongvisor zone pause linux\n",
    .options = switch_options,
    .min_arguments = 1,
    .max_arguments = VERB_MAX_ARGUMENTS,
    .run = pause_run,
};

const struct verb zone_resume_verb = {
    .group = "zone",
    .name = "resume",
    .summary = "have paused zones go on",
    .arguments = "ZONE...",
    .about = "Has zones that are PAUSED go on where they were held.",
    .examples = "  loongvisor zone resume linux\n",
    .options = switch_options,
    .min_arguments = 1,
    .max_arguments = VERB_MAX_ARGUMENTS,
    .run = resume_run,
};

static const struct argp_option destroy_options[] = {
    VERB_TIMEOUT("How long to wait until its memory is free (60)"),
    {"force", VERB_OPTION_FORCE, NULL, 0, "Stop it first, without asking", 0},
    VERB_NO_WAIT,
    VERB_JSON,
    VERB_END};

const struct verb zone_destroy_verb = {
    .group = "zone",
    .name = "destroy",
    .summary = "remove zones and free their memory",
    .arguments = "ZONE...",
    .about = "Removes zones that do not run. Their memory is cleared and free, their CPUs too.",
    .examples = "  loongvisor zone destroy linux\n"
                "  loongvisor zone destroy --force crash\n",
    .options = destroy_options,
    .min_arguments = 1,
    .max_arguments = VERB_MAX_ARGUMENTS,
    .defaults = {.timeout_ms = DESTROY_TIMEOUT_MS},
    .run = destroy_run,
};
