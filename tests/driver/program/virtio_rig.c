// SPDX-License-Identifier: GPL-2.0-or-later
/* The zone with virtual functions, and the driver in it. */
#include <loongarch/registers.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "test.h"
#include "virtio.h"

#define PCI_GPA  0xfe00000000u
#define PCI_SIZE 0x100000u
#define BARS_GPA 0x40000000u
#define RNG      4u /* virtio 1.2, 5.4 */
#define SIZE     8u /* of a queue */

/* PCI 3.0, 6.1 and 6.8.2. */
#define PCI_COMMAND     0x04u
#define PCI_BAR_0       0x10u
#define PCI_CAPS        0x34u
#define COMMAND_ON      0x06u
#define CAP_MSIX        0x11u
#define CAP_VENDOR      0x09u
#define MSIX_ON         0x80000000u
#define MESSAGE_SIZE    16ull
#define MESSAGE_DATA    8u
#define MESSAGE_CONTROL 12u

/* Virtio 1.2, 4.1.4. */
#define CAP_COMMON      1u
#define CAP_NOTIFY      2u
#define CAP_SPECIFIC    4u
#define CAP_TYPE_SHIFT  24u
#define CAP_OFFSET      8u
#define CAP_MULTIPLIER  16u
#define FEATURE_SELECT  0x08u
#define FEATURE         0x0cu
#define CONFIG_VECTOR   0x10u
#define STATUS          0x14u
#define QUEUE_SELECT    0x16u
#define QUEUE_SIZE      0x18u
#define QUEUE_VECTOR    0x1au
#define QUEUE_ENABLE    0x1cu
#define QUEUE_DESC      0x20u
#define QUEUE_DRIVER    0x28u
#define QUEUE_DEVICE    0x30u
#define STATUS_DRIVER   0x03u
#define STATUS_FEATURES 0x0bu
#define STATUS_OK       0x0fu

/* Where the queues of all functions are, a page each. */
#define QUEUES_GPA   0x120000u
#define QUEUE_BYTES  0x1000u
#define DRIVER_AREA  0x400u
#define DEVICE_AREA  0x800u
#define FIRST_VECTOR 0u /* of the EIOINTC; all of one group */

struct lv_zone_config rig_config(int device, uint32_t slot) {
    struct lv_zone_config config = test_config(device, slot, GUEST_OBEYS);

    config.regions[0].flags = LV_REGION_SHARED;
    config.regions[config.num_regions++] =
        (struct lv_region){.type = LV_REGION_PCI_CONFIG, .gpa = PCI_GPA, .size = PCI_SIZE};
    config.regions[config.num_regions++] =
        (struct lv_region){.type = LV_REGION_VIRTIO_BARS,
                           .gpa = BARS_GPA,
                           .size = (uint64_t)RIG_FUNCTIONS * LV_VIRTIO_BAR_SIZE};
    config.num_virtio = RIG_FUNCTIONS;
    for (uint32_t i = 0; i < RIG_FUNCTIONS; i++) {
        config.virtio[i] = (struct lv_virtio_function){
            .type = RNG, .queue_size = SIZE, .device = (uint8_t)(1 + i), .num_queues = RIG_QUEUES};
    }
    return config;
}

long rig_open(const struct rig *rig, uint32_t function) {
    return test_command(rig->device, LV_IOCTL_VIRTIO, test_zone_id(rig->slot), function);
}

long rig_attach(int front) {
    struct lv_virtio_attach attach = {.config_size = RIG_CONFIG, .features = RIG_FEATURES};

    return test_ioctl(front, LV_IOCTL_VIRTIO_ATTACH, &attach);
}

long rig_answer(int front, uint32_t answer) {
    return test_ioctl(front, LV_IOCTL_VIRTIO_ANSWER, &answer);
}

long rig_set_eventfd(int front, unsigned long request, uint32_t index, int eventfd) {
    struct lv_ioctl_eventfd argument = {.index = index, .fd = eventfd};

    return test_ioctl(front, request, &argument);
}

struct lv_virtio_status rig_state(int front) {
    struct lv_virtio_status status = {0};

    EXPECT(0, test_ioctl(front, LV_IOCTL_VIRTIO_STATE, &status));
    return status;
}

void rig_resume(struct rig *rig, int device, uint32_t slot) {
    *rig = (struct rig){.device = device, .slot = slot};
    for (uint32_t i = 0; i < RIG_FUNCTIONS; i++) {
        rig->front[i] = (int)rig_open(rig, i);
        EXPECT_TRUE(rig->front[i] >= 0);
    }
    rig->ram = test_map(device, rig_config(device, slot).regions[0].hpa, SLOT_RAM);
    EXPECT_TRUE(rig->ram != NULL);
}

void rig_begin(struct rig *rig, int device, uint32_t slot) {
    struct lv_zone_config config = rig_config(device, slot);
    struct lv_ioctl_load load = {.hpa = config.store_hpa};

    load.buffer = (uintptr_t)test_guest(&load.size);
    EXPECT(0, test_ioctl(device, LV_IOCTL_LOAD, &load));
    EXPECT(0, test_create_zone(device, &config));
    rig_resume(rig, device, slot);
    for (uint32_t i = 0; i < RIG_FUNCTIONS; i++) {
        EXPECT(0, rig_attach(rig->front[i]));
    }
    EXPECT(0, test_command(device, LV_IOCTL_START, test_zone_id(slot), 0));
    EXPECT_TRUE(test_wait_state(device, test_zone_id(slot), LV_STATE_RUNNING));
}

void rig_end(struct rig *rig) {
    for (uint32_t i = 0; i < RIG_FUNCTIONS; i++) {
        if (rig->front[i] >= 0) {
            (void)close(rig->front[i]);
        }
    }
    (void)munmap(rig->ram, SLOT_RAM);
    test_end(rig->device, rig->slot);
}

volatile uint64_t *rig_box(const struct rig *rig, uint64_t offset) {
    return (volatile uint64_t *)(void *)&rig->ram[GUEST_BOX_GPA + offset];
}

void rig_work(const struct rig *rig, uint64_t work, uint64_t address, uint64_t value,
              uint64_t count) {
    *rig_box(rig, BOX_WORK) = work;
    *rig_box(rig, BOX_ADDRESS) = address;
    *rig_box(rig, BOX_VALUE) = value;
    *rig_box(rig, BOX_COUNT) = count;
    *rig_box(rig, BOX_STOP) = 0;
    __sync_synchronize();
    ++*rig_box(rig, BOX_REQUEST);
}

bool rig_wait_word(const struct rig *rig, uint64_t offset, uint64_t value) {
    uint64_t end = test_now_ms() + MAX_WAIT_MS;

    while (*rig_box(rig, offset) != value) {
        if (test_now_ms() > end) {
            printf("word %#lx of the box is %lu, not %lu\n", offset, *rig_box(rig, offset), value);
            return false;
        }
        (void)usleep(10);
    }
    __sync_synchronize();
    return true;
}

bool rig_wait(const struct rig *rig) {
    return rig_wait_word(rig, BOX_DONE, *rig_box(rig, BOX_REQUEST));
}

void rig_stop(const struct rig *rig) {
    *rig_box(rig, BOX_STOP) = 1;
    EXPECT_TRUE(rig_wait(rig));
}

static void guest_write(const struct rig *rig, uint64_t work, uint64_t address, uint64_t value) {
    rig_work(rig, work, address, value, 0);
    EXPECT_TRUE(rig_wait(rig));
}

static uint32_t guest_read(const struct rig *rig, uint64_t work, uint64_t address) {
    rig_work(rig, work, address, 0, 0);
    EXPECT_TRUE(rig_wait(rig));
    return (uint32_t)*rig_box(rig, BOX_VALUE);
}

static uint64_t config_space(uint32_t function) {
    return PCI_GPA + ((uint64_t)(1 + function) << 11);
}

/* The messages are vectors of the EIOINTC, one for each of the function's. */
static void find_msix(const struct rig *rig, uint64_t capability, uint64_t bar) {
    uint32_t head = guest_read(rig, BOX_READ_4, capability);
    uint64_t table = bar + guest_read(rig, BOX_READ_4, capability + 4);

    for (uint32_t i = 0; i <= RIG_QUEUES; i++) {
        guest_write(rig, BOX_WRITE_4, table + MESSAGE_SIZE * i + MESSAGE_DATA, FIRST_VECTOR + i);
        guest_write(rig, BOX_WRITE_4, table + MESSAGE_SIZE * i + MESSAGE_CONTROL, 0);
    }
    guest_write(rig, BOX_WRITE_4, capability, head | MSIX_ON);
    guest_write(rig, BOX_IOCSR_WRITE, IOCSR_EIO_IP_MAP, 1);
    guest_write(rig, BOX_IOCSR_WRITE, IOCSR_EIO_CORE_MAP, 0x01010101);
    guest_write(rig, BOX_IOCSR_WRITE, IOCSR_EIO_ENABLE, ~0u);
}

static void find_registers(struct rig *rig, uint32_t function, uint64_t capability, uint64_t bar) {
    uint32_t type = guest_read(rig, BOX_READ_4, capability) >> CAP_TYPE_SHIFT;
    uint64_t gpa = bar + guest_read(rig, BOX_READ_4, capability + CAP_OFFSET);

    if (type == CAP_COMMON) {
        rig->common[function] = gpa;
    } else if (type == CAP_NOTIFY) {
        rig->notify[function] = gpa;
        EXPECT(4, guest_read(rig, BOX_READ_4, capability + CAP_MULTIPLIER));
    } else if (type == CAP_SPECIFIC) {
        rig->specific[function] = gpa;
    }
}

void rig_find(struct rig *rig, uint32_t function) {
    uint64_t space = config_space(function);
    uint64_t bar = BARS_GPA + (uint64_t)function * LV_VIRTIO_BAR_SIZE;
    uint32_t next = guest_read(rig, BOX_READ_4, space + PCI_CAPS) & 0xff;

    guest_write(rig, BOX_WRITE_4, space + PCI_BAR_0, bar);
    guest_write(rig, BOX_WRITE_2, space + PCI_COMMAND, COMMAND_ON);
    for (uint32_t i = 0; next != 0 && i < 8; i++) {
        uint32_t head = guest_read(rig, BOX_READ_4, space + next);
        if ((head & 0xff) == CAP_MSIX) {
            find_msix(rig, space + next, bar);
        } else if ((head & 0xff) == CAP_VENDOR) {
            find_registers(rig, function, space + next, bar);
        }
        next = head >> 8 & 0xff;
    }
    EXPECT_TRUE(rig->common[function] != 0 && rig->notify[function] != 0 &&
                rig->specific[function] != 0);
}

uint8_t rig_status(const struct rig *rig, uint32_t function) {
    return (uint8_t)guest_read(rig, BOX_READ_1, rig->common[function] + STATUS);
}

void rig_set_status(const struct rig *rig, uint32_t function, uint8_t status) {
    guest_write(rig, BOX_WRITE_1, rig->common[function] + STATUS, status);
}

static void enable_queue(const struct rig *rig, uint32_t function, uint32_t queue) {
    uint64_t common = rig->common[function];
    uint32_t gpa = QUEUES_GPA + (function * RIG_QUEUES + queue) * QUEUE_BYTES;

    guest_write(rig, BOX_WRITE_2, common + QUEUE_SELECT, queue);
    guest_write(rig, BOX_WRITE_2, common + QUEUE_SIZE, SIZE);
    guest_write(rig, BOX_WRITE_2, common + QUEUE_VECTOR, 1 + queue);
    guest_write(rig, BOX_WRITE_4, common + QUEUE_DESC, gpa);
    guest_write(rig, BOX_WRITE_4, common + QUEUE_DRIVER, gpa + DRIVER_AREA);
    guest_write(rig, BOX_WRITE_4, common + QUEUE_DEVICE, gpa + DEVICE_AREA);
    guest_write(rig, BOX_WRITE_2, common + QUEUE_ENABLE, 1);
}

void rig_drive(const struct rig *rig, uint32_t function) {
    uint64_t common = rig->common[function];

    rig_set_status(rig, function, STATUS_DRIVER);
    guest_write(rig, BOX_WRITE_4, common + FEATURE_SELECT, 1);
    guest_write(rig, BOX_WRITE_4, common + FEATURE, RIG_FEATURES >> 32);
    rig_set_status(rig, function, STATUS_FEATURES);
    guest_write(rig, BOX_WRITE_2, common + CONFIG_VECTOR, 0);
    for (uint32_t i = 0; i < RIG_QUEUES; i++) {
        enable_queue(rig, function, i);
    }
    rig_set_status(rig, function, STATUS_OK);
    EXPECT(STATUS_OK, rig_status(rig, function));
}

void rig_forget_vectors(const struct rig *rig) {
    guest_write(rig, BOX_IOCSR_WRITE, IOCSR_EIO_STATUS, ~0u);
}

void rig_kick(const struct rig *rig, uint32_t function, uint32_t queue, uint64_t count) {
    rig_work(rig, BOX_KICKS, rig->notify[function] + 4ull * queue, queue, count);
}

uint64_t rig_take(int eventfd, int ms) {
    uint64_t count = 0;

    if (test_poll(eventfd, POLLIN, ms) != POLLIN || read(eventfd, &count, sizeof(count)) < 0) {
        return 0;
    }
    return count;
}
