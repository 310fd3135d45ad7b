/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A name service that knows nobody and, when the helper asks it, does what no
 * name service should; a helper that was taken over would do as much.
 */
#include <errno.h>
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
	if (getuid() == TWOFA)
		be_odd();
	*error = ENOENT;
	return NSS_STATUS_NOTFOUND;
}
