// SPDX-License-Identifier: GPL-2.0-or-later
#include "verb.h"

#include "console.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define VERB_MAX_SECONDS   86400.0
#define VERB_MS_PER_SECOND 1000.0
#define VERB_HELP          (ARGP_HELP_USAGE | ARGP_HELP_LONG | ARGP_HELP_PRE_DOC | ARGP_HELP_POST_DOC)
#define VERB_CONTROL_MASK  0x1f

/* The state of one command line's parser. */
struct verb_parse {
    struct cli *cli;
    const struct verb *verb;
    struct verb_options *options;
    bool *done;
};

static error_t verb_wrong(struct argp_state *state, const char *option, const char *value,
                          const char *remedy) {
    argp_error(state, "%s '%s': %s", option, value, remedy);
    return EINVAL;
}

static error_t verb_take_seconds(struct argp_state *state, const char *option, const char *text,
                                 uint64_t *ms) {
    char *end;
    double seconds = strtod(text, &end);
    if (end == text || *end != '\0' || !(seconds >= 0 && seconds <= VERB_MAX_SECONDS)) {
        return verb_wrong(state, option, text, "give seconds from 0 to 86400, such as 30 or 0.5");
    }
    *ms = (uint64_t)(seconds * VERB_MS_PER_SECOND);
    return 0;
}

static error_t verb_take_count(struct argp_state *state, const char *text, uint64_t *count) {
    char *end;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    if (*text < '0' || *text > '9' || *end != '\0' || errno != 0 || value == 0) {
        return verb_wrong(state, "--count", text, "give a number from 1 up");
    }
    *count = value;
    return 0;
}

/* "^]", or "none". */
static error_t verb_take_escape(struct argp_state *state, const char *text, int *escape) {
    if (strcmp(text, "none") == 0) {
        *escape = CONSOLE_NO_ESCAPE;
        return 0;
    }
    char key = text[0] == '^' ? text[1] : '\0';
    if (key >= 'a' && key <= 'z') {
        key = (char)(key - 'a' + 'A');
    }
    if (key < '@' || key > '_' || text[2] != '\0') {
        return verb_wrong(state, "--escape", text,
                          "give '^' and a letter or one of @[\\]^_, or none");
    }
    *escape = key & VERB_CONTROL_MASK;
    return 0;
}

static error_t verb_take_search(struct argp_state *state, struct verb_options *options,
                                const char *folder) {
    if (options->num_search == VERB_MAX_SEARCH) {
        return verb_wrong(state, "--search", folder, "too many folders, at most 16 are looked at");
    }
    options->search[options->num_search++] = folder;
    return 0;
}

static error_t verb_take_argument(struct argp_state *state, const struct verb_parse *parse,
                                  const char *argument) {
    struct verb_options *options = parse->options;
    if (options->num_arguments == parse->verb->max_arguments) {
        argp_error(state, "unexpected argument '%s'", argument);
        return EINVAL;
    }
    options->arguments[options->num_arguments++] = argument;
    return 0;
}

static error_t verb_take_end(struct argp_state *state, const struct verb_parse *parse) {
    if (!*parse->done && parse->options->num_arguments < parse->verb->min_arguments) {
        argp_error(state, "%s is missing", parse->verb->arguments);
        return EINVAL;
    }
    return 0;
}

static error_t verb_give_help(struct argp_state *state, const struct verb_parse *parse,
                              unsigned parts) {
    *parse->done = true;
    argp_state_help(state, parse->cli->out, parts);
    state->next = state->argc; /* whatever follows is not looked at */
    return 0;
}

/* The target of an option that takes no value; NULL: it takes one. */
static bool *verb_flag(struct verb_options *options, int key) {
    switch (key) {
    case 'j':
        return &options->json;
    case 'f':
        return &options->follow;
    case 'w':
        return &options->watch;
    case 'q':
        return &options->quiet;
    case VERB_OPTION_FORCE:
        return &options->force;
    case VERB_OPTION_NO_WAIT:
        return &options->no_wait;
    case VERB_OPTION_HISTORY:
        return &options->history;
    case VERB_OPTION_WHERE:
        return &options->where;
    case VERB_OPTION_NO_SCROLLBACK:
        return &options->no_scrollback;
    default:
        return NULL;
    }
}

static error_t verb_take_value(struct argp_state *state, struct verb_options *options, int key,
                               char *value) {
    switch (key) {
    case 't':
        return verb_take_seconds(state, "--timeout", value, &options->timeout_ms);
    case 'i':
        return verb_take_seconds(state, "--interval", value, &options->interval_ms);
    case 'n':
        return verb_take_count(state, value, &options->count);
    case 'e':
        return verb_take_escape(state, value, &options->escape);
    case 's':
        return verb_take_search(state, options, value);
    case 'b':
        options->board = value;
        return 0;
    case 'r':
        options->root = value;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static error_t verb_take(int key, char *value, struct argp_state *state) {
    const struct verb_parse *parse = state->input;
    bool *flag = verb_flag(parse->options, key);
    if (flag != NULL) {
        *flag = true;
        return 0;
    }
    switch (key) {
    case ARGP_KEY_INIT:
        state->err_stream = parse->cli->err;
        return 0;
    case ARGP_KEY_ARG:
        return verb_take_argument(state, parse, value);
    case ARGP_KEY_END:
        return verb_take_end(state, parse);
    case 'h':
        return verb_give_help(state, parse, VERB_HELP);
    case VERB_OPTION_USAGE:
        return verb_give_help(state, parse, ARGP_HELP_USAGE);
    default:
        return verb_take_value(state, parse->options, key, value);
    }
}

enum cli_status verb_parse(struct cli *cli, const struct verb *verb, int argc, char **argv,
                           struct verb_options *options, bool *done) {
    struct verb_parse parse = {.cli = cli, .verb = verb, .options = options, .done = done};
    const struct argp argp = {
        .options = verb->options,
        .parser = verb_take,
        .args_doc = verb->arguments,
        .doc = arena_printf(&cli->arena, "%s\vExamples:\n%s", verb->about, verb->examples),
    };
    *options = verb->defaults;
    *done = false;
    argv[0] = arena_printf(&cli->arena, "loongvisor%s%s %s", verb->group ? " " : "",
                           verb->group ? verb->group : "", verb->name);
    error_t error = argp_parse(&argp, argc, argv, ARGP_NO_EXIT | ARGP_NO_HELP, NULL, &parse);
    return error == 0 ? CLI_OK : CLI_USAGE;
}
