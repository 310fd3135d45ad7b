/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Before libc in a helper that listens: the system lets it start no state
 * broker, so each copy opens the state itself. It stays through a renewal.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "helper/broker/broker.h"

#define WORDS_MAX 64
#define PRELOAD "LD_PRELOAD=/run/stage/test/alone.so"

int
execve(const char *path, char *const argv[], char *const envp[])
{
	char *with[WORDS_MAX] = { (char *)PRELOAD };

	if (argv[0] != NULL && argv[1] != NULL &&
	    strcmp(argv[1], BROKER_ARGUMENT) == 0) {
		errno = EACCES;
		return -1;
	}
	for (size_t i = 0; envp[i] != NULL && i + 2 < WORDS_MAX; i++)
		with[i + 1] = envp[i];
	return (int)syscall(SYS_execve, path, argv, with);
}
