/* SPDX-License-Identifier: BSD-2-Clause */
/* Logins during which something of ours fails. */
#include "tests/support/logins/login_scenes.h"

#include <stdio.h>
#include <string.h>

#include "helper/providers/providers.h"
#include "tests/support/logins/twilio_challenge.h"

struct scene_vendor scene_vendor;

/* Twilio's pushes. */
static size_t
reply_push(const struct http_request *req, char *body, size_t cap)
{
	struct scene_vendor *v = &scene_vendor;
	const bool poll = strstr(req->path, SID) != NULL;

	v->asked = v->asked || (poll && !v->refuses);
	return (size_t)snprintf(body, cap, CHALLENGE("push", SID, "%s"),
	    !poll            ? "pending"
		: v->refuses ? "denied"
			     : "approved");
}

/* Telnyx's texts, with a code of ours. */
static size_t
reply_own(const struct http_request *req, char *body, size_t cap)
{
	const char *ours = strstr(req->body, " is ");

	if (ours != NULL) {
		snprintf(scene_vendor.code, sizeof(scene_vendor.code), "%.6s",
		    ours + 4);
		scene_vendor.asked = true;
	}
	return (size_t)snprintf(body, cap,
	    "{\"data\":{\"id\":\"40385f64-5717-4562-b3fc-2c963f66afa6\","
	    "\"to\":[{\"phone_number\":\"+447700900123\","
	    "\"status\":\"queued\"}]}}");
}

/* Vonage's checks. */
static size_t
reply_check(const struct http_request *req, char *body, size_t cap)
{
	struct scene_vendor *v = &scene_vendor;
	const bool check = strstr(req->path, "/check/") != NULL;
	const bool right =
	    check && !v->refuses && strstr(req->body, "code=123456") != NULL;

	v->asked = v->asked || right;
	/* a check's differs: the start's reply once more is no yes */
	return (size_t)snprintf(body, cap,
	    "{\"request_id\":\"" SCRIPT_ID "\",\"status\":\"%s\"%s}",
	    check && !right ? "16" : "0", check ? ",\"event_id\":\"1\"" : "");
}

void
scene_reply(struct scripted *s, const struct provider_conf *p,
    const struct http_request *req, struct http_reply *reply)
{
	const size_t cap = sizeof(reply->body);

	(void)s;
	memset(reply, 0, sizeof(*reply));
	reply->fate = HTTP_REPLIED;
	reply->status = 200;
	if (strcmp(p->name, "twilio-push") == 0)
		reply->len = reply_push(req, reply->body, cap);
	else if (strcmp(p->name, "telnyx-sms") == 0)
		reply->len = reply_own(req, reply->body, cap);
	else
		reply->len = reply_check(req, reply->body, cap);
}

void
scene_app(const struct scripted *s)
{
	scripted_totp(s, PHONE "channels = [\"totp\", \"sms\"];");
	scripted_totp_code(s, 0, scene_vendor.code);
}

void
scene_decoy(struct scripted *s, struct script *script)
{
	script->answer[1] = (struct script_answer)TYPED(SCRIPT_RECOVERY);
	s->facts.first_factor = FIRST_NONE;
}

/* A code of our own: the provider only carries it. */
void
scene_own_code(struct scripted *s, struct script *script)
{
	scripted_provider(s, 0, "telnyx-sms", "telnyx-sms");
	*script = (struct script){ .answer = { TYPED("111111"),
				       TYPED_AFTER(40000, "r"),
				       TYPED(scene_vendor.code) } };
}

void
scene_push(struct scripted *s, struct script *script)
{
	scripted_provider(s, 1, "twilio-push", "twilio-push");
	scripted_user(s, PHONE PUSH_KEYS "channels = [\"push\", \"sms\"];\n");
	*script = (struct script){ .answer = { TYPED_AFTER(5000, "") } };
}

void
scene_denied_push(struct scripted *s, struct script *script)
{
	scene_push(s, script);
	s->conf.on_outage = OUTAGE_ALLOW;
	script->answer[1] = (struct script_answer)TYPED("r");
	script->answer[2] = (struct script_answer)TYPED("123456");
}

static void
field(struct scripted *s, struct script *script, const char *part)
{
	*script = (struct script){ .paused = 0 };
	s->facts.conversation = false;
	s->facts.one_field = part;
}

static void
lenient(struct scripted *s)
{
	s->conf.on_outage = OUTAGE_ALLOW;
	s->conf.unenrolled_allow = true;
}

void
scene_field_app(struct scripted *s, struct script *script)
{
	scene_app(s);
	field(s, script, scene_vendor.code);
}

void
scene_field_recovery(struct scripted *s, struct script *script)
{
	field(s, script, SCRIPT_RECOVERY);
}

void
scene_field_sms(struct scripted *s, struct script *script)
{
	lenient(s);
	field(s, script, "sms");
}

void
scene_field_wrong(struct scripted *s, struct script *script)
{
	lenient(s);
	scene_app(s);
	field(s, script, "111111");
}

#define TWO                                                                    \
	"people = ( { name = \"anna\"; phone = \"+15550100300\"; },\n"         \
	"{ name = \"ben\"; phone = \"+15550100400\"; } );\n"

void
scene_person(struct scripted *s, struct script *script)
{
	scripted_user(s, TWO);
	*script =
	    (struct script){ .answer = { TYPED("anna"), TYPED("123456") } };
}

void
scene_stranger(struct scripted *s, struct script *script)
{
	lenient(s);
	scripted_user(s, TWO);
	*script = (struct script){ .answer = { TYPED("zoe"), TYPED("123456"),
				       TYPED(SCRIPT_RECOVERY),
				       TYPED_AFTER(40000, "r"), TYPED("123456"),
				       TYPED("123456") } };
}
