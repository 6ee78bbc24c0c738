// SPDX-License-Identifier: GPL-2.0-or-later
#include "users.h"

#include <dirent.h>
#include <inttypes.h>
#include <loongvisor/driver.h>
#include <loongvisor/hvisor_device.h>
#include <loongvisor/zone_run.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define USERS_DECIMAL 10
/* More than a line of /proc/PID/maps has before a name that we look for, and the name. */
#define USERS_LINE_SIZE 256u

/* What is looked for. */
struct users_wanted {
    const struct lv_zone_config *config;
    char memory[64]; /* name of the file of the zone's memory */
};

/* Whether a zone of this configuration has a part of a block in [hpa, hpa + size). */
static bool users_overlap(const struct lv_zone_config *config, uint64_t hpa, uint64_t size) {
    const uint64_t block_mask = LV_BLOCK_SIZE - 1;
    struct lv_run run = {0};
    while (lv_held_run_next(config, &run)) {
        uint64_t start = run.hpa & ~block_mask;
        uint64_t end = (run.hpa + run.size + block_mask) & ~block_mask;
        if (hpa < end && start < hpa + size) {
            return true;
        }
    }
    return false;
}

/* Whether a line of /proc/PID/maps is of the zone's memory. */
static bool users_line_matches(const struct users_wanted *wanted, const char *line) {
    uint64_t start;
    uint64_t end;
    uint64_t offset;
    char name[USERS_LINE_SIZE];
    if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %*s %" SCNx64 " %*s %*s %255s", &start, &end, &offset,
               name) != 4) {
        return false;
    }
    if (strcmp(name, LV_DEVICE_PATH) == 0 || strcmp(name, LV_HVISOR_DEVICE_PATH) == 0) {
        return users_overlap(wanted->config, offset, end - start);
    }
    return strcmp(name, wanted->memory) == 0;
}

static bool users_maps(const struct users_wanted *wanted, int pid) {
    char path[32];
    char line[USERS_LINE_SIZE];
    bool found = false;
    snprintf(path, sizeof(path), "/proc/%d/maps", pid);
    FILE *maps = fopen(path, "re");
    while (maps != NULL && !found && fgets(line, sizeof(line), maps) != NULL) {
        found = users_line_matches(wanted, line);
    }
    if (maps != NULL) {
        fclose(maps);
    }
    return found;
}

static bool users_opens(const struct users_wanted *wanted, int pid) {
    char path[320];
    char name[sizeof(wanted->memory)];
    bool found = false;
    snprintf(path, sizeof(path), "/proc/%d/fd", pid);
    DIR *fds = opendir(path);
    const struct dirent *entry;
    while (fds != NULL && !found && (entry = readdir(fds)) != NULL) {
        snprintf(path, sizeof(path), "/proc/%d/fd/%s", pid, entry->d_name);
        ssize_t length = readlink(path, name, sizeof(name) - 1);
        name[length > 0 ? length : 0] = '\0';
        found = strcmp(name, wanted->memory) == 0;
    }
    if (fds != NULL) {
        closedir(fds);
    }
    return found;
}

size_t users_find(const struct lv_zone_config *config, struct device_holder *users, size_t max) {
    struct users_wanted wanted = {.config = config};
    size_t count = 0;
    DIR *processes = opendir("/proc");
    const struct dirent *entry;
    snprintf(wanted.memory, sizeof(wanted.memory), "anon_inode:" LV_ZONE_MEMORY_NAME,
             config->zone_id);
    while (processes != NULL && count < max && (entry = readdir(processes)) != NULL) {
        int pid = (int)strtol(entry->d_name, NULL, USERS_DECIMAL);
        if (pid > 0 && (users_maps(&wanted, pid) || users_opens(&wanted, pid))) {
            users[count].pid = pid;
            device_read_command(&users[count++]);
        }
    }
    if (processes != NULL) {
        closedir(processes);
    }
    return count;
}
