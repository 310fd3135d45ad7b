/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Prints `twofactl status --prometheus`: the text format of Prometheus, version
 * 0.0.4 (prometheus.io, Exposition formats), for a textfile collector. All
 * samples of a metric are together.
 */
#include <stdio.h>

#include "lib/values/values.h"
#include "twofactl/report/status_table.h"

static void
head(const char *name, const char *help)
{
	printf("# HELP twofa_%s %s\n# TYPE twofa_%s gauge\n", name, help, name);
}

static void
print_one(const char *name, const char *help, int64_t value)
{
	head(name, help);
	printf("twofa_%s %lld\n", name, (long long)value);
}

static void
print_money(const char *name, const char *help, int64_t millionths)
{
	char money[PRICE_TEXT_MAX];

	money_text(millionths, money);
	head(name, help);
	printf("twofa_%s %s\n", name, money);
}

/* name="value"; what comes from the helper is printable ASCII. */
static void
label(const char *name, const char *value)
{
	printf("%s=\"", name);
	for (; *value != '\0'; value++) {
		if (*value == '"' || *value == '\\')
			putchar('\\');
		putchar(*value);
	}
	putchar('"');
}

static void
label_user(const struct status_row *r)
{
	struct kept_name name;

	label("user", kept_name_read(&name, r->user) ? name.account : r->user);
	if (name.person[0] == '\0')
		return;
	putchar(',');
	label("person", name.person);
}

static void
label_source(const struct status_row *r)
{
	const size_t len = status_source_host(r->source);
	char host[STATUS_SOURCE_MAX + 1];

	if (len > 0) {
		snprintf(host, sizeof(host), "%.*s", (int)len, r->source);
		label("host", host);
		putchar(',');
	}
	label("source", r->of_user ? "all" : r->source + len + (len > 0));
}

/* Which rows have something to say by this number? */
static bool
shown(const struct status_row *r, enum status_number which)
{
	if (which == STATUS_CODES)
		return r->of_user && (r->enrolled || r->number[which] > 0);
	return r->number[which] > 0 && (r->of_user || which <= STATUS_LOCKED_S);
}

static void
print_rows(const struct status *s, enum status_number which, const char *name,
    const char *help)
{
	head(name, help);
	for (size_t i = 0; i < s->count; i++) {
		const struct status_row *r = &s->row[i];

		if (!shown(r, which))
			continue;
		printf("twofa_%s{", name);
		label_user(r);
		if (which <= STATUS_LOCKED_S) {
			putchar(',');
			label_source(r);
		}
		printf("} %lld\n", (long long)r->number[which]);
	}
}

static int64_t
count(const struct status *s, enum status_number which)
{
	int64_t n = 0;

	for (size_t i = 0; i < s->count; i++)
		n += s->row[i].of_user && s->row[i].number[which] > 0;
	return n;
}

static void
print_users(const struct status *s)
{
	print_one("users_locked",
	    "Users locked over all sources by wrong codes.",
	    count(s, STATUS_LOCKED_S));
	print_one("users_shut",
	    "Users shut until twofactl unlock by a hundred wrong codes.",
	    count(s, STATUS_SHUT));
	print_rows(s, STATUS_WRONG, "wrong_codes",
	    "Wrong codes of a user without a right one.");
	print_rows(
	    s, STATUS_LOCKED_S, "locked_seconds", "Until a user's lock ends.");
	print_rows(s, STATUS_CODES, "recovery_codes_left",
	    "Recovery codes of a user who is enrolled or has some.");
}

static void
print_providers(const struct status *s)
{
	head("provider_passed_over_seconds",
	    "For so long another provider is asked first; 0 is well.");
	for (size_t i = 0; i < s->providers; i++) {
		fputs("twofa_provider_passed_over_seconds{", stdout);
		label("provider", s->provider[i].name);
		if (s->store.host[0] != '\0') {
			putchar(',');
			label("host", s->store.host);
		}
		printf("} %lld\n", (long long)s->provider[i].passed_s);
	}
	head("last_success_timestamp_seconds",
	    "When a factor let somebody in last; provider \"\" is none.");
	for (size_t i = 0; i < s->successes; i++) {
		fputs("twofa_last_success_timestamp_seconds{", stdout);
		label("provider", s->success[i].provider);
		putchar(',');
		label("method", s->success[i].method);
		printf("} %lld\n", (long long)s->success[i].at);
	}
}

static void
print_hosts(
    const struct status *s, const char *name, const char *help, bool day)
{
	head(name, help);
	for (size_t i = 0; i < s->hosts; i++) {
		printf("twofa_%s{", name);
		label("host", s->host[i].name);
		printf("} %lld\n",
		    (long long)(day ? s->host[i].day : s->host[i].hour));
	}
}

static void
print_messages(const struct status *s)
{
	if (s->store.host[0] != '\0') {
		print_hosts(s, "messages_last_hour",
		    "Messages and pushes of a host in the last hour.", false);
		print_hosts(s, "messages_last_day",
		    "Messages and pushes of a host in the last day.", true);
		return;
	}
	print_one("messages_last_hour",
	    "Messages and pushes of this host in the last hour.", s->total[0]);
	print_one("messages_last_day",
	    "Messages and pushes of this host in the last day.", s->total[1]);
}

void
status_prometheus_print(const struct status *s)
{
	print_users(s);
	if (!s->totals_known)
		return;
	print_messages(s);
	print_money("spent_today",
	    "Spent on this calendar day of UTC, in the account's currency.",
	    s->total[2]);
	print_money("spent_30_days",
	    "Spent in the last 30 calendar days of UTC.", s->total[3]);
	print_providers(s);
}
