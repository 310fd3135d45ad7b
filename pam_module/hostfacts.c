/* SPDX-License-Identifier: BSD-2-Clause */
/* Facts of boot and session, from the kernel. */
#include "pam_module/pam_module.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* fields of /proc/PID/stat, proc(5) */
#define FIELD_NAME 2
#define FIELD_TTY 7
#define FIELD_START 22

/* Reads the start of a small file, NUL-terminated; "" on error. */
static void
read_file(const char *path, char *to, size_t size)
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
	read_file("/proc/sys/kernel/random/boot_id", id, size);
	id[strcspn(id, "\n")] = '\0';
}

/* A field of /proc/PID/stat, counted from the last ')': the name may contain
 * any byte. */
static int64_t
stat_field(const char *stat, int wanted)
{
	const char *p = strrchr(stat, ')');

	for (int field = FIELD_NAME; p != NULL && field < wanted; field++)
		p = strchr(p + 1, ' ');
	return p == NULL ? 0 : strtoll(p, NULL, 10);
}

/* True if the device has this number, in the encoding of /proc/PID/stat. */
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
hostfacts_read_session(struct facts *facts)
{
	const pid_t leader = getsid(0);
	char path[64], stat[1024];

	facts->session_id = leader < 0 ? 0 : leader;
	(void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)leader);
	read_file(path, stat, sizeof(stat));
	facts->leader_start = stat_field(stat, FIELD_START);
	/* printed as an int, so large numbers are negative */
	facts->leader_tty = (uint32_t)stat_field(stat, FIELD_TTY);
	if (!is_device(facts->tty, (uint32_t)facts->leader_tty))
		facts->leader_tty = 0;
}
