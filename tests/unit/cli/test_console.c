// SPDX-License-Identifier: GPL-2.0-or-later
/* The console on a terminal (a pty of its own) and on pipes. */
#include "fake.h"

#include <errno.h>
#include <fcntl.h>
#include <pty.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#define SCREEN_SIZE 262144u

/* What a test types, step by step: one text at each poll. */
struct script {
    int keyboard; /* the other side of the command's input */
    const char *const *steps;
    size_t next;
    size_t count;
};

struct terminal_fixture {
    struct fake *fake;
    int keyboard; /* what is written here is typed */
    int screen;   /* the command's output, a file */
    struct termios before;
    struct script script;
};

static int terminal_setup(void **state) {
    struct terminal_fixture *fixture = calloc(1, sizeof(*fixture));
    *state = fixture;
    if (fixture == NULL) {
        return -1;
    }
    void *fake = NULL;
    int inner;
    if (fake_setup(&fake) != 0 || openpty(&fixture->keyboard, &inner, NULL, NULL, NULL) != 0) {
        return -1;
    }
    fixture->fake = fake;
    fixture->screen = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, S_IRUSR | S_IWUSR);
    tcgetattr(inner, &fixture->before);
    fixture->fake->cli.input = inner;
    fixture->fake->cli.output = fixture->screen;
    fixture->fake->zones[1].summary.state = LV_STATE_RUNNING;
    return fixture->screen < 0 ? -1 : 0;
}

static int terminal_teardown(void **state) {
    struct terminal_fixture *fixture = *state;
    void *fake = fixture->fake;
    close(fixture->fake->cli.input);
    close(fixture->keyboard);
    close(fixture->screen);
    fake_teardown(&fake);
    free(fixture);
    return 0;
}

static void type_next(struct fake *fake) {
    struct script *script = fake->context;
    if (script->next < script->count) {
        const char *step = script->steps[script->next++];
        assert_int_equal(write(script->keyboard, step, strlen(step)), strlen(step));
    }
}

/* Runs a command line with these steps typed. */
static enum cli_status run_typing(struct terminal_fixture *fixture, const char *words,
                                  const char *const *steps, size_t count) {
    fixture->script =
        (struct script){.keyboard = fixture->keyboard, .steps = steps, .count = count};
    fixture->fake->context = &fixture->script;
    fixture->fake->at_poll = type_next;
    return fake_run(fixture->fake, words);
}

#define RUN_TYPING(fixture, words, ...)                                                            \
    run_typing(fixture, words, (const char *const[]){__VA_ARGS__},                                 \
               sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

/* Everything that the command showed. */
static const char *screen_text(const struct terminal_fixture *fixture) {
    static char text[SCREEN_SIZE];
    ssize_t size = pread(fixture->screen, text, sizeof(text) - 1, 0);
    assert_true(size >= 0);
    text[size] = '\0';
    return text;
}

static void assert_terminal_is_as_before(const struct terminal_fixture *fixture) {
    struct termios now;
    assert_int_equal(tcgetattr(fixture->fake->cli.input, &now), 0);
    assert_int_equal(now.c_iflag, fixture->before.c_iflag);
    assert_int_equal(now.c_oflag, fixture->before.c_oflag);
    assert_int_equal(now.c_cflag, fixture->before.c_cflag);
    assert_int_equal(now.c_lflag, fixture->before.c_lflag);
}

static void assert_typed(const struct terminal_fixture *fixture, const char *text) {
    const struct fake_zone *zone = &fixture->fake->zones[1];
    assert_int_equal(zone->num_typed, strlen(text));
    assert_memory_equal(zone->typed, text, zone->num_typed);
}

static void it_shows_what_was_printed_before(void **state) {
    struct terminal_fixture *fixture = *state;
    fake_print(fixture->fake, 1, "hello from before\r\nlogin: ");
    assert_int_equal(RUN_TYPING(fixture, "console guest", "", "\x1d"), CLI_OK);
    assert_string_equal(screen_text(fixture), "hello from before\r\nlogin: ");
    assert_contains(fixture->fake->err, "connected; Ctrl-] leaves");
    assert_terminal_is_as_before(fixture);
}

static void it_leaves_out_what_was_printed_before(void **state) {
    struct terminal_fixture *fixture = *state;
    fake_print(fixture->fake, 1, "hello from before\r\n");
    assert_int_equal(RUN_TYPING(fixture, "console --no-scrollback guest", "", "\x1d"), CLI_OK);
    assert_string_equal(screen_text(fixture), "");
}

static void keys_reach_the_zone_and_the_escape_key_does_not(void **state) {
    struct terminal_fixture *fixture = *state;
    assert_int_equal(RUN_TYPING(fixture, "console guest", "ls\r", "\x03\x04\x1a", "end\x1d not"),
                     CLI_OK);
    assert_typed(fixture, "ls\r\x03\x04\x1a"
                          "end");
    assert_contains(fixture->fake->err, "left; it goes on");
}

static void another_escape_key(void **state) {
    struct terminal_fixture *fixture = *state;
    assert_int_equal(RUN_TYPING(fixture, "console --escape ^a guest", "\x1d", "\x01"), CLI_OK);
    assert_typed(fixture, "\x1d");
    assert_contains(fixture->fake->err, "Ctrl-A leaves");
}

static void no_keys_are_lost_when_the_zone_is_slow(void **state) {
    struct terminal_fixture *fixture = *state;
    fixture->fake->zones[1].room = 3;
    assert_int_equal(RUN_TYPING(fixture, "console guest", "0123456789abcdef", "", "", "", "", "",
                                "", "", "", "", "\x1d"),
                     CLI_OK);
    assert_typed(fixture, "0123456789abcdef");
}

/* More keys than the command keeps, for a zone that takes none for a while. */
static void take_keys_at_poll(struct fake *fake) {
    type_next(fake);
    fake->zones[1].room = fake->polls > 10 ? 100 : 0;
}

static void keys_wait_for_the_zone(void **state) {
    struct terminal_fixture *fixture = *state;
    char text[1501];
    for (size_t i = 0; i + 1 < sizeof(text); i++) {
        text[i] = (char)('a' + i % 23);
    }
    text[sizeof(text) - 1] = '\0';
    const char *steps[60] = {text};
    for (size_t i = 1; i < 60; i++) {
        steps[i] = i == 59 ? "\x1d" : "";
    }
    fixture->script = (struct script){.keyboard = fixture->keyboard, .steps = steps, .count = 60};
    fixture->fake->context = &fixture->script;
    fixture->fake->at_poll = take_keys_at_poll;
    assert_int_equal(fake_run(fixture->fake, "console guest"), CLI_OK);
    assert_typed(fixture, text);
}

static void print_at_poll(struct fake *fake) {
    struct script *script = fake->context;
    if (fake->polls == 3) {
        fake_print(fake, 1, "later");
    } else if (fake->polls == 8) {
        assert_int_equal(write(script->keyboard, "\x1d", 1), 1);
    }
}

static void it_shows_what_is_printed_later(void **state) {
    struct terminal_fixture *fixture = *state;
    fixture->script.keyboard = fixture->keyboard;
    fixture->fake->context = &fixture->script;
    fixture->fake->at_poll = print_at_poll;
    assert_int_equal(fake_run(fixture->fake, "console guest"), CLI_OK);
    assert_string_equal(screen_text(fixture), "later");
}

/* More than one piece, every byte of it, and no byte twice. */
static void long_output_is_whole(void **state) {
    struct terminal_fixture *fixture = *state;
    static char text[3 * LV_STREAM_BYTES + 100];
    for (size_t i = 0; i + 1 < sizeof(text); i++) {
        text[i] = (char)('a' + i % 23);
    }
    fake_print(fixture->fake, 1, text);
    assert_int_equal(RUN_TYPING(fixture, "console guest", "", "", "", "", "", "", "", "\x1d"),
                     CLI_OK);
    assert_string_equal(screen_text(fixture), text);
}

static void print_flood(struct fake *fake) {
    static char flood[2 * LV_STREAM_BYTES];
    memset(flood, 'x', sizeof(flood) - 1);
    fake_print(fake, 1, flood);
}

static void flood_at_poll(struct fake *fake) {
    struct script *script = fake->context;
    print_flood(fake);
    if (fake->polls == 20) {
        assert_int_equal(write(script->keyboard, "\x1d", 1), 1);
    }
}

/* A zone that prints faster than it is read: the escape key works, and the gap is told. */
static void a_flood_does_not_lock_the_keyboard(void **state) {
    struct terminal_fixture *fixture = *state;
    fixture->script.keyboard = fixture->keyboard;
    fixture->fake->zones[1].console.kept = LV_STREAM_BYTES;
    fixture->fake->context = &fixture->script;
    fixture->fake->at_poll = flood_at_poll;
    assert_int_equal(fake_run(fixture->fake, "console guest"), CLI_OK);
    assert_in_range(fixture->fake->polls, 20, 24);
    assert_contains(fixture->fake->err, "some of it is lost");
    assert_terminal_is_as_before(fixture);
}

static void stop_at_poll(struct fake *fake) {
    if (fake->polls == 3) {
        fake_become(fake, 1, LV_STATE_STOPPED, LV_REASON_POWEROFF);
    } else if (fake->polls == 6) {
        fake_become(fake, 1, LV_STATE_ABSENT, LV_REASON_COMMAND);
    }
}

static void it_tells_of_the_zones_state_and_ends_with_it(void **state) {
    struct terminal_fixture *fixture = *state;
    fixture->fake->at_poll = stop_at_poll;
    assert_int_equal(fake_run(fixture->fake, "console guest"), CLI_OK);
    assert_contains(fixture->fake->err, "\r\n[zone 1 (guest): STOPPED, reason: power-off]\r\n");
    assert_contains(fixture->fake->err, "[zone 1 (guest): destroyed]");
    assert_terminal_is_as_before(fixture);
}

static void an_error_leaves_the_terminal_sane(void **state) {
    struct terminal_fixture *fixture = *state;
    fixture->fake->fail_request = LV_IOCTL_CONSOLE_WRITE;
    fixture->fake->fail_error = EFAULT;
    fixture->fake->fail_times = 1;
    assert_int_equal(RUN_TYPING(fixture, "console guest", "x"), CLI_FAILED);
    assert_contains(fixture->fake->err, "console of zone 1 (guest): type:");
    assert_terminal_is_as_before(fixture);
}

static void a_wrong_length_is_no_read_beyond_the_buffer(void **state) {
    struct terminal_fixture *fixture = *state;
    fixture->fake->stream_length = FAKE_STRAY_LENGTH;
    assert_int_equal(fake_run(fixture->fake, "console guest"), CLI_FAILED);
    assert_string_equal(screen_text(fixture), "");
    assert_terminal_is_as_before(fixture);
}

static void no_such_zone(void **state) {
    struct terminal_fixture *fixture = *state;
    assert_int_equal(fake_run(fixture->fake, "console nobody"), CLI_FAILED);
    assert_contains(fixture->fake->err, "no zone is called 'nobody'");
}

static void use_input(struct terminal_fixture *fixture, const char *text) {
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], text, strlen(text)), strlen(text));
    close(ends[1]);
    close(fixture->fake->cli.input);
    fixture->fake->cli.input = ends[0];
}

/* A zone that prints faster than it is read holds no one whose input has ended. */
static void flood_till_it_should_end(struct fake *fake) {
    assert_in_range(fake->polls, 1, 20);
    print_flood(fake);
}

static void it_ends_with_its_input_in_a_flood(void **state) {
    struct terminal_fixture *fixture = *state;
    fixture->fake->zones[1].console.kept = LV_STREAM_BYTES;
    fixture->fake->at_poll = flood_till_it_should_end;
    use_input(fixture, "");
    assert_int_equal(fake_run(fixture->fake, "console guest"), CLI_OK);
}

/* From a pipe: keys are typed, what was printed so far is shown, and it ends by itself. */
static void it_ends_with_its_input(void **state) {
    struct terminal_fixture *fixture = *state;
    fake_print(fixture->fake, 1, "printed so far\n");
    use_input(fixture, "echo\r");
    assert_int_equal(fake_run(fixture->fake, "console guest"), CLI_OK);
    assert_typed(fixture, "echo\r");
    assert_string_equal(screen_text(fixture), "printed so far\n");
    assert_string_equal(fixture->fake->err, "");
}

/* They would be gone when it starts, with a status of 0. */
static void input_for_a_zone_that_does_not_run_is_refused(void **state) {
    static const uint32_t states[] = {LV_STATE_CREATED, LV_STATE_STOPPED, LV_STATE_FAILED};
    struct terminal_fixture *fixture = *state;
    for (size_t i = 0; i < 3; i++) {
        fixture->fake->zones[1].summary.state = states[i];
        use_input(fixture, "echo\r");
        assert_int_equal(fake_run(fixture->fake, "console guest"), CLI_FAILED);
        assert_contains(fixture->fake->err, "and takes no input; start it first (loongvisor zone "
                                            "start guest)");
        assert_typed(fixture, "");
    }
}

/* What it printed can be read all the same. */
static void a_zone_that_does_not_run_can_be_read(void **state) {
    struct terminal_fixture *fixture = *state;
    fixture->fake->zones[1].summary.state = LV_STATE_STOPPED;
    fake_print(fixture->fake, 1, "printed before\n");
    use_input(fixture, "");
    assert_int_equal(fake_run(fixture->fake, "console guest"), CLI_OK);
    assert_string_equal(screen_text(fixture), "printed before\n");
}

static void input_waits_for_a_zone_that_starts(void **state) {
    struct terminal_fixture *fixture = *state;
    struct fake_zone *zone = &fixture->fake->zones[1];
    zone->summary.state = LV_STATE_STARTING;
    zone->due_ms = fixture->fake->now_ms + 500;
    zone->next = LV_STATE_RUNNING;
    use_input(fixture, "echo\r");
    assert_int_equal(fake_run(fixture->fake, "console guest"), CLI_OK);
    assert_typed(fixture, "echo\r");
}

static void a_terminal_is_told_that_keys_go_nowhere(void **state) {
    struct terminal_fixture *fixture = *state;
    fixture->fake->zones[1].summary.state = LV_STATE_STOPPED;
    assert_int_equal(RUN_TYPING(fixture, "console guest", "a", "b", "\x1d"), CLI_OK);
    assert_contains(fixture->fake->err, "[zone 1 (guest): STOPPED, it takes no keys]");
    assert_null(strstr(strstr(fixture->fake->err, "no keys") + 1, "no keys"));
    assert_typed(fixture, "");
}

/* A guest that does not read. */
static void keys_that_wait_are_told_of(void **state) {
    struct terminal_fixture *fixture = *state;
    uint64_t begun = fixture->fake->now_ms;
    fixture->fake->zones[1].room = 0;
    use_input(fixture, "echo\r");
    assert_int_equal(fake_run(fixture->fake, "console --timeout 15 guest"), CLI_FAILED);
    assert_in_range(fixture->fake->now_ms - begun, 15000, 15100);
    assert_contains(fixture->fake->err, "has taken no keys for 2 s, RUNNING]");
    assert_contains(fixture->fake->err, "has taken no keys for 12 s, RUNNING]");
    assert_contains(fixture->fake->err,
                    "the time is over, and the zone, RUNNING, has not taken all "
                    "of the input");
}

static void the_time_ends_a_console_without_keys(void **state) {
    struct terminal_fixture *fixture = *state;
    uint64_t begun = fixture->fake->now_ms;
    fake_print(fixture->fake, 1, "hello");
    assert_int_equal(fake_run(fixture->fake, "console --timeout 3 guest"), CLI_OK);
    assert_int_equal(fixture->fake->now_ms - begun, 3000);
}

static void a_silent_zone_has_a_hint(void **state) {
    struct terminal_fixture *fixture = *state;
    assert_int_equal(fake_run(fixture->fake, "console --timeout 9 guest"), CLI_OK);
    assert_lacks(fixture->fake->err, "nothing");
    assert_int_equal(fake_run(fixture->fake, "console --timeout 30 guest"), CLI_OK);
    assert_contains(fixture->fake->err, "it has printed nothing so far; is there a console=");
    fake_print(fixture->fake, 1, "hello");
    assert_int_equal(fake_run(fixture->fake, "console --timeout 30 guest"), CLI_OK);
    assert_lacks(fixture->fake->err, "nothing");
}

static void it_can_pass_every_byte(void **state) {
    struct terminal_fixture *fixture = *state;
    use_input(fixture, "\x1d\x01~.");
    assert_int_equal(fake_run(fixture->fake, "console --escape none guest"), CLI_OK);
    assert_typed(fixture, "\x1d\x01~.");
}

static void a_stream_that_begins_anew_is_read_from_there(void **state) {
    struct terminal_fixture *fixture = *state;
    struct fake_zone *zone = &fixture->fake->zones[1];
    fake_print(fixture->fake, 1, "first life\n");
    use_input(fixture, "");
    assert_int_equal(fake_run(fixture->fake, "console guest"), CLI_OK);
    zone->console.written = 0;
    fake_print(fixture->fake, 1, "second\n");
    assert_int_equal(fake_run(fixture->fake, "console guest"), CLI_OK);
    assert_string_equal(screen_text(fixture), "first life\nsecond\n");
}

static void kill_at_poll(struct fake *fake) {
    const int *number = fake->context;
    if (fake->polls == 4) {
        raise(*number);
    }
}

/* Runs the console in a process of its own and has a signal end it there. */
static void die_in_console(struct terminal_fixture *fixture, int number) {
    pid_t child = fork();
    assert_int_not_equal(child, -1);
    if (child == 0) {
        fixture->fake->at_poll = kill_at_poll;
        fixture->fake->context = &number;
        signal(number, SIG_DFL);
        fake_run(fixture->fake, "console guest");
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), number);
    assert_terminal_is_as_before(fixture);
}

static void every_signal_leaves_the_terminal_sane(void **state) {
    static const int numbers[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGABRT, SIGSEGV, SIGPIPE};
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        die_in_console(*state, numbers[i]);
    }
}

static void exit_at_poll(struct fake *fake) {
    if (fake->polls == 4) {
        exit(*(const int *)fake->context);
    }
}

static void exit_leaves_the_terminal_sane(void **state) {
    struct terminal_fixture *fixture = *state;
    int wanted = 7;
    pid_t child = fork();
    assert_int_not_equal(child, -1);
    if (child == 0) {
        fixture->fake->at_poll = exit_at_poll;
        fixture->fake->context = &wanted;
        fake_run(fixture->fake, "console guest");
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), wanted);
    assert_terminal_is_as_before(fixture);
}

static void look_raw_at_poll(struct fake *fake) {
    struct script *script = fake->context;
    struct termios now;
    assert_int_equal(tcgetattr(fake->cli.input, &now), 0);
    assert_int_equal(now.c_lflag & (ICANON | ECHO | ISIG), 0);
    assert_int_equal(write(script->keyboard, "\x1d", 1), 1);
}

static void the_terminal_is_raw_meanwhile(void **state) {
    struct terminal_fixture *fixture = *state;
    fixture->script.keyboard = fixture->keyboard;
    fixture->fake->context = &fixture->script;
    fixture->fake->at_poll = look_raw_at_poll;
    assert_int_equal(fake_run(fixture->fake, "console guest"), CLI_OK);
    assert_terminal_is_as_before(fixture);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, terminal_setup, terminal_teardown)
    const struct CMUnitTest tests[] = {
        TEST(it_shows_what_was_printed_before),
        TEST(it_leaves_out_what_was_printed_before),
        TEST(keys_reach_the_zone_and_the_escape_key_does_not),
        TEST(another_escape_key),
        TEST(no_keys_are_lost_when_the_zone_is_slow),
        TEST(keys_wait_for_the_zone),
        TEST(it_shows_what_is_printed_later),
        TEST(long_output_is_whole),
        TEST(a_flood_does_not_lock_the_keyboard),
        TEST(it_tells_of_the_zones_state_and_ends_with_it),
        TEST(an_error_leaves_the_terminal_sane),
        TEST(a_wrong_length_is_no_read_beyond_the_buffer),
        TEST(no_such_zone),
        TEST(it_ends_with_its_input),
        TEST(it_ends_with_its_input_in_a_flood),
        TEST(input_for_a_zone_that_does_not_run_is_refused),
        TEST(a_zone_that_does_not_run_can_be_read),
        TEST(input_waits_for_a_zone_that_starts),
        TEST(a_terminal_is_told_that_keys_go_nowhere),
        TEST(keys_that_wait_are_told_of),
        TEST(the_time_ends_a_console_without_keys),
        TEST(a_silent_zone_has_a_hint),
        TEST(it_can_pass_every_byte),
        TEST(a_stream_that_begins_anew_is_read_from_there),
        TEST(every_signal_leaves_the_terminal_sane),
        TEST(exit_leaves_the_terminal_sane),
        TEST(the_terminal_is_raw_meanwhile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
