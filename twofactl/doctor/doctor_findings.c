/* SPDX-License-Identifier: BSD-2-Clause */
/* Prints findings; finds those of rules and of shared accounts. */
#include "twofactl/doctor/doctor.h"

#include <stdlib.h>
#include <sys/socket.h>

#include "twofactl/check/check.h"

#define NAMES_SHOWN 8

/* True if the rule matches every user and address at its services. */
static bool
matches_everyone(const struct rule *r)
{
	struct network anywhere[] = { { .family = AF_INET },
		{ .family = AF_INET6 } };
	const struct rule everybody = { .services = r->services,
		.from = { 2, anywhere },
		.console_set = r->console_set,
		.console = r->console };

	return conditions_within(&everybody, r);
}

/* A condition on the console is ignored, because login usually runs there. */
size_t
doctor_find_skip_rule(const struct doctor *d, const char *service)
{
	for (size_t i = 0; d->conf != NULL && i < d->conf->rule_count; i++) {
		const struct rule *r = &d->conf->rule[i];
		const bool named = settings_list_has(&r->services, service);

		if (!matches_everyone(r) || (r->services.count > 0 && !named))
			continue;
		if (r->action == ACTION_SKIP && named)
			return i + 1;
		if (r->action == ACTION_REQUIRE || r->action == ACTION_DENY)
			return 0; /* the first match wins */
	}
	return 0;
}

/* Reports the first rule that matches every login, if it is a skip. */
static void
note_skip_rule(struct doctor *d)
{
	for (size_t i = 0; i < d->conf->rule_count; i++) {
		const struct rule *r = &d->conf->rule[i];

		if (!matches_everyone(r) || r->services.count > 0 ||
		    (r->console_set && r->console))
			continue;
		if (r->action == ACTION_SKIP)
			doctor_note(d, "skip",
			    "rule %zu allows everybody without a code%s", i + 1,
			    r->console_set ? ", except at the console" : "");
		if (!r->console_set)
			return; /* no later rule counts */
	}
}

static void
note_outage_line(void *ctx, const char *line)
{
	doctor_note(ctx, "outage", "%s", line);
}

void
doctor_outage(struct doctor *d, const char *service, int64_t deadline_ms)
{
	const struct settings_report to = { .ctx = d,
		.line = note_outage_line };

	if (d->conf != NULL)
		check_outage_deadline(d->conf, service, deadline_ms, &to);
}

static void
note_outage(struct doctor *d)
{
	const struct settings_report to = { .ctx = d,
		.line = note_outage_line };

	check_outage_idle_rules(d->conf, &to);
	check_outage_host_names(d->conf, &to);
	if (d->conf->on_outage == OUTAGE_ALLOW)
		doctor_note(d, "outage",
		    "on_outage = \"allow\": when no provider can be reached, "
		    "users who have neither an app nor recovery codes are "
		    "admitted without a code, except by a user's sudo or su");
	for (size_t i = 0; i < d->conf->rule_count; i++)
		if (d->conf->rule[i].action == ACTION_REQUIRE &&
		    d->conf->rule[i].on_outage == OUTAGE_ALLOW &&
		    !check_outage_is_idle(&d->conf->rule[i]))
			doctor_note(d, "outage",
			    "rule %zu: when no provider can be reached, users "
			    "who have neither an app nor recovery codes are "
			    "admitted without a code",
			    i + 1);
}

/* With a wrong clock every exception has ended. */
static bool
ends_soon(const struct doctor *d, const struct exception *e)
{
	const int left = day_days_left(e->until, admission_today(d->conf));

	return left >= 0 && left <= SETTINGS_SOON_DAYS;
}

static void
report_denied_line(void *ctx, const char *line)
{
	struct doctor *d = ctx;

	if (d->exception == NULL)
		doctor_note(d, "denied-later",
		    "once observe, unenrolled = \"allow\" and exceptions with "
		    "a last day have ended, %s; see: twofactl report",
		    line);
	else
		doctor_problem(d, "exception-soon",
		    "from the end of %s on, %s; enrol them (%s), or set a "
		    "later day",
		    d->exception, line,
		    settings_enrol_command(d->conf, "USER"));
}

void
doctor_report_denied(struct doctor *d)
{
	const struct settings_report to = { .ctx = d,
		.line = report_denied_line };
	struct settings last = *d->conf, next = *d->conf, ended;
	struct lockout_source source = {
		.service = d->service, .conf = &last, .then = &next
	};
	struct exception e;

	for (size_t i = 0; i < SETTINGS_EXCEPTIONS(d->conf); i++) {
		if (!settings_exception_at(d->conf, i, &e) || !ends_soon(d, &e))
			continue;
		d->exception = e.name;
		last.today = e.until;
		next.today = e.until + 1;
		(void)lockout_report_denied(&source, &to);
	}
	d->exception = NULL;
	source.conf = d->conf;
	source.then = &ended;
	if (denial_end_exceptions(d->conf, &ended) == 0)
		(void)lockout_report_denied(&source, &to);
	free(ended.rule);
}

static void
note_exceptions(struct doctor *d)
{
	const unsigned today = admission_today(d->conf);
	char end[DAY_END_MAX];
	struct exception e;

	for (size_t i = 0; i < SETTINGS_EXCEPTIONS(d->conf); i++) {
		if (!settings_exception_at(d->conf, i, &e))
			continue;
		day_end_text(e.until, today, end);
		if (e.until == 0)
			doctor_note(d, "exception-open", "%s is %s: give it %s",
			    e.name, end, e.end);
		else if (today == 0)
			doctor_problem(d, "clock", "%s is %s", e.name, end);
		else if (ends_soon(d, &e))
			doctor_note(
			    d, "exception-soon", "%s is %s", e.name, end);
	}
}

void
doctor_rules(struct doctor *d)
{
	const struct settings *conf = d->conf;
	const char *hours = check_unknown_hours(conf), *order;
	char remembers[SETTINGS_REMEMBERS_MAX];

	if (hours != NULL)
		doctor_problem(d, "time-zone", "%s", hours);
	for (size_t i = 0; i < conf->rule_count; i++)
		if (conf->rule[i].action == ACTION_OBSERVE)
			doctor_note(d, "observe",
			    "rule %zu allows logins without a code and only "
			    "logs them",
			    i + 1);
	for (size_t i = 0; i < conf->rule_count; i++)
		if (settings_remembers_long(conf, i, remembers))
			doctor_note(d, "remember-long",
			    "%s: so long a stolen key file%s is both factors",
			    remembers,
			    conf->rule[i].remember_key ? "" : ", used there,");
	note_skip_rule(d);
	note_outage(d);
	for (size_t i = 0; i < conf->rule_count; i++) {
		order = check_rule_order(conf, i);
		if (order != NULL)
			doctor_note(d, "group-order", "%s", order);
	}
	note_exceptions(d);
	if (conf->unenrolled_allow)
		doctor_note(d, "unenrolled",
		    "unenrolled = \"allow\": users without a file in %s are "
		    "admitted without a code",
		    conf->users_dir);
}

static bool
is_keyed(const struct user_person *p)
{
	return p->key[0] != '\0' || p->cert_id[0] != '\0';
}

/* Reports persons of a shared account who are asked for their name. */
static void
note_people(
    struct doctor *d, const char *account, const struct user_people *people)
{
	size_t keyed = 0;

	for (size_t i = 0; i < people->count; i++)
		keyed += is_keyed(&people->person[i]);
	/* sshd reports a key only for logins by key */
	if (keyed > 0 && !d->sshd_exempt && !d->sshd_stack.key_is_enough)
		doctor_note(d, "people",
		    "%s: %zu of its people have a key or a certificate, and "
		    "sshd's stack asks for a password: those who log in by "
		    "that alone are asked for their name; keys are seen where "
		    "AuthenticationMethods has publickey first",
		    account, keyed);
	if (keyed == 0) {
		doctor_note(d, "people",
		    "%s: none of its people has key or cert_id: each login "
		    "asks for a name",
		    account);
		return;
	}
	for (size_t i = 0, shown = 0; i < people->count; i++)
		if (!is_keyed(&people->person[i]) && shown++ < NAMES_SHOWN)
			doctor_note(d, "people",
			    "%s: %s has neither key nor cert_id and is "
			    "asked for a name",
			    account, people->person[i].name);
}

void
doctor_people(struct doctor *d)
{
	static struct user_people people;
	struct name_list users OWNED(name_list_free) = { .count = 0 };

	(void)name_list_enrolled(&users, d->conf, NULL);
	for (size_t i = 0; i < users.count; i++)
		if (user_people_read(d->conf, users.name[i], NULL, &people,
			NULL) == USER_PEOPLE)
			note_people(d, users.name[i], &people);
}

bool
doctor_finding(
    struct doctor *d, bool problem, const char *name, const char *fmt, ...)
{
	static char raw[COMPLAIN_MAX], text[4 * COMPLAIN_MAX];

	PRINT_GIVEN(raw, fmt);
	escape_text(raw, text, sizeof(text));
	if (d->run->json)
		terminal_json(",\n{kind:%s,name:%s,text:%s}",
		    problem ? "problem" : "note", name, text);
	else
		printf("%s%s: %s\n", problem ? "" : "note: ", name, text);
	(void)fflush(stdout); /* providers may be slow */
	d->problems += problem;
	return false;
}

bool
doctor_line_problem(struct doctor *d, const char *name, const char *service,
    const struct pam_stack_line *line, const char *fmt, ...)
{
	static char text[COMPLAIN_MAX];

	PRINT_GIVEN(text, fmt);
	return doctor_problem(
	    d, name, "%s: %s:%u: %s", service, line->file, line->number, text);
}

void
doctor_names_add(struct doctor_names *names, const char *user)
{
	if (names->count++ < DOCTOR_NAMES_SHOWN)
		PRINT_APPEND(
		    names->text, "%s%s", names->count > 1 ? ", " : "", user);
}
