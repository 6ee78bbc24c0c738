// SPDX-License-Identifier: GPL-2.0-or-later
#include "fake.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NS_PER_MS 1000000u
/* Polls without a timeout and with nothing to come: more than any test's script has. */
#define FAKE_PATIENCE 100u
#define FAKE_WORDS    32u

static struct fake *fake_of(struct device *device) {
    return (struct fake *)(void *)((char *)device - offsetof(struct fake, cli.device));
}

void assert_contains(const char *text, const char *part) {
    if (strstr(text, part) == NULL) {
        fail_msg("there is no '%s' in:\n%s", part, text);
    }
}

void assert_lacks(const char *text, const char *part) {
    if (strstr(text, part) != NULL) {
        fail_msg("there is '%s' in:\n%s", part, text);
    }
}

static void fake_note(struct fake *fake, const char *what, uint32_t zone_id, int argument) {
    size_t used = strlen(fake->commands);
    char number[16] = "";
    if (argument >= 0) {
        snprintf(number, sizeof(number), " %d", argument);
    }
    snprintf(fake->commands + used, sizeof(fake->commands) - used, "%s%s %u%s", used ? ", " : "",
             what, zone_id, number);
}

/* -- zones ------------------------------------------------------------------------------------ */

static void fake_remember(struct fake *fake, const struct lv_event *event) {
    struct lv_history *history = &fake->history[event->zone_id];
    if (history->num_events == LV_EVENTS_MAX) {
        memmove(history->events, history->events + 1,
                (LV_EVENTS_MAX - 1) * sizeof(history->events[0]));
        history->num_events--;
    }
    history->events[history->num_events++] = *event;
    memcpy(history->name, fake->zones[event->zone_id].summary.name, LV_NAME_SIZE);
}

void fake_become(struct fake *fake, uint32_t zone_id, uint32_t state, uint32_t reason) {
    struct fake_zone *zone = &fake->zones[zone_id];
    zone->summary.state = state;
    zone->summary.reason = reason;
    zone->status.state = state;
    zone->exists = state != LV_STATE_ABSENT;
    fake->sequence[zone_id]++;
    const struct lv_event event = {
        .time_ns = fake->now_ms * NS_PER_MS,
        .sequence = fake->sequence[zone_id],
        .zone_id = zone_id,
        .state = state,
        .reason = reason,
    };
    fake_remember(fake, &event);
    if (!fake->lose_events) {
        fake->queue[fake->head++ % FAKE_EVENTS] = event;
    }
}

static void fake_schedule(struct fake *fake, struct fake_zone *zone, uint64_t after, uint32_t next,
                          uint32_t reason) {
    zone->due_ms = after == FAKE_NEVER ? FAKE_NEVER : fake->now_ms + after;
    zone->next = next;
    zone->next_reason = reason;
}

static void fake_begin_start(struct fake *fake, uint32_t zone_id) {
    struct fake_zone *zone = &fake->zones[zone_id];
    bool runs = zone->becomes == LV_STATE_RUNNING;
    zone->summary.starts++;
    fake_become(fake, zone_id, LV_STATE_STARTING, LV_REASON_COMMAND);
    fake_schedule(fake, zone, zone->start_ms, zone->becomes,
                  runs ? LV_REASON_COMMAND : zone->reason);
}

/* What is due happens. */
static void fake_step(struct fake *fake) {
    for (uint32_t id = 0; id < LV_MAX_ZONES; id++) {
        struct fake_zone *zone = &fake->zones[id];
        if (!zone->exists || zone->due_ms > fake->now_ms) {
            continue;
        }
        zone->due_ms = FAKE_NEVER;
        fake_become(fake, id, zone->next, zone->next_reason);
        if (zone->next == LV_STATE_STOPPED && zone->restarts) {
            zone->restarts = false;
            fake_begin_start(fake, id);
        } else if (zone->next == zone->becomes && zone->becomes_next != LV_STATE_ABSENT) {
            fake_become(fake, id, zone->becomes_next, zone->reason);
        }
    }
}

struct fake_zone *fake_add(struct fake *fake, uint32_t zone_id, const char *name, uint32_t state) {
    struct fake_zone *zone = &fake->zones[zone_id];
    *zone = (struct fake_zone){
        .exists = true,
        .room = sizeof(zone->typed),
        .start_ms = 300,
        .stop_ms = 1500,
        .force_ms = 10,
        .destroy_ms = 200,
        .has_power = true,
        .becomes = LV_STATE_RUNNING,
        .due_ms = FAKE_NEVER,
        .console = {.kept = FAKE_STREAM},
    };
    zone->summary = (struct lv_zone_summary){
        .zone_id = zone_id,
        .state = state,
        .reason = LV_REASON_COMMAND,
        .starts = state == LV_STATE_CREATED ? 0 : 1,
        .cpus = (uint64_t)3 << (2 * zone_id + 2),
        .ram_size = 0x10000000,
        .run_ns = state == LV_STATE_RUNNING ? (uint64_t)12500 * NS_PER_MS : 0,
        .num_vcpus = 2,
    };
    snprintf(zone->summary.name, sizeof(zone->summary.name), "%s", name);
    zone->status = (struct lv_zone_status){.state = state, .num_vcpus = 2};
    zone->stats = (struct lv_zone_info_page){.zone_id = zone_id, .num_vcpus = 2};
    zone->config = (struct lv_zone_config){
        .magic = LV_ZONE_MAGIC,
        .version = LV_ZONE_VERSION,
        .size = sizeof(zone->config),
        .zone_id = zone_id,
        .cpus = zone->summary.cpus,
        .entry = 0x200000,
        .num_regions = 3,
        .regions = {{.type = LV_REGION_RAM,
                     .hpa = FAKE_POOL_BASE + (zone_id << 28),
                     .size = 0x10000000},
                    {.type = LV_REGION_UART,
                     .interrupt = LV_INTERRUPT_VECTOR(2),
                     .gpa = 0x1fe00000,
                     .size = LV_PAGE_SIZE},
                    {.type = LV_REGION_POWER,
                     .interrupt = LV_INTERRUPT_LINE(5),
                     .gpa = 0x100e0000,
                     .size = LV_PAGE_SIZE}},
    };
    memcpy(zone->config.name, zone->summary.name, LV_NAME_SIZE);
    return zone;
}

static void fake_add_root(struct fake *fake) {
    struct fake_zone *root = fake_add(fake, LV_ROOT_ZONE_ID, "root", LV_STATE_RUNNING);
    root->summary.cpus = FAKE_ROOT_CPUS;
    root->summary.flags = LV_ZONE_ROOT;
    root->config.cpus = FAKE_ROOT_CPUS;
    root->config.flags = LV_ZONE_ROOT;
    root->config.num_regions = 3;
    root->config.regions[0] = (struct lv_region){.type = LV_REGION_RAM, .size = 0xa000000};
    root->config.regions[1] = (struct lv_region){.type = LV_REGION_POOL,
                                                 .hpa = FAKE_POOL_BASE,
                                                 .gpa = FAKE_POOL_BASE,
                                                 .size = FAKE_POOL_SIZE};
    root->config.regions[2] =
        (struct lv_region){.type = LV_REGION_KICKS, .gpa = LV_KICKS_PAGE, .size = LV_PAGE_SIZE};
}

/* -- streams ---------------------------------------------------------------------------------- */

static void fake_write(struct fake_stream *stream, const char *text) {
    for (; *text != '\0'; text++) {
        stream->bytes[stream->written++ % FAKE_STREAM] = (uint8_t)*text;
    }
}

void fake_print(struct fake *fake, uint32_t zone_id, const char *text) {
    fake_write(&fake->zones[zone_id].console, text);
    fake->grown.consoles |= 1u << zone_id;
}

void fake_log(struct fake *fake, const char *text) {
    fake_write(&fake->log, text);
    fake->grown.log = 1;
}

static int fake_read_stream(const struct fake *fake, const struct fake_stream *from,
                            struct lv_stream *stream) {
    uint64_t oldest = from->written > from->kept ? from->written - from->kept : 0;
    uint64_t at = stream->position < oldest ? oldest : stream->position;
    at = at > from->written ? from->written : at;
    uint64_t length = from->written - at;
    length = length > LV_STREAM_BYTES ? LV_STREAM_BYTES : length;
    for (uint64_t i = 0; i < length; i++) {
        stream->data[i] = from->bytes[(at + i) % FAKE_STREAM];
    }
    stream->position = at;
    stream->length = fake->stream_length ? fake->stream_length : (uint32_t)length;
    stream->end = from->written;
    return 0;
}

static int fake_type(struct fake_zone *zone, const struct lv_stream *stream) {
    size_t count = stream->length < zone->room ? stream->length : zone->room;
    assert_true(zone->num_typed + count < sizeof(zone->typed));
    memcpy(zone->typed + zone->num_typed, stream->data, count);
    zone->num_typed += count;
    return (int)count;
}

/* -- ioctls ----------------------------------------------------------------------------------- */

static int fake_list(const struct fake *fake, const struct lv_ioctl_list *list) {
    struct lv_zone_summary *out = (struct lv_zone_summary *)(uintptr_t)list->buffer;
    uint32_t count = 0;
    for (uint32_t id = LV_MAX_ZONES; id-- > 0;) {
        if (fake->zones[id].exists) {
            if (count < list->capacity) {
                out[count] = fake->zones[id].summary;
            }
            count++;
        }
    }
    return fake->list_count ? fake->list_count : (int)count;
}

static int fake_start(struct fake *fake, struct fake_zone *zone) {
    if (fake->at_start != NULL) {
        fake->at_start(fake);
    }
    uint32_t state = zone->summary.state;
    if (state != LV_STATE_CREATED && state != LV_STATE_STOPPED && state != LV_STATE_FAILED) {
        return -EBADFD;
    }
    fake_begin_start(fake, zone->summary.zone_id);
    return 0;
}

static bool fake_is_lost(const struct fake_zone *zone) {
    return zone->summary.state == LV_STATE_FAILED && zone->summary.reason == LV_REASON_CPU_LOST;
}

/* What the zone comes to once its CPUs have left, or have not. */
static void fake_schedule_end(struct fake *fake, struct fake_zone *zone, uint64_t after_ms,
                              uint32_t state) {
    fake_schedule(fake, zone, after_ms, zone->loses_cpu ? LV_STATE_FAILED : state,
                  zone->loses_cpu ? LV_REASON_CPU_LOST : LV_REASON_COMMAND);
}

static bool fake_rests(const struct fake_zone *zone) {
    uint32_t state = zone->summary.state;
    return state == LV_STATE_CREATED || state == LV_STATE_STOPPED || state == LV_STATE_FAILED;
}

static int fake_force(struct fake *fake, struct fake_zone *zone) {
    if (fake->at_force != NULL) {
        fake->at_force(fake);
    }
    if (fake_rests(zone) || zone->summary.state == LV_STATE_DESTROYING) {
        return -EBADFD;
    }
    fake_become(fake, zone->summary.zone_id, LV_STATE_STOPPING, LV_REASON_COMMAND);
    fake_schedule_end(fake, zone, zone->force_ms, LV_STATE_STOPPED);
    return 0;
}

static int fake_stop(struct fake *fake, struct fake_zone *zone, uint32_t how) {
    if (how == LV_STOP_FORCE) {
        return fake_force(fake, zone);
    }
    if (!zone->has_power) {
        return -ENODEV;
    }
    zone->summary.flags |= zone->deaf ? LV_ZONE_UNHEARD : 0;
    fake_schedule(fake, zone, zone->stop_ms, LV_STATE_STOPPED, LV_REASON_POWEROFF);
    return 0;
}

static int fake_restart(struct fake *fake, struct fake_zone *zone) {
    if (fake_rests(zone)) {
        return fake_start(fake, zone);
    }
    if (zone->summary.state == LV_STATE_STOPPING) {
        return -EBADFD;
    }
    zone->restarts = true;
    return fake_force(fake, zone);
}

/* PAUSE and RESUME. */
static int fake_switch(struct fake *fake, const struct fake_zone *zone, uint32_t from,
                       uint32_t next) {
    if (zone->summary.state != from) {
        return -EBADFD;
    }
    fake_become(fake, zone->summary.zone_id, next, LV_REASON_COMMAND);
    return 0;
}

static int fake_destroy(struct fake *fake, struct fake_zone *zone) {
    uint32_t state = zone->summary.state;
    if (state != LV_STATE_CREATED && state != LV_STATE_STOPPED && state != LV_STATE_FAILED) {
        return -EBADFD;
    }
    if (fake_is_lost(zone)) {
        return -EIO;
    }
    fake_become(fake, zone->summary.zone_id, LV_STATE_DESTROYING, LV_REASON_COMMAND);
    fake_schedule_end(fake, zone, zone->destroy_ms, LV_STATE_ABSENT);
    return 0;
}

static int fake_command(struct fake *fake, unsigned long request,
                        const struct lv_ioctl_zone *command) {
    struct fake_zone *zone = &fake->zones[command->zone_id];
    if (command->zone_id >= LV_MAX_ZONES || !zone->exists) {
        return -ENOENT;
    }
    switch (request) {
    case LV_IOCTL_START:
        fake_note(fake, "START", command->zone_id, -1);
        return fake_start(fake, zone);
    case LV_IOCTL_STOP:
        fake_note(fake, "STOP", command->zone_id, (int)command->argument);
        return fake_stop(fake, zone, command->argument);
    case LV_IOCTL_RESTART:
        fake_note(fake, "RESTART", command->zone_id, -1);
        return fake_restart(fake, zone);
    case LV_IOCTL_PAUSE:
        fake_note(fake, "PAUSE", command->zone_id, -1);
        return fake_switch(fake, zone, LV_STATE_RUNNING, LV_STATE_PAUSED);
    case LV_IOCTL_RESUME:
        fake_note(fake, "RESUME", command->zone_id, -1);
        return fake_switch(fake, zone, LV_STATE_PAUSED, LV_STATE_RUNNING);
    default:
        fake_note(fake, "DESTROY", command->zone_id, -1);
        return fake_destroy(fake, zone);
    }
}

static int fake_answer(struct fake *fake, unsigned long request,
                       const struct lv_ioctl_answer *answer) {
    void *buffer = (void *)(uintptr_t)answer->buffer;
    if (request == LV_IOCTL_LOG) {
        return fake_read_stream(fake, &fake->log, buffer);
    }
    if (request == LV_IOCTL_HISTORY && answer->zone_id < LV_MAX_ZONES) {
        memcpy(buffer, &fake->history[answer->zone_id], sizeof(fake->history[0]));
        return 0;
    }
    struct fake_zone *zone = &fake->zones[answer->zone_id];
    if (answer->zone_id >= LV_MAX_ZONES || !zone->exists) {
        return -ENOENT;
    }
    switch (request) {
    case LV_IOCTL_CONFIG:
        memcpy(buffer, &zone->config, sizeof(zone->config));
        return 0;
    case LV_IOCTL_STATUS:
        memcpy(buffer, &zone->status, sizeof(zone->status));
        return 0;
    case LV_IOCTL_STATS:
        memcpy(buffer, &zone->stats, sizeof(zone->stats));
        return 0;
    case LV_IOCTL_CONSOLE_READ:
        return fake_read_stream(fake, &zone->console, buffer);
    default:
        return fake_type(zone, buffer);
    }
}

static int fake_create(struct fake *fake, struct lv_ioctl_create *create) {
    const struct lv_zone_config *config = (const void *)(uintptr_t)create->config;
    create->refusal = fake->refusal;
    create->index = fake->refused_index;
    if (fake->refusal != LV_REFUSAL_NONE) {
        return -EINVAL;
    }
    fake_note(fake, "CREATE", config->zone_id, -1);
    if (fake->zones[config->zone_id].exists) {
        return -EEXIST;
    }
    fake_add(fake, config->zone_id, config->name, LV_STATE_CREATED)->config = *config;
    fake_become(fake, config->zone_id, LV_STATE_CREATED, LV_REASON_COMMAND);
    return 0;
}

static int fake_load(struct fake *fake, const struct lv_ioctl_load *load) {
    assert_true(fake->num_loads < FAKE_LOADS);
    fake->loads[fake->num_loads++] = (struct fake_load){
        .hpa = load->hpa, .size = load->size, .first = *(const uint8_t *)(uintptr_t)load->buffer};
    fake->now_ms += fake->load_ms;
    return 0;
}

static int fake_grown(struct fake *fake, struct lv_ioctl_grown *grown) {
    *grown = fake->grown;
    fake->grown = (struct lv_ioctl_grown){.consoles = 0};
    return 0;
}

static int fake_ioctl(struct device *device, unsigned long request, void *argument) {
    struct fake *fake = fake_of(device);
    assert_int_not_equal(device->fd, -1);
    if (request == fake->fail_request && fake->fail_times != 0) {
        fake->fail_times--;
        return -fake->fail_error;
    }
    switch (request) {
    case LV_IOCTL_MACHINE:
        fake->info.time_ns = fake->now_ms * NS_PER_MS;
        memcpy(argument, &fake->info, sizeof(fake->info));
        return 0;
    case LV_IOCTL_LIST:
        return fake_list(fake, argument);
    case LV_IOCTL_CREATE:
        return fake_create(fake, argument);
    case LV_IOCTL_LOAD:
        return fake_load(fake, argument);
    case LV_IOCTL_GROWN:
        return fake_grown(fake, argument);
    case LV_IOCTL_START:
    case LV_IOCTL_STOP:
    case LV_IOCTL_RESTART:
    case LV_IOCTL_PAUSE:
    case LV_IOCTL_RESUME:
    case LV_IOCTL_DESTROY:
        return fake_command(fake, request, argument);
    default:
        return fake_answer(fake, request, argument);
    }
}

/* -- the device ------------------------------------------------------------------------------- */

static int fake_open(struct device *device) {
    if (fake_of(device)->no_device) {
        return -ENOENT;
    }
    device->fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    return device->fd < 0 ? -errno : 0;
}

static void fake_close(struct device *device) {
    close(device->fd);
    device->fd = -1;
}

static ssize_t fake_read(struct device *device, void *buffer, size_t size) {
    struct fake *fake = fake_of(device);
    struct lv_event *events = buffer;
    size_t count = 0;
    while (fake->tail != fake->head && count < size / sizeof(*events)) {
        events[count++] = fake->queue[fake->tail++ % FAKE_EVENTS];
    }
    return count != 0 ? (ssize_t)(count * sizeof(*events)) : -EAGAIN;
}

static short fake_device_events(const struct fake *fake, short wanted) {
    short events = 0;
    if (fake->head != fake->tail) {
        events |= POLLIN;
    }
    if (fake->grown.consoles != 0 || fake->grown.log != 0) {
        events |= POLLPRI;
    }
    return (short)(events & wanted);
}

/* What is ready now. */
static int fake_look(const struct fake *fake, struct pollfd *fds, nfds_t count) {
    int ready = 0;
    for (nfds_t i = 0; i < count; i++) {
        if (fds[i].fd == fake->cli.device.fd) {
            fds[i].revents = fake_device_events(fake, fds[i].events);
        } else {
            fds[i].revents = 0;
            poll(&fds[i], 1, 0);
        }
        ready += fds[i].revents != 0;
    }
    return ready;
}

static uint64_t fake_next_due(const struct fake *fake) {
    uint64_t due = FAKE_NEVER;
    for (uint32_t id = 0; id < LV_MAX_ZONES; id++) {
        const struct fake_zone *zone = &fake->zones[id];
        if (zone->exists && zone->due_ms < due) {
            due = zone->due_ms;
        }
    }
    return due;
}

static int fake_poll(struct device *device, struct pollfd *fds, nfds_t count, int timeout_ms) {
    struct fake *fake = fake_of(device);
    uint64_t until = timeout_ms < 0 ? FAKE_NEVER : fake->now_ms + (uint64_t)timeout_ms;
    for (unsigned idle = 0;; idle++) {
        fake->polls++;
        if (fake->at_poll != NULL) {
            fake->at_poll(fake);
        }
        int ready = fake_look(fake, fds, count);
        if (ready != 0 || fake->now_ms >= until) {
            return ready;
        }
        uint64_t due = fake_next_due(fake);
        if (due == FAKE_NEVER && until == FAKE_NEVER && idle == FAKE_PATIENCE) {
            fail_msg("the command waits for ever; it printed:\n%s\n%s", fake->out, fake->err);
        }
        if (due < until || until != FAKE_NEVER) {
            fake->now_ms = due < until ? due : until;
        }
        fake_step(fake);
    }
}

static int fake_lock(struct device *device) {
    struct fake *fake = fake_of(device);
    if (fake->locked_until > fake->now_ms) {
        return -EWOULDBLOCK;
    }
    fake->holds = 1;
    if (fake->at_lock != NULL) {
        fake->at_lock(fake);
    }
    return 0;
}

static void fake_unlock(struct device *device) {
    struct fake *fake = fake_of(device);
    assert_int_equal(fake->holds, 1);
    fake->holds = 0;
}

static bool fake_holder(struct device *device, struct device_holder *holder) {
    if (fake_of(device)->locked_until == 0) {
        return false;
    }
    holder->pid = 4711;
    snprintf(holder->command, sizeof(holder->command), "loongvisor zone create big.json");
    return true;
}

static size_t fake_users(struct device *device, const struct lv_zone_config *config,
                         struct device_holder *users, size_t max) {
    const struct fake *fake = fake_of(device);
    size_t count = fake->num_users < max ? fake->num_users : max;
    for (size_t i = 0; i < count; i++) {
        users[i].pid = 100 + (int)i;
        snprintf(users[i].command, sizeof(users[i].command), "back-end zone %u", config->zone_id);
    }
    return count;
}

static uint64_t fake_now_ms(struct device *device) {
    return fake_of(device)->now_ms;
}

static const struct device_ops fake_ops = {
    .open = fake_open,
    .close = fake_close,
    .ioctl = fake_ioctl,
    .read = fake_read,
    .poll = fake_poll,
    .lock = fake_lock,
    .unlock = fake_unlock,
    .holder = fake_holder,
    .users = fake_users,
    .now_ms = fake_now_ms,
};

/* -- tests ------------------------------------------------------------------------------------ */

int fake_setup(void **state) {
    struct fake *fake = calloc(1, sizeof(*fake));
    if (fake == NULL) {
        return -1;
    }
    fake->now_ms = 5000;
    fake->log.kept = FAKE_STREAM;
    fake->info = (struct lv_machine_info){
        .abi = LV_HYPERCALL_ABI,
        .num_cpus = 8,
        .online_cpus = 0xff,
        .used_cpus = 0x3f,
        .hv_base = 0xa000000,
        .hv_size = 0x6000000,
        .pool_size = FAKE_POOL_SIZE,
        .pool_free = 0x40000000,
        .stage2_pages = 256,
        .stage2_pages_used = 12,
        .board = "qemu-virt",
        .version = "0.1.0",
    };
    snprintf(fake->kept, sizeof(fake->kept), "build/tools/test/kept-%d", getpid());
    fake->cli.kept = fake->kept;
    fake_add_root(fake);
    fake_add(fake, 1, "guest", LV_STATE_STOPPED);
    *state = fake;
    return 0;
}

static void fake_remove_kept(const struct fake *fake) {
    DIR *folder = opendir(fake->kept);
    const struct dirent *entry;
    while (folder != NULL && (entry = readdir(folder)) != NULL) {
        int at = dirfd(folder);
        if (at >= 0) {
            unlinkat(at, entry->d_name, 0);
        }
    }
    if (folder != NULL) {
        closedir(folder);
        rmdir(fake->kept);
    }
}

int fake_teardown(void **state) {
    struct fake *fake = *state;
    fake_remove_kept(fake);
    free(fake->out);
    free(fake->err);
    free(fake);
    return 0;
}

static void fake_begin_output(struct fake *fake) {
    free(fake->out);
    free(fake->err);
    fake->out = NULL;
    fake->err = NULL;
    fake->cli.out = open_memstream(&fake->out, &fake->out_size);
    fake->cli.err = open_memstream(&fake->err, &fake->err_size);
    assert_non_null(fake->cli.out);
    assert_non_null(fake->cli.err);
}

enum cli_status fake_run(struct fake *fake, const char *words) {
    char *argv[FAKE_WORDS] = {"loongvisor"};
    int argc = 1;
    char *line = strdup(words);
    char *rest = line;
    assert_non_null(line);
    for (char *word = strtok_r(rest, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest)) {
        assert_in_range(argc, 1, FAKE_WORDS - 2);
        argv[argc++] = word;
    }
    fake_begin_output(fake);
    fake->cli.device.ops = &fake_ops;
    enum cli_status status = cli_run(&fake->cli, argc, argv);
    fclose(fake->cli.out);
    fclose(fake->cli.err);
    free(line);
    assert_int_equal(fake->cli.device.fd, -1);
    return status;
}
