/* SPDX-License-Identifier: BSD-2-Clause */
/* What is kept of a code that is our own, in the embedded store. */
#include "helper/state/sqlite/sqlite.h"

#include <string.h>

#include "helper/state/store_verifier.h"

static const char sql_put[] =
    "UPDATE verification SET verifier = :verifier"
    " WHERE id = :id AND boot = :boot AND holder = :session"
    " AND state IN ('starting', 'replacing', 'unknown')";
/* SQLite joins bytes as it joins text, and calls them text. */
static const char sql_add[] =
    "UPDATE verification SET"
    " verifier = CAST(substr(verifier, 1, :len) || :verifier AS BLOB)"
    " WHERE id = :id AND boot = :boot AND holder = :session"
    " AND state IN ('starting', 'replacing', 'unknown')";
static const char sql_get[] =
    "SELECT verifier FROM verification WHERE id = :id AND boot = :boot"
    " AND request_id = :request AND length(verifier) > 0";

int
store_verifier_put(struct store *s, int64_t id, int64_t session,
    const unsigned char verifier[STORE_VERIFIER_LEN])
{
	struct query q;

	query_open(&q, s, sql_put);
	query_blob(&q, ":verifier", verifier, STORE_VERIFIER_LEN);
	query_number(&q, ":id", id);
	query_number(&q, ":session", session);
	return query_commit_light(&q) == 1 ? 0 : -1;
}

int
store_verifier_add(struct store *s, int64_t id, int64_t session,
    const unsigned char verifier[STORE_VERIFIER_LEN])
{
	struct query q;

	query_open(&q, s, sql_add);
	query_blob(&q, ":verifier", verifier, STORE_VERIFIER_LEN);
	query_number(&q, ":len", STORE_VERIFIER_LEN);
	query_number(&q, ":id", id);
	query_number(&q, ":session", session);
	return query_commit_light(&q) == 1 ? 0 : -1;
}

/* The row's one column. How many, or -1 for one that we did not write so. */
static int
verifier_copy(const struct query *q,
    unsigned char out[STORE_VERIFIERS][STORE_VERIFIER_LEN])
{
	const void *blob = sqlite3_column_blob(q->st, 0);
	const int len = sqlite3_column_bytes(q->st, 0);
	const int count = len / STORE_VERIFIER_LEN;

	if (blob == NULL || len % STORE_VERIFIER_LEN != 0 || count < 1 ||
	    count > STORE_VERIFIERS) {
		store_complain(q->store,
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
	struct query q;
	int result = -1;

	memset(verifier, 0, STORE_VERIFIERS * STORE_VERIFIER_LEN);
	query_open(&q, s, sql_get);
	query_number(&q, ":id", id);
	query_text(&q, ":request", request_id);
	switch (query_step(&q)) {
	case QUERY_ERROR:
		break;
	case QUERY_DONE:
		result = 0;
		break;
	case QUERY_ROW:
		result = verifier_copy(&q, verifier);
		break;
	}
	query_close(&q);
	return result;
}
