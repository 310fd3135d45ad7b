/* SPDX-License-Identifier: BSD-2-Clause */
/* The choice between the socket and a helper started for the login. */
#include "pam_module/transport.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "lib/wire/wire.h"
#include "pam_module/dial.h"
#include "pam_module/logline.h"

/* Why this login cannot use a socket; NULL: it can. The listening helper ends a
 * copy after 300 s, so longer logins are out. And the service manager may hide
 * other than the usual paths from it; an admin who writes transport=socket for
 * a service of root has made sure that it sees them. */
static const char *
unlike_socket(const struct args *a, bool root)
{
	if (a->deadline_ms > MODULE_ARGUMENTS_SOCKET_MAX * INT64_C(1000))
		return "deadline= above 290";
	if (root && a->transport == TRANSPORT_SOCKET)
		return NULL;
	if (strcmp(a->conf, MODULE_ARGUMENTS_CONF) != 0)
		return "conf=";
	if (strcmp(a->helper, TWOFA_HELPER) != 0)
		return "helper=";
	return NULL;
}

static enum reason
spawn_way(struct transport_way *w, const struct args *a, int64_t deadline)
{
	const int64_t left = deadline - frame_clock_ms();
	const enum reason reason =
	    spawn_start(&w->spawn, a->helper, left < 1 ? 1 : left);

	w->sock = w->spawn.sock;
	return reason;
}

/* starts: a helper can be started instead, so there is no waiting for this one,
 * and a missing listener is no error. */
static enum reason
socket_way(struct transport_way *w, const struct args *a, bool starts)
{
	const char *path = module_arguments_socket(a, geteuid() == 0);
	struct dial dial;
	const enum reason reason = dial_start(&dial, path, !starts);

	w->sock = dial.sock;
	w->socket = reason == REASON_NONE;
	if (reason == REASON_NONE ||
	    (starts && reason == REASON_SOCKET_MISSING && dial.error == ENOENT))
		return reason;
	logline_mend("socket %s: %s%s%s%s", path, dial.what,
	    dial.error != 0 ? ": " : "",
	    dial.error != 0 ? strerror(dial.error) : "",
	    starts ? "; this login starts a helper of its own"
		   : "; see systemctl status twofa-helper.socket "
		     "twofa-helper-user.socket");
	return reason;
}

enum reason
transport_open(struct transport_way *w, const struct args *a, int64_t deadline)
{
	const bool root = geteuid() == 0;
	const bool starts = root && a->transport != TRANSPORT_SOCKET;
	const char *unlike = a->transport == TRANSPORT_SPAWN
	    ? "transport=spawn"
	    : unlike_socket(a, root);

	if (unlike == NULL) {
		const enum reason reason = socket_way(w, a, starts);

		if (reason == REASON_NONE || !starts)
			return reason;
	}
	if (starts)
		return spawn_way(w, a, deadline);
	logline_mend("%s needs a helper that is started for the login, which "
		     "takes effective uid 0 and transport=auto or spawn; leave "
		     "it out",
	    unlike);
	return REASON_NO_TRANSPORT;
}

int
transport_close(struct transport_way *w, bool ended, int64_t until)
{
	int status = SPAWN_STATUS_UNKNOWN;

	if (!w->socket)
		return spawn_end(&w->spawn, until);
	(void)close(w->sock);
	if (ended)
		status = 0;
	*w = TRANSPORT_NONE;
	return status;
}
