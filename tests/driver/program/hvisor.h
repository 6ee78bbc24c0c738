/* SPDX-License-Identifier: GPL-2.0-or-later */
/* /dev/hvisor as hvisor-tool uses it: what its tests have in common. */
#ifndef TEST_HVISOR_H
#define TEST_HVISOR_H

#include <loongvisor/hvisor_device.h>

#include "test.h"

/* open(2) of the device; the program ends if it cannot be opened. */
int hvisor_open(void);

/* As hvisor-tool: opens the device, loads, closes it. The result is LOAD's. */
long hvisor_load(uint64_t hpa, const void *bytes, uint64_t size);

/*
 * A zone as hvisor-tool describes it: id `slot` + 1, these CPUs, RAM at GPA 0 in the slot (test.h),
 * the board's UART and a virtio device. hvisor_prepare() loads the guest and tells it what to do,
 * hvisor_start() starts it as well.
 */
struct lv_hvisor_zone hvisor_zone(uint32_t slot, uint64_t cpus);
void hvisor_prepare(const struct lv_hvisor_zone *zone, uint64_t mode);
long hvisor_start(uint32_t slot, uint64_t cpus, uint64_t mode);
long hvisor_shutdown(uint32_t slot);

/* The slot's memory through /dev/hvisor; to be unmapped by the caller. */
volatile uint8_t *hvisor_map(int fd, uint32_t slot);
/* A word of the guest's report. */
uint64_t hvisor_report(const volatile uint8_t *memory, uint32_t offset);
/* Waits until it is no less than that, MAX_WAIT_MS at the longest. */
bool hvisor_wait_report(const volatile uint8_t *memory, uint32_t offset, uint64_t value);

void hvisor_calls_run(void);
void hvisor_memory_run(void);
void hvisor_life_run(void);
void hvisor_cpus_run(void);
void hvisor_race_run(void);
void hvisor_no_virtio_run(void);
void hvisor_virtio_run(void);
void hvisor_virtio_leave_run(void);
void hvisor_virtio_take_run(void);
void hvisor_follow_run(void);
void hvisor_restarts_run(void);
void hvisor_boards_run(void);
void hvisor_linux_start_run(void);
void hvisor_linux_end_run(void);

#endif
