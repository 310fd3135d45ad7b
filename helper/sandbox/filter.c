/* SPDX-License-Identifier: BSD-2-Clause */
/* Installs the filters of system calls that generate.c has made. */

#include "helper/sandbox/sandbox.h"
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>
#include "helper/sandbox/sandbox_inside.h"
#include "lib/settings/settings.h"
#include "lib/system/system.h"

#if SANITIZED
#define WITHOUT FILTER_OFF
#else
#define WITHOUT FILTER_UNKNOWN
#endif

static enum filter filter_own_now = FILTER_OFF;

static const struct sandbox_program *
program_here(bool alone)
{
#if defined(__x86_64__) && defined(__LP64__) && !SANITIZED
	return alone ? &sandbox_x86_64_alone : &sandbox_x86_64;
#elif defined(__aarch64__) && defined(__LP64__) && !defined(__AARCH64EB__) &&  \
    !SANITIZED
	return alone ? &sandbox_arm64_alone : &sandbox_arm64;
#else
	(void)alone;
	return NULL;
#endif
}

static int
hand_over(const struct sandbox_program *p)
{
	const struct sock_fprog code = { p->length,
		(struct sock_filter *)(uintptr_t)p->code };
	long done = refused_calls_catch(p);

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
	const struct sandbox_program *p = program_here(false);

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
	if (hand_over(program_here(true)) == 0)
		return true;
	log_notice("sandbox: the system calls of this process cannot be "
		   "limited more (%s); the login goes on without it",
	    strerror(errno));
	return false;
}

enum filter
filter_state(void)
{
	return filter_own_now;
}
