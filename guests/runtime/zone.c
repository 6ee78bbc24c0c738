// SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause)
#include <rt/zone.h>

/* Also on the bare machine, where boot tables lie below it and programs above. */
static struct rt_log *const memory_log = (struct rt_log *)(RT_CACHED_BASE | RT_LOG_GPA);
static bool log_to_memory;
static const struct lv_zone_info_page *info;

static const struct lv_zone_info_page *info_find(void) {
    const struct lv_zone_info_page *page = rt_cached(LV_INFO_PAGE);
    uint32_t traps;
    uint64_t magic = rt_try(INSN_LD_D, (uint64_t)page, 0, 0, &traps);

    return traps == 0 && magic == LV_INFO_MAGIC ? page : NULL;
}

void rt_zone_begin(void) {
    memory_log->length = 0;
    memory_log->beats = 0;
    memory_log->step = 0;
    memory_log->magic = RT_LOG_MAGIC;
    info = info_find();
    log_to_memory = info != NULL && info->zone_id != LV_ROOT_ZONE_ID;
}

const struct lv_zone_info_page *rt_zone_info(void) {
    return info;
}

struct rt_log *rt_zone_log(void) {
    return memory_log;
}

bool rt_zone_log_put(char c) {
    if (!log_to_memory) {
        return false;
    }
    if (memory_log->length < RT_LOG_SIZE - sizeof(*memory_log)) {
        memory_log->text[memory_log->length] = c;
        __asm__ volatile("dbar 0" ::: "memory");
        memory_log->length++;
    }
    return true;
}

uint64_t rt_param(uint32_t n, uint64_t fallback) {
    const uint64_t *params = rt_cached(RT_PARAMS_GPA);

    if (params[0] != RT_PARAMS_MAGIC || n >= RT_PARAMS || params[n + 1] == 0) {
        return fallback;
    }
    return params[n + 1];
}

int64_t rt_hypercall(uint64_t code, uint64_t a1, uint64_t a2) {
    register uint64_t r0 __asm__("a0") = code;
    register uint64_t r1 __asm__("a1") = a1;
    register uint64_t r2 __asm__("a2") = a2;

    __asm__ volatile(".word %1" : "+r"(r0) : "i"(INSN_HVCL(0)), "r"(r1), "r"(r2) : "memory");
    return (int64_t)r0;
}

void rt_zone_end(void) {
    csr_xchg(CSR_CRMD, 0, CRMD_IE);
    csr_write(CSR_ECFG, 0);
    for (;;) {
        __asm__ volatile("idle 0");
    }
}

void rt_nap(uint64_t ticks) {
    uint64_t crmd = csr_xchg(CSR_CRMD, 0, CRMD_IE);
    uint64_t ecfg = csr_xchg(CSR_ECFG, 1UL << IRQ_TIMER, 1UL << IRQ_TIMER);

    csr_write(CSR_TCFG, (ticks & ~3UL) | TCFG_EN);
    __asm__ volatile("idle 0" ::: "memory");
    csr_write(CSR_TCFG, 0);
    csr_write(CSR_TICLR, 1);
    csr_xchg(CSR_CRMD, crmd, CRMD_IE);
    csr_xchg(CSR_ECFG, ecfg, 1UL << IRQ_TIMER);
}

uint64_t rt_random_next(struct rt_random *random) {
    uint64_t z = random->state += 0x9e3779b97f4a7c15UL;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9UL;
    z = (z ^ z >> 27) * 0x94d049bb133111ebUL;
    return z ^ z >> 31;
}

uint64_t rt_random_below(struct rt_random *random, uint64_t limit) {
    return rt_random_next(random) % limit;
}
