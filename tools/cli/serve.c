// SPDX-License-Identifier: GPL-2.0-or-later
#include "serve.h"

#include "serve/serve.h"
#include "verb.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define SERVE_LOG_MODE 0600
/* How long the devices of a zone that is to start are waited for. */
#define SERVE_READY_MS 20000u
#define SERVE_READY    '\004'
#define SERVE_TEXT     256u

/* What is served, and by whom the beginning is waited for. */
struct serve_task {
    struct cli *cli;
    struct lv_zone_summary zone;
    struct lv_zone_config config;
    struct zone_serve devices;
    const char *folder;
    int told; /* gets notes, then SERVE_READY when the zone can see its devices; -1: nobody waits */
};

static volatile sig_atomic_t serve_signal;

static void serve_note_signal(int number) {
    serve_signal = number;
}

static void serve_note(void *context, const struct zone_device *device, const char *text) {
    const struct serve_task *task = context;

    cli_note(task->cli, "zone %s: device %s: its back end %s", task->zone.name, device->name, text);
    (void)fflush(task->cli->err);
    if (task->told >= 0) {
        (void)dprintf(task->told, "loongvisor: zone %s: device %s: its back end %s\n",
                      task->zone.name, device->name, text);
    }
}

static void serve_ready(void *context) {
    struct serve_task *task = context;

    fprintf(task->cli->out, "zone %u (%s): %zu devices are served\n", task->zone.zone_id,
            task->zone.name, task->devices.count);
    (void)fflush(task->cli->out);
    if (task->told >= 0) {
        (void)dprintf(task->told, "%c", SERVE_READY);
        (void)close(task->told);
        task->told = -1;
    }
}

/* Where back ends of the zone have their sockets. */
static bool serve_make_folder(struct serve_task *task) {
    struct cli *cli = task->cli;

    task->folder = arena_printf(&cli->arena, "%s/%s", cli->kept, task->zone.name);
    int error = zone_serve_make_folders(&cli->arena, task->folder);
    if (error != 0) {
        cli_complain(cli, "serve zone %s: %s: %s", task->zone.name, task->folder, strerror(-error));
    }
    return error == 0;
}

/* With the sockets that back ends have left there. */
static void serve_remove_folder(const char *folder) {
    DIR *entries = opendir(folder);

    for (const struct dirent *entry; entries != NULL && (entry = readdir(entries)) != NULL;) {
        int at = dirfd(entries);
        if (at >= 0) {
            (void)unlinkat(at, entry->d_name, 0);
        }
    }
    if (entries != NULL) {
        (void)closedir(entries);
    }
    (void)rmdir(folder);
}

static bool serve_read(struct serve_task *task, const char *path) {
    if (zone_serve_read(&task->cli->report, path, &task->devices)) {
        return true;
    }
    cli_print_problems(task->cli);
    return false;
}

/*
 * What the zone has and who is to serve it; false: complained. A file may name the zone, since what
 * was kept of it is gone when the root zone has started again.
 */
static bool serve_find(struct serve_task *task, const char *argument) {
    struct cli *cli = task->cli;
    bool is_file = strchr(argument, '/') != NULL;

    if ((is_file && !serve_read(task, argument)) ||
        !hv_find(cli, is_file ? task->devices.name : argument, &task->zone) ||
        !hv_config(cli, &task->zone, &task->config)) {
        return false;
    }
    if (task->config.num_virtio == 0) {
        cli_complain(cli, "serve zone %s: it has no devices", task->zone.name);
        return false;
    }
    const char *path =
        is_file ? argument : zone_serve_path(&cli->arena, cli->kept, task->zone.name);
    if (!is_file && !serve_read(task, path)) {
        return false;
    }
    if (!zone_serve_matches(&task->devices, &task->config)) {
        cli_complain(cli, "serve zone %s: %s describes another zone; create the zone again",
                     task->zone.name, path);
        return false;
    }
    return serve_make_folder(task);
}

static enum cli_status serve_work(struct serve_task *task) {
    struct cli *cli = task->cli;
    struct serve *serve = arena_alloc(&cli->arena, sizeof(*serve));

    *serve = (struct serve){.zone = {.name = task->zone.name,
                                     .zone_id = task->zone.zone_id,
                                     .driver = cli->device.fd,
                                     .memory = -1,
                                     .note = serve_note,
                                     .context = task},
                            .ready = serve_ready};
    int error = serve_begin(serve, &cli->arena, &task->devices, &task->config, task->folder);
    if (error != 0) {
        return cli_complain(cli, "serve zone %s: %s", task->zone.name,
                            error == -EBUSY ? "another loongvisor serves it" : strerror(-error));
    }
    const struct sigaction action = {.sa_handler = serve_note_signal};
    const struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigset_t ends;
    sigset_t mask;
    (void)sigemptyset(&ends);
    (void)sigaddset(&ends, SIGINT);
    (void)sigaddset(&ends, SIGTERM);
    (void)sigprocmask(SIG_BLOCK, &ends, &mask);
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
    /* Who waits for the devices may go before they are there. */
    (void)sigaction(SIGPIPE, &ignore, NULL);
    serve_run(serve, &serve_signal, &mask);
    serve_end(serve);
    serve_remove_folder(task->folder);
    return CLI_OK;
}

static enum cli_status serve_zone(struct cli *cli, const char *name, int told) {
    struct serve_task *task = arena_alloc(&cli->arena, sizeof(*task));

    *task = (struct serve_task){.cli = cli, .told = told};
    return hv_open(cli) && serve_find(task, name) ? serve_work(task) : CLI_FAILED;
}

/* The daemon's own life: what it says goes to a file beside the sockets. */
static _Noreturn void serve_daemon(struct cli *cli, const struct lv_zone_summary *zone, int told) {
    const char *path = arena_printf(&cli->arena, "%s/%s.log", cli->kept, zone->name);
    int log = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, SERVE_LOG_MODE);
    int nothing = open("/dev/null", O_RDONLY);

    (void)setsid();
    hv_close(cli);
    if (log >= 0 && nothing >= 0) {
        (void)dup2(nothing, STDIN_FILENO);
        (void)dup2(log, STDOUT_FILENO);
        (void)dup2(log, STDERR_FILENO);
    }
    cli->out = stdout;
    cli->err = stderr;
    enum cli_status status = serve_zone(cli, zone->name, told);
    (void)fflush(NULL);
    _exit((int)status);
}

/* A function has one front end at a time. */
static bool serve_is_served(struct cli *cli, const struct lv_zone_summary *zone) {
    struct lv_ioctl_zone which = {.zone_id = zone->zone_id};
    int fd = cli->device.ops->ioctl(&cli->device, LV_IOCTL_VIRTIO, &which);

    if (fd >= 0) {
        (void)close(fd);
    }
    return fd == -EBUSY;
}

/* Passes on what the server says, until it serves; false: it does not, in time. */
static bool serve_await(struct cli *cli, int told) {
    uint64_t deadline_ms = hv_now(cli) + SERVE_READY_MS;
    char text[SERVE_TEXT];

    for (uint64_t now_ms = hv_now(cli); now_ms < deadline_ms; now_ms = hv_now(cli)) {
        struct pollfd ready = {.fd = told, .events = POLLIN};
        int count = cli->device.ops->poll(&cli->device, &ready, 1, (int)(deadline_ms - now_ms));
        ssize_t got = count > 0 ? read(told, text, sizeof(text)) : 0;
        if (count <= 0 || got <= 0) {
            return false;
        }
        bool is_ready = text[got - 1] == SERVE_READY;
        (void)fwrite(text, 1, (size_t)got - (is_ready ? 1 : 0), cli->err);
        if (is_ready) {
            return true;
        }
    }
    return false;
}

bool serve_detached(struct cli *cli, const struct lv_zone_summary *zone) {
    struct lv_zone_config config;
    int pipes[2];

    if (!hv_config(cli, zone, &config)) {
        return false;
    }
    if (config.num_virtio == 0 || serve_is_served(cli, zone)) {
        return true;
    }
    (void)fflush(NULL);
    if (pipe2(pipes, O_CLOEXEC) != 0) {
        cli_complain(cli, "serve zone %s: %s", zone->name, strerror(errno));
        return false;
    }
    pid_t child = fork();
    if (child == 0) {
        (void)close(pipes[0]);
        serve_daemon(cli, zone, pipes[1]);
    }
    (void)close(pipes[1]);
    bool is_served = child > 0 && serve_await(cli, pipes[0]);
    (void)close(pipes[0]);
    if (!is_served) {
        if (child > 0) {
            (void)kill(child, SIGTERM);
            (void)waitpid(child, NULL, 0);
        }
        cli_complain(cli, "serve zone %s: its devices are not there; see %s/%s.log", zone->name,
                     cli->kept, zone->name);
    }
    return is_served;
}

static enum cli_status serve_run_verb(struct cli *cli, const struct verb_options *options) {
    return serve_zone(cli, options->arguments[0], -1);
}

static const struct argp_option serve_options[] = {VERB_END};

const struct verb serve_verb = {
    .name = "serve",
    .summary = "serve a zone's disks, networks and other devices",
    .arguments = "ZONE|FILE",
    .about = "Starts the back ends of the zone's devices, connects them with the zone, and starts "
             "them again if they end. Goes on until the zone is destroyed. `zone start FILE` does "
             "this by itself; the verb is for a zone whose server has ended, and for zones that "
             "have outlived the root zone: name their files then.",
    .examples = "  loongvisor serve debian\n"
                "  loongvisor serve ./debian.json\n",
    .options = serve_options,
    .min_arguments = 1,
    .max_arguments = 1,
    .run = serve_run_verb,
};
