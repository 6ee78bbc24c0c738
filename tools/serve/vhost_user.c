// SPDX-License-Identifier: GPL-2.0-or-later
#include "vhost_user.h"

#include "clock.h"

#include <errno.h>
#include <linux/vhost_types.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Requests of the protocol, those that we make. */
enum request {
    GET_FEATURES = 1,
    SET_FEATURES = 2,
    SET_OWNER = 3,
    SET_MEM_TABLE = 5,
    SET_VRING_NUM = 8,
    SET_VRING_ADDR = 9,
    SET_VRING_BASE = 10,
    GET_VRING_BASE = 11,
    SET_VRING_KICK = 12,
    SET_VRING_CALL = 13,
    GET_PROTOCOL_FEATURES = 15,
    SET_PROTOCOL_FEATURES = 16,
    SET_VRING_ENABLE = 18,
    GET_CONFIG = 24,
};

#define VERSION     1u
#define FLAG_REPLY  (1u << 2)
#define FLAG_ANSWER (1u << 3) /* a reply to what has none of its own: 0 is good */

/* The bit of the features that stands for the protocol's own. */
#define FEATURE_PROTOCOL (1ull << 30)

#define PROTOCOL_MQ     (1ull << 0)
#define PROTOCOL_ANSWER (1ull << 3)
#define PROTOCOL_CONFIG (1ull << 9)
#define PROTOCOL_OURS   (PROTOCOL_MQ | PROTOCOL_ANSWER | PROTOCOL_CONFIG)

struct header {
    uint32_t request;
    uint32_t flags;
    uint32_t size;
};

struct memory_region {
    uint64_t gpa;
    uint64_t size;
    uint64_t user_address; /* in an address space of our choice, which the rings' addresses share */
    uint64_t offset;
};

struct memory_table {
    uint32_t count;
    uint32_t padding;
    struct memory_region regions[VHOST_USER_MAX_REGIONS];
};

struct config_space {
    uint32_t offset;
    uint32_t size;
    uint32_t flags;
    uint8_t bytes[LV_VIRTIO_CONFIG_SIZE];
};

static bool vhost_fail(struct vhost_user *vhost, const char *problem) {
    if (vhost->problem == NULL) {
        vhost->problem = problem;
    }
    return false;
}

/* File descriptors that go along. The protocol wants one for each region, though all are one file.
 */
struct rights {
    int fd;
    size_t copies;
};

static const struct rights no_rights;

static bool vhost_send(struct vhost_user *vhost, const struct header *header, const void *payload,
                       const struct rights *rights) {
    struct iovec parts[] = {{(void *)(uintptr_t)header, sizeof(*header)},
                            {(void *)(uintptr_t)payload, header->size}};
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(int) * VHOST_USER_MAX_REGIONS)];
    } control = {0};
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};

    if (rights->copies > 0) {
        message.msg_control = &control;
        message.msg_controllen = CMSG_SPACE(sizeof(int) * rights->copies);
        control.header.cmsg_level = SOL_SOCKET;
        control.header.cmsg_type = SCM_RIGHTS;
        control.header.cmsg_len = CMSG_LEN(sizeof(int) * rights->copies);
        for (size_t i = 0; i < rights->copies; i++) {
            memcpy(CMSG_DATA(&control.header) + i * sizeof(int), &rights->fd, sizeof(int));
        }
    }
    vhost->deadline_ms = clock_now_ms() + VHOST_USER_TIMEOUT_MS;
    ssize_t sent = sendmsg(vhost->fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    return sent == (ssize_t)(sizeof(*header) + header->size) ||
           vhost_fail(vhost, sent < 0 && errno != EAGAIN ? "closed the connection"
                                                         : "does not read what it is sent");
}

/* True once something can be read, false after the call's deadline. */
static bool vhost_wait(struct vhost_user *vhost) {
    struct pollfd ready = {.fd = vhost->fd, .events = POLLIN};
    int count = 0;

    for (uint64_t now = clock_now_ms(); count <= 0 && now < vhost->deadline_ms;
         now = clock_now_ms()) {
        count = poll(&ready, 1, (int)(vhost->deadline_ms - now));
        if (count < 0 && errno != EINTR) {
            return false;
        }
    }
    return count > 0;
}

/* Any file descriptors that come along are dropped by the kernel, since nobody asks for them. */
static bool vhost_receive(struct vhost_user *vhost, void *bytes, size_t size) {
    uint8_t *to = bytes;

    while (size > 0) {
        if (!vhost_wait(vhost)) {
            return vhost_fail(vhost, "does not answer");
        }
        ssize_t got = recv(vhost->fd, to, size, MSG_DONTWAIT);
        if (got <= 0) {
            return vhost_fail(vhost, "closed the connection");
        }
        to += got;
        size -= (size_t)got;
    }
    return true;
}

/* A reply to the request of exactly that size. */
static bool vhost_reply(struct vhost_user *vhost, enum request request, void *payload,
                        uint32_t size) {
    struct header header;

    if (!vhost_receive(vhost, &header, sizeof(header))) {
        return false;
    }
    if (header.request != (uint32_t)request || (header.flags & FLAG_REPLY) == 0 ||
        header.size != size) {
        return vhost_fail(vhost, "answers something else than it was asked");
    }
    return vhost_receive(vhost, payload, size);
}

/* A request without a reply of its own: with PROTOCOL_ANSWER the back end says whether it is good.
 */
static bool vhost_set(struct vhost_user *vhost, enum request request, const void *payload,
                      uint32_t size, const struct rights *rights) {
    bool answers = (vhost->protocol & PROTOCOL_ANSWER) != 0;
    const struct header header = {request, VERSION | (answers ? FLAG_ANSWER : 0), size};
    uint64_t answer = 0;

    if (vhost->problem != NULL || !vhost_send(vhost, &header, payload, rights)) {
        return false;
    }
    if (answers && !vhost_reply(vhost, request, &answer, sizeof(answer))) {
        return false;
    }
    return answer == 0 || vhost_fail(vhost, "refuses what it is told");
}

static bool vhost_set_number(struct vhost_user *vhost, enum request request, uint64_t value) {
    return vhost_set(vhost, request, &value, sizeof(value), &no_rights);
}

static bool vhost_set_eventfd(struct vhost_user *vhost, enum request request, uint64_t index,
                              int eventfd) {
    const struct rights rights = {eventfd, 1};

    return vhost_set(vhost, request, &index, sizeof(index), &rights);
}

/* in and out may be the same. */
static bool vhost_ask(struct vhost_user *vhost, enum request request, const void *in,
                      uint32_t in_size, void *out, uint32_t out_size) {
    const struct header header = {request, VERSION, in_size};

    return vhost->problem == NULL && vhost_send(vhost, &header, in, &no_rights) &&
           vhost_reply(vhost, request, out, out_size);
}

bool vhost_user_begin(struct vhost_user *vhost, int fd) {
    uint64_t protocol = 0;

    *vhost = (struct vhost_user){.fd = fd};
    if (!vhost_ask(vhost, GET_FEATURES, NULL, 0, &vhost->features, sizeof(vhost->features)) ||
        !vhost_set(vhost, SET_OWNER, NULL, 0, &no_rights)) {
        return false;
    }
    if ((vhost->features & FEATURE_PROTOCOL) == 0) {
        return true;
    }
    if (!vhost_ask(vhost, GET_PROTOCOL_FEATURES, NULL, 0, &protocol, sizeof(protocol)) ||
        !vhost_set_number(vhost, SET_PROTOCOL_FEATURES, protocol & PROTOCOL_OURS)) {
        return false;
    }
    vhost->protocol = protocol & PROTOCOL_OURS;
    return true;
}

bool vhost_user_get_config(struct vhost_user *vhost, uint8_t *config, uint32_t *size) {
    struct config_space space = {.size = *size};
    uint32_t bytes = (uint32_t)offsetof(struct config_space, bytes) + *size;

    if ((vhost->protocol & PROTOCOL_CONFIG) == 0) {
        *size = 0;
        return true;
    }
    if (!vhost_ask(vhost, GET_CONFIG, &space, bytes, &space, bytes)) {
        return false;
    }
    memcpy(config, space.bytes, *size);
    return true;
}

bool vhost_user_set_up(struct vhost_user *vhost, uint64_t features, int memory,
                       const struct vhost_user_region *regions, size_t count) {
    struct memory_table table = {.count = (uint32_t)count};

    for (size_t i = 0; i < count; i++) {
        table.regions[i] =
            (struct memory_region){regions[i].gpa, regions[i].size, regions[i].gpa, regions[i].gpa};
    }
    uint32_t size =
        (uint32_t)(offsetof(struct memory_table, regions) + count * sizeof(struct memory_region));
    const struct rights rights = {memory, count};
    uint64_t accepted = (features & vhost->features) | (vhost->features & FEATURE_PROTOCOL);
    return vhost_set_number(vhost, SET_FEATURES, accepted) &&
           vhost_set(vhost, SET_MEM_TABLE, &table, size, &rights);
}

static bool vhost_set_ring(struct vhost_user *vhost, enum request request, uint32_t index,
                           uint32_t number) {
    const struct vhost_vring_state state = {index, number};

    return vhost_set(vhost, request, &state, sizeof(state), &no_rights);
}

bool vhost_user_start_queue(struct vhost_user *vhost, uint32_t index,
                            const struct vhost_user_queue *queue) {
    const struct vhost_vring_addr address = {
        .index = index,
        .desc_user_addr = queue->ring.desc,
        .used_user_addr = queue->ring.device,
        .avail_user_addr = queue->ring.driver,
    };

    return vhost_set_ring(vhost, SET_VRING_NUM, index, queue->ring.size) &&
           vhost_set_ring(vhost, SET_VRING_BASE, index, queue->base) &&
           vhost_set(vhost, SET_VRING_ADDR, &address, sizeof(address), &no_rights) &&
           vhost_set_eventfd(vhost, SET_VRING_CALL, index, queue->call) &&
           vhost_set_eventfd(vhost, SET_VRING_KICK, index, queue->kick) &&
           ((vhost->features & FEATURE_PROTOCOL) == 0 ||
            vhost_set_ring(vhost, SET_VRING_ENABLE, index, 1));
}

bool vhost_user_stop_queue(struct vhost_user *vhost, uint32_t index, uint16_t *base) {
    struct vhost_vring_state state = {index, 0};

    if (!vhost_ask(vhost, GET_VRING_BASE, &state, sizeof(state), &state, sizeof(state))) {
        return false;
    }
    *base = (uint16_t)state.num;
    return true;
}

void vhost_user_end(struct vhost_user *vhost) {
    if (vhost->fd >= 0) {
        (void)close(vhost->fd);
        vhost->fd = -1;
    }
}
