/* SPDX-License-Identifier: BSD-2-Clause */
/* Prints `twofactl explain --json`. */
#include "twofactl/report/report.h"

#include <stdio.h>

#include "twofactl/records/records.h"
#include "twofactl/terminal/terminal.h"

static void
field(const char *name, const char *text)
{
	printf(",\"%s\":", name);
	terminal_json(text);
}

static void
explain_json_number(const char *name, int64_t value)
{
	printf(",\"%s\":%lld", name, (long long)value);
}

static const char *
match_name(const struct rule_result *result)
{
	switch (result->end) {
	case POLICY_FAILS:
		return result->by->name;
	case POLICY_UNKNOWN:
		return result->by->name_unknown;
	case POLICY_MATCHES:
		return "matches";
	case POLICY_NOT_REACHED:
		break;
	}
	return "not-looked-at";
}

static void
explain_json_print_rules(const struct explanation *e)
{
	char why[CONDITION_TEXT_MAX];

	fputs(",\"rules\":[", stdout);
	for (size_t i = 0; i < e->conf->rule_count; i++) {
		explain_rule_why(e, i, why);
		printf("%s{\"rule\":%zu", i > 0 ? "," : "", i + 1);
		field("action", explain_rule_action(e->conf->rule[i].action));
		field("match", match_name(&e->each[i]));
		field("why", why);
		putchar('}');
	}
	putchar(']');
}

static void
explain_json_print_decision(const struct explanation *e)
{
	const struct decision *d = &e->decision;
	bool some = false;

	explain_json_number("rule", (int64_t)d->rule);
	field("action", explain_rule_action(d->action));
	fputs(",\"methods\":[", stdout);
	for (unsigned m = METHOD_SMS; m < METHOD_COUNT; m++) {
		if ((d->methods & METHOD_BIT(m)) == 0)
			continue;
		printf(
		    "%s\"%s\"", some ? "," : "", method_name((enum method)m));
		some = true;
	}
	putchar(']');
	field("on_outage", explain_rule_outage(d->on_outage));
	explain_json_number("remember_minutes", d->remember_minutes);
	if (e->found == USER_FOUND) {
		fputs(",\"record\":", stdout);
		record_print_json(e->conf,
		    e->asked[0] != '\0' ? e->asked : e->target->account,
		    e->who.name[0] != '\0' ? &e->who : NULL, &e->record,
		    e->full);
	}
}

static void
explain_json_print_others(const struct explain_state *s)
{
	fputs(",\"other_sources\":[", stdout);
	for (size_t i = 0; i < s->others; i++) {
		fputs(i > 0 ? ",{\"source\":" : "{\"source\":", stdout);
		terminal_json(s->other[i].name);
		explain_json_number("wrong", s->other[i].wrong);
		explain_json_number("locked_s", s->other[i].locked_s);
		putchar('}');
	}
	putchar(']');
}

static int64_t
longest_lock(const struct explain_state *s)
{
	int64_t longest = s->user[STATUS_LOCKED_S];

	if (s->source[STATUS_LOCKED_S] > longest)
		longest = s->source[STATUS_LOCKED_S];
	if (s->account[STATUS_LOCKED_S] > longest)
		longest = s->account[STATUS_LOCKED_S];
	return longest;
}

/* What is kept of the user; a host that shares the state may not see it. */
static void
print_counts(const struct explanation *e)
{
	const struct explain_state *s = &e->state;

	explain_json_number("wrong", s->user[STATUS_WRONG]);
	explain_json_number("wrong_here", s->source[STATUS_WRONG]);
	if (e->who.name[0] != '\0' && !e->by_key)
		explain_json_number("wrong_account", s->account[STATUS_WRONG]);
	explain_json_number("locked_s", longest_lock(s));
	printf(",\"shut\":%s",
	    s->user[STATUS_SHUT] != 0 || s->account[STATUS_SHUT] != 0
		? "true"
		: "false");
	explain_json_number("recovery_left", s->user[STATUS_CODES]);
	explain_json_number("remembered", s->user[STATUS_GRACE]);
	explain_json_print_others(s);
}

static void
print_state(const struct explanation *e)
{
	const struct explain_state *s = &e->state;

	if (s->store.host[0] != '\0') {
		fputs(",\"store\":{\"host\":", stdout);
		terminal_json(s->store.host);
		field("server", s->store.server);
		putchar('}');
	}
	if (s->store.host[0] == '\0' || s->store.shown)
		print_counts(e);
	fputs(",\"limits\":[", stdout);
	for (size_t i = 0; i < s->limits; i++) {
		fputs(i > 0 ? ",{\"limit\":" : "{\"limit\":", stdout);
		terminal_json(s->used[i].name);
		explain_json_number("used", s->used[i].used);
		explain_json_number("most", s->used[i].most);
		putchar('}');
	}
	fputs("],\"providers\":[", stdout);
	for (size_t i = 0; i < s->providers; i++) {
		fputs(i > 0 ? ",{\"name\":" : "{\"name\":", stdout);
		terminal_json(s->passed[i].name);
		explain_json_number("passed_over_s", s->passed[i].passed_s);
		putchar('}');
	}
	putchar(']');
}

static void
print_end(const struct explanation *e)
{
	const struct explain_state *s = &e->state;

	field("end", s->end);
	field("reason", s->decided ? s->why : s->reason);
	field("would", s->would);
	field("ask", s->ask);
	field("method", s->method);
	field("provider", s->provider);
	field("limit", s->limit);
	field("outage", s->outage);
	explain_json_number("wait_s", s->wait_s);
	explain_json_number("age_s", s->age_s);
	printf(",\"denied\":%s", explain_denies(e) ? "true" : "false");
}

void
explain_json_print(const struct explanation *e)
{
	fputs("{\"user\":", stdout);
	terminal_json(e->target->account);
	if (e->target->person[0] != '\0')
		field("person", e->target->person);
	if (e->who.name[0] != '\0')
		field("known_by", e->by_key ? "key" : "name");
	if (e->asked[0] != '\0')
		field("asked", e->asked);
	field("service", e->login->service);
	field("address", e->address);
	field("source", e->source);
	if (e->account_known) {
		explain_json_print_rules(e);
		explain_json_print_decision(e);
		print_state(e);
	}
	print_end(e);
	puts("}");
}
