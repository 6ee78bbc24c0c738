// SPDX-License-Identifier: GPL-2.0-or-later
/* /dev/hvisor: numbers, pointers, questions, what is refused; what can be loaded into and mapped.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "guest.h"
#include "hvisor.h"
#include "hvisor_guest.h"

#define ABSENT_ZONE  9
#define ROOT_RAM     0x80000000u
#define UART         0x1fe00000u
#define ROOT_CPU     1u
#define GUEST_CPU    0x10u
#define HVISOR_MAGIC 6

/* As the headers of hvisor-tool c724e91 make them. */
_Static_assert(LV_HVISOR_IOCTL_INIT == 0x100, "init virtio");
_Static_assert(LV_HVISOR_IOCTL_FINISH == 0x102, "finish request");
_Static_assert(LV_HVISOR_IOCTL_START == 0x40080103, "zone start");
_Static_assert(LV_HVISOR_IOCTL_SHUTDOWN == 0x40080104, "zone shutdown");
_Static_assert(LV_HVISOR_IOCTL_LIST == 0x80080105, "zone list");
_Static_assert(LV_HVISOR_IOCTL_CHECK == 0x80080106, "configuration check");
_Static_assert(LV_HVISOR_IOCTL_EVENTFD == 0x40040107, "set eventfd");
_Static_assert(LV_HVISOR_IOCTL_LOAD == 0x40180108, "load image");
_Static_assert(LV_HVISOR_IOCTL_BOOT_MODE == 0x40080109, "set boot mode");
_Static_assert(LV_HVISOR_IOCTL_ECAM == 0x8008010a, "ECAM base");
_Static_assert(LV_HVISOR_IOCTL_DEASSERT == 0x4008010b, "deassert");

/* Those that take an address, and how much is there. */
static const struct {
    unsigned long request;
    size_t size;
} calls[] = {
    {LV_HVISOR_IOCTL_START, sizeof(struct lv_hvisor_zone)},
    {LV_HVISOR_IOCTL_LIST, sizeof(struct lv_hvisor_list)},
    {LV_HVISOR_IOCTL_CHECK, sizeof(uint64_t)},
    {LV_HVISOR_IOCTL_LOAD, sizeof(struct lv_hvisor_load)},
    {LV_HVISOR_IOCTL_BOOT_MODE, sizeof(struct lv_hvisor_boot_mode)},
    {LV_HVISOR_IOCTL_ECAM, sizeof(uint64_t)},
    {LV_HVISOR_IOCTL_DEASSERT, sizeof(struct lv_hvisor_line)},
};
#define CALLS (sizeof(calls) / sizeof(calls[0]))

static void calls_with_bad_pointers(int fd) {
    const uint8_t *end = test_last_page() + KERNEL_PAGE;
    struct lv_hvisor_list list = {.count = 1, .zones = (uintptr_t)test_bad_pointer()};

    for (size_t i = 0; i < CALLS; i++) {
        EXPECT(-EFAULT, test_ioctl(fd, calls[i].request, NULL));
        EXPECT(-EFAULT, test_ioctl(fd, calls[i].request, test_bad_pointer()));
        EXPECT(-EFAULT, test_ioctl(fd, calls[i].request, (void *)0x9000000000200000));
        /* Half of it can be read or written. */
        EXPECT(-EFAULT, test_ioctl(fd, calls[i].request, end - calls[i].size / 2));
    }
    EXPECT(-EFAULT, test_ioctl(fd, LV_HVISOR_IOCTL_LIST, &list));
    list.zones = UINT64_MAX - 4;
    EXPECT(-EFAULT, test_ioctl(fd, LV_HVISOR_IOCTL_LIST, &list));
    list.zones = (uintptr_t)end - sizeof(struct lv_hvisor_info) / 2;
    EXPECT(-EFAULT, test_ioctl(fd, LV_HVISOR_IOCTL_LIST, &list));
}

/* Another size or direction is another number; 1 and the SCMI calls nobody has here. */
static void calls_unknown(int fd) {
    static uint8_t space[KERNEL_PAGE];

    for (size_t i = 0; i < CALLS; i++) {
        EXPECT(-ENOTTY, test_ioctl(fd, calls[i].request + (1u << _IOC_SIZESHIFT), space));
        EXPECT(
            -ENOTTY,
            test_ioctl(fd, calls[i].request ^ ((_IOC_READ | _IOC_WRITE) << _IOC_DIRSHIFT), space));
    }
    EXPECT(-ENOTTY, test_ioctl(fd, _IO(LV_HVISOR_IOCTL_MAGIC, 1), space));
    EXPECT(-ENOTTY, test_ioctl(fd, _IOWR(LV_HVISOR_IOCTL_MAGIC, 32, uint64_t), space));
    EXPECT(-ENOTTY, test_ioctl(fd, LV_IOCTL_MACHINE, space));
    EXPECT(-ENOTTY, test_ioctl(fd, 0, space));
    EXPECT(-ENOTTY, test_ioctl(fd, ~0ul, space));
}

static void calls_that_ask(int fd) {
    struct lv_hvisor_info zones[2];
    struct lv_hvisor_list list = {.count = UINT64_MAX, .zones = (uintptr_t)zones};
    struct lv_hvisor_boot_mode mode = {.zone_id = 1};
    uint64_t number = 77;

    EXPECT(0, test_ioctl(fd, LV_HVISOR_IOCTL_CHECK, &number));
    EXPECT(HVISOR_MAGIC, number);
    EXPECT(0, test_ioctl(fd, LV_HVISOR_IOCTL_ECAM, &number));
    EXPECT(0, number);
    EXPECT(-ENOSYS, test_ioctl(fd, LV_HVISOR_IOCTL_BOOT_MODE, &mode));

    memset(zones, 0x77, sizeof(zones));
    EXPECT(1, test_ioctl(fd, LV_HVISOR_IOCTL_LIST, &list));
    EXPECT(LV_ROOT_ZONE_ID, zones[0].zone_id);
    EXPECT(0x0f, zones[0].cpus);
    EXPECT(0, strcmp("root", zones[0].name));
    EXPECT(0, zones[0].is_err);
    EXPECT(0x77777777, zones[1].zone_id);
    list.count = 0;
    list.zones = 0;
    EXPECT(0, test_ioctl(fd, LV_HVISOR_IOCTL_LIST, &list));
}

static long start(int fd, const struct lv_hvisor_zone *zone) {
    return test_ioctl(fd, LV_HVISOR_IOCTL_START, zone);
}

/* One field out of range each time. */
static void calls_refused_by_counts(int fd) {
    const struct lv_hvisor_zone good = hvisor_zone(0, GUEST_CPU);
    struct lv_hvisor_zone zone = good;

    zone.num_memory_regions = LV_HVISOR_REGIONS + 1;
    EXPECT(-EINVAL, start(fd, &zone));
    zone.num_memory_regions = UINT32_MAX;
    EXPECT(-EINVAL, start(fd, &zone));
    zone = good;
    zone.num_ivc_configs = 1;
    EXPECT(-EINVAL, start(fd, &zone));
    zone = good;
    zone.num_pci_bus = LV_HVISOR_PCI_BUSES + 1;
    EXPECT(-EINVAL, start(fd, &zone));
    zone = good;
    zone.num_pci_devs = UINT64_MAX;
    EXPECT(-EINVAL, start(fd, &zone));
    zone = good;
    zone.memory_regions[0].type = LV_HVISOR_VIRTIO + 1;
    EXPECT(-EINVAL, start(fd, &zone));
    zone = good;
    zone.memory_regions[1].size = 0;
    EXPECT(-EINVAL, start(fd, &zone));
}

static void calls_refused_by_contents(int fd) {
    const struct lv_hvisor_zone good = hvisor_zone(0, GUEST_CPU);
    struct lv_hvisor_zone zone = {0};

    EXPECT(-EEXIST, start(fd, &zone));
    zone = good;
    zone.zone_id = LV_MAX_ZONES;
    EXPECT(-EINVAL, start(fd, &zone));
    zone = good;
    zone.cpus = 0;
    EXPECT(-EINVAL, start(fd, &zone));
    zone.cpus = ROOT_CPU;
    EXPECT(-EINVAL, start(fd, &zone));
    zone.cpus = 1ull << 63;
    EXPECT(-EINVAL, start(fd, &zone));
    zone = good;
    zone.memory_regions[0].physical_start = ROOT_RAM;
    EXPECT(-EINVAL, start(fd, &zone));
    zone = good;
    zone.memory_regions[0].size = 0 - zone.memory_regions[0].physical_start;
    EXPECT(-EINVAL, start(fd, &zone));
    zone = good;
    zone.memory_regions[2].virtual_start = 0;
    EXPECT(-EINVAL, start(fd, &zone));
}

static void calls_on_zones(int fd) {
    struct lv_hvisor_line line = {.zone_id = ABSENT_ZONE, .irq_id = LV_HVISOR_IRQ_WAKEUP};

    EXPECT(-EINVAL, test_ioctl(fd, LV_HVISOR_IOCTL_SHUTDOWN, NULL));
    EXPECT(-EINVAL, test_ioctl(fd, LV_HVISOR_IOCTL_SHUTDOWN, (void *)LV_MAX_ZONES));
    EXPECT(-EINVAL, test_ioctl(fd, LV_HVISOR_IOCTL_SHUTDOWN, (void *)UINT64_MAX));
    EXPECT(-ENOENT, test_ioctl(fd, LV_HVISOR_IOCTL_SHUTDOWN, (void *)ABSENT_ZONE));
    EXPECT(-ENOENT, test_ioctl(fd, LV_HVISOR_IOCTL_DEASSERT, &line));
    line.zone_id = LV_ROOT_ZONE_ID;
    line.irq_id = LV_HVISOR_IRQ_WAKEUP + 1;
    EXPECT(-EINVAL, test_ioctl(fd, LV_HVISOR_IOCTL_DEASSERT, &line));
    line.irq_id = UINT32_MAX;
    EXPECT(-EINVAL, test_ioctl(fd, LV_HVISOR_IOCTL_DEASSERT, &line));
}

static void calls_with_eventfds(int fd) {
    int event = eventfd(0, EFD_NONBLOCK);

    EXPECT(-EBADF, test_ioctl(fd, LV_HVISOR_IOCTL_EVENTFD, (void *)-1));
    EXPECT(-EBADF, test_ioctl(fd, LV_HVISOR_IOCTL_EVENTFD, (void *)12345));
    EXPECT(-EINVAL, test_ioctl(fd, LV_HVISOR_IOCTL_EVENTFD, (void *)(intptr_t)fd));
    for (int i = 0; i < 3; i++) {
        EXPECT(0, test_ioctl(fd, LV_HVISOR_IOCTL_EVENTFD, (void *)(intptr_t)event));
    }
    (void)close(event);
}

void hvisor_calls_run(void) {
    int fd = hvisor_open();

    calls_with_bad_pointers(fd);
    calls_unknown(fd);
    calls_that_ask(fd);
    calls_refused_by_counts(fd);
    calls_refused_by_contents(fd);
    calls_on_zones(fd);
    calls_with_eventfds(fd);
}

static void memory_load_refused(int fd, const struct lv_region *pool) {
    struct lv_hvisor_load none = {.size = 1, .load_paddr = pool->hpa};
    uint64_t end = pool->hpa + pool->size;
    uint8_t byte = 0;

    EXPECT(-EPERM, hvisor_load(0, &byte, 1));
    EXPECT(-EPERM, hvisor_load(ROOT_RAM, &byte, 1));
    EXPECT(-EPERM, hvisor_load(UART, &byte, 1));
    EXPECT(-EPERM, hvisor_load(pool->hpa - 1, &byte, 2));
    EXPECT(-EPERM, hvisor_load(end - 1, &byte, 2));
    EXPECT(-EPERM, hvisor_load(pool->hpa, &byte, pool->size + 1));
    EXPECT(-EINVAL, hvisor_load(pool->hpa, &byte, UINT64_MAX));
    EXPECT(-EINVAL, hvisor_load(pool->hpa, &byte, 0));
    EXPECT(-EINVAL, test_ioctl(fd, LV_HVISOR_IOCTL_LOAD, &none));
    EXPECT(-EFAULT, hvisor_load(pool->hpa, test_bad_pointer(), 1));
    EXPECT(-EFAULT, hvisor_load(pool->hpa, test_last_page() + KERNEL_PAGE - 1, 2));
}

/* The two devices see one pool: what one file loads into is not another's, whichever it opened. */
static void memory_claimed(int fd, const struct lv_region *pool) {
    struct lv_zone_config config = test_config(test_open(), 0, GUEST_IDLES);
    uint8_t byte = 1;
    struct lv_hvisor_load load = {
        .user_buffer = (uintptr_t)&byte, .size = 1, .load_paddr = pool->hpa};
    struct lv_ioctl_load other = {.hpa = pool->hpa, .buffer = (uintptr_t)&byte, .size = 1};
    const struct lv_hvisor_zone zone = hvisor_zone(0, GUEST_CPU);
    int holder = hvisor_open();
    int native = test_open();

    EXPECT(0, test_ioctl(holder, LV_HVISOR_IOCTL_LOAD, &load));
    EXPECT(-EBUSY, test_ioctl(fd, LV_HVISOR_IOCTL_LOAD, &load));
    EXPECT(-EBUSY, start(fd, &zone));
    EXPECT(-EBUSY, test_ioctl(native, LV_IOCTL_LOAD, &other));
    EXPECT(-EBUSY, test_create_zone(native, &config));
    (void)close(holder);
    EXPECT(0, test_ioctl(native, LV_IOCTL_LOAD, &other));
    EXPECT(-EBUSY, test_ioctl(fd, LV_HVISOR_IOCTL_LOAD, &load));
    EXPECT(-EBUSY, start(fd, &zone));
    (void)close(native);
    EXPECT(0, test_ioctl(fd, LV_HVISOR_IOCTL_LOAD, &load));
}

static void memory_arrives(int fd, const struct lv_region *pool) {
    static const char text[] = "loaded";
    volatile uint8_t *mapped = hvisor_map(fd, 0);

    EXPECT(0, hvisor_load(pool->hpa + 4093, text, sizeof(text)));
    EXPECT_TRUE(mapped != NULL && memcmp((const void *)&mapped[4093], text, sizeof(text)) == 0);
    (void)munmap((void *)mapped, SLOT_SIZE);
}

static long map_error(int fd, uint64_t hpa, size_t size, int protection, int flags) {
    void *mapped = mmap(NULL, size, protection, flags, fd, (off_t)hpa);

    return mapped == MAP_FAILED ? -errno : munmap(mapped, size);
}

static void memory_map_refused(int fd, const struct lv_region *pool) {
    uint64_t end = pool->hpa + pool->size;
    int both = PROT_READ | PROT_WRITE;

    EXPECT(-EPERM, map_error(fd, KERNEL_PAGE, KERNEL_PAGE, PROT_READ, MAP_SHARED));
    EXPECT(-EPERM, map_error(fd, ROOT_RAM, KERNEL_PAGE, PROT_READ, MAP_SHARED));
    EXPECT(-EPERM, map_error(fd, UART, KERNEL_PAGE, PROT_READ, MAP_SHARED));
    EXPECT(-EPERM, map_error(fd, pool->hpa - KERNEL_PAGE, 2 * KERNEL_PAGE, PROT_READ, MAP_SHARED));
    EXPECT(-EPERM, map_error(fd, end - KERNEL_PAGE, 2 * KERNEL_PAGE, PROT_READ, MAP_SHARED));
    EXPECT(-EPERM, map_error(fd, end, KERNEL_PAGE, PROT_READ, MAP_SHARED));
    EXPECT(-EINVAL, map_error(fd, pool->hpa, KERNEL_PAGE, both, MAP_PRIVATE));
    EXPECT(-EPERM, map_error(fd, pool->hpa, KERNEL_PAGE, PROT_READ | PROT_EXEC, MAP_SHARED));
    EXPECT(0, map_error(fd, pool->hpa, pool->size, both, MAP_SHARED));
}

/* What a zone keeps to itself cannot be had through this device either, nor kept from before. */
static void memory_of_zone(int fd, const struct lv_region *pool) {
    volatile uint8_t *mapped = hvisor_map(fd, 0);
    int native = test_open();
    uint8_t byte = 1;

    EXPECT_TRUE(mapped != NULL);
    mapped[0] = 1;
    test_run(native, 0, GUEST_IDLES);
    EXPECT_TRUE(!test_is_there(&mapped[0]));
    EXPECT(-EPERM, map_error(fd, pool->hpa, KERNEL_PAGE, PROT_READ, MAP_SHARED));
    EXPECT(-EBUSY, hvisor_load(pool->hpa, &byte, 1));
    EXPECT(0, map_error(fd, pool->hpa + SLOT_SIZE, KERNEL_PAGE, PROT_READ, MAP_SHARED));
    test_end(native, 0);
    EXPECT_TRUE(test_faults(&mapped[0]));
    EXPECT(0, mapped[0]);
    (void)munmap((void *)mapped, SLOT_SIZE);
    (void)close(native);
}

void hvisor_memory_run(void) {
    int fd = hvisor_open();
    int native = test_open();
    struct lv_region pool = test_pool(native);

    memory_load_refused(fd, &pool);
    memory_arrives(fd, &pool);
    memory_map_refused(fd, &pool);
    memory_of_zone(fd, &pool);
    memory_claimed(fd, &pool);
    (void)close(native);
}

/* Where HWI2 is not free there is a device all the same, without virtio. */
void hvisor_no_virtio_run(void) {
    int fd = hvisor_open();

    EXPECT(-ENODEV, test_ioctl(fd, LV_HVISOR_IOCTL_INIT, NULL));
    EXPECT(-ENODEV, test_ioctl(fd, LV_HVISOR_IOCTL_FINISH, NULL));
    EXPECT(-ENODEV, map_error(fd, 0, KERNEL_PAGE, PROT_READ, MAP_SHARED));
}
