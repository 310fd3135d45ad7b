/* SPDX-License-Identifier: BSD-2-Clause */
/* What an enrolled user is asked for first. */
#include "helper/forecast/forecast.h"

#include <stdlib.h>

#include "helper/factors/factors.h"
#include "helper/forecast/forecast_field.h"
#include "helper/forecast/forecast_steps.h"
#include "helper/login/login.h"
#include "helper/store/store.h"
#include "lib/system/system.h"
#include "lib/wire/wire.h"

static const char *const names[PLAN_ASKS] = {
	[PLAN_ASK_NOTHING] = "denied",
	[PLAN_ASK_REMEMBERED] = "remembered",
	[PLAN_ASK_SEND] = "send",
	[PLAN_ASK_JOIN] = "join",
	[PLAN_ASK_WAIT] = "wait",
	[PLAN_ASK_PUSH] = "push",
	[PLAN_ASK_APP] = "app",
	[PLAN_ASK_RECOVERY] = "recovery",
	[PLAN_ASK_HIDDEN] = "hidden",
	[PLAN_ASK_ADMITTED] = "admitted",
};

const char *
forecast_name(enum forecast ask)
{
	return names[ask];
}

/* The factor of the first prompt. */
static void
read_factor(const struct factors *f, struct forecast_asked *out)
{
	const struct verify *v = &f->verify;

	if (f->active == METHOD_PUSH) {
		out->ask = PLAN_ASK_PUSH;
		out->at = f->push.x.p;
	} else if (f->active == METHOD_TOTP) {
		out->ask = PLAN_ASK_APP;
		out->at = f->app.at;
	} else if (f->active == METHOD_RECOVERY) {
		out->ask = PLAN_ASK_RECOVERY;
	} else {
		out->ask = v->age_s < 0 ? PLAN_ASK_SEND : PLAN_ASK_JOIN;
		out->at = v->x.p;
		out->method = v->row.method;
		out->age_s = v->age_s < 0 ? 0 : v->age_s;
	}
}

/* The result of the first step. */
static void
read_step(const struct factors *f, const struct looking *look,
    enum challenge_step step, struct forecast_asked *out)
{
	if (look->waits) {
		out->ask = PLAN_ASK_WAIT;
		out->at = f->verify.x.p;
		return;
	}
	if (step == STEP_ADMIT)
		out->ask = PLAN_ASK_ADMITTED;
	else if (step == STEP_ASK || step == STEP_INSTEAD ||
	    step == STEP_LOCKED)
		read_factor(f, out);
	else
		out->reason = look->result.reason;
}

/* Behind a lock only a recovery code counts. */
static void
begin_field(struct factors *f, struct looking *look, struct forecast_asked *out)
{
	const enum one_field kind =
	    one_field_kind(look->login.env->facts->one_field);

	if (!f->locked || kind == ONE_FIELD_RECOVERY || kind == ONE_FIELD_NONE)
		forecast_field(f, look, out);
}

static void
begin(struct factors *f, struct looking *look, struct forecast_asked *out)
{
	struct challenge c;

	f->login = &look->login;
	factors_init(f, &c);
	if (factors_hide_lock(f))
		out->ask = PLAN_ASK_HIDDEN;
	else if (look->login.env->facts->one_field != NULL)
		begin_field(f, look, out);
	else
		read_step(f, look, c.begin(c.ctx), out);
	out->which = look->which;
	out->wait_s = look->wait_s;
	if (!f->locked)
		return;
	if (out->reason == REASON_NONE)
		out->reason = REASON_LOCKED;
	out->wait_s = f->locked_s;
}

/* Goes as login.c does, up to the first prompt. outage: providers that are
 * passed over are out of reach. 0 or -1. */
static int
walk(const struct forecast_query *q, bool outage, struct forecast_asked *out)
{
	unsigned char binding[STORE_GRACE_LEN];
	struct login_begin at;
	struct looking look;
	struct factors *f;
	bool bound;

	*out = (struct forecast_asked){ .which = "", .reason = REASON_STATE };
	looking_init(&look, q, outage);
	bound = remembered_login_bind(&look.login, q->address, binding);
	if (login_begin(&look.login, bound ? binding : NULL, &at,
		store_begin_look) != 0)
		return -1;
	f = calloc(1, sizeof(*f));
	if (f == NULL)
		return 0;
	out->reason = REASON_NONE;
	if (at.begun.found.remembered)
		out->ask = PLAN_ASK_REMEMBERED;
	else
		begin(f, &look, out);
	free(f);
	return look.failed || reason_is_state(look.result.reason) ? -1 : 0;
}

int
forecast(const struct forecast_query *q, struct forecast_asked *out)
{
	struct forecast_asked then;
	int passed = 0, rc;

	log_quiet(true);
	rc = walk(q, false, out);
	if (rc == 0 && (out->ask == PLAN_ASK_SEND || out->ask == PLAN_ASK_PUSH))
		passed = store_passed_over(q->store, out->at->name);
	if (passed == 1) {
		rc = walk(q, true, &then);
		out->passed = true;
		out->outage = then.ask;
	}
	log_quiet(false);
	return passed < 0 ? -1 : rc;
}
