/* SPDX-License-Identifier: BSD-2-Clause */
/* Installs the filters of system calls that generate.c has made. */

#include "helper/sandbox/sandbox.h"
#include <errno.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "helper/sandbox/sandbox_inside.h"
#include "lib/system/system.h"

#if SANITIZED
#define WITHOUT FILTER_OFF
#else
#define WITHOUT FILTER_UNKNOWN
#endif

static enum filter filter_own_now = FILTER_OFF;

enum which { USUAL, ALONE, UNLOGGED, UNCONNECTED };

static const struct sandbox_program *
program_here(enum which which)
{
#if defined(__x86_64__) && defined(__LP64__) && !SANITIZED
	static const struct sandbox_program *const of[] = { &sandbox_x86_64,
		&sandbox_x86_64_alone, &sandbox_x86_64_unlogged,
		&sandbox_x86_64_unconnected };
#elif defined(__aarch64__) && defined(__LP64__) && !defined(__AARCH64EB__) &&  \
    !SANITIZED
	static const struct sandbox_program *const of[] = { &sandbox_arm64,
		&sandbox_arm64_alone, &sandbox_arm64_unlogged,
		&sandbox_arm64_unconnected };
#else
	static const struct sandbox_program *const of[] = { NULL, NULL, NULL,
		NULL };
#endif
	return of[which];
}

static int
add_program(const struct sandbox_program *p)
{
	const struct sock_fprog code = { p->length,
		(struct sock_filter *)(uintptr_t)p->code };
	const long done = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
	    SECCOMP_FILTER_FLAG_TSYNC, &code);

	if (done > 0) /* a thread already has its own filter */
		errno = EBUSY;
	return done == 0 ? 0 : -1;
}

static int
hand_over(const struct sandbox_program *p)
{
	return refused_calls_catch(p) == 0 ? add_program(p) : -1;
}

enum filter
filter_install(void)
{
	const struct sandbox_program *p = program_here(USUAL);

	filter_own_now = p == NULL ? WITHOUT
	    : hand_over(p) == 0    ? FILTER_ON
				   : FILTER_REFUSED;
	if (filter_own_now == FILTER_REFUSED)
		log_notice("sandbox: this kernel takes no filter of system "
			   "calls (%s); the login goes on without it",
		    strerror(errno));
	return filter_own_now;
}

bool
filter_install_confined(void)
{
	if (filter_own_now != FILTER_ON)
		return false;
	if (hand_over(program_here(ALONE)) == 0)
		return true;
	log_notice("sandbox: the system calls of this process cannot be "
		   "limited more (%s); the login goes on without it",
	    strerror(errno));
	return false;
}

/* Its calls are named by the first filter's list, which has them as well. */
void
filter_install_unlogged(bool connects)
{
	if (filter_own_now == FILTER_ON &&
	    (add_program(program_here(UNLOGGED)) != 0 ||
		(!connects && add_program(program_here(UNCONNECTED)) != 0)))
		log_notice("sandbox: this process could write to the log by "
			   "itself (%s); it goes on",
		    strerror(errno));
}

enum filter
filter_state(void)
{
	return filter_own_now;
}
