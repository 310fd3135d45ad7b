/* SPDX-License-Identifier: BSD-2-Clause */
/* A store in PostgreSQL before it is connected. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helper/state/postgresql/pg.h"

/* What is known before anybody is asked. false: cause. */
static bool
prepare(struct store *s, const char *where, const struct store_session *me)
{
	const char *host = me->host != NULL ? me->host : STORE_HOST;
	const char *wrong = store_url_read(where, &s->url);

	if (wrong != NULL)
		snprintf(s->cause, sizeof(s->cause), "state: it %s", wrong);
	else if (me->server == NULL)
		pg_complain(s, "there is no store = { } in the settings");
	else if (snprintf(s->host, sizeof(s->host), "%s", host) >=
	    (int)sizeof(s->host))
		pg_complain(s, "too long a name of this host");
	else if (snprintf(s->keys, sizeof(s->keys), "%s", me->keys) >=
	    (int)sizeof(s->keys))
		pg_complain(s, "too long a state_dir");
	else if (pq_load() != 0)
		pg_complain(s, "libpq is missing: install it (Debian: libpq5)");
	else
		return true;
	return false;
}

struct store *
pg_fresh(const char *where, const struct store_session *me,
    char cause[STORE_CAUSE_MAX])
{
	struct store *s = calloc(1, sizeof(*s));

	if (s == NULL) {
		snprintf(cause, STORE_CAUSE_MAX, "state: out of memory");
		return NULL;
	}
	s->head.session = me->number;
	s->server = me->server;
	s->fleet_key = me->fleet_key;
	s->socket = me->socket;
	s->scope = s->ended = "";
	if (me->settings != NULL && me->rehearsal)
		s->scope = me->settings;
	else if (me->settings != NULL)
		s->ended = me->settings;
	s->failure = PG_SETTINGS;
	if (prepare(s, where, me))
		return s;
	memcpy(cause, s->cause, STORE_CAUSE_MAX);
	free(s);
	return NULL;
}
