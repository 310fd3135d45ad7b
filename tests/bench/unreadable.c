/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Before libc in a helper that listens under callgrind. The helper refuses a
 * program that user twofa can read, as valgrind must: it is told that nobody
 * can. And what runs is valgrind: it is told of the program's own file.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SELF "/proc/self/exe"

int
access(const char *path, int mode)
{
	(void)path;
	(void)mode;
	errno = EACCES;
	return -1;
}

/* Its own file is valgrind's; the caller has the program's path, too. */
int
execve(const char *path, char *const argv[], char *const envp[])
{
	if (strcmp(path, SELF) != 0)
		return (int)syscall(SYS_execve, path, argv, envp);
	errno = ENOENT;
	return -1;
}

int
stat(const char *restrict path, struct stat *restrict st)
{
	char program[4096];
	ssize_t len;

	if (strcmp(path, SELF) != 0)
		return fstatat(AT_FDCWD, path, st, 0);
	len = readlink(SELF, program, sizeof(program) - 1);
	if (len < 0)
		return -1;
	program[len] = '\0';
	return fstatat(AT_FDCWD, program, st, 0);
}
