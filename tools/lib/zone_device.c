// SPDX-License-Identifier: GPL-2.0-or-later
/* From what a zone file says of its devices to functions and back ends, with the defaults. */
#include "zone_device.h"

#include "array.h"
#include "zone_file.h"

#include <inttypes.h>
#include <loongvisor/zone_name.h>
#include <string.h>

#define DEVICE_QUEUE_SIZE_MIN 16u
/* Of a type without a word. */
#define DEVICE_QUEUE_SIZE 32u
/* What struct virtio_fs_config has room for, less a NUL (virtio 1.2, 5.11.4). */
#define DEVICE_TAG_MAX 35u
/* 0 to 2 and all ones have a meaning of their own (virtio 1.2, 5.10.4). */
#define DEVICE_CID_MIN 3u
#define DEVICE_CID_MAX 0xfffffffeu
/* Linux's IFNAMSIZ, less a NUL. */
#define DEVICE_INTERFACE_MAX 15u

/* Bits of a MAC address's first byte (IEEE 802). */
#define DEVICE_MAC_MULTICAST 0x01u
#define DEVICE_MAC_LOCAL     0x02u

#define DEVICE_USER_NET "user"
#define DEVICE_BRIDGE   "bridge:"
#define DEVICE_TAP      "tap:"

/* A row of ZONE_DEVICE_TYPES. */
struct device_type {
    const char *word;
    uint16_t number;
    uint8_t max;
    uint8_t each;
    uint8_t fixed;
    uint8_t more;
    uint16_t queue_size;
    bool is_built_in;
};

static const struct device_type device_types[] = {
#define DEVICE_TYPE(word, name, number, max, each, fixed, more, size, built_in)                    \
    {word, number, max, each, fixed, more, size, built_in},
    ZONE_DEVICE_TYPES(DEVICE_TYPE)
#undef DEVICE_TYPE
};

static const char *const device_type_words[] = {
#define DEVICE_WORD(word, ...) word,
    ZONE_DEVICE_TYPES(DEVICE_WORD)
#undef DEVICE_WORD
};

static const struct field_words device_words = {"type of device", device_type_words,
                                                ARRAY_SIZE(device_type_words)};

/* A device without a word for its type. */
static const struct device_type device_other = {
    .word = "device", .max = LV_MAX_QUEUES, .each = 1, .queue_size = DEVICE_QUEUE_SIZE};

static const struct device_type *device_find_type(uint16_t number) {
    for (size_t i = 0; i < ARRAY_SIZE(device_types); i++) {
        if (device_types[i].number == number) {
            return &device_types[i];
        }
    }
    return &device_other;
}

const char *zone_device_type_name(struct arena *arena, uint16_t type) {
    const struct device_type *known = device_find_type(type);
    return known != &device_other ? known->word : arena_printf(arena, ZONE_DEVICE_OTHER "%u", type);
}

/* What becomes of one entry. */
struct device_maker {
    struct report *report;
    const struct zone_device_entry *entry;
    struct zone_device *out;
};

static void device_refuse(const struct device_maker *maker, const struct json_node *node,
                          const char *remedy, const char *problem) {
    report_error(maker->report, node != NULL ? &node->place : &maker->entry->node->place, remedy,
                 "%s", problem);
}

/* A path is relative to the file that has it. */
static const char *device_path(const struct device_maker *maker, const struct field_text *path) {
    const char *file = path->node->place.file;
    const char *slash = strrchr(file, '/');
    if (path->text != NULL && path->text[0] == '\0') {
        device_refuse(maker, path->node, "give a path", "an empty path");
    }
    if (path->text == NULL || path->text[0] == '/' || slash == NULL) {
        return path->text;
    }
    return arena_printf(maker->report->arena, "%.*s/%s", (int)(slash - file), file, path->text);
}

static void device_check_interface(const struct device_maker *maker, const struct json_node *node,
                                   const char *name) {
    if (name != NULL && (name[0] == '\0' || strlen(name) > DEVICE_INTERFACE_MAX ||
                         strpbrk(name, "/:% \t\n") != NULL)) {
        device_refuse(maker, node, "give 1 to 15 characters such as \"br0\"",
                      "not the name of a network interface");
    }
}

static uint64_t device_cid(const struct device_maker *maker, const struct field_number *cid) {
    if (cid->good && (cid->value < DEVICE_CID_MIN || cid->value > DEVICE_CID_MAX)) {
        device_refuse(maker, cid->node, "give 3 to 4294967294", "not a zone's number for vsock");
    }
    return cid->value;
}

/* The kinds: the field that says what a device is, and what follows from it. */

static void device_make_disk(const struct device_maker *maker) {
    static const char suffix[] = "." ZONE_DISK_QCOW2_WORD;
    const struct field_text *format = &maker->entry->format;
    struct zone_device *out = maker->out;
    out->type = ZONE_DEVICE_BLK;
    out->back_end = ZONE_BACK_END_DISK;
    out->path = device_path(maker, &maker->entry->disk);
    size_t length = out->path != NULL ? strlen(out->path) : 0;
    out->is_qcow2 =
        length >= strlen(suffix) && strcmp(out->path + length - strlen(suffix), suffix) == 0;
    if (format->text != NULL) {
        out->is_qcow2 =
            field_read_word(maker->report, format->node, &zone_disk_formats) == ZONE_DISK_QCOW2;
    }
}

/* The rest of the text behind the prefix, or NULL. */
static const char *device_behind(const char *text, const char *prefix) {
    size_t length = strlen(prefix);
    return strncmp(text, prefix, length) == 0 ? text + length : NULL;
}

static void device_make_net(const struct device_maker *maker) {
    const struct field_text *net = &maker->entry->net;
    struct zone_device *out = maker->out;
    out->type = ZONE_DEVICE_NET;
    if (net->text == NULL) {
        return;
    }
    out->bridge = device_behind(net->text, DEVICE_BRIDGE);
    out->tap = device_behind(net->text, DEVICE_TAP);
    if (strcmp(net->text, DEVICE_USER_NET) == 0) {
        out->back_end = ZONE_BACK_END_USER_NET;
    } else if (out->bridge != NULL || out->tap != NULL) {
        out->back_end = ZONE_BACK_END_VHOST_NET;
        device_check_interface(maker, net->node, out->tap != NULL ? out->tap : out->bridge);
    } else {
        device_refuse(maker, net->node, "give \"user\", \"bridge:NAME\" or \"tap:NAME\"",
                      "not a network");
    }
}

static void device_make_share(const struct device_maker *maker) {
    maker->out->type = ZONE_DEVICE_FS;
    maker->out->back_end = ZONE_BACK_END_SHARE;
    maker->out->path = device_path(maker, &maker->entry->share);
}

static void device_make_vsock(const struct device_maker *maker) {
    maker->out->type = ZONE_DEVICE_VSOCK;
    maker->out->back_end = ZONE_BACK_END_VHOST_VSOCK;
    maker->out->cid = device_cid(maker, &maker->entry->vsock);
}

static void device_make_built_in(const struct device_maker *maker, const struct field_bool *given,
                                 uint16_t type) {
    maker->out->type = type;
    maker->out->back_end = ZONE_BACK_END_BUILT_IN;
    if (given->node->type == JSON_NODE_BOOL && !given->value) {
        device_refuse(maker, given->node, "give true, or remove the device", "no device");
    }
}

static void device_make_rng(const struct device_maker *maker) {
    device_make_built_in(maker, &maker->entry->rng, ZONE_DEVICE_RNG);
}

static void device_make_console(const struct device_maker *maker) {
    device_make_built_in(maker, &maker->entry->console, ZONE_DEVICE_CONSOLE);
}

/* The virtio device number of "virtio-N"; 0: it is none. */
static uint16_t device_parse_other(const char *text) {
    const char *digits = device_behind(text, ZONE_DEVICE_OTHER);
    unsigned number = 0;
    if (digits == NULL || *digits == '0' || strlen(digits) > 2) {
        return 0;
    }
    for (; *digits >= '0' && *digits <= '9'; digits++) {
        number = number * 10 + (unsigned)(*digits - '0');
    }
    return *digits == '\0' && number < LV_VIRTIO_TYPES ? (uint16_t)number : 0;
}

static void device_make_run(const struct device_maker *maker, const struct json_node *list) {
    const char **run =
        (const char **)arena_alloc_array(maker->report->arena, list->count, sizeof(*run));
    for (size_t i = 0; i < list->count; i++) {
        run[i] = list->children[i].text;
    }
    maker->out->back_end = ZONE_BACK_END_RUN;
    maker->out->run = run;
    maker->out->num_run = list->count;
    if (list->type == JSON_NODE_ARRAY && list->count == 0) {
        device_refuse(maker, list, "give a program and its arguments", "no program");
    }
}

/* The back ends of the root zone's kernel, by type of device. */
struct device_vhost {
    uint16_t type;
    enum zone_back_end back_end;
    const char *which; /* members of "back_end" of which one is needed */
};

static const struct device_vhost device_vhosts[] = {
    {ZONE_DEVICE_NET, ZONE_BACK_END_VHOST_NET, "\"tap\" or \"bridge\""},
    {ZONE_DEVICE_VSOCK, ZONE_BACK_END_VHOST_VSOCK, "\"cid\""},
    {ZONE_DEVICE_SCSI, ZONE_BACK_END_VHOST_SCSI, "\"wwpn\""},
};

static const struct device_vhost *device_find_vhost(const char *word) {
    for (size_t i = 0; i < ARRAY_SIZE(device_vhosts); i++) {
        if (strcmp(device_find_type(device_vhosts[i].type)->word, word) == 0) {
            return &device_vhosts[i];
        }
    }
    return NULL;
}

static void device_make_vhost(const struct device_maker *maker) {
    const struct zone_back_end_entry *given = &maker->entry->back_end;
    struct arena *arena = maker->report->arena;
    struct zone_device *out = maker->out;
    const struct device_vhost *vhost = device_find_vhost(given->vhost.text);
    if (vhost == NULL) {
        device_refuse(maker, given->vhost.node, "give \"net\", \"vsock\" or \"scsi\"",
                      "the kernel has no such back end");
        return;
    }
    out->back_end = vhost->back_end;
    if (out->type != vhost->type) {
        device_refuse(maker, given->vhost.node,
                      arena_printf(arena, "give the device the type \"%s\"", given->vhost.text),
                      "a back end for devices of another type");
    }
    if ((vhost->type == ZONE_DEVICE_NET && out->tap == NULL && out->bridge == NULL) ||
        (vhost->type == ZONE_DEVICE_VSOCK && given->cid.node == NULL) ||
        (vhost->type == ZONE_DEVICE_SCSI && out->wwpn == NULL)) {
        device_refuse(maker, given->node, arena_printf(arena, "add %s", vhost->which),
                      "not said which one");
    }
}

/* The members of an object "back_end". */
static void device_make_back_end(const struct device_maker *maker) {
    const struct zone_back_end_entry *given = &maker->entry->back_end;
    struct zone_device *out = maker->out;
    unsigned ways =
        (given->socket.node != NULL) + (given->run != NULL) + (given->vhost.node != NULL);
    if (ways != 1) {
        device_refuse(maker, given->node, "give one of \"socket\", \"run\" and \"vhost\"",
                      ways == 0 ? "no back end" : "more than one back end");
        return;
    }
    out->tap = given->tap.text;
    out->bridge = given->bridge.text;
    out->cid = given->cid.value;
    out->wwpn = given->wwpn.text;
    if (given->socket.node != NULL) {
        out->back_end = ZONE_BACK_END_SOCKET;
        out->path = device_path(maker, &given->socket);
    } else if (given->run != NULL) {
        device_make_run(maker, given->run);
    } else if (given->vhost.text != NULL) {
        device_make_vhost(maker);
    }
    device_cid(maker, &given->cid);
    device_check_interface(maker, given->tap.node, out->tap);
    device_check_interface(maker, given->bridge.node, out->bridge);
}

static void device_make_type(const struct device_maker *maker) {
    const struct field_text *type = &maker->entry->type;
    const struct zone_back_end_entry *back_end = &maker->entry->back_end;
    struct zone_device *out = maker->out;
    if (type->text == NULL) {
        return;
    }
    out->type = device_parse_other(type->text);
    if (out->type == 0) {
        size_t word = field_read_word(maker->report, type->node, &device_words);
        out->type = word < device_words.count ? device_types[word].number : 0;
    }
    if (back_end->node != NULL && back_end->node->type == JSON_NODE_OBJECT) {
        device_make_back_end(maker);
    } else if (device_find_type(out->type)->is_built_in) {
        out->back_end = ZONE_BACK_END_BUILT_IN;
    } else if (out->type != 0) {
        device_refuse(maker, back_end->node,
                      "give \"back_end\" an object such as {\"socket\": \"/run/my.sock\"}",
                      "the front end cannot do this device's work itself");
    }
}

/* What a device is says one of these fields. */
struct device_kind {
    const char *field;
    const struct json_node *node;
    void (*make)(const struct device_maker *maker);
};

#define DEVICE_KIND_LIST                                                                           \
    "\"disk\", \"net\", \"share\", \"vsock\", \"rng\", \"console\" and \"type\""

/* Makes what follows from the kind; false: there is none. */
static bool device_make_kind(const struct device_maker *maker) {
    const struct zone_device_entry *entry = maker->entry;
    const struct device_kind kinds[] = {
        {"disk", entry->disk.node, device_make_disk},
        {"net", entry->net.node, device_make_net},
        {"share", entry->share.node, device_make_share},
        {"vsock", entry->vsock.node, device_make_vsock},
        {"rng", entry->rng.node, device_make_rng},
        {"console", entry->console.node, device_make_console},
        {"type", entry->type.node, device_make_type},
    };
    const struct device_kind *found = NULL;
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        if (kinds[i].node != NULL && found != NULL) {
            device_refuse(maker, kinds[i].node, "make two devices of them",
                          arena_printf(maker->report->arena, "this device is a \"%s\" already",
                                       found->field));
            return false;
        }
        found = kinds[i].node != NULL ? &kinds[i] : found;
    }
    if (found == NULL) {
        device_refuse(maker, NULL, "add one of " DEVICE_KIND_LIST, "a device that is nothing");
        return false;
    }
    found->make(maker);
    return true;
}

/* Refuses a field that means nothing for this device. */
static void device_allow(const struct device_maker *maker, const struct json_node *node,
                         bool is_fit, const char *whose) {
    if (node != NULL && !is_fit) {
        device_refuse(maker, node, "remove it",
                      arena_printf(maker->report->arena, "for %s alone", whose));
    }
}

static void device_check_fields(const struct device_maker *maker) {
    const struct zone_device_entry *entry = maker->entry;
    const struct zone_back_end_entry *back_end = &entry->back_end;
    const struct zone_device *out = maker->out;
    bool is_disk = out->back_end == ZONE_BACK_END_DISK;
    bool is_net = out->back_end == ZONE_BACK_END_VHOST_NET;
    device_allow(maker, back_end->node, entry->type.node != NULL, "a device with \"type\"");
    device_allow(maker, entry->format.node, is_disk, "a \"disk\"");
    device_allow(maker, entry->readonly.node, is_disk || out->back_end == ZONE_BACK_END_SHARE,
                 "a \"disk\" or \"share\"");
    device_allow(maker, entry->mac.node, out->type == ZONE_DEVICE_NET, "a network device");
    device_allow(maker, entry->tag.node, out->type == ZONE_DEVICE_FS, "a \"share\" or \"fs\"");
    device_allow(maker, back_end->tap.node, is_net, "a back end \"net\" of the kernel");
    device_allow(maker, back_end->bridge.node, is_net && back_end->tap.node == NULL,
                 "a back end \"net\" of the kernel without \"tap\"");
    device_allow(maker, back_end->cid.node, out->back_end == ZONE_BACK_END_VHOST_VSOCK,
                 "a back end \"vsock\" of the kernel");
    device_allow(maker, back_end->wwpn.node, out->back_end == ZONE_BACK_END_VHOST_SCSI,
                 "a back end \"scsi\" of the kernel");
}

/* The number, if it was given and is good and in the range; else the fallback. */
static uint64_t device_number(const struct device_maker *maker, const struct field_number *number,
                              uint64_t min, uint64_t max, uint64_t fallback) {
    if (number->node == NULL || !number->good) {
        return fallback;
    }
    if (number->value < min || number->value > max) {
        device_refuse(maker, number->node,
                      arena_printf(maker->report->arena, "give %" PRIu64 " to %" PRIu64, min, max),
                      "a number that this device cannot have");
        return fallback;
    }
    return number->value;
}

static void device_make_queues(const struct device_maker *maker) {
    const struct zone_device_entry *entry = maker->entry;
    struct zone_device *out = maker->out;
    const struct device_type *type = device_find_type(out->type);
    unsigned queues = (unsigned)device_number(maker, &entry->queues, 1, type->max, 1);
    out->queues = (uint8_t)queues;
    out->num_queues = (uint8_t)(queues * type->each + type->fixed + (queues > 1 ? type->more : 0));
    out->queue_size = (uint16_t)device_number(maker, &entry->queue_size, DEVICE_QUEUE_SIZE_MIN,
                                              LV_MAX_QUEUE_SIZE, type->queue_size);
    if ((out->queue_size & (out->queue_size - 1)) != 0) {
        device_refuse(maker, entry->queue_size.node, "give 16, 32, 64, 128, 256, 512 or 1024",
                      "not a power of two");
    }
}

/* Six bytes in hexadecimal with colons between; false: it is none, or no address of a device. */
static bool device_parse_mac(const char *text, uint8_t mac[ZONE_DEVICE_MAC_SIZE]) {
    static const char hex[] = "0123456789abcdef";
    for (unsigned i = 0; i < ZONE_DEVICE_MAC_SIZE * 3; i++) {
        const char *digit = *text >= '0' ? strchr(hex, *text | ' ') : NULL;
        bool is_last = i % 3 == 2;
        if (is_last ? *text != (i / 3 + 1 < ZONE_DEVICE_MAC_SIZE ? ':' : '\0') : digit == NULL) {
            return false;
        }
        if (!is_last) {
            mac[i / 3] = (uint8_t)(mac[i / 3] << 4 | (digit - hex));
        }
        text++;
    }
    return (mac[0] & DEVICE_MAC_MULTICAST) == 0;
}

const char *zone_device_mac_text(struct arena *arena, const uint8_t mac[ZONE_DEVICE_MAC_SIZE]) {
    return arena_printf(arena, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3],
                        mac[4], mac[5]);
}

static void device_make_mac(const struct device_maker *maker, uint64_t zone_id) {
    const struct field_text *given = &maker->entry->mac;
    struct zone_device *out = maker->out;
    const uint8_t ours[ZONE_DEVICE_MAC_SIZE] = {DEVICE_MAC_LOCAL, 'L',      'V', 0,
                                                (uint8_t)zone_id, out->slot};
    if (given->text == NULL) {
        memcpy(out->mac, ours, sizeof(out->mac));
    } else if (!device_parse_mac(given->text, out->mac)) {
        device_refuse(maker, given->node, "give one such as \"02:4c:56:00:01:02\"",
                      "not the address of a network device");
    }
}

static bool device_name_is_taken(const struct zone_file *zone, const char *name) {
    for (size_t i = 0; i < zone->num_devices; i++) {
        if (zone->devices[i].name != NULL && strcmp(zone->devices[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

/* The name that the file gives. */
static void device_take_name(const struct device_maker *maker, const struct zone_file *zone) {
    const struct zone_device_entry *entry = maker->entry;
    const struct field_text *given = entry->name.node != NULL ? &entry->name : &entry->tag;
    if (given->text == NULL) {
        return;
    }
    if (!lv_name_is_good(given->text)) {
        device_refuse(maker, given->node,
                      given == &entry->name ? "give it a name that a zone could have"
                                            : "add a \"name\" that a zone could have",
                      "not usable as a device's name");
    } else if (device_name_is_taken(zone, given->text)) {
        device_refuse(maker, given->node, "give each device a name of its own",
                      "another device of the zone has this name");
    }
    maker->out->name = given->text;
}

/* Else its type and the lowest number that makes a name which no other device has. */
static void device_choose_name(struct arena *arena, const struct zone_file *zone,
                               struct zone_device *out) {
    const char *word = device_find_type(out->type)->word;
    const char *name = NULL;
    for (unsigned number = 0; name == NULL || device_name_is_taken(zone, name); number++) {
        name = arena_printf(arena, "%s%u", word, number);
    }
    out->name = name;
}

static void device_make_tag(const struct device_maker *maker) {
    const struct field_text *given = &maker->entry->tag;
    struct zone_device *out = maker->out;
    if (out->type != ZONE_DEVICE_FS) {
        return;
    }
    out->tag = given->text != NULL ? given->text : out->name;
    if (out->tag[0] == '\0' || strlen(out->tag) > DEVICE_TAG_MAX) {
        device_refuse(maker, given->node, "give 1 to 35 characters", "not usable as a tag");
    }
}

/* Bitmap of the devices on bus 0 that assigned functions are. */
static uint32_t device_assigned_slots(const struct zone_file *zone) {
    uint32_t slots = 0;
    for (size_t i = 0; i < zone->num_pci_devices; i++) {
        const struct zone_pci_device *pci = &zone->pci_devices[i];
        if (pci->good && pci->zone_bus.value == 0 && pci->zone_device.value < LV_PCI_DEVICES) {
            slots |= UINT32_C(1) << pci->zone_device.value;
        }
    }
    return slots;
}

/* The slot that the file gives. */
static void device_take_slot(const struct device_maker *maker, uint32_t *taken) {
    const struct field_number *given = &maker->entry->slot;
    struct zone_device *out = maker->out;
    out->slot = (uint8_t)device_number(maker, given, 1, LV_PCI_DEVICES - 1, 0);
    if (out->slot != 0 && (*taken >> out->slot & 1) != 0) {
        device_refuse(maker, given->node, "choose another, or leave it out",
                      "another PCI function of the zone is there");
    }
    *taken |= UINT32_C(1) << out->slot;
}

static void device_choose_slot(const struct device_maker *maker, uint32_t *taken) {
    if (maker->out->slot == 0 && *taken == UINT32_MAX) {
        device_refuse(maker, NULL, "take a function from \"pci_devices\"",
                      "no place on PCI bus 0 is free");
    } else if (maker->out->slot == 0) {
        maker->out->slot = (uint8_t)__builtin_ctz(~*taken);
        *taken |= UINT32_C(1) << maker->out->slot;
    }
}

static void device_make(const struct device_maker *maker) {
    const struct field_text *loss = &maker->entry->on_loss;
    maker->out->node = maker->entry->node;
    if (maker->entry->node->type == JSON_NODE_OBJECT && device_make_kind(maker)) {
        device_check_fields(maker);
    }
    device_make_queues(maker);
    maker->out->is_readonly = maker->entry->readonly.value;
    maker->out->fails_on_loss =
        loss->text != NULL &&
        field_read_word(maker->report, loss->node, &zone_losses) == ZONE_LOSS_FAIL;
}

/* What the file chooses comes first, so that what is chosen for it is free. */
void zone_device_make(struct report *report, struct zone_file *zone) {
    struct device_maker makers[LV_MAX_VIRTIO];
    uint32_t slots = device_assigned_slots(zone) | 1;
    for (size_t i = 0; i < zone->num_devices; i++) {
        makers[i] = (struct device_maker){report, &zone->device_entries[i], &zone->devices[i]};
        device_make(&makers[i]);
        device_take_name(&makers[i], zone);
        device_take_slot(&makers[i], &slots);
    }
    for (size_t i = 0; i < zone->num_devices; i++) {
        if (zone->devices[i].name == NULL) {
            device_choose_name(report->arena, zone, &zone->devices[i]);
        }
        device_choose_slot(&makers[i], &slots);
        device_make_tag(&makers[i]);
        device_make_mac(&makers[i], zone->id.value);
    }
}
