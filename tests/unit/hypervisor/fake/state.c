// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The hypervisor's own variables, as they are when it is loaded. Its objects' .data and .bss have
 * sections of their own (unit.mk), so that no source needs a door for the tests.
 */
#include <fake.h>
#include <stdlib.h>

extern uint64_t __start_hv_data[];
extern uint64_t __stop_hv_data[];
extern uint64_t __start_hv_bss[];
extern uint64_t __stop_hv_bss[];

static uint64_t *loaded;

/* Between the variables are red zones, which only code that is not instrumented may touch. */
#define UNCHECKED __attribute__((no_sanitize("address", "thread", "undefined")))

UNCHECKED static void copy(volatile uint64_t *to, const uint64_t *from, size_t words) {
    for (size_t i = 0; i < words; i++) {
        to[i] = from != NULL ? from[i] : 0;
    }
}

static size_t words_between(const uint64_t *start, const uint64_t *stop) {
    return ((uintptr_t)stop - (uintptr_t)start) / sizeof(*start);
}

__attribute__((constructor)) static void state_keep(void) {
    size_t words = words_between(__start_hv_data, __stop_hv_data);

    loaded = malloc(words * sizeof(*loaded));
    if (loaded == NULL) {
        abort();
    }
    copy(loaded, __start_hv_data, words);
}

void state_reset(void) {
    copy(__start_hv_data, loaded, words_between(__start_hv_data, __stop_hv_data));
    copy(__start_hv_bss, NULL, words_between(__start_hv_bss, __stop_hv_bss));
}
