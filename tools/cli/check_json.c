// SPDX-License-Identifier: GPL-2.0-or-later
#include "check.h"

#include "lib/json_out.h"
#include "lib/text.h"

#include <jansson.h>

static json_t *check_json_entry(struct arena *arena, const struct report_entry *entry) {
    const struct place *place = &entry->place;
    return json_pack("{s:s, s:s?, s:i, s:s?, s:s?, s:s, s:s}", "severity",
                     entry->is_error ? "error" : "warning", "file", text_utf8(arena, place->file),
                     "line", (int)place->line, "field", text_utf8(arena, place->field), "value",
                     text_utf8(arena, place->value), "problem", text_utf8(arena, entry->problem),
                     "remedy", text_utf8(arena, entry->remedy));
}

void check_print_json(struct cli *cli, bool good) {
    json_t *problems = json_array();
    for (const struct report_entry *entry = cli->report.first; entry; entry = entry->next) {
        json_out_append(problems, check_json_entry(&cli->arena, entry));
    }
    json_out_print(cli->out, json_pack("{s:b, s:i, s:i, s:o}", "good", (int)good, "errors",
                                       (int)cli->report.errors, "warnings",
                                       (int)cli->report.warnings, "problems", problems));
}
