// SPDX-License-Identifier: GPL-2.0-or-later
/* boot/relocate.c: the tables that a linker may write, over an image whose other words must stay.
 */
#include <boot/start.h>
#include <lib/bits.h>
#include <string.h>
#include <support.h>

#define WORDS 200u

static uint64_t image[WORDS];
static bool holds_address[WORDS];

/* The table is for an image at 0; here it lies where C put it, and so that is its base. */
static void image_relocate(const uint64_t *table, size_t count) {
    for (unsigned i = 0; i < WORDS; i++) {
        image[i] = i;
    }
    relocate(table, table + count, (uint64_t)(uintptr_t)image);
    for (unsigned i = 0; i < WORDS; i++) {
        assert_int_equal(image[i], i + (holds_address[i] ? (uint64_t)(uintptr_t)image : 0));
    }
}

static void mark(unsigned word) {
    holds_address[word] = true;
}

static int fresh(void **state) {
    (void)state;
    memset(holds_address, 0, sizeof(holds_address));
    return 0;
}

static void empty_table_changes_nothing(void **state) {
    static const uint64_t nothing[1] = {0};

    (void)state;
    image_relocate(nothing, 0);
}

static void words_one_by_one(void **state) {
    static const uint64_t table[] = {0, 5 * 8, 199 * 8};

    (void)state;
    mark(0);
    mark(5);
    mark(199);
    image_relocate(table, ARRAY_SIZE(table));
}

/* Bit n of a bitmap (n > 0) is the n-th word behind the last one that was named. */
static void bitmaps_go_on_where_the_last_entry_ended(void **state) {
    static const uint64_t table[] = {2 * 8, BIT(0) | BIT(1) | BIT(63), BIT(0) | BIT(2), 150 * 8,
                                     BIT(0) | BIT(3)};

    (void)state;
    mark(2);
    mark(3);
    mark(3 + 62);
    mark(3 + 63 + 1);
    mark(150);
    mark(153);
    image_relocate(table, ARRAY_SIZE(table));
}

static void empty_bitmaps_are_skipped_words(void **state) {
    static const uint64_t table[] = {0, BIT(0), BIT(0) | BIT(1)};

    (void)state;
    mark(0);
    mark(1 + 63);
    image_relocate(table, ARRAY_SIZE(table));
}

int test_relocate(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(empty_table_changes_nothing, fresh),
        cmocka_unit_test_setup(words_one_by_one, fresh),
        cmocka_unit_test_setup(bitmaps_go_on_where_the_last_entry_ended, fresh),
        cmocka_unit_test_setup(empty_bitmaps_are_skipped_words, fresh),
    };

    return cmocka_run_group_tests_name("relocation", tests, NULL, NULL);
}
