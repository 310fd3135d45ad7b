/* SPDX-License-Identifier: BSD-2-Clause */
/* Connect, check who listens, wait for HELLO. */
#include "pam_module/dial.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/wire/wire.h"
#include "pam_module/spawn.h"

#define PATIENCE_MS 3000
#define LAST_TRY_MS 500 /* the last try has this long for HELLO */
#define STEP_MS 50

static enum reason
fails(struct dial *d, enum reason reason, const char *what, int error)
{
	d->what = what;
	d->error = error;
	return reason;
}

static enum reason
hello_await(struct dial *d, int64_t until)
{
	unsigned char bytes[FRAME_HEADER];
	struct frame hello;

	switch (frame_recv(
	    d->sock, &hello, 1u << FRAME_HELLO, bytes, sizeof(bytes), until)) {
	case FRAME_OK:
		return REASON_NONE;
	case FRAME_EOF:
		return fails(d, REASON_SOCKET_BUSY,
		    "the helper takes no more logins at the moment", 0);
	case FRAME_TIMEOUT:
		return fails(d, REASON_SOCKET_SILENT,
		    "the helper did not answer within 3 s: restart it", 0);
	case FRAME_OTHER_VERSION:
		return fails(d, REASON_HELPER_VERSION,
		    "the helper is of another version: restart it", 0);
	case FRAME_BAD:
	case FRAME_FAILED:
		break;
	}
	return fails(d, REASON_PROTOCOL, "this is no helper", 0);
}

static enum reason
try_once(struct dial *d, const struct sockaddr_un *to, int64_t until)
{
	d->sock = spawn_fd_lift(
	    socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
	if (d->sock < 0)
		return fails(d, REASON_HELPER_START, "no socket", errno);
	if (connect(d->sock, (const struct sockaddr *)to, sizeof(*to)) != 0)
		return fails(d,
		    errno == EAGAIN ? REASON_SOCKET_BUSY
				    : REASON_SOCKET_MISSING,
		    "no connection", errno);
	if (!frame_is_roots(d->sock))
		return fails(d, REASON_SOCKET_OWNER,
		    "another user than root listens there", 0);
	return hello_await(d, until);
}

/* A helper that is restarting or full is back soon. One of another version
 * starts the new one as soon as an upgrade has replaced its file. */
static bool
is_passing(const struct dial *d, enum reason reason)
{
	return reason == REASON_SOCKET_BUSY ||
	    reason == REASON_HELPER_VERSION ||
	    (reason == REASON_SOCKET_MISSING && d->error == ECONNREFUSED);
}

enum reason
dial_start(struct dial *d, const char *path, bool patient)
{
	const int64_t until = frame_clock_ms() + PATIENCE_MS;
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	enum reason reason;

	*d = (struct dial){ .sock = -1 };
	if (strlen(path) >= sizeof(to.sun_path))
		return fails(d, REASON_SOCKET_MISSING, "its path is too long",
		    ENAMETOOLONG);
	memcpy(to.sun_path, path, strlen(path) + 1);
	for (;;) {
		reason = try_once(d, &to, until);
		if (reason == REASON_NONE)
			return reason;
		if (d->sock >= 0)
			(void)close(d->sock);
		d->sock = -1;
		if (!patient || !is_passing(d, reason) ||
		    frame_clock_ms() >= until - LAST_TRY_MS)
			return reason;
		(void)poll(NULL, 0, STEP_MS);
	}
}
