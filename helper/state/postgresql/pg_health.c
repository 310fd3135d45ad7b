/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What `twofactl doctor` finds of the servers: each by itself first, then what
 * the settings and a server come to together.
 */
#include "helper/state/postgresql/pg_health.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VERSION_MIN 130000

/* A store that knows this one of the servers alone. */
static struct store *
only(const struct pg_health *h, size_t i)
{
	char cause[STORE_CAUSE_MAX];
	struct store *s = pg_fresh(h->where, h->me, cause);

	if (s == NULL)
		return NULL;
	s->url.host[0] = s->url.host[i];
	s->url.hosts = 1;
	return s;
}

void
pg_health_free(struct store *s)
{
	if (s == NULL)
		return;
	pg_disconnect(s);
	free(s);
}

/* The part behind "postgresql://...: ". */
static const char *
cause_of(const struct store *s)
{
	const char *end = strstr(s->cause, ": ");

	return end == NULL ? s->cause : end + 2;
}

static bool
says(const struct store *s, const char *words)
{
	return strstr(s->cause, words) != NULL;
}

static void
say_refused(const struct pg_health *h, const struct store *s)
{
	const char *why = cause_of(s);

	if (says(s, "password_file"))
		pg_health_say(h, true, "store-password", "%s", why);
	else if (says(s, " 28P01:"))
		pg_health_say(h, true, "store-refused",
		    "%s; on the administrator's machine run: twofactl state "
		    "host add %s, and put the password that it prints into %s",
		    why, s->host, s->server->password_file);
	else if (says(s, " 28000:"))
		pg_health_say(h, true, "store-refused",
		    "%s; is there a line for +twofa_host in pg_hba.conf, and "
		    "is the host enabled? twofactl state host list",
		    why);
	else if (says(s, " 3D000:"))
		pg_health_say(h, true, "store-refused",
		    "%s; correct the database's name in state, or make it: "
		    "twofactl state init",
		    why);
	else
		pg_health_say(h, true, "store-refused",
		    "%s; correct ca_file, cert_file and key_file in store = { "
		    "}, the server's certificate or its name in state",
		    why);
}

/* No connection came about. */
static void
say_unreached(struct pg_health *h, const struct store *s)
{
	const char *why = cause_of(s);

	if (says(s, "read-only") || says(s, "writable connection")) {
		h->standbys++;
		return;
	}
	if (says(s, "channel binding")) {
		pg_health_say(h, true, "store-pooler",
		    "%s; something that ends TLS stands between, such as "
		    "PgBouncer: name the servers themselves in state",
		    why);
		return;
	}
	if (says(s, PG_NO_NAME)) {
		pg_health_say(h, true, "store-reach",
		    "%s; correct it in state, fix the name service, or put "
		    "the server's address into /etc/hosts",
		    why);
		return;
	}
	switch (s->failure) {
	case PG_SETTINGS:
		say_refused(h, s);
		return;
	case PG_BUSY:
		pg_health_say(h, true, "store-full",
		    "%s; who has them all, or which standby they wait for, "
		    "says, on the administrator's machine: twofactl state host "
		    "list",
		    why);
		return;
	case PG_OUT_OF_REACH:
	case PG_UNKNOWN:
	case PG_FINE:
		break;
	}
	pg_health_say(h, true, "store-reach",
	    "%s; start PostgreSQL there, let this host connect to its port, or "
	    "take it out of state",
	    why);
}

/* Its schema, which older servers may lack in part. */
static bool
check_schema(const struct pg_health *h, struct store *s)
{
	struct pg_call c;
	int64_t found;

	pg_open(&c, s, "version");
	c.count = 0;
	c.repeat = true;
	found = pg_value(&c);
	if (found < 0 && (says(s, " 3F000 ") || says(s, " 42883 ")))
		pg_health_say(h, true, "store-schema",
		    "there is no schema twofa_v1 in its database; on the "
		    "administrator's machine run: twofactl state init");
	else if (found < 0)
		pg_health_say(h, true, "store-refused",
		    "%s; on the administrator's machine run: twofactl state "
		    "host add %s",
		    cause_of(s), s->host);
	else if (found < PG_SCHEMA)
		pg_health_say(h, true, "store-schema",
		    "its schema is %lld, and this program needs %d; on the "
		    "administrator's machine run: twofactl state upgrade",
		    (long long)found, PG_SCHEMA);
	else if (found > PG_SCHEMA)
		pg_health_say(h, false, "store-schema",
		    "its schema is %lld, and this program is made for %d: it "
		    "works, upgrade pam_twofa on this host when you can",
		    (long long)found, PG_SCHEMA);
	return found >= PG_SCHEMA;
}

/* Two that take writes, and are not one and the same. */
static void
check_alone(struct pg_health *h, const char *started)
{
	if (h->primaries++ == 0)
		snprintf(h->started, sizeof(h->started), "%s", started);
	else if (strcmp(h->started, started) != 0)
		pg_health_say(h, true, "store-split",
		    "it takes writes, and so does %s: one was promoted while "
		    "the other lived; stop the old one, and make it a standby "
		    "again by pg_basebackup or pg_rewind",
		    h->first);
	if (h->primaries == 1)
		snprintf(h->first, sizeof(h->first), "%.100s", h->server);
}

/* This one is there. */
static void
look_at(struct pg_health *h, struct store *s, int64_t connect_ms, size_t i)
{
	int64_t since;
	struct pg_call c;

	if (pq.PQserverVersion(s->conn) < VERSION_MIN) {
		pg_health_say(h, true, "store-version",
		    "PostgreSQL %d is too old; install 13 or later there",
		    pq.PQserverVersion(s->conn) / 10000);
		return;
	}
	if (!check_schema(h, s))
		return;
	since = frame_clock_ms();
	if (pg_health_ask(&c, s, "health") == 1) {
		struct store *second = only(h, i);

		check_alone(h, pg_get(&c, 0, HEALTH_STARTED));
		pg_health_settings(h, s, &c);
		pg_health_pooler(h, s, &c, second);
		pg_health_times(h, s, connect_ms, frame_clock_ms() - since);
		pg_health_certificates(h, s);
		pg_health_free(second);
		pg_close(&c);
		pg_health_risks(h, s);
		pg_health_blockers(h, s);
	} else {
		pg_health_say(h, true, "store-refused",
		    "%s; on the administrator's machine run: twofactl state "
		    "upgrade",
		    cause_of(s));
	}
	pg_close(&c);
}

/* false: the others would say the same. */
static bool
look(struct pg_health *h, size_t i)
{
	struct store *s = only(h, i);
	const int64_t since = frame_clock_ms();
	char name[STORE_URL_HOST_MAX + 8];
	bool on = true;

	if (s == NULL)
		return false;
	snprintf(name, sizeof(name),
	    s->url.host[0].port == STORE_URL_PORT ? "%s" : "%s:%u",
	    s->url.host[0].name, s->url.host[0].port);
	h->server = name;
	if (pg_connect(s) == 0) {
		look_at(h, s, frame_clock_ms() - since, i);
	} else {
		on = !says(s, "password_file");
		say_unreached(h, s);
	}
	h->server = NULL;
	pg_health_free(s);
	return on;
}

void
pg_health(const char *where, const struct store_session *me, int64_t wall,
    void *ctx, void (*found)(void *ctx, const struct store_finding *))
{
	struct pg_health h = { where, me, wall, frame_clock_ms(), ctx, found,
		NULL, 0, 0, "", "" };
	char cause[STORE_CAUSE_MAX] = "";
	struct store *s = pg_fresh(where, me, cause);
	bool on = s != NULL;

	if (!on)
		pg_health_say(&h, true, "state", "%s", cause);
	for (size_t i = 0; on && i < s->url.hosts; i++)
		on = look(&h, i);
	if (h.primaries == 0 && h.standbys > 0)
		pg_health_say(&h, true, "store-reach",
		    "no server of state takes writes, %zu of them read alone; "
		    "promote one: SELECT pg_promote()",
		    h.standbys);
	if (s != NULL)
		pg_health_connecting(&h, s);
	pg_health_free(s);
}
