/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From fork to HELLO. The order matters: syslog's socket is closed before
 * another file can get its number, and nothing is read before the limits, the
 * alarm and, for a peer that is not root, the filter are in place.
 */
#include "helper/warm/warm_copy.h"

#include <errno.h>
#include <pwd.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "helper/sandbox/sandbox.h"
#include "lib/system/system.h"
#include "lib/wire/wire.h"

#define CONNECTION 3
#define BEGIN_ALARM_S 15 /* until BEGIN brings the deadline */

static bool
limit_set(unsigned i)
{
	const struct helper_limit *limit = &helper_limits[i];
	struct rlimit now;

	if (getrlimit((__rlimit_resource_t)i, &now) != 0)
		return false;
	if (now.rlim_max > limit->most)
		now.rlim_max = limit->most;
	if (now.rlim_max < limit->least) {
		log_mend("resource limit %s is too low for a login: raise "
			 "Limit%s= of the service that listens",
		    limit->name, limit->name);
		return false;
	}
	now.rlim_cur = now.rlim_max;
	return setrlimit((__rlimit_resource_t)i, &now) == 0;
}

static bool
limits_set(void)
{
	for (unsigned i = 0; i < RLIM_NLIMITS; i++)
		if (!limit_set(i))
			return false;
	return true;
}

/* The parent has default actions, too; SIGPIPE stays ignored. */
static void
signals_unblock(void)
{
	sigset_t none;

	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

/* A user can own thousands of uids without an account, by subuid(5). */
static bool
find_account(struct warm_peer *peer)
{
	char buf[4096];
	struct passwd pw, *found = NULL;
	const int error = getpwuid_r(peer->uid, &pw, buf, sizeof(buf), &found);

	if (found != NULL && user_name_valid(pw.pw_name))
		(void)snprintf(
		    peer->name, sizeof(peer->name), "%s", pw.pw_name);
	if (found != NULL || error == ERANGE)
		return true;
	log_notice("user.sock uid=%u: no account has that uid, so no login is "
		   "served%s%s",
	    (unsigned)peer->uid, error != 0 ? ": the look-up says: " : "",
	    error != 0 ? strerror(error) : "");
	return false;
}

static int
hello_send(void)
{
	unsigned char bytes[FRAME_HEADER];
	struct frame hello;

	frame_init(&hello, FRAME_HELLO, bytes, sizeof(bytes));
	return frame_send(CONNECTION, &hello);
}

_Noreturn void
warm_copy_run(int connection, uid_t uid, warm_serve *serve)
{
	struct warm_peer peer = { .uid = uid };

	log_close();
	if (dup2(connection, CONNECTION) < 0 ||
	    close_range(CONNECTION + 1, ~0u, 0) != 0)
		_exit(WARM_COPY_SETUP);
	(void)setsid();
	signals_unblock();
	log_open();
	if (!limits_set())
		_exit(WARM_COPY_SETUP);
	(void)alarm(BEGIN_ALARM_S);
	if (uid != 0) {
		sandbox_end_after(WARM_COPY_AGE_MS, false);
		(void)filter_install();
		if (!find_account(&peer))
			_exit(WARM_COPY_NO_ACCOUNT);
	}
	if (hello_send() != 0)
		_exit(0); /* the module has stopped waiting */
	_exit(serve(&peer));
}
