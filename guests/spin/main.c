// SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause)
/*
 * A guest that computes for ten seconds under a 250 Hz tick and prints which exits that took, from
 * its info page: SPIN CAUSE n COUNT c
 */
#include <loongvisor/zone_config.h>
#include <rt/runtime.h>

#define SECONDS        10u
#define TICKS_A_SECOND 250u

static volatile uint64_t loops;

/* The page, or NULL on a machine that has none. */
static const struct lv_zone_info_page *info_find(void) {
    const struct lv_zone_info_page *page = rt_cached(LV_INFO_PAGE);
    uint32_t traps;
    uint64_t magic = rt_try(INSN_LD_D, (uint64_t)page, 0, 0, &traps);

    return traps == 0 && magic == LV_INFO_MAGIC ? page : NULL;
}

static struct lv_vcpu_stats stats_read(const struct lv_zone_info_page *page) {
    struct lv_vcpu_stats stats = {0};

    if (page != NULL) {
        for (uint32_t i = 0; i < RT_ARRAY_SIZE(stats.exits); i++) {
            stats.exits[i] = *(const volatile uint64_t *)&page->vcpus[0].exits[i];
        }
    }
    return stats;
}

static void spin(uint64_t ticks) {
    uint64_t start = rdtime();

    while (rdtime() - start < ticks) {
        loops++;
    }
}

void rt_main(void) {
    struct rt_context *self = rt_context_self();
    const struct lv_zone_info_page *page = info_find();
    uint64_t frequency = rt_ticks_per_second();

    rt_printf("SPIN BEGIN info page %s\n", page != NULL ? "found" : "missing");
    csr_write(CSR_ECFG, 1UL << IRQ_TIMER);
    csr_write(CSR_TCFG, (frequency / TICKS_A_SECOND & ~3UL) | TCFG_PERIODIC | TCFG_EN);
    csr_xchg(CSR_CRMD, CRMD_IE, CRMD_IE);
    struct lv_vcpu_stats before = stats_read(page);
    spin(SECONDS * frequency);
    struct lv_vcpu_stats after = stats_read(page);
    csr_xchg(CSR_CRMD, 0, CRMD_IE);
    csr_write(CSR_TCFG, 0);
    for (uint32_t i = 0; page != NULL && i < LV_EXIT_CAUSES; i++) {
        rt_printf("SPIN CAUSE %u COUNT %lu\n", i, after.exits[i] - before.exits[i]);
    }
    rt_printf("SPIN TICKS %u LOOPS %lu\n", self->timer_irqs, loops);
    rt_printf("SPIN DONE\n");
}
