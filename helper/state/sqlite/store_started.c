/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A message is on its way: what becomes of its verification's row in the
 * embedded store, whose id and number belong to no other. A code that is our
 * own has its digests there as well.
 */
#include "helper/state/sqlite/sqlite.h"

#include <string.h>

/* From 'unknown' too: the reply came late, and nobody has taken over. */
static const char sql_started[] =
    "UPDATE verification SET state = 'running', session = holder, host = "
    "holder_host,"
    " holder = 0,"
    " request_id = :request, method = :method, sent_at = :now,"
    " expires_at = :now + :life, ends_at = max(:now + :life, lasts_at),"
    " sends = sends + 1, send = :send"
    " WHERE" STORE_HELD " AND state IN ('starting', 'replacing', 'unknown')";
/* One that is over, by a number that is another by now; nobody asks for it. */
static const char sql_forget_id[] =
    "DELETE FROM verification WHERE request_id = :request"
    " AND request_id <> '' AND id <> :id"
    " AND (boot <> :boot OR ends_at <= :now)";
static const char sql_find_request[] =
    "SELECT 1 FROM verification WHERE request_id = :request"
    " AND request_id <> '' AND id <> :id";
static const char sql_lasts[] =
    "UPDATE verification SET lasts_at = :now + :lasts"
    " WHERE" STORE_HELD " AND state IN ('starting', 'replacing', 'unknown')";
static const char sql_rekey[] =
    "UPDATE verification SET number = :number"
    " WHERE" STORE_HELD " AND state IN ('starting', 'replacing', 'unknown')";
static const char sql_find_number[] =
    "SELECT 1 FROM verification WHERE number = :number AND id <> :id"
    " AND state <> 'unknown'";
static const char sql_verifier_put[] =
    "UPDATE verification SET verifier = :verifier"
    " WHERE" STORE_HELD " AND state IN ('starting', 'replacing', 'unknown')";
/* SQLite joins bytes as it joins text, and calls them text. */
static const char sql_verifier_add[] =
    "UPDATE verification SET"
    " verifier = CAST(substr(verifier, 1, :len) || :verifier AS BLOB)"
    " WHERE" STORE_HELD " AND state IN ('starting', 'replacing', 'unknown')";
static const char sql_verifier_get[] =
    "SELECT verifier FROM verification WHERE id = :id AND boot = :boot"
    " AND request_id = :request AND length(verifier) > 0";

/* In the transaction: is the id free? 0, -1 or STORE_CLASH. */
static int
request_free(struct store *s, int64_t id, const char *request_id)
{
	int64_t found = 0;
	struct sqlite_query q;
	int rc;

	sqlite_query_open(&q, s, sql_forget_id);
	sqlite_query_text(&q, ":request", request_id);
	sqlite_query_number(&q, ":id", id);
	if (sqlite_query_change(&q) < 0)
		return -1;
	sqlite_query_open(&q, s, sql_find_request);
	sqlite_query_text(&q, ":request", request_id);
	sqlite_query_number(&q, ":id", id);
	rc = sqlite_query_value(&q, &found);
	if (rc == 1)
		sqlite_complain(s,
		    "another verification has the id that the provider gave");
	return rc == 1 ? STORE_CLASH : rc;
}

/* End the transaction that a step was made in. */
static int
finish(struct store *s, int rc)
{
	if (rc == 0)
		return sqlite_commit(s);
	sqlite_rollback(s);
	return rc;
}

int
store_started(struct store *s, int64_t id, const char *request_id,
    enum method method, int64_t life_ms, int64_t send)
{
	size_t len = strlen(request_id);
	struct sqlite_query q;
	int rc;

	if (len == 0 || len > STORE_ID_MAX) {
		sqlite_complain(s, "the provider's id has %zu bytes", len);
		return -1;
	}
	if (sqlite_begin_light(s) != 0)
		return -1;
	rc = request_free(s, id, request_id);
	if (rc != 0)
		return finish(s, rc);
	sqlite_query_open(&q, s, sql_started);
	sqlite_query_number(&q, ":id", id);
	sqlite_query_text(&q, ":request", request_id);
	sqlite_query_number(&q, ":method", method);
	sqlite_query_number(&q, ":life", life_ms);
	sqlite_query_number(&q, ":send", send);
	return finish(s, sqlite_row_change(&q));
}

int
store_lasts(struct store *s, int64_t id, int64_t lasts_ms)
{
	struct sqlite_query q;

	sqlite_query_open(&q, s, sql_lasts);
	sqlite_query_number(&q, ":id", id);
	sqlite_query_number(&q, ":lasts", lasts_ms);
	return sqlite_row_commit(&q);
}

/* 1: another row has that number. 0, -1. */
static int
number_taken(struct store *s, int64_t id, const char *digest)
{
	int64_t found = 0;
	struct sqlite_query q;

	sqlite_query_open(&q, s, sql_find_number);
	sqlite_query_text(&q, ":number", digest);
	sqlite_query_number(&q, ":id", id);
	return sqlite_query_value(&q, &found);
}

int
store_number_free(struct store *s, int64_t id, const char *number)
{
	char digest[STORE_DIGEST_TEXT];
	int taken;

	if (sqlite_number_digest(s, number, digest) != 0)
		return -1;
	taken = number_taken(s, id, digest);
	return taken < 0 ? -1 : taken == 0;
}

int
store_rekey(struct store *s, int64_t id, const char *number)
{
	char digest[STORE_DIGEST_TEXT];
	struct sqlite_query q;
	int taken;

	if (sqlite_number_digest(s, number, digest) != 0 ||
	    sqlite_begin_light(s) != 0)
		return -1;
	taken = number_taken(s, id, digest);
	if (taken == 1)
		sqlite_complain(s, "another verification has that number");
	if (taken != 0)
		return finish(s, taken == 1 ? STORE_CLASH : -1);
	sqlite_query_open(&q, s, sql_rekey);
	sqlite_query_number(&q, ":id", id);
	sqlite_query_text(&q, ":number", digest);
	return finish(s, sqlite_row_change(&q));
}

int
store_verifier_put(struct store *s, int64_t id,
    const unsigned char verifier[STORE_VERIFIER_LEN])
{
	struct sqlite_query q;

	sqlite_query_open(&q, s, sql_verifier_put);
	sqlite_query_blob(&q, ":verifier", verifier, STORE_VERIFIER_LEN);
	sqlite_query_number(&q, ":id", id);
	return sqlite_query_commit_light(&q) == 1 ? 0 : -1;
}

int
store_verifier_add(struct store *s, int64_t id,
    const unsigned char verifier[STORE_VERIFIER_LEN])
{
	struct sqlite_query q;

	sqlite_query_open(&q, s, sql_verifier_add);
	sqlite_query_blob(&q, ":verifier", verifier, STORE_VERIFIER_LEN);
	sqlite_query_number(&q, ":len", STORE_VERIFIER_LEN);
	sqlite_query_number(&q, ":id", id);
	return sqlite_query_commit_light(&q) == 1 ? 0 : -1;
}

/* The row's one column. How many, or -1 for one that we did not write so. */
static int
verifier_copy(const struct sqlite_query *q,
    unsigned char out[STORE_VERIFIERS][STORE_VERIFIER_LEN])
{
	const void *blob = sqlite3_column_blob(q->st, 0);
	const int len = sqlite3_column_bytes(q->st, 0);
	const int count = len / STORE_VERIFIER_LEN;

	if (blob == NULL || len % STORE_VERIFIER_LEN != 0 || count < 1 ||
	    count > STORE_VERIFIERS) {
		sqlite_complain(q->store,
		    "a row is damaged: move the file and its -wal away");
		return -1;
	}
	memcpy(out, blob, (size_t)len);
	return count;
}

int
store_verifier_get(struct store *s, int64_t id, const char *request_id,
    unsigned char verifier[STORE_VERIFIERS][STORE_VERIFIER_LEN])
{
	struct sqlite_query q;
	int result = -1;

	memset(verifier, 0, STORE_VERIFIERS * STORE_VERIFIER_LEN);
	sqlite_query_open(&q, s, sql_verifier_get);
	sqlite_query_number(&q, ":id", id);
	sqlite_query_text(&q, ":request", request_id);
	switch (sqlite_query_step(&q)) {
	case QUERY_ERROR:
		break;
	case QUERY_DONE:
		result = 0;
		break;
	case QUERY_ROW:
		result = verifier_copy(&q, verifier);
		break;
	}
	sqlite_query_close(&q);
	return result;
}
