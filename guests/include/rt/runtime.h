/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/*
 * The bare-metal runtime. One program runs on the bare machine (host mode) or as a zone of a
 * hypervisor: nothing here knows which. The cached window maps [63:60] = 9, the uncached one
 * [63:60] = 8; the rest of the address space is free for paging.
 */
#ifndef RT_RUNTIME_H
#define RT_RUNTIME_H

#include <rt/csr.h>
#include <rt/insn.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RT_MAX_CPUS   4u
#define RT_STACK_SIZE 0x4000u

#define RT_ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* Which vector an exception came through. */
enum rt_kind { RT_KIND_GENERAL = 0, RT_KIND_REFILL = 1 };

/* A linear piece of an address space; leaf is log2 of one translation's size. Leaves of 12 and 14
 * are filled as a pair of neighbours, larger ones as the two halves of one leaf, which is what
 * lddir and ldpte make of a huge entry. */
struct rt_region {
    uint64_t va;
    uint64_t pa;
    uint64_t size;  /* bytes */
    uint64_t flags; /* TLBELO_* */
    uint32_t leaf;
};

#define RT_MAX_REGIONS 8u

struct rt_space {
    struct rt_region regions[RT_MAX_REGIONS];
    uint32_t count;
};

/* What the last exception was. */
struct rt_trap {
    uint64_t kind; /* enum rt_kind */
    uint64_t ecode;
    uint64_t subcode;
    uint64_t era;
    uint64_t badv;
    uint64_t badi;
    uint64_t prmd;
    uint64_t crmd; /* inside the handler */
    uint64_t estat;
};

/* One flow of execution that takes its own exceptions: a CPU in host mode, or a guest. CSR.SAVE1
 * points to it. */
struct rt_context {
    struct rt_trap trap;
    struct rt_space space;      /* serves refills */
    volatile uint32_t armed;    /* synchronous exceptions are recorded and skipped */
    volatile uint32_t traps;    /* synchronous exceptions since rt_trap_arm */
    volatile uint32_t refills;  /* refills served */
    volatile uint32_t irqs;     /* interrupts taken */
    volatile uint64_t irq_mask; /* IS & LIE at the last one */
    volatile uint64_t irq_era;  /* and where it came, with what PRMD */
    volatile uint64_t irq_prmd;
    volatile uint32_t timer_irqs;
};

/* Saved state of an exception; vectors.S knows the layout. */
struct rt_frame {
    uint64_t regs[32];
    uint64_t era;
    uint64_t prmd;
    uint64_t estat;
    uint64_t badv;
    uint64_t badi;
    uint64_t kind;
};

extern uint64_t rt_boot_args[3];

/*
 * Takes an interrupt instead of the runtime, if not NULL: pending is IS & LIE. False leaves it to
 * the runtime, which acknowledges the timer and switches other sources off.
 */
typedef bool rt_irq_fn(struct rt_context *context, const struct rt_frame *frame, uint64_t pending);
extern rt_irq_fn *rt_irq_hook;

/* The program. Runs on CPU 0, PLV0, paged mode, interrupts off. */
void rt_main(void);

void rt_putc(char c);
/* Knows %s %c %d %u %x %lu %ld %lx %p and a zero-padded width. */
void rt_printf(const char *format, ...) __attribute__((format(printf, 1, 2)));

__attribute__((noreturn)) void rt_poweroff(void);

/* Prints why and ends the machine. */
__attribute__((noreturn)) void rt_die(const char *why);

static inline struct rt_context *rt_context_self(void) {
    return (struct rt_context *)csr_read(CSR_SAVE1);
}

static inline uint64_t rt_phys(const volatile void *p) {
    return (uint64_t)p & 0xffffffffffffUL;
}

static inline void *rt_cached(uint64_t pa) {
    return (void *)(RT_CACHED_BASE | pa);
}

static inline volatile void *rt_uncached(uint64_t pa) {
    return (volatile void *)(RT_UNCACHED_BASE | pa);
}

/* From here on synchronous exceptions are counted and skipped. A context need not be the caller's
 * own. */
void rt_trap_arm(struct rt_context *context);

/* Ends that; returns how many there were. */
uint32_t rt_trap_disarm(struct rt_context *context);

/* Puts one instruction and a return into memory that was not executed since its last use; returns
 * its address. */
uint32_t *rt_code_make(uint32_t word);

/* Runs one instruction with a0-a2 given, returns a0. Exceptions are recorded in the caller's
 * context if armed. */
uint64_t rt_exec(uint32_t word, uint64_t a0, uint64_t a1, uint64_t a2);

/* The same, armed for the one instruction; *traps (if not null) gets the number of exceptions. */
uint64_t rt_try(uint32_t word, uint64_t a0, uint64_t a1, uint64_t a2, uint32_t *traps);

/* rt_try at PLV3. */
uint64_t rt_try_user(uint32_t word, uint64_t a0, uint64_t a1, uint64_t a2, uint32_t *traps);

void rt_space_add(struct rt_space *space, uint64_t va, uint64_t pa, uint64_t size, uint32_t leaf,
                  uint64_t flags);

/* Loads TLBREHI and TLBRELO for the address and does tlbfill; false if no region has it. For refill
 * handlers. */
bool rt_space_refill(const struct rt_space *space, uint64_t address);

/* Writes one pair into the TLB outside of a refill (TLBEHI, TLBELO and tlbfill); ps is log2 of one
 * page. */
void rt_tlb_fill(uint64_t va, uint32_t ps, uint64_t elo0, uint64_t elo1);

/* tlbsrch for an address with the present ASID; returns TLBIDX, bit TLBIDX_NE set when there is
 * nothing. */
uint64_t rt_tlb_search(uint64_t va);

/* Waits for a number of counter ticks, 10 ns each on the virt machine. */
void rt_delay(uint64_t ticks);

/* Ticks per second of the stable counter (CPUCFG.4 and .5). */
uint64_t rt_ticks_per_second(void);

/* Starts CPU n in fn with interrupts off, once it has parked if it ran before; the CPU stops when
 * fn returns. Only from CPU 0. False if it doesn't come. */
bool rt_cpu_start(uint32_t cpu, void (*fn)(void));

/* Has the calling CPU, not CPU 0, wait for its next rt_cpu_start as in firmware's parked loop (LVZ
 * reference 10.3), in direct address mode with all its state lost. */
__attribute__((noreturn)) void rt_cpu_park(void);

/* runtime.ld */
extern char rt_image_start[];
extern char rt_bss_end[];

/* vectors.S */
extern char rt_vector_general[];
extern char rt_vector_refill[];
extern char rt_secondary_start[];
extern char rt_return_hvcl[];
extern char rt_return_syscall[];
extern char rt_return_user[];
extern char rt_user_back[];
/* TLBRENTRY for three levels of 4 KiB tables: RT_WALK_PWCL, PGDL and PGDH tell where. */
extern char rt_vector_walk[];
uint64_t rt_call(const void *code, uint64_t a0, uint64_t a1, uint64_t a2);
uint64_t rt_call_user(const void *code, uint64_t a0, uint64_t a1, uint64_t a2);

/* PTbase 12, Dir1base 21, Dir2base 30, nine bits each. */
#define RT_WALK_PWCL (12UL | 9UL << 5 | 21UL << 10 | 9UL << 15 | 30UL << 20 | 9UL << 25)

#define RT_EXIT_CODE 0x7fff

#endif
