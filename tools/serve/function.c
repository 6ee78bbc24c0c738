// SPDX-License-Identifier: GPL-2.0-or-later
#include "function.h"

#include <errno.h>
#include <linux/virtio_blk.h>
#include <linux/virtio_config.h>
#include <linux/virtio_fs.h>
#include <linux/virtio_net.h>
#include <linux/virtio_ring.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* A back end that does not listen by then has failed. */
#define CONNECT_MS 10000u
/* One that was connected for so long is started again at once. */
#define WORKED_MS 10000u

#define BIT(n) (1ull << (n))

/* Features of a back end that drivers may have: those that end with us, or with the hypervisor, are
 * not among them. CONFIG_WCE would be an access that waits for an answer. */
#define RING_FEATURES                                                                              \
    (BIT(VIRTIO_RING_F_INDIRECT_DESC) | BIT(VIRTIO_RING_F_EVENT_IDX) | BIT(VIRTIO_F_VERSION_1))
#define BLK_FEATURES                                                                               \
    (BIT(VIRTIO_BLK_F_SIZE_MAX) | BIT(VIRTIO_BLK_F_SEG_MAX) | BIT(VIRTIO_BLK_F_GEOMETRY) |         \
     BIT(VIRTIO_BLK_F_RO) | BIT(VIRTIO_BLK_F_BLK_SIZE) | BIT(VIRTIO_BLK_F_FLUSH) |                 \
     BIT(VIRTIO_BLK_F_TOPOLOGY) | BIT(VIRTIO_BLK_F_MQ) | BIT(VIRTIO_BLK_F_DISCARD) |               \
     BIT(VIRTIO_BLK_F_WRITE_ZEROES))
#define NET_FEATURES                                                                               \
    (BIT(VIRTIO_NET_F_CSUM) | BIT(VIRTIO_NET_F_GUEST_CSUM) | BIT(VIRTIO_NET_F_MRG_RXBUF))

struct feature_row {
    uint16_t type;
    uint32_t config_size; /* of what the back end says of the device */
    uint64_t back_ends;
    uint64_t ours; /* what we add, and fill in */
};

static const struct feature_row feature_rows[] = {
    {ZONE_DEVICE_BLK, sizeof(struct virtio_blk_config), BLK_FEATURES, 0},
    {ZONE_DEVICE_NET, sizeof(struct virtio_net_config), NET_FEATURES, BIT(VIRTIO_NET_F_MAC)},
    {ZONE_DEVICE_FS, sizeof(struct virtio_fs_config), 0, 0},
};

static const struct feature_row *feature_row(uint16_t type) {
    static const struct feature_row others = {0};

    for (size_t i = 0; i < sizeof(feature_rows) / sizeof(feature_rows[0]); i++) {
        if (feature_rows[i].type == type) {
            return &feature_rows[i];
        }
    }
    return &others;
}

static void function_note(const struct function *function, const char *problem) {
    char text[2 * BACK_END_WORDS_SIZE];

    if (function->back_end.said[0] != '\0') {
        (void)snprintf(text, sizeof(text), "%s: \"%s\"", problem, function->back_end.said);
    } else {
        (void)snprintf(text, sizeof(text), "%s", problem);
    }
    function->zone->note(function->zone->context, function->device, text);
}

static void function_enter(struct function *function, enum function_phase phase, uint64_t now_ms) {
    function->phase = phase;
    function->since_ms = now_ms;
}

int function_begin(struct function *function, struct serve_zone *zone, struct arena *arena,
                   const struct zone_device *device, uint32_t index, const char *folder) {
    const struct lv_ioctl_zone which = {zone->zone_id, index};

    *function = (struct function){.zone = zone, .device = device, .index = index, .fd = -1};
    if (device->fails_on_loss) {
        function_note(function, "cannot end its zone yet: leave \"on_loss\" out");
        return -EOPNOTSUPP;
    }
    if (!back_end_is_known(device)) {
        function_note(function, "is of a kind that cannot be served yet: give a \"disk\", a "
                                "\"share\", a \"user\" network, or one that speaks vhost-user");
        return -EOPNOTSUPP;
    }
    function->fd = ioctl(zone->driver, LV_IOCTL_VIRTIO, &which);
    if (function->fd < 0) {
        return -errno;
    }
    function->vhost.fd = -1;
    back_end_init(&function->back_end, arena, device, folder);
    for (uint32_t i = 0; i < LV_MAX_QUEUES; i++) {
        function->kicks[i] = -1;
        function->calls[i] = -1;
    }
    return 0;
}

static void function_give_up(struct function *function, uint64_t now_ms, const char *problem) {
    function_note(function, problem);
    function_end(function, now_ms);
}

/* A zone can make its back end fail at once each time: only one that has worked is forgiven. */
void function_lose_back_end(struct function *function, uint64_t now_ms, const char *why) {
    if (function->phase == FUNCTION_CONNECTED && now_ms - function->since_ms >= WORKED_MS) {
        back_end_works(&function->back_end);
    }
    vhost_user_end(&function->vhost);
    back_end_stop(&function->back_end, now_ms);
    function_note(function, why);
    function_enter(function, FUNCTION_NO_BACK_END, now_ms);
}

/* What we know of the device and the back end does not. */
static void config_complete(const struct function *function, uint8_t *bytes) {
    const struct zone_device *device = function->device;

    if (device->type == ZONE_DEVICE_BLK) {
        struct virtio_blk_config *config = (void *)bytes;
        config->num_queues = device->queues;
    } else if (device->type == ZONE_DEVICE_NET) {
        struct virtio_net_config *config = (void *)bytes;
        memcpy(config->mac, device->mac, sizeof(config->mac));
    } else if (device->type == ZONE_DEVICE_FS) {
        struct virtio_fs_config *config = (void *)bytes;
        memset(config->tag, 0, sizeof(config->tag));
        memcpy(config->tag, device->tag, strnlen(device->tag, sizeof(config->tag)));
        config->num_request_queues = device->queues;
    }
}

static bool function_attach(struct function *function) {
    const struct feature_row *row = feature_row(function->device->type);
    struct lv_virtio_attach attach = {.config_size = row->config_size};
    uint32_t size = row->config_size;

    if (!vhost_user_get_config(&function->vhost, attach.config, &size)) {
        return false;
    }
    config_complete(function, attach.config);
    attach.features = (function->vhost.features & (row->back_ends | RING_FEATURES)) | row->ours |
                      LV_VIRTIO_FEATURE_PLATFORM;
    if (function->device->queues == 1) {
        attach.features &= ~(function->device->type == ZONE_DEVICE_BLK ? BIT(VIRTIO_BLK_F_MQ) : 0);
    }
    function->offered = attach.features;
    function->is_attached = ioctl(function->fd, LV_IOCTL_VIRTIO_ATTACH, &attach) == 0;
    if (!function->is_attached) {
        function->vhost.problem = strerror(errno);
    }
    return function->is_attached;
}

/* The zone's memory at the GPA, or NULL. */
static const void *memory_at(const struct serve_zone *zone, uint64_t gpa, uint64_t size) {
    for (size_t i = 0; i < zone->num_regions; i++) {
        const struct vhost_user_region *region = &zone->regions[i];
        if (gpa >= region->gpa && size <= region->size &&
            gpa - region->gpa <= region->size - size) {
            return zone->mapped[i] + (gpa - region->gpa);
        }
    }
    return NULL;
}

/*
 * Where the next back end goes on. Behind a reset both indices are 0. A back end that has drained
 * its queue has used all that it took, and what one took that was killed is not used: it is done
 * again.
 */
static uint16_t queue_base(const struct serve_zone *zone, const struct lv_virtio_queue *queue) {
    const struct vring_used *used = memory_at(zone, queue->device, sizeof(*used));

    return used != NULL ? __atomic_load_n(&used->idx, __ATOMIC_ACQUIRE) : 0;
}

static bool eventfd_give(const struct function *function, unsigned long request, uint32_t index,
                         int fd) {
    const struct lv_ioctl_eventfd eventfd = {index, fd};

    return ioctl(function->fd, request, &eventfd) == 0;
}

/* The pair of eventfds outlives back ends, so that what comes between two of them is kept. */
static bool queue_prepare(struct function *function, uint32_t index) {
    const struct lv_virtio_queue *queue = &function->status.queues[index];

    if (function->kicks[index] < 0) {
        function->kicks[index] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        function->calls[index] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    }
    return function->kicks[index] >= 0 && function->calls[index] >= 0 &&
           eventfd_give(function, LV_IOCTL_VIRTIO_KICKFD, index, function->kicks[index]) &&
           (queue->vector == LV_VIRTIO_NO_VECTOR ||
            eventfd_give(function, LV_IOCTL_VIRTIO_CALLFD, queue->vector, function->calls[index]));
}

/* Requests that came while nobody served the queue, and answers of which no message went out. */
static void queue_wake(const struct function *function, uint32_t index) {
    (void)eventfd_write(function->kicks[index], 1);
    (void)eventfd_write(function->calls[index], 1);
}

static bool queue_start(struct function *function, uint32_t index) {
    const struct lv_virtio_queue *ring = &function->status.queues[index];

    if (!queue_prepare(function, index)) {
        function->vhost.problem = strerror(errno);
        return false;
    }
    const struct vhost_user_queue queue = {*ring, queue_base(function->zone, ring),
                                           function->kicks[index], function->calls[index]};
    if (!vhost_user_start_queue(&function->vhost, index, &queue)) {
        return false;
    }
    queue_wake(function, index);
    return true;
}

/* The driver works, and the back end is there: they meet. */
static bool function_start_queues(struct function *function) {
    const struct serve_zone *zone = function->zone;

    if (!vhost_user_set_up(&function->vhost, function->status.features, zone->memory, zone->regions,
                           zone->num_regions)) {
        return false;
    }
    for (uint32_t i = 0; i < LV_MAX_QUEUES; i++) {
        if (function->status.queues[i].enabled != 0 && !queue_start(function, i)) {
            return false;
        }
    }
    return true;
}

/* A back end that is not there any more uses no queue either. */
static void function_stop_queues(struct function *function, uint64_t now_ms) {
    uint16_t base;

    for (uint32_t i = 0; i < LV_MAX_QUEUES && function->phase == FUNCTION_CONNECTED; i++) {
        if (function->status.queues[i].enabled != 0 &&
            !vhost_user_stop_queue(&function->vhost, i, &base)) {
            function_lose_back_end(function, now_ms, function->vhost.problem);
        }
    }
}

static void function_meet(struct function *function, uint64_t now_ms) {
    if (function->is_live && function->phase == FUNCTION_CONNECTED &&
        !function_start_queues(function)) {
        function_lose_back_end(function, now_ms, function->vhost.problem);
    }
}

static void function_connect(struct function *function, uint64_t now_ms) {
    int fd = back_end_connect(&function->back_end);

    if (fd == -EAGAIN) {
        back_end_listen(&function->back_end);
        if (now_ms - function->since_ms > CONNECT_MS || back_end_has_ended(&function->back_end)) {
            function_lose_back_end(function, now_ms, "does not start");
        }
        return;
    }
    if (fd < 0 || !vhost_user_begin(&function->vhost, fd) ||
        (!function->is_attached && !function_attach(function))) {
        function_lose_back_end(function, now_ms, fd < 0 ? strerror(-fd) : function->vhost.problem);
        return;
    }
    if ((function->status.features & ~function->vhost.features & function->offered &
         ~feature_row(function->device->type)->ours & ~LV_VIRTIO_FEATURE_PLATFORM) != 0) {
        function_give_up(function, now_ms, "can do less than before, on which the driver relies");
        return;
    }
    function_enter(function, FUNCTION_CONNECTED, now_ms);
    function_meet(function, now_ms);
}

void function_advance(struct function *function, uint64_t now_ms) {
    if (function->phase == FUNCTION_NO_BACK_END && now_ms >= function->back_end.next_ms) {
        int error = back_end_start(&function->back_end);
        if (error != 0) {
            function_lose_back_end(function, now_ms, strerror(-error));
            return;
        }
        function_enter(function, FUNCTION_CONNECTING, now_ms);
    }
    if (function->phase == FUNCTION_CONNECTING) {
        function_connect(function, now_ms);
    }
}

void function_hear_driver(struct function *function, uint64_t now_ms) {
    const uint32_t quiesced = LV_VIRTIO_QUIESCED;

    if (ioctl(function->fd, LV_IOCTL_VIRTIO_STATE, &function->status) != 0) {
        function_end(function, now_ms);
        return;
    }
    uint32_t changes = function->status.changes;
    if ((changes & LV_VIRTIO_CHANGED_LOST) != 0) {
        function_give_up(function, now_ms, "the zone could not wait for it any longer");
    } else if (function->status.state == LV_VIRTIO_RESETTING) {
        function_stop_queues(function, now_ms);
        function->is_live = false;
        (void)ioctl(function->fd, LV_IOCTL_VIRTIO_ANSWER, &quiesced);
    } else if ((changes & (LV_VIRTIO_CHANGED_LIVE | LV_VIRTIO_CHANGED_QUEUES)) != 0) {
        function->is_live = true;
        function_meet(function, now_ms);
    }
}

void function_end(struct function *function, uint64_t now_ms) {
    if (function->is_live) {
        function_stop_queues(function, now_ms);
    }
    vhost_user_end(&function->vhost);
    if (function->fd >= 0) {
        (void)close(function->fd);
        function->fd = -1;
    }
    if (function->phase != FUNCTION_NO_BACK_END) {
        back_end_stop(&function->back_end, now_ms);
    }
    for (uint32_t i = 0; i < LV_MAX_QUEUES && function->phase != FUNCTION_GONE; i++) {
        if (function->kicks[i] >= 0) {
            (void)close(function->kicks[i]);
            (void)close(function->calls[i]);
        }
    }
    function_enter(function, FUNCTION_GONE, now_ms);
}
