/* SPDX-License-Identifier: BSD-2-Clause */
/* Prints `twofactl status` as a table and as JSON: users, providers, hosts. */
#include "twofactl/report/report.h"

#include <inttypes.h>

static void
print_line(int width, const char *name, const char *passed, const char *method,
    const char *when)
{
	printf("%-*s  %-11s  %-8s  %s\n", width, name, passed, method, when);
}

/* Prints the last logins by a provider, one a line. Returns their number. */
static size_t
print_successes(const struct status *s, int width, const char *provider,
    const char *shown, const char *passed)
{
	char when[TIME_SPAN_MAX];
	size_t n = 0;

	for (size_t i = 0; i < s->successes; i++) {
		const struct status_success *t = &s->success[i];

		if (strcmp(t->provider, provider) != 0)
			continue;
		day_time_text(t->at, when);
		print_line(width, n == 0 ? shown : "", n == 0 ? passed : "",
		    t->method, when);
		n++;
	}
	return n;
}

static void
broker_table(const struct status *s)
{
	const int64_t *n = s->broker;
	char age[TIME_SPAN_MAX];

	explain_time_span(n[ITEM_BROKER_AGE_S], age);
	if (n[ITEM_BROKER_PROCESS] > 0)
		printf("\nState broker: process %" PRId64 " (%s), begun %s "
		       "ago, connections: %" PRId64 " now, %" PRId64
		       " in all; requests: %" PRId64 ", refused: %" PRId64 "\n",
		    n[ITEM_BROKER_PROCESS], s->broker_state, age,
		    n[ITEM_BROKER_CONNECTIONS], n[ITEM_BROKER_ALL],
		    n[ITEM_BROKER_STEPS], n[ITEM_BROKER_REFUSED]);
	else if (s->broker_state[0] != '\0')
		puts("\nState broker: unknown; no broker wrote its file");
}

/* Prints what is kept per host: providers, their last logins, the broker. */
static void
status_providers_table(const struct status *s)
{
	int width = (int)strlen("PROVIDER");

	for (size_t i = 0; i < s->providers; i++)
		if ((int)strlen(s->provider[i].name) > width)
			width = (int)strlen(s->provider[i].name);
	putchar('\n');
	print_line(width, "PROVIDER", "PASSED OVER", "METHOD", "LAST ALLOWED");
	for (size_t i = 0; i < s->providers; i++) {
		const struct status_provider *p = &s->provider[i];
		char passed[TIME_SPAN_MAX] = "-";

		if (p->passed_s > 0)
			explain_time_span(p->passed_s, passed);
		if (print_successes(s, width, p->name, p->name, passed) == 0)
			print_line(width, p->name, passed, "-", "never");
	}
	print_successes(s, width, "", "(none)", "-");
	broker_table(s);
}

static void
broker_json(const struct status *s, const char *key, const char *requests)
{
	const char *const name[ITEM_BROKER_NUMBERS] = { "process", "age_s",
		"connections", "connections_total", requests, "refused" };

	if (s->broker_state[0] == '\0')
		return;
	terminal_json(",%s:{state:%s", key, s->broker_state);
	for (size_t i = 0; i < ITEM_BROKER_NUMBERS && s->broker[0] > 0; i++)
		terminal_json(",%s:%jd", name[i], s->broker[i]);
	terminal_json("}");
}

/* ,"providers":[...],"successes":[...],"broker":{...}; the broker also under
 * "keeper", its name before 1.0, for one release. */
static void
status_providers_json(const struct status *s)
{
	terminal_json(",providers:[");
	for (size_t i = 0; i < s->providers; i++)
		terminal_json(",{name:%s,passed_over_s:%jd}",
		    s->provider[i].name, s->provider[i].passed_s);
	terminal_json("],successes:[");
	for (size_t i = 0; i < s->successes; i++)
		terminal_json(",{provider:%s,method:%s,at:%jd}",
		    s->success[i].provider, s->success[i].method,
		    s->success[i].at);
	terminal_json("]");
	broker_json(s, "broker", "requests");
	broker_json(s, "keeper", "steps");
}

size_t
status_source_host_len(const char *source)
{
	const char *blank = strchr(source, ' ');

	return blank == NULL ? 0 : (size_t)(blank - source);
}

static void
print_host(const struct status_host *h, int width)
{
	printf("%-*s  %7lld  %7lld\n", width, h->name, (long long)h->hour,
	    (long long)h->day);
}

/* Prints the messages of each host and of all. A host without a line has sent
 * nothing for a day. */
static void
status_hosts_table(const struct status *s)
{
	char today[PRICE_TEXT_MAX], month[PRICE_TEXT_MAX];
	struct status_host all = { .name = "all" };
	int width = 4;

	money_text(s->total[2], today);
	money_text(s->total[3], month);
	for (size_t i = 0; i < s->hosts; i++)
		if ((int)strlen(s->host[i].name) > width)
			width = (int)strlen(s->host[i].name);
	printf("\nall hosts: spent %s today, %s in 30 days\n\n%-*s  SENDS/H  "
	       "SENDS/D\n",
	    today, month, width, "HOST");
	for (size_t i = 0; i < s->hosts; i++) {
		print_host(&s->host[i], width);
		all.hour += s->host[i].hour;
		all.day += s->host[i].day;
	}
	print_host(&all, width);
	printf("\nAsked as %s, answered by %s. PASSED OVER is of %s, LAST "
	       "ALLOWED of all hosts.\n",
	    s->store.host, s->store.server, s->store.host);
}

/* True if the state has nothing about this user. */
static bool
is_empty(const struct status_row *r)
{
	for (size_t i = 0; i < STATUS_NUMBERS; i++)
		if (r->number[i] != 0)
			return false;
	return r->of_user;
}

static void
print_row(const struct status_row *r, int user, int source)
{
	/* of those that exist only over all sources */
	static const int width[STATUS_NUMBERS] = { [STATUS_HOUR] = 7,
		[STATUS_DAY] = 7,
		[STATUS_CODES] = 5,
		[STATUS_REMEMBERED] = 10 };
	char locked[TIME_SPAN_MAX] = "-";

	if (r->number[STATUS_SHUT] != 0)
		PRINT_TO(locked, "until unlock");
	else if (r->number[STATUS_LOCKED_S] > 0)
		explain_time_span(r->number[STATUS_LOCKED_S], locked);
	printf("%-*s  %-*s  %5lld  %-12s", user, r->user, source,
	    r->of_user ? "all" : r->source, (long long)r->number[STATUS_WRONG],
	    locked);
	for (size_t i = STATUS_HOUR; i < STATUS_NUMBERS; i++)
		if (r->of_user)
			printf("  %*lld", width[i], (long long)r->number[i]);
		else
			printf("  %*s", width[i], "-");
	putchar('\n');
}

static void
print_text_rows(const struct status *s)
{
	int user = 4, source = 6;

	for (size_t i = 0; i < s->count; i++) {
		if ((int)strlen(s->row[i].user) > user)
			user = (int)strlen(s->row[i].user);
		if ((int)strlen(s->row[i].source) > source)
			source = (int)strlen(s->row[i].source);
	}
	printf("%-*s  %-*s  WRONG  %-12s  SENDS/H  SENDS/D  CODES  "
	       "REMEMBERED\n",
	    user, "USER", source, "SOURCE", "LOCKED");
	for (size_t i = 0; i < s->count; i++)
		if (!is_empty(&s->row[i]))
			print_row(&s->row[i], user, source);
}

static void
print_wait(const struct status *s)
{
	const bool invited = strcmp(s->wait_limit, ITEM_INVITED) == 0;
	char span[TIME_SPAN_MAX];

	if (s->wait_s == 0)
		return;
	explain_time_span(s->wait_s, span);
	printf("\nno more messages for %s: %s%s\n", span,
	    invited ? "an invitation is open" : s->wait_limit,
	    invited ? "" : " is used up");
}

void
status_table_text(const struct status *s)
{
	char today[PRICE_TEXT_MAX], month[PRICE_TEXT_MAX];
	size_t entries = 0;

	for (size_t i = 0; i < s->count; i++)
		entries += is_empty(&s->row[i]) ? 0 : 1;
	if (entries == 0)
		puts("no entries");
	else
		print_text_rows(s);
	print_wait(s);
	if (!s->totals_known)
		return;
	if (s->store.host[0] != '\0') {
		status_hosts_table(s);
		status_providers_table(s);
		return;
	}
	money_text(s->total[2], today);
	money_text(s->total[3], month);
	printf("\nthis host: %lld message%s in the last hour, %lld in the last "
	       "day; spent %s today, %s in 30 days\n",
	    (long long)s->total[0], s->total[0] == 1 ? "" : "s",
	    (long long)s->total[1], today, month);
	status_providers_table(s);
}

static void
json_row(const struct status_row *r)
{
	char text[STATUS_SOURCE_MAX + 1];
	struct owner name;
	size_t host;

	const bool known = owner_read(&name, r->user);

	terminal_json(",{user:%s", known ? name.account : r->user);
	if (name.person[0] != '\0')
		terminal_json(",person:%s", name.person);
	host = status_source_host_len(r->source);
	if (host > 0) {
		PRINT_TO(text, "%.*s", (int)host, r->source);
		terminal_json(",host:%s", text);
	}
	terminal_json(",source:%s,wrong:%jd,locked_s:%jd",
	    r->source + host + (host > 0), r->number[STATUS_WRONG],
	    r->number[STATUS_LOCKED_S]);
	if (r->of_user)
		terminal_json(",shut:%d,sends_hour:%jd,sends_day:%jd"
			      ",recovery_left:%jd,remembered:%jd",
		    r->number[STATUS_SHUT] != 0, r->number[STATUS_HOUR],
		    r->number[STATUS_DAY], r->number[STATUS_CODES],
		    r->number[STATUS_REMEMBERED]);
	terminal_json("}");
}

void
status_table_json(const struct status *s)
{
	char today[PRICE_TEXT_MAX], month[PRICE_TEXT_MAX];

	terminal_json("{entries:[");
	for (size_t i = 0; i < s->count; i++)
		if (!is_empty(&s->row[i]) || s->row[i].enrolled)
			json_row(&s->row[i]);
	terminal_json("]");
	if (s->store.host[0] != '\0')
		terminal_json(",store:{host:%s,server:%s}", s->store.host,
		    s->store.server);
	if (s->store.host[0] != '\0' && s->totals_known) {
		terminal_json(",hosts:[");
		for (size_t i = 0; i < s->hosts; i++)
			terminal_json(",{host:%s,sends_hour:%jd,sends_day:%jd}",
			    s->host[i].name, s->host[i].hour, s->host[i].day);
		terminal_json("]");
	}
	if (s->wait_known)
		terminal_json(",sends_wait_s:%jd,sends_limit:%s", s->wait_s,
		    s->wait_limit);
	if (s->totals_known) {
		terminal_json(",totals:{");
		if (s->store.host[0] != '\0')
			terminal_json("host:%s", s->store.host);
		money_text(s->total[2], today);
		money_text(s->total[3], month);
		terminal_json(",sends_hour:%jd,sends_day:%jd,spent_day:%s"
			      ",spent_month:%s}",
		    s->total[0], s->total[1], today, month);
		status_providers_json(s);
	}
	terminal_json("}\n");
}
