/* SPDX-License-Identifier: BSD-2-Clause */
/* Joins or starts a verification: one transaction that removes old rows, reads,
 * and joins or inserts. Also the begin of a login, which claims and counts in
 * one transaction, or only reads if no message can follow. A power cut may lose
 * these transactions. */
#include "helper/store/sqlite/sqlite.h"
#include "lib/rules/rules.h"

/* how long expired rows of other numbers stay, so that a session at its prompt
 * reports "expired" and not "gone" */
#define EXPIRED_KEPT_MS 600000
/* Rows of this user, and of others with the same number. */
#define SAME_USER_OR_NUMBER                                                    \
	" number IN (:number, :other, :third)"                                 \
	" AND (number = :number OR user = :user)"
/* The row's own time, unless the session is known to be dead. */
#define START_LIMIT "iif(:start_ms > 0 AND start_ms > 0, start_ms, :start_ms)"
/* The row that a claim finds. A claim without a time to start (:start_ms 0)
 * says that the session of this row died, and says nothing of other rows. */
#define ACTIVE                                                                 \
	" FROM verification WHERE" SAME_USER_OR_NUMBER                         \
	" AND state <> 'unknown' ORDER BY user <> :user LIMIT 1"

/* A claim. The caller sets all but the digests, as for store_claim(). keep:
 * host.key may be created, and changes are committed. */
struct claim {
	struct store *s;
	const struct store_candidate *candidate;
	char number[HOST_KEY_TEXT], other[STORE_OTHERS][HOST_KEY_TEXT];
	bool keep;
};

static const char sql_claim_any[] =
    "SELECT 1 FROM verification WHERE id > 0 LIMIT 1";
static const char sql_stale[] =
    "UPDATE verification SET state = 'unknown',"
    " ends_at = began_at + " START_LIMIT " + " TEXT_NUMBER(
	STORE_UNKNOWN_MS) " WHERE" SAME_USER_OR_NUMBER
			  " AND state IN ('starting', "
			  "'replacing') AND began_at + " START_LIMIT " <= :now"
			  " AND (:start_ms > 0 OR id = (SELECT id" ACTIVE "))";
/* A login that enrols, which may name anybody's number (STORE_ENROLMENT). */
#define ENROLS "(:user" SQLITE_ENROLS " AND :user NOT GLOB '//*')"
#define BY_ADMIN SQLITE_ADMIN_ENROLS(":user")
/* Rows that would keep others from their numbers: for root's services of
 * another uid's wrong codes (not for an enrolment) and an enrolment that does
 * not run; for all what another enrols likewise, but no row of root's for a
 * service of another uid, nor an administrator's message to this user whose
 * reply is waited for. */
#define KEEPS_OUT                                                              \
	"(:socket = 0 AND socket <> 0"                                         \
	" AND ((state = 'spent' AND NOT " ENROLS ")"                           \
	" OR (state <> 'running' AND user" SQLITE_ENROLS ")))"                 \
	" OR ((:socket = 0 OR socket <> 0) AND state <> 'running'"             \
	" AND user" SQLITE_ENROLS " AND NOT " ENROLS                           \
	" AND user NOT IN (:user, :user || '" STORE_ENROLMENT "')"             \
	" AND NOT (state IN ('starting', 'replacing')"                         \
	" AND user IN (" BY_ADMIN ")))"
static const char sql_purge[] =
    "DELETE FROM verification WHERE" SAME_USER_OR_NUMBER " AND"
    " (boot <> :boot OR ends_at <= :now OR sent_at > :now + " TEXT_NUMBER(
	SQLITE_SKEW_MS) " OR (" KEEPS_OUT "))";
/* A limited number of rows, so that the log stays within its reserve. Each term
 * is a range of the index verification_end. No code is valid for a day, so such
 * a row is from before the clock was set back. */
static const char sql_purge_others[] =
    "DELETE FROM verification WHERE id IN (SELECT id FROM verification"
    " WHERE boot < :boot OR boot > :boot"
    " OR (boot = :boot AND ends_at <= :now - " TEXT_NUMBER(
	EXPIRED_KEPT_MS) ")"
			 " OR (boot = :boot AND ends_at > :now + 86400000) "
			 "LIMIT 50)";
static const char sql_find_active[] = "SELECT " SQLITE_COLUMNS ACTIVE;
static const char sql_find_unknown[] =
    "SELECT " SQLITE_COLUMNS "FROM verification WHERE number = :number"
    " AND provider = :provider AND state = 'unknown'"
    " AND NOT (socket <> 0 AND :socket = 0) ORDER BY id DESC LIMIT 1";
static const char sql_claim_insert[] =
    "INSERT INTO verification(id, number, user, provider, boot, state, session,"
    " host, holder, holder_host, method, began_at, sent_at, expires_at,"
    " ends_at, type, start_ms, socket)"
    " VALUES(" SQLITE_NEW_ID "verification" SQLITE_NEW_ID_END ","
    " :number, :user, :provider, :boot, 'starting', :session,"
    " :host, :process, :host, :method, :now, :now, 0, :now + :start_ms "
    "+ " TEXT_NUMBER(STORE_UNKNOWN_MS) ", :type, :start_ms, :socket)";
static const char sql_join[] =
    "UPDATE verification SET joined = joined + 1 WHERE id = :id";

static void
open_for_numbers(const struct claim *c, struct sqlite_query *q, const char *sql)
{
	sqlite_query_open_with(q, c->s, sql,
	    ":number=%s :other=%s :third=%s :user=%s", c->number, c->other[0],
	    c->other[1], c->candidate->key.user);
}

static int
claim_purge(const struct claim *c)
{
	struct sqlite_query q;

	open_for_numbers(c, &q, sql_stale);
	sqlite_query_bind_number(&q, ":start_ms", c->candidate->start_ms);
	if (sqlite_query_run(&q) < 0)
		return -1;
	open_for_numbers(c, &q, sql_purge);
	if (sqlite_query_run(&q) < 0)
		return -1;
	return sqlite_run_one(c->s, sql_purge_others);
}

static int
claim_insert(const struct claim *c, struct store_row *row)
{
	if (sqlite_change(c->s, sql_claim_insert,
		":number=%s :user=%s :provider=%s :type=%s :method=%d "
		":start_ms=%jd",
		c->number, c->candidate->key.user, c->candidate->key.provider,
		c->candidate->key.type, c->candidate->method,
		c->candidate->start_ms) != 1)
		return -1;
	row->id = sqlite3_last_insert_rowid(c->s->db);
	return 0;
}

/* Fills in the row to insert. */
static enum store_claim
claim_free(const struct claim *c, struct store_row *row)
{
	memset(row, 0, sizeof(*row));
	row->method = c->candidate->method;
	row->mine = true;
	PRINT_TO(row->provider, "%s", c->candidate->key.provider);
	PRINT_TO(row->type, "%s", c->candidate->key.type);
	return CLAIM_NEW;
}

/* A row for the number exists that is not unknown. */
static enum store_claim
claim_active(const struct claim *c, struct sqlite_found *f)
{
	if (sqlite_found_is_held(f))
		return CLAIM_WAIT;
	if (f->state != STORE_ROW_RUNNING)
		return f->state == STORE_ROW_SPENT ? CLAIM_SPENT : CLAIM_ERROR;
	if (strcmp(f->row.provider, c->candidate->key.provider) != 0 ||
	    strcmp(f->row.type, c->candidate->key.type) != 0)
		return CLAIM_ELSEWHERE;
	if ((c->candidate->methods & METHOD_BIT(f->row.method)) == 0 ||
	    f->row.left_ms <= 0 || f->row.apart || f->row.foreign)
		return CLAIM_UNFIT;
	if (f->row.mine)
		return CLAIM_JOINED;
	if (sqlite_change(c->s, sql_join, ":id=%jd", f->row.id) != 1)
		return CLAIM_ERROR;
	f->row.joined++;
	return CLAIM_JOINED;
}

/* Another user's row is hidden from the caller, except an enrolment's, and for
 * root's services one of another uid's, which must not block the owner of the
 * number, so not from another user's enrolment, which may name anybody's. From
 * other services all of root's are hidden. */
static enum store_claim
claim_existing(const struct claim *c, struct store_row *row)
{
	const struct store_key *key = &c->candidate->key;
	struct sqlite_found f, unknown;
	enum store_claim claim;
	struct sqlite_query q;

	if (claim_purge(c) != 0)
		return CLAIM_ERROR;
	open_for_numbers(c, &q, sql_find_active);
	if (sqlite_query_read_verification(&q, key->user, &f) != 0)
		return CLAIM_ERROR;
	/* the row that blocks the provider for this number */
	sqlite_query_open_with(&q, c->s, sql_find_unknown,
	    ":number=%s :provider=%s", c->number, key->provider);
	if (sqlite_query_read_verification(&q, key->user, &unknown) != 0)
		return CLAIM_ERROR;
	if (f.state == STORE_ROW_NONE && unknown.state == STORE_ROW_NONE)
		return claim_free(c, row);
	if (f.state == STORE_ROW_NONE)
		f = unknown;
	if (!f.enrols &&
	    (f.row.apart ? c->s->socket != 0 || f.other_enrols
			 : !f.same_user)) {
		if (sqlite_found_is_held(&f))
			row->holder = f.row.holder;
		return CLAIM_OTHER;
	}
	if (!f.same_user)
		f.row.apart = true;
	claim =
	    f.state == STORE_ROW_UNKNOWN ? CLAIM_UNKNOWN : claim_active(c, &f);
	*row = f.row;
	row->shut = unknown.state != STORE_ROW_NONE &&
	    (claim == CLAIM_ELSEWHERE || claim == CLAIM_UNFIT);
	return claim;
}

static enum store_claim
claim_step(const struct claim *c, struct store_row *row)
{
	int64_t one = 0;
	/* usually there is no row, which saves compiling five statements */
	const int any = sqlite_read_number(c->s, sql_claim_any, &one);

	if (any < 0)
		return CLAIM_ERROR;
	return any == 0 ? claim_free(c, row) : claim_existing(c, row);
}

/* Fills in the digests; a missing number is replaced by the first one. Must be
 * called before the transaction, unless host.key has been read. Returns 0 or
 * -1. */
static int
claim_prepare(struct claim *c)
{
	const struct store_key *key = &c->candidate->key;

	if (!store_check_provider_names(c->s, key) ||
	    store_hash_number(c->s, key->receiver, !c->keep, c->number) != 0)
		return -1;
	for (size_t i = 0; i < STORE_OTHERS; i++)
		if (key->other[i] == NULL)
			memcpy(c->other[i], c->number, sizeof(c->number));
		else if (store_hash_number(
			     c->s, key->other[i], !c->keep, c->other[i]) != 0)
			return -1;
	return 0;
}

enum store_claim
sqlite_claim_or_dry_run(struct store *s,
    const struct store_candidate *candidate, bool dry_run,
    struct store_row *row)
{
	struct claim c = { .s = s, .candidate = candidate, .keep = !dry_run };
	enum store_claim claim;

	memset(row, 0, sizeof(*row));
	if (claim_prepare(&c) != 0 || sqlite_write_begin_nosync(s) != 0)
		return CLAIM_ERROR;
	claim = claim_step(&c, row);
	if (claim == CLAIM_NEW && !dry_run &&
	    candidate->method != METHOD_NONE && claim_insert(&c, row) != 0)
		claim = CLAIM_ERROR;
	if (claim == CLAIM_ERROR || dry_run)
		sqlite_rollback(s);
	else if (sqlite_commit(s) != 0)
		claim = CLAIM_ERROR;
	return claim;
}

struct begin {
	struct store *s;
	const struct store_begin *request;
	struct store_begun *out;
	struct sqlite_guess guess;
	struct sqlite_message message;
	int round; /* for sqlite_send_tidy() */
};

enum begin_step {
	BEGIN_ERROR = 0,
	BEGIN_DONE,
	BEGIN_AGAIN, /* commit, and continue in another transaction */
};

static int
read_codes(struct begin *b)
{
	struct sqlite_query q OWNED(sqlite_query_close);

	sqlite_query_open_with(
	    &q, b->s, sqlite_recovery_any, ":user=%s", b->request->user);
	if (sqlite_query_step(&q) != QUERY_ROW)
		return -1;
	b->out->recovery_left = (unsigned)sqlite3_column_int(q.st, 0);
	b->out->codes_at = sqlite3_column_int64(q.st, 1);
	return 0;
}

/* Reads what every login needs. */
static int
begin_read(struct begin *b)
{
	if (read_codes(b) != 0 || sqlite_guess_load(&b->guess) != 0)
		return -1;
	b->out->lock = sqlite_guess_lock_state(&b->guess, &b->out->lock_s);
	b->out->refused = sqlite_guess_lock_is_from_denial(&b->guess);
	return 0;
}

static int
read_passed(struct begin *b)
{
	struct sqlite_query q OWNED(sqlite_query_close);
	int64_t left_ms;
	int passed = 0;

	sqlite_passed_over_open(&q, b->s);
	for (size_t i = 0; passed >= 0 && i < b->request->count; i++) {
		passed = sqlite_passed_over_step(
		    &q, b->request->candidate[i].key.provider, &left_ms);
		b->out->passed[i] = passed == 1;
	}
	return passed < 0 ? -1 : 0;
}

/* The limits come first: a login that reaches one leaves no row. */
static enum begin_step
count_and_insert(struct begin *b, const struct claim *c)
{
	struct store_begun *out = b->out;

	if (sqlite_message_check_limits(&b->message) != 0)
		return BEGIN_ERROR;
	out->wait_s = b->message.wait_s;
	out->sent = out->wait_s > 0 ? SEND_WAIT : SEND_TAKEN;
	if (out->sent == SEND_WAIT) {
		out->which = b->message.which;
		return BEGIN_DONE;
	}
	return claim_insert(c, &out->row) == 0 &&
		sqlite_message_insert(&b->message, &out->send) == 0
	    ? BEGIN_DONE
	    : BEGIN_ERROR;
}

static enum begin_step
begin_claim(struct begin *b)
{
	struct claim c = { .s = b->s, .keep = b->message.keep };
	struct store_begun *out = b->out;
	size_t order[STORE_CANDIDATES_MAX];

	reach_order_indexes(out->passed, b->request->count, order);
	out->at = order[0];
	c.candidate = &b->request->candidate[out->at];
	if (claim_prepare(&c) != 0)
		return BEGIN_ERROR;
	out->chosen = true;
	out->claim = claim_step(&c, &out->row);
	if (out->claim == CLAIM_ERROR)
		return BEGIN_ERROR;
	return out->claim == CLAIM_NEW ? count_and_insert(b, &c) : BEGIN_DONE;
}

static enum begin_step
begin_step(struct begin *b)
{
	int tidy = 1;

	if (begin_read(b) != 0 || sqlite_guess_repair(&b->guess) != 0)
		return BEGIN_ERROR;
	if (b->out->lock != GUESS_OPEN)
		return BEGIN_DONE;
	/* a dry run has the same limits without it */
	if (b->message.keep)
		tidy = sqlite_send_tidy(b->s, b->round++);
	if (tidy != 1)
		return tidy == 0 ? BEGIN_AGAIN : BEGIN_ERROR;
	return read_passed(b) == 0 ? begin_claim(b) : BEGIN_ERROR;
}

static int
begin_writing(struct begin *b)
{
	enum begin_step step;

	do {
		if (sqlite_write_begin_nosync(b->s) != 0)
			return -1;
		step = begin_step(b);
		if (step == BEGIN_ERROR || !b->message.keep)
			sqlite_rollback(b->s);
		else if (sqlite_commit(b->s) != 0)
			step = BEGIN_ERROR;
	} while (step == BEGIN_AGAIN);
	return step == BEGIN_DONE ? 0 : -1;
}

/* For a login without a message. */
static int
begin_reading(struct begin *b)
{
	int result;

	if (sqlite_read_begin(b->s) != 0)
		return -1;
	result = begin_read(b);
	sqlite_rollback(b->s);
	if (result == 0 && b->message.keep)
		return sqlite_guess_repair_now(&b->guess);
	return result;
}

int
sqlite_begin_or_dry_run(struct store *s, const struct store_begin *request,
    bool dry_run, struct store_begun *out)
{
	struct begin b = { .s = s,
		.request = request,
		.out = out,
		.guess = sqlite_guess_rows(s, request->user, request->source),
		.message = { .s = s,
		    .key = &request->message,
		    .limits = request->limits,
		    .keep = !dry_run } };
	int known;

	*out = (struct store_begun){ .which = "" };
	/* separate, so that a remembered login waits for no lock */
	known = sqlite_login_is_remembered(s, request, !dry_run);
	out->remembered = known == 1;
	if (known == 1 ||
	    (known == 0 &&
		(request->count == 0 || sqlite_message_prepare(&b.message) != 0
			? begin_reading(&b)
			: begin_writing(&b)) == 0))
		return 0;
	*out = (struct store_begun){ .which = "" };
	return -1;
}
