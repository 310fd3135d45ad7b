/* SPDX-License-Identifier: BSD-2-Clause */
/* Sentences of `twofactl explain`: rules, outcome, times. */
#include "twofactl/report/report.h"

int64_t
explain_longest_lock(const struct explain_state *s)
{
	int64_t longest = s->user[STATUS_LOCKED_S];

	if (s->source[STATUS_LOCKED_S] > longest)
		longest = s->source[STATUS_LOCKED_S];
	if (s->account[STATUS_LOCKED_S] > longest)
		longest = s->account[STATUS_LOCKED_S];
	return longest;
}

bool
explain_outage_allow_is_withheld(const struct explanation *e)
{
	const size_t n = e->decision.rule;
	enum on_outage set = e->conf->on_outage;

	if (n > 0 && e->conf->rule[n - 1].on_outage != OUTAGE_UNSET)
		set = e->conf->rule[n - 1].on_outage;
	return set == OUTAGE_ALLOW && !e->facts.real_root;
}

void
explain_rule_why(
    const struct explanation *e, size_t rule, char out[CONDITION_TEXT_MAX])
{
	const struct condition_lookup lookup = { e->results[rule].by, e->conf,
		&e->conf->rule[rule], &e->facts };

	if (lookup.c != NULL)
		lookup.c->why(&lookup, out);
	else
		snprintf(out, CONDITION_TEXT_MAX,
		    e->results[rule].end == POLICY_MATCHES ? "matches"
							   : "not looked at");
}

void
explain_time_span(int64_t seconds, char out[TIME_SPAN_MAX])
{
	long long minutes = (long long)((seconds + 59) / 60);

	if (seconds < 60)
		snprintf(out, TIME_SPAN_MAX, "%lld s", (long long)seconds);
	else if (minutes < 60)
		snprintf(out, TIME_SPAN_MAX, "%lld min", minutes);
	else if (minutes % 60 == 0)
		snprintf(out, TIME_SPAN_MAX, "%lld h", minutes / 60);
	else
		snprintf(out, TIME_SPAN_MAX, "%lld h %lld min", minutes / 60,
		    minutes % 60);
}

static bool
word_is(const char *word, const char *other)
{
	return strcmp(word, other) == 0;
}

/* True if the field of PASSWORD,WORD has a code sent for the next login. */
static bool
requests_send(const struct explanation *e)
{
	const enum one_field kind = e->login->one_field != NULL
	    ? one_field_kind_of(e->login->one_field)
	    : ONE_FIELD_NONE;

	return e->state.decided &&
	    (kind == ONE_FIELD_SMS || kind == ONE_FIELD_CALL) &&
	    !word_is(e->state.ask, "admitted") &&
	    !word_is(e->state.ask, "remembered");
}

/* Sets what the state has: forecast by the helper, if it was asked. */
static struct denial_login
login_of(const struct explanation *e)
{
	const struct explain_state *s = &e->state;
	const char *field = e->login->one_field;
	const bool typed =
	    field == NULL || one_field_kind_of(field) == ONE_FIELD_RECOVERY;
	struct denial_login l = { .found = e->found, .record = &e->record };
	bool none;

	if (typed && s->user[STATUS_CODES] > 0)
		l.state.codes |= METHOD_BIT(METHOD_RECOVERY);
	if (typed && s->bypass > 0)
		l.state.codes |= METHOD_BIT(METHOD_BYPASS);
	l.state.invited = typed && s->invitations > 0;
	l.state.forecast = word_is(s->end, "on");
	/* a host that may not see the counts knows no codes */
	none = (l.state.codes & e->decision.methods) == 0 &&
	    (word_is(s->ask, "hidden") ||
		(word_is(s->ask, "recovery") &&
		    (e->status.store.host[0] == '\0' ||
			e->status.store.shown)));
	if (!s->decided || word_is(s->ask, "denied") || none)
		l.state.why = reason_from_word(s->why);
	if (l.state.why == REASON_NONE && (!s->decided || none))
		l.state.why = REASON_NO_METHOD;
	return l;
}

static bool
is_denied(const struct explanation *e)
{
	struct admission plan = { .end = ADMISSION_ON,
		.reason = reason_from_word(e->state.reason) };
	const struct denial_login l = login_of(e);

	while (plan.end > ADMISSION_DENY &&
	    !word_is(admission_end_name(plan.end), e->state.end))
		plan.end--;
	plan = denial_add_state(plan, e->conf, &e->decision, &l);
	return denial_is_denied(&plan);
}

bool
explain_is_denied(const struct explanation *e)
{
	return is_denied(e) || word_is(e->state.ask, "denied") ||
	    requests_send(e);
}

/* Prints text with user in place of each %s. */
static void
print_with_user(const char *text, const char *user)
{
	const char *mark;

	while ((mark = strstr(text, "%s")) != NULL) {
		printf("%.*s%s", (int)(mark - text), text, user);
		text = mark + 2;
	}
	fputs(text, stdout);
}

/* Arguments of a command for the user who is asked for the code, which may be
 * the caller of su: record and locks are that user's. */
static const char *
explain_asked_arguments(const struct explanation *e)
{
	return e->asked[0] != '\0' ? terminal_shell_quote(e->asked)
				   : command_target_arguments(e->target);
}

/* Prints the sentence of a reason; an unknown word unchanged. */
static void
print_reason(const struct explanation *e, const char *word)
{
	const enum reason why = reason_from_word(word);
	const struct reason_text *t = reason_text(why);

	if (t->sentence[0] == '\0') {
		fputs(word, stdout);
		return;
	}
	print_with_user(t->sentence,
	    e->asked[0] != '\0' ? e->asked : command_target_text(e->target));
	if (t->remedy[0] != '\0')
		fputs("; ", stdout);
	if (why == REASON_UNENROLLED) {
		printf("run: %s",
		    settings_enrol_command(
			e->conf, explain_asked_arguments(e)));
		return;
	}
	print_with_user(t->remedy, explain_asked_arguments(e));
}

static void
print_obstacle(const struct explanation *e)
{
	const struct explain_state *s = &e->state;
	const enum reason why = reason_from_word(s->why);
	char span[TIME_SPAN_MAX];

	explain_time_span(s->wait_s, span);
	if (why == REASON_LOCKED)
		printf("locked %s%s", s->wait_s > 0 ? "for " : "",
		    s->wait_s > 0 ? span : "until unlock");
	else if (why == REASON_SPENT)
		printf("too many wrong codes for the last message; another can "
		       "go out in %s",
		    span);
	else if (strcmp(s->limit, ITEM_INVITED) == 0)
		printf(
		    "no message is sent before an invitation is used, for %s",
		    span);
	else if (s->limit[0] != '\0')
		printf("%s is used up for %s", s->limit, span);
	else
		print_reason(e, s->why);
}

static void
print_denied(const struct explanation *e)
{
	const char *user = explain_asked_arguments(e);

	printf("%s would be denied: ", command_target_text(e->target));
	print_obstacle(e);
	if (reason_from_word(e->state.why) == REASON_LOCKED)
		printf("; run: twofactl unlock %s", user);
	else if (reason_limit_is_user(e->state.limit))
		printf("; wait, or run: twofactl unlock --sends %s", user);
	puts(".");
}

static void
print_recovery(const struct explanation *e)
{
	const struct explain_state *s = &e->state;

	printf("%s would be asked for a recovery code",
	    command_target_text(e->target));
	if (s->why[0] != '\0' || s->limit[0] != '\0') {
		fputs(", since ", stdout);
		print_obstacle(e);
	}
	puts(".");
}

/* Prints the outcome if all providers that are passed over still fail. */
static void
print_outage(const struct explanation *e)
{
	static const struct {
		const char *ask, *text;
	} outages[] = {
		{ "admitted",
		    "admitted without a code, unless the name of the provider "
		    "is not resolved" },
		{ "app", "asked for the code of the authenticator app" },
		{ "recovery", "asked for a recovery code" },
		{ "push", "asked by a push" },
		{ "send", "sent a code by another provider" },
		{ "join", "asked for a code that another provider sent" },
		{ "wait", "sent a code by another provider" },
		{ "denied", "denied" },
	};
	const char *text = "denied";

	if (e->state.outage[0] == '\0') {
		puts(".");
		return;
	}
	for (size_t i = 0; i < COUNT_OF(outages); i++)
		if (word_is(outages[i].ask, e->state.outage))
			text = outages[i].text;
	printf("; if it is still out of reach, as a moment ago, %s would be %s "
	       "(on_outage = \"%s\"%s).\n",
	    command_target_text(e->target), text,
	    explain_outage_allow_is_withheld(e)
		? "allow"
		: settings_on_outage_name(e->decision.on_outage),
	    explain_outage_allow_is_withheld(e)
		? ", which holds only where the service runs as root by itself"
		: "");
}

/* With one field, the text after the password is checked and nothing is asked.
 * Returns false if the sentence is the same as at a prompt. */
static bool
print_field(const struct explanation *e)
{
	const struct explain_state *s = &e->state;
	const char *user = command_target_text(e->target);
	char span[TIME_SPAN_MAX];

	explain_time_span(s->age_s, span);
	if (word_is(s->ask, "send")) {
		printf("%s would be sent a code by %s, by provider %s, and be "
		       "denied; then PASSWORD,CODE is accepted.\n",
		    user, s->method, s->provider);
	} else if (word_is(s->ask, "join") && requests_send(e)) {
		printf("%s would be denied, and no other code be sent yet: "
		       "provider %s sent one by %s %s ago; PASSWORD,CODE is "
		       "accepted.\n",
		    user, s->provider, s->method, span);
	} else if (word_is(s->ask, "join")) {
		printf("the code of %s would be checked against the one that "
		       "provider %s sent by %s %s ago.\n",
		    user, s->provider, s->method, span);
	} else if (word_is(s->ask, "app")) {
		printf("the code of %s would be checked as the authenticator "
		       "app's%s.\n",
		    user,
		    s->method[0] != '\0'
			? ", then as that of the message that was sent"
			: "");
	} else if (word_is(s->ask, "recovery")) {
		printf("the recovery code of %s would be checked.\n", user);
	} else if (word_is(s->ask, "hidden")) {
		printf("%s would be denied, and no code be right but a "
		       "recovery code: ",
		    user);
		print_obstacle(e);
		puts(", and tell_locked = false.");
	} else {
		return false;
	}
	return true;
}

static void
print_ask(const struct explanation *e)
{
	const struct explain_state *s = &e->state;
	const char *user = command_target_text(e->target);
	char span[TIME_SPAN_MAX];

	if (e->login->one_field != NULL && print_field(e))
		return;
	if (word_is(s->ask, "denied")) {
		print_denied(e);
	} else if (word_is(s->ask, "recovery")) {
		(is_denied(e) ? print_denied : print_recovery)(e);
	} else if (word_is(s->ask, "hidden")) {
		printf("%s would see the usual prompts, and no code would be "
		       "right but a recovery code: ",
		    user);
		print_obstacle(e);
		puts(", and tell_locked = false.");
	} else if (word_is(s->ask, "remembered")) {
		printf("%s would be allowed without a code: such a login is "
		       "remembered.\n",
		    user);
	} else if (word_is(s->ask, "send")) {
		printf("%s would be sent a code by %s, by provider %s", user,
		    s->method, s->provider);
		print_outage(e);
	} else if (word_is(s->ask, "join")) {
		explain_time_span(s->age_s, span);
		printf("%s would be asked for the code that provider %s sent "
		       "by %s %s ago.\n",
		    user, s->provider, s->method, span);
	} else if (word_is(s->ask, "wait")) {
		printf("%s would wait for the code that another login is just "
		       "having sent by provider %s.\n",
		    user, s->provider);
	} else if (word_is(s->ask, "push")) {
		printf("%s would %s, by provider %s", user,
		    word_is(s->method, "page") ? "be shown a page to approve on"
					       : "get a push",
		    s->provider);
		print_outage(e);
	} else {
		printf("%s would be asked for the code of the authenticator "
		       "app%s%s.\n",
		    user,
		    s->provider[0] != '\0' ? ", checked by provider " : "",
		    s->provider);
	}
}

void
explain_until_print(
    const struct explanation *e, const char *key, unsigned until)
{
	char end[DAY_END_MAX];

	day_end_text(until, e->facts.today, end);
	if (until != 0)
		printf(", %s: %s", key, end);
}

void
explain_end_print(const struct explanation *e)
{
	const struct explain_state *s = &e->state;
	const char *user = command_target_text(e->target);

	if (word_is(s->end, "on")) {
		print_ask(e);
		return;
	}
	if (word_is(s->end, "skipped")) {
		printf(
		    "%s would be allowed without a code: the rule says skip.\n",
		    user);
		return;
	}
	if (word_is(s->end, "observed")) {
		printf("%s would be allowed: the rule says observe, and the "
		       "log would=%s.\n",
		    user, s->would);
		return;
	}
	if (word_is(s->end, "unenrolled"))
		printf("%s would be admitted without a code, since unenrolled "
		       "= \"allow\"",
		    user);
	else if (word_is(s->end, "enrol"))
		printf("%s would be asked for a phone, to enrol", user);
	else if (!explain_is_denied(e))
		printf("%s would be allowed by an invitation alone", user);
	else
		printf("%s would be denied%s", user,
		    word_is(s->end, "told") ? " after reading unenrolled_text"
					    : "");
	if (word_is(s->reason, reason_word(REASON_UNENROLLED)) &&
	    e->conf->unenrolled_allow)
		explain_until_print(
		    e, "unenrolled_until", e->conf->unenrolled_until);
	fputs(": ", stdout);
	print_reason(e, s->reason);
	puts(".");
}
