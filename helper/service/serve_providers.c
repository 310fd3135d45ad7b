/* SPDX-License-Identifier: BSD-2-Clause */
/* The helper's half of twofactl: what asks a provider. */
#include "helper/service/serve_providers.h"

#include <stdio.h>
#include <string.h>

#include "helper/calls/number_lookup.h"
#include "helper/dialogue/ui.h"
#include "helper/login/login.h"
#include "lib/records/record.h"
#include "lib/settings/user_record.h"
#include "lib/system/log.h"
#include "lib/values/phone.h"

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

/* A dialogue's line. */
static void
say_line(void *ctx, const char *text)
{
	say_record(ctx, ADMIN_SAY, text);
}

static enum ui_result
pass_ask(void *ctx, const char *prompt, int64_t deadline,
    const struct ui_idle *idle, struct ui_answer *a)
{
	const struct ui *peer = ctx;

	return peer->ask(peer->ctx, prompt, deadline, idle, a);
}

static void
run_dialogue(const struct environment *env, struct login_result *result,
    serve_with_network *run)
{
	const struct ui ui = {
		.ctx = (void *)env->ui, .say = say_line, .ask = pass_ask
	};
	struct environment inner = *env;

	inner.ui = &ui;
	run(&inner, result);
}

void
serve_test(const struct environment *env, struct login_result *result)
{
	const struct facts *f = env->facts;

	log_notice("twofactl: test of %s by %s: nobody is let in by it",
	    f->service, f->request[0] != '\0' ? f->request : "root");
	run_dialogue(env, result, login_run);
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
	run_dialogue(env, result, serve_enrol);
}
