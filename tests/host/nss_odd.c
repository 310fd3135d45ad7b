/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A name service that knows nobody and, when the helper asks it, does what no
 * name service should; a helper that was taken over would do as much.
 */
#include <errno.h>
#include <fcntl.h>
#include <nss.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/support/refused_calls.h"

#define TWOFA 990
#define STAYS_S 60

enum nss_status _nss_twofaodd_getpwnam_r(
    const char *, struct passwd *, char *, size_t, int *);

/* It holds nothing of the login's and stays when that is over. */
static void
stay(void)
{
	if (fork() != 0)
		return;
	(void)close_range(0, ~0u, 0);
	(void)setsid();
	(void)sleep(STAYS_S);
	_exit(0);
}

/* Or the helper itself stays: without an alarm, its parent's end or a socket.
 */
static void
never_end(void)
{
	(void)prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0);
	(void)alarm(0);
	(void)close_range(0, ~0u, 0);
	for (;;)
		(void)pause();
}

/* Where user twofa may write otherwise. */
static void
write_elsewhere(void)
{
	const int fd =
	    open("/run/tmp/twofa-was-here", O_CREAT | O_WRONLY, 0600);

	if (fd >= 0)
		close(fd);
}

/* A test has asked for it, behind a filter. */
static void
call_all(void)
{
	const size_t count = sizeof(refused_calls) / sizeof(refused_calls[0]);

	for (size_t i = 0; i < count; i++) {
		const long *a = refused_calls[i].args;

		(void)syscall(refused_calls[i].number, a[0], a[1], a[2], a[3],
		    a[4], a[5]);
	}
}

static void
be_odd(void)
{
	(void)ptrace(PTRACE_TRACEME, 0, NULL, NULL);
	(void)syscall(SYS_keyctl, 0, -3, 0, 0, 0);
	(void)kill(1, SIGWINCH);
	if (popen("exec sleep 60 3>&-", "r") != NULL)
		(void)sched_yield();
	stay();
}

enum nss_status
_nss_twofaodd_getpwnam_r(const char *name, struct passwd *entry, char *buffer,
    size_t size, int *error)
{
	(void)entry;
	(void)buffer;
	(void)size;
	if (getuid() == TWOFA && strcmp(name, "carol") == 0)
		never_end();
	if (getuid() == TWOFA && strcmp(name, "bob") == 0)
		write_elsewhere();
	else if (getuid() == TWOFA && access("/etc/twofaodd.all", F_OK) == 0)
		call_all();
	else if (getuid() == TWOFA)
		be_odd();
	*error = ENOENT;
	return NSS_STATUS_NOTFOUND;
}
