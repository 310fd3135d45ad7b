/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The simulated Authy API: phone verifications, without a user. Source: the
 * npm package authy 1.4.0. A start while one is open sends its code again.
 */
#include "tests/simulator/authy/authy_phones.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "tests/simulator/authy/authy_replies.h"
#include "tests/simulator/core/inbox.h"
#include "tests/simulator/core/provider.h"
#include "tests/simulator/core/random.h"
#include "tests/simulator/core/sandbox.h"
#include "tests/simulator/core/world.h"
#include "tests/simulator/http/request.h"

enum {
	PHONES = 256, /* the oldest is forgotten for a new one */
	PHONES_LIFE_MS = 600 * 1000,
	PHONES_WRONG_MAX = 5,
	PHONES_CODE_MAX = 10,
	PHONES_LATE_MS = 45 * 1000,
};

struct phone {
	uint64_t app;
	char number[17];
	char uuid[37];
	char code[PHONES_CODE_MAX + 1];
	int64_t opened_at, deliver_at;
	int wrong;
	bool call, verified;
};

static struct phone table[PHONES];
static size_t opened; /* since the last reset */

static size_t
used(void)
{
	return opened < PHONES ? opened : PHONES;
}

static bool
is_open(const struct phone *p)
{
	return !p->verified && world_now() < p->opened_at + PHONES_LIFE_MS;
}

/* The newest one of an application to a number, or NULL. */
static struct phone *
find(const char *number, uint64_t app)
{
	struct phone *p;

	for (size_t i = opened; i > opened - used(); i--) {
		p = &table[(i - 1) % PHONES];
		if (p->app == app && strcmp(p->number, number) == 0)
			return p;
	}
	return NULL;
}

static void
deliver(struct phone *p)
{
	struct inbox_message m = {
		.channel = p->call ? INBOX_VOICE : INBOX_SMS,
		.provider = "authy",
		.at = world_now(),
	};

	p->deliver_at = WORLD_NEVER;
	snprintf(m.to, sizeof(m.to), "%s", p->number);
	snprintf(m.code, sizeof(m.code), "%s", p->code);
	snprintf(m.request_id, sizeof(m.request_id), "%s", p->uuid);
	snprintf(
	    m.text, sizeof(m.text), "Your verification code is: %s.", p->code);
	inbox_deliver(&m);
}

/* The number of country_code and phone_number; false after refusing. */
static bool
number_of(const struct sim_request *req, struct sim_reply *reply, char out[17])
{
	const char *country = request_value(req, "country_code");
	const char *phone = request_value(req, "phone_number");

	if (!authy_admit(req, reply))
		return false;
	if (country != NULL && phone != NULL &&
	    authy_number(country, phone, out))
		return true;
	authy_refuse(reply, 400, "60033", "Phone number is invalid");
	return false;
}

static struct phone *
open_one(const char *number, uint64_t app, int length)
{
	struct phone *p = find(number, app);

	if (p != NULL && is_open(p))
		return p;
	p = &table[opened++ % PHONES];
	memset(p, 0, sizeof(*p));
	p->app = app;
	snprintf(p->number, sizeof(p->number), "%s", number);
	random_uuid(p->uuid);
	random_digits(p->code, (size_t)length);
	p->opened_at = world_now();
	p->deliver_at = WORLD_NEVER;
	return p;
}

/* 4 when none is given, 0 when it is no length. */
static int
length_of(const struct sim_request *req)
{
	const char *text = request_value(req, "code_length");
	char *end;
	long n;

	if (text == NULL)
		return 4;
	n = strtol(text, &end, 10);
	return isdigit((unsigned char)text[0]) && *end == '\0' && n >= 4 &&
		n <= PHONES_CODE_MAX
	    ? (int)n
	    : 0;
}

static void
say_started(struct sim_reply *reply, const struct phone *p)
{
	cJSON *o = cJSON_CreateObject();
	char message[64];
	const int64_t left =
	    (p->opened_at + PHONES_LIFE_MS - world_now()) / 1000;

	snprintf(message, sizeof(message), "%s to %s.",
	    p->call ? "Call initiated" : "Text message sent", p->number);
	cJSON_AddStringToObject(o, "carrier", "Simulated Networks");
	cJSON_AddBoolToObject(
	    o, "is_cellphone", sandbox_script(p->number) != 15);
	cJSON_AddStringToObject(o, "message", message);
	cJSON_AddNumberToObject(o, "seconds_to_expire", (double)left);
	cJSON_AddStringToObject(o, "uuid", p->uuid);
	cJSON_AddBoolToObject(o, "success", true);
	authy_say(reply, o);
}

static void
start(const struct sim_request *req, struct sim_reply *reply)
{
	const char *via = request_value(req, "via");
	const int length = length_of(req);
	char number[17];
	struct phone *p;
	bool call;
	int script;

	if (!number_of(req, reply, number))
		return;
	if (via == NULL || length == 0 ||
	    (strcmp(via, "sms") != 0 && strcmp(via, "call") != 0)) {
		authy_refuse(reply, 400, "60004",
		    length == 0 ? "Invalid parameter: 'code_length'"
				: "Invalid parameter: 'via'");
		return;
	}
	call = strcmp(via, "call") == 0;
	script = sandbox_script(number);
	if (authy_scripted(number, reply))
		return;
	if (!call && script == 15) {
		authy_refuse(reply, 403, "60082",
		    "Cannot send SMS to landline phone numbers");
		return;
	}
	p = open_one(number, authy_app(req), length);
	p->call = call;
	if (script == 32)
		p->deliver_at = world_now() + PHONES_LATE_MS;
	else if (script != 31)
		deliver(p);
	world_changed();
	say_started(reply, p);
}

static void
say(struct sim_reply *reply, const char *message)
{
	cJSON *o = cJSON_CreateObject();

	cJSON_AddStringToObject(o, "message", message);
	cJSON_AddBoolToObject(o, "success", true);
	authy_say(reply, o);
}

static void
refuse_none(struct sim_reply *reply, const char *number)
{
	char message[80];

	snprintf(message, sizeof(message),
	    "No pending verifications for %s found.", number);
	authy_refuse(reply, 404, "60023", message);
}

static void
check(const struct sim_request *req, struct sim_reply *reply)
{
	const char *code = request_value(req, "verification_code");
	char number[17];
	struct phone *p;
	int script;

	if (!number_of(req, reply, number))
		return;
	p = find(number, authy_app(req));
	script = sandbox_script(number);
	if (p == NULL || !is_open(p) || p->wrong >= PHONES_WRONG_MAX) {
		refuse_none(reply, number);
	} else if (code != NULL && strcmp(code, p->code) == 0 && script != 16 &&
	    script != 17) {
		p->verified = true;
		say(reply, "Verification code is correct.");
	} else {
		p->wrong = script == 17 ? PHONES_WRONG_MAX : p->wrong + 1;
		authy_refuse(
		    reply, 401, "60022", "Verification code is incorrect");
	}
}

static void
status(const struct sim_request *req, struct sim_reply *reply)
{
	char number[17];
	const struct phone *p;
	cJSON *o;

	if (!number_of(req, reply, number))
		return;
	p = find(number, authy_app(req));
	if (p == NULL) {
		refuse_none(reply, number);
		return;
	}
	o = cJSON_CreateObject();
	cJSON_AddStringToObject(o, "message", "Phone verification status.");
	cJSON_AddStringToObject(o, "status",
	    p->verified      ? "verified"
		: is_open(p) ? "pending"
			     : "expired");
	cJSON_AddStringToObject(o, "uuid", p->uuid);
	cJSON_AddBoolToObject(o, "success", true);
	authy_say(reply, o);
}

static void
info(const struct sim_request *req, struct sim_reply *reply)
{
	char number[17];
	cJSON *o;

	if (!number_of(req, reply, number))
		return;
	o = cJSON_CreateObject();
	cJSON_AddStringToObject(
	    o, "message", "Phone number information as of now.");
	cJSON_AddStringToObject(
	    o, "type", sandbox_script(number) == 15 ? "landline" : "cellphone");
	cJSON_AddStringToObject(o, "provider", "Simulated Networks");
	cJSON_AddBoolToObject(o, "ported", false);
	cJSON_AddBoolToObject(o, "success", true);
	authy_say(reply, o);
}

static void
sample(const struct sim_request *req, struct sim_reply *reply)
{
	say(reply,
	    request_field(req, "verification_code") != NULL
		? "Verification code is correct."
		: "Text message sent.");
}

static void
reset(void)
{
	explicit_bzero(table, used() * sizeof(table[0]));
	opened = 0;
}

static struct phone *
first_due(void)
{
	struct phone *first = table;

	for (struct phone *p = table; p < table + used(); p++)
		if (p->deliver_at < first->deliver_at)
			first = p;
	return first;
}

static int64_t
next_due(void)
{
	return opened > 0 ? first_due()->deliver_at : WORLD_NEVER;
}

static void
fire(void)
{
	deliver(first_due());
}

static const struct sim_route routes[] = {
	{ SIM_POST, "/protected/json/phones/verification/start", "start",
	    start },
	{ SIM_GET, "/protected/json/phones/verification/check", "check",
	    check },
	{ SIM_GET, "/protected/json/phones/verification/status", "poll",
	    status },
	{ SIM_GET, "/protected/json/phones/info", "lookup", info },
	{ 0 },
};

static const char *const ids[] = { "uuid", NULL };
static const char *const secrets[] = { "api_key", NULL };
static const char *const codes[] = { "verification_code", NULL };
static const struct sim_shape shape = {
	.verdict = "message",
	.good = "Verification code is correct.",
	.ids = ids,
};

const struct sim_provider authy_phones_provider = {
	.name = "authy",
	.vendor = "authy",
	.routes = routes,
	.reset = reset,
	.next_due = next_due,
	.fire = fire,
	.sample = sample,
	.throttled = authy_throttled,
	.internal = authy_internal,
	.shape = &shape,
	.secrets = secrets,
	.codes = codes,
};
