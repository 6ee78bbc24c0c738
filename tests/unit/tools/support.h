/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the tests of the tools share: a good board and good zones as text, and changes to them. */
#ifndef TEST_TOOLS_SUPPORT_H
#define TEST_TOOLS_SUPPORT_H

/* cmocka.h wants these four before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lib/array.h"
#include "lib/configuration.h"

#include <string.h>

/* A change to a text: the first `from` becomes `to`. */
struct change {
    const char *from;
    const char *to;
};

/* Everything a test allocates is in `arena`. */
struct context {
    struct arena arena;
    struct report report;
};

/* cmocka set-up and tear-down of a struct context. */
int context_setup(void **state);
int context_teardown(void **state);

/* Text of a board, of a root zone and of a second zone, all good. */
extern const char good_board[];
extern const char good_root[];
extern const char good_guest[];

/* `text` with the change; fails the test when `from` isn't in it. A change without `from` changes
 * nothing. */
const char *text_change(struct context *context, const char *text, struct change change);

/* Parses a text that must be JSON. */
const struct json_node *text_parse(struct context *context, const char *file, const char *text);

/* Fails the test unless one of the report's lines is, or begins with, `line`. */
void assert_reported(struct context *context, const char *line);

/* Fails the test and prints the report when it has an error. */
void assert_no_error(struct context *context);

/* A fresh folder under the build's test folder; the path is in the arena. */
const char *folder_make(struct context *context);

/* Writes a file into the folder and returns its path. */
const char *folder_write(struct context *context, const char *folder, const char *name,
                         const void *bytes, size_t size);

/* Removes a folder with what is in it. */
void folder_remove(const char *folder);

#endif
