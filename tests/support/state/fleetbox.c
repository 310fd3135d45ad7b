/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/state/fleetbox.h"

struct store *
fleetbox_open(const struct statebox *b, int host, int64_t session)
{
	char name[16], cause[STORE_CAUSE_MAX] = "";
	const struct store_session me = { name, session, b->dir, 0, NULL, false,
		NULL, postgres_server() };
	struct store *s;

	snprintf(name, sizeof(name), "fleet%d", host);
	s = store_open(b->path, &me, cause);
	if (s == NULL)
		fail_msg("%s", cause);
	return s;
}

/* Each process is a session of its own, at one host after the other. */
static struct store *
session_of(const struct statebox *b, int n)
{
	return fleetbox_open(b, n % HOSTS, 1000 + n);
}

int
fleetbox_set_up(void **state)
{
	struct fleetbox *f = calloc(1, sizeof(*f));
	char name[24];

	assert_non_null(f);
	(void)box_to_postgres();
	box_child_open = session_of;
	store_time_now(NOW);
	store_time_wall(WALL);
	box_set_up((void **)&f->box);
	for (int i = 0; i < HOSTS; i++) {
		snprintf(name, sizeof(name), "fleet%d", i);
		postgres_host(name);
		f->host[i] = fleetbox_open(f->box, i, 100 + i);
	}
	*state = f;
	return 0;
}

int
fleetbox_tear_down(void **state)
{
	struct fleetbox *f = *state;

	for (int i = 0; i < HOSTS; i++)
		store_close(f->host[i]);
	box_tear_down((void **)&f->box);
	free(f);
	return 0;
}

enum store_guess
fleetbox_guess(struct store *s, const char *source,
    const struct limits_of_guesses *limits, struct store_guess_token *token)
{
	int64_t wait_s;

	return store_guess_take(s, "alice", source, limits, token, &wait_s);
}

int64_t
fleetbox_started(struct store *s, const char *number, const char *request)
{
	const struct store_key key = { "alice", number, "one", "type",
		{ NULL } };
	const struct store_started to = {
		.request_id = request, .method = METHOD_SMS, .life_ms = 300000
	};
	struct store_started of = to;
	struct store_row row;

	assert_int_equal(
	    store_claim(s, &key, METHOD_ALL, METHOD_SMS, 15000, &row),
	    CLAIM_NEW);
	of.id = row.id;
	assert_int_equal(store_row_set_started(s, &of), 0);
	return row.id;
}

int64_t
fleetbox_ask(struct store *s, const char *text)
{
	int64_t number = 0;
	PGresult *r;

	assert_int_equal(pg_connect(s), 0);
	assert_int_equal(
	    pq.PQsendQueryParams(s->conn, text, 0, NULL, NULL, NULL, NULL, 0),
	    1);
	while ((r = pq.PQgetResult(s->conn)) != NULL) {
		if (pq.PQresultStatus(r) != PGRES_TUPLES_OK)
			assert_int_equal(
			    pq.PQresultStatus(r), PGRES_COMMAND_OK);
		else if (pq.PQntuples(r) > 0)
			number = strtoll(pq.PQgetvalue(r, 0, 0), NULL, 10);
		pq.PQclear(r);
	}
	return number;
}
