/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A driver with a pool, and a fake hypervisor with zones; what a program does with them. */
#ifndef LV_TEST_FIXTURE_H
#define LV_TEST_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <loongvisor.h>
#include "run_layout.h"

#define MIB   0x100000ull
#define BLOCK ((uint64_t)LV_BLOCK_SIZE)
/* Two regions without a gap between, and memory of nobody's on either side. */
#define POOL      (KERNEL_MEMORY_BASE + 2 * MIB)
#define POOL_HALF (16 * MIB)
#define POOL_SIZE (2 * POOL_HALF)
#define BLOCKS    (POOL_SIZE / BLOCK)
/* Where zone 1 has its RAM, and its store. */
#define RAM        (POOL + 4 * BLOCK)
#define RAM_SIZE   (2 * BLOCK)
#define STORE      (POOL + 8 * BLOCK)
#define STORE_SIZE 0x1000ull

/* The hypervisor: the zones that there are, and its answers. */
struct hypervisor {
    struct lv_zone_config zones[LV_MAX_ZONES];
    bool exists[LV_MAX_ZONES];
    bool leaves[LV_MAX_ZONES]; /* after LIST and before CONFIG */
    long list_error;
    long config_error;
    int64_t create_result;
    long destroy_result;
    uint32_t destroying; /* a zone that is; 0: none */
    unsigned created;    /* how often CREATE or hvisor's START was called */
    uint32_t ended;      /* zones whose functions' files have come to an end, a bit each */
    unsigned revoked;    /* how often mappings had been taken away by then */
};
extern struct hypervisor hv;

extern struct lv_device device;
extern struct vm_area_struct vma;
extern struct lv_zone_config config; /* what is handed to CREATE: zone 1 */
extern struct lv_ioctl_create refused;
extern uint8_t bytes[3 * MIB]; /* what is loaded */
/* Two open files. */
extern char mine;
extern char others;

/* cmocka's. */
int fixture_setup(void **state);
int fixture_teardown(void **state);

void region_add(struct lv_zone_config *zone, uint32_t type, uint64_t hpa, uint64_t size);
/* Zone 1 exists from now on. */
void zone_make(void);

/* LOAD, of the first bytes. */
int load_as(void *owner, uint64_t hpa, const void *from, uint64_t size);
int load(uint64_t hpa, uint64_t size);
/* Whether another open file may load into the block; it claims nothing. */
bool is_claimed(unsigned block);
/* CREATE of config. */
long create(void);

/* mmap() of the pool, and an access to the byte at that offset of the one mapping. */
int map(uint64_t hpa, uint64_t size);
vm_fault_t touch(uint64_t offset);
/* The mapping shows [first, end) at its own place, and nothing else; of a mapping by HPA. */
void assert_shown(uint64_t first, uint64_t end);

/* The tests of driver/memory.c; the result is cmocka's. */
int memory_tests(void);

#endif
