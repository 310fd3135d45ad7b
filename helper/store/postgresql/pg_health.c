/* SPDX-License-Identifier: BSD-2-Clause */
/* Checks state servers for `twofactl doctor`: each server first, then settings
 * and servers together. */
#include "helper/store/postgresql/postgresql.h"

#include <openssl/asn1.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "helper/store/postgresql/postgresql_inside.h"
#include "lib/fleet_records/fleet_records.h"

#define DAYS_UNKNOWN INT_MAX /* no certificate, or its end is unknown */

struct pg_health {
	const char *where;
	const struct store_session *me;
	int64_t wall, since; /* wall clock at the start, and frame_clock_ms() */
	void *ctx;
	void (*found)(void *ctx, const struct store_finding *);
	const char *server;         /* server being checked, or NULL for all */
	size_t primaries, standbys; /* found so far */
	char started[32], first[101]; /* of the first primary */
};

/* Columns of twofa_v1.health. */
enum pg_health_column {
	HEALTH_ROLE,
	HEALTH_BACKEND,
	HEALTH_STARTED,
	HEALTH_WALL,
	HEALTH_SYNC,
	HEALTH_STANDBYS,
	HEALTH_IN_STEP,
	HEALTH_USED,
	HEALTH_MOST,
	HEALTH_PRINTED,
	HEALTH_FLEET_KEY,
};

#define VERSION_MIN 130000
#define CLOCK_OFF_S 30 /* as long as an app's code is valid */
#define CERTIFICATE_DAYS 30
#define OUTAGE_MS 10000 /* longest acceptable wait until an outage is known */
#define FAR 4 /* times connect_timeout_ms: a server that is too far away */
#define TEXT_MAX 900

__attribute__((format(printf, 4, 5))) static void
pg_health_report(const struct pg_health *h, bool problem, const char *name,
    const char *fmt, ...)
{
	char text[TEXT_MAX] = "";
	const struct store_finding f = { problem, name, text };

	if (h->server != NULL)
		PRINT_TO(text, "%.100s: ", h->server);
	PRINT_GIVEN_BEHIND(text, sizeof(text), fmt);
	h->found(h->ctx, &f);
}

/* Calls a function without arguments. Returns the number of rows, or a negative
 * value. The caller closes c. */
static int
health_call(struct pg_call *c, struct store *s, const char *function)
{
	pg_call_begin(c, s, function);
	c->count = 0;
	return pg_run(c);
}

/* Opens a store with the ith server only. Returns NULL if out of memory or
 * invalid. */
static struct store *
open_single(const struct pg_health *h, size_t i)
{
	char cause[STORE_CAUSE_MAX];
	struct store *s = pg_new(h->where, h->me, cause);

	if (s == NULL)
		return NULL;
	s->url.host[0] = s->url.host[i];
	s->url.hosts = 1;
	pg_select_server(s, 0);
	return s;
}

/* The part after "postgresql://...: ". */
static const char *
cause_of(const struct store *s)
{
	const char *end = strstr(s->cause, ": ");

	return end == NULL ? s->cause : end + 2;
}

static bool
cause_has(const struct store *s, const char *words)
{
	return strstr(s->cause, words) != NULL;
}

/* Certificates of a connection. libssl is that of libpq, so that it is not
 * loaded for a state file. */
typedef X509 *certificate_of(const SSL *);

static int
certificate_days(PGconn *conn, bool ours)
{
	const SSL *ssl = pq.PQsslStruct(conn, "OpenSSL");
	certificate_of *of;
	X509 *x;
	int days, seconds;

	/* libssl 3 has no SSL_get_peer_certificate, 1.1 not the other */
	*(void **)&of = pg_libpq_dependency_symbol(
	    ours ? "SSL_get_certificate" : "SSL_get1_peer_certificate");
	if (of == NULL && !ours)
		*(void **)&of =
		    pg_libpq_dependency_symbol("SSL_get_peer_certificate");
	if (ssl == NULL || of == NULL)
		return DAYS_UNKNOWN;
	x = of(ssl);
	if (x == NULL ||
	    ASN1_TIME_diff(&days, &seconds, NULL, X509_get0_notAfter(x)) != 1)
		days = DAYS_UNKNOWN;
	if (!ours)
		X509_free(x);
	return days;
}

static void
check_standbys(
    const struct pg_health *h, const struct store *s, const struct pg_call *c)
{
	const bool sync = pg_get_text(c, 0, HEALTH_SYNC)[0] != '\0';
	const bool single = s->server->single;

	if (!sync && !single)
		pg_health_report(h, true, "store-single",
		    "synchronous_standby_names is empty: what was used up is "
		    "forgotten when this server is lost, so every login is "
		    "denied; name a standby there, or set single = true in "
		    "store = { } to do without");
	else if (!sync && pg_get_int(c, 0, HEALTH_STANDBYS) > 0)
		pg_health_report(h, true, "store-single",
		    "single = true, but a standby follows: after a fail-over "
		    "a used code is good once more; there run: ALTER SYSTEM "
		    "SET synchronous_standby_names = '*'; SELECT "
		    "pg_reload_conf(), and take single out of store = { }");
	else if (sync && single)
		pg_health_report(h, true, "store-single",
		    "single = true, but synchronous_standby_names is set; take "
		    "single out of store = { }, so that logins notice when it "
		    "is emptied");
	if (sync && pg_get_int(c, 0, HEALTH_IN_STEP) == 0)
		pg_health_report(h, true, "store-standby",
		    "no standby of synchronous_standby_names is connected, so "
		    "no right code can be kept and all are denied; start the "
		    "standby, or for the time being there: ALTER SYSTEM SET "
		    "synchronous_standby_names = ''; SELECT pg_reload_conf(), "
		    "with single = true in store = { } on every host");
}

static void
check_clock(const struct pg_health *h, const struct pg_call *c)
{
	const int64_t ours =
	    h->wall + (frame_clock_ms() - h->since) / INT64_C(1000);
	const int64_t off = ours - pg_get_int(c, 0, HEALTH_WALL);

	if (off < -CLOCK_OFF_S || off > CLOCK_OFF_S)
		pg_health_report(h, true, "clock",
		    "this host's clock is %lld s %s that of the server: codes "
		    "of apps may fail; run an NTP client, such as chrony, on "
		    "both",
		    (long long)(off < 0 ? -off : off),
		    off < 0 ? "behind" : "ahead of");
}

/* The server has a mark of the key, under which records are stored. */
static void
check_key(
    const struct pg_health *h, const struct store *s, const struct pg_call *c)
{
	unsigned char theirs[FLEET_SEAL_LEN], ours[FLEET_SEAL_LEN];

	if (s->fleet_key != NULL &&
	    pg_get_bytes(c, 0, HEALTH_FLEET_KEY, theirs, sizeof(theirs)) &&
	    fleet_seal_key_fingerprint(s->fleet_key, ours) == 0 &&
	    memcmp(ours, theirs, sizeof(ours)) != 0)
		pg_health_report(h, true, "store-key",
		    "fleet_key_file is another key than the one that the state "
		    "was made with: this host can read no user's record; copy "
		    "the file from a host that works");
}

/* Reports a pooler: two connections to one backend, or another host's role.
 * second: of the same server, not yet connected. */
static void
check_pooler(const struct pg_health *h, const struct store *s,
    const struct pg_call *c, struct store *second)
{
	const int64_t backend = pg_get_int(c, 0, HEALTH_BACKEND);
	const char *role = pg_get_text(c, 0, HEALTH_ROLE);
	char ours[PG_ROLE_MAX];
	struct pg_call again OWNED(pg_call_close) = { .result = NULL };

	pg_role(s, ours);
	if (strcmp(role, ours) != 0) {
		pg_health_report(h, true, "store-pooler",
		    "this host's role there is %.100s, not %s, so hosts cannot "
		    "be distinguished: a pooler such as PgBouncer is in "
		    "between, or pg_ident maps names; name the servers "
		    "themselves in state",
		    role, ours);
	} else if (second != NULL &&
	    health_call(&again, second, "?health") == 1 &&
	    pg_get_int(&again, 0, HEALTH_BACKEND) == backend) {
		pg_health_report(h, true, "store-pooler",
		    "two connections are one there: a pooler such as PgBouncer "
		    "is in between; name the servers themselves in state");
	}
}

/* Compares the durations with the timeouts. */
static void
check_call_times(const struct pg_health *h, const struct store *s,
    int64_t connect_ms, int64_t call_ms)
{
	const struct store_server *server = h->me->server;
	const int64_t most_ms = server->connect_timeout_ms;

	if (connect_ms * 2 > most_ms)
		pg_health_report(h, true, "store-timeouts",
		    "a connection took %lld ms (a round trip: %jd ms), and "
		    "connect_timeout_ms is %lld: %s; raise it to %lld",
		    (long long)connect_ms, pg_contact_round_trip(s->keys),
		    (long long)most_ms,
		    connect_ms > most_ms ? "no login reaches it"
					 : "a little more load is an outage",
		    (long long)(connect_ms < 2500 ? 4 * connect_ms : 10000));
	if (call_ms * 2 > (int64_t)server->timeout_ms)
		pg_health_report(h, true, "store-timeouts",
		    "a call took %lld ms, and timeout_ms is %u: a little more "
		    "load denies logins; raise it to %lld",
		    (long long)call_ms, server->timeout_ms,
		    (long long)(call_ms < 2500 ? 4 * call_ms : 10000));
}

/* Checks the timeouts of all servers together. */
static void
check_timeouts(const struct pg_health *h, const struct store *s)
{
	const unsigned each = s->server->connect_timeout_ms;
	const int64_t all = (int64_t)each * (int64_t)s->url.hosts;

	if (all > OUTAGE_MS)
		pg_health_report(h, true, "store-timeouts",
		    "with %zu servers out of reach each login waits %lld s: "
		    "lower connect_timeout_ms to %lld, or name fewer servers",
		    s->url.hosts, (long long)((all + 999) / 1000),
		    (long long)(OUTAGE_MS / (int64_t)s->url.hosts));
	if (s->server->timeout_ms <= PG_LOCK_MS)
		pg_health_report(h, true, "store-timeouts",
		    "timeout_ms is %u: a login that waits for a lock, up to %d "
		    "ms, is given up before that and denied; raise it to 2000",
		    s->server->timeout_ms, PG_LOCK_MS);
}

static const char *
days_text(int days, char out[32])
{
	if (days < 0)
		snprintf(out, 32, "has expired");
	else
		snprintf(out, 32, "expires in %d days", days);
	return out;
}

static void
check_certificates(const struct pg_health *h, const struct store *s)
{
	const int theirs = certificate_days(s->conn, false);
	const int ours = s->server->cert_file == NULL
	    ? DAYS_UNKNOWN
	    : certificate_days(s->conn, true);
	char text[32];

	if (theirs < CERTIFICATE_DAYS)
		pg_health_report(h, true, "store-certificate",
		    "its certificate %s, and then no login is allowed; "
		    "renew it there, and run: SELECT pg_reload_conf()",
		    days_text(theirs, text));
	if (ours < CERTIFICATE_DAYS)
		pg_health_report(h, true, "store-certificate",
		    "%.200s %s; renew it", s->server->cert_file,
		    days_text(ours, text));
}

static void
report_risks(const struct pg_health *h, struct store *s)
{
	static const char *const names[] = { "store-log", "store-open",
		"store-prepared", "store-role", "store-standby", "store-full",
		"store-restored", "store-size" };
	struct pg_call c OWNED(pg_call_close);
	const int rows = health_call(&c, s, "?risks");

	if (rows < 0)
		pg_health_report(h, false, "store-schema",
		    "its functions are of an older release, which does not "
		    "check its settings; on the administrator's machine run: "
		    "twofactl state upgrade");
	for (int i = 0; i < rows; i++)
		for (size_t n = 0; n < COUNT_OF(names); n++)
			if (strcmp(pg_get_text(&c, i, 0), names[n]) == 0)
				pg_health_report(h,
				    strcmp(names[n], "store-size") != 0,
				    names[n], "%.700s", pg_get_text(&c, i, 1));
}

static void
report_blockers(const struct pg_health *h, struct store *s)
{
	struct pg_call c OWNED(pg_call_close);
	const int rows = health_call(&c, s, "?blockers");

	for (int i = 0; i < rows; i++) {
		const char *role = pg_get_text(&c, i, 1);
		const char *name = role;
		const bool host = text_take(&name, "twofa_");

		pg_health_report(h, true, "store-blocked",
		    "%.60s (process %lld) has held rows of the state for %lld "
		    "s, and %lld others wait; end it there: SELECT "
		    "pg_terminate_backend(%lld)%s%.60s",
		    role, (long long)pg_get_int(&c, i, 0),
		    (long long)pg_get_int(&c, i, 2),
		    (long long)pg_get_int(&c, i, 3),
		    (long long)pg_get_int(&c, i, 0),
		    host ? "; if it does so again: twofactl state host disable "
			 : "",
		    host ? name : "");
	}
}

static void
report_refusal(const struct pg_health *h, const struct store *s)
{
	const char *why = cause_of(s);

	if (cause_has(s, "password_file"))
		pg_health_report(h, true, "store-password", "%s", why);
	else if (cause_has(s, " 28P01:"))
		pg_health_report(h, true, "store-refused",
		    "%s; on the administrator's machine run: twofactl state "
		    "host add %s, and put the password that it prints into %s",
		    why, s->host, s->server->password_file);
	else if (cause_has(s, " 28000:"))
		pg_health_report(h, true, "store-refused",
		    "%s; is there a line for +twofa_host in pg_hba.conf, and "
		    "is the host enabled? twofactl state host list",
		    why);
	else if (cause_has(s, " 3D000:"))
		pg_health_report(h, true, "store-refused",
		    "%s; correct the database's name in state, or make it: "
		    "twofactl state init",
		    why);
	else
		pg_health_report(h, true, "store-refused",
		    "%s; correct ca_file, cert_file and key_file in store = { "
		    "}, the server's certificate or its name in state",
		    why);
}

static void
health_report_unreached(struct pg_health *h, const struct store *s)
{
	const char *why = cause_of(s);

	if (cause_has(s, "read-only") || cause_has(s, "writable connection")) {
		h->standbys++;
		return;
	}
	if (cause_has(s, "channel binding"))
		pg_health_report(h, true, "store-pooler",
		    "%s; a program that ends TLS is in between, such as "
		    "PgBouncer; name the servers themselves in state",
		    why);
	else if (cause_has(s, PG_NO_NAME))
		pg_health_report(h, true, "store-reach",
		    "%s; correct it in state, fix the name service, or put "
		    "the server's address into /etc/hosts",
		    why);
	else if (s->failure == PG_SETTINGS)
		report_refusal(h, s);
	else if (s->failure == PG_BUSY)
		pg_health_report(h, true, "store-full",
		    "%s; to see who has the connections, or which standby they "
		    "wait for, run on the administrator's machine: twofactl "
		    "state host list",
		    why);
	else
		pg_health_report(h, true, "store-reach",
		    "%s; start PostgreSQL there, let this host connect to its "
		    "port, or take it out of state",
		    why);
}

/* Checks the schema, parts of which older servers may lack. */
static bool
check_schema(const struct pg_health *h, struct store *s)
{
	struct pg_call c;
	int64_t found;

	pg_call_open(&c, s, "?version()");
	c.count = 0;
	found = pg_run_value(&c);
	if (found < 0 && (cause_has(s, " 3F000 ") || cause_has(s, " 42883 ")))
		pg_health_report(h, true, "store-schema",
		    "there is no schema twofa_v1 in its database; on the "
		    "administrator's machine run: twofactl state init");
	else if (found < 0 && cause_has(s, " 42000 "))
		report_risks(h, s);
	else if (found < 0)
		pg_health_report(h, true, "store-refused",
		    "%s; on the administrator's machine run: twofactl state "
		    "host add %s",
		    cause_of(s), s->host);
	else if (found < PG_SCHEMA)
		pg_health_report(h, true, "store-schema",
		    "its schema is %lld, and this program needs %d; on the "
		    "administrator's machine run: twofactl state upgrade",
		    (long long)found, PG_SCHEMA);
	else if (found > PG_SCHEMA)
		pg_health_report(h, false, "store-schema",
		    "its schema is %lld, and this program is made for %d: it "
		    "works, upgrade pam_twofa on this host when you can",
		    (long long)found, PG_SCHEMA);
	return found >= PG_SCHEMA;
}

/* Reports two different servers that accept writes. */
static void
check_split(struct pg_health *h, const char *started)
{
	if (h->primaries++ == 0)
		PRINT_TO(h->started, "%s", started);
	else if (strcmp(h->started, started) != 0)
		pg_health_report(h, true, "store-split",
		    "it accepts writes, and so does %s: one was promoted while "
		    "the other lived; stop the old one, and make it a standby "
		    "again by pg_basebackup or pg_rewind",
		    h->first);
	if (h->primaries == 1)
		PRINT_TO(h->first, "%.100s", h->server);
}

static void
check_connected(
    struct pg_health *h, struct store *s, int64_t connect_ms, size_t i)
{
	int64_t since;
	struct pg_call c;

	if (pq.PQserverVersion(s->conn) < VERSION_MIN) {
		pg_health_report(h, true, "store-version",
		    "PostgreSQL %d is too old; install 13 or later there",
		    pq.PQserverVersion(s->conn) / 10000);
		return;
	}
	if (!check_schema(h, s))
		return;
	since = frame_clock_ms();
	if (health_call(&c, s, "?health") == 1) {
		struct store *second = open_single(h, i);

		check_split(h, pg_get_text(&c, 0, HEALTH_STARTED));
		check_standbys(h, s, &c);
		check_key(h, s, &c);
		check_clock(h, &c);
		check_pooler(h, s, &c, second);
		check_call_times(h, s, connect_ms, frame_clock_ms() - since);
		check_certificates(h, s);
		pg_free(second);
		pg_call_close(&c);
		report_risks(h, s);
		report_blockers(h, s);
	} else {
		pg_health_report(h, true, "store-refused",
		    "%s; on the administrator's machine run: twofactl state "
		    "upgrade",
		    cause_of(s));
	}
	pg_call_close(&c);
}

/* Returns false if other servers would have the same problem. */
static bool
check_one_server(struct pg_health *h, size_t i)
{
	struct store_server patient = *h->me->server;
	struct store *s = open_single(h, i);
	int64_t since = frame_clock_ms();
	char name[SETTINGS_URL_HOST_MAX + 8];
	bool on = true, reached;

	if (s == NULL)
		return false;
	PRINT_TO(name,
	    s->url.host[0].port == SETTINGS_URL_PORT ? "%s" : "%s:%u",
	    s->url.host[0].name, s->url.host[0].port);
	h->server = name;
	reached = pg_connect(s) == 0;
	if (!reached && s->timed_out) { /* is it far away? */
		patient.connect_timeout_ms *= FAR;
		s->server = &patient;
		since = frame_clock_ms();
		reached = pg_connect(s) == 0;
	}
	if (reached) {
		check_connected(h, s, frame_clock_ms() - since, i);
	} else {
		on = !cause_has(s, "password_file");
		health_report_unreached(h, s);
	}
	h->server = NULL;
	pg_free(s);
	return on;
}

void
pg_health(const char *where, const struct store_session *me, int64_t wall,
    void *ctx, void (*found)(void *ctx, const struct store_finding *))
{
	struct pg_health h = { where, me, wall, frame_clock_ms(), ctx, found,
		NULL, 0, 0, "", "" };
	char cause[STORE_CAUSE_MAX] = "";
	struct store *s = pg_new(where, me, cause);
	bool on = s != NULL;

	if (!on)
		pg_health_report(&h, true, "state", "%s", cause);
	for (size_t i = 0; on && i < s->url.hosts; i++)
		on = check_one_server(&h, i);
	if (h.primaries == 0 && h.standbys > 0)
		pg_health_report(&h, true, "store-reach",
		    "no server of state accepts writes, %zu are read-only; "
		    "promote one: SELECT pg_promote()",
		    h.standbys);
	if (s != NULL)
		check_timeouts(&h, s);
	pg_free(s);
}
