// SPDX-License-Identifier: GPL-2.0-or-later
#include "terminal.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

/* What ends a process, of what can be noticed. */
static const int terminal_signals[] = {SIGHUP,  SIGINT,  SIGQUIT, SIGILL,  SIGABRT, SIGBUS, SIGFPE,
                                       SIGSEGV, SIGPIPE, SIGALRM, SIGTERM, SIGUSR1, SIGUSR2};

#define TERMINAL_SIGNALS (sizeof(terminal_signals) / sizeof(terminal_signals[0]))

/* One process has one terminal; the signal handler has to find it. */
static struct {
    volatile sig_atomic_t raw;
    int fd;
    struct termios saved;
    struct termios raw_mode;
    struct sigaction before[TERMINAL_SIGNALS];
    struct sigaction before_stop;
} terminal;

/* TCSANOW: waiting for a stopped terminal to take its output would keep the process from ending. */
static void terminal_restore(void) {
    if (terminal.raw) {
        tcsetattr(terminal.fd, TCSANOW, &terminal.saved);
    }
}

/* SA_RESETHAND: the second signal has its default effect. */
static void terminal_die(int number) {
    terminal_restore();
    raise(number);
}

/* Stopped (kill -TSTP): the shell gets a sane terminal, and the zone its raw one afterwards. */
static void terminal_stop(int number) {
    int error = errno;
    (void)number;
    terminal_restore();
    raise(SIGSTOP);
    tcsetattr(terminal.fd, TCSANOW, &terminal.raw_mode);
    errno = error;
}

static void terminal_catch(void) {
    struct sigaction die = {.sa_handler = terminal_die, .sa_flags = (int)SA_RESETHAND};
    struct sigaction stop = {.sa_handler = terminal_stop, .sa_flags = SA_RESTART};
    for (size_t i = 0; i < TERMINAL_SIGNALS; i++) {
        sigaction(terminal_signals[i], &die, &terminal.before[i]);
    }
    sigaction(SIGTSTP, &stop, &terminal.before_stop);
}

static void terminal_release(void) {
    for (size_t i = 0; i < TERMINAL_SIGNALS; i++) {
        sigaction(terminal_signals[i], &terminal.before[i], NULL);
    }
    sigaction(SIGTSTP, &terminal.before_stop, NULL);
}

int terminal_enter(int fd) {
    static bool registered;
    if (!isatty(fd)) {
        return 0;
    }
    if (tcgetattr(fd, &terminal.saved) != 0) {
        return -errno;
    }
    terminal.fd = fd;
    terminal.raw_mode = terminal.saved;
    cfmakeraw(&terminal.raw_mode);
    terminal_catch();
    terminal.raw = 1;
    if (!registered) {
        registered = atexit(terminal_leave) == 0;
    }
    if (tcsetattr(fd, TCSANOW, &terminal.raw_mode) != 0) {
        int error = errno;
        terminal_leave();
        return -error;
    }
    return 0;
}

void terminal_leave(void) {
    if (terminal.raw) {
        terminal_restore();
        terminal.raw = 0;
        terminal_release();
    }
}
