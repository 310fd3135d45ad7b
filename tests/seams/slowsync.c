/* SPDX-License-Identifier: BSD-2-Clause */
/* In the place of libc's fdatasync, which SQLite calls. */
#include "tests/seams/slowsync.h"

#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

unsigned slowsync_s = 3;

int
fdatasync(int fd)
{
	struct timespec rest = { .tv_sec = slowsync_s };

	while (nanosleep(&rest, &rest) != 0)
		;
	return (int)syscall(SYS_fdatasync, fd);
}
