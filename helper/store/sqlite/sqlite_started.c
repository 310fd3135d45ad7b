/* SPDX-License-Identifier: BSD-2-Clause */
/* Ends of a start: the row after a message was sent, whose id and number no
 * other row may have, its verifiers, and its use by a right code. */
#include "helper/store/sqlite/sqlite.h"

/* Every PRUNE_EVERYth verification removes old rows of used, more than are
 * added meanwhile, so that the file does not grow. A prime: a login may begin
 * several verifications and use up only the last one. */
#define PRUNE_EVERY 7
#define PRUNE_ROWS "16"

/* Also from 'spent': the code was counted within the limit and is right, even
 * if another session has ended the verification meanwhile. And from
 * 'replacing': it was right before the cancel. */
static const char sql_use[] =
    "DELETE FROM verification WHERE id = :id AND boot = :boot"
    " AND request_id = :request"
    " AND (state IN ('running', 'spent') OR state = 'replacing')";
/* Its messages no longer count for their owner, source and host. Two kinds
 * still count for their user (2): pushes, and messages of an enrolment, which
 * may go to any number. */
static const char sql_answered[] =
    "UPDATE send SET answered = iif(:enrols OR kind IN (1, 3), 2, 1)"
    " WHERE verification = :id AND verification <> 0";
static const char sql_used_old[] =
    "DELETE FROM used WHERE verification IN (SELECT verification FROM used"
    " WHERE boot < :boot OR boot > :boot"
    " OR (boot = :boot AND until <= :now)"
    " OR (boot = :boot AND until > :now + " TEXT_NUMBER(
	STORE_USED_MS) ") LIMIT " PRUNE_ROWS ")";
static const char sql_used_put[] =
    "INSERT INTO used VALUES(:id, :request, :host, :session, :boot,"
    " :now + " TEXT_NUMBER(STORE_USED_MS) ")";
static const char sql_used[] =
    "SELECT 1 FROM used WHERE verification = :id AND request_id = :request"
    " AND host = :host AND session = :session AND session <> 0"
    " AND boot = :boot AND until > :now";

/* Returns 1, 0 or -1. */
static int
finish_step(struct store *s, const struct store_finish *f,
    const struct store_right *right)
{
	int used = sqlite_change(
	    s, sql_use, ":id=%jd :request=%s", f->id, f->request_id);
	int64_t one = 0;

	if (used == 0) /* this session may have used it up already */
		return sqlite_value(s, &one, sql_used, ":id=%jd :request=%s",
		    f->id, f->request_id);
	if (used < 0 ||
	    (f->price != 0 &&
		sqlite_send_set_price_step(s, f->send, f->price) != 0))
		return -1;
	if (f->code != NULL)
		used = sqlite_code_claim_step(s, f->code);
	if (used == 1 &&
	    (sqlite_change(
		 s, sql_answered, ":id=%jd :enrols=%d", f->id, f->enrols) < 0 ||
		((f->id >> SQLITE_ID_BITS) % PRUNE_EVERY == 0 &&
		    sqlite_run_one(s, sql_used_old) != 0) ||
		sqlite_change_one(s, sql_used_put, ":id=%jd :request=%s", f->id,
		    f->request_id) != 0 ||
		sqlite_right_apply_step(s, right, false) != 0))
		return -1;
	return used;
}

/* clang-format off */
STORE_CALL(sqlite, row_finish, (struct store *s, const struct store_finish *f,
    const struct store_right *right),
    SQLITE_WRITE(s, finish_step(s, f, right)));
/* clang-format on */

/* Also from 'unknown': the reply came late, and no other session has taken
 * over. SQLite joins bytes like text and calls the result text, hence the
 * cast. */
static const char sql_started[] =
    "UPDATE verification SET state = 'running', session = :session,"
    " host = holder_host, holder = 0, request_id = :request, method = :method,"
    " number = coalesce(:number, number), verifier = CASE"
    " WHEN :verifier IS NULL THEN verifier"
    " WHEN :beside AND method = :method THEN"
    " CAST(substr(verifier, 1, :len) || :verifier AS BLOB) ELSE :verifier END,"
    " sent_at = :now, expires_at = :now + :life,"
    " lasts_at = iif(:lasts > 0, :now + :lasts, lasts_at),"
    " ends_at = max(:now + :life, iif(:lasts > 0, :now + :lasts, lasts_at)),"
    " sends = sends + 1, send = :send"
    " WHERE" SQLITE_HELD_STARTING;
#define BY_ADMIN SQLITE_ADMIN_ENROLS("v.user")
/* Another row, and whether it gives way: it is over, or a claim of its number
 * would end it (KEEPS_OUT). Its worker, who had the id first, may have put it
 * at another number, or may enrol this one. An enrolment may name anybody's
 * number, so a user's row ends by that user's alone. */
#define FIND_OTHER                                                             \
	"SELECT v.id, v.boot <> :boot OR v.ends_at <= :now"                    \
	" OR (:socket = 0 AND v.socket <> 0 AND (v.user" SQLITE_ENROLS         \
	" OR NOT o.user" SQLITE_ENROLS                                         \
	" OR o.user IN (v.user || '" STORE_ENROLMENT "', " BY_ADMIN ")))"      \
	" OR ((:socket = 0 OR v.socket <> 0) AND v.user" SQLITE_ENROLS         \
	" AND NOT o.user" SQLITE_ENROLS ")"                                    \
	" FROM verification v LEFT JOIN verification o ON o.id = :id"          \
	" WHERE v.id <> :id AND "
static const char sql_find_request[] =
    FIND_OTHER "v.request_id = :request AND v.request_id <> ''"
	       " AND v.provider = o.provider";
static const char sql_find_number[] =
    FIND_OTHER "v.number = :number AND v.state <> 'unknown'";
/* Removes row :over, unless another session has taken over row :id: then the
 * change of that one fails, and nothing else may be gone. */
static const char sql_forget_row[] =
    "DELETE FROM verification WHERE id = :over AND EXISTS"
    " (SELECT 1 FROM verification WHERE" SQLITE_HELD_STARTING ")";
static const char sql_send[] =
    "UPDATE send SET verification = :id WHERE id = :send";
static const char sql_verifier_get[] =
    "SELECT verifier FROM verification WHERE id = :id AND boot = :boot"
    " AND request_id = :request AND length(verifier) > 0";

/* Returns 1 if there is another live row; 0, with the one that is over or 0; or
 * -1. */
static int
find_other_row(struct sqlite_query *q, int64_t *over)
{
	const enum sqlite_step step = sqlite_query_step(q);
	bool lives = false;

	*over = 0;
	if (step == QUERY_ROW) {
		*over = sqlite3_column_int64(q->st, 0);
		lives = sqlite3_column_int64(q->st, 1) == 0;
	}
	sqlite_query_close(q);
	return step == QUERY_ERROR ? -1 : lives;
}

/* Returns 0, STORE_CLASH if another live row of the row's provider has the id,
 * or -1. */
static int
check_request_id(
    struct store *s, int64_t id, const char *request_id, int64_t *over)
{
	struct sqlite_query q;
	int taken;

	sqlite_query_open_with(
	    &q, s, sql_find_request, ":request=%s :id=%jd", request_id, id);
	taken = find_other_row(&q, over);
	if (taken == 1)
		store_set_cause(s,
		    "another verification has the id that the provider gave");
	return taken == 1 ? STORE_CLASH : taken;
}

/* Returns 1 if another live row has that number, 0 if no other has, or -1. */
static int
number_taken(struct store *s, int64_t id, const char *digest, int64_t *over)
{
	struct sqlite_query q;

	sqlite_query_open_with(
	    &q, s, sql_find_number, ":number=%s :id=%jd", digest, id);
	return find_other_row(&q, over);
}

int
sqlite_number_is_unclaimed(struct store *s, int64_t id, const char *number)
{
	char digest[HOST_KEY_TEXT];
	int64_t over;
	int taken;

	if (store_hash_number(s, number, false, digest) != 0)
		return -1;
	taken = number_taken(s, id, digest, &over);
	return taken < 0 ? -1 : taken == 0;
}

/* Returns 0 with the digest if no other live row has the number, STORE_CLASH or
 * -1. */
static int
check_row_number(struct store *s, const struct store_started *to,
    char digest[HOST_KEY_TEXT], int64_t *over)
{
	int taken;

	if (to->number == NULL)
		return 0;
	if (store_hash_number(s, to->number, false, digest) != 0)
		return -1;
	taken = number_taken(s, to->id, digest, over);
	if (taken == 1)
		store_set_cause(s, "another verification has that number");
	return taken == 1 ? STORE_CLASH : taken;
}

/* Returns the number of changed rows, -1 or STORE_CLASH. All checks come before
 * the first change. */
static int
started_step(struct store *s, const struct store_started *to)
{
	char digest[HOST_KEY_TEXT];
	int64_t over[2] = { 0, 0 };
	int rc = check_row_number(s, to, digest, &over[0]);

	if (rc == 0)
		rc = check_request_id(s, to->id, to->request_id, &over[1]);
	for (size_t i = 0; rc == 0 && i < COUNT_OF(over); i++)
		if (over[i] != 0 &&
		    sqlite_change(s, sql_forget_row, ":id=%jd :over=%jd",
			to->id, over[i]) < 0)
			rc = -1;
	if (rc != 0)
		return rc;
	rc = sqlite_change(s, sql_started,
	    ":id=%jd :request=%s :method=%d :beside=%d :len=%d :life=%jd"
	    " :lasts=%jd :send=%jd :number=%s :verifier=%.*s",
	    to->id, to->request_id, to->method, to->beside, STORE_VERIFIER_LEN,
	    to->life_ms, to->lasts_ms, to->send,
	    to->number != NULL ? digest : NULL, STORE_VERIFIER_LEN,
	    to->verifier);
	/* link the message to its verification */
	if (rc > 0 && to->send != 0 &&
	    sqlite_change(s, sql_send, ":id=%jd :send=%jd", to->id, to->send) <
		0)
		return -1;
	return rc;
}

/* Books a known price although the row could not be changed. The first
 * failure's cause stays. */
static void
book_price_only(struct store *s, const struct store_started *to)
{
	char cause[STORE_CAUSE_MAX];

	if (to->price == 0)
		return;
	memcpy(cause, s->cause, sizeof(cause));
	(void)sqlite_send_set_price(s, to->send, to->price);
	memcpy(s->cause, cause, sizeof(cause));
}

static int
started_commit(struct store *s, const struct store_started *to)
{
	int rc = -1;

	if (sqlite_write_begin_nosync(s) != 0)
		return -1;
	if (to->price == 0 ||
	    sqlite_send_set_price_step(s, to->send, to->price) == 0)
		rc = started_step(s, to);
	if (rc == -1) {
		sqlite_rollback(s);
		book_price_only(s, to);
		return -1;
	}
	if (sqlite_commit(s) != 0)
		return -1;
	return rc == STORE_CLASH ? rc : store_require_held(s, rc);
}

int
sqlite_row_set_started(struct store *s, const struct store_started *to)
{
	const size_t len = strlen(to->request_id);

	if (len > 0 && len <= STORE_ID_MAX)
		return started_commit(s, to);
	return store_set_cause(s, "the provider's id has %zu bytes", len);
}

int
sqlite_row_verifiers_read(struct store *s, int64_t id, const char *request_id,
    unsigned char verifier[STORE_VERIFIERS][STORE_VERIFIER_LEN])
{
	struct sqlite_query q OWNED(sqlite_query_close);
	enum sqlite_step step;
	const void *blob;
	int len;

	memset(verifier, 0, STORE_VERIFIERS * STORE_VERIFIER_LEN);
	sqlite_query_open_with(
	    &q, s, sql_verifier_get, ":id=%jd :request=%s", id, request_id);
	step = sqlite_query_step(&q);
	if (step != QUERY_ROW)
		return step == QUERY_DONE ? 0 : -1;
	blob = sqlite3_column_blob(q.st, 0);
	len = sqlite3_column_bytes(q.st, 0);
	if (blob == NULL || len % STORE_VERIFIER_LEN != 0 ||
	    len > STORE_VERIFIERS * STORE_VERIFIER_LEN)
		return sqlite_set_row_damaged(s);
	memcpy(verifier, blob, (size_t)len);
	return len / STORE_VERIFIER_LEN;
}
