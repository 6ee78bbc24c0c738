// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli.h"

#include "lib/fields.h"
#include "lib/text.h"
#include "verb.h"

#include <loongvisor/version.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define CLI_VERB_ENTRY(name) &name##_verb,
static const struct verb *const cli_verbs[] = {VERBS(CLI_VERB_ENTRY)};

#define CLI_VERBS (sizeof(cli_verbs) / sizeof(cli_verbs[0]))

static void cli_say(struct cli *cli, const char *format, va_list args) {
    fflush(cli->out);
    char *text = NULL;
    if (vasprintf(&text, format, args) >= 0) {
        fputs("loongvisor: ", cli->err);
        text_print(text, cli->err);
        fputc('\n', cli->err);
        free(text);
    }
    fflush(cli->err);
}

enum cli_status cli_complain(struct cli *cli, const char *format, ...) {
    va_list args;
    va_start(args, format);
    cli_say(cli, format, args);
    va_end(args);
    return CLI_FAILED;
}

void cli_note(struct cli *cli, const char *format, ...) {
    va_list args;
    va_start(args, format);
    cli_say(cli, format, args);
    va_end(args);
}

void cli_print_problems(struct cli *cli) {
    fflush(cli->out);
    report_print(&cli->report, cli->err);
    fflush(cli->err);
    cli->report = (struct report){.arena = &cli->arena};
}

static void cli_print_verb(const struct verb *verb, FILE *out) {
    char line[64];
    snprintf(line, sizeof(line), "%s%s%s %s", verb->group ? verb->group : "",
             verb->group ? " " : "", verb->name, verb->arguments ? verb->arguments : "");
    fprintf(out, "  %-26s %s\n", line, verb->summary);
}

/* The verbs of a group; NULL: all. */
static void cli_print_help(const char *group, FILE *out) {
    fprintf(out,
            "usage: loongvisor %s [OPTION...] [ARGUMENT...]\n\n"
            "Manages the zones of a Loongvisor machine, from its root zone.\n\n",
            group ? "zone VERB" : "VERB");
    for (size_t i = 0; i < CLI_VERBS; i++) {
        const char *of = cli_verbs[i]->group;
        if (group == NULL || (of != NULL && strcmp(of, group) == 0)) {
            cli_print_verb(cli_verbs[i], out);
        }
    }
    fputs("\nloongvisor VERB --help explains a verb and gives examples; loongvisor --version says "
          "the\nversion. A ZONE is a zone's name or its number.\n"
          "Exit status: 0 done, 1 refused, failed or not in time, 2 wrong usage.\n\n"
          "Example: a zone from a file, its console (Ctrl-] leaves it), and its end:\n"
          "  loongvisor zone start linux.json\n"
          "  loongvisor console linux\n"
          "  loongvisor zone stop linux\n",
          out);
}

/* For the shell's completion: verb, arguments ("-": none), options with their values. */
static void cli_print_completion(const struct verb *verb, FILE *out) {
    fprintf(out, "%s%s%s\t%s\t", verb->group ? verb->group : "", verb->group ? " " : "", verb->name,
            verb->arguments ? verb->arguments : "-");
    for (const struct argp_option *option = verb->options; option->name != NULL; option++) {
        const char *is = option->arg ? "=" : "";
        const char *value = option->arg ? option->arg : "";
        if (option->key < VERB_OPTION_NO_WAIT) {
            fprintf(out, "-%c%s%s ", option->key, is, value);
        }
        if (option->key != VERB_OPTION_USAGE) {
            fprintf(out, "--%s%s%s ", option->name, is, value);
        }
    }
    fputc('\n', out);
}

static const struct verb *cli_find_verb(const char *group, const char *name) {
    for (size_t i = 0; i < CLI_VERBS; i++) {
        const struct verb *verb = cli_verbs[i];
        bool same_group = group == NULL ? verb->group == NULL
                                        : verb->group != NULL && strcmp(verb->group, group) == 0;
        if (same_group && strcmp(verb->name, name) == 0) {
            return verb;
        }
    }
    return NULL;
}

static enum cli_status cli_unknown(struct cli *cli, const char *group, const char *name) {
    struct field names[CLI_VERBS + 1] = {{.name = "zone"}};
    size_t count = group == NULL ? 1 : 0;
    for (size_t i = 0; i < CLI_VERBS; i++) {
        if ((cli_verbs[i]->group != NULL) == (group != NULL)) {
            names[count++].name = cli_verbs[i]->name;
        }
    }
    const char *prefix = group ? "zone " : "";
    const char *meant = field_suggest(name, names, count);
    if (meant != NULL) {
        cli_complain(cli, "unknown verb '%s%s'; did you mean '%s%s'?", prefix, name, prefix, meant);
    } else {
        cli_complain(cli, "unknown verb '%s%s'; see loongvisor %s--help", prefix, name, prefix);
    }
    return CLI_USAGE;
}

static enum cli_status cli_run_verb(struct cli *cli, const struct verb *verb, int argc,
                                    char **argv) {
    struct verb_options *options = arena_alloc(&cli->arena, sizeof(*options));
    bool done;
    enum cli_status status = verb_parse(cli, verb, argc, argv, options, &done);
    if (status != CLI_OK || done) {
        return status;
    }
    status = verb->run(cli, options);
    hv_close(cli);
    return status;
}

/* Arguments from the one on that names a verb of the group (NULL: of none). */
static enum cli_status cli_dispatch(struct cli *cli, const char *group, int argc, char **argv) {
    if (argc < 1) {
        cli_complain(cli, "say what to do; see loongvisor %s--help", group ? "zone " : "");
        return CLI_USAGE;
    }
    if (strcmp(argv[0], "--help") == 0 || strcmp(argv[0], "-h") == 0) {
        cli_print_help(group, cli->out);
        return CLI_OK;
    }
    if (strcmp(argv[0], "--version") == 0 || strcmp(argv[0], "-V") == 0) {
        fputs("loongvisor " LV_VERSION_STRING "\n", cli->out);
        return CLI_OK;
    }
    if (group == NULL && strcmp(argv[0], "--complete") == 0) {
        for (size_t i = 0; i < CLI_VERBS; i++) {
            cli_print_completion(cli_verbs[i], cli->out);
        }
        return CLI_OK;
    }
    if (group == NULL && strcmp(argv[0], "zone") == 0) {
        return cli_dispatch(cli, "zone", argc - 1, argv + 1);
    }
    const struct verb *verb = cli_find_verb(group, argv[0]);
    return verb ? cli_run_verb(cli, verb, argc, argv) : cli_unknown(cli, group, argv[0]);
}

enum cli_status cli_run(struct cli *cli, int argc, char **argv) {
    cli->arena = (struct arena){0};
    cli->report = (struct report){.arena = &cli->arena};
    cli->device.fd = -1;
    enum cli_status status = cli_dispatch(cli, NULL, argc - 1, argv + 1);
    fflush(cli->out);
    if (ferror(cli->out) && status == CLI_OK) {
        status = cli_complain(cli, "cannot write the output; is the disk full?");
    }
    arena_free(&cli->arena);
    return status;
}
