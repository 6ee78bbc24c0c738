// SPDX-License-Identifier: GPL-2.0-or-later
#include "support.h"

#include "lib/descriptors.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

/* Bits of the child's answer; the sanitizers must not print, as there is nowhere to. */
enum {
    CHILD_REFUSED = 1,
    CHILD_NEXT_IS_STANDARD = 2,
    CHILD_INPUT_HAS_NO_END = 4,
    CHILD_OUTPUT_WRITES = 8,
    CHILD_OPEN_ONE_CHANGED = 16,
};

/* Closes the standard descriptors in `closed` (bit n: number n) and says what is wrong then. */
static int child_run(unsigned closed) {
    int answer = 0;
    int open_one = closed & 1 ? -1 : STDIN_FILENO;
    int before = open_one < 0 ? 0 : fcntl(open_one, F_GETFL);
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (closed >> fd & 1) {
            close(fd);
        }
    }
    answer |= descriptors_reserve_standard() ? 0 : CHILD_REFUSED;
    int next = open("/dev/null", O_RDWR);
    answer |= next <= STDERR_FILENO ? CHILD_NEXT_IS_STANDARD : 0;
    char byte = 0;
    if (closed & 1) {
        answer |= read(STDIN_FILENO, &byte, 1) == 0 ? 0 : CHILD_INPUT_HAS_NO_END;
    }
    for (int fd = STDOUT_FILENO; fd <= STDERR_FILENO; fd++) {
        if (closed >> fd & 1) {
            answer |= write(fd, &byte, 1) == -1 && errno == EBADF ? 0 : CHILD_OUTPUT_WRITES;
        }
    }
    if (open_one >= 0) {
        answer |= fcntl(open_one, F_GETFL) == before ? 0 : CHILD_OPEN_ONE_CHANGED;
    }
    return answer;
}

static void test_closed_ones_are_reserved(void **state) {
    (void)state;
    for (unsigned closed = 0; closed < 8; closed++) {
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            _exit(child_run(closed));
        }
        int status;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 0);
    }
}

static void test_no_descriptor_is_left_over(void **state) {
    (void)state;
    int before = open("/dev/null", O_RDONLY);
    close(before);
    assert_true(descriptors_reserve_standard());
    int after = open("/dev/null", O_RDONLY);
    close(after);
    assert_int_equal(after, before);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_closed_ones_are_reserved),
        cmocka_unit_test(test_no_descriptor_is_left_over),
    };
    return cmocka_run_group_tests_name("tools: descriptors", tests, NULL, NULL);
}
