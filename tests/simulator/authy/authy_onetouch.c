/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The simulated Authy API: OneTouch approval requests. Source: the npm
 * package authy 1.4.0 and its read-me.
 */
#include "tests/simulator/authy/authy_onetouch.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "tests/simulator/authy/authy_replies.h"
#include "tests/simulator/authy/authy_requests.h"
#include "tests/simulator/authy/authy_users.h"
#include "tests/simulator/core/provider.h"
#include "tests/simulator/http/reply.h"
#include "tests/simulator/core/random.h"
#include "tests/simulator/core/sandbox.h"
#include "tests/simulator/core/world.h"
#include "tests/simulator/http/request.h"

enum {
	AUTHY_DAY = 86400, /* a request's life when it names none */
	AUTHY_LIFE_MAX = 10000000,
};

static const char foreign_user[] = "999999999";

/*
 * The name in group[name] or group.name, into out: false when f is not of
 * that group.
 */
static bool
member_name(
    const struct request_field *f, const char *group, char *out, size_t size)
{
	const size_t n = strlen(group);
	const size_t len = strlen(f->name);

	if (strncmp(f->name, group, n) != 0 || f->bad || len <= n + 1)
		return false;
	if (f->name[n] == '.') {
		snprintf(out, size, "%s", f->name + n + 1);
		return true;
	}
	if (f->name[n] != '[' || f->name[len - 1] != ']')
		return false;
	snprintf(out, size, "%.*s", (int)(len - n - 2), f->name + n + 1);
	return true;
}

/* The message and its details, a line for each, and the number to compare. */
static void
shown(const struct sim_request *req, const char *message, char *text,
    size_t size, char compare[4])
{
	const struct request_field *f;
	char name[sizeof(f->name)];
	size_t n = (size_t)snprintf(text, size, "%.255s", message);

	compare[0] = '\0';
	for (f = req->field; f < req->field + req->fields; f++) {
		if (!member_name(f, "details", name, sizeof(name)))
			continue;
		if (n < size)
			n += (size_t)snprintf(
			    text + n, size - n, "\n%s: %s", name, f->value);
		if (strlen(f->value) == 2 &&
		    isdigit((unsigned char)f->value[0]) &&
		    isdigit((unsigned char)f->value[1]))
			snprintf(compare, 4, "%.2s", f->value);
	}
}

/* An object of the hidden details, or NULL when there are none. */
static cJSON *
hidden_details(const struct sim_request *req)
{
	const struct request_field *f;
	char name[sizeof(f->name)];
	cJSON *o = NULL;

	for (f = req->field; f < req->field + req->fields; f++) {
		if (!member_name(f, "hidden_details", name, sizeof(name)))
			continue;
		if (o == NULL)
			o = cJSON_CreateObject();
		cJSON_AddStringToObject(o, name, f->value);
	}
	return o;
}

/* -1 when it is no number of seconds. */
static int
seconds_of(const struct sim_request *req)
{
	const struct request_field *f = request_field(req, "seconds_to_expire");
	char *end;
	long n;

	if (f == NULL)
		return AUTHY_DAY;
	n = strtol(f->value, &end, 10);
	return !f->bad && isdigit((unsigned char)f->value[0]) && *end == '\0' &&
		n <= AUTHY_LIFE_MAX
	    ? (int)n
	    : -1;
}

static bool
may_ask(const struct authy_user *u, struct sim_reply *reply)
{
	if (authy_scripted(u->number, reply))
		return false;
	if (authy_is_suspended(u)) {
		authy_refuse_suspended(reply);
		return false;
	}
	if (!authy_has_app()) {
		authy_refuse(reply, 400, "60002",
		    "The user has no device that can approve requests.");
		return false;
	}
	return true;
}

static void
say_asked(struct sim_reply *reply, const char *uuid)
{
	cJSON *o = cJSON_CreateObject();

	cJSON_AddStringToObject(
	    cJSON_AddObjectToObject(o, "approval_request"), "uuid", uuid);
	cJSON_AddBoolToObject(o, "success", true);
	authy_say(reply, o);
}

static void
ask(const struct sim_request *req, struct sim_reply *reply)
{
	const char *message = request_value(req, "message");
	const int seconds = seconds_of(req);
	const struct authy_user *u;
	char text[1024], compare[4];

	if (!authy_admit(req, reply))
		return;
	u = authy_user(req->part[0], authy_app(req));
	if (u == NULL) {
		authy_refuse_user(reply);
	} else if (message == NULL) {
		authy_refuse(reply, 400, "60004",
		    "Invalid parameter: 'message' - Parameter is required");
	} else if (seconds == -1) {
		authy_refuse(reply, 400, "60004",
		    "Invalid parameter: 'seconds_to_expire'");
	} else if (may_ask(u, reply)) {
		shown(req, message, text, sizeof(text), compare);
		say_asked(reply,
		    authy_ask(u, text, compare, hidden_details(req), seconds)
			->uuid);
	}
}

static const char *
status_word(enum authy_answer state)
{
	switch (state) {
	case AUTHY_PENDING:
		return "pending";
	case AUTHY_APPROVED:
		return "approved";
	case AUTHY_DENIED:
		return "denied";
	case AUTHY_EXPIRED:
		return "expired";
	}
	return "pending";
}

static void
add_time(cJSON *o, const char *name, int64_t ms)
{
	char text[32];

	world_iso(ms, text, sizeof(text));
	if (ms != 0)
		cJSON_AddStringToObject(o, name, text);
	else
		cJSON_AddNullToObject(o, name);
}

static void
add_ids(cJSON *o, const struct authy_request *r)
{
	const int script = sandbox_script(r->number);
	const bool foreign = script == 44 || script == 52;
	const char *id = foreign ? foreign_user : r->user_id;
	char uuid[37], inner[16];

	if (script == 53)
		return;
	snprintf(uuid, sizeof(uuid), "%s", r->uuid);
	if (script == 51)
		random_uuid(uuid);
	/* The vendor's own number for the user, not what a client knows. */
	snprintf(inner, sizeof(inner), "5%s", id);
	cJSON_AddRawToObject(o, "_authy_id", id);
	cJSON_AddStringToObject(o, "user_id", inner);
	cJSON_AddStringToObject(o, "uuid", uuid);
}

static void
say_status(struct sim_reply *reply, const struct authy_request *r)
{
	const char *word = status_word(authy_answer_now(r));
	cJSON *doc = cJSON_CreateObject();
	cJSON *o = cJSON_AddObjectToObject(doc, "approval_request");

	cJSON_AddStringToObject(o, "_app_name", "Simulated");
	cJSON_AddNumberToObject(o, "_app_serial_id", 15861);
	cJSON_AddStringToObject(o, "_id", "59e8eaaa1e145e587b923fc1");
	cJSON_AddStringToObject(o, "_user_email", r->email);
	cJSON_AddStringToObject(o, "app_id", "542b1b82f92ea10597000d6d");
	add_ids(o, r);
	cJSON_AddBoolToObject(o, "notified", false);
	cJSON_AddNumberToObject(o, "seconds_to_expire", r->seconds);
	cJSON_AddStringToObject(o, "status", word);
	if (r->hidden != NULL)
		cJSON_AddItemToObject(
		    o, "hidden_details", cJSON_Duplicate(r->hidden, true));
	add_time(o, "created_at", r->created_at);
	add_time(o, "processed_at", r->processed_at);
	add_time(o, "updated_at",
	    r->processed_at != 0 ? r->processed_at : r->created_at);
	cJSON_AddBoolToObject(doc, "success", true);
	authy_say(reply, doc);
	snprintf(reply->result, sizeof(reply->result), "%s", word);
}

static void
poll(const struct sim_request *req, struct sim_reply *reply)
{
	const struct authy_request *r;
	char message[80];

	if (!authy_admit(req, reply))
		return;
	r = authy_request(req->part[0], authy_app(req));
	if (r != NULL) {
		say_status(reply, r);
		return;
	}
	snprintf(message, sizeof(message), "Approval request not found: %.36s",
	    req->part[0]);
	authy_refuse(reply, 404, "60049", message);
}

static void
sample(const struct sim_request *req, struct sim_reply *reply)
{
	const struct authy_request *known =
	    authy_request(req->part[0], authy_app(req));
	struct authy_request r = { 0 };
	char uuid[37];

	random_uuid(uuid);
	if (known == NULL) {
		say_asked(reply, uuid);
		return;
	}
	r = *known;
	r.state = AUTHY_APPROVED;
	say_status(reply, &r);
}

static const struct sim_route routes[] = {
	{ SIM_POST, "/onetouch/json/users/{}/approval_requests", "start", ask },
	{ SIM_GET, "/onetouch/json/approval_requests/{}", "poll", poll },
	{ 0 },
};

static const char *const ids[] = { "approval_request.uuid", NULL };
static const char *const secrets[] = { "api_key", NULL };
static const struct sim_shape shape = {
	.verdict = "approval_request.status",
	.good = "approved",
	.ids = ids,
};

const struct sim_provider authy_onetouch_provider = {
	.name = "authy",
	.vendor = "authy",
	.routes = routes,
	.reset = authy_requests_reset,
	.next_due = authy_requests_due,
	.fire = authy_requests_fire,
	.sample = sample,
	.throttled = authy_throttled,
	.internal = authy_internal,
	.push = authy_push,
	.shape = &shape,
	.secrets = secrets,
};
