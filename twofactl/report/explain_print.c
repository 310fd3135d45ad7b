/* SPDX-License-Identifier: BSD-2-Clause */
/* Prints `twofactl explain` as text and as JSON. */
#include "twofactl/report/report.h"

#define INDENT "  "

static void
print_text_rules(const struct explanation *e)
{
	char why[CONDITION_TEXT_MAX], line[4 * CONDITION_TEXT_MAX];

	puts("\nRules, the first that matches holds:");
	for (size_t i = 0; i < e->conf->rule_count; i++) {
		explain_rule_why(e, i, why);
		escape_text(why, line, sizeof(line));
		printf("%s%c %4zu  %-7s  %s\n", INDENT,
		    i + 1 == e->decision.rule ? '>' : ' ', i + 1,
		    settings_action_name(e->conf->rule[i].action), line);
	}
	if (e->decision.rule == 0)
		printf("%s> none  require  no rule matches\n", INDENT);
}

static void
print_methods(unsigned methods)
{
	const char *comma = "";

	printf(INDENT "methods: %s", methods == METHOD_ALL ? "all" : "");
	for (unsigned m = METHOD_SMS; methods != METHOD_ALL && m < METHOD_COUNT;
	     m++)
		if ((methods & METHOD_BIT(m)) != 0) {
			printf("%s%s", comma, method_name((enum method)m));
			comma = ", ";
		}
	putchar('\n');
}

static void
print_text_decision(const struct explanation *e)
{
	const struct decision *d = &e->decision;

	printf("\nDecision: %s", settings_action_name(d->action));
	explain_until_print(e, "until", d->until);
	printf("%s%s\n", d->why != NULL ? ", why: " : "",
	    d->why != NULL ? d->why : "");
	if (d->action != ACTION_REQUIRE)
		return;
	print_methods(d->methods);
	printf(INDENT "on_outage: %s%s", settings_on_outage_name(d->on_outage),
	    explain_outage_allow_is_withheld(e)
		? " (\"allow\" holds only where the service "
		  "runs as root by itself)"
		: "");
	explain_until_print(e, "on_outage_until", e->conf->on_outage_until);
	putchar('\n');
	if (d->remember_minutes > 0)
		printf(INDENT "remember_minutes: %u%s\n", d->remember_minutes,
		    d->remember_key ? ", with the key from any address" : "");
	else
		puts(INDENT "remember_minutes: 0, a right code is asked for "
			    "each time");
}

static const char *
known_by(const struct explanation *e)
{
	const struct user_person *p = &e->person;

	if (!e->by_key)
		return "who is asked for the name, \"Who are you?\"";
	if (p->key[0] != '\0' && p->ca[0] != '\0')
		return "by the key or the certificate";
	return p->key[0] != '\0' ? "by the key" : "by the certificate";
}

static void
print_person(const struct explanation *e)
{
	const struct user_person *p = &e->person;

	if (e->asked[0] != '\0')
		printf(
		    "\nAsked: %s, who calls it (ask = \"caller\")\n", e->asked);
	if (p->name[0] == '\0')
		return;
	printf("\nPerson: %s, %s\n", p->name, known_by(e));
	if (p->user[0] != '\0')
		printf(INDENT "factors, locks and limits are those of the user "
			      "%s\n",
		    p->user);
}

static void
print_record(const struct explanation *e)
{
	static const char *const words[USER_OUTAGE + 1] = {
		[USER_ERROR] = "invalid; see above",
		[USER_ABSENT] = "no record: not enrolled",
		[USER_PEOPLE] = "people share it",
		[USER_OUTAGE] = "cannot be read for now; see above",
	};
	const char *user = e->asked[0] != '\0' ? e->asked : e->target->account;
	const char *within = record_place_of(e->conf, user)->within;

	if (within != NULL)
		printf("\nRecord of %s in %s:\n", user, within);
	else
		printf("\nRecord %s:\n", record_place_describe(e->conf, user));
	if (e->found == USER_FOUND)
		record_print_lines(user,
		    e->person.name[0] != '\0' ? &e->person : NULL, &e->record,
		    e->full);
	else if (e->found == USER_ABSENT && user_account_is_other(e->conf))
		puts(INDENT "not for this account: not enrolled");
	else
		printf(INDENT "%s\n", words[e->found]);
}

/* Other sources of wrong codes, such as the caller of su. */
static void
print_other_sources(const struct status *s)
{
	char span[TIME_SPAN_MAX];

	for (size_t i = 0; i < s->count; i++) {
		const int64_t *n = s->row[i].number;

		explain_time_span(n[STATUS_LOCKED_S], span);
		printf("from %s, another source: %lld%s%s\n" INDENT,
		    s->row[i].source, (long long)n[STATUS_WRONG],
		    n[STATUS_LOCKED_S] > 0 ? ", locked for " : "",
		    n[STATUS_LOCKED_S] > 0 ? span : "");
	}
}

static void
print_lock(const struct explanation *e)
{
	const int64_t *all = e->state.user, *here = e->state.source;
	const int64_t *account = e->state.account;
	const struct limits_of_guesses *l = &e->conf->guesses;
	const int64_t wait = explain_longest_lock(&e->state);
	char span[TIME_SPAN_MAX];

	explain_time_span(wait, span);
	printf("\nWrong codes:\n" INDENT
	       "from %s: %lld, a lock begins at %u\n" INDENT
	       "over all sources: %lld, a lock begins at %u\n" INDENT,
	    e->source, (long long)here[STATUS_WRONG], l->after,
	    (long long)all[STATUS_WRONG], l->after_total);
	if (e->person.name[0] != '\0' && !e->by_key)
		printf("of all who are named at %s: %lld, a lock begins at "
		       "%u\n" INDENT,
		    e->target->account, (long long)account[STATUS_WRONG],
		    l->after_total);
	print_other_sources(&e->status);
	if (all[STATUS_SHUT] != 0 || account[STATUS_SHUT] != 0)
		puts("locked until unlock");
	else if (wait > 0)
		printf("locked for %s\n", span);
	else
		puts("not locked");
}

/* Writes which hosts a limit counts; "" if hosts share no state. */
static const char *
limit_scope(const struct explanation *e, const char *limit,
    char out[STATUS_HOST_MAX + 8])
{
	const struct status_store *store = &e->status.store;

	if (store->host[0] == '\0')
		return "";
	if (!reason_limit_is_host(limit, e->source))
		return " (all hosts)";
	snprintf(out, STATUS_HOST_MAX + 8, " (%s)", store->host);
	return out;
}

static void
print_limits(const struct explanation *e)
{
	const struct explain_state *s = &e->state;
	char text[STATUS_HOST_MAX + 8];

	if (s->limits > 0)
		puts("\nMessages, of those that a limit allows:");
	for (size_t i = 0; i < s->limits; i++)
		printf(INDENT "%-22s %lld of %lld%s\n", s->used[i].name,
		    (long long)s->used[i].used, (long long)s->used[i].most,
		    limit_scope(e, s->used[i].name, text));
}

static void
print_passed(const struct explanation *e)
{
	const struct status *s = &e->status;
	char span[TIME_SPAN_MAX];

	for (size_t i = 0; i < s->providers; i++) {
		if (s->provider[i].passed_s == 0)
			continue;
		explain_time_span(s->provider[i].passed_s, span);
		printf(INDENT "provider %s was out of reach: for %s others are "
			      "tried first\n",
		    s->provider[i].name, span);
	}
}

/* The outcome of su depends on its caller; the default is root. */
static const char *
shown_caller(const struct explanation *e)
{
	if (text_has_word(REPORT_SU, e->login->service) &&
	    e->login->real_uid == 0)
		return "root";
	return e->caller != NULL ? e->caller : "";
}

static const char *
shown_from(const struct explanation *e)
{
	return e->login->socket_uid != 0 ? e->source : e->login->rhost;
}

void
explain_text_print(const struct explanation *e)
{
	const struct explain_state *s = &e->state;
	const struct status_store *store = &e->status.store;
	const bool shown = store->host[0] == '\0' || store->shown;
	const char *by = shown_caller(e);

	printf("%s at %s%s%s%s%s%s, first factor passed%s:\n",
	    command_target_text(e->target), e->login->service,
	    shown_from(e)[0] != '\0' ? " from " : "", shown_from(e),
	    by[0] != '\0' ? ", as " : "", by, by[0] != '\0' ? " calls it" : "",
	    e->login->one_field != NULL ? ", nothing is asked" : "");
	if (e->account_known) {
		print_text_rules(e);
		print_text_decision(e);
		print_person(e);
		if (admission_needs_record(&e->decision, &e->facts))
			print_record(e);
		if (store->host[0] != '\0')
			printf("\nAsked as %s, answered by %s.\n", store->host,
			    store->server);
		if (shown)
			print_lock(e);
		else
			puts("\nWrong codes, recovery codes, remembered "
			     "logins:\n" INDENT "a host may not see them: run "
			     "explain on the administrator's machine");
		print_limits(e);
		if (shown)
			printf("\nKept:\n" INDENT "recovery codes left: "
			       "%lld\n" INDENT "bypass codes left: %lld, "
			       "invitations among them: %lld\n" INDENT
			       "remembered logins (grace): %lld\n",
			    (long long)s->user[STATUS_CODES],
			    (long long)s->bypass, (long long)s->invitations,
			    (long long)s->user[STATUS_REMEMBERED]);
		print_passed(e);
	}
	fputs("\nNow: ", stdout);
	explain_end_print(e);
}

static const char *
match_name(const struct rule_result *result)
{
	if (result->end == POLICY_FAILS)
		return result->by->name;
	if (result->end == POLICY_UNKNOWN)
		return result->by->name_unknown;
	return result->end == POLICY_MATCHES ? "matches" : "not-looked-at";
}

static void
print_json_rules(const struct explanation *e)
{
	char why[CONDITION_TEXT_MAX];

	terminal_json(",rules:[");
	for (size_t i = 0; i < e->conf->rule_count; i++) {
		explain_rule_why(e, i, why);
		terminal_json(",{rule:%zu,action:%s,match:%s,why:%s}", i + 1,
		    settings_action_name(e->conf->rule[i].action),
		    match_name(&e->results[i]), why);
	}
	terminal_json("]");
}

static void
print_json_decision(const struct explanation *e)
{
	const struct decision *d = &e->decision;
	char until[DAY_TEXT_MAX];

	terminal_json(",rule:%zu,action:%s,methods:[", d->rule,
	    settings_action_name(d->action));
	for (unsigned m = METHOD_SMS; m < METHOD_COUNT; m++)
		if ((d->methods & METHOD_BIT(m)) != 0)
			terminal_json(",%s", method_name((enum method)m));
	day_text(d->until, until);
	terminal_json("],on_outage:%s,remember_minutes:%u,remember_with:%s"
		      ",until:%s,why:%s",
	    settings_on_outage_name(d->on_outage), d->remember_minutes,
	    d->remember_key ? "key" : "key+address", until,
	    d->why != NULL ? d->why : "");
	if (e->found == USER_FOUND) {
		terminal_json(",record:");
		record_print_json(e->conf,
		    e->asked[0] != '\0' ? e->asked : e->target->account,
		    e->person.name[0] != '\0' ? &e->person : NULL, &e->record,
		    e->full);
	}
}

/* A host may be denied the counts of a shared state. */
static void
print_counts(const struct explanation *e)
{
	const struct explain_state *s = &e->state;

	terminal_json(",wrong:%jd,wrong_here:%jd", s->user[STATUS_WRONG],
	    s->source[STATUS_WRONG]);
	if (e->person.name[0] != '\0' && !e->by_key)
		terminal_json(",wrong_account:%jd", s->account[STATUS_WRONG]);
	terminal_json(
	    ",bypass_left:%jd,invitations_left:%jd", s->bypass, s->invitations);
	terminal_json(",locked_s:%jd,shut:%d,recovery_left:%jd,remembered:%jd",
	    explain_longest_lock(s),
	    s->user[STATUS_SHUT] != 0 || s->account[STATUS_SHUT] != 0,
	    s->user[STATUS_CODES], s->user[STATUS_REMEMBERED]);
	terminal_json(",other_sources:[");
	for (size_t i = 0; i < e->status.count; i++)
		terminal_json(",{source:%s,wrong:%jd,locked_s:%jd}",
		    e->status.row[i].source,
		    e->status.row[i].number[STATUS_WRONG],
		    e->status.row[i].number[STATUS_LOCKED_S]);
	terminal_json("]");
}

static void
print_state(const struct explanation *e)
{
	const struct explain_state *s = &e->state;

	if (e->status.store.host[0] != '\0')
		terminal_json(",store:{host:%s,server:%s}",
		    e->status.store.host, e->status.store.server);
	if (e->status.store.host[0] == '\0' || e->status.store.shown)
		print_counts(e);
	terminal_json(",limits:[");
	for (size_t i = 0; i < s->limits; i++)
		terminal_json(",{limit:%s,used:%jd,most:%jd}", s->used[i].name,
		    s->used[i].used, s->used[i].most);
	terminal_json("],providers:[");
	for (size_t i = 0; i < e->status.providers; i++)
		terminal_json(",{name:%s,passed_over_s:%jd}",
		    e->status.provider[i].name, e->status.provider[i].passed_s);
	terminal_json("]");
}

void
explain_json_print(const struct explanation *e)
{
	const struct explain_state *s = &e->state;

	terminal_json("{user:%s", e->target->account);
	if (e->target->person[0] != '\0')
		terminal_json(",person:%s", e->target->person);
	if (e->person.name[0] != '\0')
		terminal_json(",known_by:%s", e->by_key ? "key" : "name");
	if (e->asked[0] != '\0')
		terminal_json(",asked:%s", e->asked);
	terminal_json(",service:%s,address:%s,source:%s", e->login->service,
	    e->address, e->source);
	if (e->account_known) {
		print_json_rules(e);
		print_json_decision(e);
		print_state(e);
	}
	terminal_json(
	    ",end:%s,reason:%s,would:%s,ask:%s,method:%s,provider:%s,limit:%s"
	    ",outage:%s,wait_s:%jd,age_s:%jd,denied:%d}\n",
	    s->end, s->decided ? s->why : s->reason, s->would, s->ask,
	    s->method, s->provider, s->limit, s->outage, s->wait_s, s->age_s,
	    explain_is_denied(e));
}
