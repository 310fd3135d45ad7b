/* SPDX-License-Identifier: BSD-2-Clause */
/* In the place of libc's fdatasync, which SQLite calls: a disk that takes 5 ms,
 * as the state of the benchmark lies in memory. */
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define DISK_NS 5000000

int
fdatasync(int fd)
{
	(void)nanosleep(&(struct timespec){ .tv_nsec = DISK_NS }, NULL);
	return (int)syscall(SYS_fdatasync, fd);
}
