/* SPDX-License-Identifier: BSD-2-Clause */
/* The store in a worker: each operation is a request to the state broker, never
 * repeated. Without a valid reply in time the login is denied. */
#include "helper/broker/broker_inside.h"

#include <errno.h>
#include <stdlib.h>

#include "helper/store/store_backend.h"

/* Operations whose reply is only a result. The arguments are declarations.
 * NOLINTBEGIN(bugprone-macro-parentheses) */
#define PLAIN(name, op, takes, ...)                                            \
	static int broker_##name takes                                         \
	{                                                                      \
		return request_result(                                         \
		    s, op, &(struct broker_request){ __VA_ARGS__ });           \
	}
/* NOLINTEND(bugprone-macro-parentheses) */
#define ABOUT_ROW(name, op)                                                    \
	PLAIN(name, op, (struct store * s, int64_t id), .id = id)

/* of a request after the login's end, as after a provider that was silent until
 * then: its log line says what happened, and the broker gives a server a second
 */
#define LATE_MS 1500
/* for a BEGIN whose module has gone */
#define LEFT_MS 1000

struct store {
	STORE_STATE; /* its host is for the log; "" for a state file */
	bool next_key;
	enum store_failure failure;
	char which[SETTINGS_NAME_MAX]; /* the limit that the last message met */
	char like[OWNER_STATE_MAX];    /* store_bound.like, or "" */
};

static int broker_fd = -1;          /* one connection for each process */
static struct store *broker_opened; /* and one store, or NULL */
static struct broker_frame broker_crossing;
static enum store_failure broker_not_opened;
static const char *broker_lost; /* why no more requests are sent, or NULL */
/* OPEN and BIND are sent together with the next request, as each wakes the
 * broker, and only their failure is answered, in place of that one. */
static struct {
	size_t count; /* not sent yet */
	struct {
		size_t len;
		unsigned char b[8192]; /* more than their texts have */
	} request[2];
	bool unsure; /* it is not known whether they failed */
} quiet;
static const struct broker_request
    no_arguments; /* for operations without arguments */

static bool
fail_session(struct store *s, const char *why)
{
	broker_lost = why;
	s->failure = STORE_UNKNOWN;
	snprintf(s->cause, sizeof(s->cause),
	    "state: %s: see the log of the state broker", why);
	return false;
}

static int
left_ms(void)
{
	const int64_t left = store_deadline() - frame_clock_ms();

	if (store_deadline() == 0 || left > BROKER_LIFE_MS)
		return (int)BROKER_LIFE_MS;
	return left > LATE_MS ? (int)left : LATE_MS;
}

static bool
request_send(const void *bytes, size_t len)
{
	return send(broker_fd, bytes, len, MSG_NOSIGNAL) == (ssize_t)len;
}

static bool
put_request(
    struct store *s, enum broker_op op, const struct broker_request *request)
{
	if (!broker_request_write(&broker_crossing, op, request)) {
		snprintf(s->cause, sizeof(s->cause),
		    "state: %s: request is too long", broker_op_name(op));
		s->failure = STORE_FAILED_OTHERWISE;
		return false;
	}
	/* where one cannot be sent, the last cannot either */
	for (size_t i = 0; i < quiet.count; i++)
		(void)request_send(quiet.request[i].b, quiet.request[i].len);
	quiet.count = 0;
	/* of a connection that was closed a failure may be left to read */
	if (!request_send(broker_crossing.b, broker_crossing.used) &&
	    !quiet.unsure)
		return fail_session(s, "the state broker has ended");
	return true;
}

/* Like broker_frame_receive() until then, also if the broker has closed the
 * connection after a failure, with requests unread: the error comes first. */
static ssize_t
reply_receive(int64_t until)
{
	const ssize_t n =
	    broker_frame_receive(&broker_crossing, broker_fd, until);

	return n < 0 && errno == ECONNRESET && quiet.unsure
	    ? broker_frame_receive(&broker_crossing, broker_fd, until)
	    : n;
}

/* Reads the reply of a quiet request. */
static bool
read_quiet_failure(struct broker_reply *reply)
{
	const bool failed = quiet.unsure &&
	    (broker_reply_read(&broker_crossing, BROKER_OPEN, reply) ||
		broker_reply_read(&broker_crossing, BROKER_BIND, reply)) &&
	    reply->result != 0;

	reply->result = -1;
	return failed;
}

static bool
exchange(struct store *s, enum broker_op op,
    const struct broker_request *request, struct broker_reply *reply)
{
	const int64_t until = frame_clock_ms() + left_ms();
	ssize_t n;

	if (!put_request(s, op, request))
		return false;
	n = reply_receive(until);
	if (n <= 0)
		return fail_session(s,
		    n == 0 && frame_clock_ms() >= until
			? "the state broker does not reply"
			: "the state broker has ended");
	if (!broker_reply_read(&broker_crossing, op, reply) &&
	    !read_quiet_failure(reply))
		return fail_session(
		    s, "the state broker sent an invalid reply");
	quiet.unsure = false;
	return true;
}

/* Sends a request, and copies the fields that all replies have. Returns the
 * result, or -1. */
static int64_t
broker_request(struct store *s, enum broker_op op,
    const struct broker_request *request, struct broker_reply *reply)
{
	const int64_t since = frame_clock_ms();
	bool crossed;

	memset(reply, 0, sizeof(*reply));
	crossed = broker_lost != NULL ? fail_session(s, broker_lost)
				      : exchange(s, op, request, reply);
	broker_frame_wipe(&broker_crossing);
	if (s->host[0] != '\0')
		store_wait_times_add(
		    crossed && reply->server[0] != '\0' ? reply->server : NULL,
		    frame_clock_ms() - since);
	if (!crossed)
		return -1;
	s->keyless = reply->keyless;
	s->failure = (enum store_failure)reply->failure;
	memcpy(s->cause, reply->cause, sizeof(s->cause));
	return reply->result;
}

int64_t
broker_client_request(enum broker_op op, const struct broker_request *request,
    struct broker_reply *reply)
{
	memset(reply, 0, sizeof(*reply));
	return broker_opened != NULL
	    ? broker_request(broker_opened, op, request, reply)
	    : -1;
}

void
broker_client_send(enum broker_op op, const struct broker_request *request)
{
	if (broker_request_write(&broker_crossing, op, request))
		(void)request_send(broker_crossing.b, broker_crossing.used);
	broker_frame_wipe(&broker_crossing);
}

/* For operations whose reply is only a result. */
static int
request_result(
    struct store *s, enum broker_op op, const struct broker_request *request)
{
	struct broker_reply reply;

	return (int)broker_request(s, op, request, &reply);
}

/* A guess is identified by the number that the broker gave it, kept in
 * series. Of its locks, a login only needs to know if one exists. */
static void
set_token(struct store_guess_token *t, const struct broker_reply *a)
{
	*t = (struct store_guess_token){ .counted = a->guess != 0,
		.locked = { a->locked },
		.series = { a->guess } };
}

static int64_t
guess_handle(const struct store_counted *back)
{
	return back != NULL && back->token != NULL && back->token->counted
	    ? back->token->series[GUESS_SOURCE]
	    : 0;
}

static const char *
client_set_which(struct store *s, const struct broker_reply *a)
{
	memcpy(s->which, a->which, sizeof(s->which));
	return s->which[0] == '\0' ? NULL : s->which;
}

/* Like request_result(), but quiet, if the state is a file: that of a server,
 * which may be out of reach, is to be known at once. */
static int
request_quietly(
    struct store *s, enum broker_op op, struct broker_request request)
{
	const size_t at = quiet.count;

	request.quiet = s->host[0] == '\0' && at < COUNT_OF(quiet.request);
	if (!request.quiet ||
	    !broker_request_write(&broker_crossing, op, &request))
		return request_result(s, op, &request);
	quiet.request[at].len = broker_crossing.used;
	memcpy(quiet.request[at].b, broker_crossing.b, broker_crossing.used);
	quiet.count++;
	quiet.unsure = true;
	return 0;
}

static struct store *
broker_open(const char *where, const struct store_session *me,
    char cause[STORE_CAUSE_MAX])
{
	const struct broker_request request = { .where = where };
	struct store *s = calloc(1, sizeof(*s));

	if (s == NULL) {
		snprintf(cause, STORE_CAUSE_MAX, "state: out of memory");
		return NULL;
	}
	if (me->server != NULL) {
		snprintf(s->host, sizeof(s->host), "%s",
		    me->host != NULL ? me->host : STORE_HOST);
		store_wait_times_begin(s->host);
	}
	if (request_quietly(s, BROKER_OPEN, request) == 0)
		return broker_opened = s;
	broker_not_opened = s->failure;
	memcpy(cause, s->cause, STORE_CAUSE_MAX);
	free(s);
	return NULL;
}

static void
broker_close(struct store *s)
{
	broker_opened = NULL;
	free(s);
}

static enum store_failure
broker_failure(const struct store *s)
{
	return s != NULL ? s->failure : broker_not_opened;
}

static int
broker_bind(struct store *s, const struct store_bound *bound)
{
	const struct broker_request request = { .user = bound->user,
		.like = bound->like,
		.caller = bound->caller,
		.remembered = bound->binding != NULL,
		.flag = bound->remember_key,
		.ms = bound->remember_s * 1000 };

	if (bound->like != NULL)
		snprintf(s->like, sizeof(s->like), "%s", bound->like);
	return bound->begins ? request_quietly(s, BROKER_BIND, request)
			     : request_result(s, BROKER_BIND, &request);
}

static enum store_record
broker_record(struct store *s, const char *user, char **text)
{
	const struct broker_request request = { .user = user,
		.flag = s->next_key };
	struct broker_reply reply;
	const int64_t found =
	    broker_request(s, BROKER_RECORD, &request, &reply);

	if (found == STORE_RECORD_OTHER_KEY)
		s->next_key = true;
	if (found >= STORE_RECORD_ERROR && found <= STORE_RECORD_OUTAGE &&
	    (found == STORE_RECORD_FOUND) == (reply.text != NULL)) {
		*text = reply.text;
		return (enum store_record)found;
	}
	free(reply.text);
	return STORE_RECORD_ERROR;
}

static int
broker_begin_or_dry_run(struct store *s, const struct store_begin *b, bool look,
    struct store_begun *out)
{
	struct broker_request request = { .begin = *b };
	struct broker_reply reply;
	const int result =
	    (int)broker_request(s, BROKER_BEGIN, &request, &reply);

	(void)look; /* no login does a dry run of this */
	*out = reply.begun;
	out->at = (size_t)reply.left_ms;
	out->which = client_set_which(s, &reply);
	return result;
}

static enum store_claim
broker_claim_or_dry_run(struct store *s, const struct store_candidate *of,
    bool look, struct store_row *row)
{
	const struct broker_request request = { .claim = *of, .flag = look };
	struct broker_reply reply;
	const int64_t result =
	    broker_request(s, BROKER_CLAIM, &request, &reply);

	*row = reply.row;
	return result > CLAIM_ERROR && result <= CLAIM_UNFIT
	    ? (enum store_claim)result
	    : CLAIM_ERROR;
}

ABOUT_ROW(row_remove_unsent, BROKER_UNSENT)
ABOUT_ROW(row_mark_unknown, BROKER_UNKNOWN)
ABOUT_ROW(row_is_held, BROKER_HOLDS)
ABOUT_ROW(row_remove_held, BROKER_DROP)
ABOUT_ROW(send_refund, BROKER_SEND_REFUND)
/* clang-format off */
PLAIN(row_set_started, BROKER_STARTED,
    (struct store *s, const struct store_started *t), .started = *t)
PLAIN(number_is_unclaimed, BROKER_NUMBER_FREE,
    (struct store *s, int64_t id, const char *number),
    .id = id, .number = number)
PLAIN(code_right, BROKER_CODE_RIGHT,
    (struct store *s, const struct store_row *row, const char *code),
    .id = row->id, .request_id = row->request_id, .number = code)
PLAIN(row_refund_try, BROKER_REFUND, (struct store *s, int64_t id,
    const char *request_id, const struct store_counted *back),
    .id = id, .request_id = request_id, .guess = guess_handle(back))
PLAIN(row_spend, BROKER_SPEND, (struct store *s, int64_t id,
    const char *request_id, int64_t ms, const struct store_counted *back),
    .id = id, .request_id = request_id, .ms = ms,
    .guess = guess_handle(back))
PLAIN(row_remove_ended, BROKER_END, (struct store *s, int64_t id, const char *request_id),
    .id = id, .request_id = request_id)
PLAIN(row_hold_for_replacing, BROKER_REPLACE,
    (struct store *s, int64_t id, const char *request_id, bool alone),
    .id = id, .request_id = request_id, .flag = alone)
PLAIN(guess_refund, BROKER_GUESS_REFUND,
    (struct store *s, const struct store_counted *back),
    .guess = guess_handle(back))
PLAIN(guess_lock_after_refusal, BROKER_REFUSE, (struct store *s, const struct store_refusal *r),
    .id = r->id, .request_id = r->request_id)
PLAIN(code_was_used_recently, BROKER_CODE_RECENT, (struct store *s,
    const struct store_code *code, const struct store_counted *back),
    .number = code->typed, .provider = code->provider,
    .guess = guess_handle(back))
PLAIN(provider_pass_over, BROKER_PASS_OVER,
    (struct store *s, const char *provider, int64_t ms),
    .provider = ((void)ms, provider))
PLAIN(decoy_note_name, BROKER_DECOY,
    (struct store *s, const char *own, const char *shared),
    .user = ((void)shared, own))
PLAIN(row_finish, BROKER_FINISH, (struct store *s,
    const struct store_finish *f, const struct store_right *right),
    .id = ((void)right, f->id), .request_id = f->request_id)
PLAIN(code_claim, BROKER_CODE_CLAIM, (struct store *s,
    const struct store_code *code, const struct store_right *right),
    .provider = ((void)code, right->provider))
/* A row that this login holds: process is 0, as a worker does not know its
 * holder id. The broker itself restores the rows of dead holders. */
PLAIN(row_restore_of_dead, BROKER_RESTORE,
    (struct store *s, int64_t id, int64_t process), .id = ((void)process, id))
PLAIN(noop, BROKER_NOOP, (struct store *s), .id = 0)
/* clang-format on */

static int
broker_row_read(struct store *s, int64_t id, struct store_row *row)
{
	const struct broker_request request = { .id = id };
	struct broker_reply reply;
	const int result =
	    (int)broker_request(s, BROKER_LOOK, &request, &reply);

	*row = reply.row;
	return result;
}

static enum store_guess
guessed(struct store *s, enum broker_op op,
    const struct broker_request *request, struct broker_reply *reply,
    int64_t *wait_s)
{
	const int64_t result = broker_request(s, op, request, reply);

	*wait_s = reply->wait_s;
	return result > GUESS_ERROR && result <= GUESS_LOCKED_OUT
	    ? (enum store_guess)result
	    : GUESS_ERROR;
}

static enum store_guess
broker_guess_take(struct store *s, const char *user, const char *source,
    const struct limits_of_guesses *limits, struct store_guess_token *token,
    int64_t *wait_s)
{
	struct broker_reply reply;
	const enum store_guess result =
	    guessed(s, BROKER_GUESS_TAKE, &no_arguments, &reply, wait_s);

	(void)user;
	(void)source;
	(void)limits;
	set_token(token, &reply);
	return result;
}

static enum store_guess
broker_guess_look(struct store *s, const char *user, const char *source,
    int64_t *wait_s, bool *refused)
{
	struct broker_reply reply;
	const enum store_guess result =
	    guessed(s, BROKER_GUESS_LOOK, &no_arguments, &reply, wait_s);

	(void)user;
	(void)source;
	if (refused != NULL)
		*refused = reply.refused;
	return result;
}

static bool
broker_guess_take_with_try(
    struct store *s, const struct store_attempt *a, struct store_attempted *out)
{
	const struct broker_request request = {
		.id = a->id, .tries = a->tries, .guess = guess_handle(a->back)
	};
	struct broker_reply reply;
	const bool counted =
	    broker_request(s, BROKER_ATTEMPT, &request, &reply) == 1;

	*out = (struct store_attempted){ .guess = reply.guessed,
		.wait_s = reply.wait_s,
		.tried = reply.tried,
		.row = reply.row };
	set_token(&out->token, &reply);
	return counted && reply.guessed == GUESS_OPEN &&
	    reply.tried == TRY_COUNTED;
}

static enum store_send
broker_send_or_dry_run(struct store *s, const struct store_send_key *key,
    const struct limits_of_sends *limits, bool look, int64_t *id,
    int64_t *wait_s, const char **which)
{
	const struct broker_request request = { .message = *key };
	struct broker_reply reply;
	const int64_t result =
	    broker_request(s, BROKER_SEND_TAKE, &request, &reply);

	(void)limits;
	(void)look; /* no login does a dry run of this */
	*id = reply.id;
	*wait_s = reply.wait_s;
	*which = client_set_which(s, &reply);
	return result > SEND_ERROR && result <= SEND_WAIT
	    ? (enum store_send)result
	    : SEND_ERROR;
}

static int
broker_recovery_list(struct store *s, const char *user,
    struct store_recovery list[STORE_CODES_MAX])
{
	struct broker_reply reply;
	const int64_t count =
	    broker_request(s, BROKER_RECOVERY_LIST, &no_arguments, &reply);

	(void)user;
	if (count < 0 || (size_t)count != reply.hashes)
		return -1;
	memcpy(list, reply.hash, sizeof(reply.hash));
	return (int)count;
}

static int
broker_recovery_claim(struct store *s, const struct store_recovery *list,
    int count, const struct store_right *right, struct store_recovery *used,
    unsigned *left)
{
	struct broker_request request = { .hashes = (size_t)count };
	struct broker_reply reply;
	int result;

	(void)right;
	memcpy(request.hash, list, (size_t)count * sizeof(list[0]));
	result =
	    (int)broker_request(s, BROKER_RECOVERY_CLAIM, &request, &reply);
	*used = reply.recovery;
	*left = reply.left;
	explicit_bzero(&request, sizeof(request));
	return result;
}

/* Counts the codes of the user, or of the template that a decoy shows. */
static int
broker_recovery_count_codes(struct store *s, const char *user)
{
	return request_result(s, BROKER_RECOVERY_LEFT,
	    &(struct broker_request){
		.flag = s->like[0] != '\0' && strcmp(s->like, user) == 0 });
}

static enum store_guess
broker_app_attempt(
    struct store *s, struct store_app_code *a, int *claimed, int64_t *wait_s)
{
	const struct broker_request request = { .number = a->code,
		.uses = a->attempt->used != NULL };
	struct broker_reply reply;
	const enum store_guess result =
	    guessed(s, BROKER_TOTP, &request, &reply, wait_s);

	*claimed = reply.claimed;
	if (a->attempt->used != NULL)
		*a->attempt->used = reply.used;
	if (a->attempt->token != NULL)
		set_token(a->attempt->token, &reply);
	return result;
}

static int
broker_provider_passed_over_left(
    struct store *s, const char *provider, int64_t *left)
{
	const struct broker_request request = { .provider = provider };
	struct broker_reply reply;
	const int result =
	    (int)broker_request(s, BROKER_PASSED, &request, &reply);

	*left = reply.left_ms;
	return result;
}

static const struct store_backend broker_backend = {
	.claim_or_dry_run = broker_claim_or_dry_run,
	.begin_or_dry_run = broker_begin_or_dry_run,
	.row_set_started = broker_row_set_started,
	.number_is_unclaimed = broker_number_is_unclaimed,
	.row_remove_unsent = broker_row_remove_unsent,
	.row_mark_unknown = broker_row_mark_unknown,
	.code_right = broker_code_right,
	.app_attempt = broker_app_attempt,
	.row_read = broker_row_read,
	.row_refund_try = broker_row_refund_try,
	.row_finish = broker_row_finish,
	.row_spend = broker_row_spend,
	.row_remove_ended = broker_row_remove_ended,
	.row_hold_for_replacing = broker_row_hold_for_replacing,
	.row_is_held = broker_row_is_held,
	.row_remove_held = broker_row_remove_held,
	.row_restore_of_dead = broker_row_restore_of_dead,
	.guess_take = broker_guess_take,
	.guess_look = broker_guess_look,
	.guess_refund = broker_guess_refund,
	.guess_lock_after_refusal = broker_guess_lock_after_refusal,
	.guess_take_with_try = broker_guess_take_with_try,
	.send_or_dry_run = broker_send_or_dry_run,
	.send_refund = broker_send_refund,
	.recovery_list = broker_recovery_list,
	.recovery_claim = broker_recovery_claim,
	.recovery_count_codes = broker_recovery_count_codes,
	.code_claim = broker_code_claim,
	.code_was_used_recently = broker_code_was_used_recently,
	.provider_pass_over = broker_provider_pass_over,
	.provider_passed_over_left = broker_provider_passed_over_left,
	.decoy_note_name = broker_decoy_note_name,
	.open = broker_open,
	.close = broker_close,
	.failure = broker_failure,
	.bind = broker_bind,
	.noop = broker_noop,
	.records = &(const struct store_records){ .read = broker_record },
};

void
broker_client_set_fd(int fd)
{
	broker_fd = fd;
	store_set_broker_backend(&broker_backend);
}

bool
broker_client_has_fd(void)
{
	return broker_fd >= 0;
}

void
broker_client_send_name(const char *name, bool no_self)
{
	if (broker_fd >= 0)
		broker_client_send(BROKER_ACCOUNT,
		    &(struct broker_request){ .user = name, .flag = no_self });
}

/* A module that has gone is seen even where the broker hangs. It may have left
 * BEGIN behind, which is still the broker's to receive. */
ssize_t
broker_client_receive_begin(
    int module, unsigned char *bytes, size_t cap, int64_t until)
{
	struct pollfd p[] = { { .fd = broker_fd, .events = POLLIN },
		{ .fd = module, .events = POLLRDHUP } };
	ssize_t n = 0;

	if (broker_fd >= 0)
		(void)frame_poll(p, COUNT_OF(p), until);
	if (p[0].revents == 0 && p[1].revents != 0 &&
	    frame_poll(p, 1, frame_clock_ms() + LEFT_MS) <= 0)
		return -1;
	if (p[0].revents != 0)
		n = broker_frame_receive(&broker_crossing, broker_fd, 0);
	if (n <= 0 || (size_t)n > cap)
		return 0;
	memcpy(bytes, broker_crossing.b, (size_t)n);
	broker_frame_wipe(&broker_crossing);
	return n;
}
