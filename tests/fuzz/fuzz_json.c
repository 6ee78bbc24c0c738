// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Zone files to configurations. The input is up to four of them with a form feed between, made one
 * after the other on one machine; no input crashes the tools, and what they accept the hypervisor
 * accepts too and property_check() finds nothing wrong with it.
 */
#include "lib/plan.h"
#include "lib/stage2_size.h"
#include "machine8.h"
#include "oracle.h"
#include "property.h"

#include <stdlib.h>
#include <string.h>

#define FUZZ_MAX_ZONES 4u
#define FUZZ_SEPARATOR '\f'

struct fuzz_run {
    struct arena arena;
    struct machine machine;
    const struct lv_zone_config *configs[FUZZ_MAX_ZONES + 1];
    size_t count;
};

static struct arena machine_arena;
static struct machine8 machine8;
/* The hypervisor has zones of an earlier input. Few inputs leave any, and a fresh one takes time.
 */
static bool oracle_is_used;

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv) {
    (void)argc;
    (void)argv;
    machine8_make(&machine_arena, &machine8);
    oracle_reset(&machine8.board, &machine8.root);
    return 0;
}

static void fuzz_fail(const struct fuzz_run *run, const char *who, const char *what) {
    fprintf(stderr, "%s: %s, of zone %u of %zu\n", who, what, run->configs[run->count - 1]->zone_id,
            run->count);
    abort();
}

/* The planned zone exists from now on, in the tools' machine and in the hypervisor. */
static void fuzz_make(struct fuzz_run *run, const struct plan *plan) {
    run->configs[run->count++] = &plan->config;
    machine_add_zone(&run->machine, &plan->zone, stage2_config_pages(&plan->config));
    const char *wrong = property_check(&machine8.board, run->configs, run->count, false);
    if (wrong != NULL) {
        fuzz_fail(run, "property", wrong);
    }
    wrong = oracle_check(&plan->config, false);
    if (wrong != NULL) {
        fuzz_fail(run, "hypervisor", wrong);
    }
    oracle_is_used = true;
    if (!oracle_create(&plan->config, false)) {
        fuzz_fail(run, "hypervisor", "no zone was made");
    }
    if (oracle_stage2_pages() > run->machine.stage2_pages) {
        fuzz_fail(run, "hypervisor", "more page tables than were counted");
    }
}

static void fuzz_one(struct fuzz_run *run, const char *text, size_t size) {
    struct report report = {.arena = &run->arena};
    const struct file_search search = {.count = 0};
    const struct json_node *node = json_parse(&report, "zone", text, size);
    if (node == NULL) {
        return;
    }
    struct plan *plan = arena_alloc(&run->arena, sizeof(*plan));
    if (plan_json(&report, &run->machine, node, &search, plan)) {
        fuzz_make(run, plan);
    }
    for (const struct report_entry *entry = report.first; entry != NULL; entry = entry->next) {
        report_format(&run->arena, entry);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    struct fuzz_run run = {.machine = machine8.machine};
    const char *text = (const char *)bytes;
    run.configs[run.count++] = &machine8.root;
    if (oracle_is_used) {
        oracle_reset(&machine8.board, &machine8.root);
        oracle_is_used = false;
    }
    for (size_t i = 0; i < FUZZ_MAX_ZONES && size != 0; i++) {
        const char *end = memchr(text, FUZZ_SEPARATOR, size);
        size_t length = end ? (size_t)(end - text) : size;
        fuzz_one(&run, text, length);
        text += length;
        size -= length;
        text += size != 0;
        size -= size != 0;
    }
    arena_free(&run.arena);
    return 0;
}
