/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The simulated Telnyx Verify: its routes, and what each judges in which
 * order. Source: the OpenAPI document, tag Verify.
 */
#include "tests/simulator/telnyx/telnyx_verify.h"

#include <stdio.h>
#include <string.h>

#include "tests/simulator/core/provider.h"
#include "tests/simulator/core/random.h"
#include "tests/simulator/core/sandbox.h"
#include "tests/simulator/core/world.h"
#include "tests/simulator/telnyx/telnyx.h"
#include "tests/simulator/telnyx/telnyx_errors.h"
#include "tests/simulator/telnyx/telnyx_verify_params.h"
#include "tests/simulator/telnyx/telnyx_verify_replies.h"
#include "tests/simulator/telnyx/telnyx_verify_state.h"

static int gone; /* 1: what has ended is 404 to a check, not rejected */

static void
refuse_unknown(struct sim_reply *reply)
{
	telnyx_refuse(reply, 404, "10005",
	    "The requested resource or URL could not be found.", NULL);
}

/* What only this API's sandbox numbers refuse: true when reply says no. */
static bool
scripted(const char *number, struct sim_reply *reply)
{
	static const struct {
		int script, http;
		const char *code, *detail, *source;
	} refusals[] = {
		{ 2, 422, "10015", "The verify profile cannot be used.",
		    "/verify_profile_id" },
		{ 6, 422, "10001", "The phone number is inactive.",
		    "/phone_number" },
		{ 7, 403, "10010",
		    "The destination is blocked for suspected fraud.", NULL },
		{ 15, 422, "10002", "The phone number is invalid.",
		    "/phone_number" },
		{ 29, 403, "10010",
		    "The destination is not enabled on the verify profile.",
		    NULL },
	};
	const int script = sandbox_script(number);

	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
		if (script == refusals[i].script) {
			telnyx_refuse(reply, refusals[i].http, refusals[i].code,
			    refusals[i].detail, refusals[i].source);
			return true;
		}
	return telnyx_scripted(number, reply);
}

static void
start(const struct sim_request *req, struct sim_reply *reply,
    enum telnyx_channel channel)
{
	struct telnyx_start s = { .channel = channel };

	if (!telnyx_admit(req, reply) ||
	    !telnyx_verify_params(req, reply, &s) || scripted(s.number, reply))
		return;
	s.account = telnyx_account(req);
	telnyx_say_one(reply, telnyx_open(&s));
}

static void
start_sms(const struct sim_request *req, struct sim_reply *reply)
{
	start(req, reply, TELNYX_SMS);
}

static void
start_call(const struct sim_request *req, struct sim_reply *reply)
{
	start(req, reply, TELNYX_CALL);
}

static void
start_whatsapp(const struct sim_request *req, struct sim_reply *reply)
{
	start(req, reply, TELNYX_WHATSAPP);
}

/* Our accounts have not got it: its code is the caller's number. */
static void
start_flashcall(const struct sim_request *req, struct sim_reply *reply)
{
	if (telnyx_admit(req, reply) &&
	    telnyx_number(req, reply, "phone_number") != NULL &&
	    telnyx_uuid(req, reply, "verify_profile_id") != NULL)
		telnyx_refuse(reply, 403, "10010",
		    "Flash calling is not enabled for this account.", NULL);
}

static void
fetch(const struct sim_request *req, struct sim_reply *reply)
{
	const struct telnyx_verification *v;
	const char *id;

	if (!telnyx_admit(req, reply))
		return;
	id = telnyx_path_id(req, reply);
	if (id == NULL)
		return;
	v = telnyx_find(id, telnyx_account(req));
	if (v != NULL)
		telnyx_say_one(reply, v);
	else
		refuse_unknown(reply);
}

static void
say_tried(
    struct sim_reply *reply, const struct telnyx_verification *v, bool accepted)
{
	const int script = sandbox_script(v->start.number);
	char other[17];

	snprintf(other, sizeof(other), "%s", v->start.number);
	if (accepted && (script == 51 || script == 52))
		random_digits(other + strlen(other) - 4, 4);
	telnyx_say_checked(
	    reply, accepted && script == 53 ? NULL : other, accepted);
}

/*
 * Who sent a code of his own may judge it himself. Without one the member is
 * of no use.
 */
static void
declare(
    struct telnyx_verification *v, const char *word, struct sim_reply *reply)
{
	const bool accepted = strcmp(word, "accepted") == 0;

	if (v->start.custom[0] == '\0' ||
	    (!accepted && strcmp(word, "rejected") != 0)) {
		telnyx_refuse(reply, 422, "10015",
		    "The status needs a custom code, and is accepted or "
		    "rejected.",
		    "/status");
		return;
	}
	if (telnyx_status_now(v) == TELNYX_PENDING) {
		telnyx_end(v, accepted ? TELNYX_ACCEPTED : TELNYX_INVALID);
		say_tried(reply, v, accepted);
		return;
	}
	say_tried(reply, v, false);
}

static void
check(const struct sim_request *req, struct sim_reply *reply)
{
	struct telnyx_verification *v;
	const char *id, *code;

	if (!telnyx_admit(req, reply))
		return;
	id = telnyx_path_id(req, reply);
	if (id == NULL)
		return;
	v = telnyx_find(id, telnyx_account(req));
	if (v == NULL || (gone && telnyx_status_now(v) != TELNYX_PENDING)) {
		refuse_unknown(reply);
		return;
	}
	if (request_field(req, "code") == NULL &&
	    request_field(req, "status") != NULL) {
		code = telnyx_text(req, reply, "status");
		if (code != NULL)
			declare(v, code, reply);
		return;
	}
	code = telnyx_text(req, reply, "code");
	if (code != NULL)
		say_tried(reply, v, telnyx_try(v, code));
}

static void
list(const struct sim_request *req, struct sim_reply *reply)
{
	const char *number;

	if (!telnyx_admit(req, reply))
		return;
	number = telnyx_path_number(req, reply);
	if (number != NULL)
		telnyx_say_list(reply, number, telnyx_account(req));
}

/* Any open verification of the number may be meant; its newest is asked. */
static void
check_by_number(const struct sim_request *req, struct sim_reply *reply)
{
	struct telnyx_verification *v;
	const char *number, *code, *profile;

	if (!telnyx_admit(req, reply))
		return;
	number = telnyx_path_number(req, reply);
	if (number == NULL)
		return;
	code = telnyx_text(req, reply, "code");
	if (code == NULL)
		return;
	profile = telnyx_uuid(req, reply, "verify_profile_id");
	if (profile == NULL)
		return;
	v = telnyx_newest(number, profile, telnyx_account(req), 0);
	if (v == NULL || (gone && telnyx_status_now(v) != TELNYX_PENDING))
		refuse_unknown(reply);
	else
		say_tried(reply, v, telnyx_try(v, code));
}

static void
profiles(const struct sim_request *req, struct sim_reply *reply)
{
	if (telnyx_admit(req, reply))
		telnyx_say_profiles(reply);
}

static void
profile(const struct sim_request *req, struct sim_reply *reply)
{
	const char *id;

	if (!telnyx_admit(req, reply))
		return;
	id = telnyx_path_id(req, reply);
	if (id != NULL)
		telnyx_say_profile(reply, id);
}

static void
sample(const struct sim_request *req, struct sim_reply *reply)
{
	struct telnyx_verification v = { 0 };
	const struct telnyx_verification *known;
	const char *number = request_value(req, "phone_number");

	known = telnyx_find(req->part[0], telnyx_account(req));
	if (known != NULL)
		v = *known;
	else
		random_uuid(v.id);
	if (number != NULL)
		snprintf(
		    v.start.number, sizeof(v.start.number), "%.16s", number);
	if (known == NULL)
		v.ends_at = WORLD_NEVER;
	if (request_field(req, "code") != NULL)
		telnyx_say_checked(reply, v.start.number, true);
	else
		telnyx_say_one(reply, &v);
}

static int
set(const char *name, int value)
{
	int rc = telnyx_set(name, value);

	if (rc == 1)
		rc = telnyx_verify_set(name, value);
	if (rc != 1 || strcmp(name, "telnyx_gone") != 0)
		return rc;
	if (value < 0 || value > 1)
		return -1;
	gone = value;
	return 0;
}

static void
reset(void)
{
	telnyx_reset();
	telnyx_verify_reset();
	gone = 0;
}

static const struct sim_route routes[] = {
	{ SIM_POST, "/v2/verifications/sms", "start", start_sms },
	{ SIM_POST, "/v2/verifications/call", "start", start_call },
	{ SIM_POST, "/v2/verifications/whatsapp", "start", start_whatsapp },
	{ SIM_POST, "/v2/verifications/flashcall", "start", start_flashcall },
	{ SIM_GET, "/v2/verifications/{}", "poll", fetch },
	{ SIM_POST, "/v2/verifications/{}/actions/verify", "check", check },
	{ SIM_GET, "/v2/verifications/by_phone_number/{}", "poll", list },
	{ SIM_POST, "/v2/verifications/by_phone_number/{}/actions/verify",
	    "check", check_by_number },
	{ SIM_GET, "/v2/verify_profiles", "control", profiles },
	{ SIM_GET, "/v2/verify_profiles/{}", "control", profile },
	{ 0 },
};

static const char *const ids[] = { "data.id", "data.phone_number", NULL };
static const struct sim_shape shape = {
	.verdict = "data.response_code",
	.good = "accepted",
	.ids = ids,
};

static const char *const codes[] = { "custom_code", NULL };

const struct sim_provider telnyx_verify_provider = {
	.name = "telnyx-verify",
	.vendor = "telnyx",
	.routes = routes,
	.reset = reset,
	.next_due = telnyx_verify_due,
	.fire = telnyx_verify_fire,
	.sample = sample,
	.throttled = telnyx_throttled,
	.internal = telnyx_internal,
	.set = set,
	.shape = &shape,
	.codes = codes,
};
