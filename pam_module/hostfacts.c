/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where the kernel tells of boot and session.
 */
#include "pam_module/hostfacts.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The start of a small file, NUL-terminated; "" when it cannot be read. */
static void
file_read(const char *path, char *to, size_t size)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC);
	const ssize_t n = fd < 0 ? 0 : read(fd, to, size - 1);

	to[n > 0 ? n : 0] = '\0';
	if (fd >= 0)
		(void)close(fd);
}

void
hostfacts_boot_id(char *id, size_t size)
{
	file_read("/proc/sys/kernel/random/boot_id", id, size);
	id[strcspn(id, "\n")] = '\0';
}

/* proc(5), /proc/PID/stat: field 22. The 2nd is a name in parentheses that may
 * hold anything, so the count starts at the last of them. */
int64_t
hostfacts_leader_start(pid_t leader)
{
	char path[64], stat[1024];
	const char *p;

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)leader);
	file_read(path, stat, sizeof(stat));
	p = strrchr(stat, ')');
	for (int field = 2; p != NULL && field < 22; field++)
		p = strchr(p + 1, ' ');
	return p == NULL ? 0 : strtoll(p, NULL, 10);
}
