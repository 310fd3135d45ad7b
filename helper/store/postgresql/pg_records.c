/* SPDX-License-Identifier: BSD-2-Clause */
/* Users' records in PostgreSQL, under the fleet's key. */
#include "helper/store/postgresql/postgresql.h"

#include "helper/store/postgresql/postgresql_inside.h"
#include "lib/fleet_records/fleet_records.h"

/* "again" is returned once, unless somebody undoes the entry */
#define ROUNDS 3

_Static_assert(
    FLEET_SEAL_KEY == HOST_KEY_LEN && FLEET_SEAL_KEY == SETTINGS_FLEET_KEY_LEN,
    "one key");
_Static_assert(FLEET_SEAL_LEN == STORE_SEAL_LEN, "one seal");

enum record_answer {
	ANSWER_NONE,
	ANSWER_THERE,
	ANSWER_AGAIN,
	ANSWER_MANY,
	ANSWER_NOT_OURS,
	ANSWER_NO_HOST
};

/* True if the state is under that key. */
static bool
key_matches(const struct pg_call *c, int column, const unsigned char *key)
{
	unsigned char own[FLEET_SEAL_LEN], there[FLEET_SEAL_LEN];

	return pg_get_bytes(c, 0, column, there, sizeof(there)) &&
	    fleet_seal_key_fingerprint(key, own) == 0 &&
	    memcmp(own, there, sizeof(own)) == 0;
}

/* True if the state is under this host's key, else the cause; without a key it
 * has no records. */
static bool
check_fleet_key(const struct pg_call *c, int column)
{
	if (pg_get_text(c, 0, column)[0] == '\0')
		store_set_cause(c->s,
		    "it has the key of no fleet, so its records are not used: "
		    "run there: twofactl state init, or correct \"state\"");
	else if (!key_matches(c, column, c->s->fleet_key))
		store_set_cause(c->s,
		    "it is of another fleet key: copy the file of "
		    "fleet_key_file from a host that works, or correct "
		    "\"state\"");
	else
		return true;
	c->s->failure = PG_SETTINGS;
	return false;
}

static bool
read_seal(const struct pg_call *c, int row, int column, const char *user,
    unsigned char seal[FLEET_SEAL_LEN])
{
	return pg_get_bytes(c, row, column + 1, seal, FLEET_SEAL_LEN) &&
	    fleet_seal_fits(
		c->s->fleet_key, user, pg_get_text(c, row, column), seal);
}

static enum store_record
take_record(const struct pg_call *c, const char *user, char **text)
{
	unsigned char seal[FLEET_SEAL_LEN];

	if (!read_seal(c, 0, 2, user, seal)) {
		store_set_cause(c->s,
		    "the record of %s is not what an administrator wrote for "
		    "that user: remove it, and enroll the user again",
		    user);
		return STORE_RECORD_ERROR;
	}
	*text = strdup(pg_get_text(c, 0, 2));
	if (*text != NULL)
		return STORE_RECORD_FOUND;
	store_set_cause(c->s, "out of memory: free some");
	return STORE_RECORD_ERROR;
}

static enum store_record
record_result(const struct pg_call *c, const char *user, char **text)
{
	if (!check_fleet_key(c, 1))
		return pg_get_text(c, 0, 1)[0] != '\0' ? STORE_RECORD_OTHER_KEY
						       : STORE_RECORD_ERROR;
	switch ((enum record_answer)pg_get_int(c, 0, 0)) {
	case ANSWER_NONE:
		return STORE_RECORD_NONE;
	case ANSWER_THERE:
		return take_record(c, user, text);
	case ANSWER_MANY:
		store_set_cause(c->s,
		    "this host has read the records of %u users within an "
		    "hour; %s is refused. On the administrator's machine: "
		    "twofactl state host change %s --hourly-users N, or host "
		    "disable %s if it was taken over",
		    (unsigned)pg_get_int(c, 0, 2), user, c->s->host,
		    c->s->host);
		return STORE_RECORD_REFUSED;
	case ANSWER_NOT_OURS:
		store_set_cause(c->s,
		    "%s is enrolled, but in none of this host's groups: run on "
		    "the administrator's machine: twofactl enroll %s --replace "
		    "--groups GROUP,...",
		    user, user);
		return STORE_RECORD_REFUSED;
	case ANSWER_NO_HOST:
		store_set_cause(c->s,
		    "%s is no host of this state, or is disabled there, so it "
		    "gets no record: run on the administrator's machine: "
		    "twofactl state host add %s",
		    c->s->host, c->s->host);
		c->s->failure = PG_SETTINGS;
		return STORE_RECORD_ERROR;
	case ANSWER_AGAIN:
		break;
	}
	store_set_cause(
	    c->s, "record: the server does not store who has read it");
	return STORE_RECORD_ERROR;
}

static enum store_record
pg_record_read(struct store *s, const char *user, char **text)
{
	enum store_record result = STORE_RECORD_ERROR;
	bool again = true;

	*text = NULL;
	for (int i = 0; again && i < ROUNDS; i++) {
		struct pg_call c OWNED(pg_call_close);

		pg_call_open(&c, s, "?record(%s)", user);
		if (pg_run(&c) != 1)
			return s->failure == PG_OUT_OF_REACH
			    ? STORE_RECORD_OUTAGE
			    : STORE_RECORD_ERROR;
		again = pg_get_int(&c, 0, 0) == ANSWER_AGAIN;
		result = record_result(&c, user, text);
	}
	return result;
}

static int
record_list(struct store *s, const char *user, void *ctx,
    void (*row)(void *ctx, const struct store_record_row *))
{
	struct store_record_row one;
	struct pg_call c OWNED(pg_call_close);
	int rows;

	pg_call_open(&c, s, "?record_list(%s)", user);
	c.slow = true;
	rows = pg_run(&c);
	if (rows <= 0 || !check_fleet_key(&c, 0))
		return -1;
	for (int i = 0; i < rows; i++) {
		one = (struct store_record_row){ .user = pg_get_text(&c, i, 1),
			.groups = pg_get_text(&c, i, 4),
			.at = pg_get_int(&c, i, 5),
			.by = pg_get_text(&c, i, 6) };
		if (read_seal(&c, i, 2, one.user, one.seal))
			one.text = pg_get_text(&c, i, 2);
		if (one.user[0] != '\0')
			row(ctx, &one);
	}
	return 0;
}

static int
record_put(struct store *s, const struct store_record_row *row, bool had)
{
	unsigned char seal[FLEET_SEAL_LEN], mark[FLEET_SEAL_LEN];
	struct pg_call c;
	int64_t rc;

	if (fleet_seal_make(s->fleet_key, row->user, row->text, seal) != 0 ||
	    fleet_seal_key_fingerprint(s->fleet_key, mark) != 0)
		return store_set_cause(s, "out of memory: free some");
	pg_call_open(&c, s, "?record_put(%s)", row->user);
	pg_put_long_text(&c, row->text);
	pg_put(&c, "%.*s, %s, %s, %.*s, %.*s", FLEET_SEAL_LEN, seal,
	    row->groups, row->by, FLEET_SEAL_LEN, had ? row->seal : NULL,
	    FLEET_SEAL_LEN, mark);
	rc = pg_run_value(&c);
	if (rc == 2)
		store_set_cause(s,
		    "it is of another fleet key, or of none: run there: "
		    "twofactl state init, or correct \"state\"");
	return rc == 2 ? -1 : (int)rc;
}

static int
record_remove(struct store *s, const char *user, const unsigned char *seal)
{
	return (int)pg_call_value(
	    s, "record_remove(%s, %.*s)", user, FLEET_SEAL_LEN, seal);
}

/* Adds a record's line for record_rekey(), under the new key. Returns false
 * with the cause. */
static bool
add_line(const struct pg_call *c, int row, const unsigned char *key, FILE *to)
{
	const char *user = pg_get_text(c, row, 1);
	unsigned char was[FLEET_SEAL_LEN], seal[FLEET_SEAL_LEN];
	char hex[2][2 * FLEET_SEAL_LEN + 1];
	char *text = strdup(pg_get_text(c, row, 2));
	const bool ok = text != NULL && read_seal(c, row, 2, user, was) &&
	    fleet_reseal(user, text, c->s->fleet_key, key) == 0 &&
	    fleet_seal_make(key, user, text, seal) == 0;

	if (ok) {
		hex_text(was, sizeof(was), hex[0]);
		hex_text(seal, sizeof(seal), hex[1]);
		fprintf(to, "%s\t%s\t%s\t", user, hex[0], hex[1]);
		for (const char *t = text; *t != '\0'; t++)
			fprintf(to, "%02x", (unsigned char)*t);
		fputc('\n', to);
	} else {
		store_set_cause(c->s,
		    "the record of %s, or its app's secret, is not what an "
		    "administrator wrote for that user: remove it (twofactl "
		    "remove %s), or enroll the user again",
		    user, user);
	}
	secret_free(text);
	return ok;
}

/* Writes a line for each record. Returns their number, or -1 with the cause. */
static int64_t
all_rows(const struct pg_call *c, int rows, const unsigned char *key, FILE *to)
{
	int64_t count = 0;

	for (int i = 0; i < rows; i++) {
		if (pg_get_text(c, i, 1)[0] == '\0')
			continue; /* no record */
		if (!add_line(c, i, key, to))
			return -1;
		count++;
	}
	return count;
}

static enum store_rekey
send_rows(struct store *s, const unsigned char *key, const char *lines)
{
	unsigned char was[FLEET_SEAL_LEN], mark[FLEET_SEAL_LEN];
	struct pg_call c;
	int64_t done;

	if (fleet_seal_key_fingerprint(s->fleet_key, was) != 0 ||
	    fleet_seal_key_fingerprint(key, mark) != 0) {
		store_set_cause(s, "out of memory: free some");
		return STORE_REKEY_FAILED;
	}
	pg_call_open(&c, s, "?record_rekey(%.*s, %.*s)", FLEET_SEAL_LEN, was,
	    FLEET_SEAL_LEN, mark);
	c.slow = true;
	pg_put_long_text(&c, lines);
	done = pg_run_value(&c);
	if (done == -1)
		return STORE_REKEY_FAILED;
	return done == 1 ? STORE_REKEY_DONE : STORE_REKEY_MEANWHILE;
}

static enum store_rekey
record_rekey(
    struct store *s, const unsigned char *key, bool dry_run, int64_t *count)
{
	enum store_rekey result = STORE_REKEY_FAILED;
	char *lines OWNED(secret_end) = NULL;
	size_t len = 0;
	FILE *to = open_memstream(&lines, &len);
	struct pg_call c;
	int rows;

	pg_call_begin(&c, s, "?record_list");
	pg_put_null(&c);
	c.slow = true;
	rows = pg_run(&c);
	*count = -1;
	if (rows > 0 && key_matches(&c, 0, key))
		result = STORE_REKEY_ALREADY;
	else if (to != NULL && rows > 0 && check_fleet_key(&c, 0))
		*count = all_rows(&c, rows, key, to);
	pg_call_close(&c);
	if (to != NULL && fclose(to) == 0 && *count >= 0)
		result = dry_run ? STORE_REKEY_DONE : send_rows(s, key, lines);
	return result;
}

const struct store_records pg_records = { .read = pg_record_read,
	.list = record_list,
	.put = record_put,
	.remove = record_remove,
	.rekey = record_rekey };
