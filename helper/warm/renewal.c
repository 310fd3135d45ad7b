/* SPDX-License-Identifier: BSD-2-Clause */
/* The listening helper replaces itself. */
#include "helper/warm/renewal.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "lib/system/system.h"

static bool
is_crash(int signal)
{
	switch (signal) {
	case SIGSEGV:
	case SIGBUS:
	case SIGILL:
	case SIGFPE:
	case SIGABRT:
	case SIGTRAP:
	case SIGSYS:
		return true;
	default:
		return false;
	}
}

void
renewal_note(struct renewal *r, int status)
{
	r->logins++;
	if (WIFSIGNALED(status) && is_crash(WTERMSIG(status)))
		r->crashed = true;
}

bool
renewal_due(const struct renewal *r, int64_t now)
{
	return r->crashed || r->wanted || r->logins >= RENEWAL_LOGINS ||
	    now >= renewal_time(r);
}

int64_t
renewal_time(const struct renewal *r)
{
	return r->logins > 0 ? r->since + RENEWAL_MS : INT64_MAX;
}

/* Note the present file, so that a bad one is tried only once for each
 * reason. */
void
renewal_run(struct renewal *r, const struct listen_sockets *sockets,
    const struct copies *copies, const struct connection_limits *limits,
    char *const argv[], int64_t now)
{
	static char run[COPIES_TEXT_MAX], counted[CONNECTIONS_TEXT_MAX];
	struct stat st;

	copies_write(copies, run);
	connection_limits_write(limits, counted);
	listen_sockets_pass(sockets, r->file.path, argv, run, counted);
	log_mend("%s: cannot be executed: %s; this helper goes on as it was "
		 "started; install twofa-helper again",
	    r->file.path, strerror(errno));
	if (stat(r->file.path, &st) == 0)
		r->file.running = st;
	r->since = now;
	r->logins = 0;
	r->crashed = r->wanted = false;
}
