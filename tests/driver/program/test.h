/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A test of /dev/loongvisor, run in the root zone: `driver-test GROUP` says what failed, and then
 * "PASSED n" or "FAILED". A group leaves no zone behind.
 */
#ifndef TEST_TEST_H
#define TEST_TEST_H

#include <loongvisor/driver.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Both are written out when they differ; line: of the caller. */
#define EXPECT(expected, actual)                                                                   \
    test_expect((long)(expected), (long)(actual), #actual, __FILE__, __LINE__)
#define EXPECT_TRUE(condition) test_expect(1, (condition) ? 1 : 0, #condition, __FILE__, __LINE__)

#define MAX_WAIT_MS 20000

/* Where the memory of zone `slot` is in the pool: RAM, and as much for the store. */
#define SLOT_SIZE 0x400000ull
#define SLOT_RAM  0x200000ull

#define KERNEL_PAGE 0x4000ull

void test_expect(long expected, long actual, const char *what, const char *file, int line);

/* open(2) of the device, non-blocking; the program ends if it cannot be opened. */
int test_open(void);

/* ioctl(2), -errno for an error. */
long test_ioctl(int fd, unsigned long request, const void *argument);

/* An address at which nothing is, and a page after which there is nothing. */
void *test_bad_pointer(void);
uint8_t *test_last_page(void);
/* Whether the byte can be read; SIGBUS says no. */
bool test_is_there(const volatile uint8_t *byte);
/*
 * Whether the kernel maps the byte's page only now, when it is read. What a zone has is a bus error
 * whether it is mapped or not, since the hypervisor hides it: the zone's end tells which it was.
 */
bool test_faults(const volatile uint8_t *byte);

uint64_t test_now_ms(void);

/* The root zone's pool. */
struct lv_region test_pool(int fd);
uint64_t test_pool_free(int fd);

/* The program of guest.S. */
const void *test_guest(uint64_t *size);

/* Bytes between two marks in assembly; the language knows no object that has both. */
static inline uint64_t test_distance(const void *start, const void *end) {
    return (uintptr_t)end - (uintptr_t)start;
}

/* mmap(2), read and write, shared; NULL with errno for an error. */
void *test_map(int fd, uint64_t hpa, size_t size);

/* LV_IOCTL_ZONE_MEMORY: a file descriptor, or -errno. */
int test_zone_memory(int fd, uint32_t zone_id);

/* Zone `slot` + 1: a CPU of its own, RAM at GPA 0 and a store in the slot, UART and power. */
struct lv_zone_config test_config(int fd, uint32_t slot, uint64_t mode);
uint32_t test_zone_id(uint32_t slot);

/* Loads the guest and makes zone slot + 1; the result is CREATE's. */
long test_create(int fd, uint32_t slot, uint64_t mode);
/* LV_IOCTL_CREATE of this configuration. */
long test_create_zone(int fd, const struct lv_zone_config *config);
/* That, and starts it and waits until it runs. */
void test_run(int fd, uint32_t slot, uint64_t mode);
/* Stops, if it runs, and destroys, and waits until it is gone. */
void test_end(int fd, uint32_t slot);

long test_command(int fd, unsigned long request, uint32_t zone_id, uint32_t argument);
/* The zone's state, LV_STATE_ABSENT if there is no such zone. */
uint32_t test_state(int fd, uint32_t zone_id);
/* Waits for the state, MAX_WAIT_MS at the longest; false if it does not come. */
bool test_wait_state(int fd, uint32_t zone_id, uint32_t state);
/* As poll(2) for these events, in ms. */
short test_poll(int fd, short events, int timeout);
/* Reads away what there is. */
void test_drain(int fd);
/* The exit status of a child made with fork(2). */
int test_join(int child);

void pointers_run(void);
void queries_run(void);
void load_run(void);
void mappings_run(void);
void pages_run(void);
void pins_race_run(void);
void pages_busy_run(void);
void pages_free_run(void);
void pages_left_run(void);
void pins_run(void);
void zone_memory_run(void);
void zone_memory_life_run(void);
void zone_memory_hold_run(void);
void zone_memory_pin_run(void);
void pool_pin_run(void);
void zone_memory_rounds_run(void);
void hold_run(void);
void kept_run(void);
void life_run(void);
void events_run(void);
void eventfd_run(void);
void console_run(void);
void vectors_run(void);
void follow_run(void);
void race_run(void);
void signals_run(void);
void virtio_calls_run(void);
void virtio_rounds_run(void);
void virtio_kicks_run(void);
void virtio_signals_run(void);
void virtio_poll_run(void);
void virtio_again_run(void);
void virtio_killed_run(void);
void virtio_stale_run(void);
void virtio_end_run(void);
void virtio_hold_run(void);
void virtio_held_run(void);
void virtio_none_run(void);

#endif
