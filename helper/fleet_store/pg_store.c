/* SPDX-License-Identifier: BSD-2-Clause */
/* The store in PostgreSQL: opening it, and the table that store.h finds. */
#include "helper/fleet_store/fleet_store.h"

#include <string.h>

#include "helper/fleet_store/fleet_store_inside.h"

/* What a host tells of an outage, and what made-up logins ask. */

static int
pg_unsent_count(struct store *s, const struct store_unsent *u,
    const struct limits_of_guesses *limits)
{
	struct pg_call c;

	pg_call_open(&c, s, "unsent_count(%s, %s, %jd, %jd)", u->user,
	    u->source, u->series, u->wrong);
	c.repeat = true;
	pg_limits(&c, limits);
	return (int)pg_value(&c);
}

int
pg_totp_note(struct store *s, const struct store_unsent *note, bool told)
{
	struct pg_call c;

	pg_call_open(&c, s, "totp_note(%s)", note->user);
	c.repeat = true;
	pg_bytes(&c, note->secret, sizeof(note->secret));
	pg_put(&c, "%jd, %s", note->step, told ? "" : note->source);
	return pg_value(&c) < 0 ? -1 : 0;
}

static int
pg_noop(struct store *s)
{
	return pg_step(s, "noop()") < 0 ? -1 : 0;
}

#define VERSION_MIN 130000

/* What a server must be, by its answer to look. 0, or -1 with the cause. */
static int
pg_store_judge(struct store *s, const struct pg_call *c)
{
	const int version = pq.PQserverVersion(s->conn);
	char role[PG_ROLE_MAX];

	pg_role(s, role);
	s->cause[0] = '\0';
	if (version < VERSION_MIN)
		store_complain(s,
		    "PostgreSQL %d is too old: install 13 or later",
		    version / 10000);
	else if (strcmp(pg_get(c, 0, 2), role) != 0)
		store_complain(s,
		    "the session is %.63s's there, not %s's: a pooler stands "
		    "between, for which all hosts are one: name the server "
		    "itself in \"state\"",
		    pg_get(c, 0, 2), role);
	else if (pg_get(c, 0, 1)[0] == '\0' && !s->server->single)
		store_complain(s,
		    "no standby has what was used up before a login is let in: "
		    "set synchronous_standby_names there, or single = true in "
		    "store = { } to do without");
	return s->cause[0] == '\0' ? 0 : -1;
}

/* Before anything is asked of it. 0, or -1 with the cause. schema: what version
 * it has there; 0 none. One that waits for standbys and has none says yes to no
 * code. It may be the old one, which came back by itself: the next is tried. */
static int
pg_store_look(struct store *s, int64_t *schema)
{
	struct pg_call c;
	int result = -1;
	bool left;

	*schema = 0;
	for (size_t i = 1;; i++) {
		pg_call_open(&c, s, "version()");
		c.count = 0;
		c.select =
		    "version, current_setting('synchronous_standby_names'), "
		    "session_user, EXISTS(SELECT pg_stat_get_wal_senders())";
		c.repeat = true;
		if (pg_run(&c) != 1) {
			result = -1;
			break;
		}
		*schema = pg_int(&c, 0, 0);
		result = pg_store_judge(s, &c);
		left = pg_get(&c, 0, 1)[0] != '\0' && !pg_true(&c, 0, 3);
		pg_call_close(&c);
		if (!left || i >= s->url.hosts)
			break;
		pg_disconnect(s);
		pg_at(s, (s->at + 1) % s->url.hosts);
	}
	pg_call_close(&c);
	return result;
}

static int
pg_store_check(struct store *s)
{
	int64_t schema;

	if (pg_store_look(s, &schema) != 0)
		return -1;
	if (schema >= PG_SCHEMA)
		return 0;
	store_complain(s,
	    "its schema is %lld, and this program needs %d: bring it up to "
	    "date before the hosts",
	    (long long)schema, PG_SCHEMA);
	return -1;
}

static enum pg_failure opening; /* how the last one failed */

static struct store *
pg_open(const char *where, const struct store_session *me,
    char cause[STORE_CAUSE_MAX])
{
	struct store *s = pg_fresh(where, me, cause);

	opening = PG_FINE;
	store_spent_begin(me->host != NULL ? me->host : STORE_HOST);
	if (s == NULL || pg_store_check(s) == 0)
		return s;
	/* it answered, and is not what it must be */
	opening = s->failure != PG_FINE ? s->failure : PG_SETTINGS;
	memcpy(cause, s->cause, STORE_CAUSE_MAX);
	pg_free(s);
	return NULL;
}

/* The server's schema is raised by an administrator and by no login. */
static int
pg_version_look(const char *where, const struct store_session *me,
    struct store_version *v, char cause[STORE_CAUSE_MAX])
{
	struct store *s = pg_fresh(where, me, cause);
	int result;

	opening = PG_FINE;
	*v = (struct store_version){ .ours = PG_SCHEMA };
	if (s == NULL)
		return -1;
	result = pg_store_look(s, &v->found);
	memcpy(cause, s->cause, STORE_CAUSE_MAX);
	pg_free(s);
	return result;
}

static enum store_failure
pg_failure(const struct store *s)
{
	switch (s != NULL ? s->failure : opening) {
	case PG_UNKNOWN:
		return STORE_UNKNOWN;
	case PG_OUT_OF_REACH:
		return STORE_OUTAGE;
	case PG_BUSY:
		return STORE_BUSY;
	case PG_SETTINGS:
		return STORE_SETTINGS;
	case PG_FINE: /* it was no call that failed */
		break;
	}
	return STORE_FAILED_OTHERWISE;
}

const struct store_engine postgresql_engine = {
#define STEP(type, name, takes, passed) .name = pg_##name,
	STORE_STEPS(STEP)
#undef STEP
	    .open = pg_open,
	.close = pg_free,
	.version_look = pg_version_look,
	.rest = pg_disconnect,
	.hosts = pg_hosts,
	.health = pg_health,
	.rows_in = pg_rows_in,
	.failure = pg_failure,
	.records = &pg_records,
	.unsent_count = pg_unsent_count,
	.noop = pg_noop,
	.become = pg_become,
};
