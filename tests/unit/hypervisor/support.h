/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the tests of the hypervisor share: a valid image with valid zones, and small helpers. */
#ifndef LV_TEST_SUPPORT_H
#define LV_TEST_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <core/zone_life.h>
#include <fake.h>
#include <loongvisor/image.h>

/*
 * The board: four CPUs with numbers of their own, two ranges of RAM, the hypervisor in the first;
 * two ranges of registers, the second of them the UART's page.
 */
#define BOARD_CPUS     4u
#define BOARD_HV_BASE  0x0a000000ULL
#define BOARD_HV_SIZE  0x02000000ULL
#define BOARD_PCI_BASE 0x20000000ULL
#define BOARD_PCI_SIZE 0x08000000ULL
#define BOARD_LOW_RAM  0x10000000ULL

#define BOARD_DEVICES      0x10000000ULL
#define BOARD_DEVICES_SIZE 0x00100000ULL
#define BOARD_UART_PAGE    0x1fe00000ULL

#define PAYLOAD_SIZE 64u
#define IMAGE_ZONES  3u
#define PHYS_ID(cpu) ((cpu) ^ 1u)

/* Zone n has its RAM here, a MiB of it, and sees it at the same GPA. */
#define ZONE_RAM(n)   (FAKE_RAM_BASE + (n) * 0x200000ULL)
#define ZONE_RAM_SIZE 0x100000ULL
#define ZONE_ENTRY    0x1000u
#define ZONE_PAYLOAD  0x2000u

struct test_image {
    struct lv_image_header header;
    struct lv_zone_config zones[IMAGE_ZONES];
    uint8_t payload[PAYLOAD_SIZE];
};

/*
 * A fresh machine and a valid image on it: zone 0 (root) on CPU 0 and, from its vectors, the first
 * 64; zone 1 on CPUs 1 and 2, zone 2 on CPU 3, with 64 vectors each. All CPUs are online.
 */
struct test_image *support_image(void);

/* Makes the image's checksum right again. */
void support_seal(struct test_image *image);

/* Creates zones 0 to count - 1 of a fresh image and marks them as running. */
struct test_image *support_zones(unsigned count);

/* The vCPU's CPU does once what its zone wants of it, and how that ended. */
enum fake_end support_serve(struct vcpu *vcpu);

/* Has the device of that type carry out the access, at an offset of its region. */
void support_access(struct vcpu *vcpu, enum lv_region_type type, struct access *access);

/* Starts a zone: its vCPU 0 enters the guest. */
void support_start(struct zone *zone);

/* All CPUs that are still in the zone find that it stops, and leave. */
void support_leave(struct zone *zone);

/* Creates a zone of the image and marks it as running. */
void support_create_zone(struct test_image *made, uint32_t id);

/* For fake.on_ring: CPU 0, which is the root zone's, flushes at once when it is asked to. */
void support_answer_ring(uint32_t phys_id);

/* Leaves so few table pages, at most 253, or all that no zone has again. */
void support_stage2_leave(unsigned pages);

/* cmocka set-up for a test that starts with a fresh machine. */
int support_reset(void **state);

/* The next number of a generator that gives the same numbers in every run. */
uint64_t support_random(void);
void support_random_seed(uint64_t seed);

/*
 * Sees a configuration just before zone_check() does, as another CPU could that has the original at
 * hand; false: it is refused. Ends with the test.
 */
extern bool (*support_on_create)(const struct lv_zone_config *config);

/* What the log holds. */
const char *support_log(void);

#define assert_text_has(text, part)                                                                \
    do {                                                                                           \
        if (strstr(text, part) == NULL) {                                                          \
            fail_msg("\"%s\" is not in: %s", part, text);                                          \
        }                                                                                          \
    } while (0)

/* Each file's group; the result is the number of tests that failed. */
int test_lib(void);
int test_spinlock(void);
int test_log(void);
int test_decode(void);
int test_stage2(void);
int test_stage2_table(void);
int test_leaves(void);
int test_check(void);
int test_ipi(void);
int test_eiointc(void);
int test_iocsr(void);
int test_pci(void);
int test_zone(void);
int test_run(void);
int test_start(void);
int test_life(void);
int test_exit(void);
int test_capability(void);
int test_gcsr(void);
int test_timer(void);
int test_hypercall(void);
int test_virtual(void);
int test_ring(void);
int test_uart(void);
int test_clock(void);
int test_pool(void);
int test_power(void);
int test_virtio(void);
int test_bridge(void);
int test_relocate(void);
int test_restart(void);
int test_hvisor(void);
int test_end(void);
int test_lost(void);

#endif
