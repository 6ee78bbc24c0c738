// SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause)
#include <rt/dma.h>

#define PCI_COMMAND 0x04u
#define PCI_BAR     0x10u
#define PCI_LIST    0x34u
#define DECODE_IO   1u
#define DECODE_MEM  2u
#define MASTERING   4u
#define ABSENT      0xffffffffu

/* RTL8139. */
#define RX_BUFFER 0x30u
#define CHIP      0x37u
#define CHIP_RX   0x08u
#define CHIP_NEW  0x10u
#define RX_READ   0x38u
#define RX_START  0xfff0u /* the first byte of the ring: the register is off by 16 */
#define RX_CONFIG 0x44u
#define RX_ALL    0x8fu /* every frame, into a ring that wraps */

/* Virtio 1.2, 4.1.4: capabilities, and the common configuration. */
#define CAP_VENDOR      0x09u
#define CAP_COMMON      1u
#define CAP_NOTIFY      2u
#define FEATURE_SELECT  8u
#define FEATURES        12u
#define STATUS          20u
#define QUEUE_SELECT    22u
#define QUEUE_SIZE      24u
#define QUEUE_ENABLE    28u
#define QUEUE_NOTIFY_AT 30u
#define QUEUE_DESC      32u
#define QUEUE_DRIVER    40u
#define QUEUE_DEVICE    48u
#define STATUS_DRIVER   3u
#define STATUS_FEATURES 11u
#define STATUS_OK       15u

/* The queue and the requests lie before the data. */
#define QUEUE_ENTRIES 128u
#define REQUESTS      32u
#define PARTS         3u
#define SECTORS       256u /* of a request, 512 bytes each */
#define REQUEST_BYTES (SECTORS * 512UL)
#define DISK_SECTORS  0x8000u
#define DESC_GPA      RT_DMA_GPA
#define AVAIL_GPA     (RT_DMA_GPA + 0x1000)
#define USED_GPA      (RT_DMA_GPA + 0x2000)
#define HEADER_GPA    (RT_DMA_GPA + 0x4000)
#define ANSWER_GPA    (RT_DMA_GPA + 0x5000)
#define DATA_GPA      (RT_DMA_GPA + 0x100000)
#define DESC_NEXT     1u
#define DESC_WRITE    2u

struct desc {
    uint64_t address;
    uint32_t length;
    uint16_t flags;
    uint16_t next;
};

struct header {
    uint32_t type; /* 0: read */
    uint32_t reserved;
    uint64_t sector;
};

struct avail {
    uint16_t flags;
    uint16_t index;
    uint16_t ring[QUEUE_ENTRIES];
};

struct used {
    uint16_t flags;
    uint16_t index;
    struct {
        uint32_t id;
        uint32_t length;
    } ring[QUEUE_ENTRIES];
};

static volatile uint16_t *disk_bell;
static uint16_t disk_seen;
static uint32_t disk_done;

static volatile void *config(const struct rt_dma *device, uint32_t reg) {
    return (volatile uint8_t *)rt_uncached(device->config) + reg;
}

static uint8_t config8(const struct rt_dma *device, uint32_t reg) {
    return *(volatile uint8_t *)config(device, reg);
}

static volatile uint32_t *config32(const struct rt_dma *device, uint32_t reg) {
    return config(device, reg);
}

static volatile void *registers(const struct rt_dma *device, uint32_t reg) {
    return (volatile uint8_t *)rt_uncached(device->registers) + reg;
}

bool rt_dma_network_start(const struct rt_dma *device) {
    if (*config32(device, 0) == ABSENT) {
        return false;
    }
    *config32(device, PCI_BAR) = (uint32_t)device->bar;
    *config32(device, PCI_COMMAND) = DECODE_IO;
    volatile uint8_t *chip = registers(device, CHIP);
    *chip = CHIP_NEW;
    while ((*chip & CHIP_NEW) != 0) {
    }
    *(volatile uint32_t *)registers(device, RX_BUFFER) = (uint32_t)(RT_DMA_GPA + device->offset);
    *config32(device, PCI_COMMAND) = DECODE_IO | MASTERING;
    *chip = CHIP_RX;
    *(volatile uint32_t *)registers(device, RX_CONFIG) = RX_ALL;
    /*
     * As drivers do. A ring that an earlier life has let fill up made the emulator keep a frame
     * back, and only this write, no reset, has it look at the network again.
     */
    *(volatile uint16_t *)registers(device, RX_READ) = RX_START;
    return true;
}

/* Where the capability of that type is, or 0. */
static uint32_t virtio_find(const struct rt_dma *device, uint8_t type) {
    for (uint32_t at = config8(device, PCI_LIST); at != 0; at = config8(device, at + 1)) {
        if (config8(device, at) == CAP_VENDOR && config8(device, at + 3) == type) {
            return at;
        }
    }
    return 0;
}

static void desc_put(uint32_t n, uint64_t address, uint32_t length, uint32_t flags) {
    volatile struct desc *desc = (volatile struct desc *)rt_cached(DESC_GPA) + n;

    desc->address = address;
    desc->length = length;
    desc->flags = (uint16_t)flags;
    desc->next = (uint16_t)(n + 1);
}

static void request_make(const struct rt_dma *device, uint32_t n) {
    uint64_t header = HEADER_GPA + n * sizeof(struct header);
    uint64_t data = DATA_GPA + n * REQUEST_BYTES;

    ((volatile struct header *)rt_cached(HEADER_GPA))[n].sector = (uint64_t)n * SECTORS;
    desc_put(n * PARTS, header + device->offset, sizeof(struct header), DESC_NEXT);
    desc_put(n * PARTS + 1, data + device->offset, (uint32_t)REQUEST_BYTES, DESC_NEXT | DESC_WRITE);
    desc_put(n * PARTS + 2, ANSWER_GPA + n + device->offset, 1, DESC_WRITE);
}

static void request_send(uint32_t head) {
    volatile struct avail *avail = rt_cached(AVAIL_GPA);

    avail->ring[avail->index % QUEUE_ENTRIES] = (uint16_t)head;
    __asm__ volatile("dbar 0" ::: "memory");
    avail->index++;
}

static void bell_ring(void) {
    __asm__ volatile("dbar 0" ::: "memory");
    *disk_bell = 0;
}

static void common32(const struct rt_dma *device, uint32_t reg, uint64_t value) {
    *(volatile uint32_t *)registers(device, reg) = (uint32_t)value;
}

static void queue_place(const struct rt_dma *device, uint32_t reg, uint64_t gpa) {
    common32(device, reg, gpa + device->offset);
    common32(device, reg + 4, (gpa + device->offset) >> 32);
}

static void status_set(const struct rt_dma *device, uint8_t status) {
    volatile uint8_t *reg = registers(device, STATUS);

    *reg = status;
    while (status == 0 && *reg != 0) {
    }
}

/* Its common configuration is the first thing behind its BAR. */
static void disk_set_up(const struct rt_dma *device) {
    status_set(device, 0);
    status_set(device, STATUS_DRIVER);
    common32(device, FEATURE_SELECT, 1);
    common32(device, FEATURES, 1); /* VIRTIO_F_VERSION_1 */
    status_set(device, STATUS_FEATURES);
    *(volatile uint16_t *)registers(device, QUEUE_SELECT) = 0;
    *(volatile uint16_t *)registers(device, QUEUE_SIZE) = QUEUE_ENTRIES;
    queue_place(device, QUEUE_DESC, DESC_GPA);
    queue_place(device, QUEUE_DRIVER, AVAIL_GPA);
    queue_place(device, QUEUE_DEVICE, USED_GPA);
    *(volatile uint16_t *)registers(device, QUEUE_ENABLE) = 1;
    status_set(device, STATUS_OK);
}

bool rt_dma_disk_start(const struct rt_dma *device) {
    uint32_t common = virtio_find(device, CAP_COMMON);
    uint32_t notify = virtio_find(device, CAP_NOTIFY);

    if (*config32(device, 0) == ABSENT || common == 0 || notify == 0 ||
        *config32(device, common + 8) != 0) {
        return false;
    }
    uint32_t bar = PCI_BAR + 4u * config8(device, common + 4);
    *config32(device, bar) = (uint32_t)device->bar;
    *config32(device, bar + 4) = (uint32_t)(device->bar >> 32);
    *config32(device, PCI_COMMAND) = DECODE_MEM | MASTERING;
    disk_set_up(device);
    uint32_t at = *(volatile uint16_t *)registers(device, QUEUE_NOTIFY_AT);
    disk_bell =
        registers(device, *config32(device, notify + 8) + at * *config32(device, notify + 16));
    disk_seen = 0;
    disk_done = 0;
    ((volatile struct avail *)rt_cached(AVAIL_GPA))->index = 0;
    for (uint32_t n = 0; n < REQUESTS; n++) {
        request_make(device, n);
        request_send(n * PARTS);
    }
    bell_ring();
    return true;
}

uint32_t rt_dma_disk_step(void) {
    const volatile struct used *used = rt_cached(USED_GPA);
    bool any = disk_bell != NULL && used->index != disk_seen;

    while (any && used->index != disk_seen) {
        __asm__ volatile("dbar 0" ::: "memory");
        uint32_t head = used->ring[disk_seen % QUEUE_ENTRIES].id;
        volatile struct header *header =
            (volatile struct header *)rt_cached(HEADER_GPA) + head / PARTS;
        header->sector = (header->sector + (uint64_t)SECTORS * REQUESTS) % DISK_SECTORS;
        request_send(head);
        disk_seen++;
        disk_done++;
    }
    if (any) {
        bell_ring();
    }
    return disk_done;
}

uint64_t rt_dma_count(void) {
    const volatile uint64_t *words = rt_cached(RT_DMA_GPA);
    uint64_t count = 0;

    for (uint64_t i = 0; i < RT_DMA_SIZE / sizeof(*words); i++) {
        count += words[i] != 0;
    }
    return count;
}
