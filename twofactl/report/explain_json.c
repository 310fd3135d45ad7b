/* SPDX-License-Identifier: BSD-2-Clause */
/* Prints `twofactl explain --json`. */
#include "twofactl/report/report.h"

#include <stdio.h>

#include "twofactl/records/records.h"
#include "twofactl/terminal/terminal.h"

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
		terminal_json_text(",", "action",
		    explain_rule_action(e->conf->rule[i].action));
		terminal_json_text(",", "match", match_name(&e->each[i]));
		terminal_json_text(",", "why", why);
		putchar('}');
	}
	putchar(']');
}

static void
explain_json_print_decision(const struct explanation *e)
{
	const struct decision *d = &e->decision;
	bool some = false;

	terminal_json_number("rule", (int64_t)d->rule);
	terminal_json_text(",", "action", explain_rule_action(d->action));
	fputs(",\"methods\":[", stdout);
	for (unsigned m = METHOD_SMS; m < METHOD_COUNT; m++) {
		if ((d->methods & METHOD_BIT(m)) == 0)
			continue;
		printf(
		    "%s\"%s\"", some ? "," : "", method_name((enum method)m));
		some = true;
	}
	putchar(']');
	terminal_json_text(",", "on_outage", explain_rule_outage(d->on_outage));
	terminal_json_number("remember_minutes", d->remember_minutes);
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
		terminal_json_text(
		    i > 0 ? ",{" : "{", "source", s->other[i].name);
		terminal_json_number("wrong", s->other[i].wrong);
		terminal_json_number("locked_s", s->other[i].locked_s);
		putchar('}');
	}
	putchar(']');
}

/* What is kept of the user; a host that shares the state may not see it. */
static void
print_counts(const struct explanation *e)
{
	const struct explain_state *s = &e->state;

	terminal_json_number("wrong", s->user[STATUS_WRONG]);
	terminal_json_number("wrong_here", s->source[STATUS_WRONG]);
	if (e->who.name[0] != '\0' && !e->by_key)
		terminal_json_number("wrong_account", s->account[STATUS_WRONG]);
	terminal_json_number("locked_s", explain_longest_lock(s));
	printf(",\"shut\":%s",
	    s->user[STATUS_SHUT] != 0 || s->account[STATUS_SHUT] != 0
		? "true"
		: "false");
	terminal_json_number("recovery_left", s->user[STATUS_CODES]);
	terminal_json_number("remembered", s->user[STATUS_REMEMBERED]);
	explain_json_print_others(s);
}

static void
print_state(const struct explanation *e)
{
	const struct explain_state *s = &e->state;

	if (s->store.host[0] != '\0') {
		terminal_json_text(",\"store\":{", "host", s->store.host);
		terminal_json_text(",", "server", s->store.server);
		putchar('}');
	}
	if (s->store.host[0] == '\0' || s->store.shown)
		print_counts(e);
	fputs(",\"limits\":[", stdout);
	for (size_t i = 0; i < s->limits; i++) {
		terminal_json_text(
		    i > 0 ? ",{" : "{", "limit", s->used[i].name);
		terminal_json_number("used", s->used[i].used);
		terminal_json_number("most", s->used[i].most);
		putchar('}');
	}
	fputs("],\"providers\":[", stdout);
	for (size_t i = 0; i < s->providers; i++) {
		terminal_json_text(
		    i > 0 ? ",{" : "{", "name", s->passed[i].name);
		terminal_json_number("passed_over_s", s->passed[i].passed_s);
		putchar('}');
	}
	putchar(']');
}

static void
print_end(const struct explanation *e)
{
	const struct explain_state *s = &e->state;

	terminal_json_text(",", "end", s->end);
	terminal_json_text(",", "reason", s->decided ? s->why : s->reason);
	terminal_json_text(",", "would", s->would);
	terminal_json_text(",", "ask", s->ask);
	terminal_json_text(",", "method", s->method);
	terminal_json_text(",", "provider", s->provider);
	terminal_json_text(",", "limit", s->limit);
	terminal_json_text(",", "outage", s->outage);
	terminal_json_number("wait_s", s->wait_s);
	terminal_json_number("age_s", s->age_s);
	printf(",\"denied\":%s", explain_denies(e) ? "true" : "false");
}

void
explain_json_print(const struct explanation *e)
{
	terminal_json_text("{", "user", e->target->account);
	if (e->target->person[0] != '\0')
		terminal_json_text(",", "person", e->target->person);
	if (e->who.name[0] != '\0')
		terminal_json_text(",", "known_by", e->by_key ? "key" : "name");
	if (e->asked[0] != '\0')
		terminal_json_text(",", "asked", e->asked);
	terminal_json_text(",", "service", e->login->service);
	terminal_json_text(",", "address", e->address);
	terminal_json_text(",", "source", e->source);
	if (e->account_known) {
		explain_json_print_rules(e);
		explain_json_print_decision(e);
		print_state(e);
	}
	print_end(e);
	puts("}");
}
