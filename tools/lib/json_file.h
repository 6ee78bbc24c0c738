/* SPDX-License-Identifier: GPL-2.0-or-later */
/* JSON from a file: boards and zones. */
#ifndef TOOLS_JSON_FILE_H
#define TOOLS_JSON_FILE_H

#include "json.h"

/* Reads one JSON object from the file at `path`; NULL when that fails (reported). The tree lives in
 * the report's arena, and `path` must outlive it. */
const struct json_node *json_read_file(struct report *report, const char *path);

#endif
