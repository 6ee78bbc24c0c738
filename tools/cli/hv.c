// SPDX-License-Identifier: GPL-2.0-or-later
#include "hv.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* How often the lock is tried, and when a wait for it is reported: first, and again. */
#define HV_LOCK_LOOK_MS  100
#define HV_LOCK_FIRST_MS 2000u
#define HV_LOCK_AGAIN_MS 10000u

/* How long I/O in a zone's memory may take to end, how often that is looked at, and how many of
 * those who do it are named. */
#define HV_BUSY_MS      1000u
#define HV_BUSY_LOOK_MS 20
#define HV_BUSY_USERS   4u

/* An ioctl that a signal cut short has done nothing and is made again. */
static int hv_ioctl(struct cli *cli, unsigned long request, void *argument) {
    struct device *device = &cli->device;
    int result;
    do {
        result = device->ops->ioctl(device, request, argument);
    } while (result == -EINTR);
    return result;
}

/* The same for one that takes memory away, which may be in use for a moment. */
static int hv_ioctl_memory(struct cli *cli, unsigned long request, void *argument) {
    struct device *device = &cli->device;
    uint64_t end = hv_now(cli) + HV_BUSY_MS;
    int result;
    while ((result = hv_ioctl(cli, request, argument)) == -EBUSY && hv_now(cli) < end) {
        device->ops->poll(device, NULL, 0, HV_BUSY_LOOK_MS);
    }
    return result;
}

static const struct {
    int error;
    const char *text;
} hv_errors[] = {
    {EPERM, "not allowed here; dmesg may say why"},
    {ENOENT, "no such zone; loongvisor zone list shows those that there are"},
    {EIO, "a CPU is lost, or does not answer; loongvisor log says which"},
    {EINTR, "interrupted"},
    {ENOMEM, "not enough memory, page-table pages or CPUs are free; destroy a zone, or make this "
             "one smaller"},
    {EFAULT, "the driver could not use the command's memory; do loongvisor and loongvisor.ko come "
             "from one version?"},
    {EBUSY, "another program has loaded into the memory that it wants, or uses pages of it (dmesg "
            "says how many); try again when that one is done"},
    {EBADFD, "the zone's state does not allow it; loongvisor zone list shows the states"},
    {EEXIST, "a zone has this id or this name already; destroy it, or choose another"},
    {ENODEV, "the zone has no such device"},
    {EINVAL, "the hypervisor refuses an argument; is it older than loongvisor?"},
    {ERANGE, "a number is out of range; loongvisor log says which"},
    {ENOSYS, "the hypervisor does not know this command; is it older than loongvisor?"},
    {ENOTTY, "the driver does not know this command; is it older than loongvisor?"},
};

const char *hv_error(int error) {
    for (size_t i = 0; i < sizeof(hv_errors) / sizeof(hv_errors[0]); i++) {
        if (hv_errors[i].error == error) {
            return hv_errors[i].text;
        }
    }
    return strerror(error);
}

static bool hv_refused(struct cli *cli, const char *what, int error) {
    cli_complain(cli, "%s: %s", what, hv_error(error));
    return false;
}

static bool hv_open_failed(struct cli *cli, int error) {
    const char *remedy = "is loongvisor.ko loaded? (modprobe loongvisor)";
    if (error == EACCES || error == EPERM) {
        remedy = "run it as root";
    } else if (error != ENOENT && error != ENODEV && error != ENXIO) {
        remedy = "dmesg may say why";
    }
    cli_complain(cli, "%s: %s; this works in the root zone alone; %s", LV_DEVICE_PATH,
                 strerror(error), remedy);
    return false;
}

bool hv_open(struct cli *cli) {
    int result = cli->device.ops->open(&cli->device);
    if (result < 0) {
        return hv_open_failed(cli, -result);
    }
    struct lv_machine_info info;
    if (!hv_info(cli, &info)) {
        return false;
    }
    if (info.abi != LV_HYPERCALL_ABI) {
        cli_complain(cli,
                     "the hypervisor (%s) speaks version %u of the interface, this program version "
                     "%u; use the loongvisor that was built with it",
                     info.version, info.abi, LV_HYPERCALL_ABI);
        return false;
    }
    return true;
}

void hv_close(struct cli *cli) {
    if (cli->device.fd >= 0) {
        cli->device.ops->close(&cli->device);
    }
}

/* A name is text for people and JSON: it ends, and has no control characters. */
static void hv_clean_name(char name[LV_NAME_SIZE]) {
    name[LV_NAME_SIZE - 1] = '\0';
    for (char *c = name; *c != '\0'; c++) {
        if (*c < ' ' || *c > '~') {
            *c = '?';
        }
    }
}

bool hv_info(struct cli *cli, struct lv_machine_info *info) {
    *info = (struct lv_machine_info){.abi = 0};
    int result = hv_ioctl(cli, LV_IOCTL_MACHINE, info);
    if (result < 0) {
        return hv_refused(cli, "machine", -result);
    }
    hv_clean_name(info->board);
    hv_clean_name(info->version);
    return true;
}

static int hv_compare_ids(const void *left, const void *right) {
    const struct lv_zone_summary *a = left;
    const struct lv_zone_summary *b = right;
    return (a->zone_id > b->zone_id) - (a->zone_id < b->zone_id);
}

bool hv_list(struct cli *cli, struct hv_zones *zones) {
    *zones = (struct hv_zones){.count = 0};
    struct lv_ioctl_list list = {.buffer = (uint64_t)(uintptr_t)zones->zones,
                                 .capacity = LV_MAX_ZONES};
    int result = hv_ioctl(cli, LV_IOCTL_LIST, &list);
    if (result < 0) {
        return hv_refused(cli, "zone list", -result);
    }
    size_t told = (size_t)result < LV_MAX_ZONES ? (size_t)result : LV_MAX_ZONES;
    for (size_t i = 0; i < told; i++) {
        if (zones->zones[i].zone_id < LV_MAX_ZONES) {
            zones->zones[zones->count] = zones->zones[i];
            hv_clean_name(zones->zones[zones->count++].name);
        }
    }
    qsort(zones->zones, zones->count, sizeof(zones->zones[0]), hv_compare_ids);
    return true;
}

const struct lv_zone_summary *hv_zone(const struct hv_zones *zones, uint32_t zone_id) {
    for (size_t i = 0; i < zones->count; i++) {
        if (zones->zones[i].zone_id == zone_id) {
            return &zones->zones[i];
        }
    }
    return NULL;
}

const struct lv_zone_summary *hv_lookup(const struct hv_zones *zones, const char *text) {
    if (*text != '\0' && text[strspn(text, "0123456789")] == '\0') {
        unsigned long id = strtoul(text, NULL, 10);
        return id < LV_MAX_ZONES ? hv_zone(zones, (uint32_t)id) : NULL;
    }
    for (size_t i = 0; i < zones->count; i++) {
        if (strcmp(zones->zones[i].name, text) == 0) {
            return &zones->zones[i];
        }
    }
    return NULL;
}

bool hv_find(struct cli *cli, const char *text, struct lv_zone_summary *zone) {
    struct hv_zones zones;
    if (!hv_list(cli, &zones)) {
        return false;
    }
    const struct lv_zone_summary *found = hv_lookup(&zones, text);
    if (found == NULL) {
        cli_complain(cli, "no zone is called '%s'; loongvisor zone list shows those that there are",
                     text);
        return false;
    }
    *zone = *found;
    return true;
}

/* An ioctl that fills a structure about a zone. */
static int hv_ask(struct cli *cli, unsigned long request, uint32_t zone_id, void *buffer) {
    struct lv_ioctl_answer answer = {.zone_id = zone_id, .buffer = (uint64_t)(uintptr_t)buffer};
    return hv_ioctl(cli, request, &answer);
}

static bool hv_zone_refused(struct cli *cli, const char *doing, const struct lv_zone_summary *zone,
                            int error) {
    cli_complain(cli, "%s zone %u (%s): %s", doing, zone->zone_id, zone->name, hv_error(error));
    return false;
}

static void hv_limit(uint32_t *count, uint32_t limit) {
    if (*count > limit) {
        *count = limit;
    }
}

bool hv_config(struct cli *cli, const struct lv_zone_summary *zone, struct lv_zone_config *config) {
    *config = (struct lv_zone_config){.magic = 0};
    int result = hv_ask(cli, LV_IOCTL_CONFIG, zone->zone_id, config);
    if (result < 0) {
        return hv_zone_refused(cli, "show", zone, -result);
    }
    hv_clean_name(config->name);
    hv_limit(&config->num_regions, LV_MAX_REGIONS);
    hv_limit(&config->num_payloads, LV_MAX_PAYLOADS);
    hv_limit(&config->num_pci_functions, LV_MAX_PCI_FUNCTIONS);
    return true;
}

bool hv_status(struct cli *cli, const struct lv_zone_summary *zone, struct lv_zone_status *status) {
    *status = (struct lv_zone_status){.state = LV_STATE_ABSENT};
    int result = hv_ask(cli, LV_IOCTL_STATUS, zone->zone_id, status);
    return result < 0 ? hv_zone_refused(cli, "show", zone, -result) : true;
}

bool hv_stats(struct cli *cli, const struct lv_zone_summary *zone, struct lv_zone_info_page *page) {
    *page = (struct lv_zone_info_page){.magic = 0};
    int result = hv_ask(cli, LV_IOCTL_STATS, zone->zone_id, page);
    if (result < 0) {
        return hv_zone_refused(cli, "stats of", zone, -result);
    }
    hv_limit(&page->num_vcpus, LV_MAX_CPUS);
    return true;
}

const char *hv_busy(struct cli *cli, const struct lv_zone_config *config) {
    struct device_holder users[HV_BUSY_USERS];
    size_t count = cli->device.ops->users(&cli->device, config, users, HV_BUSY_USERS);
    const char *list = "";
    for (size_t i = 0; i < count; i++) {
        list = arena_printf(&cli->arena, "%s%sprocess %d: %s", list, i != 0 ? "; " : "",
                            users[i].pid, users[i].command);
    }
    if (count == 0) {
        return NULL;
    }
    return arena_printf(&cli->arena,
                        "its memory is in use; end the program that has it open (%s), or try again "
                        "when its I/O is done",
                        list);
}

bool hv_destroy(struct cli *cli, const struct lv_zone_summary *zone, int *result) {
    struct lv_ioctl_zone command = {.zone_id = zone->zone_id};
    struct lv_zone_config *config = arena_alloc(&cli->arena, sizeof(*config));
    const char *busy = NULL;
    *result = hv_ioctl_memory(cli, LV_IOCTL_DESTROY, &command);
    if (*result == 0 || *result == -EBADFD) {
        return true;
    }
    if (*result == -EBUSY && hv_ask(cli, LV_IOCTL_CONFIG, zone->zone_id, config) == 0) {
        busy = hv_busy(cli, config);
    }
    if (*result == -EBUSY && busy == NULL) {
        busy = "its memory is in use by a program that does not have it open any more: a "
               "registered buffer of io_uring, or a pipe; dmesg says how many pages";
    }
    cli_complain(cli, "destroy zone %u (%s): %s", zone->zone_id, zone->name,
                 busy != NULL ? busy : hv_error(-*result));
    return false;
}

int hv_command(struct cli *cli, unsigned long request, const char *doing,
               const struct lv_zone_summary *zone, uint32_t argument, int quiet) {
    struct lv_ioctl_zone command = {.zone_id = zone->zone_id, .argument = argument};
    int result = hv_ioctl(cli, request, &command);
    if (result < 0 && result != -quiet) {
        hv_zone_refused(cli, doing, zone, -result);
    }
    return result < 0 ? result : 0;
}

uint64_t hv_now(struct cli *cli) {
    return cli->device.ops->now_ms(&cli->device);
}

/* "another loongvisor (process 12: loongvisor zone create big.json)" */
static const char *hv_holder(struct cli *cli) {
    struct device_holder holder;
    if (!cli->device.ops->holder(&cli->device, &holder)) {
        return "another loongvisor";
    }
    return arena_printf(&cli->arena, "another loongvisor (process %d: %s)", holder.pid,
                        holder.command);
}

static bool hv_lock_failed(struct cli *cli) {
    cli_complain(cli,
                 "%s is making a zone and has not come to an end in time; nothing has changed; "
                 "--timeout gives it longer; if it is stopped, let it go on (kill -CONT) or end it",
                 hv_holder(cli));
    return false;
}

bool hv_lock(struct cli *cli, uint64_t deadline_ms) {
    struct device *device = &cli->device;
    uint64_t due = hv_now(cli) + HV_LOCK_FIRST_MS;
    int result;
    while ((result = device->ops->lock(device)) == -EWOULDBLOCK || result == -EINTR) {
        uint64_t now = hv_now(cli);
        if (now >= deadline_ms) {
            return hv_lock_failed(cli);
        }
        if (now >= due) {
            cli_note(cli, "waiting for %s, which is making a zone", hv_holder(cli));
            due = now + HV_LOCK_AGAIN_MS;
        }
        device->ops->poll(device, NULL, 0, HV_LOCK_LOOK_MS);
    }
    return result < 0 ? hv_refused(cli, LV_DEVICE_PATH, -result) : true;
}

void hv_unlock(struct cli *cli) {
    cli->device.ops->unlock(&cli->device);
}

int hv_history(struct cli *cli, uint32_t zone_id, struct lv_history *history) {
    *history = (struct lv_history){.num_events = 0};
    int result = hv_ask(cli, LV_IOCTL_HISTORY, zone_id, history);
    hv_clean_name(history->name);
    hv_limit(&history->num_events, LV_EVENTS_MAX);
    return result < 0 ? result : 0;
}

int hv_load(struct cli *cli, const struct lv_ioctl_load *load) {
    struct lv_ioctl_load piece = *load;
    return hv_ioctl(cli, LV_IOCTL_LOAD, &piece);
}

int hv_create(struct cli *cli, const struct lv_zone_config *config, uint32_t *refusal,
              uint32_t *index) {
    struct lv_ioctl_create create = {.config = (uint64_t)(uintptr_t)config};
    int result = hv_ioctl_memory(cli, LV_IOCTL_CREATE, &create);
    *refusal = create.refusal;
    *index = create.index;
    return result;
}

int hv_read_stream(struct cli *cli, unsigned long request, uint32_t zone_id,
                   struct lv_stream *stream) {
    uint64_t from = stream->position;
    int result = hv_ask(cli, request, zone_id, stream);
    if (result >= 0 && stream->position < from) {
        stream->position = 0;
        result = hv_ask(cli, request, zone_id, stream);
    }
    if (result >= 0 && stream->length > LV_STREAM_BYTES) {
        return -EPROTO;
    }
    return result < 0 ? result : 0;
}

int hv_type(struct cli *cli, uint32_t zone_id, const uint8_t *bytes, size_t count) {
    struct lv_stream stream = {.length = (uint32_t)count};
    memcpy(stream.data, bytes, count);
    int result = hv_ask(cli, LV_IOCTL_CONSOLE_WRITE, zone_id, &stream);
    return result > (int)count ? -EPROTO : result;
}

int hv_grown(struct cli *cli, struct lv_ioctl_grown *grown) {
    *grown = (struct lv_ioctl_grown){.consoles = 0};
    return hv_ioctl(cli, LV_IOCTL_GROWN, grown);
}

int hv_events(struct cli *cli, struct lv_event *events, size_t max) {
    ssize_t size = cli->device.ops->read(&cli->device, events, max * sizeof(*events));
    if (size == -EAGAIN || size == -EINTR) {
        return 0;
    }
    return size < 0 ? (int)size : (int)((size_t)size / sizeof(*events));
}
