/* SPDX-License-Identifier: BSD-2-Clause */
/* The state as a copy of the listening helper has it: each step is a question
 * to the keeper, never asked twice. Without a right answer in time the login is
 * denied. */
#include "helper/keeper/keeper.h"

#include <errno.h>
#include <stdlib.h>

#include "helper/keeper/keeper_inside.h"
#include "helper/store/store_engine.h"

struct store {
	STORE_STATE; /* its host is for the log; "": a file */
	bool next_key;
	enum store_failure failure;
	char which[SETTINGS_NAME_MAX]; /* of the last message */
	char like[OWNER_STATE_MAX];    /* struct store_bound; "": none */
};

static int keeper_fd = -1;          /* one connection for each process */
static struct store *keeper_opened; /* and one store; NULL: none */
static struct keeper_frame keeper_crossing;
static enum store_failure keeper_not_opened;
static const char *keeper_lost; /* why nothing more is asked; NULL: it is */
static const struct keeper_ask nothing; /* that an act needs beside its name */

static bool
lose(struct store *s, const char *why)
{
	keeper_lost = why;
	s->failure = STORE_UNKNOWN;
	snprintf(s->cause, sizeof(s->cause),
	    "state: %s: see in the log what became of its keeper", why);
	return false;
}

static int
left_ms(void)
{
	const int64_t left = store_deadline() - frame_clock_ms();

	if (store_deadline() == 0 || left > KEEPER_LIFE_MS)
		return (int)KEEPER_LIFE_MS;
	return left > 0 ? (int)left : 0;
}

static bool
cross(struct store *s, enum keeper_act act, const struct keeper_ask *ask,
    struct keeper_answer *answer)
{
	ssize_t n;

	if (!keeper_ask_write(&keeper_crossing, act, ask)) {
		snprintf(s->cause, sizeof(s->cause),
		    "state: %s: something is too long", keeper_act_name(act));
		s->failure = STORE_FAILED_OTHERWISE;
		return false;
	}
	if (send(keeper_fd, keeper_crossing.b, keeper_crossing.used,
		MSG_NOSIGNAL) != (ssize_t)keeper_crossing.used)
		return lose(s, "its keeper has ended");
	n = keeper_frame_receive(
	    &keeper_crossing, keeper_fd, frame_clock_ms() + left_ms());
	if (n <= 0)
		return lose(s,
		    n == 0 && left_ms() == 0 ? "its keeper does not answer"
					     : "its keeper has ended");
	if (!keeper_answer_read(&keeper_crossing, act, answer))
		return lose(s, "its keeper's answer is none");
	return true;
}

/* Ask, and take from the answer what all have. Its result, or -1. */
static int64_t
keeper_ask(struct store *s, enum keeper_act act, const struct keeper_ask *ask,
    struct keeper_answer *answer)
{
	const int64_t since = frame_clock_ms();
	bool crossed;

	memset(answer, 0, sizeof(*answer));
	crossed = keeper_lost != NULL ? lose(s, keeper_lost)
				      : cross(s, act, ask, answer);
	keeper_frame_wipe(&keeper_crossing);
	if (s->host[0] != '\0')
		store_spent_add(crossed && answer->server[0] != '\0'
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
keeper_client_ask(enum keeper_act act, const struct keeper_ask *ask,
    struct keeper_answer *answer)
{
	memset(answer, 0, sizeof(*answer));
	return keeper_opened != NULL
	    ? keeper_ask(keeper_opened, act, ask, answer)
	    : -1;
}

/* With an answer of nothing but its result. */
static int
plain(struct store *s, enum keeper_act act, const struct keeper_ask *ask)
{
	struct keeper_answer answer;

	return (int)keeper_ask(s, act, ask, &answer);
}

/* A guess is known by the number that the keeper gave it, in series_source;
 * that it locks is all that a login asks besides. */
static void
token_of(struct store_guess_token *t, const struct keeper_answer *a)
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
which_of(struct store *s, const struct keeper_answer *a)
{
	memcpy(s->which, a->which, sizeof(s->which));
	return s->which[0] == '\0' ? NULL : s->which;
}

static void
right_in(struct keeper_ask *ask, const struct store_right *right)
{
	ask->method = right->method;
	ask->provider = right->provider;
}

static struct store *
keeper_open(const char *where, const struct store_session *me,
    char cause[STORE_CAUSE_MAX])
{
	const struct keeper_ask ask = { .where = where, .ms = left_ms() };
	struct store *s = calloc(1, sizeof(*s));

	if (s == NULL) {
		snprintf(cause, STORE_CAUSE_MAX, "state: out of memory");
		return NULL;
	}
	if (me->server != NULL) {
		snprintf(s->host, sizeof(s->host), "%s",
		    me->host != NULL ? me->host : STORE_HOST);
		store_spent_begin(s->host);
	}
	if (plain(s, KEEPER_OPEN, &ask) == 0)
		return keeper_opened = s;
	keeper_not_opened = s->failure;
	memcpy(cause, s->cause, STORE_CAUSE_MAX);
	free(s);
	return NULL;
}

static void
keeper_close(struct store *s)
{
	keeper_opened = NULL;
	free(s);
}

static enum store_failure
keeper_failure(const struct store *s)
{
	return s != NULL ? s->failure : keeper_not_opened;
}

static int
keeper_bind(struct store *s, const struct store_bound *bound)
{
	if (bound->like != NULL)
		snprintf(s->like, sizeof(s->like), "%s", bound->like);
	return plain(s, KEEPER_BIND, &(struct keeper_ask){ .bound = *bound });
}

static enum store_record
keeper_record(struct store *s, const char *user, char **text)
{
	const struct keeper_ask ask = { .user = user, .flag = s->next_key };
	struct keeper_answer answer;
	const int64_t found = keeper_ask(s, KEEPER_RECORD, &ask, &answer);

	if (found == STORE_RECORD_OTHER_KEY)
		s->next_key = true;
	if (found >= STORE_RECORD_ERROR && found <= STORE_RECORD_OUTAGE &&
	    (found == STORE_RECORD_THERE) == (answer.text != NULL)) {
		*text = answer.text;
		return (enum store_record)found;
	}
	free(answer.text);
	return STORE_RECORD_ERROR;
}

static int
keeper_begin(struct store *s, const struct store_begin *b, bool look,
    struct store_begun *out)
{
	struct keeper_ask ask = { .begin = *b };
	struct keeper_answer answer;
	const int result = (int)keeper_ask(s, KEEPER_BEGIN, &ask, &answer);

	(void)look; /* no login looks */
	*out = answer.begun;
	out->at = (size_t)answer.left_ms;
	out->which = which_of(s, &answer);
	return result;
}

static enum store_claim
keeper_claim(struct store *s, const struct store_candidate *of, bool look,
    struct store_row *row)
{
	const struct keeper_ask ask = { .claim = *of, .flag = look };
	struct keeper_answer answer;
	const int64_t result = keeper_ask(s, KEEPER_CLAIM, &ask, &answer);

	*row = answer.row;
	return result > CLAIM_ERROR && result <= CLAIM_UNFIT
	    ? (enum store_claim)result
	    : CLAIM_ERROR;
}

/* Those with an answer of nothing but its result. The arguments are
 * declarations. NOLINTBEGIN(bugprone-macro-parentheses) */
#define PLAIN(name, act, takes, ...)                                           \
	static int keeper_##name takes                                         \
	{                                                                      \
		return plain(s, act, &(struct keeper_ask){ __VA_ARGS__ });     \
	}
/* NOLINTEND(bugprone-macro-parentheses) */
#define ABOUT_ROW(name, act)                                                   \
	PLAIN(name, act, (struct store * s, int64_t id), .id = id)
ABOUT_ROW(unsent, KEEPER_UNSENT)
ABOUT_ROW(unknown, KEEPER_UNKNOWN)
ABOUT_ROW(holds, KEEPER_HOLDS)
ABOUT_ROW(drop, KEEPER_DROP)
ABOUT_ROW(send_refund, KEEPER_SEND_REFUND)
/* clang-format off */
PLAIN(started, KEEPER_STARTED,
    (struct store *s, const struct store_started *t), .started = *t)
PLAIN(number_free, KEEPER_NUMBER_FREE,
    (struct store *s, int64_t id, const char *number),
    .id = id, .number = number)
PLAIN(code_right, KEEPER_CODE_RIGHT,
    (struct store *s, const struct store_row *row, const char *code),
    .id = row->id, .request_id = row->request_id, .number = code)
PLAIN(refund, KEEPER_REFUND, (struct store *s, int64_t id,
    const char *request_id, const struct store_counted *back),
    .id = id, .request_id = request_id, .guess = guess_number_of(back))
PLAIN(spend, KEEPER_SPEND, (struct store *s, int64_t id,
    const char *request_id, int64_t ms, const struct store_counted *back),
    .id = id, .request_id = request_id, .ms = ms,
    .guess = guess_number_of(back))
PLAIN(end, KEEPER_END, (struct store *s, int64_t id, const char *request_id),
    .id = id, .request_id = request_id)
PLAIN(replace, KEEPER_REPLACE,
    (struct store *s, int64_t id, const char *request_id, bool alone),
    .id = id, .request_id = request_id, .flag = alone)
PLAIN(guess_refund, KEEPER_GUESS_REFUND,
    (struct store *s, const struct store_counted *back),
    .guess = guess_number_of(back))
PLAIN(refuse, KEEPER_REFUSE, (struct store *s, const struct store_refusal *r),
    .id = r->id, .request_id = r->request_id, .ms = r->seconds * 1000)
PLAIN(code_recent, KEEPER_CODE_RECENT, (struct store *s,
    const struct store_code *code, const struct store_counted *back),
    .code = *code, .guess = guess_number_of(back))
PLAIN(pass_over, KEEPER_PASS_OVER,
    (struct store *s, const char *provider, int64_t ms), .provider = provider,
    .ms = ms > STORE_PASSED_MS ? STORE_PASSED_MS : ms)
PLAIN(decoy, KEEPER_DECOY,
    (struct store *s, const char *own, const char *shared),
    .user = own, .number = shared)
/* clang-format on */

static int
keeper_mac(struct store *s, enum store_mac what, const char *text,
    unsigned char out[HOST_KEY_LEN])
{
	const struct keeper_ask ask = { .tries = what, .number = text };
	struct keeper_answer answer;
	const int result = (int)keeper_ask(s, KEEPER_MAC, &ask, &answer);

	if (result != 0)
		log_problem("%s", s->cause);
	memcpy(out, answer.mac, HOST_KEY_LEN);
	return result;
}

static int
keeper_look(struct store *s, int64_t id, struct store_row *row)
{
	const struct keeper_ask ask = { .id = id };
	struct keeper_answer answer;
	const int result = (int)keeper_ask(s, KEEPER_LOOK, &ask, &answer);

	*row = answer.row;
	return result;
}

static int
keeper_finish(struct store *s, const struct store_finish *f,
    const struct store_right *right)
{
	struct keeper_ask ask = { .id = f->id,
		.request_id = f->request_id,
		.coded = f->code != NULL,
		.send = f->send,
		.price = f->price };

	if (f->code != NULL)
		ask.code = *f->code;
	right_in(&ask, right);
	return plain(s, KEEPER_FINISH, &ask);
}

/* Its own holder is 0 there, because a copy does not know its name. */
static int
keeper_restore_dead(struct store *s, int64_t id, int64_t process)
{
	(void)process; /* its own; of what has died the keeper knows itself */
	return plain(s, KEEPER_RESTORE, &(struct keeper_ask){ .id = id });
}

static enum store_guess
guessed(struct store *s, enum keeper_act act, const struct keeper_ask *ask,
    struct keeper_answer *answer, int64_t *wait_s)
{
	const int64_t result = keeper_ask(s, act, ask, answer);

	*wait_s = answer->wait_s;
	return result > GUESS_ERROR && result <= GUESS_SHUT
	    ? (enum store_guess)result
	    : GUESS_ERROR;
}

static enum store_guess
keeper_guess_take(struct store *s, const char *user, const char *source,
    const struct limits_of_guesses *limits, struct store_guess_token *token,
    int64_t *wait_s)
{
	struct keeper_answer answer;
	const enum store_guess result =
	    guessed(s, KEEPER_GUESS_TAKE, &nothing, &answer, wait_s);

	(void)user;
	(void)source;
	(void)limits;
	token_of(token, &answer);
	return result;
}

static enum store_guess
keeper_guess_look(struct store *s, const char *user, const char *source,
    int64_t *wait_s, bool *refused)
{
	struct keeper_answer answer;
	const enum store_guess result =
	    guessed(s, KEEPER_GUESS_LOOK, &nothing, &answer, wait_s);

	(void)user;
	(void)source;
	if (refused != NULL)
		*refused = answer.refused;
	return result;
}

static bool
keeper_attempt(
    struct store *s, const struct store_attempt *a, struct store_attempted *out)
{
	const struct keeper_ask ask = { .id = a->id,
		.tries = a->tries,
		.guess = guess_number_of(a->back) };
	struct keeper_answer answer;
	const bool counted = keeper_ask(s, KEEPER_ATTEMPT, &ask, &answer) == 1;

	*out = (struct store_attempted){ .guess = answer.guessed,
		.wait_s = answer.wait_s,
		.tried = answer.tried,
		.row = answer.row };
	token_of(&out->token, &answer);
	return counted && answer.guessed == GUESS_OPEN &&
	    answer.tried == TRY_COUNTED;
}

static enum store_send
keeper_send_take(struct store *s, const struct store_send_key *key,
    const struct limits_of_sends *limits, bool look, int64_t *id,
    int64_t *wait_s, const char **which)
{
	const struct keeper_ask ask = { .message = *key };
	struct keeper_answer answer;
	const int64_t result = keeper_ask(s, KEEPER_SEND_TAKE, &ask, &answer);

	(void)limits;
	(void)look; /* as above */
	*id = answer.id;
	*wait_s = answer.wait_s;
	*which = which_of(s, &answer);
	return result > SEND_ERROR && result <= SEND_WAIT
	    ? (enum store_send)result
	    : SEND_ERROR;
}

static int
keeper_recovery_list(struct store *s, const char *user,
    struct store_recovery list[STORE_CODES_MAX])
{
	struct keeper_answer answer;
	const int64_t count =
	    keeper_ask(s, KEEPER_RECOVERY_LIST, &nothing, &answer);

	(void)user;
	if (count < 0 || (size_t)count != answer.hashes)
		return -1;
	memcpy(list, answer.hash, sizeof(answer.hash));
	return (int)count;
}

static int
keeper_recovery_claim(struct store *s, const struct store_recovery *list,
    int count, const struct store_right *right, struct store_recovery *used,
    unsigned *left)
{
	struct keeper_ask ask = { .hashes = (size_t)count };
	struct keeper_answer answer;
	int result;

	memcpy(ask.hash, list, (size_t)count * sizeof(list[0]));
	right_in(&ask, right);
	result = (int)keeper_ask(s, KEEPER_RECOVERY_CLAIM, &ask, &answer);
	*used = answer.recovery;
	*left = answer.left;
	explicit_bzero(&ask, sizeof(ask));
	return result;
}

/* Of the user, or of the person whose prompts a made-up one gets. */
static int
keeper_recovery_left(struct store *s, const char *user)
{
	return plain(s, KEEPER_RECOVERY_LEFT,
	    &(struct keeper_ask){
		.flag = s->like[0] != '\0' && strcmp(s->like, user) == 0 });
}

static enum store_guess
keeper_totp_attempt(struct store *s, const struct store_totp_attempt *a,
    int *claimed, int64_t *wait_s)
{
	struct keeper_ask ask = {
		.secret = a->secret, .step = a->step, .uses = a->used != NULL
	};
	struct keeper_answer answer;
	enum store_guess result;

	if (a->used != NULL)
		ask.used.newest = a->used->newest;
	right_in(&ask, a->right);
	result = guessed(s, KEEPER_TOTP, &ask, &answer, wait_s);
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
keeper_code_claim(struct store *s, const struct store_code *code,
    const struct store_right *right)
{
	struct keeper_ask ask = { .code = *code };

	right_in(&ask, right);
	return plain(s, KEEPER_CODE_CLAIM, &ask);
}

static int
keeper_passed_left(struct store *s, const char *provider, int64_t *left)
{
	const struct keeper_ask ask = { .provider = provider };
	struct keeper_answer answer;
	const int result = (int)keeper_ask(s, KEEPER_PASSED, &ask, &answer);

	*left = answer.left_ms;
	return result;
}

static int
keeper_noop(struct store *s)
{
	return plain(s, KEEPER_NOOP, &nothing);
}

static const struct store_engine keeper_engine = {
	.claim_as = keeper_claim,
	.begin_as = keeper_begin,
	.started = keeper_started,
	.number_free = keeper_number_free,
	.unsent = keeper_unsent,
	.unknown = keeper_unknown,
	.code_right = keeper_code_right,
	.mac = keeper_mac,
	.look = keeper_look,
	.refund = keeper_refund,
	.finish = keeper_finish,
	.spend = keeper_spend,
	.end = keeper_end,
	.replace = keeper_replace,
	.holds = keeper_holds,
	.drop = keeper_drop,
	.restore_dead = keeper_restore_dead,
	.guess_take = keeper_guess_take,
	.guess_look = keeper_guess_look,
	.guess_refund = keeper_guess_refund,
	.refuse = keeper_refuse,
	.attempt = keeper_attempt,
	.send_as = keeper_send_take,
	.send_refund = keeper_send_refund,
	.recovery_list = keeper_recovery_list,
	.recovery_claim = keeper_recovery_claim,
	.recovery_left = keeper_recovery_left,
	.totp_attempt = keeper_totp_attempt,
	.code_claim = keeper_code_claim,
	.code_recent = keeper_code_recent,
	.pass_over = keeper_pass_over,
	.passed_left = keeper_passed_left,
	.decoy = keeper_decoy,
	.open = keeper_open,
	.close = keeper_close,
	.failure = keeper_failure,
	.bind = keeper_bind,
	.noop = keeper_noop,
	.records = &(const struct store_records){ .read = keeper_record },
};

void
keeper_client_is(int fd)
{
	keeper_fd = fd;
	store_keeper_is(&keeper_engine);
}

bool
keeper_client_is_one(void)
{
	return keeper_fd >= 0;
}
