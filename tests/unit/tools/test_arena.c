// SPDX-License-Identifier: GPL-2.0-or-later
#include "support.h"

#include "lib/arena.h"

/* What is left is found and freed with the arena: the sanitizers see a leak, or a use after it. */
static void test_release(void **state) {
    struct context *context = *state;
    struct arena *arena = &context->arena;
    char *memory[4];
    for (size_t i = 0; i < ARRAY_SIZE(memory); i++) {
        memory[i] = arena_copy_text(arena, "text", 4);
    }
    static const char foreign[] = "not the arena's";
    arena_release(arena, foreign);
    arena_release(arena, NULL);
    arena_release(arena, memory[3]);
    arena_release(arena, memory[1]);
    assert_string_equal(memory[0], "text");
    assert_string_equal(memory[2], "text");
    arena_release(arena, memory[2]);
    arena_release(arena, memory[0]);
    assert_null(arena->chunks);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_release, context_setup, context_teardown),
    };
    return cmocka_run_group_tests_name("tools: arena", tests, NULL, NULL);
}
