// SPDX-License-Identifier: GPL-2.0-or-later
#include "descriptors.h"

#include <fcntl.h>
#include <unistd.h>

/* open() returns the lowest free number: the loop ends at the first above the standard ones. */
bool descriptors_reserve_standard(void) {
    int fd;
    do {
        fd = open("/dev/null", O_RDONLY);
        if (fd < 0) {
            return false;
        }
    } while (fd <= STDERR_FILENO);
    close(fd);
    return true;
}
