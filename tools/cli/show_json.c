// SPDX-License-Identifier: GPL-2.0-or-later
#include "show.h"

#include "lib/format.h"
#include "lib/json_out.h"
#include "lib/zone_output.h"
#include "notice.h"
#include "words.h"

#include <jansson.h>

json_t *show_json_summary(struct cli *cli, const struct lv_zone_summary *zone) {
    return json_pack("{s:i, s:s, s:s, s:s, s:s?, s:i, s:o, s:i, s:o, s:f, s:b}", "zone_id",
                     (int)zone->zone_id, "name", zone->name, "state", words_state(zone->state),
                     "reason", words_reason(zone->reason), "notice",
                     notice_word(notice_of(cli, zone)), "starts", (int)zone->starts, "cpus",
                     json_out_bits(zone->cpus), "vcpus", (int)zone->num_vcpus, "ram",
                     json_out_count(zone->ram_size), "seconds", format_seconds(zone->run_ns),
                     "root", (int)((zone->flags & LV_ZONE_ROOT) != 0));
}

static json_t *show_json_registers(const struct lv_zone_failure *failure) {
    json_t *object = json_object();
    for (unsigned i = 0; i < 32; i++) {
        json_object_set_new(object, words_register(i), json_out_hex(failure->gpr[i]));
    }
    return object;
}

static json_t *show_json_exits(const struct lv_zone_failure *failure) {
    json_t *list = json_array();
    for (unsigned i = 0; i < LV_EXIT_RECORDS; i++) {
        const struct lv_exit_record *record = &failure->exits[i];
        if (record->ecode != UINT32_MAX) {
            json_out_append(list, json_pack("{s:o, s:s, s:o}", "pc", json_out_hex(record->pc),
                                            "exit", words_exception(record->ecode), "instruction",
                                            json_out_hex(record->word)));
        }
    }
    return list;
}

static json_t *show_json_failure(const struct lv_zone_failure *failure) {
    return json_pack(
        "{s:i, s:s, s:s, s:o, s:o, s:o, s:o, s:{s:o, s:o, s:o, s:o, s:o, s:o}, s:o, s:o}", "vcpu",
        (int)failure->vcpu, "exception", words_exception(failure->ecode), "cause",
        words_exception_meaning(failure->ecode), "pc", json_out_hex(failure->pc), "estat",
        json_out_hex(failure->estat), "badv", json_out_hex(failure->badv), "instruction",
        json_out_hex(failure->badi), "guest_csrs", "crmd", json_out_hex(failure->guest_crmd),
        "prmd", json_out_hex(failure->guest_prmd), "estat", json_out_hex(failure->guest_estat),
        "era", json_out_hex(failure->guest_era), "badv", json_out_hex(failure->guest_badv),
        "eentry", json_out_hex(failure->guest_eentry), "registers", show_json_registers(failure),
        "exits", show_json_exits(failure));
}

static json_t *show_json_where(const struct lv_zone_failure *where) {
    return json_pack("{s:i, s:o, s:o, s:o, s:o, s:o}", "vcpu", (int)where->vcpu, "pc",
                     json_out_hex(where->pc), "ra", json_out_hex(where->gpr[SHOW_RA]), "sp",
                     json_out_hex(where->gpr[SHOW_SP]), "crmd", json_out_hex(where->guest_crmd),
                     "exits", show_json_exits(where));
}

static json_t *show_json_history(const struct lv_history *history) {
    json_t *list = json_array();
    for (uint32_t i = 0; i < history->num_events; i++) {
        const struct lv_event *event = &history->events[i];
        json_out_append(
            list, json_pack("{s:f, s:s, s:s, s:o}", "time", format_seconds(event->time_ns), "state",
                            words_state(event->state), "reason", words_reason(event->reason),
                            "sequence", json_out_count(event->sequence)));
    }
    return list;
}

json_t *show_json(struct cli *cli, const struct show *show) {
    json_t *object = show_json_summary(cli, &show->zone);
    json_object_set_new(object, "configuration", zone_output_json(&show->config, &show->names));
    json_object_set_new(object, "failure",
                        show->has_failure ? show_json_failure(&show->status.failure) : json_null());
    json_object_set_new(object, "where",
                        show->has_where ? show_json_where(&show->status.failure) : json_null());
    json_object_set_new(object, "history", show_json_history(&show->history));
    return object;
}
