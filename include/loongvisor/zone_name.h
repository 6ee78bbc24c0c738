/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/*
 * What a zone may be called. The command line takes a number, an option, a path and a zone file
 * where it takes a zone: a name is none of these.
 */
#ifndef LOONGVISOR_ZONE_NAME_H
#define LOONGVISOR_ZONE_NAME_H

#include <loongvisor/zone_config.h>
#include <stdbool.h>

static inline bool lv_name_has_letter_at(const char *name, unsigned at) {
    char lower = (char)(name[at] | 0x20);

    return (lower >= 'a' && lower <= 'z') || name[at] == '_';
}

static inline bool lv_name_ends_like_file(const char *name, unsigned length) {
    static const char suffix[] = {'.', 'j', 's', 'o', 'n'};
    unsigned same = 0;

    while (same < sizeof(suffix) && same < length &&
           name[length - 1 - same] == suffix[sizeof(suffix) - 1 - same]) {
        same++;
    }
    return same == sizeof(suffix);
}

/*
 * True for 1 to LV_NAME_SIZE - 1 letters, digits, '-', '_' and '.', not all of them digits, '-' and
 * '.', that neither begin with '-' or '.' nor end in ".json". At most LV_NAME_SIZE bytes are read.
 */
static inline bool lv_name_is_good(const char *name) {
    bool is_word = false;
    unsigned length = 0;

    for (; length < LV_NAME_SIZE && name[length] != '\0'; length++) {
        char c = name[length];
        bool letter = lv_name_has_letter_at(name, length);

        if (!letter && (c < '0' || c > '9') && (length == 0 || (c != '-' && c != '.'))) {
            return false;
        }
        is_word = is_word || letter;
    }
    return is_word && length < LV_NAME_SIZE && !lv_name_ends_like_file(name, length);
}

#endif
