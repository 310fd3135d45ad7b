/* SPDX-License-Identifier: BSD-2-Clause */
/* What `twofactl doctor` finds of a server that answers. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "helper/state/postgresql/pg_health.h"
#include "lib/fleet_records/fleet_records.h"

#define CLOCK_OFF_S 30 /* an app's code is good for as long */
#define CERTIFICATE_DAYS 30
#define OUTAGE_MS 10000 /* so long people may wait before an outage is one */
#define TEXT_MAX 900

void
pg_health_say(const struct pg_health *h, bool problem, const char *name,
    const char *fmt, ...)
{
	char text[TEXT_MAX];
	const struct store_finding f = { problem, name, text };
	int used = 0;
	va_list ap;

	if (h->server != NULL)
		used = snprintf(text, sizeof(text), "%.100s: ", h->server);
	va_start(ap, fmt);
	vsnprintf(text + used, sizeof(text) - (size_t)used, fmt, ap);
	va_end(ap);
	h->found(h->ctx, &f);
}

static void
check_standbys(
    const struct pg_health *h, const struct store *s, const struct pg_call *c)
{
	const bool sync = pg_get(c, 0, HEALTH_SYNC)[0] != '\0';
	const bool single = s->server->single;

	if (!sync && !single)
		pg_health_say(h, true, "store-single",
		    "synchronous_standby_names is empty: what was used up is "
		    "forgotten when this server is lost, so every login is "
		    "denied; name a standby there, or set single = true in "
		    "store = { } to do without");
	else if (!sync && pg_int(c, 0, HEALTH_STANDBYS) > 0)
		pg_health_say(h, true, "store-single",
		    "single = true, but a standby follows: after a fail-over "
		    "a used code is good once more; there run: ALTER SYSTEM "
		    "SET synchronous_standby_names = '*'; SELECT "
		    "pg_reload_conf(), and take single out of store = { }");
	else if (sync && single)
		pg_health_say(h, true, "store-single",
		    "single = true, but synchronous_standby_names is set; take "
		    "single out of store = { }, so that logins notice when it "
		    "is emptied");
	if (sync && pg_int(c, 0, HEALTH_IN_STEP) == 0)
		pg_health_say(h, true, "store-standby",
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
	const int64_t off = ours - pg_int(c, 0, HEALTH_WALL);

	if (off < -CLOCK_OFF_S || off > CLOCK_OFF_S)
		pg_health_say(h, true, "clock",
		    "this host's clock is %lld s %s that of the server: codes "
		    "of apps may fail; run an NTP client, such as chrony, on "
		    "both",
		    (long long)(off < 0 ? -off : off),
		    off < 0 ? "behind" : "ahead of");
}

/* The server has a mark of the key, by which records there are kept. */
static void
check_key(
    const struct pg_health *h, const struct store *s, const struct pg_call *c)
{
	unsigned char theirs[RECORD_SEAL_LEN], ours[RECORD_SEAL_LEN];

	if (s->fleet_key != NULL &&
	    pg_get_bytes(c, 0, HEALTH_FLEET_KEY, theirs, sizeof(theirs)) &&
	    record_seal_key(s->fleet_key, ours) == 0 &&
	    memcmp(ours, theirs, sizeof(ours)) != 0)
		pg_health_say(h, true, "store-key",
		    "fleet_key_file is another key than the one that the state "
		    "was made with: this host can read no user's record; copy "
		    "the file from a host that works");
}

void
pg_health_settings(
    const struct pg_health *h, const struct store *s, const struct pg_call *c)
{
	check_standbys(h, s, c);
	check_key(h, s, c);
	check_clock(h, c);
}

int
pg_health_ask(struct pg_call *c, struct store *s, const char *function)
{
	pg_open(c, s, function);
	c->count = 0;
	c->repeat = true;
	return pg_run(c);
}

void
pg_health_pooler(const struct pg_health *h, const struct store *s,
    const struct pg_call *c, struct store *second)
{
	const int64_t backend = pg_int(c, 0, HEALTH_BACKEND);
	const char *role = pg_get(c, 0, HEALTH_ROLE);
	char ours[STORE_HOST_MAX + 8];
	struct pg_call again;

	snprintf(ours, sizeof(ours), "twofa_%s", s->host);
	if (strcmp(role, ours) != 0) {
		pg_health_say(h, true, "store-pooler",
		    "there this host is %.100s, not %s, so hosts are not told "
		    "apart: a pooler such as PgBouncer stands between, or "
		    "pg_ident maps names; name the servers themselves in state",
		    role, ours);
		return;
	}
	if (second == NULL)
		return;
	if (pg_health_ask(&again, second, "health") == 1 &&
	    pg_int(&again, 0, HEALTH_BACKEND) == backend)
		pg_health_say(h, true, "store-pooler",
		    "two connections are one there: a pooler such as PgBouncer "
		    "stands between; name the servers themselves in state");
	pg_close(&again);
}

void
pg_health_times(const struct pg_health *h, const struct store *s,
    int64_t connect_ms, int64_t call_ms)
{
	const struct store_server *server = s->server;

	if (connect_ms * 2 > (int64_t)server->connect_timeout_ms)
		pg_health_say(h, true, "store-timeouts",
		    "a connection took %lld ms, and connect_timeout_ms is %u: "
		    "a little more load is an outage; raise it to %lld",
		    (long long)connect_ms, server->connect_timeout_ms,
		    (long long)(connect_ms < 2500 ? 4 * connect_ms : 10000));
	if (call_ms * 2 > (int64_t)server->timeout_ms)
		pg_health_say(h, true, "store-timeouts",
		    "a call took %lld ms, and timeout_ms is %u: a little more "
		    "load denies logins; raise it to %lld",
		    (long long)call_ms, server->timeout_ms,
		    (long long)(call_ms < 2500 ? 4 * call_ms : 10000));
}

void
pg_health_connecting(const struct pg_health *h, const struct store *s)
{
	const unsigned each = s->server->connect_timeout_ms;
	const int64_t all = (int64_t)each * (int64_t)s->url.hosts;

	if (all > OUTAGE_MS)
		pg_health_say(h, true, "store-timeouts",
		    "with %zu servers out of reach each login waits %lld s: "
		    "lower connect_timeout_ms to %lld, or name fewer servers",
		    s->url.hosts, (long long)((all + 999) / 1000),
		    (long long)(OUTAGE_MS / (int64_t)s->url.hosts));
	if (s->server->timeout_ms <= PG_LOCK_MS)
		pg_health_say(h, true, "store-timeouts",
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

void
pg_health_certificates(const struct pg_health *h, const struct store *s)
{
	const int theirs = pg_certificate_days(s->conn, false);
	const int ours = s->server->cert_file == NULL
	    ? PG_NO_DAYS
	    : pg_certificate_days(s->conn, true);
	char text[32];

	if (theirs < CERTIFICATE_DAYS)
		pg_health_say(h, true, "store-certificate",
		    "its certificate %s, and then no host logs anybody in; "
		    "renew it there, and run: SELECT pg_reload_conf()",
		    days_text(theirs, text));
	if (ours < CERTIFICATE_DAYS)
		pg_health_say(h, true, "store-certificate",
		    "%.200s %s; renew it", s->server->cert_file,
		    days_text(ours, text));
}

void
pg_health_risks(const struct pg_health *h, struct store *s)
{
	static const char *const names[] = { "store-log", "store-open",
		"store-prepared", "store-role", "store-standby", "store-full" };
	struct pg_call c;
	int rows;

	rows = pg_health_ask(&c, s, "risks");
	if (rows < 0)
		pg_health_say(h, false, "store-schema",
		    "its functions are an older release's, which does not look "
		    "at its settings; on the administrator's machine run: "
		    "twofactl state upgrade");
	for (int i = 0; i < rows; i++)
		for (size_t n = 0; n < sizeof(names) / sizeof(*names); n++)
			if (strcmp(pg_get(&c, i, 0), names[n]) == 0)
				pg_health_say(h, true, names[n], "%.700s",
				    pg_get(&c, i, 1));
	pg_close(&c);
}

void
pg_health_blockers(const struct pg_health *h, struct store *s)
{
	static const char ours[] = "twofa_";
	struct pg_call c;
	int rows;

	rows = pg_health_ask(&c, s, "blockers");
	for (int i = 0; i < rows; i++) {
		const char *role = pg_get(&c, i, 1);
		const size_t known = strlen(ours);
		const bool host = strncmp(role, ours, known) == 0;

		pg_health_say(h, true, "store-blocked",
		    "%.60s (process %lld) has held rows of the state for %lld "
		    "s, and %lld others wait; end it there: SELECT "
		    "pg_terminate_backend(%lld)%s%.60s",
		    role, (long long)pg_int(&c, i, 0),
		    (long long)pg_int(&c, i, 2), (long long)pg_int(&c, i, 3),
		    (long long)pg_int(&c, i, 0),
		    host ? "; if it does so again: twofactl state host "
			   "disable "
			 : "",
		    host ? role + known : "");
	}
	pg_close(&c);
}
