// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What becomes of zones when the daemon is killed, stopped and followed by another one, and of the
 * daemon when zones come and go. It is a process of its own, with a device whose state dies with
 * it, as hvisor's has.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hvisor_daemon.h"
#include "hvisor_guest.h"

#define CPU         4u
#define FOLLOWERS   24u
#define RESTARTS    20u
#define ROUNDS      20u
#define LOADERS     3u
#define STOPPED_MS  300
#define MAX_GAP_US  30000
#define TYPE_NET    1u
#define END_MAX_MS  1000u /* what a daemon that does not answer may cost the end of a zone */
#define WAY_KILL    0u
#define WAY_TERM    1u
#define WAY_STOP    2u
#define WAY_PENDING 3u /* between an interrupt and its acknowledgement */
#define WAYS        4u

/* What the test sees of the device, and tells the daemon. */
struct device {
    unsigned serving;
    unsigned queues; /* the guest has set them up */
    unsigned raised; /* the interrupt */
    unsigned resets;
    unsigned scratch;
    unsigned dies_pending;
};

static volatile struct device *device;

static void device_lower(const struct daemon *daemon) {
    const struct lv_hvisor_line line = {.zone_id = test_zone_id(0), .irq_id = LV_HVISOR_IRQ_WAKEUP};

    if (device->raised != 0) {
        (void)test_ioctl(daemon->fd, LV_HVISOR_IOCTL_DEASSERT, &line);
        device->raised = 0;
    }
}

static void device_write(const struct daemon *daemon, uint64_t offset, unsigned value) {
    switch (offset) {
    case HVISOR_SCRATCH:
        device->scratch = value;
        break;
    case HVISOR_QUEUE_READY:
        device->queues = value;
        break;
    case HVISOR_INTERRUPT_ACK:
        if (device->dies_pending != 0) {
            _exit(1);
        }
        device_lower(daemon);
        break;
    case HVISOR_STATUS:
        device_lower(daemon);
        device->queues = 0;
        device->resets++;
        break;
    default:
        break;
    }
}

static unsigned device_read(uint64_t offset) {
    return offset == 0                  ? DAEMON_FIRST_VALUE
           : offset == HVISOR_DEVICE_ID ? TYPE_NET
           : offset == HVISOR_SCRATCH   ? device->scratch
                                        : 0;
}

static void device_serve(struct daemon *daemon, const volatile struct lv_hvisor_request *request) {
    uint64_t offset = request->address - HVISOR_DEVICE;
    unsigned value = 0;

    if (request->need_interrupt != 0) {
        if (device->raised == 0) {
            device->raised = 1;
            daemon_finish(daemon, request->src_zone, LV_HVISOR_IRQ_WAKEUP);
        }
        return;
    }
    if (request->is_write != 0) {
        device_write(daemon, offset, (unsigned)request->value);
    } else {
        value = device_read(offset);
    }
    daemon_answer(daemon, request->src_cpu, value);
}

static _Noreturn void daemon_run(void) {
    struct daemon daemon;

    memset((void *)device, 0, sizeof(*device));
    daemon_open(&daemon);
    daemon.page->mmio_addrs[0] = HVISOR_DEVICE;
    daemon.page->mmio_avail = 1;
    device->serving = 1;
    for (;;) {
        const volatile struct lv_hvisor_request *request = daemon_next(&daemon);
        if (request != NULL) {
            device_serve(&daemon, request);
            daemon_done(&daemon);
        } else {
            daemon_sleep(&daemon);
        }
    }
}

static int daemon_start(void) {
    uint64_t end = test_now_ms() + MAX_WAIT_MS;

    device->serving = 0;
    int child = fork();
    if (child == 0) {
        daemon_run();
    }
    while (device->serving == 0 && test_now_ms() < end) {
        (void)usleep(1000);
    }
    EXPECT(1, device->serving);
    return child;
}

static void daemon_end(int child, unsigned way) {
    switch (way) {
    case WAY_TERM:
        EXPECT(0, kill(child, SIGTERM));
        break;
    case WAY_STOP:
        EXPECT(0, kill(child, SIGSTOP));
        (void)usleep(STOPPED_MS * 1000);
        EXPECT(0, kill(child, SIGKILL));
        break;
    case WAY_PENDING:
        device->dies_pending = 1;
        break;
    default:
        EXPECT(0, kill(child, SIGKILL));
    }
    (void)test_join(child);
}

static bool traffic_goes_on(const volatile uint8_t *memory) {
    uint64_t rounds = hvisor_report(memory, HVISOR_REPORT_ROUNDS);

    return hvisor_wait_report(memory, HVISOR_REPORT_ROUNDS, rounds + ROUNDS);
}

/* Stopped, the daemon answers nothing; then it goes on where it was. */
static void daemon_pauses(int child, const volatile uint8_t *memory) {
    EXPECT(0, kill(child, SIGSTOP));
    (void)usleep(STOPPED_MS * 1000);
    uint64_t rounds = hvisor_report(memory, HVISOR_REPORT_ROUNDS);
    (void)usleep(STOPPED_MS * 1000);
    EXPECT(rounds, hvisor_report(memory, HVISOR_REPORT_ROUNDS));
    EXPECT(0, kill(child, SIGCONT));
    EXPECT_TRUE(traffic_goes_on(memory));
}

static void load_start(int *loaders) {
    for (unsigned i = 0; i < LOADERS; i++) {
        loaders[i] = fork();
        while (loaders[i] == 0) {
        }
    }
}

static void load_end(const int *loaders) {
    for (unsigned i = 0; i < LOADERS; i++) {
        (void)kill(loaders[i], SIGKILL);
        (void)test_join(loaders[i]);
    }
}

static volatile struct device *device_make(void) {
    void *shared =
        mmap(NULL, sizeof(*device), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    return shared != MAP_FAILED ? shared : NULL;
}

/* Whatever way one daemon ends, the zone goes on with the next, and no interrupt stays. */
void hvisor_follow_run(void) {
    int loaders[LOADERS];
    int fd = hvisor_open();
    volatile uint8_t *memory = hvisor_map(fd, 0);

    device = device_make();
    load_start(loaders);
    int child = daemon_start();
    EXPECT(0, hvisor_start(0, 1u << CPU, HVISOR_MODE_TRAFFIC));
    EXPECT_TRUE(traffic_goes_on(memory));
    daemon_pauses(child, memory);
    for (unsigned i = 0; i < FOLLOWERS; i++) {
        daemon_end(child, i % WAYS);
        (void)usleep((unsigned)rand() % MAX_GAP_US);
        child = daemon_start();
        EXPECT_TRUE(traffic_goes_on(memory));
    }
    EXPECT(0, hvisor_report(memory, HVISOR_REPORT_LINE));
    EXPECT(0, hvisor_shutdown(0));
    daemon_end(child, WAY_KILL);
    load_end(loaders);
    (void)munmap((void *)memory, SLOT_SIZE);
}

static void restart_round(const volatile uint8_t *memory) {
    unsigned resets = device->resets;

    EXPECT(0, hvisor_start(0, 1u << CPU, HVISOR_MODE_TRAFFIC));
    EXPECT_TRUE(hvisor_wait_report(memory, HVISOR_REPORT_ROUNDS, ROUNDS));
    EXPECT(1, device->queues);
    EXPECT(resets + 1, device->resets);
    EXPECT(0, hvisor_shutdown(0));
    EXPECT(0, device->queues);
    EXPECT(resets + 2, device->resets);
    EXPECT(0, hvisor_report(memory, HVISOR_REPORT_ROUNDS));
}

/* A daemon that does not answer holds up the end of a zone, but not for long. */
static void restart_without_answer(int child, const volatile uint8_t *memory) {
    EXPECT(0, hvisor_start(0, 1u << CPU, HVISOR_MODE_TRAFFIC));
    EXPECT_TRUE(hvisor_wait_report(memory, HVISOR_REPORT_ROUNDS, ROUNDS));
    EXPECT(0, kill(child, SIGSTOP));
    uint64_t begin = test_now_ms();
    EXPECT(0, hvisor_shutdown(0));
    EXPECT_TRUE(test_now_ms() - begin >= END_MAX_MS);
    EXPECT(0, kill(child, SIGCONT));
}

/* When a zone has gone its daemon has nothing left that points into its memory. */
void hvisor_restarts_run(void) {
    int fd = hvisor_open();
    volatile uint8_t *memory = hvisor_map(fd, 0);

    device = device_make();
    int child = daemon_start();
    for (unsigned i = 0; i < RESTARTS; i++) {
        restart_round(memory);
    }
    restart_without_answer(child, memory);
    restart_round(memory);
    daemon_end(child, WAY_KILL);
    (void)munmap((void *)memory, SLOT_SIZE);
}

/* The registers that hvisor's files for its LoongArch boards give a zone, where the test's are. */
void hvisor_boards_run(void) {
    static const struct lv_hvisor_region regions[] = {
        {LV_HVISOR_IO, 0x10080000, 0x10080000, 0x1000},
        {LV_HVISOR_VIRTIO, 0x30002000, 0x30002000, 0x200},
        {LV_HVISOR_VIRTIO, 0x30004c00, 0x30004c00, 0x200},
        {LV_HVISOR_VIRTIO, 0x30004e00, 0x30004e00, 0x200},
        {LV_HVISOR_IO, 0xffffffff0000, 0xffffffff0000, 0x1000},
        {LV_HVISOR_IO, 0x10000000, 0x10000000, 0x1000},
        {LV_HVISOR_IO, 0x100d0000, 0x100d0000, 0x1000},
        {LV_HVISOR_IO, 0x10010000, 0x10010000, 0x10000},
    };
    struct lv_hvisor_zone zone = hvisor_zone(0, 1u << CPU);
    int fd = hvisor_open();
    volatile uint8_t *memory = hvisor_map(fd, 0);

    memcpy(&zone.memory_regions[zone.num_memory_regions], regions, sizeof(regions));
    zone.num_memory_regions += sizeof(regions) / sizeof(regions[0]);
    zone.num_pci_bus = 1;
    zone.pci_config[0].ecam_base = 0xfe00000000;
    zone.pci_config[0].ecam_size = 0x20000000;
    zone.num_pci_devs = 1;
    zone.alloc_pci_devs[0] = (struct lv_hvisor_pci_device){.bus = 6, .device = 1};
    hvisor_prepare(&zone, HVISOR_MODE_HOLE);
    EXPECT(0, test_ioctl(fd, LV_HVISOR_IOCTL_START, &zone));
    EXPECT_TRUE(hvisor_wait_report(memory, HVISOR_REPORT_ROUNDS, 1));
    EXPECT(0xffffffff, hvisor_report(memory, HVISOR_REPORT_FIRST) & 0xffffffff);
    EXPECT(0, hvisor_shutdown(0));

    zone.cpus = 1;
    EXPECT(-EINVAL, test_ioctl(fd, LV_HVISOR_IOCTL_START, &zone));
    (void)munmap((void *)memory, SLOT_SIZE);
}
