/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For make coverage alone, which includes it before each file: a process that
 * ends by _exit or by a signal of its own, or becomes another program by a raw
 * call, keeps its counts.
 */

#ifndef TESTS_COVERAGE_EXIT_H
#define TESTS_COVERAGE_EXIT_H

#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

void __gcov_dump(void);
void __gcov_reset(void);

/* Write what was counted up to now, and begin anew: the call may fail. */
static inline void
coverage_keep(void)
{
	__gcov_dump();
	__gcov_reset();
}

static inline void
coverage_before(long number)
{
	/* behind a filter that lists what is allowed no file can be opened */
	if (number == SYS_exit_group || number == SYS_execve ||
	    number == SYS_seccomp)
		coverage_keep();
}

/* After the status was found. */
static inline void __attribute__((noreturn)) coverage_exit(int status)
{
	coverage_keep();
	_exit(status);
}

#define _exit(status) coverage_exit(status)
#define raise(number) (coverage_keep(), raise(number))
/* Its counts lie where Landlock would let nobody write. */
#define syscall(number, ...)                                                   \
	(coverage_before(number),                                              \
	    (number) == SYS_landlock_restrict_self                             \
		? 0                                                            \
		: syscall(number, ##__VA_ARGS__))

#endif
