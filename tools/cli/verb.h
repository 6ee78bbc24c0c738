/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The verbs of `loongvisor`, their options and their arguments. */
#ifndef CLI_VERB_H
#define CLI_VERB_H

#include "hv.h"

#include <argp.h>

/* More than there are zones: all of them, and one that is named wrongly. */
#define VERB_MAX_ARGUMENTS 64u
#define VERB_MAX_SEARCH    16u
#define VERB_UNLIMITED     UINT64_MAX

/* Options without a letter; those with one have it as their key. */
enum verb_option {
    VERB_OPTION_NO_WAIT = UINT8_MAX + 1,
    VERB_OPTION_NO_SCROLLBACK,
    VERB_OPTION_FORCE,
    VERB_OPTION_HISTORY,
    VERB_OPTION_WHERE,
    VERB_OPTION_USAGE,
};

struct verb_options {
    bool json;
    bool no_wait;
    bool force;
    bool follow;
    bool watch;
    bool quiet;
    bool no_scrollback;
    bool history;
    bool where;
    uint64_t timeout_ms; /* VERB_UNLIMITED: none */
    uint64_t interval_ms;
    uint64_t count;    /* VERB_UNLIMITED: no end */
    int escape;        /* a byte, or CONSOLE_NO_ESCAPE */
    const char *board; /* NULL: not given */
    const char *root;  /* NULL: not given */
    const char *search[VERB_MAX_SEARCH];
    size_t num_search;
    const char *arguments[VERB_MAX_ARGUMENTS];
    size_t num_arguments;
};

struct verb {
    const char *group; /* "zone", or NULL */
    const char *name;
    const char *summary;   /* a line for the list of verbs */
    const char *arguments; /* "ZONE..." */
    const char *about;     /* what it does, for --help */
    const char *examples;
    const struct argp_option *options;
    size_t min_arguments;
    size_t max_arguments;
    struct verb_options defaults;
    enum cli_status (*run)(struct cli *cli, const struct verb_options *options);
};

/*
 * Reads a verb's command line. CLI_OK: `options` is to be carried out, unless *done is set (help
 * was asked for, and given). CLI_USAGE: wrong (said on the error stream).
 */
enum cli_status verb_parse(struct cli *cli, const struct verb *verb, int argc, char **argv,
                           struct verb_options *options, bool *done);

/* Every verb, in the order of the help; NAME_verb is defined in the verb's own file. */
#define VERBS(X)                                                                                   \
    X(zone_create)                                                                                 \
    X(zone_start)                                                                                  \
    X(zone_stop)                                                                                   \
    X(zone_restart)                                                                                \
    X(zone_pause)                                                                                  \
    X(zone_resume)                                                                                 \
    X(zone_destroy)                                                                                \
    X(zone_list)                                                                                   \
    X(zone_show)                                                                                   \
    X(serve)                                                                                       \
    X(console)                                                                                     \
    X(stats)                                                                                       \
    X(log)                                                                                         \
    X(events)                                                                                      \
    X(check)

#define VERB_DECLARE(name) extern const struct verb name##_verb;
VERBS(VERB_DECLARE)

/* Entries of verb.options that several verbs have. */
#define VERB_JSON {"json", 'j', NULL, 0, "Print JSON, for scripts", 0}
#define VERB_NO_WAIT                                                                               \
    {"no-wait", VERB_OPTION_NO_WAIT, NULL, 0, "Give the command and do not wait for the result", 0}
#define VERB_TIMEOUT(about) {"timeout", 't', "SECONDS", 0, about, 0}
#define VERB_SEARCH                                                                                \
    {"search", 's', "DIR", 0, "Where else to look for the files that zones name; may be repeated", \
     0}
#define VERB_END                                                                                   \
    {"help", 'h', NULL, 0, "This text", -1},                                                       \
        {"usage", VERB_OPTION_USAGE, NULL, 0, "The options in short", -1},                         \
        {NULL, 0, NULL, 0, NULL, 0}

#endif
