/* SPDX-License-Identifier: BSD-2-Clause */
/* The machine's clocks, and the id of this boot. */
#include "helper/state/sqlite/engine/sqlite_clock.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "lib/system/system.h"

#define BOOT_FILE "/proc/sys/kernel/random/boot_id"

/* Where the id is unreadable, as in a small chroot, rows from the future show
 * another boot. */
static void
boot_read(char id[SQLITE_BOOT_MAX + 1])
{
	const int fd = open(BOOT_FILE, O_RDONLY | O_CLOEXEC);
	const ssize_t n = fd < 0 ? 0 : read(fd, id, SQLITE_BOOT_MAX);

	id[n > 0 ? n : 0] = '\0';
	id[strcspn(id, "\n")] = '\0';
	if (fd >= 0)
		close(fd);
}

struct sqlite_clock sqlite_clock = {
	.now_ms = clock_ms, .wall_s = clock_wall_s, .boot = boot_read
};
