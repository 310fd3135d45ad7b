/* SPDX-License-Identifier: BSD-2-Clause */
/* Codes that may be used once: recovery codes, as salted hashes, the last TOTP
 * step of each secret, and an app's codes that a provider accepted, as
 * digests. */
#include "helper/store/sqlite/sqlite.h"

#include <openssl/crypto.h>

#define KEY_NAME(digest)                                                       \
	"substr(" digest ", " TEXT_NUMBER(STORE_KEYED_DIGEST) " + 1)"

/* SQL: true if this column's digest was made with another key. Another key
 * gives every secret and code another digest, so any could be meant. */
#define OTHER_KEY(column) KEY_NAME(column) " IS NOT " KEY_NAME(":" column)

#define TOTP_OLD 2880 /* steps; a day */
#define PRUNE_ROWS "8"
#define OTHER_S TEXT_NUMBER(STORE_CODE_OTHER_S)
#define RECENT_S TEXT_NUMBER(STORE_CODE_RECENT_S)
#define BY_INVITATION "invited"
#define VALID_CODE                                                             \
	" WHERE user = :user AND ((kind = 0 AND note <> "                      \
	"'" SQLITE_NOTE_BY_PHONE "') OR (since <= :wall"                       \
	" AND (kind = 0 OR (until > :wall AND :wall >= 86400 * " TEXT_NUMBER(  \
	    TWOFA_DAY) ""                                                      \
		       " AND (boot <> :boot OR ends_at > :now)))))"
/* The id may belong to a new code by now, the hash cannot. */
#define SAME_CODE VALID_CODE " AND id = :id AND hash = :hash AND kind = :kind"

static const char sql_recovery_clear[] =
    "DELETE FROM recovery WHERE user = :user AND (kind = 0 OR :all)";
/* Without these, the user's name would stay. A step of the last minute could
 * still be used with another record. */
static const char *const sql_erase[] = {
	"DELETE FROM grace WHERE user = :user",
	"DELETE FROM passed WHERE user = :user",
	"DELETE FROM totp WHERE user = :user AND step < :wall / 30 - 2",
};
static const char sql_recovery_add[] =
    "INSERT INTO recovery(user, salt, hash, kind, since, until, boot, ends_at,"
    " note) SELECT :user, :salt, :hash, :kind, :wall + :later, :wall + :s, "
    ":boot,"
    " :now + 1000 * :s, :note WHERE :kind = 0 OR (SELECT count(*)"
    " FROM recovery WHERE user = :user AND kind > 0) < " TEXT_NUMBER(
	RECOVERY_BYPASS_MAX);
/* Deleted, so that setting the clock back later revives no code. */
static const char sql_recovery_expired[] =
    "DELETE FROM recovery WHERE user = :user AND kind > 0"
    " AND (until <= :wall OR (boot = :boot AND ends_at <= :now))";
static const char sql_recovery_end[] =
    "DELETE FROM recovery WHERE user = :user AND kind > 0 AND salt = :salt";
static const char sql_recovery_list[] =
    "SELECT id, salt, hash, kind, until, note FROM recovery" VALID_CODE
    " LIMIT " TEXT_NUMBER(STORE_CODES_MAX);
static const char sql_recovery_use[] = "DELETE FROM recovery" SAME_CODE;
/* For its enrolment, or a change within an hour of a login at root's service
 * (sqlite_invited_lately). Not of one at another service, wherever the clock is
 * set back to. */
static const char sql_invited_use[] =
    "UPDATE recovery SET kind = 2,"
    " since = iif(:socket <> 0, 0, :wall)" SAME_CODE;
static const char sql_recovery_left[] =
    "SELECT count(*) FROM recovery WHERE user = :user AND kind = 0";
const char sqlite_recovery_any[] =
    "SELECT (SELECT count(*) FROM recovery" VALID_CODE " AND kind <> 2"
    " GROUP BY kind > 0 ORDER BY kind > 0 LIMIT 1),"
    " (SELECT max(since - iif(note = '" SQLITE_NOTE_BY_PHONE "', " TEXT_NUMBER(
	SQLITE_DAY_S) ", 0)) FROM recovery"
		      " WHERE user = :user AND kind = 0 AND note <> '')";
_Static_assert(USER_CHANGE_WAIT_S == SQLITE_DAY_S, "it is in the query");
static const char sql_recovery_users[] =
    "SELECT count(DISTINCT user) FROM recovery WHERE kind = 0";
/* A secret counts once, whichever records have it. */
static const char sql_totp_claim[] =
    "INSERT INTO totp SELECT iif(:step < 0, '', :user), :secret, :step, :source"
    " WHERE NOT EXISTS"
    " (SELECT 1 FROM totp WHERE :step > 0 AND user = :user AND step >= :step"
    " AND (secret = :secret OR " OTHER_KEY(
	"secret") "))"
		  " AND NOT EXISTS (SELECT 1 FROM totp WHERE secret = :secret"
		  " AND secret <> x'' AND step >= :step"
		  " AND (:step > 0 OR step < 0))"
		  " ON CONFLICT(user, secret) DO UPDATE SET step = "
		  "excluded.step,"
		  " source = excluded.source";
/* The code that proved a new app is known as well. */
static const char sql_totp_last[] =
    "SELECT step, source FROM totp WHERE (secret = :secret"
    " OR (user = :user AND secret = x'' AND source = ''))"
    " AND step BETWEEN :step AND :newest ORDER BY step DESC LIMIT 1";
static const char sql_hotp_last[] =
    "SELECT step FROM totp WHERE secret = :secret AND step < 0 AND user = ''";
/* Secrets that were replaced: their codes can no longer be in use. As many as a
 * record may have stay: the clock may be set back. */
static const char sql_totp_old[] =
    "DELETE FROM totp WHERE user = :user AND secret <> :secret"
    " AND step < :step - " TEXT_NUMBER(
	TOTP_OLD) " AND secret NOT IN (SELECT secret FROM totp WHERE user = "
		  ":user"
		  " ORDER BY step DESC LIMIT " TEXT_NUMBER(USER_APPS_MAX) ")";
/* Later than any code that is accepted now: the clock was ahead then. */
static const char sql_totp_future[] =
    "DELETE FROM totp WHERE user = :user AND step > :step + 1";
static const char sql_totp_proof[] =
    "INSERT INTO totp VALUES(:user, x'', :step, '') ON CONFLICT(user, secret)"
    " DO UPDATE SET step = max(step, excluded.step)";
/* bypass: of the code; for a recovery code its note. Returns 1, 0 if there are
 * too many bypass codes, or -1. */
static int
recovery_add(struct store *s, const char *user,
    const struct store_recovery *made, const struct store_recovery *bypass)
{
	const bool waits =
	    bypass->use == 0 && strcmp(bypass->by, SQLITE_NOTE_BY_PHONE) == 0;

	return sqlite_change(s, sql_recovery_add,
	    ":user=%s :salt=%.*s :hash=%.*s :kind=%u :later=%jd :s=%jd "
	    ":note=%s",
	    user, RECOVERY_SALT, made->salt, RECOVERY_HASH, made->hash,
	    bypass->use, waits ? USER_CHANGE_WAIT_S : INT64_C(0), bypass->until,
	    bypass->by);
}

int
sqlite_recovery_renew_step(struct store *s, const char *user,
    const struct store_recovery *made, unsigned count, enum sqlite_codes_by by)
{
	static const struct store_recovery as[] = {
		[SQLITE_CODES_BY_PHONE] = { .by = SQLITE_NOTE_BY_PHONE },
		[SQLITE_CODES_BY_INVITATION] = { .by = BY_INVITATION },
	};
	_Static_assert(
	    COUNT_OF(as) == SQLITE_CODES_BY_INVITATION + 1, "one for each");

	if (sqlite_change(s, sql_recovery_clear, ":user=%s :all=%d", user,
		count == 0) < 0)
		return -1;
	for (unsigned i = 0; i < count; i++)
		if (recovery_add(s, user, &made[i], &as[by]) != 1)
			return -1;
	return 0;
}

static int
recovery_replace(struct store *s, const char *user,
    const struct store_recovery *made, unsigned count,
    const struct store_recovery *bypass)
{
	int added;

	if (bypass != NULL && bypass->use == 0) {
		added = sqlite_change(s, sql_recovery_end,
		    ":user=%s :salt=%.*s", user, RECOVERY_SALT, bypass->salt);
		return added < 0 ? -1 : !added;
	}
	if (bypass != NULL) {
		added =
		    sqlite_change(s, sql_recovery_expired, ":user=%s", user) < 0
		    ? -1
		    : recovery_add(s, user, made, bypass);
		return added < 0 ? -1 : !added;
	}
	if (sqlite_recovery_renew_step(
		s, user, made, count, SQLITE_CODES_BY_ADMIN) != 0)
		return -1;
	for (size_t i = 0; count == 0 && i < COUNT_OF(sql_erase); i++)
		if (sqlite_change(s, sql_erase[i], ":user=%s", user) < 0)
			return -1;
	return 0;
}

int
sqlite_recovery_set(struct store *s, const char *user, const char *const *code,
    unsigned count, struct store_recovery *bypass)
{
	struct store_recovery made[RECOVERY_MAX];

	if (store_recovery_hash(s, code, count, made) != 0)
		return -1;
	if (bypass != NULL && bypass->use != 0)
		memcpy(bypass->salt, made->salt, RECOVERY_SALT);
	return SQLITE_WRITE(s, recovery_replace(s, user, made, count, bypass));
}

/* Returns 0, or -1 for a damaged row. */
static int
recovery_read(const struct sqlite_query *q, struct store_recovery *r)
{
	const unsigned char *salt = sqlite3_column_blob(q->st, 1);
	const unsigned char *hash = sqlite3_column_blob(q->st, 2);
	const void *by = sqlite3_column_text(q->st, 5);

	if (sqlite3_column_bytes(q->st, 1) != RECOVERY_SALT ||
	    sqlite3_column_bytes(q->st, 2) != RECOVERY_HASH || salt == NULL ||
	    hash == NULL || by == NULL) {
		store_set_cause(q->store,
		    "a recovery code is damaged: make the user new ones");
		return -1;
	}
	r->id = sqlite3_column_int64(q->st, 0);
	memcpy(r->salt, salt, RECOVERY_SALT);
	memcpy(r->hash, hash, RECOVERY_HASH);
	r->use = (unsigned)sqlite3_column_int64(q->st, 3);
	r->until = sqlite3_column_int64(q->st, 4);
	PRINT_TO(r->by, "%s", (const char *)by);
	return 0;
}

static int
recovery_rows(struct store *s, const char *user,
    struct store_recovery list[STORE_CODES_MAX])
{
	enum sqlite_step step;
	struct sqlite_query q OWNED(sqlite_query_close);
	int count = 0, read = 0;

	sqlite_query_open_with(&q, s, sql_recovery_list, ":user=%s", user);
	while ((step = sqlite_query_step(&q)) == QUERY_ROW && read == 0 &&
	    count < STORE_CODES_MAX)
		read = recovery_read(&q, &list[count++]);
	return step == QUERY_DONE && read == 0 ? count : -1;
}

int
sqlite_recovery_list(struct store *s, const char *user,
    struct store_recovery list[STORE_CODES_MAX])
{
	const int count = recovery_rows(s, user, list);

	for (int i = 0; i < count; i++)
		explicit_bzero(list[i].hash, sizeof(list[i].hash));
	return count;
}

/* clang-format off */
STORE_CALL(sqlite, recovery_count_codes, (struct store *s, const char *user),
    sqlite_count(s, sql_recovery_left, ":user=%s", user));
STORE_CALL(sqlite, hotp_last, (struct store *s, const unsigned char *secret,
    int64_t *step), sqlite_value(s, step, sql_hotp_last, ":secret=%.*s",
    STORE_CODE_DIGEST, secret));
/* clang-format on */

static int
use_code(struct store *s, const char *sql, const char *user,
    const struct store_recovery *r)
{
	return sqlite_change(s, sql, ":id=%jd :user=%s :hash=%.*s :kind=%u",
	    r->id, user, RECOVERY_HASH, r->hash, r->use);
}

/* Returns 1, 0 or -1. */
static int
recovery_step(struct store *s, const struct store_recovery *r,
    const struct store_right *right, unsigned *left)
{
	const bool enrols = right->method == METHOD_NONE;
	struct store_right by = *right;
	const int used =
	    sqlite_change(s, sql_recovery_expired, ":user=%s", right->user) < 0
	    ? -1
	    : use_code(s,
		  r->use == RECOVERY_USE_BOTH && !enrols ? sql_invited_use
							 : sql_recovery_use,
		  right->user, r);
	int rest;

	if (used != 1 || enrols)
		return used;
	if (r->use != 0) { /* for one login, which is not remembered */
		by.method = METHOD_BYPASS;
		by.binding = NULL;
	}
	rest = sqlite_recovery_count_codes(s, right->user);
	if (rest < 0 || sqlite_right_apply_step(s, &by, true) != 0)
		return -1;
	*left = (unsigned)rest;
	return 1;
}

/* Returns the row that is the typed code, or NULL. Compares all, so that the
 * time does not depend on the code. */
static const struct store_recovery *
recovery_match(const struct store_recovery *stored, int rows,
    const struct store_recovery *typed, int count, bool enrols)
{
	const struct store_recovery *found = NULL;

	for (int i = 0; i < rows; i++)
		for (int n = 0; n < count; n++)
			if (stored[i].id == typed[n].id &&
			    (enrols ? stored[i].use >= RECOVERY_USE_ENROL
				    : stored[i].use != RECOVERY_USE_ENROL) &&
			    CRYPTO_memcmp(stored[i].hash, typed[n].hash,
				RECOVERY_HASH) == 0)
				found = &stored[i];
	return found;
}

/* Looks for the code before the transaction: a wrong one waits for no other
 * login. */
int
sqlite_recovery_claim(struct store *s, const struct store_recovery *list,
    int count, const struct store_right *right, struct store_recovery *used,
    unsigned *left)
{
	struct store_recovery stored[STORE_CODES_MAX];
	const struct store_recovery *found;
	int result = recovery_rows(s, right->user, stored);

	*left = 0;
	if (result > 0) {
		found = recovery_match(
		    stored, result, list, count, right->method == METHOD_NONE);
		if (found != NULL)
			*used = *found;
		result = found == NULL
		    ? 0
		    : SQLITE_WRITE(s, recovery_step(s, found, right, left));
	}
	explicit_bzero(stored, sizeof(stored));
	return result;
}

int
sqlite_invitation_find(struct store *s, const char *user,
    const struct store_recovery *typed, int count, struct store_recovery *found)
{
	struct store_recovery stored[STORE_CODES_MAX];
	const int rows = recovery_rows(s, user, stored);
	const struct store_recovery *match =
	    recovery_match(stored, rows, typed, count, true);

	if (match != NULL)
		*found = *match;
	explicit_bzero(stored, sizeof(stored));
	return rows < 0 ? -1 : match != NULL;
}

int
sqlite_invitation_use_step(
    struct store *s, const char *user, const struct store_recovery *r)
{
	return use_code(s, sql_recovery_use, user, r);
}

int64_t
sqlite_recovery_count_users(struct store *s)
{
	int64_t users = 0;

	return sqlite_read_number(s, sql_recovery_users, &users) == 1 ? users
								      : -1;
}

/* secret is NULL for any. Returns 1, 0 or -1. */
static int
totp_claim(struct store *s, const unsigned char *secret, int64_t step,
    const struct store_right *right)
{
	const char *digest = secret == NULL ? "" : (const char *)secret;
	const int len = secret == NULL ? 0 : STORE_CODE_DIGEST;
	const int claimed = sqlite_change(s, sql_totp_claim,
	    ":user=%s :step=%jd :source=%s :secret=%.*s", right->user, step,
	    right->source, len, digest);

	if (claimed != 1)
		return claimed;
	if (sqlite_change(s, sql_totp_old, ":user=%s :step=%jd :secret=%.*s",
		right->user, step, len, digest) < 0 ||
	    sqlite_right_apply_step(s, right, false) != 0)
		return -1;
	return 1;
}

/* Reads the last step that this secret used, and the source. Returns 0 or
 * -1. */
static int
totp_last(struct store *s, const struct store_totp_attempt *a,
    struct store_used_step *used)
{
	enum sqlite_step found;
	struct sqlite_query q OWNED(sqlite_query_close);
	const void *source;

	sqlite_query_open_with(&q, s, sql_totp_last,
	    ":step=%jd :newest=%jd :user=%s :secret=%.*s", a->step,
	    used->newest, a->right->user, STORE_CODE_DIGEST, a->secret);
	found = sqlite_query_step(&q);
	if (found == QUERY_ROW) {
		used->step = sqlite3_column_int64(q.st, 0);
		source = sqlite3_column_text(q.st, 1);
		PRINT_TO(used->source, "%s",
		    source != NULL ? (const char *)source : "");
	}
	return found == QUERY_ERROR ? -1 : 0;
}

/* back: the guess that was counted. Returns 1, 0 or -1. */
static int
totp_step(struct store *s, const struct store_totp_attempt *a,
    const struct store_counted *back)
{
	const int claimed = totp_claim(s, a->secret, a->step, a->right);

	if (claimed != 0 || a->used == NULL || a->secret == NULL)
		return claimed;
	if (totp_last(s, a, a->used) != 0 ||
	    (a->used->step != 0 && sqlite_guess_refund_step(s, back) != 0))
		return -1;
	return 0;
}

enum store_guess
sqlite_totp_attempt(struct store *s, const struct store_totp_attempt *a,
    int *claimed, int64_t *wait_s)
{
	const struct store_right *r = a->right;
	struct store_guess_token here;
	struct store_guess_token *token = a->token != NULL ? a->token : &here;
	const struct store_counted back = { r->user, r->source, token };
	enum store_guess guess;

	*claimed = 0;
	*wait_s = 0;
	if (a->used != NULL)
		a->used->step = 0;
	if (sqlite_write_begin(s) != 0)
		return GUESS_ERROR;
	guess = sqlite_guess_take_step(
	    s, r->user, r->source, a->limits, token, wait_s);
	if (guess == GUESS_OPEN && a->step != 0)
		*claimed = totp_step(s, a, &back);
	if (sqlite_write_end(
		s, guess == GUESS_ERROR || *claimed < 0 ? -1 : 0) == 0)
		return guess;
	/* a code that was not counted has no result */
	*claimed = 0;
	if (a->used != NULL)
		a->used->step = 0;
	memset(token, 0, sizeof(*token));
	return GUESS_ERROR;
}

/* Returns the number of rows, or -1. */
static int
totp_change(struct store *s, const char *sql, const char *user, int64_t step)
{
	return sqlite_change(s, sql, ":user=%s :step=%jd", user, step);
}

int
sqlite_totp_renew(struct store *s, const char *user, int64_t step)
{
	return SQLITE_WRITE(s,
	    totp_change(s, sql_totp_future, user, s->wall / TOTP_STEP_S) >= 0 &&
		    (step == 0 ||
			totp_change(s, sql_totp_proof, user, step) == 1)
		? 0
		: -1);
}

static const char sql_code_prune[] =
    "DELETE FROM code_used WHERE (user, digest) IN (SELECT user, digest"
    " FROM code_used WHERE until <= :wall LIMIT " PRUNE_ROWS ")";
/* If the clock was set back, the code counts as used a moment ago. */
static const char sql_code_set_back[] =
    "UPDATE code_used SET until = :wall + :seconds WHERE user = :user"
    " AND until > :wall + :seconds";
static const char sql_code_claim[] =
    "INSERT INTO code_used SELECT :user, :digest, :wall + :seconds"
    " WHERE NOT EXISTS (SELECT 1 FROM code_used WHERE user = :user"
    " AND " OTHER_KEY("digest") " AND until > :wall + :seconds - " OTHER_S ")"
				" ON CONFLICT(user, digest) DO UPDATE SET "
				"until = excluded.until"
				" WHERE until <= :wall";
static const char sql_code_recent[] =
    "SELECT 1 FROM code_used WHERE user = :user AND digest = :digest"
    " AND until BETWEEN :wall + :seconds - " RECENT_S " AND :wall + :seconds";

int
sqlite_code_claim_step(struct store *s, const struct store_code *code)
{
	if (sqlite_run_one(s, sql_code_prune) != 0 ||
	    sqlite_change(s, sql_code_set_back, ":user=%s :seconds=%jd",
		code->owner, code->seconds) < 0)
		return -1;
	return sqlite_change(s, sql_code_claim,
	    ":user=%s :seconds=%jd :digest=%.*s", code->owner, code->seconds,
	    STORE_CODE_DIGEST, code->digest);
}

static int
code_claim_step(struct store *s, const struct store_code *code,
    const struct store_right *right)
{
	const int claimed = sqlite_code_claim_step(s, code);

	return claimed == 1 && sqlite_right_apply_step(s, right, false) != 0
	    ? -1
	    : claimed;
}

static int
recent_step(struct store *s, const struct store_code *code,
    const struct store_counted *back)
{
	int64_t one = 0;
	const int found = sqlite_value(s, &one, sql_code_recent,
	    ":user=%s :seconds=%jd :digest=%.*s", code->owner, code->seconds,
	    STORE_CODE_DIGEST, code->digest);

	if (found == 1 && sqlite_guess_refund_step(s, back) != 0)
		return -1;
	return found;
}

/* clang-format off */
STORE_CALL(sqlite, code_claim, (struct store *s, const struct store_code *code,
    const struct store_right *right),
    SQLITE_WRITE(s, code_claim_step(s, code, right)));
STORE_CALL(sqlite, code_was_used_recently, (struct store *s,
    const struct store_code *code, const struct store_counted *back),
    SQLITE_WRITE(s, recent_step(s, code, back)));
/* clang-format on */
