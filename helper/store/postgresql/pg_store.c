/* SPDX-License-Identifier: BSD-2-Clause */
/* Opens the store in PostgreSQL and has its operations on verifications and
 * messages, and the table of operations. */
#include "helper/store/postgresql/postgresql.h"

#include "helper/store/postgresql/postgresql_inside.h"

#define VERSION_MIN 130000
#define CALL(...) STORE_CALL(pg, __VA_ARGS__)

/* Columns of twofa_v1.begin. */
enum column {
	REMEMBERED,
	CODES,
	GUESS,
	GUESS_S,
	REFUSED,
	CHOSEN,
	PASSED,
	NTH,
	CLAIM,
	SENT,
	SEND,
	WAIT_S,
	WHICH,
	CODES_AT,
	FOUND,
};
#define COLUMNS                                                                \
	"remembered, codes, guess, guess_s, refused, chosen, passed, nth,"     \
	" claim, sent, send, wait_s, which, codes_at, (r).*"

/* Checks a server by the result of read_schema(). Returns 0, or -1 with the
 * cause. */
static int
inspect_server(struct store *s, const struct pg_call *c)
{
	const int version = pq.PQserverVersion(s->conn);
	char role[PG_ROLE_MAX];

	pg_role(s, role);
	s->cause[0] = '\0';
	if (version < VERSION_MIN)
		store_set_cause(s,
		    "PostgreSQL %d is too old: install 13 or later",
		    version / 10000);
	else if (strcmp(pg_get_text(c, 0, 2), role) != 0)
		store_set_cause(s,
		    "the session's role is %.63s, not %s: a pooler is in "
		    "between, to which all hosts are one: name the server "
		    "itself in \"state\"",
		    pg_get_text(c, 0, 2), role);
	else if (pg_get_text(c, 0, 1)[0] == '\0' && !s->server->single)
		store_set_cause(s,
		    "no standby has used codes before a login is allowed: "
		    "set synchronous_standby_names there, or single = true in "
		    "store = { } to do without");
	return s->cause[0] == '\0' ? 0 : -1;
}

/* Reads the schema version (0 for no schema) and checks the server, before any
 * call. Returns 0, or -1 with the cause. A server that waits for standbys and
 * has none accepts no code; it may be the old primary, started again by itself,
 * so the next server is tried. */
static int
read_schema(struct store *s, int64_t *schema)
{
	int result;
	bool left;

	*schema = 0;
	for (size_t i = 1;; i++) {
		struct pg_call c OWNED(pg_call_close);

		pg_call_open(&c, s, "?version()");
		c.count = 0;
		c.select =
		    "version, current_setting('synchronous_standby_names'), "
		    "session_user, EXISTS(SELECT pg_stat_get_wal_senders())";
		if (pg_run(&c) != 1)
			return -1;
		*schema = pg_get_int(&c, 0, 0);
		result = inspect_server(s, &c);
		left = pg_get_text(&c, 0, 1)[0] != '\0' &&
		    !pg_field_is_true(&c, 0, 3);
		if (!left || i >= s->url.hosts)
			return result;
		pg_disconnect(s);
		pg_select_server(s, (s->at + 1) % s->url.hosts);
	}
}

static int
check_schema_version(struct store *s)
{
	int64_t schema;

	if (read_schema(s, &schema) == 0) {
		if (schema >= PG_SCHEMA)
			return 0;
		store_set_cause(s,
		    "its schema is %lld, and this program needs %d: bring it "
		    "up to date before the hosts",
		    (long long)schema, PG_SCHEMA);
	}
	if (s->failure == PG_FINE) /* the server replied, but is not usable */
		s->failure = PG_SETTINGS;
	return -1;
}

static enum pg_failure open_failure; /* failure of the last open */

static struct store *
pg_open(const char *where, const struct store_session *me,
    char cause[STORE_CAUSE_MAX])
{
	struct store *s = pg_new(where, me, cause);

	open_failure = PG_FINE;
	store_wait_times_begin(me->host != NULL ? me->host : STORE_HOST);
	if (s == NULL)
		return NULL;
	if (check_schema_version(s) == 0) {
		s->check = check_schema_version;
		return s;
	}
	open_failure = s->failure;
	memcpy(cause, s->cause, STORE_CAUSE_MAX);
	pg_free(s);
	return NULL;
}

/* The schema is upgraded by an administrator, not by a login. */
static int
pg_version_read(const char *where, const struct store_session *me,
    struct store_version *v, char cause[STORE_CAUSE_MAX])
{
	struct store *s = pg_new(where, me, cause);
	int result;

	open_failure = PG_FINE;
	*v = (struct store_version){ .ours = PG_SCHEMA };
	if (s == NULL)
		return -1;
	result = read_schema(s, &v->found);
	memcpy(cause, s->cause, STORE_CAUSE_MAX);
	pg_free(s);
	return result;
}

static enum store_failure
pg_failure(const struct store *s)
{
	static const enum store_failure meant[] = {
		[PG_UNKNOWN] = STORE_UNKNOWN,
		[PG_OUT_OF_REACH] = STORE_OUTAGE,
		[PG_BUSY] = STORE_BUSY,
		[PG_SETTINGS] = STORE_SETTINGS,
		[PG_FINE] = STORE_FAILED_OTHERWISE, /* no call failed */
	};
	_Static_assert(COUNT_OF(meant) == PG_FINE + 1, "each failure");

	return meant[s != NULL ? s->failure : open_failure];
}

enum store_claim
pg_claim_or_dry_run(struct store *s, const struct store_candidate *of,
    bool dry_run, struct store_row *row)
{
	const struct store_key *key = &of->key;
	char digest[HOST_KEY_TEXT];
	enum store_row_state state;
	struct pg_call c OWNED(pg_call_close) = { .result = NULL };

	memset(row, 0, sizeof(*row));
	if (!store_check_provider_names(s, key))
		return CLAIM_ERROR;
	pg_call_begin(&c, s, dry_run ? "claim_look" : "claim");
	c.select = "claim, (r).*";
	pg_put(&c, "%s", key->user);
	pg_array_begin(&c);
	for (size_t i = 0; i <= STORE_OTHERS; i++) {
		const char *number = i == 0 || key->other[i - 1] == NULL
		    ? key->receiver
		    : key->other[i - 1];

		if (store_hash_number(s, number, dry_run, digest) != 0)
			return CLAIM_ERROR;
		pg_array_put_values(&c, "%s", digest);
	}
	pg_array_end(&c);
	pg_put(&c, "%s, %s, %u", key->provider, key->type, of->methods);
	if (!dry_run)
		pg_put(&c, "%d", of->method);
	pg_put(&c, "%jd", of->start_ms);
	return pg_run(&c) == 1 && pg_get_verification(&c, 1, row, &state)
	    ? (enum store_claim)pg_get_within(&c, 0, 0, CLAIM_NEW, CLAIM_UNFIT)
	    : CLAIM_ERROR;
}

/* A wrong price from a provider is no reason to lose the start. */
static int64_t
price_kept(int64_t price)
{
	return price >= 0 && price <= PRICE_MAX ? price : 0;
}

int
pg_row_set_started(struct store *s, const struct store_started *to)
{
	const size_t len = strlen(to->request_id);
	char digest[HOST_KEY_TEXT];
	int64_t rc;

	if (len == 0 || len > STORE_ID_MAX)
		return store_set_cause(
		    s, "the provider's id has %zu bytes", len);
	if (to->number != NULL &&
	    store_hash_number(s, to->number, false, digest) != 0)
		return -1;
	rc = pg_call_value(s,
	    "started(%jd, %s, %u, %jd, %jd, %s, %.*s, %d, %jd, %jd)", to->id,
	    to->request_id, to->method, to->life_ms, to->lasts_ms,
	    to->number != NULL ? digest : NULL, STORE_VERIFIER_LEN,
	    to->verifier, to->beside, to->send, price_kept(to->price));
	if (rc == 1)
		store_set_cause(
		    s, "another session has taken this verification over");
	if (rc == 2)
		store_set_cause(s,
		    "another verification has the id that the provider gave");
	if (rc == 3)
		store_set_cause(s, "another verification has that number");
	if (rc == 4)
		return STORE_JOIN;
	return rc == 0 ? 0 : rc > 1 ? STORE_CLASH : -1;
}

int
pg_number_is_unclaimed(struct store *s, int64_t id, const char *number)
{
	char digest[HOST_KEY_TEXT];

	if (store_hash_number(s, number, false, digest) != 0)
		return -1;
	return (int)pg_call_value(s, "?number_free(%jd, %s)", id, digest);
}

/* clang-format off */
CALL(row_remove_unsent, (struct store *s, int64_t id),
    store_require_held(s, pg_call_value(s, "unsent(%jd)", id)));
CALL(row_mark_unknown, (struct store *s, int64_t id),
    store_require_held(s, pg_call_value(s, "unknown(%jd)", id)));
CALL(row_restore_of_dead, (struct store *s, int64_t id, int64_t process),
    store_require_held(s, pg_call_value(s, "restore(%jd, %jd)", id, process)));
CALL(row_is_held, (struct store *s, int64_t id),
    pg_call_value(s, "holds(%jd)", id));
CALL(row_remove_held, (struct store *s, int64_t id), pg_call_value(s, "drop(%jd)", id));
CALL(row_hold_for_replacing, (struct store *s, int64_t id, const char *request_id,
    bool alone), pg_call_value(s, "replace(%jd, %s, %d)", id, request_id,
    alone));
CALL(row_remove_ended, (struct store *s, int64_t id, const char *request_id),
    STORE_ZERO_UNLESS_FAILED(pg_call_value(s, "end(%jd, %s)", id, request_id)));
CALL(send_refund, (struct store *s, int64_t id), STORE_ZERO_UNLESS_FAILED(
    pg_call_value(s, "?send_refund(%jd)", id)));
CALL(guess_reset_after_right, (struct store *s, const char *user, const char *source),
    STORE_ZERO_UNLESS_FAILED(pg_call_value(s, "guess_right(%s, %s)", user,
	source)));
CALL(totp_renew, (struct store *s, const char *user, int64_t step),
    STORE_ZERO_UNLESS_FAILED(pg_call_value(s, "?totp_renew(%s, %jd)", user,
    step)));
CALL(guess_lock_after_refusal, (struct store *s, const struct store_refusal *r),
    STORE_ZERO_UNLESS_FAILED(pg_call_value(s, "refuse(%s, %s, %jd, %jd, %s)",
    r->user, r->source, r->seconds, r->id, r->request_id)));
CALL(recovery_count_codes, (struct store *s, const char *user),
    pg_call_value(s, "?recovery_left(%s)", user));
CALL(remembered_forget, (struct store *s, const char *user),
    pg_call_value(s, "remembered_forget(%s)", user));
CALL(provider_pass_over, (struct store *s, const char *provider, int64_t ms),
    STORE_ZERO_UNLESS_FAILED(
    pg_call_value(s, "?pass_over(%s, %jd)", provider, ms)));
static CALL(noop, (struct store *s),
    STORE_ZERO_UNLESS_FAILED(pg_call_value(s, "noop()")));
static CALL(unreported_count, (struct store *s,
    const struct store_unreported *u, const struct limits_of_guesses *limits),
    pg_run_value(pg_put_limits(pg_call_new(s,
	"?unsent_count(%s, %s, %jd, %jd)", u->user, u->source, u->series,
	u->wrong), limits)));
CALL(totp_note, (struct store *s, const struct store_unreported *note,
    bool reported), STORE_ZERO_UNLESS_FAILED(pg_call_value(s,
	"?totp_note(%s, %.*s, %jd, %s)", note->user, STORE_CODE_DIGEST,
	note->secret, note->step, reported ? "" : note->source)));
CALL(guess_refund, (struct store *s, const struct store_counted *back),
    !back->token->counted ? 0 : STORE_ZERO_UNLESS_FAILED(
	pg_run_value(pg_put_counted(pg_call_new(s, "guess_refund()"), back))));
CALL(code_claim, (struct store *s, const struct store_code *code,
    const struct store_right *right), pg_run_value(pg_put_right(pg_call_new(s,
	"code_claim(%s, %.*s, %jd)", code->owner, STORE_CODE_DIGEST,
	code->digest, code->seconds), right)));
CALL(code_was_used_recently, (struct store *s, const struct store_code *code,
    const struct store_counted *back),
    pg_run_value(pg_put_counted(pg_call_new(s, "code_recent(%s, %.*s, %jd)",
	code->owner, STORE_CODE_DIGEST, code->digest, code->seconds), back)));
CALL(row_refund_try, (struct store *s, int64_t id, const char *request_id,
    const struct store_counted *back), STORE_ZERO_UNLESS_FAILED(pg_run_value(
	pg_put_counted(pg_call_new(s, "refund(%jd, %s)", id, request_id),
	back))));
CALL(row_spend, (struct store *s, int64_t id, const char *request_id,
    int64_t ms, const struct store_counted *back),
    pg_run_value(pg_put_counted(pg_call_new(s, "spend(%jd, %s, %jd)", id,
	request_id, ms), back)));
static CALL(enrol_may, (struct store *s), pg_call_value(s, "?enrol_may()"));
static CALL(invited_lately, (struct store *s, const char *user,
    const struct store_recovery *r), pg_call_value(s,
	"?enrol_may(%s, %jd, %.*s)", user, r->id, RECOVERY_HASH, r->hash));
/* clang-format on */

int
pg_row_read(struct store *s, int64_t id, struct store_row *row)
{
	enum store_row_state state;
	struct pg_call c OWNED(pg_call_close);

	memset(row, 0, sizeof(*row));
	pg_call_open(&c, s, "?look(%jd)", id);
	return pg_run(&c) == 1 && pg_get_verification(&c, 0, row, &state)
	    ? state == STORE_ROW_RUNNING
	    : -1;
}

int
pg_row_verifiers_read(struct store *s, int64_t id, const char *request_id,
    unsigned char verifier[STORE_VERIFIERS][STORE_VERIFIER_LEN])
{
	struct pg_call c OWNED(pg_call_close);
	size_t len, count;

	memset(verifier, 0, STORE_VERIFIERS * STORE_VERIFIER_LEN);
	pg_call_open(&c, s, "?verifier_get(%jd, %s)", id, request_id);
	if (pg_run(&c) != 1)
		return -1;
	len = strlen(pg_get_text(&c, 0, 0));
	count = len / 2 / STORE_VERIFIER_LEN;
	if (len == 0 ||
	    (count > 0 && count <= STORE_VERIFIERS &&
		pg_get_bytes(
		    &c, 0, 0, verifier[0], count * STORE_VERIFIER_LEN)))
		return (int)count;
	return store_set_cause(s, "a row is damaged: delete it there");
}

int
pg_row_finish(struct store *s, const struct store_finish *f,
    const struct store_right *right)
{
	const struct store_code *code = f->code;

	return (int)pg_run_value(pg_put_right(
	    pg_call_new(s, "?finish(%jd, %s, %s, %.*s, %jd, %jd, %jd)", f->id,
		f->request_id, code != NULL ? code->owner : NULL,
		STORE_CODE_DIGEST, code != NULL ? code->digest : NULL,
		code != NULL ? code->seconds : 0, f->send,
		price_kept(f->price)),
	    right));
}

/* Returns a limit's name in the settings, as a constant. */
static const char *
limit_name(const struct store_send_key *key, const char *name)
{
	static const char *const names[] = { "push_per_hour",
		"sends_per_user_hour", "sends_per_user_day",
		"sends_per_number_day", "answered_per_number_day",
		"sends_per_source_hour", "sends_per_other_hour",
		"sends_per_host_hour", "sends_per_fleet_hour", "hourly-sends",
		"spend_per_day", "spend_per_month", ITEM_INVITED };

	if (key->office && strcmp(name, "sends_per_source_hour") == 0)
		return "sends_per_office_hour";
	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (strcmp(names[i], name) == 0)
			return names[i];
	return "";
}

/* Adds the digests of the nth receiver of each candidate: 0 is its receiver,
 * then the others; a missing one is replaced by the first. */
static int
put_numbers(struct pg_call *c, const struct store_begin *request, size_t nth,
    bool dry_run)
{
	char digest[HOST_KEY_TEXT];
	int result = 0;

	pg_array_begin(c);
	for (size_t i = 0; result == 0 && i < request->count; i++) {
		const struct store_key *key = &request->candidate[i].key;
		const char *number = nth == 0 || key->other[nth - 1] == NULL
		    ? key->receiver
		    : key->other[nth - 1];

		result = store_hash_number(c->s, number, dry_run, digest);
		pg_array_put_values(c, "%s", digest);
	}
	pg_array_end(c);
	return result;
}

static void
put_candidates(struct pg_call *c, const struct store_begin *request)
{
	const struct store_candidate *of = request->candidate;
	const size_t count = request->count;

	PG_PUT_ARRAY(c, i, count, "%s", of[i].key.provider);
	PG_PUT_ARRAY(c, i, count, "%s", of[i].key.type);
	PG_PUT_ARRAY(c, i, count, "%u", of[i].methods);
	PG_PUT_ARRAY(c, i, count, "%u", of[i].method);
	PG_PUT_ARRAY(c, i, count, "%jd", of[i].start_ms);
}

/* Returns false if nothing can be sent, because a number's digest is
 * unknown. */
static bool
put_message(struct pg_call *c, const struct store_begin *request, bool dry_run)
{
	char digest[HOST_KEY_TEXT];

	if (request->count == 0)
		return false;
	for (size_t nth = 0; nth <= STORE_OTHERS; nth++)
		if (put_numbers(c, request, nth, dry_run) != 0)
			return false;
	put_candidates(c, request);
	if (store_hash_number(
		c->s, request->message.counted_as, dry_run, digest) != 0)
		return false;
	pg_put_message(c, &request->message, digest, request->limits);
	return store_check_price(
	    c->s, request->message.push ? 0 : request->limits->price);
}

static void
put_login(struct pg_call *c, struct store *s, const struct store_begin *request,
    bool dry_run)
{
	pg_call_begin(c, s, dry_run ? "begin_look" : "begin");
	c->select = COLUMNS;
	pg_put(c, "%s, %s, %.*s, %s", request->user, request->source,
	    STORE_REMEMBERED_LEN, request->binding, request->remembered_as);
}

static int
read_begun(struct pg_call *c, const struct store_begin *request,
    struct store_begun *out)
{
	enum store_row_state state;
	int64_t nth;

	out->remembered = pg_field_is_true(c, 0, REMEMBERED);
	if (out->remembered)
		return 0;
	out->recovery_left =
	    (unsigned)pg_get_within(c, 0, CODES, 0, RECOVERY_MAX);
	out->codes_at = pg_get_within(c, 0, CODES_AT, 0, INT64_MAX);
	out->lock = (enum store_guess)pg_get_within(
	    c, 0, GUESS, GUESS_OPEN, GUESS_LOCKED_OUT);
	out->lock_s = pg_get_wait(c, GUESS_S);
	out->refused = pg_field_is_true(c, 0, REFUSED);
	out->chosen = pg_field_is_true(c, 0, CHOSEN);
	if (!out->chosen)
		return c->odd ? -1 : 0;
	for (size_t i = 0;
	     i < STORE_CANDIDATES_MAX && pg_get_text(c, 0, PASSED)[i] != '\0';
	     i++)
		out->passed[i] = pg_get_text(c, 0, PASSED)[i] == '1';
	nth = pg_get_within(c, 0, NTH, 1, (int64_t)request->count);
	out->at = nth > 0 ? (size_t)nth - 1 : 0;
	out->claim = (enum store_claim)pg_get_within(
	    c, 0, CLAIM, CLAIM_NEW, CLAIM_UNFIT);
	out->sent = (enum store_send)pg_get_within(c, 0, SENT,
	    out->claim == CLAIM_NEW ? SEND_TAKEN : SEND_ERROR, SEND_WAIT);
	out->send = pg_get_within(c, 0, SEND, 0, INT64_MAX);
	out->wait_s = pg_get_wait(c, WAIT_S);
	out->which = limit_name(&request->message, pg_get_text(c, 0, WHICH));
	return !c->odd && pg_get_verification(c, FOUND, &out->row, &state) ? 0
									   : -1;
}

int
pg_begin_or_dry_run(struct store *s, const struct store_begin *request,
    bool dry_run, struct store_begun *out)
{
	struct store_begin none = *request;
	struct pg_call c OWNED(pg_call_close) = { .result = NULL };

	*out = (struct store_begun){ .which = "" };
	for (size_t i = 0; i < request->count; i++)
		if (!store_check_provider_names(s, &request->candidate[i].key))
			return -1;
	put_login(&c, s, request, dry_run);
	if (!put_message(&c, request, dry_run)) {
		none.count = 0;
		put_login(&c, s, request, dry_run);
		for (size_t nth = 0; nth <= STORE_OTHERS; nth++)
			(void)put_numbers(&c, &none, nth, dry_run);
		put_candidates(&c, &none);
		pg_put_null(&c);
	}
	pg_put_limits(&c, request->guesses);
	pg_put(&c, "%jd, %jd", request->remember_s, request->idle_s);
	if (pg_run(&c) == 1 && read_begun(&c, request, out) == 0)
		return 0;
	*out = (struct store_begun){ .which = "" };
	return -1;
}

enum store_send
pg_send_or_dry_run(struct store *s, const struct store_send_key *key,
    const struct limits_of_sends *limits, bool dry_run, int64_t *id,
    int64_t *wait_s, const char **which)
{
	enum store_send sent;
	char digest[HOST_KEY_TEXT];
	struct pg_call c OWNED(pg_call_close) = { .result = NULL };

	*id = *wait_s = 0;
	*which = "";
	if (!store_check_price(s, key->push ? 0 : limits->price) ||
	    store_hash_number(s, key->counted_as, dry_run, digest) != 0)
		return SEND_ERROR;
	pg_call_open(&c, s, key->alert ? "alert_take()" : "send_take()");
	pg_put_message(&c, key, digest, limits);
	pg_put(&c, "%d", !dry_run);
	if (pg_run(&c) != 1)
		return SEND_ERROR;
	sent = (enum store_send)pg_get_within(&c, 0, 0, SEND_TAKEN, SEND_WAIT);
	*id = pg_get_within(&c, 0, 1, 0, INT64_MAX);
	if (sent == SEND_WAIT) {
		*wait_s = pg_get_wait(&c, 2);
		*which = limit_name(key, pg_get_text(&c, 0, 3));
	}
	return c.odd ? SEND_ERROR : sent;
}

int
pg_send_windows(struct store *s, const struct store_send_key *key,
    const struct limits_of_sends *limits, void *ctx,
    void (*row)(void *ctx, const struct store_window *))
{
	char digest[HOST_KEY_TEXT];
	struct pg_call c OWNED(pg_call_close) = { .result = NULL };
	int rows;

	if (store_hash_number(s, key->counted_as, true, digest) != 0)
		return -1;
	pg_call_open(&c, s, "?send_windows()");
	pg_put_message(&c, key, digest, limits);
	rows = pg_run(&c);
	for (int i = 0; i < rows; i++)
		row(ctx,
		    &(struct store_window){
			limit_name(key, pg_get_text(&c, i, 0)),
			(unsigned)pg_get_int(&c, i, 1),
			(unsigned)pg_get_int(&c, i, 2) });
	return rows < 0 ? -1 : 0;
}

const struct store_backend postgresql_backend = {
#define OP(type, name, params, args) .name = pg_##name,
	STORE_OPERATIONS(OP)
#undef OP
	    .open = pg_open,
	.close = pg_free,
	.version_read = pg_version_read,
	.rest = pg_disconnect,
	.hosts = pg_hosts,
	.health = pg_health,
	.rows_in = pg_rows_in,
	.failure = pg_failure,
	.records = &pg_records,
	.unreported_count = pg_unreported_count,
	.noop = pg_noop,
	.invitation_find = pg_invitation_find,
	.enrol = pg_enrol,
	.enrol_may = pg_enrol_may,
	.invited_lately = pg_invited_lately,
	.become = pg_set_session,
};
