/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/*
 * One zone as the hypervisor wants it: fixed width, little endian, no pointers.
 * Tools make this structure from JSON; the hypervisor checks every field again.
 */
#ifndef LOONGVISOR_ZONE_CONFIG_H
#define LOONGVISOR_ZONE_CONFIG_H

#include <loongvisor/limits.h>
#include <loongvisor/virtio.h>
#include <stddef.h>
#include <stdint.h>

#define LV_ZONE_MAGIC   0x454e4f5a564c0000ULL /* "\0\0LVZONE" */
#define LV_ZONE_VERSION 4u

enum lv_region_type {
    LV_REGION_RAM = 0,        /* cached memory; payloads and boot tables go here */
    LV_REGION_IO = 1,         /* a device's registers, passed through uncached */
    LV_REGION_VIRTIO = 2,     /* not mapped: virtio-mmio, served by the root zone */
    LV_REGION_HOLE = 3,       /* not mapped: reads all ones, ignores writes */
    LV_REGION_PCI_CONFIG = 4, /* not mapped: mediated configuration space, Loongson layout */
    LV_REGION_INFO = 5,       /* one page, read only: struct lv_zone_info_page */
    LV_REGION_UART = 6,       /* not mapped: one page, a virtual 16550 at LV_UART_OFFSET in it */
    LV_REGION_POWER = 7,      /* not mapped: one page, the virtual power block (LV_POWER_*) */
    LV_REGION_POOL = 8,       /* root zone: RAM that zones are made of; GPA = HPA, 2 MiB aligned */
    LV_REGION_CLOCK = 9,      /* not mapped: one page, the time of day (LV_CLOCK_*) */
    LV_REGION_VIRTIO_BARS = 10, /* not mapped: where BARs of virtual PCI functions can be */
    LV_REGION_KICKS = 11,       /* root zone: one page, struct lv_virtio_kicks */
    LV_REGION_TYPES,
};

/* The zone's RAM stays mapped in the root zone while the zone exists (virtio, hvisor's zones). */
#define LV_REGION_SHARED (1u << 0)

/* What a virtual device interrupts: nothing, a CPU line of vCPU 0, or a vector of the EIOINTC. */
#define LV_INTERRUPT_NONE      0u
#define LV_INTERRUPT_LINE(n)   (0x100u | (n)) /* HWI0-7, not one of cpu_lines */
#define LV_INTERRUPT_VECTOR(n) (0x200u | (n)) /* 0-255, not one of vectors */
#define LV_INTERRUPT_KIND      0xf00u
#define LV_INTERRUPT_NUMBER    0x0ffu

/*
 * Memory or a device. Interrupts have the UART (it has something for the zone), the power block
 * (the zone is asked to stop), the root zone's info page (LV_HYPERCALL_EVENTS has some) and its
 * page of kicks (LV_HYPERCALL_VIRTIO_KICKS has some).
 */
struct lv_region {
    uint32_t type;      /* enum lv_region_type */
    uint32_t flags;     /* LV_REGION_SHARED, for RAM */
    uint32_t interrupt; /* LV_INTERRUPT_*, high while the device needs the zone; NONE for others */
    uint32_t index;     /* number of the device among those of its type; 0: no type has more yet */
    uint64_t hpa;       /* of RAM, IO and POOL; 0 for others */
    uint64_t gpa;
    uint64_t size; /* bytes */
};

/* Registers in the page of an LV_REGION_UART, where QEMU's virt and the LS7A boards have theirs. */
#define LV_UART_OFFSET 0x1e0u
#define LV_UART_SIZE   8u

/*
 * Registers in the page of an LV_REGION_POWER: bytes at the offsets at which QEMU's virt has those
 * of the ACPI GED, so that syscon-poweroff and syscon-reboot drive either; others read 0.
 */
#define LV_POWER_SLEEP     0x1cu /* write LV_POWER_SLEEP_OFF: the zone powers off */
#define LV_POWER_RESET     0x1eu /* write LV_POWER_RESET_NOW: the zone reboots */
#define LV_POWER_BUTTON    0x20u /* reads 1 while a stop is asked for; a write takes it back */
#define LV_POWER_WATCHDOG  0x24u /* any write: the zone is alive */
#define LV_POWER_CRASH     0x28u /* pvpanic: reads 1; write 1: the zone's kernel has crashed */
#define LV_POWER_SLEEP_OFF 0x34u
#define LV_POWER_RESET_NOW 0x42u

/* Register in the page of an LV_REGION_CLOCK, 8 bytes: nanoseconds since 1970-01-01 00:00 UTC. */
#define LV_CLOCK_NOW     0x00u
#define LV_CLOCK_UNKNOWN 0u /* what it reads on a board without a clock */

/* Bytes that are copied into the zone's RAM before each start. */
struct lv_payload {
    uint64_t offset; /* multiple of 8; from store_hpa, or without a store from the image's header */
    uint64_t gpa;    /* multiple of 8 */
    uint64_t size;   /* bytes */
};

/* A PCI function that the zone owns, and where the zone sees it. */
struct lv_pci_function {
    uint8_t bus;
    uint8_t devfn;
    uint8_t zone_bus;
    uint8_t zone_devfn;
};

#define LV_ZONE_ROOT      (1u << 0) /* owns all PCI functions that no other zone owns */
#define LV_ZONE_CLEAR_RAM (1u << 1) /* RAM is zeroed before each start */
#define LV_ZONE_PV_IPI    (1u << 2) /* the zone sees KVM's interface for IPIs (LVZ reference 9.5) */

/* What follows a zone's own power-off, its reboot, its failure, or a watchdog that ran out. */
enum lv_policy {
    LV_POLICY_STOP = 0,    /* the zone stays: STOPPED, or FAILED after a failure or a watchdog */
    LV_POLICY_RESTART = 1, /* the zone starts again */
    LV_POLICY_MACHINE = 2, /* root zone: the machine powers off, or resets */
};

/* Restarts by policy in a row, each within LV_RESTART_SECONDS, before the zone is left FAILED, if
 * its configuration has no number of its own. */
#define LV_RESTART_LIMIT   5u
#define LV_RESTART_SECONDS 10u

struct lv_zone_config {
    uint64_t magic;
    uint32_t version;
    uint32_t size; /* sizeof(struct lv_zone_config) */
    uint32_t zone_id;
    uint32_t flags; /* LV_ZONE_* */
    char name[LV_NAME_SIZE];
    uint64_t cpus;                     /* bitmap of physical CPUs; vCPU n is the n-th set bit */
    uint64_t entry;                    /* GPA of vCPU 0's first instruction */
    uint64_t boot_args[3];             /* a0, a1, a2 of vCPU 0 */
    uint64_t vectors[LV_VECTOR_WORDS]; /* bitmap of EIOINTC vectors the zone owns */
    uint32_t cpu_lines;                /* bitmap of CPU lines HWI0-7 passed through (GINTC.HWIP) */
    uint32_t num_regions;
    uint32_t num_payloads;
    uint32_t num_pci_functions;
    uint8_t on_poweroff;    /* enum lv_policy */
    uint8_t on_reboot;      /* enum lv_policy */
    uint8_t on_failure;     /* enum lv_policy, not MACHINE */
    uint8_t on_watchdog;    /* enum lv_policy, not MACHINE */
    uint32_t watchdog_ms;   /* 0: none; else the longest time between two signs of life */
    uint32_t restart_limit; /* restarts by policy in a row; 0: LV_RESTART_LIMIT */
    uint32_t num_virtio;
    uint64_t store_hpa;  /* RAM that keeps the payloads for restarts; not the zone's to see */
    uint64_t store_size; /* bytes; 0: the payloads are in the image */
    struct lv_region regions[LV_MAX_REGIONS];
    struct lv_payload payloads[LV_MAX_PAYLOADS];
    struct lv_pci_function pci_functions[LV_MAX_PCI_FUNCTIONS];
    struct lv_virtio_function virtio[LV_MAX_VIRTIO];
};

/* Why a zone's vCPU left guest mode: name, word in tools, sentence. Appended to, never reordered.
 */
#define LV_EXIT_CAUSE_LIST(X)                                                                      \
    X(INTERRUPT, "interrupt", "a host interrupt that is neither timer nor doorbell")               \
    X(TIMER, "timer", "the hypervisor's own timer")                                                \
    X(DOORBELL, "doorbell", "another CPU posted something")                                        \
    X(HYPERCALL, "hypercall", "hvcl")                                                              \
    X(CPUCFG, "cpucfg", "cpucfg")                                                                  \
    X(CSR, "csr", "a CSR without a hardware copy")                                                 \
    X(CACOP, "cacop", "cacop")                                                                     \
    X(IOCSR_READ, "iocsr-read", "iocsrrd")                                                         \
    X(IOCSR_WRITE, "iocsr-write", "iocsrwr")                                                       \
    X(IDLE, "idle", "idle")                                                                        \
    X(OTHER_GSPR, "other-gspr", "any other sensitive instruction")                                 \
    X(MMIO, "mmio", "access to a device that the hypervisor emulates")                             \
    X(STAGE2, "stage2", "access to a GPA where nothing is")                                        \
    X(FPU, "fpu", "an instruction of a unit that the zone does not see")                           \
    X(OTHER, "other", "an exit the hypervisor has no name for")

enum lv_exit_cause {
#define LV_EXIT_CAUSE(name, word, sentence) LV_EXIT_##name,
    LV_EXIT_CAUSE_LIST(LV_EXIT_CAUSE)
#undef LV_EXIT_CAUSE
        LV_EXIT_CAUSES,
};

/* Places for causes: as many as let the statistics of LV_MAX_CPUS vCPUs fit into the info page. */
#define LV_EXIT_CAUSES_MAX 30u

struct lv_vcpu_stats {
    uint64_t exits[LV_EXIT_CAUSES_MAX]; /* by enum lv_exit_cause */
    uint64_t stray_sends;               /* IPIs and mails to CPUs that the zone does not have */
};

#define LV_INFO_MAGIC   0x4f464e4956475641ULL /* "AVGVINFO" */
#define LV_INFO_VERSION 2u

/* What a zone may read of itself without an exit (LV_REGION_INFO). */
struct lv_zone_info_page {
    uint64_t magic;
    uint32_t version;
    uint32_t zone_id;
    uint32_t num_vcpus;
    uint32_t reserved[11];
    struct lv_vcpu_stats vcpus[LV_MAX_CPUS];
};

/* How many restarts by policy in a row the zone has, each within LV_RESTART_SECONDS. */
static inline uint32_t lv_restart_limit(const struct lv_zone_config *config) {
    return config->restart_limit != 0 ? config->restart_limit : LV_RESTART_LIMIT;
}

/* The zone's first region of the type, or NULL. */
static inline const struct lv_region *lv_find_region(const struct lv_zone_config *config,
                                                     enum lv_region_type type) {
    for (uint32_t i = 0; i < config->num_regions; i++) {
        if (config->regions[i].type == (uint32_t)type) {
            return &config->regions[i];
        }
    }
    return NULL;
}

/* The interrupt of the zone's first region of the type; LV_INTERRUPT_NONE without one. */
static inline uint32_t lv_find_interrupt(const struct lv_zone_config *config,
                                         enum lv_region_type type) {
    const struct lv_region *region = lv_find_region(config, type);

    return region != NULL ? region->interrupt : LV_INTERRUPT_NONE;
}

_Static_assert(LV_EXIT_CAUSES <= LV_EXIT_CAUSES_MAX, "there is a place for each cause");
_Static_assert(sizeof(struct lv_region) == 40, "lv_region is part of the ABI");
_Static_assert(sizeof(struct lv_payload) == 24, "lv_payload is part of the ABI");
_Static_assert(sizeof(struct lv_pci_function) == 4, "lv_pci_function is part of the ABI");
_Static_assert(sizeof(struct lv_zone_config) == 3184, "lv_zone_config is part of the ABI");
_Static_assert(sizeof(struct lv_vcpu_stats) == 248, "lv_vcpu_stats is part of the ABI");
_Static_assert(offsetof(struct lv_zone_info_page, vcpus) == 64,
               "lv_zone_info_page is part of the ABI");
_Static_assert(sizeof(struct lv_zone_info_page) <= LV_PAGE_SIZE, "the info page is one page");

#endif
