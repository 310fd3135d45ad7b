/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl status: what the helper says, as a table or for Prometheus; and
 * report. Its text format for a textfile collector is version 0.0.4
 * (prometheus.io, Exposition formats): all samples of a metric are together. */
#include "twofactl/report/report.h"

#include <errno.h>
#include <stdlib.h>

#include "twofactl/client/client.h"

static void
status_head(const char *name, const char *help)
{
	printf("# HELP twofa_%s %s\n# TYPE twofa_%s %s\n", name, help, name,
	    strstr(name, "_total") != NULL ? "counter" : "gauge");
}

static void
print_one(const char *name, const char *help, int64_t value)
{
	status_head(name, help);
	printf("twofa_%s %lld\n", name, (long long)value);
}

static void
print_money(const char *name, const char *help, int64_t millionths)
{
	char money[PRICE_TEXT_MAX];

	money_text(millionths, money);
	status_head(name, help);
	printf("twofa_%s %s\n", name, money);
}

/* name="value"; what comes from the helper is printable ASCII. */
static void
status_label(const char *name, const char *value)
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
	struct owner name;

	status_label(
	    "user", owner_read(&name, r->user) ? name.account : r->user);
	if (name.person[0] == '\0')
		return;
	putchar(',');
	status_label("person", name.person);
}

static void
label_source(const struct status_row *r)
{
	const size_t len = status_source_host(r->source);
	char host[STATUS_SOURCE_MAX + 1];

	if (len > 0) {
		PRINT_TO(host, "%.*s", (int)len, r->source);
		status_label("host", host);
		putchar(',');
	}
	status_label(
	    "source", r->of_user ? "all" : r->source + len + (len > 0));
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
	status_head(name, help);
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
status_count(const struct status *s, enum status_number which)
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
	    status_count(s, STATUS_LOCKED_S));
	print_one("users_shut",
	    "Users shut until twofactl unlock by a hundred wrong codes.",
	    status_count(s, STATUS_SHUT));
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
	status_head("provider_passed_over_seconds",
	    "For so long another provider is asked first; 0 is well.");
	for (size_t i = 0; i < s->providers; i++) {
		fputs("twofa_provider_passed_over_seconds{", stdout);
		status_label("provider", s->provider[i].name);
		if (s->store.host[0] != '\0') {
			putchar(',');
			status_label("host", s->store.host);
		}
		printf("} %lld\n", (long long)s->provider[i].passed_s);
	}
	status_head("last_success_timestamp_seconds",
	    "When a factor let somebody in last; provider \"\" is none.");
	for (size_t i = 0; i < s->successes; i++) {
		fputs("twofa_last_success_timestamp_seconds{", stdout);
		status_label("provider", s->success[i].provider);
		putchar(',');
		status_label("method", s->success[i].method);
		printf("} %lld\n", (long long)s->success[i].at);
	}
}

static void
print_hosts(
    const struct status *s, const char *name, const char *help, bool day)
{
	status_head(name, help);
	for (size_t i = 0; i < s->hosts; i++) {
		printf("twofa_%s{", name);
		status_label("host", s->host[i].name);
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

static void
print_broker(const struct status *s)
{
	static const char *const of[ITEM_BROKER_NUMBERS][2] = {
		{ "keeper_running", "1: the state keeper runs; 0: killed." },
		{ "keeper_age_seconds", "Since the keeper was started." },
		{ "keeper_connections", "Logins that the keeper serves." },
		{ "keeper_connections_total", "Logins that it has served." },
		{ "keeper_steps_total", "Steps that logins asked it for." },
		{ "keeper_refused_total", "What it refused: run doctor." },
	};

	for (size_t i = 0; i < ITEM_BROKER_NUMBERS && s->keeper[0] > 0; i++)
		print_one(of[i][0], of[i][1],
		    i > 0 ? s->keeper[i]
			  : strcmp(s->broker_state, "running") == 0);
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
	print_broker(s);
}

/* For people, as JSON or for Prometheus. True: one has no end. */
static bool
report_print_exceptions(const struct settings *conf, const struct arguments *as)
{
	const unsigned today = admission_today(conf);
	char until[DAY_TEXT_MAX], end[DAY_END_MAX];
	struct exception e;
	bool open = false;

	for (size_t i = 0; i < SETTINGS_EXCEPTIONS(conf); i++) {
		if (!settings_exception_at(conf, i, &e))
			continue;
		open |= e.until == 0;
		day_text(e.until, until);
		day_end_text(e.until, today, end);
		if (as->json)
			terminal_json(",{exception:%s,until:%s,left:%s,why:%s}",
			    e.name, until, end, e.why);
		else if (!as->prometheus)
			printf("%s: %s%s%s\n", e.name, end,
			    e.why[0] != '\0' ? ": " : "", e.why);
		else if (e.until != 0) {
			fputs("twofa_exception_days_left{", stdout);
			status_label("exception", e.name);
			printf("} %d\n", day_days_left(e.until, today));
		}
	}
	return open;
}

enum ctl_exit
cmd_report(struct command_user *c, const struct arguments *typed)
{
	bool open;

	if (!typed->exceptions && journal_report != NULL)
		return journal_report(c, typed);
	if (!typed->exceptions)
		return terminal_error_exit(CTL_JOURNAL, JOURNAL_NONE);
	if (typed->json)
		terminal_json("{exceptions:[");
	open = report_print_exceptions(c->conf, typed);
	if (typed->json)
		terminal_json("]}\n");
	return open ? CTL_NO : CTL_DONE;
}

/* By user; a user's total over all sources comes first. */
static int
status_compare(const void *a, const void *b)
{
	const struct status_row *x = a, *y = b;
	int order = strcmp(x->user, y->user);

	if (order == 0 && x->of_user != y->of_user)
		return x->of_user ? -1 : 1;
	return order != 0 ? order : strcmp(x->source, y->source);
}

/* Only the first taken rows are sorted: there may be a million. */
static int
add_user(struct status *s, size_t taken, const char *user)
{
	struct status_row wanted = { .of_user = true, .enrolled = true };
	struct status_row *row = NULL;

	PRINT_TO(wanted.user, "%s", user);
	if (taken > 0)
		row = bsearch(
		    &wanted, s->row, taken, sizeof(*row), status_compare);
	if (row != NULL) {
		row->enrolled = true;
		return 0;
	}
	row = status_records_row(s);
	if (row == NULL)
		return -1;
	*row = wanted;
	return 0;
}

static void
sort_rows(struct status *s)
{
	if (s->count > 0)
		qsort(s->row, s->count, sizeof(*s->row), status_compare);
}

/* For a shared account each of its people; a person with a user's factors is
 * that user. */
static int
add_account(const struct command_user *c, struct status *s, size_t taken,
    const char *account)
{
	static struct user_people people;
	char name[OWNER_MAX + 1];
	int rc = 0;

	if (user_people_read(c->conf, account, NULL, 0, &people,
		&settings_report_none) != USER_PEOPLE)
		return add_user(s, taken, account);
	for (size_t i = 0; rc == 0 && i < people.count; i++) {
		owner_write(name, account, people.person[i].name);
		if (people.person[i].user[0] == '\0' &&
		    (c->target.person[0] == '\0' ||
			strcmp(c->target.owner, name) == 0))
			rc = add_user(s, taken, name);
	}
	return rc;
}

/* A user who never had a recovery code is not in the state, but is the first
 * that a monitor should name. */
static enum ctl_exit
add_enrolled(const struct command_user *c, struct status *s)
{
	struct name_list enrolled;
	size_t taken;
	int rc;

	if (name_list_enrolled(&enrolled, c->conf, 0, &complain_report) != 0)
		return CTL_SETTINGS;
	sort_rows(s);
	taken = s->count;
	rc = 0;
	for (size_t i = 0; rc == 0 && i < enrolled.count; i++)
		if (c->target.typed == NULL ||
		    strcmp(enrolled.name[i], c->target.account) == 0)
			rc = add_account(c, s, taken, enrolled.name[i]);
	name_list_free(&enrolled);
	if (rc != 0)
		return terminal_error_exit(CTL_FAILED, "%s", strerror(ENOMEM));
	sort_rows(s);
	return CTL_DONE;
}

enum ctl_exit
cmd_status(struct command_user *c, const struct arguments *typed)
{
	static struct status s;
	const struct client_request call = { .purpose = PURPOSE_STATUS,
		.user = c->target.owner,
		.ctx = &s,
		.record = status_records };
	enum ctl_exit result;

	if (typed->json && typed->prometheus)
		return terminal_error_exit(CTL_USAGE,
		    "--json and --prometheus: give only one of them");
	result = client_request(&c->run, &call);
	if (result == CTL_DONE)
		result = add_enrolled(c, &s);
	if (result == CTL_DONE)
		command_user_warn(&c->target);
	if (result == CTL_DONE && settings_is_rehearsal(c->conf))
		terminal_error("%s is " SETTINGS_REHEARSAL, c->run.conf);
	if (result == CTL_DONE && c->run.json)
		status_table_json(&s);
	else if (result == CTL_DONE && typed->prometheus) {
		status_prometheus_print(&s);
		status_head("exception_days_left",
		    "To the last day of an exception; below 0 it is over.");
		(void)report_print_exceptions(c->conf, typed);
	} else if (result == CTL_DONE)
		status_table_text(&s);
	free(s.row);
	free(s.host);
	return result;
}

struct status_row *
status_records_row(struct status *s)
{
	return s->count < STATUS_RECORDS_ROWS &&
		NAME_LIST_ROOM(s->row, s->cap, s->count)
	    ? &s->row[s->count++]
	    : NULL;
}

static int
take_row(struct status *s, const struct item *r)
{
	struct status_row *row;
	size_t first = r->kind == ITEM_USER ? 2 : 3;
	struct owner name;

	if (strchr(r->text[1], '/') != NULL && !owner_read(&name, r->text[1]))
		return 0; /* of an enrolment, or an unknown name */
	row = status_records_row(s);
	if (row == NULL)
		return -1;
	*row = (struct status_row){ .of_user = r->kind == ITEM_USER };
	PRINT_TO(row->user, "%s", r->text[1]);
	if (!row->of_user)
		PRINT_TO(row->source, "%s", r->text[2]);
	for (size_t i = first; i < ITEM_FIELDS; i++)
		row->number[i - first] = r->number[i];
	return 0;
}

int
status_records_provider(
    struct status_provider *list, size_t *count, const struct item *r)
{
	struct status_provider *p = &list[*count];

	if (*count == SETTINGS_PROVIDERS_MAX)
		return -1;
	++*count;
	p->passed_s = r->number[2];
	return item_set(r, 1, p->name, sizeof(p->name));
}

static int
take_success(struct status *s, const struct item *r)
{
	struct status_success *t = &s->success[s->successes];

	if (s->successes == STATUS_SUCCESSES)
		return 0; /* of a provider that was removed */
	s->successes++;
	t->at = r->number[3];
	if (item_set(r, 1, t->provider, sizeof(t->provider)) != 0)
		return -1;
	return item_set(r, 2, t->method, sizeof(t->method));
}

static int
take_totals(struct status *s, const struct item *r)
{
	if (s->totals_known)
		return -1;
	s->totals_known = true;
	for (size_t i = 0; i < STATUS_TOTALS; i++)
		s->total[i] = r->number[i + 1];
	return 0;
}

static int
take_wait(struct status *s, const struct item *r)
{
	if (s->wait_known)
		return -1;
	s->wait_known = true;
	s->wait_s = r->number[1];
	return item_set(r, 2, s->wait_limit, sizeof(s->wait_limit));
}

int
status_records_store(struct status_store *s, const struct item *r)
{
	if (s->host[0] != '\0')
		return -1;
	s->shown = r->number[3] != 0;
	if (item_set(r, 1, s->host, sizeof(s->host)) != 0)
		return -1;
	return item_set(r, 2, s->server, sizeof(s->server));
}

static int
take_broker(struct status *s, const struct item *r)
{
	if (s->broker_state[0] != '\0')
		return -1;
	memcpy(s->keeper, &r->number[2], sizeof(s->keeper));
	return item_set(r, 1, s->broker_state, sizeof(s->broker_state));
}

static int
take_host(struct status *s, const struct item *r)
{
	struct status_host *more;

	if (s->hosts >= STATUS_RECORDS_ROWS)
		return -1;
	more = realloc(s->host, (s->hosts + 1) * sizeof(*more));
	if (more == NULL)
		return -1;
	s->host = more;
	more += s->hosts++;
	more->hour = r->number[2];
	more->day = r->number[3];
	return item_set(r, 1, more->name, sizeof(more->name));
}

int
status_records(void *ctx, const struct item *r)
{
	struct status *s = ctx;

	if (r->kind == ITEM_USER || r->kind == ITEM_SOURCE)
		return take_row(s, r);
	if (r->kind == ITEM_TOTALS)
		return take_totals(s, r);
	if (r->kind == ITEM_STORE)
		return status_records_store(&s->store, r);
	if (r->kind == ITEM_HOST)
		return take_host(s, r);
	if (r->kind == ITEM_BROKER)
		return take_broker(s, r);
	if (r->kind == ITEM_PASSED)
		return status_records_provider(s->provider, &s->providers, r);
	if (r->kind == ITEM_WAIT)
		return take_wait(s, r);
	return r->kind == ITEM_SUCCESS ? take_success(s, r) : -1;
}
