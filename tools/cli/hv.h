/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The hypervisor's answers, checked: whatever it says, names end, counts are within their arrays
 * and streams go forward. Functions that return bool have complained when it is false.
 */
#ifndef CLI_HV_H
#define CLI_HV_H

#include "cli.h"

#include <loongvisor/driver.h>

struct hv_zones {
    struct lv_zone_summary zones[LV_MAX_ZONES]; /* by id */
    size_t count;
};

/* Opens the device and checks that the hypervisor speaks our language. */
bool hv_open(struct cli *cli);

/* Closes it, if it is open. */
void hv_close(struct cli *cli);

bool hv_info(struct cli *cli, struct lv_machine_info *info);

bool hv_list(struct cli *cli, struct hv_zones *zones);

/* The zone with this id, or NULL. */
const struct lv_zone_summary *hv_zone(const struct hv_zones *zones, uint32_t zone_id);

/* The zone that `text` names: its id if it is a number, else its name. NULL: there is none. */
const struct lv_zone_summary *hv_lookup(const struct hv_zones *zones, const char *text);

/* Lists and looks up; complains when there is no such zone. */
bool hv_find(struct cli *cli, const char *text, struct lv_zone_summary *zone);

bool hv_config(struct cli *cli, const struct lv_zone_summary *zone, struct lv_zone_config *config);
bool hv_status(struct cli *cli, const struct lv_zone_summary *zone, struct lv_zone_status *status);
bool hv_stats(struct cli *cli, const struct lv_zone_summary *zone, struct lv_zone_info_page *page);

/*
 * LV_IOCTL_START to LV_IOCTL_RESUME, but not DESTROY. `doing` is for the message: "start". Result:
 * 0, or -errno after complaining, but for `quiet` (an errno, 0: none), which the caller expects.
 */
int hv_command(struct cli *cli, unsigned long request, const char *doing,
               const struct lv_zone_summary *zone, uint32_t argument, int quiet);

/*
 * LV_IOCTL_DESTROY. Waits a moment for I/O in the zone's memory to end. *result: 0, or -EBADFD if
 * the zone is in no state for it; false: another error, complained.
 */
bool hv_destroy(struct cli *cli, const struct lv_zone_summary *zone, int *result);

/*
 * Why EBUSY: the processes that have the memory of a zone of this configuration open, as /proc
 * tells. NULL: none has.
 */
const char *hv_busy(struct cli *cli, const struct lv_zone_config *config);

/*
 * From here to hv_unlock() no other `loongvisor` plans and makes zones: two would choose the same
 * memory. Waits for one that does, until deadline_ms of our clock, and says for whom once it has
 * taken two seconds; false: complained.
 */
bool hv_lock(struct cli *cli, uint64_t deadline_ms);
void hv_unlock(struct cli *cli);

/* The time by our clock. */
uint64_t hv_now(struct cli *cli);

/* The last states of the zones that have or had this id: 0, or -errno. */
int hv_history(struct cli *cli, uint32_t zone_id, struct lv_history *history);

/*
 * LV_IOCTL_LOAD and LV_IOCTL_CREATE: 0, or -errno; the caller complains. *refusal and *index are
 * the hypervisor's, or 0. CREATE waits a moment for I/O in the memory to end.
 */
int hv_load(struct cli *cli, const struct lv_ioctl_load *load);
int hv_create(struct cli *cli, const struct lv_zone_config *config, uint32_t *refusal,
              uint32_t *index);

/*
 * Reads a stream from stream->position on: the log (LV_IOCTL_LOG) or the console of a zone
 * (LV_IOCTL_CONSOLE_READ). A stream that has begun again is read from its beginning. 0, or -errno:
 * the caller complains.
 */
int hv_read_stream(struct cli *cli, unsigned long request, uint32_t zone_id,
                   struct lv_stream *stream);

/* Types into a zone's console: bytes taken (maybe 0), or -errno. */
int hv_type(struct cli *cli, uint32_t zone_id, const uint8_t *bytes, size_t count);

/* What has grown since the last call: 0, or -errno. */
int hv_grown(struct cli *cli, struct lv_ioctl_grown *grown);

/* Reads waiting events, at most `max`: how many, 0: none, or -errno. */
int hv_events(struct cli *cli, struct lv_event *events, size_t max);

/* The problem and the remedy that an error number of the interface stands for. */
const char *hv_error(int error);

#endif
