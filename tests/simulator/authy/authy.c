/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The simulated Authy API: users and their tokens. Source: the npm package
 * authy 1.4.0.
 */
#include "tests/simulator/authy/authy.h"

#include <stdio.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "tests/simulator/authy/authy_replies.h"
#include "tests/simulator/authy/authy_users.h"
#include "tests/simulator/core/provider.h"
#include "tests/simulator/http/reply.h"
#include "tests/simulator/core/sandbox.h"
#include "tests/simulator/http/request.h"

static cJSON *
success(const char *message)
{
	cJSON *o = cJSON_CreateObject();

	cJSON_AddStringToObject(o, "message", message);
	cJSON_AddBoolToObject(o, "success", true);
	return o;
}

/* The user that the last {} of the path names, or NULL after refusing. */
static struct authy_user *
user_of(const struct sim_request *req, struct sim_reply *reply)
{
	struct authy_user *u;

	if (!authy_admit(req, reply))
		return NULL;
	u = authy_user(req->part[req->parts - 1], authy_app(req));
	if (u == NULL)
		authy_refuse_user(reply);
	return u;
}

/* One '@' with something on both sides, and a point behind it. */
static bool
is_email(const char *s)
{
	const char *at = strchr(s, '@');

	return at != NULL && at != s && strchr(at + 1, '@') == NULL &&
	    strchr(at + 1, '.') != NULL && strlen(s) < 128;
}

static void
refuse_new(struct sim_reply *reply, bool email, bool phone)
{
	cJSON *o = cJSON_CreateObject();
	cJSON *errors;

	cJSON_AddStringToObject(o, "message", "User was not valid");
	cJSON_AddBoolToObject(o, "success", false);
	errors = cJSON_AddObjectToObject(o, "errors");
	if (!email)
		cJSON_AddStringToObject(errors, "email", "is invalid");
	if (!phone)
		cJSON_AddStringToObject(errors, "cellphone", "is invalid");
	cJSON_AddStringToObject(errors, "message", "User was not valid");
	cJSON_AddStringToObject(o, "error_code", "60027");
	snprintf(reply->result, sizeof(reply->result), "60027");
	sim_reply_json(reply, 400, cJSON_PrintUnformatted(o));
	cJSON_Delete(o);
}

static void
user_new(const struct sim_request *req, struct sim_reply *reply)
{
	const char *email, *phone, *country;
	const struct authy_user *u;
	char number[17] = "";
	bool good_email, good_phone;
	cJSON *o;

	if (!authy_admit(req, reply))
		return;
	email = authy_member(req, "user", "email");
	phone = authy_member(req, "user", "cellphone");
	country = authy_member(req, "user", "country_code");
	good_email = email != NULL && is_email(email);
	good_phone = phone != NULL &&
	    authy_number(country != NULL ? country : "1", phone, number);
	if (!good_email || !good_phone) {
		refuse_new(reply, good_email, good_phone);
		return;
	}
	u = authy_register(
	    authy_app(req), number, country != NULL ? country : "1", email);
	if (u == NULL) {
		authy_internal(reply);
		return;
	}
	o = success("User created successfully.");
	cJSON_AddRawToObject(cJSON_AddObjectToObject(o, "user"), "id", u->id);
	authy_say(reply, o);
}

static void
user_remove(const struct sim_request *req, struct sim_reply *reply)
{
	struct authy_user *u = user_of(req, reply);

	if (u == NULL)
		return;
	authy_remove(u);
	authy_say(reply, success("User was added to remove."));
}

static void
user_status(const struct sim_request *req, struct sim_reply *reply)
{
	const struct authy_user *u = user_of(req, reply);
	char phone[16];
	cJSON *o, *s, *devices;

	if (u == NULL)
		return;
	snprintf(phone, sizeof(phone), "XXX-XXX-%s",
	    u->number + strlen(u->number) - 4);
	o = success("User status.");
	s = cJSON_AddObjectToObject(o, "status");
	cJSON_AddRawToObject(s, "authy_id", u->id);
	cJSON_AddBoolToObject(s, "confirmed", u->confirmed);
	cJSON_AddBoolToObject(s, "registered", authy_has_app());
	cJSON_AddRawToObject(s, "country_code", u->country);
	cJSON_AddStringToObject(s, "phone_number", phone);
	devices = cJSON_AddArrayToObject(s, "devices");
	if (authy_has_app())
		cJSON_AddItemToArray(devices, cJSON_CreateString("android"));
	cJSON_AddBoolToObject(s, "has_hard_token", false);
	cJSON_AddBoolToObject(s, "account_disabled", authy_is_suspended(u));
	authy_say(reply, o);
}

static bool
is_forced(const struct sim_request *req)
{
	const char *force = request_value(req, "force");

	return force != NULL && strcmp(force, "true") == 0;
}

/* "+44-XXX-XXX-XX00": the number as a client may show it. */
static void
add_cellphone(cJSON *o, const struct authy_user *u)
{
	char text[32];

	snprintf(text, sizeof(text), "+%s-XXX-XXX-XX%s", u->country,
	    u->number + strlen(u->number) - 2);
	cJSON_AddStringToObject(o, "cellphone", text);
}

/* Who has the app finds the token there, and nothing is sent. */
static void
say_ignored(struct sim_reply *reply, const struct authy_user *u, bool call)
{
	cJSON *o = success(call
		? "Call ignored. User is using  App Tokens and this call is "
		  "not necessary. Pass force=true if you still want to call "
		  "users that are using the App."
		: "Ignored: SMS is not needed for smartphones. Pass "
		  "force=true if you want to actually send it anyway.");

	add_cellphone(o, u);
	cJSON_AddStringToObject(o, "device", "android");
	cJSON_AddBoolToObject(o, "ignored", true);
	authy_say(reply, o);
}

static void
send(const struct sim_request *req, struct sim_reply *reply, bool call)
{
	struct authy_user *u = user_of(req, reply);
	cJSON *o;

	if (u == NULL || authy_scripted(u->number, reply))
		return;
	if (authy_is_suspended(u)) {
		authy_refuse_suspended(reply);
		return;
	}
	if (authy_has_app() && !is_forced(req)) {
		authy_send(u, INBOX_PUSH);
		say_ignored(reply, u, call);
		return;
	}
	if (!call && sandbox_script(u->number) == 15) {
		authy_refuse(reply, 403, "60082",
		    "Cannot send SMS to landline phone numbers");
		return;
	}
	authy_send(u, call ? INBOX_VOICE : INBOX_SMS);
	o = success(call ? "Call started..." : "SMS token was sent");
	add_cellphone(o, u);
	authy_say(reply, o);
}

static void
send_sms(const struct sim_request *req, struct sim_reply *reply)
{
	send(req, reply, false);
}

static void
send_call(const struct sim_request *req, struct sim_reply *reply)
{
	send(req, reply, true);
}

static void
refuse_token(struct sim_reply *reply, const char *code, const char *message)
{
	cJSON *o = cJSON_CreateObject();

	cJSON_AddStringToObject(o, "message", message);
	cJSON_AddStringToObject(o, "token", "is invalid");
	cJSON_AddBoolToObject(o, "success", false);
	cJSON_AddStringToObject(
	    cJSON_AddObjectToObject(o, "errors"), "message", message);
	cJSON_AddStringToObject(o, "error_code", code);
	snprintf(reply->result, sizeof(reply->result), "%s", code);
	sim_reply_json(reply, 401, cJSON_PrintUnformatted(o));
	cJSON_Delete(o);
}

/* Here, and nowhere else in this API, success is a text. */
static void
say_valid(struct sim_reply *reply, bool token)
{
	cJSON *o = cJSON_CreateObject();

	cJSON_AddStringToObject(o, "message", "Token is valid.");
	if (token)
		cJSON_AddStringToObject(o, "token", "is valid");
	cJSON_AddStringToObject(o, "success", "true");
	authy_say(reply, o);
}

static void
check_token(const struct sim_request *req, struct sim_reply *reply)
{
	struct authy_user *u = user_of(req, reply);
	cJSON *o;
	int script;

	if (u == NULL)
		return;
	script = sandbox_script(u->number);
	if (script == 51) {
		/* The answer of another call, which is a success too. */
		o = success("SMS token was sent");
		add_cellphone(o, u);
		authy_say(reply, o);
		return;
	}
	if (script == 53) {
		say_valid(reply, false);
		return;
	}
	switch (
	    authy_try(u, req->part[0], authy_is_lenient() && !is_forced(req))) {
	case AUTHY_WRONG:
		refuse_token(reply, "60020", "Token is invalid");
		break;
	case AUTHY_USED:
		refuse_token(reply, "60019",
		    "Token is invalid. Token was used recently");
		break;
	case AUTHY_SUSPENDED:
		authy_refuse_suspended(reply);
		break;
	case AUTHY_RIGHT:
		say_valid(reply, true);
		break;
	}
}

static void
sample(const struct sim_request *req, struct sim_reply *reply)
{
	if (strstr(req->path, "/verify/") != NULL)
		say_valid(reply, true);
	else
		authy_say(reply, success("SMS token was sent"));
}

static const struct sim_route routes[] = {
	{ SIM_POST, "/protected/json/users/new", "control", user_new },
	{ SIM_POST, "/protected/json/users/{}/remove", "control", user_remove },
	{ SIM_POST, "/protected/json/users/{}/delete", "control", user_remove },
	{ SIM_POST, "/protected/json/users/delete/{}", "control", user_remove },
	{ SIM_GET, "/protected/json/users/{}/status", "lookup", user_status },
	{ SIM_GET, "/protected/json/sms/{}", "start", send_sms },
	{ SIM_GET, "/protected/json/call/{}", "start", send_call },
	{ SIM_GET, "/protected/json/verify/{code}/{}", "check", check_token },
	/* A server that tidies paths up: a "token" of ../sms sends one. */
	{ SIM_GET, "/protected/json/verify/../sms/{}", "start", send_sms },
	{ SIM_GET, "/protected/json/verify/../call/{}", "start", send_call },
	{ 0 },
};

static const char *const secrets[] = { "api_key", NULL };
static const struct sim_shape shape = { .verdict = "token",
	.good = "is valid" };

const struct sim_provider authy_provider = {
	.name = "authy",
	.vendor = "authy",
	.routes = routes,
	.reset = authy_users_reset,
	.next_due = authy_users_due,
	.fire = authy_users_fire,
	.sample = sample,
	.throttled = authy_throttled,
	.internal = authy_internal,
	.set = authy_users_set,
	.shape = &shape,
	.secrets = secrets,
};
