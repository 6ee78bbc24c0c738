// SPDX-License-Identifier: GPL-2.0-or-later
#include "tap.h"

static uint32_t tap_count;
static uint32_t tap_failed;

static void tap_line(bool holds, const char *name1, const char *name2, const char *name3) {
    tap_count++;
    if (!holds) {
        tap_failed++;
    }
    rt_printf("%sok %u - %s%s%s%s", holds ? "" : "not ", tap_count, name1, name2,
              *name3 == '\0' ? "" : ", ", name3);
}

void tap_equal3(const char *name1, const char *name2, const char *name3, uint64_t got,
                uint64_t want) {
    tap_line(got == want, name1, name2, name3);
    if (got != want) {
        rt_printf(": got 0x%lx want 0x%lx", got, want);
    }
    rt_printf("\n");
}

void tap_equal2(const char *name1, const char *name2, uint64_t got, uint64_t want) {
    tap_equal3(name1, name2, "", got, want);
}

void tap_equal(const char *name, uint64_t got, uint64_t want) {
    tap_equal2(name, "", got, want);
}

void tap_true(const char *name, bool holds) {
    tap_equal(name, holds, 1);
}

void tap_range(const char *name, uint64_t got, uint64_t low, uint64_t high) {
    bool holds = got >= low && got <= high;

    tap_line(holds, name, "", "");
    if (!holds) {
        rt_printf(": got 0x%lx want 0x%lx..0x%lx", got, low, high);
    }
    rt_printf("\n");
}

void tap_skip(const char *name, const char *why) {
    tap_count++;
    rt_printf("ok %u - %s # SKIP %s\n", tap_count, name, why);
}

uint32_t tap_code(uint64_t pc) {
    uint64_t pa = rt_phys((const void *)pc);

    if (pa < rt_phys(rt_image_start) || pa >= rt_phys(rt_bss_end)) {
        return 0;
    }
    return *(const uint32_t *)rt_cached(pa);
}

void tap_done(void) {
    rt_printf("1..%u\n# %u checks, %u failed\n", tap_count, tap_count, tap_failed);
}
