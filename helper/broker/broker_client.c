/* SPDX-License-Identifier: BSD-2-Clause */
/* The store in a worker: each operation is a request to the state broker, never
 * repeated. Without a valid reply in time the login is denied. */
#include "helper/broker/broker.h"

#include <errno.h>
#include <stdlib.h>

#include "helper/broker/broker_inside.h"
#include "helper/store/store_backend.h"

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
static const struct broker_request
    nothing; /* for operations without arguments */

static bool
lose(struct store *s, const char *why)
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
	return left > 0 ? (int)left : 0;
}

static bool
cross(struct store *s, enum broker_op act, const struct broker_request *ask,
    struct broker_reply *answer)
{
	ssize_t n;

	if (!broker_request_write(&broker_crossing, act, ask)) {
		snprintf(s->cause, sizeof(s->cause),
		    "state: %s: request is too long", broker_op_name(act));
		s->failure = STORE_FAILED_OTHERWISE;
		return false;
	}
	if (send(broker_fd, broker_crossing.b, broker_crossing.used,
		MSG_NOSIGNAL) != (ssize_t)broker_crossing.used)
		return lose(s, "the state broker has ended");
	n = broker_frame_receive(
	    &broker_crossing, broker_fd, frame_clock_ms() + left_ms());
	if (n <= 0)
		return lose(s,
		    n == 0 && left_ms() == 0 ? "the state broker does not reply"
					     : "the state broker has ended");
	if (!broker_reply_read(&broker_crossing, act, answer))
		return lose(s, "the state broker sent an invalid reply");
	return true;
}

/* Sends a request, and copies the fields that all replies have. Returns the
 * result, or -1. */
static int64_t
broker_request(struct store *s, enum broker_op act,
    const struct broker_request *ask, struct broker_reply *answer)
{
	const int64_t since = frame_clock_ms();
	bool crossed;

	memset(answer, 0, sizeof(*answer));
	crossed = broker_lost != NULL ? lose(s, broker_lost)
				      : cross(s, act, ask, answer);
	broker_frame_wipe(&broker_crossing);
	if (s->host[0] != '\0')
		store_wait_times_add(crossed && answer->server[0] != '\0'
			? answer->server
			: NULL,
		    frame_clock_ms() - since);
	if (!crossed)
		return -1;
	s->keyless = answer->keyless;
	s->failure = (enum store_failure)answer->failure;
	memcpy(s->cause, answer->cause, sizeof(s->cause));
	return answer->result;
}

int64_t
broker_client_request(enum broker_op act, const struct broker_request *ask,
    struct broker_reply *answer)
{
	memset(answer, 0, sizeof(*answer));
	return broker_opened != NULL
	    ? broker_request(broker_opened, act, ask, answer)
	    : -1;
}

/* For operations whose reply is only a result. */
static int
plain(struct store *s, enum broker_op act, const struct broker_request *ask)
{
	struct broker_reply answer;

	return (int)broker_request(s, act, ask, &answer);
}

/* A guess is identified by the number that the broker gave it, kept in
 * series_source. Of its locks, a login only needs to know if one exists. */
static void
token_of(struct store_guess_token *t, const struct broker_reply *a)
{
	*t = (struct store_guess_token){ .counted = a->guess != 0,
		.locked_source = a->locked,
		.series_source = a->guess };
}

static int64_t
guess_number_of(const struct store_counted *back)
{
	return back != NULL && back->token != NULL && back->token->counted
	    ? back->token->series_source
	    : 0;
}

static const char *
which_of(struct store *s, const struct broker_reply *a)
{
	memcpy(s->which, a->which, sizeof(s->which));
	return s->which[0] == '\0' ? NULL : s->which;
}

static void
right_in(struct broker_request *ask, const struct store_right *right)
{
	ask->method = right->method;
	ask->provider = right->provider;
}

static struct store *
broker_open(const char *where, const struct store_session *me,
    char cause[STORE_CAUSE_MAX])
{
	const struct broker_request ask = { .where = where, .ms = left_ms() };
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
	if (plain(s, BROKER_OPEN, &ask) == 0)
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
	if (bound->like != NULL)
		snprintf(s->like, sizeof(s->like), "%s", bound->like);
	return plain(
	    s, BROKER_BIND, &(struct broker_request){ .bound = *bound });
}

static enum store_record
broker_record(struct store *s, const char *user, char **text)
{
	const struct broker_request ask = { .user = user, .flag = s->next_key };
	struct broker_reply answer;
	const int64_t found = broker_request(s, BROKER_RECORD, &ask, &answer);

	if (found == STORE_RECORD_OTHER_KEY)
		s->next_key = true;
	if (found >= STORE_RECORD_ERROR && found <= STORE_RECORD_OUTAGE &&
	    (found == STORE_RECORD_FOUND) == (answer.text != NULL)) {
		*text = answer.text;
		return (enum store_record)found;
	}
	free(answer.text);
	return STORE_RECORD_ERROR;
}

static int
broker_begin(struct store *s, const struct store_begin *b, bool look,
    struct store_begun *out)
{
	struct broker_request ask = { .begin = *b };
	struct broker_reply answer;
	const int result = (int)broker_request(s, BROKER_BEGIN, &ask, &answer);

	(void)look; /* no login does a dry run of this */
	*out = answer.begun;
	out->at = (size_t)answer.left_ms;
	out->which = which_of(s, &answer);
	return result;
}

static enum store_claim
broker_claim(struct store *s, const struct store_candidate *of, bool look,
    struct store_row *row)
{
	const struct broker_request ask = { .claim = *of, .flag = look };
	struct broker_reply answer;
	const int64_t result = broker_request(s, BROKER_CLAIM, &ask, &answer);

	*row = answer.row;
	return result > CLAIM_ERROR && result <= CLAIM_UNFIT
	    ? (enum store_claim)result
	    : CLAIM_ERROR;
}

/* Operations whose reply is only a result. The arguments are declarations.
 * NOLINTBEGIN(bugprone-macro-parentheses) */
#define PLAIN(name, act, takes, ...)                                           \
	static int broker_##name takes                                         \
	{                                                                      \
		return plain(s, act, &(struct broker_request){ __VA_ARGS__ }); \
	}
/* NOLINTEND(bugprone-macro-parentheses) */
#define ABOUT_ROW(name, act)                                                   \
	PLAIN(name, act, (struct store * s, int64_t id), .id = id)
ABOUT_ROW(unsent, BROKER_UNSENT)
ABOUT_ROW(unknown, BROKER_UNKNOWN)
ABOUT_ROW(holds, BROKER_HOLDS)
ABOUT_ROW(drop, BROKER_DROP)
ABOUT_ROW(send_refund, BROKER_SEND_REFUND)
/* clang-format off */
PLAIN(started, BROKER_STARTED,
    (struct store *s, const struct store_started *t), .started = *t)
PLAIN(number_is_unclaimed, BROKER_NUMBER_FREE,
    (struct store *s, int64_t id, const char *number),
    .id = id, .number = number)
PLAIN(code_right, BROKER_CODE_RIGHT,
    (struct store *s, const struct store_row *row, const char *code),
    .id = row->id, .request_id = row->request_id, .number = code)
PLAIN(refund, BROKER_REFUND, (struct store *s, int64_t id,
    const char *request_id, const struct store_counted *back),
    .id = id, .request_id = request_id, .guess = guess_number_of(back))
PLAIN(spend, BROKER_SPEND, (struct store *s, int64_t id,
    const char *request_id, int64_t ms, const struct store_counted *back),
    .id = id, .request_id = request_id, .ms = ms,
    .guess = guess_number_of(back))
PLAIN(end, BROKER_END, (struct store *s, int64_t id, const char *request_id),
    .id = id, .request_id = request_id)
PLAIN(replace, BROKER_REPLACE,
    (struct store *s, int64_t id, const char *request_id, bool alone),
    .id = id, .request_id = request_id, .flag = alone)
PLAIN(guess_refund, BROKER_GUESS_REFUND,
    (struct store *s, const struct store_counted *back),
    .guess = guess_number_of(back))
PLAIN(refuse, BROKER_REFUSE, (struct store *s, const struct store_refusal *r),
    .id = r->id, .request_id = r->request_id, .ms = r->seconds * 1000)
PLAIN(code_recent, BROKER_CODE_RECENT, (struct store *s,
    const struct store_code *code, const struct store_counted *back),
    .code = *code, .guess = guess_number_of(back))
PLAIN(pass_over, BROKER_PASS_OVER,
    (struct store *s, const char *provider, int64_t ms), .provider = provider,
    .ms = ms > STORE_PASSED_MS ? STORE_PASSED_MS : ms)
PLAIN(decoy, BROKER_DECOY,
    (struct store *s, const char *own, const char *shared),
    .user = own, .number = shared)
/* clang-format on */

static int
broker_mac(struct store *s, enum store_mac what, const char *text,
    unsigned char out[HOST_KEY_LEN])
{
	const struct broker_request ask = { .tries = what, .number = text };
	struct broker_reply answer;
	const int result = (int)broker_request(s, BROKER_MAC, &ask, &answer);

	if (result != 0)
		log_problem("%s", s->cause);
	memcpy(out, answer.mac, HOST_KEY_LEN);
	return result;
}

static int
broker_look(struct store *s, int64_t id, struct store_row *row)
{
	const struct broker_request ask = { .id = id };
	struct broker_reply answer;
	const int result = (int)broker_request(s, BROKER_LOOK, &ask, &answer);

	*row = answer.row;
	return result;
}

static int
broker_finish(struct store *s, const struct store_finish *f,
    const struct store_right *right)
{
	struct broker_request ask = { .id = f->id,
		.request_id = f->request_id,
		.coded = f->code != NULL,
		.send = f->send,
		.price = f->price };

	if (f->code != NULL)
		ask.code = *f->code;
	right_in(&ask, right);
	return plain(s, BROKER_FINISH, &ask);
}

/* A row that this login holds: process is 0, as a worker does not know its
 * holder id. The broker itself restores the rows of dead holders. */
static int
broker_restore_dead(struct store *s, int64_t id, int64_t process)
{
	(void)process;
	return plain(s, BROKER_RESTORE, &(struct broker_request){ .id = id });
}

static enum store_guess
guessed(struct store *s, enum broker_op act, const struct broker_request *ask,
    struct broker_reply *answer, int64_t *wait_s)
{
	const int64_t result = broker_request(s, act, ask, answer);

	*wait_s = answer->wait_s;
	return result > GUESS_ERROR && result <= GUESS_LOCKED_OUT
	    ? (enum store_guess)result
	    : GUESS_ERROR;
}

static enum store_guess
broker_guess_take(struct store *s, const char *user, const char *source,
    const struct limits_of_guesses *limits, struct store_guess_token *token,
    int64_t *wait_s)
{
	struct broker_reply answer;
	const enum store_guess result =
	    guessed(s, BROKER_GUESS_TAKE, &nothing, &answer, wait_s);

	(void)user;
	(void)source;
	(void)limits;
	token_of(token, &answer);
	return result;
}

static enum store_guess
broker_guess_look(struct store *s, const char *user, const char *source,
    int64_t *wait_s, bool *refused)
{
	struct broker_reply answer;
	const enum store_guess result =
	    guessed(s, BROKER_GUESS_LOOK, &nothing, &answer, wait_s);

	(void)user;
	(void)source;
	if (refused != NULL)
		*refused = answer.refused;
	return result;
}

static bool
broker_attempt(
    struct store *s, const struct store_attempt *a, struct store_attempted *out)
{
	const struct broker_request ask = { .id = a->id,
		.tries = a->tries,
		.guess = guess_number_of(a->back) };
	struct broker_reply answer;
	const bool counted =
	    broker_request(s, BROKER_ATTEMPT, &ask, &answer) == 1;

	*out = (struct store_attempted){ .guess = answer.guessed,
		.wait_s = answer.wait_s,
		.tried = answer.tried,
		.row = answer.row };
	token_of(&out->token, &answer);
	return counted && answer.guessed == GUESS_OPEN &&
	    answer.tried == TRY_COUNTED;
}

static enum store_send
broker_send_take(struct store *s, const struct store_send_key *key,
    const struct limits_of_sends *limits, bool look, int64_t *id,
    int64_t *wait_s, const char **which)
{
	const struct broker_request ask = { .message = *key };
	struct broker_reply answer;
	const int64_t result =
	    broker_request(s, BROKER_SEND_TAKE, &ask, &answer);

	(void)limits;
	(void)look; /* no login does a dry run of this */
	*id = answer.id;
	*wait_s = answer.wait_s;
	*which = which_of(s, &answer);
	return result > SEND_ERROR && result <= SEND_WAIT
	    ? (enum store_send)result
	    : SEND_ERROR;
}

static int
broker_recovery_list(struct store *s, const char *user,
    struct store_recovery list[STORE_CODES_MAX])
{
	struct broker_reply answer;
	const int64_t count =
	    broker_request(s, BROKER_RECOVERY_LIST, &nothing, &answer);

	(void)user;
	if (count < 0 || (size_t)count != answer.hashes)
		return -1;
	memcpy(list, answer.hash, sizeof(answer.hash));
	return (int)count;
}

static int
broker_recovery_claim(struct store *s, const struct store_recovery *list,
    int count, const struct store_right *right, struct store_recovery *used,
    unsigned *left)
{
	struct broker_request ask = { .hashes = (size_t)count };
	struct broker_reply answer;
	int result;

	memcpy(ask.hash, list, (size_t)count * sizeof(list[0]));
	right_in(&ask, right);
	result = (int)broker_request(s, BROKER_RECOVERY_CLAIM, &ask, &answer);
	*used = answer.recovery;
	*left = answer.left;
	explicit_bzero(&ask, sizeof(ask));
	return result;
}

/* Counts the codes of the user, or of the template that a decoy shows. */
static int
broker_recovery_left(struct store *s, const char *user)
{
	return plain(s, BROKER_RECOVERY_LEFT,
	    &(struct broker_request){
		.flag = s->like[0] != '\0' && strcmp(s->like, user) == 0 });
}

static enum store_guess
broker_totp_attempt(struct store *s, const struct store_totp_attempt *a,
    int *claimed, int64_t *wait_s)
{
	struct broker_request ask = {
		.secret = a->secret, .step = a->step, .uses = a->used != NULL
	};
	struct broker_reply answer;
	enum store_guess result;

	if (a->used != NULL)
		ask.used.newest = a->used->newest;
	right_in(&ask, a->right);
	result = guessed(s, BROKER_TOTP, &ask, &answer, wait_s);
	*claimed = answer.claimed;
	if (a->used != NULL) {
		a->used->step = answer.used.step;
		memcpy(a->used->source, answer.used.source,
		    sizeof(a->used->source));
	}
	if (a->token != NULL)
		token_of(a->token, &answer);
	return result;
}

static int
broker_code_claim(struct store *s, const struct store_code *code,
    const struct store_right *right)
{
	struct broker_request ask = { .code = *code };

	right_in(&ask, right);
	return plain(s, BROKER_CODE_CLAIM, &ask);
}

static int
broker_passed_left(struct store *s, const char *provider, int64_t *left)
{
	const struct broker_request ask = { .provider = provider };
	struct broker_reply answer;
	const int result = (int)broker_request(s, BROKER_PASSED, &ask, &answer);

	*left = answer.left_ms;
	return result;
}

static int
broker_noop(struct store *s)
{
	return plain(s, BROKER_NOOP, &nothing);
}

static const struct store_backend broker_engine = {
	.claim_as = broker_claim,
	.begin_as = broker_begin,
	.started = broker_started,
	.number_is_unclaimed = broker_number_is_unclaimed,
	.unsent = broker_unsent,
	.unknown = broker_unknown,
	.code_right = broker_code_right,
	.mac = broker_mac,
	.look = broker_look,
	.refund = broker_refund,
	.finish = broker_finish,
	.spend = broker_spend,
	.end = broker_end,
	.replace = broker_replace,
	.holds = broker_holds,
	.drop = broker_drop,
	.restore_dead = broker_restore_dead,
	.guess_take = broker_guess_take,
	.guess_look = broker_guess_look,
	.guess_refund = broker_guess_refund,
	.refuse = broker_refuse,
	.attempt = broker_attempt,
	.send_as = broker_send_take,
	.send_refund = broker_send_refund,
	.recovery_list = broker_recovery_list,
	.recovery_claim = broker_recovery_claim,
	.recovery_left = broker_recovery_left,
	.totp_attempt = broker_totp_attempt,
	.code_claim = broker_code_claim,
	.code_recent = broker_code_recent,
	.pass_over = broker_pass_over,
	.passed_left = broker_passed_left,
	.decoy = broker_decoy,
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
	store_set_broker(&broker_engine);
}

bool
broker_client_is_set(void)
{
	return broker_fd >= 0;
}
