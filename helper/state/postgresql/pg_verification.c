/* SPDX-License-Identifier: BSD-2-Clause */
/* Running verifications in PostgreSQL. */
#include <string.h>

#include "helper/state/postgresql/pg.h"

bool
pg_names_fit(struct store *s, const struct store_key *key)
{
	if (strlen(key->provider) <= STORE_PROVIDER_MAX &&
	    strlen(key->type) <= STORE_TYPE_MAX)
		return true;
	pg_complain(s, "too long a provider name");
	return false;
}

static enum store_claim
claim(struct store *s, const struct store_key *key, unsigned methods,
    int method, int64_t start_ms, struct store_row *row)
{
	const bool look = method < 0;
	enum store_claim result = CLAIM_ERROR;
	char digest[PG_DIGEST_TEXT], state[16];
	struct pg_call c;

	memset(row, 0, sizeof(*row));
	if (!pg_names_fit(s, key))
		return CLAIM_ERROR;
	pg_open(&c, s, look ? "claim_look" : "claim");
	c.select = "claim, (r).*";
	pg_text(&c, key->user);
	pg_array(&c);
	for (size_t i = 0; i <= STORE_OTHERS; i++) {
		const char *number = i == 0 || key->other[i - 1] == NULL
		    ? key->receiver
		    : key->other[i - 1];

		if (pg_digest(s, number, look, digest) != 0)
			return CLAIM_ERROR;
		pg_part_text(&c, digest);
	}
	pg_end(&c);
	pg_text(&c, key->provider);
	pg_text(&c, key->type);
	pg_number(&c, methods);
	if (!look)
		pg_number(&c, method);
	pg_number(&c, start_ms);
	if (pg_run(&c) == 1 && pg_get_row(&c, 1, row, state))
		result = (enum store_claim)pg_int(&c, 0, 0);
	pg_close(&c);
	return result;
}

enum store_claim
remote_claim(struct store *s, const struct store_key *key, unsigned methods,
    enum method method, int64_t start_ms, struct store_row *row)
{
	return claim(s, key, methods, (int)method, start_ms, row);
}

enum store_claim
remote_claim_look(struct store *s, const struct store_key *key,
    unsigned methods, int64_t start_ms, struct store_row *row)
{
	return claim(s, key, methods, -1, start_ms, row);
}

int
remote_started(struct store *s, const struct store_started *to)
{
	const size_t len = strlen(to->request_id);
	char digest[PG_DIGEST_TEXT];
	struct pg_call c;
	int64_t rc;

	if (len == 0 || len > STORE_ID_MAX) {
		pg_complain(s, "the provider's id has %zu bytes", len);
		return -1;
	}
	if (to->number != NULL && pg_digest(s, to->number, false, digest) != 0)
		return -1;
	pg_open(&c, s, "started");
	pg_number(&c, to->id);
	pg_text(&c, to->request_id);
	pg_number(&c, to->method);
	pg_number(&c, to->life_ms);
	pg_number(&c, to->lasts_ms);
	pg_text(&c, to->number != NULL ? digest : NULL);
	pg_bytes(&c, to->verifier, STORE_VERIFIER_LEN);
	pg_number(&c, to->beside);
	pg_number(&c, to->send);
	/* a vendor's mistake is no reason to lose what was started */
	pg_number(&c,
	    to->price < 0 || to->price > INT64_C(1000000000000) ? 0
								: to->price);
	rc = pg_value(&c);
	if (rc == 1)
		pg_complain(
		    s, "another session has taken this verification over");
	if (rc == 2)
		pg_complain(s,
		    "another verification has the id that the provider gave");
	if (rc == 3)
		pg_complain(s, "another verification has that number");
	if (rc == 4)
		return STORE_JOIN;
	return rc == 0 ? 0 : rc > 1 ? STORE_CLASH : -1;
}

int
remote_number_free(struct store *s, int64_t id, const char *number)
{
	char digest[PG_DIGEST_TEXT];
	struct pg_call c;

	if (pg_digest(s, number, false, digest) != 0)
		return -1;
	pg_open(&c, s, "number_free");
	c.repeat = true;
	pg_number(&c, id);
	pg_text(&c, digest);
	return (int)pg_value(&c);
}

/* A step of the row with this id: how many were changed, or -1. */
static int
step(struct store *s, const char *function, int64_t id)
{
	struct pg_call c;

	pg_open(&c, s, function);
	pg_number(&c, id);
	return (int)pg_value(&c);
}

/* The same of one that this session must hold. */
static int
held(struct store *s, int changed)
{
	if (changed == 0)
		pg_complain(
		    s, "another session has taken this verification over");
	return changed == 1 ? 0 : -1;
}

int
remote_unsent(struct store *s, int64_t id)
{
	return held(s, step(s, "unsent", id));
}

int
remote_unknown(struct store *s, int64_t id)
{
	return held(s, step(s, "unknown", id));
}

int
remote_holds(struct store *s, int64_t id)
{
	return step(s, "holds", id);
}

int
remote_drop(struct store *s, int64_t id)
{
	return step(s, "drop", id);
}

int
remote_restore_dead(struct store *s, int64_t id, int64_t process)
{
	struct pg_call c;

	pg_open(&c, s, "restore");
	pg_number(&c, id);
	pg_number(&c, process);
	return held(s, (int)pg_value(&c));
}

int
remote_look(struct store *s, int64_t id, struct store_row *row)
{
	char state[16] = "";
	struct pg_call c;
	int result = -1;

	memset(row, 0, sizeof(*row));
	pg_open(&c, s, "look");
	c.repeat = true;
	pg_number(&c, id);
	if (pg_run(&c) == 1 && pg_get_row(&c, 0, row, state))
		result = strcmp(state, "running") == 0;
	pg_close(&c);
	return result;
}

int
remote_verifier_get(struct store *s, int64_t id, const char *request_id,
    unsigned char verifier[STORE_VERIFIERS][STORE_VERIFIER_LEN])
{
	struct pg_call c;
	int result = -1;

	memset(verifier, 0, STORE_VERIFIERS * STORE_VERIFIER_LEN);
	pg_open(&c, s, "verifier_get");
	c.repeat = true;
	pg_number(&c, id);
	pg_text(&c, request_id);
	if (pg_run(&c) == 1) {
		const size_t len = strlen(pg_get(&c, 0, 0));

		result = len == 0 ? 0 : (int)(len / 2 / STORE_VERIFIER_LEN);
		if (result > STORE_VERIFIERS ||
		    (len > 0 &&
			(result == 0 ||
			    !pg_get_bytes(&c, 0, 0, verifier[0],
				(size_t)result * STORE_VERIFIER_LEN)))) {
			pg_complain(s, "a row is damaged: delete it there");
			result = -1;
		}
	}
	pg_close(&c);
	return result;
}

/* One that this session knows by its id. */
static void
open_known(struct pg_call *c, struct store *s, const char *function, int64_t id,
    const char *request_id)
{
	pg_open(c, s, function);
	pg_number(c, id);
	pg_text(c, request_id);
}

int
remote_refund(struct store *s, int64_t id, const char *request_id,
    const struct store_counted *back)
{
	struct pg_call c;

	open_known(&c, s, "refund", id, request_id);
	pg_counted(&c, back);
	return pg_value(&c) < 0 ? -1 : 0;
}

int
remote_spend(struct store *s, int64_t id, const char *request_id, int64_t ms,
    const struct store_counted *back)
{
	struct pg_call c;

	open_known(&c, s, "spend", id, request_id);
	pg_number(&c, ms);
	pg_counted(&c, back);
	return (int)pg_value(&c);
}

int
remote_end(struct store *s, int64_t id, const char *request_id)
{
	struct pg_call c;

	open_known(&c, s, "end", id, request_id);
	return pg_value(&c) < 0 ? -1 : 0;
}

int
remote_replace(struct store *s, int64_t id, const char *request_id, bool alone)
{
	struct pg_call c;

	open_known(&c, s, "replace", id, request_id);
	pg_number(&c, alone);
	return (int)pg_value(&c);
}

int
remote_finish(struct store *s, const struct store_finish *f,
    const struct store_right *right)
{
	const struct store_code *code = f->code;
	struct pg_call c;

	open_known(&c, s, "finish", f->id, f->request_id);
	c.repeat = true;
	pg_text(&c, code != NULL ? code->owner : NULL);
	pg_bytes(&c, code != NULL ? code->digest : NULL, STORE_CODE_DIGEST);
	pg_number(&c, code != NULL ? code->seconds : 0);
	pg_number(&c, f->send);
	pg_number(&c,
	    f->price < 0 || f->price > INT64_C(1000000000000) ? 0 : f->price);
	pg_right(&c, right);
	return (int)pg_value(&c);
}
