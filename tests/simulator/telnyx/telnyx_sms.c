/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The simulated Telnyx Messages: its routes, and what each judges in which
 * order. Source: the OpenAPI document, tag Messages. MMS and messages to a
 * later time are refused.
 */
#include "tests/simulator/telnyx/telnyx_sms.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "tests/simulator/core/provider.h"
#include "tests/simulator/core/random.h"
#include "tests/simulator/core/sandbox.h"
#include "tests/simulator/core/world.h"
#include "tests/simulator/telnyx/telnyx.h"
#include "tests/simulator/telnyx/telnyx_errors.h"
#include "tests/simulator/telnyx/telnyx_sms_replies.h"
#include "tests/simulator/telnyx/telnyx_sms_state.h"

enum { TELNYX_PARTS_MAX = 10 };

static const char pool_number[] = "+13125550142";

static void
refuse_value(struct sim_reply *reply, const char *name, const char *detail)
{
	char pointer[80];

	snprintf(pointer, sizeof(pointer), "/%s", name);
	telnyx_refuse(reply, 422, "10015", detail, pointer);
}

/* The members that change nothing here must have their types: else false. */
static bool
optional(const struct sim_request *req, struct sim_reply *reply)
{
	static const struct {
		const char *name;
		enum request_type type;
	} members[] = {
		{ "use_profile_webhooks", REQUEST_BOOL },
		{ "auto_detect", REQUEST_BOOL },
		{ "webhook_url", REQUEST_TEXT },
		{ "webhook_failover_url", REQUEST_TEXT },
		{ "messaging_profile_id", REQUEST_TEXT },
		{ "from", REQUEST_TEXT },
		{ "type", REQUEST_TEXT },
		{ "encoding", REQUEST_TEXT },
	};

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		if (telnyx_mistyped(req, members[i].name, members[i].type)) {
			refuse_value(reply, members[i].name,
			    "The parameter has the wrong type.");
			return false;
		}
	return true;
}

/* SMS now, in an encoding that there is: else false. */
static bool
kind(const struct sim_request *req, struct sim_reply *reply)
{
	const char *type = request_value(req, "type");
	const char *encoding = request_value(req, "encoding");

	if (type != NULL && strcmp(type, "SMS") != 0)
		refuse_value(reply, "type", "Only SMS can be sent.");
	else if (telnyx_given(req, "media_urls"))
		refuse_value(reply, "media_urls", "Only SMS can be sent.");
	else if (telnyx_given(req, "send_at"))
		refuse_value(
		    reply, "send_at", "Only messages for now can be sent.");
	else if (encoding != NULL && strcmp(encoding, "auto") != 0 &&
	    strcmp(encoding, "gsm7") != 0 && strcmp(encoding, "ucs2") != 0)
		refuse_value(reply, "encoding", "Unknown encoding.");
	else
		return true;
	return false;
}

static bool
take_to(const struct sim_request *req, struct sim_reply *reply, char *out,
    size_t size)
{
	const char *to = telnyx_text(req, reply, "to");

	if (to == NULL)
		return false;
	if (!telnyx_is_number(to) && !telnyx_is_digits(to, 5, 6)) {
		telnyx_refuse(reply, 400, "40310",
		    "The 'to' address should be in +E.164 format.", "/to");
		return false;
	}
	snprintf(out, size, "%s", to);
	return true;
}

static bool
take_text(const struct sim_request *req, struct sim_reply *reply,
    struct telnyx_send *out)
{
	const char *encoding = request_value(req, "encoding");
	const char *text = telnyx_text(req, reply, "text");

	if (text == NULL)
		return false;
	snprintf(out->text, sizeof(out->text), "%s", text);
	out->parts = telnyx_parts(
	    text, encoding != NULL && strcmp(encoding, "ucs2") == 0);
	if (encoding != NULL && strcmp(encoding, "gsm7") == 0 &&
	    !out->parts.gsm7) {
		telnyx_refuse(reply, 400, "10015",
		    "The text has characters that GSM-7 cannot encode.",
		    "/text");
		return false;
	}
	if (out->parts.parts <= TELNYX_PARTS_MAX)
		return true;
	refuse_value(reply, "text", "The text needs more than 10 parts.");
	return false;
}

/* 1 to 11 letters, digits and blanks, with a letter. */
static bool
is_alphanumeric(const char *s)
{
	const size_t n = strspn(s,
	    " 0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");

	return n >= 1 && n <= 11 && s[n] == '\0' &&
	    s[strspn(s, " 0123456789")] != '\0';
}

static bool
take_profile(const struct sim_request *req, struct sim_reply *reply,
    struct telnyx_send *out)
{
	const char *id = request_value(req, "messaging_profile_id");

	if (id == NULL)
		return true;
	if (telnyx_uuid(req, reply, "messaging_profile_id") == NULL)
		return false;
	snprintf(out->profile, sizeof(out->profile), "%s", id);
	return true;
}

/* The sender; behind the profile, which stands in for it or goes with it. */
static bool
take_from(const struct sim_request *req, struct sim_reply *reply,
    struct telnyx_send *out)
{
	const char *from = request_value(req, "from");
	const bool word = from != NULL && is_alphanumeric(from);

	if (from == NULL && out->profile[0] == '\0') {
		telnyx_refuse(reply, 422, "10004",
		    "A 'from' address or a 'messaging_profile_id' is "
		    "required.",
		    "/from");
		return false;
	}
	if (word && out->profile[0] == '\0') {
		telnyx_refuse(reply, 422, "10004",
		    "An alphanumeric sender needs a 'messaging_profile_id'.",
		    "/messaging_profile_id");
		return false;
	}
	if (from != NULL && !word && !telnyx_is_number(from) &&
	    !telnyx_is_digits(from, 5, 6)) {
		telnyx_refuse(reply, 400, "40305",
		    "The 'from' address is not valid.", "/from");
		return false;
	}
	snprintf(out->from, sizeof(out->from), "%.16s",
	    from != NULL ? from : pool_number);
	return true;
}

/* What only this API's sandbox numbers refuse: true when reply says no. */
static bool
scripted(const char *number, struct sim_reply *reply)
{
	static const struct {
		int script, http;
		const char *code, *detail;
	} refusals[] = {
		{ 2, 400, "40312", "The messaging profile is disabled." },
		{ 6, 400, "40310", "The 'to' address cannot be routed." },
		{ 7, 400, "40322", "The message was blocked as spam." },
		{ 9, 429, "40333", "The daily spend limit is reached." },
		{ 10, 400, "40300",
		    "Messages cannot be sent from your number to the "
		    "recipient, who has opted out." },
		{ 29, 400, "40309",
		    "The destination country is not allowed on the "
		    "messaging profile." },
	};
	const int script = sandbox_script(number);

	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
		if (script == refusals[i].script) {
			telnyx_refuse(reply, refusals[i].http, refusals[i].code,
			    refusals[i].detail, "/to");
			return true;
		}
	return telnyx_scripted(number, reply);
}

static void
finish(const struct sim_request *req, struct sim_reply *reply,
    struct telnyx_send *s)
{
	if (scripted(s->to, reply))
		return;
	s->account = telnyx_account(req);
	telnyx_say_message(reply, telnyx_send(s), true);
}

static void
send_any(const struct sim_request *req, struct sim_reply *reply)
{
	struct telnyx_send s = { 0 };

	if (telnyx_admit(req, reply) && optional(req, reply) &&
	    kind(req, reply) && take_to(req, reply, s.to, sizeof(s.to)) &&
	    take_text(req, reply, &s) && take_profile(req, reply, &s) &&
	    take_from(req, reply, &s))
		finish(req, reply, &s);
}

/* A word as the sender is required here, and unknown in North America. */
static void
send_word(const struct sim_request *req, struct sim_reply *reply)
{
	struct telnyx_send s = { 0 };
	const char *from;

	if (!telnyx_admit(req, reply) || !optional(req, reply))
		return;
	from = telnyx_text(req, reply, "from");
	if (from == NULL || !take_to(req, reply, s.to, sizeof(s.to)) ||
	    !take_text(req, reply, &s) ||
	    telnyx_uuid(req, reply, "messaging_profile_id") == NULL ||
	    !take_profile(req, reply, &s))
		return;
	if (!is_alphanumeric(from) || strncmp(s.to, "+1", 2) == 0) {
		telnyx_refuse(reply, 422, "40305",
		    "The alphanumeric sender cannot be used for this "
		    "destination.",
		    "/from");
		return;
	}
	snprintf(s.from, sizeof(s.from), "%s", from);
	finish(req, reply, &s);
}

static void
fetch(const struct sim_request *req, struct sim_reply *reply)
{
	const struct telnyx_message *t;
	const char *id;

	if (!telnyx_admit(req, reply))
		return;
	id = telnyx_path_id(req, reply);
	if (id == NULL)
		return;
	t = telnyx_message(id, telnyx_account(req));
	if (t != NULL)
		telnyx_say_message(reply, t, false);
	else
		telnyx_refuse(reply, 404, "10005",
		    "The requested resource or URL could not be found.", NULL);
}

static void
sample(const struct sim_request *req, struct sim_reply *reply)
{
	static const char *const none = "";
	const char *to = request_value(req, "to");
	const char *text = request_value(req, "text");
	struct telnyx_message t = { 0 };

	random_uuid(t.id);
	snprintf(t.send.from, sizeof(t.send.from), "%s", pool_number);
	snprintf(t.send.to, sizeof(t.send.to), "%.16s",
	    to != NULL ? to : "+447700900200");
	snprintf(
	    t.send.text, sizeof(t.send.text), "%s", text != NULL ? text : none);
	t.send.parts = telnyx_parts(t.send.text, false);
	t.received_at = t.sent_at = t.done_at = world_now();
	telnyx_say_message(reply, &t, true);
}

static int
set(const char *name, int value)
{
	if (strcmp(name, "telnyx_queue") != 0)
		return 1;
	if (value < 0 || value > 1)
		return -1;
	telnyx_sms_queue(value);
	return 0;
}

static const struct sim_route routes[] = {
	{ SIM_POST, "/v2/messages", "start", send_any },
	{ SIM_POST, "/v2/messages/alphanumeric_sender_id", "start", send_word },
	{ SIM_GET, "/v2/messages/{}", "poll", fetch },
	{ 0 },
};

static const char *const ids[] = { "data.id", NULL };
static const struct sim_shape shape = {
	.verdict = "data.to.0.status",
	.good = "queued",
	.ids = ids,
};

/* The code stands in the text. */
static const char *const codes[] = { "text", NULL };

const struct sim_provider telnyx_sms_provider = {
	.name = "telnyx-sms",
	.vendor = "telnyx",
	.routes = routes,
	.reset = telnyx_sms_reset,
	.next_due = telnyx_sms_due,
	.fire = telnyx_sms_fire,
	.sample = sample,
	.throttled = telnyx_throttled,
	.internal = telnyx_internal,
	.set = set,
	.shape = &shape,
	.codes = codes,
};
