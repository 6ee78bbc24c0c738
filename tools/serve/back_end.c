// SPDX-License-Identifier: GPL-2.0-or-later
#include "back_end.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAUSE_MS_MIN 100u
#define PAUSE_MS_MAX 5000u
/* Between the request to end and the end by force. */
#define END_MS      2000u
#define END_POLL_US 10000u

bool back_end_is_known(const struct zone_device *device) {
    return device->back_end == ZONE_BACK_END_DISK || device->back_end == ZONE_BACK_END_SHARE ||
           device->back_end == ZONE_BACK_END_USER_NET || device->back_end == ZONE_BACK_END_RUN ||
           device->back_end == ZONE_BACK_END_SOCKET;
}

static void words_add(struct back_end *back_end, const char *word) {
    size_t count = 0;

    while (back_end->words[count] != NULL) {
        count++;
    }
    if (count < BACK_END_MAX_WORDS) {
        back_end->words[count] = word;
    }
}

/* The text of a JSON object, in the arena; the object is the callee's. */
static const char *json_word(struct arena *arena, json_t *object) {
    char *text = json_dumps(object, JSON_COMPACT);
    const char *word = arena_printf(arena, "%s", text != NULL ? text : "{}");

    free(text);
    json_decref(object);
    return word;
}

/*
 * JSON, since the storage daemon's other syntax gives commas in names a meaning. Direct I/O: the
 * zone's own cache is the one that helps it.
 */
static void words_of_disk(struct back_end *back_end, struct arena *arena) {
    const struct zone_device *device = back_end->device;
    const char *format = device->is_qcow2 ? "qcow2" : "raw";

    words_add(back_end, "qemu-storage-daemon");
    words_add(back_end, "--blockdev");
    words_add(back_end, json_word(arena, json_pack("{ss ss ss sb s{sb} ss}", "driver", "file",
                                                   "node-name", "file", "filename", device->path,
                                                   "read-only", device->is_readonly, "cache",
                                                   "direct", 1, "aio", "native")));
    words_add(back_end, "--blockdev");
    words_add(back_end,
              json_word(arena, json_pack("{ss ss ss sb}", "driver", format, "node-name", "disk",
                                         "file", "file", "read-only", device->is_readonly)));
    words_add(back_end, "--export");
    words_add(back_end,
              json_word(arena, json_pack("{ss ss ss sb si s{ss ss}}", "type", "vhost-user-blk",
                                         "id", "disk", "node-name", "disk", "writable",
                                         !device->is_readonly, "num-queues", (int)device->queues,
                                         "addr", "type", "unix", "path", back_end->socket)));
}

static void words_of_share(struct back_end *back_end) {
    words_add(back_end, "virtiofsd");
    words_add(back_end, "--socket-path");
    words_add(back_end, back_end->socket);
    words_add(back_end, "--shared-dir");
    words_add(back_end, back_end->device->path);
    if (back_end->device->is_readonly) {
        words_add(back_end, "--readonly");
    }
}

static void words_of_user_net(struct back_end *back_end) {
    words_add(back_end, "passt");
    words_add(back_end, "--foreground");
    /* It changes its user, and what ends it with us is forgotten then. */
    words_add(back_end, "--one-off");
    words_add(back_end, "--vhost-user");
    words_add(back_end, "--socket");
    words_add(back_end, back_end->socket);
}

static void words_of_run(struct back_end *back_end) {
    const struct zone_device *device = back_end->device;

    for (size_t i = 0; i < device->num_run; i++) {
        bool is_socket = strcmp(device->run[i], "%s") == 0;
        words_add(back_end, is_socket ? back_end->socket : device->run[i]);
    }
}

void back_end_init(struct back_end *back_end, struct arena *arena, const struct zone_device *device,
                   const char *folder) {
    *back_end = (struct back_end){.device = device, .output = -1, .pause_ms = PAUSE_MS_MIN};
    back_end->socket = device->back_end == ZONE_BACK_END_SOCKET
                           ? device->path
                           : arena_printf(arena, "%s/%s.socket", folder, device->name);
    switch (device->back_end) {
    case ZONE_BACK_END_DISK:
        words_of_disk(back_end, arena);
        break;
    case ZONE_BACK_END_SHARE:
        words_of_share(back_end);
        break;
    case ZONE_BACK_END_USER_NET:
        words_of_user_net(back_end);
        break;
    case ZONE_BACK_END_RUN:
        words_of_run(back_end);
        break;
    default:
        break;
    }
}

/*
 * In a process group of its own, so that a key at our terminal is not for it. It ends with us: the
 * next front end starts one of its own, and an image has one user.
 */
static _Noreturn void become(const struct back_end *back_end, pid_t parent, int output,
                             int failed) {
    int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    sigset_t none;

    /* What we block and ignore is not for it. */
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)signal(SIGPIPE, SIG_DFL);
    (void)setpgid(0, 0);
    if (prctl(PR_SET_PDEATHSIG, SIGTERM) == 0 && getppid() == parent && nothing >= 0 &&
        dup2(nothing, STDIN_FILENO) >= 0 && dup2(output, STDOUT_FILENO) >= 0 &&
        dup2(output, STDERR_FILENO) >= 0) {
        (void)execvp(back_end->words[0], (char *const *)(uintptr_t)back_end->words);
    }
    (void)!write(failed, &errno, sizeof(errno));
    _exit(EXIT_FAILURE);
}

/* Returns once the program runs, or why it does not: -errno. */
static int spawn(struct back_end *back_end, int output) {
    pid_t parent = getpid();
    int failed[2];
    int error = 0;

    if (pipe2(failed, O_CLOEXEC) != 0) {
        return -errno;
    }
    back_end->pid = fork();
    if (back_end->pid == 0) {
        become(back_end, parent, output, failed[1]);
    }
    error = back_end->pid < 0 ? errno : 0;
    (void)close(failed[1]);
    if (error == 0 && read(failed[0], &error, sizeof(error)) > 0) {
        (void)waitpid(back_end->pid, NULL, 0);
    }
    (void)close(failed[0]);
    return -error;
}

int back_end_start(struct back_end *back_end) {
    int pipes[2];

    if (back_end->words[0] == NULL) {
        return 0;
    }
    if (pipe2(pipes, O_CLOEXEC | O_NONBLOCK) != 0) {
        return -errno;
    }
    (void)unlink(back_end->socket);
    int error = spawn(back_end, pipes[1]);
    (void)close(pipes[1]);
    if (error != 0) {
        back_end->pid = 0;
        (void)close(pipes[0]);
        return error;
    }
    back_end->output = pipes[0];
    back_end->said[0] = '\0';
    return 0;
}

/* True when it has ended. */
static bool reap(struct back_end *back_end) {
    if (waitpid(back_end->pid, NULL, WNOHANG) == 0) {
        return false;
    }
    back_end->pid = 0;
    return true;
}

bool back_end_has_ended(struct back_end *back_end) {
    return back_end->words[0] != NULL && (back_end->pid == 0 || reap(back_end));
}

int back_end_connect(const struct back_end *back_end) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd < 0) {
        return -errno;
    }
    if (strlen(back_end->socket) >= sizeof(address.sun_path)) {
        (void)close(fd);
        return -ENAMETOOLONG;
    }
    memcpy(address.sun_path, back_end->socket, strlen(back_end->socket) + 1);
    if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0) {
        return fd;
    }
    int error = errno;
    (void)close(fd);
    return error == ENOENT || error == ECONNREFUSED || error == EAGAIN ? -EAGAIN : -error;
}

/* Keeps the last line that has something. */
static void said_keep(struct back_end *back_end, char *text) {
    for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        (void)snprintf(back_end->said, sizeof(back_end->said), "%s", line);
    }
}

void back_end_listen(struct back_end *back_end) {
    char text[BACK_END_WORDS_SIZE];
    ssize_t got = back_end->output >= 0 ? read(back_end->output, text, sizeof(text) - 1) : 0;

    if (got > 0) {
        text[got] = '\0';
        said_keep(back_end, text);
    } else if (back_end->output >= 0 && (got == 0 || errno != EAGAIN)) {
        (void)close(back_end->output);
        back_end->output = -1;
    }
}

void back_end_stop(struct back_end *back_end, uint64_t now_ms) {
    if (back_end->pid != 0) {
        (void)kill(-back_end->pid, SIGTERM);
        for (unsigned i = 0; i < END_MS * 1000 / END_POLL_US && !reap(back_end); i++) {
            (void)usleep(END_POLL_US);
        }
    }
    if (back_end->pid != 0) {
        (void)kill(-back_end->pid, SIGKILL);
        (void)waitpid(back_end->pid, NULL, 0);
        back_end->pid = 0;
    }
    back_end_listen(back_end);
    if (back_end->output >= 0) {
        (void)close(back_end->output);
        back_end->output = -1;
    }
    back_end->next_ms = now_ms + back_end->pause_ms;
    back_end->pause_ms *= 2;
    if (back_end->pause_ms > PAUSE_MS_MAX) {
        back_end->pause_ms = PAUSE_MS_MAX;
    }
}

void back_end_works(struct back_end *back_end) {
    back_end->pause_ms = PAUSE_MS_MIN;
}
