/* SPDX-License-Identifier: BSD-2-Clause */
/* Installs the filter of system calls. */
#include "helper/sandbox/filter.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "helper/sandbox/program.h"
#include "helper/sandbox/refused.h"
#include "helper/sandbox/sanitized.h"
#include "lib/system/system.h"

#if SANITIZED
#define WITHOUT FILTER_OFF
#else
#define WITHOUT FILTER_UNKNOWN
#endif

static enum filter now = FILTER_OFF;

static const struct sandbox_program *
program_here(void)
{
#if SANITIZED
	return NULL;
#elif defined(__x86_64__) && defined(__LP64__)
	return &sandbox_x86_64;
#elif defined(__aarch64__) && defined(__LP64__) && !defined(__AARCH64EB__)
	return &sandbox_arm64;
#else
	return NULL;
#endif
}

static int
hand_over(const struct sandbox_program *p)
{
	const struct sock_fprog code = { p->length,
		(struct sock_filter *)(uintptr_t)p->code };
	long done = refused_catch(p);

	if (done == 0)
		done = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
		    SECCOMP_FILTER_FLAG_TSYNC, &code);
	if (done > 0) /* a thread already has its own filter */
		errno = EBUSY;
	return done == 0 ? 0 : -1;
}

enum filter
filter_install(void)
{
	const struct sandbox_program *p = program_here();

	now = p == NULL         ? WITHOUT
	    : hand_over(p) == 0 ? FILTER_ON
				: FILTER_REFUSED;
	if (now == FILTER_REFUSED)
		log_notice("sandbox: this kernel takes no filter of system "
			   "calls (%s); the login goes on without it",
		    strerror(errno));
	return now;
}

enum filter
filter_now(void)
{
	return now;
}
