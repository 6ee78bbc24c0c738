// SPDX-License-Identifier: GPL-2.0-or-later
#include "notice.h"

#include <stddef.h>
#include <string.h>

/* More than the last line of a panic has. */
#define NOTICE_TAIL   512u
#define NOTICE_NS_MS  1000000u
#define NOTICE_CUT(c) ((c) == '\r' || (c) == '\n')

/* kernel/panic.c prints this last, and nothing is printed after it. */
static const char notice_panic[] = "---[ end Kernel panic - not syncing";

static const struct {
    const char *word;
    const char *advice;
} notices[] = {
    [NOTICE_CRASH] = {"crashed", "its kernel says that it has crashed; its console may say why; "
                                 "zone restart starts it again"},
    [NOTICE_HALT] = {"halted", "a vCPU waits with no interrupt enabled, which nothing ends; zone "
                               "restart starts it again"},
    [NOTICE_PANIC] = {"kernel panic", "the last line of its console is that of a kernel panic; "
                                      "zone restart starts it again; panic=5 in kernel_args would "
                                      "have it reboot by itself"},
    [NOTICE_SILENT] = {"silent", "it has printed nothing so far; is there a console= in its "
                                 "kernel_args? earlycon shows what comes before; zone show "
                                 "--where tells where it is"},
};

const char *notice_word(enum notice notice) {
    return notices[notice].word;
}

const char *notice_advice(enum notice notice) {
    return notices[notice].advice;
}

/* Whether the text ends with a line that begins so, behind the kernel's time stamp if it has one.
 */
static bool notice_last_line_is(const char *text, size_t length, const char *wanted) {
    while (length > 0 && NOTICE_CUT(text[length - 1])) {
        length--;
    }
    size_t begin = length;
    while (begin > 0 && !NOTICE_CUT(text[begin - 1])) {
        begin--;
    }
    const char *stamp = memchr(text + begin, ']', length - begin);
    if (begin < length && text[begin] == '[' && stamp != NULL) {
        begin = (size_t)(stamp - text) + 2;
    }
    size_t size = strlen(wanted);
    return begin + size <= length && memcmp(text + begin, wanted, size) == 0;
}

static enum notice notice_of_console(struct cli *cli, const struct lv_zone_summary *zone) {
    struct lv_stream stream = {.position = UINT64_MAX};
    if (hv_read_stream(cli, LV_IOCTL_CONSOLE_READ, zone->zone_id, &stream) < 0) {
        return NOTICE_NONE;
    }
    if (stream.end == 0) {
        return zone->run_ns / NOTICE_NS_MS >= NOTICE_SILENCE_MS ? NOTICE_SILENT : NOTICE_NONE;
    }
    stream.position = stream.end > NOTICE_TAIL ? stream.end - NOTICE_TAIL : 0;
    if (hv_read_stream(cli, LV_IOCTL_CONSOLE_READ, zone->zone_id, &stream) < 0) {
        return NOTICE_NONE;
    }
    return notice_last_line_is((const char *)stream.data, stream.length, notice_panic)
               ? NOTICE_PANIC
               : NOTICE_NONE;
}

enum notice notice_of(struct cli *cli, const struct lv_zone_summary *zone) {
    if (zone->state != LV_STATE_RUNNING || (zone->flags & LV_ZONE_ROOT) != 0) {
        return NOTICE_NONE;
    }
    if (zone->reason == LV_REASON_CRASH) {
        return NOTICE_CRASH;
    }
    return zone->reason == LV_REASON_HALT ? NOTICE_HALT : notice_of_console(cli, zone);
}
