/* SPDX-License-Identifier: BSD-2-Clause */
/* A login's dialogue with one helper, or with the next during an upgrade. */
#include "pam_module/pam_module.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define CONNECT_MS 3000      /* limit of connecting, with HELLO */
#define CONNECT_LAST_MS 500  /* of that, for HELLO of the last try */
#define CONNECT_RETRY_MS 50  /* retry interval */
#define ALLOWANCE_MS 10000   /* every wait ends this long after the deadline */
#define GRACE_MS 2000        /* for a failed helper to exit by itself */
#define UPGRADE_MS 5000      /* until an upgrade has replaced both files */
#define UPGRADE_RETRY_MS 250 /* retry interval */
#define SHOWN_MAX 5000       /* texts and prompts; more than a login has */

#define BIT(type) (1u << (type))

/* A connection to the listener. Nothing is sent on it before BEGIN, so after
 * any failure the login may start a helper. */
struct dial {
	int sock;         /* after HELLO was received; else -1 */
	const char *what; /* the failure, for the log */
	int error;        /* its errno, or 0 */
};

static enum reason
dial_failed(struct dial *d, enum reason reason, const char *what, int error)
{
	d->what = what;
	d->error = error;
	return reason;
}

static enum reason
wait_hello(struct dial *d, int64_t until)
{
	unsigned char bytes[FRAME_HEADER];
	struct frame hello;

	switch (frame_recv(
	    d->sock, &hello, 1u << FRAME_HELLO, bytes, sizeof(bytes), until)) {
	case FRAME_OK:
		return REASON_NONE;
	case FRAME_EOF:
		return dial_failed(d, REASON_SOCKET_BUSY,
		    "the helper takes no more logins at the moment", 0);
	case FRAME_TIMEOUT:
		return dial_failed(d, REASON_SOCKET_SILENT,
		    "the helper did not answer within 3 s: restart it", 0);
	case FRAME_OTHER_VERSION:
		return dial_failed(d, REASON_HELPER_VERSION,
		    "the helper is of another version: restart it", 0);
	case FRAME_BAD:
	case FRAME_FAILED:
		break;
	}
	return dial_failed(d, REASON_PROTOCOL, "not a helper", 0);
}

static enum reason
try_once(struct dial *d, const struct sockaddr_un *to, int64_t until)
{
	d->sock = spawn_fd_lift(
	    socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
	if (d->sock < 0)
		return dial_failed(d, REASON_HELPER_START, "no socket", errno);
	if (connect(d->sock, (const struct sockaddr *)to, sizeof(*to)) != 0)
		return dial_failed(d,
		    errno == EAGAIN ? REASON_SOCKET_BUSY
				    : REASON_SOCKET_MISSING,
		    "no connection", errno);
	if (!frame_listener_is_root(d->sock))
		return dial_failed(d, REASON_SOCKET_OWNER,
		    "a user other than root listens there", 0);
	return wait_hello(d, until);
}

/* Connects to path. Root must listen there, and HELLO must be received within
 * 3 s. patient: retries while the listener may soon accept: it restarts, is
 * full, or will run another version once an upgrade has replaced its file.
 * Returns REASON_NONE, or the reason for the log line; SOCKET_MISSING with
 * ENOENT if there never was a listener. */
static enum reason
dial_start(struct dial *d, const char *path, bool patient)
{
	const int64_t until = frame_clock_ms() + CONNECT_MS;
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	enum reason reason;
	bool soon;

	*d = (struct dial){ .sock = -1 };
	if (strlen(path) >= sizeof(to.sun_path))
		return dial_failed(d, REASON_SOCKET_MISSING,
		    "its path is too long", ENAMETOOLONG);
	memcpy(to.sun_path, path, strlen(path) + 1);
	for (;;) {
		reason = try_once(d, &to, until);
		if (reason == REASON_NONE)
			return reason;
		if (d->sock >= 0)
			(void)close(d->sock);
		d->sock = -1;
		soon = reason == REASON_SOCKET_BUSY ||
		    reason == REASON_HELPER_VERSION ||
		    (reason == REASON_SOCKET_MISSING &&
			d->error == ECONNREFUSED);
		if (!patient || !soon ||
		    frame_clock_ms() >= until - CONNECT_LAST_MS)
			return reason;
		(void)poll(NULL, 0, CONNECT_RETRY_MS);
	}
}

/* Returns the argument that prevents the use of a socket, or NULL. The listener
 * ends a worker after 300 s, so longer deadlines do. So do other paths, which
 * the service manager may hide from the listener; an admin who writes
 * transport=socket for a service of root has ensured that it sees them. */
static const char *
socket_obstacle(const struct module_arguments *a, bool root)
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

/* starts: the login can start a helper instead, so it does not wait for the
 * listener, and a missing one is no error. */
static enum reason
open_socket(struct relay *r, const struct module_arguments *a, bool starts)
{
	const char *path = module_arguments_socket_path(a, geteuid() == 0);
	struct dial dial;
	const enum reason reason = dial_start(&dial, path, !starts);

	r->sock = dial.sock;
	r->socket = reason == REASON_NONE;
	if (reason == REASON_NONE ||
	    (starts && reason == REASON_SOCKET_MISSING && dial.error == ENOENT))
		return reason;
	module_log_problem("socket %s: %s%s%s%s", path, dial.what,
	    dial.error != 0 ? ": " : "",
	    dial.error != 0 ? strerror(dial.error) : "",
	    starts ? "; this login starts a helper of its own"
		   : "; see systemctl status twofa-helper.socket "
		     "twofa-helper-user.socket");
	return reason;
}

/* Connects to the listener or starts a helper, which has until the relay's
 * deadline. Returns REASON_NONE, or the reason for the log line, after logging
 * the cause. */
static enum reason
transport_open(
    struct relay *r, struct spawn *spawn, const struct module_arguments *a)
{
	const bool root = geteuid() == 0;
	const bool starts = root && a->transport != TRANSPORT_SOCKET;
	const char *obstacle = a->transport == TRANSPORT_SPAWN
	    ? "transport=spawn"
	    : socket_obstacle(a, root);

	enum reason reason;
	int64_t left;

	if (obstacle == NULL) {
		reason = open_socket(r, a, starts);
		if (reason == REASON_NONE || !starts)
			return reason;
	}
	if (starts) {
		left = r->deadline - frame_clock_ms();
		reason = spawn_start(spawn, a->helper, left < 1 ? 1 : left);
		r->sock = spawn->sock;
		return reason;
	}
	module_log_problem(
	    "%s needs a helper that is started for the login, which takes "
	    "effective uid 0 and transport=auto or spawn; leave it out",
	    obstacle);
	return REASON_NO_TRANSPORT;
}

/* BEGIN is too large for the stack of an application's thread, and is not
 * zeroed, as only certificates need the space. */
static enum reason
send_begin(const struct relay *r, const struct facts *facts)
{
	unsigned char *bytes = malloc(FRAME_BEGIN_MAX);
	struct frame begin;

	if (bytes == NULL) {
		module_log_problem(
		    "no memory for the facts of this login; free "
		    "memory of this service");
		return REASON_HELPER_START;
	}
	frame_init(&begin, FRAME_BEGIN, bytes, FRAME_BEGIN_MAX);
	facts_put(&begin, facts);
	/* an error shows when the helper's frames are read */
	if (!begin.failed)
		(void)frame_send(r->sock, &begin);
	explicit_bzero(bytes, begin.len); /* a code may be in it */
	free(bytes);
	if (begin.failed) {
		module_log_problem(
		    "facts of this login are too large for the helper: the "
		    "user, terminal or host name is over 1,024 bytes, or "
		    "SSH_AUTH_INFO_0 over 56 KiB; shorten it");
		return REASON_FACTS_TOO_LARGE;
	}
	return REASON_NONE;
}

/* Replaces control characters and malformed UTF-8. A terminal that is not in
 * UTF-8 mode takes the bytes 0x80 to 0x9f for controls, so these pass only
 * within a character. */
static void
replace_controls(char *text)
{
	while (*text != '\0') {
		const size_t len = escape_utf8_char_len(text);

		if (len == 0)
			*text = '?';
		text += len == 0 ? 1 : len;
	}
}

static void
send_abort(const struct relay *r, enum frame_abort why)
{
	unsigned char bytes[FRAME_HEADER + 16];
	struct frame f;

	frame_init(&f, FRAME_ABORT, bytes, sizeof(bytes));
	frame_put_number(&f, FIELD_ABORT, why);
	(void)frame_send(r->sock, &f);
}

/* Sends an answer that is too long as "", with its true length. */
static void
send_answer(const struct relay *r, const char *answer)
{
	unsigned char bytes[FRAME_HEADER + 64 + FRAME_ANSWER_MAX];
	const size_t len = strlen(answer);
	struct frame f;

	frame_init(&f, FRAME_ANSWER, bytes, sizeof(bytes));
	frame_put_text(&f, FIELD_ANSWER, len > FRAME_ANSWER_MAX ? "" : answer);
	frame_put_number(&f, FIELD_TYPED, (int64_t)len);
	(void)frame_send(r->sock, &f);
	explicit_bzero(bytes, sizeof(bytes));
}

static void
ask_user(struct relay *r, const char *prompt, bool echo)
{
	const struct relay_user *user = r->user;
	char *answer = user->ask(r->ctx, prompt, echo);

	if (answer == NULL) {
		r->aborted = true;
		send_abort(r, ABORT_CONVERSATION);
		return;
	}
	r->password = user->is_password(r->ctx, answer);
	if (frame_clock_ms() > r->deadline)
		r->late = true; /* the helper sends its verdict */
	else if (r->password)
		send_abort(r, ABORT_PASSWORD);
	else
		send_answer(r, answer);
	r->aborted = r->password && !r->late;
	explicit_bzero(answer, strlen(answer));
	free(answer);
}

static enum reason
result_reason(enum frame_result result)
{
	return result == FRAME_EOF    ? REASON_HELPER_DIED
	    : result == FRAME_TIMEOUT ? REASON_DEADLINE
				      : REASON_PROTOCOL;
}

static bool
number_within(const struct frame *f, enum frame_field tag, int64_t most)
{
	int64_t number;

	return frame_number(f, tag, &number) == 0 && number >= 0 &&
	    number <= most;
}

/* sshd keeps all texts of a login in memory until the next prompt. */
static enum reason
serve_frame(struct relay *r, const struct frame *f)
{
	char *text = (char *)frame_text(f, FIELD_TEXT);

	if (r->shown++ == SHOWN_MAX)
		return REASON_PROTOCOL;
	replace_controls(text);
	if (f->type == FRAME_SAY) {
		r->user->say(r->ctx, text);
		return REASON_NONE;
	}
	if (!number_within(f, FIELD_ECHO, true))
		return REASON_PROTOCOL;
	ask_user(r, text, !number_within(f, FIELD_ECHO, false));
	return REASON_NONE;
}

/* Only for debugging: an unknown word is logged and decides nothing. */
static void
check_reason(const struct relay *r, const struct frame *verdict)
{
	const char *word = frame_text(verdict, FIELD_REASON);

	if (r->debug && word != NULL && word[0] != '\0' &&
	    reason_from_word(word) == REASON_NONE)
		module_log_debug(
		    "helper's reason is unknown here: install "
		    "pam_twofa.so and twofa-helper of one version");
}

static enum reason
relay_frames(struct relay *r)
{
	unsigned allowed = BIT(FRAME_SAY) | BIT(FRAME_ASK) | BIT(FRAME_VERDICT);
	enum reason reason = REASON_NONE;
	enum frame_result result;
	unsigned char end[FRAME_HEADER];
	struct frame f;

	while (reason == REASON_NONE) {
		/* frames may keep coming, so no receive would time out */
		if (frame_clock_ms() >= r->limit)
			return REASON_DEADLINE;
		result = frame_recv(
		    r->sock, &f, allowed, r->bytes, sizeof(r->bytes), r->limit);
		if (r->debug)
			module_log_debug("helper's frame: result %d, type %d",
			    (int)result, (int)f.type);
		if (result != FRAME_OK)
			return result_reason(result);
		if (f.type == FRAME_VERDICT)
			break;
		reason = serve_frame(r, &f);
		if (r->aborted || r->late)
			allowed = BIT(FRAME_SAY) | BIT(FRAME_VERDICT);
	}
	if (reason != REASON_NONE)
		return reason;
	if (!number_within(&f, FIELD_VERDICT, VERDICT_ALLOW))
		return REASON_PROTOCOL;
	check_reason(r, &f);
	r->verdict = f;
	if (r->socket) {
		result = frame_recv(
		    r->sock, &f, BIT(FRAME_END), end, sizeof(end), r->limit);
		if (result != FRAME_OK)
			return result_reason(result);
		r->ended = true;
	}
	/* A second verdict makes the first one invalid. */
	result = frame_recv(r->sock, &f, 0, end, sizeof(end), r->limit);
	if (result != FRAME_EOF)
		return result_reason(result);
	return r->late ? REASON_DEADLINE : REASON_NONE;
}

/* Runs from BEGIN until the helper's EOF after VERDICT, or END. Returns
 * REASON_NONE, or the reason for the log line; then the login is denied,
 * whatever the verdict. */
static enum reason
relay_run(struct relay *r, const struct facts *facts)
{
	enum reason reason;

	r->verdict = (struct frame){ 0 }; /* may be another helper's */
	reason = send_begin(r, facts);
	if (reason != REASON_NONE)
		return reason;
	reason = relay_frames(r);
	/* the module writes this login's line, not the helper */
	if (reason != REASON_NONE && !r->aborted)
		send_abort(r, ABORT_CONVERSATION);
	return reason;
}

/* One helper, from its start to its end. */
static enum reason
talk_once(struct relay *r, const struct module_arguments *args,
    struct facts *facts, int *status)
{
	struct spawn spawn = SPAWN_NONE;
	int64_t until = r->deadline + ALLOWANCE_MS, left;
	enum reason reason;

	r->socket = false;
	reason = transport_open(r, &spawn, args);
	left = r->deadline - frame_clock_ms();
	facts->deadline_ms = left < 1 ? 1 : left;
	r->limit = until;
	if (reason == REASON_NONE)
		reason = relay_run(r, facts);
	if (reason != REASON_NONE && until > frame_clock_ms() + GRACE_MS)
		until = frame_clock_ms() + GRACE_MS;
	if (r->socket)
		(void)close(r->sock);
	/* END takes the place of an exit status */
	*status = !r->socket ? spawn_finish(&spawn, until)
	    : r->ended       ? 0
			     : SPAWN_STATUS_UNKNOWN;
	if (*status == SPAWN_STATUS_UNKNOWN && frame_clock_ms() > r->deadline)
		return REASON_DEADLINE; /* killed at the deadline */
	return reason;
}

/* True if the helper refused the module's version before anything was shown. */
static bool
is_other_version(const struct relay *r)
{
	const char *word = frame_text(&r->verdict, FIELD_REASON);

	return r->shown == 0 && word != NULL &&
	    reason_from_word(word) == REASON_HELPER_VERSION;
}

/* During an upgrade the new module meets the old helper for a moment, and after
 * a downgrade a program that has loaded the new module meets the old helper. So
 * both versions are tried by turns. */
enum reason
helper_talk(struct relay *r, const struct module_arguments *args,
    struct facts *facts, int *status)
{
	const int64_t until = frame_clock_ms() + UPGRADE_MS;
	enum reason reason = talk_once(r, args, facts, status);
	bool use_oldest = false;

	while (reason == REASON_NONE && is_other_version(r) &&
	    frame_clock_ms() < until) {
		use_oldest =
		    !use_oldest && FRAME_VERSION_OLDEST < FRAME_VERSION;
		frame_set_version(
		    use_oldest ? FRAME_VERSION_OLDEST : FRAME_VERSION);
		if (!use_oldest)
			(void)poll(NULL, 0, UPGRADE_RETRY_MS);
		reason = talk_once(r, args, facts, status);
	}
	return reason;
}
