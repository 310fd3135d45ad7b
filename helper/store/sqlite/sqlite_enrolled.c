/* SPDX-License-Identifier: BSD-2-Clause */
/* Records of users who enrolled at a login: encrypted, one row a user. */
#include "helper/store/sqlite/sqlite.h"

#include "lib/fleet_records/fleet_records.h"

/* of the numbers in a row, each with a blank, and the user */
#define NUMBERS_MAX (OWNER_STATE_MAX + USER_PHONES_MAX * HOST_KEY_TEXT)
#define TIED_MAX (OWNER_STATE_MAX + NUMBERS_MAX + 32)

static const char sql_rows[] =
    "SELECT user, id, phone, sealed, at, by FROM enrolled"
    " WHERE :all OR user = :user ORDER BY user";
static const char sql_has_phone[] =
    "SELECT 1 FROM enrolled WHERE :phone <> '' AND instr(phone, :phone) > 0"
    " AND user <> :user";
/* SQLite keeps it for AUTOINCREMENT, also once the row is gone. */
static const char sql_newest[] =
    "SELECT seq FROM sqlite_sequence WHERE name = 'enrolled'";
static const char sql_is_later[] =
    "SELECT 1 FROM enrolled WHERE user = :user AND id > :newest";
static const char sql_remove[] = "DELETE FROM enrolled WHERE user = :user";
static const char sql_invited_lately[] =
    "SELECT 1 FROM recovery WHERE id = :id AND user = :user AND hash = :hash"
    " AND kind = 2 AND since BETWEEN :wall - 3600 AND :wall";
static const char sql_add[] =
    "INSERT INTO enrolled(id, user, phone, sealed, at, by)"
    " VALUES(:id, :user, :phone, :sealed, :wall, :by)";

_Static_assert(FLEET_SEAL_KEY == HOST_KEY_LEN, "one length");

/* The key of the records; what a record is tied to. */
static void
seal_parts(const struct store *s, const char *user, int64_t id,
    const char *phone, unsigned char key[HOST_KEY_LEN], char tied[TIED_MAX])
{
	host_key_hmac(s->key, "records of users who enrolled 1", key);
	snprintf(tied, TIED_MAX, "%s\n%lld\n%s", user, (long long)id, phone);
}

static bool
seal_open(const struct store *s, const struct store_record_row *row, int64_t id,
    const char *phone, const char *sealed, struct secret *text)
{
	unsigned char key[HOST_KEY_LEN];
	char tied[TIED_MAX];
	bool fits;

	seal_parts(s, row->user, id, phone, key, tied);
	fits = fleet_seal_open(key, tied, sealed, text) == 0 &&
	    text->len < sizeof(text->b);
	explicit_bzero(key, sizeof(key));
	if (fits)
		text->b[text->len] = '\0';
	return fits;
}

static int
report_record(const struct sqlite_query *q, void *ctx,
    void (*report)(void *ctx, const struct store_record_row *))
{
	const char *phone = (const char *)sqlite3_column_text(q->st, 2);
	const char *sealed = (const char *)sqlite3_column_text(q->st, 3);
	struct store_record_row row = {
		.user = (const char *)sqlite3_column_text(q->st, 0),
		.groups = "",
		.at = sqlite3_column_int64(q->st, 4),
		.by = (const char *)sqlite3_column_text(q->st, 5),
	};
	struct secret text = { .len = 0 };

	if (row.user == NULL || phone == NULL || sealed == NULL ||
	    row.by == NULL)
		return sqlite_set_cause(q->store); /* out of memory */
	if (seal_open(q->store, &row, sqlite3_column_int64(q->st, 1), phone,
		sealed, &text))
		row.text = (const char *)text.b;
	report(ctx, &row);
	explicit_bzero(&text, sizeof(text));
	return 0;
}

int
sqlite_record_list(struct store *s, const char *user, void *ctx,
    void (*row)(void *ctx, const struct store_record_row *))
{
	enum sqlite_step step;
	struct sqlite_query q OWNED(sqlite_query_close) = { .st = NULL };

	/* without the key no record fits, and a new one must not be made */
	if (store_key_read(s, true) < 0)
		return -1;
	sqlite_query_open_with(&q, s, sql_rows, ":all=%d :user=%s",
	    user == NULL, user != NULL ? user : "");
	do
		step = sqlite_query_step(&q);
	while (step == QUERY_ROW && report_record(&q, ctx, row) == 0);
	return step == QUERY_DONE ? 0 : -1;
}

struct one_record {
	bool there;
	char *text;
};

static void
keep_record_text(void *ctx, const struct store_record_row *row)
{
	struct one_record *one = ctx;

	one->there = true;
	secret_free(one->text);
	one->text = row->text != NULL ? strdup(row->text) : NULL;
}

enum store_record
sqlite_record_read(struct store *s, const char *user, char **text)
{
	struct one_record one = { .there = false };
	const int read = sqlite_record_list(s, user, &one, keep_record_text);

	*text = read == 0 ? one.text : NULL;
	if (read != 0) {
		secret_free(one.text);
		return STORE_RECORD_ERROR;
	}
	if (!one.there)
		return STORE_RECORD_NONE;
	if (one.text != NULL)
		return STORE_RECORD_FOUND;
	store_set_cause(s,
	    "the record of %s cannot be opened: it was changed, or is of "
	    "another host.key; restore both, or run: twofactl remove %s",
	    user, user);
	return STORE_RECORD_ERROR;
}

int
sqlite_record_remove(
    struct store *s, const char *user, const unsigned char *seal)
{
	(void)seal;
	return SQLITE_WRITE(s, sqlite_change(s, sql_remove, ":user=%s", user));
}

int64_t
sqlite_enrolments(struct store *s)
{
	int64_t newest = 0;

	return sqlite_read_number(s, sql_newest, &newest) < 0 ? -1 : newest;
}

/* Returns 0 or -1. */
static int
record_add(struct store *s, const struct store_enrolment *e, const char *phone)
{
	const int64_t id = sqlite_enrolments(s) + 1;
	unsigned char key[HOST_KEY_LEN];
	char tied[TIED_MAX], sealed[FLEET_SEAL_TEXT_MAX];
	struct secret text = { .len = strlen(e->text) };
	int rc = -1;

	if (id > 0 && text.len < sizeof(text.b)) {
		memcpy(text.b, e->text, text.len);
		seal_parts(s, e->user, id, phone, key, tied);
		rc = fleet_seal_secret(key, tied, &text, sealed);
		if (rc != 0)
			store_set_cause(s, "out of memory: free some");
	}
	explicit_bzero(key, sizeof(key));
	explicit_bzero(&text, sizeof(text));
	return rc != 0 ? -1
		       : sqlite_change_one(s, sql_add,
			     ":id=%jd :user=%s :phone=%s :sealed=%s :by=%s", id,
			     e->user, phone, sealed, e->by);
}

/* clang-format off */
STORE_CALL(sqlite, invited_lately, (struct store *s, const char *user,
    const struct store_recovery *r),
    sqlite_value(s, &(int64_t){ 0 }, sql_invited_lately,
	":id=%jd :user=%s :hash=%.*s", r->id, user, RECOVERY_HASH, r->hash));
/* clang-format on */

/* Returns 1 if the record in the state was written since, 0 or -1. */
static int
is_later(struct store *s, const struct store_enrolment *e)
{
	return e->newest == 0 ? 0
			      : sqlite_value(s, &(int64_t){ 0 }, sql_is_later,
				    ":user=%s :newest=%jd", e->user, e->newest);
}

/* Returns 1 if the record in the state is what it has to be, 0 or -1. */
static int
former_is_known(struct store *s, const struct store_enrolment *e)
{
	char *text OWNED(secret_end) = NULL;
	const enum store_record found = sqlite_record_read(s, e->user, &text);
	const int later = is_later(s, e);

	if (found == STORE_RECORD_ERROR || later != 0)
		return later == 1 ? 0 : -1;
	return e->changes && e->was != NULL
	    ? text != NULL && strcmp(text, e->was) == 0
	    : found == STORE_RECORD_NONE;
}

/* In place of the record before. Returns 0 or -1. */
static int
record_step(struct store *s, const struct store_enrolment *e, const char *phone)
{
	if (sqlite_change(s, sql_remove, ":user=%s", e->user) < 0)
		return -1;
	return e->text[0] == '\0' ? 0 : record_add(s, e, phone);
}

/* number: of the new phone; numbers: of all; made: the hashes of new codes.
 * Returns an enum store_enrolled, or -1. */
static int
enrol_step(struct store *s, const struct store_enrolment *e, const char *number,
    const char *numbers, const struct store_recovery *made)
{
	int64_t found;
	int rc = former_is_known(s, e);

	if (rc != 1)
		return rc < 0 ? -1 : STORE_ENROLLED_BEFORE;
	if (e->changes && e->invitation != NULL)
		rc = sqlite_invited_lately(s, e->user, e->invitation);
	if (rc != 1)
		return rc < 0 ? -1 : STORE_ENROLLED_SPENT;
	rc = sqlite_value(
	    s, &found, sql_has_phone, ":user=%s :phone=%s", e->user, number);
	if (rc != 0)
		return rc < 0 ? -1 : STORE_ENROLLED_PHONE;
	if (e->invitation != NULL)
		rc = sqlite_invitation_use_step(s, e->user, e->invitation);
	if (e->invitation != NULL && rc != 1)
		return rc < 0 ? -1 : STORE_ENROLLED_SPENT;
	rc = e->text != NULL
	    ? record_step(s, e, numbers)
	    : sqlite_recovery_renew_step(s, e->user, made, RECOVERY_SELF,
		  e->invitation == NULL ? SQLITE_CODES_BY_PHONE
					: SQLITE_CODES_BY_INVITATION);
	/* what is removed did not count any more */
	if (rc == 0 && (e->text == NULL || e->text[0] != '\0'))
		rc = sqlite_remembered_forget_step(s, e->user);
	return rc >= 0 ? STORE_ENROLLED_DONE : -1;
}

/* Writes what the row has of its phones: unique, as others may have the same.
 */
static int
hash_numbers(
    struct store *s, const struct store_enrolment *e, char out[NUMBERS_MAX])
{
	char number[PHONE_MAX + 1], one[HOST_KEY_TEXT];
	const char *rest = e->phones != NULL ? e->phones : e->phone;
	size_t used = 0;

	while (*rest != '\0') {
		if (!user_phones_take(&rest, number) ||
		    store_hash_phone_of_record(s, number, one) != 0)
			return -1;
		used += (size_t)snprintf(
		    out + used, NUMBERS_MAX - used, "%s ", one);
	}
	snprintf(out + used, NUMBERS_MAX - used, "%s", e->user);
	return 0;
}

enum store_enrolled
sqlite_enrol(struct store *s, const struct store_enrolment *e)
{
	char number[HOST_KEY_TEXT] = "", numbers[NUMBERS_MAX] = "";
	struct store_recovery made[RECOVERY_MAX];
	int rc;

	/* makes the key, too */
	rc = e->text != NULL
	    ? store_hash_phone_of_record(s, e->phone, number)
	    : store_recovery_hash(s, e->codes, RECOVERY_SELF, made);
	if (rc == 0 && e->text != NULL)
		rc = hash_numbers(s, e, numbers);
	if (rc != 0)
		return STORE_ENROLLED_FAILED;
	if (e->text != NULL && e->phone[0] == '\0')
		number[0] = '\0';
	rc = SQLITE_WRITE(s, enrol_step(s, e, number, numbers, made));
	return rc < 0 ? STORE_ENROLLED_FAILED : (enum store_enrolled)rc;
}
