// SPDX-License-Identifier: GPL-2.0-or-later
#include <core/compat.h>
#include <core/hypercall.h>
#include <core/log.h>
#include <core/zone_check.h>
#include <core/zone_life.h>
#include <compat/hvisor/bridge.h>
#include <lib/bits.h>
#include <lib/string.h>
#include <loongarch/registers.h>

/* Of an entry point, what is not a direct-mapped window. */
#define ENTRY_MASK  BITS(WINDOW_BITS - 1, 0)
#define DEVFN_SHIFT 3u
/* hvisor's callers align no buffer. */
#define UNALIGNED 1u

/* Zones that are being shut down: when such a zone has gone, that was the answer. */
static atomic_bool shut_down[LV_MAX_ZONES];

static int64_t answer(const struct call *call, uint64_t value) {
    memcpy(call->buffer, &value, sizeof(value));
    return 0;
}

static int64_t call_ivc_info(const struct call *call) {
    return answer(call, 0);
}

static int64_t call_config_check(const struct call *call) {
    return answer(call, LV_HVISOR_CONFIG_MAGIC);
}

static int64_t call_nothing(const struct call *call) {
    (void)call;
    return 0;
}

/* The daemon is woken by a line that has to be free. */
static int64_t call_virtio_init(const struct call *call) {
    if (!bits_is_aligned(call->a1, LV_PAGE_SIZE)) {
        return -LV_EINVAL;
    }
    if (!bridge_set_interrupt(call->vcpu->zone, LV_HVISOR_IRQ_WAKEUP, false)) {
        return -LV_ENODEV;
    }
    bridge_open(call->buffer);
    return 0;
}

static int64_t call_virtio_finish(const struct call *call) {
    (void)call;
    return bridge_finish() ? 0 : -LV_ENODEV;
}

/* zone_check() sees what is wrong, too many of them included. */
static void region_add(struct lv_zone_config *config, enum lv_region_type type, hpa_t hpa,
                       gpa_t gpa, uint64_t size) {
    if (size != 0 && config->num_regions < LV_MAX_REGIONS) {
        config->regions[config->num_regions] = (struct lv_region){
            .type = type,
            .flags = type == LV_REGION_RAM ? LV_REGION_SHARED : 0,
            .hpa = hpa,
            .gpa = gpa,
            .size = size,
        };
    }
    config->num_regions += size != 0 ? 1 : 0;
}

/* Registers that are not the zone's to have become a hole, as with `loongvisor zone start`. */
static void region_add_registers(struct lv_zone_config *config, const struct lv_board *board,
                                 hpa_t hpa, gpa_t gpa, uint64_t size) {
    if (zone_check_registers(board, hpa, size)) {
        region_add(config, LV_REGION_IO, hpa, gpa, size);
    } else if (size != 0) {
        log_warning("zone %u: IO at %lx, %lx bytes, is not the zone's to have: a hole is there",
                    config->zone_id, hpa, size);
        region_add(config, LV_REGION_HOLE, 0, gpa, size);
    }
}

/* The board's UART is one; each zone that asks for it has one of its own in its place. */
static void region_add_io(struct lv_zone_config *config, const struct lv_board *board,
                          const struct lv_hvisor_region *from) {
    hpa_t uart = board->uart_base & ~LV_PAGE_MASK;
    uint64_t before = uart - from->physical_start;
    uint64_t behind = before + LV_PAGE_SIZE;

    if (!bits_range_within(uart, LV_PAGE_SIZE, from->physical_start, from->size)) {
        region_add_registers(config, board, from->physical_start, from->virtual_start, from->size);
        return;
    }
    region_add_registers(config, board, from->physical_start, from->virtual_start, before);
    region_add(config, LV_REGION_UART, 0, from->virtual_start + before, LV_PAGE_SIZE);
    region_add_registers(config, board, from->physical_start + behind, from->virtual_start + behind,
                         from->size - behind);
}

/* The zone's virtio region that the range overlaps, or NULL. */
static struct lv_region *virtio_find(struct lv_zone_config *config, gpa_t gpa, uint64_t size) {
    for (uint32_t i = 0; i < config->num_regions && i < LV_MAX_REGIONS; i++) {
        struct lv_region *region = &config->regions[i];
        if (region->type == LV_REGION_VIRTIO &&
            bits_ranges_overlap(region->gpa, region->size, gpa, size)) {
            return region;
        }
    }
    return NULL;
}

/* Devices that share a page share a region. */
static void region_add_virtio(struct lv_zone_config *config, gpa_t gpa, uint64_t size) {
    struct lv_region *other;

    while (config->num_regions <= LV_MAX_REGIONS &&
           (other = virtio_find(config, gpa, size)) != NULL) {
        gpa_t end = gpa + size;
        gpa_t other_end = other->gpa + other->size;
        gpa = other->gpa < gpa ? other->gpa : gpa;
        size = (other_end > end ? other_end : end) - gpa;
        *other = config->regions[--config->num_regions];
    }
    region_add(config, LV_REGION_VIRTIO, 0, gpa, size);
}

static bool region_is_in_reach(const struct lv_hvisor_region *region) {
    return bits_range_within(region->virtual_start, region->size, 0, BIT(LV_GPA_BITS));
}

/* Whole pages around registers: hvisor's files give a virtio device 512 bytes. */
static struct lv_hvisor_region region_round(const struct lv_hvisor_region *from) {
    uint64_t offset = from->virtual_start & LV_PAGE_MASK;
    struct lv_hvisor_region region = *from;

    if (from->type == LV_HVISOR_VIRTIO || (from->physical_start & LV_PAGE_MASK) == offset) {
        region.physical_start -= offset;
        region.virtual_start -= offset;
        region.size = (region.size + offset + LV_PAGE_MASK) & ~LV_PAGE_MASK;
    }
    return region;
}

static bool region_translate(struct lv_zone_config *config, const struct lv_board *board,
                             const struct lv_hvisor_region *from) {
    struct lv_hvisor_region rounded = region_round(from);

    if (from->type == LV_HVISOR_RAM) {
        region_add(config, LV_REGION_RAM, from->physical_start, from->virtual_start, from->size);
    } else if (from->type == LV_HVISOR_IO && region_is_in_reach(from)) {
        region_add_io(config, board, &rounded);
    } else if (from->type == LV_HVISOR_IO) {
        log_warning("zone %u: IO at GPA %lx is beyond 2^%u: left out", config->zone_id,
                    from->virtual_start, LV_GPA_BITS);
    } else if (from->type == LV_HVISOR_VIRTIO && region_is_in_reach(from)) {
        region_add_virtio(config, rounded.virtual_start, rounded.size);
    } else {
        return false;
    }
    return from->size != 0;
}

static bool pci_device_translate(struct lv_zone_config *config,
                                 const struct lv_hvisor_pci_device *from) {
    config->pci_functions[config->num_pci_functions++] = (struct lv_pci_function){
        .bus = from->bus,
        .devfn = (uint8_t)(from->device << DEVFN_SHIFT | from->function),
        .zone_bus = from->v_bus,
        .zone_devfn = (uint8_t)(from->v_device << DEVFN_SHIFT | from->v_function),
    };
    return from->domain == 0 && from->dev_type == 0 && (from->device | from->v_device) < 32 &&
           (from->function | from->v_function) < 8;
}

/* Without the hole, a kernel that looks for a keyboard controller would fault. */
static void add_isa_hole(struct lv_zone_config *config) {
    for (uint32_t i = 0; i < config->num_regions && i < LV_MAX_REGIONS; i++) {
        const struct lv_region *region = &config->regions[i];
        if (bits_ranges_overlap(region->gpa, region->size, LV_ISA_BASE, LV_ISA_SIZE)) {
            return;
        }
    }
    if (config->num_regions < LV_MAX_REGIONS) {
        region_add(config, LV_REGION_HOLE, 0, LV_ISA_BASE, LV_ISA_SIZE);
    }
}

static bool counts_are_sound(const struct lv_hvisor_zone *from) {
    return from->num_memory_regions <= LV_HVISOR_REGIONS && from->num_ivc_configs == 0 &&
           from->num_pci_bus <= LV_HVISOR_PCI_BUSES && from->num_pci_devs <= LV_HVISOR_PCI_DEVICES;
}

/* What the tool has loaded is in RAM that the zone shares with the root zone and is not cleared. */
static bool zone_translate(struct lv_zone_config *config, const struct lv_board *board,
                           const struct lv_hvisor_zone *from) {
    bool sound = counts_are_sound(from);

    memset(config, 0, sizeof(*config));
    config->magic = LV_ZONE_MAGIC;
    config->version = LV_ZONE_VERSION;
    config->size = sizeof(*config);
    config->zone_id = from->zone_id;
    config->cpus = from->cpus;
    config->entry = from->entry_point & ENTRY_MASK;
    memcpy(config->name, from->name, sizeof(config->name));
    for (uint32_t i = 0; sound && i < from->num_memory_regions; i++) {
        sound = region_translate(config, board, &from->memory_regions[i]);
    }
    for (uint32_t i = 0; sound && i < from->num_pci_bus; i++) {
        region_add(config, LV_REGION_PCI_CONFIG, 0, from->pci_config[i].ecam_base,
                   from->pci_config[i].ecam_size);
    }
    for (uint32_t i = 0; sound && i < from->num_pci_devs; i++) {
        sound = pci_device_translate(config, &from->alloc_pci_devs[i]);
    }
    add_isa_hole(config);
    if (!sound) {
        log_error("zone %u refused: hvisor's form of it has a count, type or address out of range",
                  config->zone_id);
    }
    return sound;
}

static int64_t zone_make_and_start(const struct lv_image_header *image,
                                   const struct lv_zone_config *config) {
    int64_t result = zone_create(image, config, false);

    if (result != 0) {
        return -(int64_t)lv_result_error(result);
    }
    struct zone *zone = zone_find(config->zone_id);
    return zone != NULL && zone_start(zone) ? 0 : -LV_EBUSY;
}

/*
 * The source is a copy that no other CPU of the root zone can write to. One caller at a time has
 * both structures; they are too large for the stack.
 */
static int64_t call_zone_start(const struct call *call) {
    static struct lv_hvisor_zone source;
    static struct lv_zone_config config;
    static struct spinlock lock;
    const struct lv_image_header *image = call->vcpu->zone->image;

    if (call->a2 != sizeof(source)) {
        return -LV_EINVAL;
    }
    if (!spinlock_try(&lock)) {
        return -LV_EBUSY;
    }
    memcpy(&source, call->buffer, sizeof(source));
    int64_t result = zone_translate(&config, &image->board, &source)
                         ? zone_make_and_start(image, &config)
                         : -LV_EINVAL;
    spinlock_release(&lock);
    return result;
}

/* Stop, then destroy, which clears its RAM: one step each time that the caller comes back. */
static int64_t call_zone_shutdown(const struct call *call) {
    uint64_t zone_id = call->a1;

    if (zone_id == LV_ROOT_ZONE_ID || zone_id >= LV_MAX_ZONES) {
        return -LV_EINVAL;
    }
    struct zone *zone = zone_find(zone_id);
    if (zone == NULL) {
        return atomic_exchange(&shut_down[zone_id], false) ? 0 : -LV_ENOENT;
    }
    zone_check_leaving(zone);
    if (!zone_force_stop(zone) && !zone_destroy(zone) && zone_is_lost(zone)) {
        return -LV_EIO;
    }
    atomic_store(&shut_down[zone_id], true);
    return HYPERCALL_AGAIN;
}

static void info_write(const struct zone *zone, struct lv_hvisor_info *to) {
    struct lv_hvisor_info info;

    memset(&info, 0, sizeof(info));
    info.zone_id = zone->config.zone_id;
    info.cpus = zone->config.cpus;
    info.is_err = zone_state(zone) == LV_STATE_FAILED;
    memcpy(info.name, zone->config.name, sizeof(info.name));
    memcpy(to, &info, sizeof(info));
}

static int64_t call_zone_list(const struct call *call) {
    uint64_t fit = call->a2 < LV_MAX_ZONES ? call->a2 : LV_MAX_ZONES;
    uint8_t *memory =
        call_buffer(call->vcpu, call->a1, fit * sizeof(struct lv_hvisor_info), UNALIGNED);
    uint64_t count = 0;

    if (memory == NULL) {
        return -LV_EFAULT;
    }
    for (uint32_t id = 0; id < LV_MAX_ZONES && count < fit; id++) {
        const struct zone *zone = zone_find(id);
        if (zone != NULL) {
            info_write(zone, (void *)(memory + count * sizeof(struct lv_hvisor_info)));
            count++;
        }
    }
    return (int64_t)count;
}

/* In the root zone, of the line that wakes its daemon and of no other. */
static int64_t call_deassert(const struct call *call) {
    if ((zone_is_root(call->zone) && call->a2 != LV_HVISOR_IRQ_WAKEUP) ||
        !bridge_set_interrupt(call->zone, call->a2, false)) {
        return -LV_EINVAL;
    }
    return 0;
}

#define ROOT(function) {.handle = (function), .caller = CALLER_ROOT}
/* With a buffer of this size at a1. */
#define ROW(function, bytes)                                                                       \
    {.handle = (function),                                                                         \
     .caller = CALLER_ROOT,                                                                        \
     .buffer = BUFFER_A1,                                                                          \
     .align = UNALIGNED,                                                                           \
     .size = (bytes)}

const struct call_row compat_call_rows[COMPAT_CALL_ROWS] = {
    [LV_HVISOR_VIRTIO_INIT] = ROW(call_virtio_init, LV_PAGE_SIZE),
    [LV_HVISOR_VIRTIO_FINISH] = ROOT(call_virtio_finish),
    [LV_HVISOR_ZONE_START] = ROW(call_zone_start, sizeof(struct lv_hvisor_zone)),
    [LV_HVISOR_ZONE_SHUTDOWN] = ROOT(call_zone_shutdown),
    [LV_HVISOR_ZONE_LIST] = ROOT(call_zone_list),
    [LV_HVISOR_IVC_INFO] = ROW(call_ivc_info, sizeof(uint64_t)),
    [LV_HVISOR_CONFIG_CHECK] = ROW(call_config_check, sizeof(uint64_t)),
    [LV_HVISOR_ECAM_BASE] = ROOT(call_nothing),
    [LV_HVISOR_DEASSERT] = {.handle = call_deassert, .caller = CALLER_ROOT, .on_zone = true},
    [LV_HVISOR_CLEAR_INJECT] = ROOT(call_nothing),
};
