/* SPDX-License-Identifier: BSD-2-Clause */
/* The result of a login, and the VERDICT frame with it. */
#include "helper/session/session.h"

#include "lib/system/system.h"

static const char *const outcomes[] = {
	[LOGIN_DENIED] = "denied",
	[LOGIN_ALLOWED] = "allowed",
	[LOGIN_SKIPPED] = "skipped",
	[LOGIN_OBSERVED] = "observed",
};
_Static_assert(COUNT_OF(outcomes) == LOGIN_OBSERVED + 1, "a word each");

void
login_result_init(struct login_result *r)
{
	memset(r, 0, sizeof(*r));
	r->start_ms = r->check_ms = r->store_ms = -1;
}

void
login_result_deny(
    struct login_result *r, enum frame_verdict verdict, enum reason why)
{
	r->verdict = verdict == VERDICT_ALLOW ? VERDICT_DENY : verdict;
	r->outcome = LOGIN_DENIED;
	if (r->reason == REASON_NONE)
		r->reason = why;
}

void
login_result_allow(
    struct login_result *r, enum login_outcome outcome, enum reason why)
{
	if (outcome == LOGIN_DENIED)
		return;
	r->outcome = outcome;
	r->reason = why;
	r->verdict = VERDICT_ALLOW;
}

void
login_result_end(struct login_result *r, enum reason why)
{
	if (why == REASON_NONE)
		login_result_allow(r, LOGIN_ALLOWED, REASON_NONE);
	else
		login_result_deny(r, VERDICT_DENY, why);
}

static void
put_set(struct frame *f, enum frame_field field, const char *text)
{
	if (text[0] != '\0')
		frame_put_text(f, field, text);
}

static void
put_known(struct frame *f, enum frame_field field, int64_t number)
{
	if (number >= 0)
		frame_put_number(f, field, number);
}

void
login_result_write_frame(const struct login_result *r, struct frame *f)
{
	char text[24];

	frame_put_number(f, FIELD_VERDICT, r->verdict);
	if (r->rule == 0)
		snprintf(text, sizeof(text), "default");
	else
		snprintf(text, sizeof(text), "%zu", r->rule);
	frame_put_text(f, FIELD_RULE, text);
	put_set(f, FIELD_METHOD, method_name(r->method));
	put_set(f, FIELD_PROVIDER, r->provider);
	put_set(f, FIELD_PERSON, r->person);
	put_set(f, FIELD_ASKED, r->asked);
	frame_put_text(f, FIELD_OUTCOME, outcomes[r->outcome]);
	put_set(f, FIELD_REASON, reason_word(r->reason));
	frame_put_text(f, FIELD_WOULD, r->would);
	put_set(f, FIELD_NUMBER, r->number);
	put_known(
	    f, FIELD_TRIES, r->method == METHOD_NONE ? -1 : (int64_t)r->tries);
	put_known(f, FIELD_START_MS, r->start_ms);
	put_known(f, FIELD_CHECK_MS, r->check_ms);
	put_known(f, FIELD_TOTAL_MS, r->total_ms);
	put_set(f, FIELD_REQUEST, r->request);
	put_set(f, FIELD_STORE, r->store);
	put_known(f, FIELD_STORE_MS, r->store_ms);
	put_set(f, FIELD_UNTIL, r->until);
	put_set(f, FIELD_WHY, r->why);
	put_set(f, FIELD_BY, r->by);
}

void
login_result_log_disconnect(
    const struct facts *facts, const struct login_result *result)
{
	unsigned char bytes[FRAME_MAX];
	struct logline line = { 0 };
	struct frame f;

	logline_put_value(&line, "user", facts->user);
	logline_put_value(&line, "service", facts->service);
	frame_init(&f, FRAME_VERDICT, bytes, sizeof(bytes));
	login_result_write_frame(result, &f);
	if (result->told && result->verdict != VERDICT_ALLOW)
		logline_put_verdict(
		    &line, &f, LOGLINE_DENIED, REASON_NONE, result->total_ms);
	else
		logline_put_verdict(&line, &f, LOGLINE_ENDED, REASON_PEER_GONE,
		    result->total_ms);
	/* last, because it may be long and log lines are cut */
	if (facts->rhost[0] != '\0')
		logline_put_value(&line, "rhost", facts->rhost);
	log_notice("login%s", line.text);
}
