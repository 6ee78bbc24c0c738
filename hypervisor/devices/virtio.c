// SPDX-License-Identifier: GPL-2.0-or-later
/* The states of a virtual function, and its virtio registers (virtio 1.2, 4.1.4.3 to 4.1.4.6). */
#include <core/cpu.h>
#include <core/zone.h>
#include <devices/virtio.h>
#include <lib/bits.h>
#include <lib/string.h>

/* Registers of the common configuration. */
#define COMMON_DEVICE_FEATURE_SELECT 0x00u
#define COMMON_DEVICE_FEATURE        0x04u
#define COMMON_DRIVER_FEATURE_SELECT 0x08u
#define COMMON_DRIVER_FEATURE        0x0cu
#define COMMON_CONFIG_VECTOR         0x10u
#define COMMON_NUM_QUEUES            0x12u
#define COMMON_STATUS                0x14u
#define COMMON_GENERATION            0x15u
#define COMMON_QUEUE_SELECT          0x16u
#define COMMON_QUEUE_SIZE            0x18u
#define COMMON_QUEUE_VECTOR          0x1au
#define COMMON_QUEUE_ENABLE          0x1cu
#define COMMON_QUEUE_NOTIFY_OFF      0x1eu
#define COMMON_QUEUE_DESC            0x20u
#define COMMON_QUEUE_DRIVER          0x28u
#define COMMON_QUEUE_DEVICE          0x30u
#define HIGH_HALF                    0x04u /* of a 64-bit register, from its low half */

#define STATUS_DRIVER_OK   0x04u
#define STATUS_FEATURES_OK 0x08u
#define STATUS_NEEDS_RESET 0x40u
#define STATUS_DRIVERS     0x8fu /* the bits that the driver sets */

/* Areas of a split queue with n descriptors (virtio 1.2, 2.7). */
#define DESC_ALIGN   16u
#define DESC_SIZE    16u
#define DRIVER_ALIGN 2u
#define DRIVER_SIZE  2u
#define DRIVER_FIXED 6u
#define DEVICE_ALIGN 4u
#define DEVICE_SIZE  8u
#define DEVICE_FIXED 6u

/* How long a zone's end waits until its queues are no longer used, and looks how often. */
#define QUIESCE_SECONDS 2u
#define QUIESCE_LOOKS   10000u /* a second */

static enum lv_virtio_state state_of(const struct virtio *virtio) {
    return (enum lv_virtio_state)atomic_load_explicit(&virtio->state, memory_order_relaxed);
}

static bool is_attached(const struct virtio *virtio) {
    enum lv_virtio_state state = state_of(virtio);

    return state != LV_VIRTIO_ABSENT && state != LV_VIRTIO_LOST;
}

/* Ordered with the look of virtio_kick(). */
static void state_set(struct virtio *virtio, enum lv_virtio_state state) {
    atomic_store(&virtio->state, (uint32_t)state);
}

/*
 * A change that the front end must hear of, once until it asks: a zone cannot interrupt the root
 * zone at will. The front end asks about kicks, too, whenever the device goes live.
 */
static void change_tell(struct zone *zone, struct virtio *virtio, uint32_t change) {
    uint32_t id = zone->config.zone_id;
    bool is_live = (change & LV_VIRTIO_CHANGED_LIVE) != 0;
    bool is_told = (virtio->changes & change) != 0;

    virtio->changes |= change;
    if (is_live || !is_told) {
        virtio_tell_root(LV_VIRTIO_CHANGED(id) | (is_live ? LV_VIRTIO_KICKED(id) : 0));
    }
}

static void registers_reset(struct virtio *virtio) {
    memset(&virtio->registers, 0, sizeof(virtio->registers));
    virtio->registers.config_vector = LV_VIRTIO_NO_VECTOR;
    for (uint32_t i = 0; i < LV_MAX_QUEUES; i++) {
        virtio->registers.queues[i].size = virtio->config->queue_size;
        virtio->registers.queues[i].vector = LV_VIRTIO_NO_VECTOR;
    }
}

/* The driver waits for status 0, which it reads once the front end has let go of the queues. */
static void driver_resets(struct zone *zone, struct virtio *virtio) {
    if (state_of(virtio) == LV_VIRTIO_LIVE) {
        state_set(virtio, LV_VIRTIO_RESETTING);
        change_tell(zone, virtio, LV_VIRTIO_CHANGED_RESET);
    } else if (state_of(virtio) != LV_VIRTIO_RESETTING) {
        registers_reset(virtio);
    }
}

static bool features_are_sound(const struct virtio *virtio) {
    uint64_t accepted = virtio->registers.accepted;
    uint64_t required =
        LV_VIRTIO_FEATURE_VERSION_1 | (virtio->offered & LV_VIRTIO_FEATURE_PLATFORM);

    return (accepted & ~virtio->offered) == 0 && (accepted & required) == required;
}

/* A bit that is set stays until the reset. FEATURES_OK reads 0 if the features are not accepted. */
static void status_write(struct zone *zone, struct virtio *virtio, uint8_t value) {
    struct virtio_registers *registers = &virtio->registers;
    uint8_t set = (uint8_t)(value & STATUS_DRIVERS & ~registers->status);

    if (value == 0) {
        driver_resets(zone, virtio);
        return;
    }
    if ((set & STATUS_FEATURES_OK) != 0 && !features_are_sound(virtio)) {
        set &= (uint8_t)~STATUS_FEATURES_OK;
    }
    registers->status |= set;
    if ((set & STATUS_DRIVER_OK) != 0 && state_of(virtio) == LV_VIRTIO_READY) {
        state_set(virtio, LV_VIRTIO_LIVE);
        change_tell(zone, virtio, LV_VIRTIO_CHANGED_LIVE);
    }
}

/* The root zone sees no other memory of the zone, so a queue elsewhere would only fail later. */
static bool area_is_shared(const struct zone *zone, gpa_t gpa, uint64_t size, uint64_t align) {
    const struct lv_region *region = zone_find_region(zone, gpa);

    return bits_is_aligned(gpa, align) && region != NULL && region->type == LV_REGION_RAM &&
           (region->flags & LV_REGION_SHARED) != 0 &&
           bits_range_within(gpa, size, region->gpa, region->size);
}

static bool queue_is_sound(const struct zone *zone, const struct lv_virtio_queue *queue) {
    uint64_t size = queue->size;

    return area_is_shared(zone, queue->desc, size * DESC_SIZE, DESC_ALIGN) &&
           area_is_shared(zone, queue->driver, size * DRIVER_SIZE + DRIVER_FIXED, DRIVER_ALIGN) &&
           area_is_shared(zone, queue->device, size * DEVICE_SIZE + DEVICE_FIXED, DEVICE_ALIGN);
}

static void config_interrupt(struct zone *zone, struct virtio *virtio) {
    if (virtio->registers.config_vector != LV_VIRTIO_NO_VECTOR) {
        virtio_send(zone, virtio, virtio->registers.config_vector);
    }
}

static void needs_reset(struct zone *zone, struct virtio *virtio) {
    virtio->registers.status |= STATUS_NEEDS_RESET;
    if ((virtio->registers.status & STATUS_DRIVER_OK) != 0) {
        config_interrupt(zone, virtio);
    }
}

static void queue_enable(struct zone *zone, struct virtio *virtio, struct lv_virtio_queue *queue) {
    if (!queue_is_sound(zone, queue)) {
        needs_reset(zone, virtio);
        return;
    }
    queue->enabled = 1;
    if (state_of(virtio) == LV_VIRTIO_LIVE) {
        change_tell(zone, virtio, LV_VIRTIO_CHANGED_QUEUES);
    }
}

static uint16_t vector_or_none(const struct virtio *virtio, uint64_t value) {
    return value < virtio_num_vectors(virtio) ? (uint16_t)value : LV_VIRTIO_NO_VECTOR;
}

static void half_write(uint64_t *word, bool is_high, uint64_t value) {
    uint64_t shift = is_high ? 32 : 0;

    *word = (*word & ~(BITS(31, 0) << shift)) | (value & BITS(31, 0)) << shift;
}

static uint64_t half_read(uint64_t word, bool is_high) {
    return is_high ? word >> 32 : word & BITS(31, 0);
}

/* A 64-bit register of the queue; NULL: there is none at this offset. */
static uint64_t *queue_address(struct lv_virtio_queue *queue, uint64_t offset) {
    switch (offset & ~(uint64_t)HIGH_HALF) {
    case COMMON_QUEUE_DESC:
        return &queue->desc;
    case COMMON_QUEUE_DRIVER:
        return &queue->driver;
    case COMMON_QUEUE_DEVICE:
        return &queue->device;
    default:
        return NULL;
    }
}

static uint64_t queue_read(const struct virtio_registers *registers, uint64_t offset) {
    struct lv_virtio_queue queue = registers->queues[registers->queue_select];
    const uint64_t *address = queue_address(&queue, offset);

    if (address != NULL) {
        return half_read(*address, (offset & HIGH_HALF) != 0);
    }
    switch (offset) {
    case COMMON_QUEUE_SIZE:
        return queue.size;
    case COMMON_QUEUE_VECTOR:
        return queue.vector;
    case COMMON_QUEUE_ENABLE:
        return queue.enabled;
    case COMMON_QUEUE_NOTIFY_OFF:
        return registers->queue_select;
    default:
        return 0;
    }
}

/* The front end may have read what an enabled queue is, so that stays until the reset. */
static void queue_write(struct zone *zone, struct virtio *virtio, uint64_t offset, uint64_t value) {
    struct lv_virtio_queue *queue = &virtio->registers.queues[virtio->registers.queue_select];
    uint64_t *address = queue_address(queue, offset);

    if (offset == COMMON_QUEUE_VECTOR) {
        queue->vector = vector_or_none(virtio, value);
    } else if (queue->enabled != 0) {
        return;
    } else if (address != NULL) {
        half_write(address, (offset & HIGH_HALF) != 0, value);
    } else if (offset == COMMON_QUEUE_SIZE) {
        bool fits = value != 0 && value <= virtio->config->queue_size && (value & (value - 1)) == 0;
        queue->size = fits ? (uint16_t)value : queue->size;
    } else if (offset == COMMON_QUEUE_ENABLE && value == 1) {
        queue_enable(zone, virtio, queue);
    }
}

static uint64_t common_read(const struct virtio *virtio, uint64_t offset) {
    const struct virtio_registers *registers = &virtio->registers;

    switch (offset) {
    case COMMON_DEVICE_FEATURE_SELECT:
        return registers->device_feature_select;
    case COMMON_DEVICE_FEATURE:
        return registers->device_feature_select <= 1
                   ? half_read(virtio->offered, registers->device_feature_select != 0)
                   : 0;
    case COMMON_DRIVER_FEATURE_SELECT:
        return registers->driver_feature_select;
    case COMMON_DRIVER_FEATURE:
        return registers->driver_feature_select <= 1
                   ? half_read(registers->accepted, registers->driver_feature_select != 0)
                   : 0;
    case COMMON_CONFIG_VECTOR:
        return registers->config_vector;
    case COMMON_NUM_QUEUES:
        return virtio->config->num_queues;
    case COMMON_STATUS:
        return registers->status;
    case COMMON_GENERATION:
        return virtio->generation;
    case COMMON_QUEUE_SELECT:
        return registers->queue_select;
    default:
        return registers->queue_select < virtio->config->num_queues ? queue_read(registers, offset)
                                                                    : 0;
    }
}

static void driver_feature_write(struct virtio_registers *registers, uint64_t value) {
    if ((registers->status & STATUS_FEATURES_OK) == 0 && registers->driver_feature_select <= 1) {
        half_write(&registers->accepted, registers->driver_feature_select != 0, value);
    }
}

static void common_write(struct zone *zone, struct virtio *virtio, uint64_t offset,
                         uint64_t value) {
    struct virtio_registers *registers = &virtio->registers;

    switch (offset) {
    case COMMON_DEVICE_FEATURE_SELECT:
        registers->device_feature_select = (uint32_t)value;
        break;
    case COMMON_DRIVER_FEATURE_SELECT:
        registers->driver_feature_select = (uint32_t)value;
        break;
    case COMMON_DRIVER_FEATURE:
        driver_feature_write(registers, value);
        break;
    case COMMON_CONFIG_VECTOR:
        registers->config_vector = vector_or_none(virtio, value);
        break;
    case COMMON_STATUS:
        status_write(zone, virtio, (uint8_t)value);
        break;
    case COMMON_QUEUE_SELECT:
        registers->queue_select = (uint16_t)value;
        break;
    default:
        if (registers->queue_select < virtio->config->num_queues) {
            queue_write(zone, virtio, offset, value);
        }
        break;
    }
}

/* The device's own configuration; beyond its size it reads 0. */
static void device_access(struct zone *zone, struct virtio *virtio, struct access *access) {
    uint64_t offset = access->address - BAR_DEVICE;

    if (!bits_range_within(offset, access->size, 0, virtio->device_config_size)) {
        access->value = 0;
    } else if (!access->is_write) {
        access->value = 0;
        memcpy(&access->value, &virtio->device_config[offset], access->size);
    } else {
        memcpy(&virtio->device_config[offset], &access->value, access->size);
        if (is_attached(virtio)) {
            change_tell(zone, virtio, LV_VIRTIO_CHANGED_CONFIG);
        }
    }
}

void virtio_bar_access(struct zone *zone, struct virtio *virtio, struct access *access) {
    bool is_quiet = state_of(virtio) == LV_VIRTIO_RESETTING;

    switch (access->address & ~(uint64_t)(BAR_PAGE - 1)) {
    case BAR_COMMON:
        if (!access->is_write) {
            access->value = common_read(virtio, access->address);
        } else if (!is_quiet) {
            common_write(zone, virtio, access->address, access->value);
        }
        break;
    case BAR_DEVICE:
        device_access(zone, virtio, access);
        break;
    case BAR_MSIX:
    case BAR_PENDING:
        virtio_msix_access(zone, virtio, access);
        break;
    default:
        access->value = 0; /* BAR_ISR: vectors are all there is */
        break;
    }
}

/* The front end lets go of the queues, or has gone. */
static void reset_ends(struct virtio *virtio, enum lv_virtio_state state) {
    registers_reset(virtio);
    state_set(virtio, state);
}

static void detach(struct virtio *virtio) {
    if (state_of(virtio) == LV_VIRTIO_RESETTING) {
        reset_ends(virtio, LV_VIRTIO_LOST);
    } else if (is_attached(virtio)) {
        state_set(virtio, LV_VIRTIO_LOST);
    }
    virtio->changes = 0;
}

static int64_t attach_locked(struct zone *zone, struct virtio *virtio,
                             const struct lv_virtio_attach *attach) {
    const struct virtio_registers *registers = &virtio->registers;
    bool is_new = state_of(virtio) == LV_VIRTIO_ABSENT;

    if (is_attached(virtio)) {
        return -LV_EBUSY;
    }
    if (attach->config_size > LV_VIRTIO_CONFIG_SIZE ||
        (attach->features & LV_VIRTIO_FEATURE_VERSION_1) == 0 ||
        (registers->accepted & ~attach->features) != 0 ||
        (!is_new && attach->config_size != virtio->device_config_size)) {
        return -LV_EINVAL;
    }
    virtio->offered = attach->features;
    virtio->device_config_size = attach->config_size;
    memcpy(virtio->device_config, attach->config, sizeof(virtio->device_config));
    virtio->generation++;
    virtio->changes = 0;
    if ((registers->status & STATUS_DRIVER_OK) == 0) {
        state_set(virtio, LV_VIRTIO_READY);
        return 0;
    }
    state_set(virtio, LV_VIRTIO_LIVE);
    change_tell(zone, virtio, LV_VIRTIO_CHANGED_LIVE);
    config_interrupt(zone, virtio);
    return 0;
}

/* The function under the bus's lock, which the caller releases; NULL, and not locked: no such. */
static struct virtio *function_lock(struct zone *zone, uint64_t function) {
    struct virtio_bus *bus = &zone->devices.virtio;

    spinlock_take(&bus->lock);
    if (function < bus->count) {
        return &bus->functions[function];
    }
    spinlock_release(&bus->lock);
    return NULL;
}

static void function_unlock(struct zone *zone) {
    spinlock_release(&zone->devices.virtio.lock);
}

int64_t zone_virtio_attach(struct zone *zone, const struct lv_virtio_attach *attach) {
    /* Other CPUs of the root zone can write to the caller's buffer: it is looked at once. */
    const struct lv_virtio_attach copy = *(const volatile struct lv_virtio_attach *)attach;
    struct virtio *virtio = function_lock(zone, copy.function);

    if (virtio == NULL) {
        return -LV_ENOENT;
    }
    int64_t result = attach_locked(zone, virtio, &copy);
    virtio_place_bars(zone);
    function_unlock(zone);
    return result;
}

int64_t zone_virtio_state(struct zone *zone, struct lv_virtio_status *status) {
    uint32_t function = READ_ONCE(status->function);
    struct virtio *virtio = function_lock(zone, function);

    if (virtio == NULL) {
        return -LV_ENOENT;
    }
    status->state = (uint32_t)state_of(virtio);
    status->changes = virtio->changes;
    status->status = virtio->registers.status;
    status->features = virtio->registers.accepted;
    memcpy(status->queues, virtio->registers.queues, sizeof(status->queues));
    memcpy(status->config, virtio->device_config, sizeof(status->config));
    virtio->changes = 0;
    function_unlock(zone);
    return 0;
}

static int64_t answer_locked(struct zone *zone, struct virtio *virtio, uint64_t answer) {
    switch (answer) {
    case LV_VIRTIO_QUIESCED:
        if (state_of(virtio) != LV_VIRTIO_RESETTING) {
            return -LV_ESTATE;
        }
        reset_ends(virtio, LV_VIRTIO_READY);
        return 0;
    case LV_VIRTIO_DETACH:
        if (!is_attached(virtio)) {
            return -LV_ESTATE;
        }
        detach(virtio);
        return 0;
    case LV_VIRTIO_NEEDS_RESET:
        if (state_of(virtio) != LV_VIRTIO_LIVE) {
            return -LV_ESTATE;
        }
        needs_reset(zone, virtio);
        return 0;
    default:
        return -LV_EINVAL;
    }
}

int64_t zone_virtio_answer(struct zone *zone, uint64_t argument) {
    struct virtio *virtio = function_lock(zone, argument >> 16);

    if (virtio == NULL) {
        return -LV_ENOENT;
    }
    int64_t result = answer_locked(zone, virtio, bits_get(argument, 15, 0));
    function_unlock(zone);
    return result;
}

int64_t zone_virtio_config(struct zone *zone, const struct lv_virtio_config *config) {
    uint32_t offset = READ_ONCE(config->offset);
    uint32_t length = READ_ONCE(config->length);
    struct virtio *virtio = function_lock(zone, READ_ONCE(config->function));
    int64_t result = 0;

    if (virtio == NULL) {
        return -LV_ENOENT;
    }
    if (!is_attached(virtio)) {
        result = -LV_ESTATE;
    } else if (READ_ONCE(config->reserved) != 0 ||
               !bits_range_within(offset, length, 0, virtio->device_config_size)) {
        result = -LV_EINVAL;
    } else {
        memcpy(&virtio->device_config[offset], config->bytes, length);
        virtio->generation++;
        config_interrupt(zone, virtio);
    }
    function_unlock(zone);
    return result;
}

void virtio_lose_front_ends(struct zone *zone) {
    struct virtio_bus *bus = &zone->devices.virtio;

    spinlock_take(&bus->lock);
    for (uint32_t i = 0; i < bus->count; i++) {
        detach(&bus->functions[i]);
    }
    spinlock_release(&bus->lock);
}

enum lv_refusal virtio_check_bars(const struct lv_board *board, const struct lv_region *region) {
    uint64_t end = region->gpa + region->size;

    (void)board;
    return bits_is_aligned(region->gpa | region->size, LV_VIRTIO_BAR_SIZE) &&
                   region->size <= (uint64_t)LV_MAX_VIRTIO * LV_VIRTIO_BAR_SIZE && end <= BIT(32)
               ? LV_REFUSAL_NONE
               : LV_REFUSAL_BARS_SHAPE;
}

/* A call that began while another zone had this id may still have the lock. */
void virtio_init(struct zone *zone) {
    struct virtio_bus *bus = &zone->devices.virtio;

    spinlock_take(&bus->lock);
    memset(bus->functions, 0, sizeof(bus->functions));
    bus->count = zone->config.num_virtio;
    for (uint32_t i = 0; i < LV_MAX_VIRTIO; i++) {
        bus->functions[i].config = &zone->config.virtio[i];
    }
    virtio_place_bars(zone);
    spinlock_release(&bus->lock);
}

void virtio_reset(struct zone *zone) {
    struct virtio_bus *bus = &zone->devices.virtio;

    spinlock_take(&bus->lock);
    for (uint32_t i = 0; i < bus->count; i++) {
        registers_reset(&bus->functions[i]);
        virtio_pci_reset(&bus->functions[i]);
    }
    virtio_place_bars(zone);
    spinlock_release(&bus->lock);
}

/* Counts the functions in a state, having moved them on to another one. */
static uint32_t move_all(struct zone *zone, enum lv_virtio_state from, enum lv_virtio_state to,
                         uint32_t change) {
    struct virtio_bus *bus = &zone->devices.virtio;
    uint32_t count = 0;

    spinlock_take(&bus->lock);
    for (uint32_t i = 0; i < bus->count; i++) {
        struct virtio *virtio = &bus->functions[i];
        if (state_of(virtio) == from) {
            count++;
            if (from != to) {
                state_set(virtio, to);
                change_tell(zone, virtio, change);
            }
        }
    }
    spinlock_release(&bus->lock);
    return count;
}

/*
 * A front end uses the queues of LIVE functions alone. One that does not answer in time has lost
 * the function: its late stores still reach the RAM that the zone shares, never other memory.
 */
void virtio_quiesce(struct zone *zone) {
    ticks_t since = arch_counter();

    (void)move_all(zone, LV_VIRTIO_LIVE, LV_VIRTIO_RESETTING, LV_VIRTIO_CHANGED_RESET);
    while (move_all(zone, LV_VIRTIO_RESETTING, LV_VIRTIO_RESETTING, 0) != 0) {
        if (arch_counter() - since > QUIESCE_SECONDS * arch_counter_hz()) {
            (void)move_all(zone, LV_VIRTIO_RESETTING, LV_VIRTIO_LOST, LV_VIRTIO_CHANGED_LOST);
            break;
        }
        arch_cpu_nap(arch_counter_hz() / QUIESCE_LOOKS);
        cpu_answer_doorbell();
    }
}
