/* SPDX-License-Identifier: BSD-2-Clause */
/* Metrics of twofactl status, in the text format for a textfile collector,
 * version 0.0.4 (prometheus.io, Exposition formats): all samples of a metric
 * are together. */
#include "twofactl/report/report.h"

void
status_prometheus_head(const char *name, const char *help)
{
	printf("# HELP twofa_%s %s\n# TYPE twofa_%s %s\n", name, help, name,
	    strstr(name, "_total") != NULL ? "counter" : "gauge");
}

void
status_prometheus_sample(const char *name, int64_t value, ...)
{
	const char *label, *text, *before = "{";
	va_list ap;

	printf("twofa_%s", name);
	va_start(ap, value);
	while ((label = va_arg(ap, const char *)) != NULL) {
		text = va_arg(ap, const char *);
		if (text == NULL)
			continue;
		printf("%s%s=\"", before, label);
		for (; *text != '\0'; text++)
			printf("%s%c",
			    *text == '"' || *text == '\\' ? "\\" : "", *text);
		putchar('"');
		before = ",";
	}
	va_end(ap);
	printf("%s %lld\n", before[0] == ',' ? "}" : "", (long long)value);
}

static void
print_one(const char *name, const char *help, int64_t value)
{
	status_prometheus_head(name, help);
	status_prometheus_sample(name, value, NULL);
}

static void
print_money(const char *name, const char *help, int64_t millionths)
{
	char money[PRICE_TEXT_MAX];

	money_text(millionths, money);
	status_prometheus_head(name, help);
	printf("twofa_%s %s\n", name, money);
}

/* True if this row has a sample of this number. */
static bool
has_sample(const struct status_row *r, enum status_number which)
{
	if (which == STATUS_CODES)
		return r->of_user && (r->enrolled || r->number[which] > 0);
	return r->number[which] > 0 && (r->of_user || which <= STATUS_LOCKED_S);
}

static void
print_rows(const struct status *s, enum status_number which, const char *name,
    const char *help)
{
	char host[STATUS_SOURCE_MAX + 1];

	status_prometheus_head(name, help);
	for (size_t i = 0; i < s->count; i++) {
		const struct status_row *r = &s->row[i];
		const size_t len = status_source_host_len(r->source);
		const bool sourced = which <= STATUS_LOCKED_S;
		const char *source =
		    r->of_user ? "all" : r->source + len + (len > 0);
		struct owner owner;
		const bool known = owner_read(&owner, r->user);

		PRINT_TO(host, "%.*s", (int)len, r->source);
		if (has_sample(r, which))
			status_prometheus_sample(name, r->number[which], "user",
			    known ? owner.account : r->user, "person",
			    owner.person[0] != '\0' ? owner.person : NULL,
			    "host", sourced && len > 0 ? host : NULL, "source",
			    sourced ? source : NULL, NULL);
	}
}

static int64_t
count_users(const struct status *s, enum status_number which)
{
	int64_t n = 0;

	for (size_t i = 0; i < s->count; i++)
		n += s->row[i].of_user && s->row[i].number[which] > 0;
	return n;
}

static void
print_providers(const struct status *s)
{
	status_prometheus_head("provider_passed_over_seconds",
	    "Seconds while other providers are tried first; 0: in use.");
	for (size_t i = 0; i < s->providers; i++)
		status_prometheus_sample("provider_passed_over_seconds",
		    s->provider[i].passed_s, "provider", s->provider[i].name,
		    "host", s->store.host[0] != '\0' ? s->store.host : NULL,
		    NULL);
	status_prometheus_head("last_success_timestamp_seconds",
	    "Last login by a factor; provider \"\" for none.");
	for (size_t i = 0; i < s->successes; i++)
		status_prometheus_sample("last_success_timestamp_seconds",
		    s->success[i].at, "provider", s->success[i].provider,
		    "method", s->success[i].method, NULL);
}

static void
print_hosts(
    const struct status *s, const char *name, const char *help, bool day)
{
	status_prometheus_head(name, help);
	for (size_t i = 0; i < s->hosts; i++)
		status_prometheus_sample(name,
		    day ? s->host[i].day : s->host[i].hour, "host",
		    s->host[i].name, NULL);
}

static void
print_broker(const struct status *s)
{
	/* the name before 1.0 is printed as well, for one release */
	static const char *const of[ITEM_BROKER_NUMBERS][3] = {
		{ "broker_running", "keeper_running",
		    "1: the state broker runs; 0: killed." },
		{ "broker_age_seconds", "keeper_age_seconds",
		    "Since the state broker was started." },
		{ "broker_connections", "keeper_connections",
		    "Logins that the state broker serves." },
		{ "broker_connections_total", "keeper_connections_total",
		    "Logins that the state broker has served." },
		{ "broker_requests_total", "keeper_steps_total",
		    "Requests of logins to the state broker." },
		{ "broker_refused_total", "keeper_refused_total",
		    "Requests that the state broker refused: run doctor." },
	};

	for (size_t i = 0; i < ITEM_BROKER_NUMBERS && s->broker[0] > 0; i++)
		for (size_t name = 0; name < 2; name++)
			print_one(of[i][name], of[i][2],
			    i > 0 ? s->broker[i]
				  : strcmp(s->broker_state, "running") == 0);
}

void
status_prometheus_print(const struct status *s)
{
	print_one("users_locked",
	    "Users locked over all sources by wrong codes.",
	    count_users(s, STATUS_LOCKED_S));
	print_one("users_shut",
	    "Users locked out until twofactl unlock by 100 wrong codes.",
	    count_users(s, STATUS_SHUT));
	print_rows(s, STATUS_WRONG, "wrong_codes",
	    "Wrong codes of a user since the last right one.");
	print_rows(s, STATUS_LOCKED_S, "locked_seconds",
	    "Seconds until a user's lock ends.");
	print_rows(s, STATUS_CODES, "recovery_codes_left",
	    "Recovery codes of a user who is enrolled or has some.");
	if (!s->totals_known)
		return;
	if (s->store.host[0] != '\0') {
		print_hosts(s, "messages_last_hour",
		    "Messages and pushes of a host in the last hour.", false);
		print_hosts(s, "messages_last_day",
		    "Messages and pushes of a host in the last day.", true);
	} else {
		print_one("messages_last_hour",
		    "Messages and pushes of this host in the last hour.",
		    s->total[0]);
		print_one("messages_last_day",
		    "Messages and pushes of this host in the last day.",
		    s->total[1]);
	}
	print_money("spent_today",
	    "Spent on this calendar day of UTC, in the account's currency.",
	    s->total[2]);
	print_money("spent_30_days",
	    "Spent in the last 30 calendar days of UTC.", s->total[3]);
	print_providers(s);
	print_broker(s);
}
