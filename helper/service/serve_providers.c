/* SPDX-License-Identifier: BSD-2-Clause */
/* The helper's half of twofactl: requests that ask a provider. */
#include "helper/service/serve_providers.h"

#include <stdio.h>
#include <string.h>

#include "helper/calls/number_lookup.h"
#include "helper/dialogue/dialogue.h"
#include "helper/login/login.h"
#include "lib/items/items.h"
#include "lib/settings/settings.h"
#include "lib/system/system.h"
#include "lib/values/values.h"

static void
say_record(const struct ui *ui, enum record_kind kind, const char *text)
{
	char line[FRAME_PROMPT_MAX + 1];

	record_write(line, kind, &text, NULL);
	ui->say(ui->ctx, line);
}

void
serve_providers_error(void *ui, const char *line)
{
	say_record(ui, ADMIN_ERROR, line);
}

/* Passes records to the other end and answers from there. */
struct passed {
	const struct ui *peer;
	const char *name; /* answer to the first prompt; NULL: none */
};

/* Passes a line of the dialogue. */
static void
say_line(void *ctx, const char *text)
{
	say_record(((const struct passed *)ctx)->peer, ADMIN_SAY, text);
}

static enum ui_result
pass_ask(void *ctx, const char *prompt, int64_t deadline,
    const struct ui_idle *idle, struct ui_answer *a)
{
	struct passed *p = ctx;

	if (p->name == NULL)
		return p->peer->ask(p->peer->ctx, prompt, deadline, idle, a);
	snprintf(a->text, sizeof(a->text), "%s", p->name);
	a->typed = strlen(p->name);
	p->name = NULL;
	return UI_ANSWER;
}

static void
run_dialogue(const struct environment *env, const char *name,
    struct login_result *result, serve_with_network *run)
{
	struct passed passed = { .peer = env->ui, .name = name };
	const struct ui ui = {
		.ctx = &passed, .say = say_line, .ask = pass_ask
	};
	struct environment inner = *env;

	inner.ui = &ui;
	run(&inner, result);
}

/* The first prompt of a shared account asks which person it is. */
void
serve_test(const struct environment *env, struct login_result *result)
{
	struct facts facts = *env->facts;
	struct environment login = *env;
	struct kept_name name;

	(void)kept_name_read(&name, facts.user); /* user_fits */
	facts.user = name.account;
	login.facts = &facts;
	log_notice("twofactl: test of %s by %s: nobody is let in by it",
	    facts.service, facts.request[0] != '\0' ? facts.request : "root");
	run_dialogue(&login, name.person[0] != '\0' ? name.person : NULL,
	    result, login_run);
}

void
serve_lookup(const struct environment *env, struct login_result *result)
{
	struct user_record record = { .enabled = true };
	char line[FRAME_PROMPT_MAX + 1];
	struct number_facts lookup;
	const char *country = lookup.country;
	int64_t number[3];

	if (!phone_valid(env->facts->request)) {
		result_deny(result, VERDICT_DENY, REASON_USAGE);
		return;
	}
	snprintf(record.phone, sizeof(record.phone), "%s", env->facts->request);
	if (!number_lookup_run(env, &record, &lookup)) {
		result_deny(result, VERDICT_DENY, REASON_NOTHING);
		return;
	}
	number[0] = lookup.valid;
	number[1] = lookup.reachable;
	number[2] = lookup.line;
	record_write(line, ADMIN_LOOKUP, &country, number);
	env->ui->say(env->ui->ctx, line);
	result_allow(result, LOGIN_ALLOWED, REASON_NONE);
}

void
serve_enrolment(const struct environment *env, struct login_result *result)
{
	run_dialogue(env, NULL, result, serve_enrol);
}
