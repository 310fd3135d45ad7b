/* SPDX-License-Identifier: BSD-2-Clause */
/* The forecast for a login that asks nothing. */
#include "helper/forecast/forecast_field.h"

#include "helper/factors/factors.h"

static void
denied(struct forecast_asked *out, enum reason why)
{
	out->ask = PLAN_ASK_NOTHING;
	out->reason = why;
}

/* A running message may have sent the code. */
static void
runs(const struct factors *f, struct forecast_asked *out)
{
	const struct verify *v = &f->verify;

	out->ask = PLAN_ASK_JOIN;
	out->at = v->x.p;
	out->method = v->row.method;
	out->age_s = v->age_s;
}

/* The app's code is tried first, even if a message is running. */
static void
of_code(
    struct factors *f, const struct looking *look, struct forecast_asked *out)
{
	denied(out, REASON_NO_CODE);
	if (f->use_phone && verify_join(&f->verify) == STEP_ASK)
		runs(f, out);
	else if (look->waits)
		out->ask = PLAN_ASK_WAIT;
	if (!f->use_totp)
		return;
	out->ask = PLAN_ASK_APP;
	out->at = f->app.at;
}

static void
of_recovery(const struct factors *f, struct forecast_asked *out)
{
	denied(out, REASON_NO_CODE);
	if (f->use_recovery)
		out->ask = PLAN_ASK_RECOVERY;
}

static void
sends(const struct factors *f, enum method method, struct forecast_asked *out)
{
	out->ask = PLAN_ASK_SEND;
	out->at = f->verify.x.p;
	out->method = method;
}

/* Another message of the running verification, once the wait is over. */
static void
another(struct factors *f, enum method method, struct forecast_asked *out)
{
	struct verify *v = &f->verify;

	if (!verify_next_message_by(v, method))
		denied(out, REASON_NO_METHOD);
	else if (verify_next_message_ms(v) > 0)
		runs(f, out);
	else if (verify_budget_take(v))
		sends(f, method, out);
	else
		denied(out, v->wait_s > 0 ? REASON_LIMIT : REASON_STATE);
}

static void
of_message(struct factors *f, const struct looking *look, enum method method,
    struct forecast_asked *out)
{
	enum challenge_step step;

	if (!one_field_reaches(f, method)) {
		denied(out, REASON_NO_METHOD);
		return;
	}
	if (verify_join(&f->verify) == STEP_ASK) {
		another(f, method, out);
		return;
	}
	step = look->waits ? STEP_WAIT : one_field_open(f, method);
	if (look->waits) {
		out->ask = PLAN_ASK_WAIT;
		out->at = f->verify.x.p;
	} else if (step == STEP_ASK) {
		sends(f, method, out);
	} else if (step == STEP_ADMIT && one_field_outage(f) == STEP_ADMIT) {
		out->ask = PLAN_ASK_ADMITTED;
	} else {
		denied(out,
		    step == STEP_ADMIT ? REASON_TRANSIENT
				       : look->result.reason);
	}
}

static void
of_push(struct factors *f, struct forecast_asked *out)
{
	enum challenge_step step = STEP_DENY;

	f->push.why = REASON_NO_METHOD;
	if (f->use_push && f->login->decision->push_blind)
		step = push_begin(&f->push);
	denied(out, f->push.why);
	if (step != STEP_ASK)
		return;
	out->ask = PLAN_ASK_PUSH;
	out->at = f->push.x.p;
	out->reason = REASON_NONE;
}

void
forecast_field(
    struct factors *f, struct looking *look, struct forecast_asked *out)
{
	const enum one_field kind =
	    one_field_kind(look->login.env->facts->one_field);

	switch (kind) {
	case ONE_FIELD_NONE:
		denied(out, REASON_NO_CODE);
		break;
	case ONE_FIELD_CODE:
		of_code(f, look, out);
		break;
	case ONE_FIELD_RECOVERY:
		of_recovery(f, out);
		break;
	case ONE_FIELD_SMS:
	case ONE_FIELD_CALL:
		of_message(f, look, one_field_method(kind), out);
		break;
	case ONE_FIELD_PUSH:
		of_push(f, out);
		break;
	}
	if (out->ask != PLAN_ASK_NOTHING)
		out->reason = REASON_NONE;
}
