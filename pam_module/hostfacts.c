/* SPDX-License-Identifier: BSD-2-Clause */
/* What the kernel tells about boot and session, and lines to syslog. */

#include "pam_module/pam_module.h"
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <syslog.h>
#include <unistd.h>

#define FIELD_NAME 2 /* proc(5), /proc/PID/stat */
#define FIELD_TTY 7
#define FIELD_START 22

/* The start of a small file, NUL-terminated; "" when it cannot be read. */
static void
hostfacts_file_read(const char *path, char *to, size_t size)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC);
	const ssize_t n = fd < 0 ? 0 : read(fd, to, size - 1);

	to[n > 0 ? n : 0] = '\0';
	if (fd >= 0)
		(void)close(fd);
}

void
hostfacts_read_boot_id(char *id, size_t size)
{
	hostfacts_file_read("/proc/sys/kernel/random/boot_id", id, size);
	id[strcspn(id, "\n")] = '\0';
}

/* A field behind the name. The name stands in parentheses and may hold
 * anything, so the count starts at the last closing one. */
static int64_t
stat_field(const char *stat, int wanted)
{
	const char *p = strrchr(stat, ')');

	for (int field = FIELD_NAME; p != NULL && field < wanted; field++)
		p = strchr(p + 1, ' ');
	return p == NULL ? 0 : strtoll(p, NULL, 10);
}

/* Has the device this number, as the kernel prints it? */
static bool
is_device(const char *name, uint32_t number)
{
	const unsigned maj = number >> 8 & 0xfff;
	const unsigned min = (number & 0xff) | (number >> 12 & 0xfff00);
	char path[64];
	struct stat st;
	const int n = snprintf(path, sizeof(path), "%s%s",
	    strncmp(name, "/dev/", 5) == 0 ? "" : "/dev/", name);

	return n < (int)sizeof(path) && strstr(path, "..") == NULL &&
	    stat(path, &st) == 0 && S_ISCHR(st.st_mode) &&
	    st.st_rdev == makedev(maj, min);
}

void
hostfacts_session(struct facts *facts)
{
	const pid_t leader = getsid(0);
	char path[64], stat[1024];

	facts->session_id = leader < 0 ? 0 : leader;
	(void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)leader);
	hostfacts_file_read(path, stat, sizeof(stat));
	facts->leader_start = stat_field(stat, FIELD_START);
	/* the kernel prints it as an int; the largest numbers come out
	 * negative */
	facts->leader_tty = (uint32_t)stat_field(stat, FIELD_TTY);
	if (!is_device(facts->tty, (uint32_t)facts->leader_tty))
		facts->leader_tty = 0;
}
