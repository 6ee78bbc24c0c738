// SPDX-License-Identifier: GPL-2.0-or-later
#include "check.h"

#include "lib/machine_load.h"
#include "lib/plan.h"
#include "running.h"
#include "verb.h"

static void check_print(struct cli *cli, const struct verb_options *options, bool good) {
    unsigned errors = cli->report.errors;
    unsigned warnings = cli->report.warnings;
    cli_print_problems(cli);
    if (good) {
        fprintf(cli->out, "%zu zone%s: good", options->num_arguments,
                options->num_arguments == 1 ? "" : "s");
        fprintf(cli->out, warnings ? ", %u warning%s\n" : "\n", warnings, warnings == 1 ? "" : "s");
    } else {
        cli_complain(cli, "refused: %u error%s", errors, errors == 1 ? "" : "s");
    }
}

/* The machine that is checked against: of files, or the one that runs. False: complained, or
 * reported. */
static bool check_machine(struct cli *cli, const struct verb_options *options,
                          struct machine *machine) {
    if (options->board != NULL) {
        return machine_from_files(&cli->report, options->board, options->root, machine);
    }
    return hv_open(cli) && running_machine(cli, machine);
}

static enum cli_status check_run(struct cli *cli, const struct verb_options *options) {
    struct machine *machine = arena_alloc(&cli->arena, sizeof(*machine));
    struct file_search search = {options->search, options->num_search};
    if ((options->board == NULL) != (options->root == NULL)) {
        cli_complain(cli, "--board and --root go together: a machine is its board and its root "
                          "zone");
        return CLI_USAGE;
    }
    bool good = check_machine(cli, options, machine);
    if (!good && cli->report.errors == 0) {
        return CLI_FAILED;
    }
    good = good &&
           plan_check(&cli->report, machine, options->arguments, options->num_arguments, &search);
    if (options->json) {
        check_print_json(cli, good);
    } else {
        check_print(cli, options, good);
    }
    return good ? CLI_OK : CLI_FAILED;
}

static const struct argp_option check_options[] = {
    {"board", 'b', "FILE", 0, "The machine's board (with --root; else the running machine)", 0},
    {"root", 'r', "FILE", 0, "The machine's root zone", 0},
    VERB_SEARCH,
    VERB_JSON,
    VERB_END,
};

const struct verb check_verb = {
    .name = "check",
    .summary = "check zone files without making zones",
    .arguments = "FILE...",
    .about = "Checks zone files against each other and a machine: the running one with the zones "
             "that it has, or, on any computer, the one that --board and --root describe. Every "
             "problem of every file is a line: file, line, field, value, problem, remedy.",
    .examples = "  loongvisor check linux.json realtime.json\n"
                "  loongvisor check --board board-8.json --root root-8.json linux.json\n",
    .options = check_options,
    .min_arguments = 1,
    .max_arguments = VERB_MAX_ARGUMENTS,
    .run = check_run,
};
