/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Twilio's calls about challenges: those that an app's owner approves or
 * denies, and those that a code answers.
 */
#include "tests/simulator/twilio/factors/twilio_ask.h"

#include <string.h>

#include <cjson/cJSON.h>

#include "tests/simulator/core/world.h"
#include "tests/simulator/http/request.h"
#include "tests/simulator/twilio/factors/twilio_challenge_json.h"
#include "tests/simulator/twilio/factors/twilio_challenges.h"
#include "tests/simulator/twilio/factors/twilio_enrol.h"
#include "tests/simulator/twilio/factors/twilio_factor_json.h"
#include "tests/simulator/twilio/twilio_details.h"
#include "tests/simulator/twilio/twilio_errors.h"
#include "tests/simulator/twilio/twilio_pages.h"
#include "tests/simulator/twilio/twilio_service.h"
#include "tests/simulator/twilio/twilio_settings.h"
#include "tests/simulator/twilio/twilio_script.h"

enum { SHORT_CODE = 4 }; /* such codes have a smaller budget */

/* Half way through a request, or with what refuses it. */
struct address_check {
	const struct twilio_service *service;
	struct twilio_entity *entity;
	struct twilio_factor *factor;
	struct twilio_challenge *challenge;
	const char *code; /* NULL: none came */
};

static bool
take_code(
    const struct sim_request *req, struct sim_reply *reply, const char **code)
{
	if (!twilio_text(req, reply, "AuthPayload", 3, 8, code))
		return false;
	if (*code == NULL || strspn(*code, "0123456789") == strlen(*code))
		return true;
	twilio_refuse_value(reply, "AuthPayload", "not a code");
	return false;
}

/* A refusal's code for a new challenge, 0: none. */
static int
open_refusal(struct address_check *a, int script)
{
	static const struct twilio_limit limits[] = { { 50, 3600 },
		{ 100, 86400 }, { 0 } };
	static const struct twilio_limit short_limits[] = { { 10, 86400 },
		{ 0 } };
	const int code = twilio_script_refusal(script);

	if (twilio_settings.challenge_error != 0)
		return twilio_settings.challenge_error;
	if (code == 21211)
		return 60391; /* what "unroutable" is to a phone's app */
	if (code == 21608 || code == 60223)
		return 60318; /* and "not permitted" */
	if (code != 0)
		return code;
	if (!a->factor->verified)
		return 60318;
	if (!a->factor->push &&
	    !twilio_budget_use(&a->factor->challenges,
		a->factor->totp.digits <= SHORT_CODE ? short_limits : limits))
		return 60312;
	return 0;
}

/* Who is asked: false when reply says no already. */
static bool
find_factor(const struct sim_request *req, struct sim_reply *reply,
    struct address_check *a)
{
	const char *sid = "";
	int script, refusal;

	a->service = twilio_service_of(req, reply);
	if (a->service == NULL)
		return false;
	a->entity = twilio_entity_in(a->service, req, reply);
	if (a->entity == NULL ||
	    !twilio_text_needed(req, reply, "FactorSid", 34, 34, &sid))
		return false;
	a->factor = twilio_factor_find(a->entity, sid);
	if (a->factor == NULL) {
		twilio_refuse_path(reply, req);
		return false;
	}
	script = twilio_challenge_script(a->entity, a->factor);
	refusal = open_refusal(a, script);
	if (refusal != 0)
		twilio_refuse(reply, refusal);
	return refusal == 0;
}

/* A code for a challenge of codes that is pending. */
static void
judge(struct address_check *a, int http, struct sim_reply *reply)
{
	struct twilio_challenge *c = a->challenge;
	const bool yes =
	    c->script >= TWILIO_FOREIGN_ID && c->script <= TWILIO_NO_ID;

	if (c->tries >= twilio_settings.wrong_limit ||
	    c->script == TWILIO_LOCKED) {
		twilio_refuse(reply, 60308);
		return;
	}
	if (yes ||
	    (c->script != TWILIO_ALL_WRONG &&
		twilio_totp_right(&a->factor->totp, a->code, world_now(),
		    twilio_settings.totp_once != 0))) {
		twilio_challenge_answer(c, TWILIO_ANSWER_APPROVED);
	} else {
		c->tries++;
		if (twilio_settings.totp_403 != 0) {
			twilio_refuse(reply, 60324);
			return;
		}
	}
	twilio_say(reply, http, twilio_challenge_json(c));
}

static void
open_push(const struct sim_request *req, struct sim_reply *reply,
    struct address_check *a, int64_t ends)
{
	cJSON *details = NULL, *hidden = NULL;

	if (a->code != NULL) {
		twilio_refuse_value(reply, "AuthPayload", "not for a push");
		return;
	}
	if (!twilio_details(req, reply, a->service->push_date, &details) ||
	    !twilio_strings(req, reply, "HiddenDetails", &hidden)) {
		cJSON_Delete(details);
		return;
	}
	a->challenge =
	    twilio_challenge_open(a->entity, a->factor, ends, details, hidden);
	twilio_say(reply, 201, twilio_challenge_json(a->challenge));
}

void
twilio_ask_open(const struct sim_request *req, struct sim_reply *reply)
{
	struct address_check a = { 0 };
	int64_t ends;

	if (!find_factor(req, reply, &a) || !take_code(req, reply, &a.code) ||
	    !twilio_expiration(req, reply, &ends))
		return;
	if (a.factor->push) {
		open_push(req, reply, &a, ends);
		return;
	}
	a.challenge =
	    twilio_challenge_open(a.entity, a.factor, ends, NULL, NULL);
	if (a.code != NULL)
		judge(&a, 201, reply);
	else
		twilio_say(reply, 201, twilio_challenge_json(a.challenge));
}

/* The challenge in part 2 of the path: false when reply says no already. */
static bool
find_challenge(const struct sim_request *req, struct sim_reply *reply,
    struct address_check *a)
{
	a->entity = twilio_entity_of(req, reply);
	if (a->entity == NULL)
		return false;
	if (twilio_sid_is_valid(req->part[2], "YC"))
		a->challenge = twilio_challenge_find(a->entity, req->part[2]);
	if (a->challenge == NULL) {
		twilio_refuse_path(reply, req);
		return false;
	}
	a->factor = twilio_factor_find(a->entity, a->challenge->factor);
	return true;
}

/* Whether something can still be done about it. */
static bool
still_open(const struct twilio_challenge *c, struct sim_reply *reply)
{
	switch (c->status) {
	case TWILIO_ANSWER_PENDING:
		return true;
	case TWILIO_ANSWER_EXPIRED:
		twilio_refuse(reply, 60323);
		return false;
	case TWILIO_ANSWER_DENIED:
	case TWILIO_ANSWER_APPROVED:
		twilio_refuse(reply, 60322);
		return false;
	}
	return false;
}

void
twilio_ask_answer(const struct sim_request *req, struct sim_reply *reply)
{
	struct address_check a = { 0 };

	if (!find_challenge(req, reply, &a) ||
	    !still_open(a.challenge, reply) || !take_code(req, reply, &a.code))
		return;
	if (twilio_settings.challenge_error != 0)
		twilio_refuse(reply, twilio_settings.challenge_error);
	else if (a.code == NULL)
		twilio_refuse_missing(reply, "AuthPayload");
	else if (a.challenge->push) /* a phone would have signed it */
		twilio_refuse_value(reply, "AuthPayload", "no signature");
	else if (a.factor == NULL)
		twilio_refuse_path(reply, req);
	else
		judge(&a, 200, reply);
}

void
twilio_ask_fetch(const struct sim_request *req, struct sim_reply *reply)
{
	struct address_check a = { 0 };

	if (!find_challenge(req, reply, &a))
		return;
	if (twilio_settings.poll_error != 0)
		twilio_refuse(reply, twilio_settings.poll_error);
	else
		twilio_say(reply, 200, twilio_challenge_json(a.challenge));
}

static bool
wanted(const struct sim_request *req, const struct twilio_challenge *c)
{
	const struct request_field *factor = request_field(req, "FactorSid");
	const struct request_field *status = request_field(req, "Status");

	return (factor == NULL || strcmp(factor->value, c->factor) == 0) &&
	    (status == NULL ||
		strcmp(status->value, twilio_answer_name(c->status)) == 0);
}

void
twilio_ask_list(const struct sim_request *req, struct sim_reply *reply)
{
	const struct twilio_entity *e = twilio_entity_of(req, reply);
	const struct request_field *order = request_field(req, "Order");
	const struct twilio_challenge *c;
	cJSON *list;

	if (e == NULL)
		return;
	list = cJSON_CreateArray();
	for (size_t i = 0; (c = twilio_challenge_at(e, i)) != NULL; i++)
		if (wanted(req, c))
			cJSON_InsertItemInArray(list,
			    order != NULL && strcmp(order->value, "asc") == 0
				? cJSON_GetArraySize(list)
				: 0,
			    twilio_challenge_json(c));
	twilio_say_page(req, reply, "challenges", list);
}

void
twilio_ask_notify(const struct sim_request *req, struct sim_reply *reply)
{
	struct address_check a = { 0 };
	int ttl = 300;

	if (!find_challenge(req, reply, &a) ||
	    !still_open(a.challenge, reply) ||
	    !twilio_int(req, reply, "Ttl", 0, 300, &ttl))
		return;
	if (!a.challenge->push) {
		twilio_refuse(reply, 60392);
		return;
	}
	if (a.challenge->notifications == TWILIO_NOTIFICATIONS_MAX) {
		twilio_refuse(reply, 60309);
		return;
	}
	a.challenge->notifications++;
	twilio_challenge_notify(a.challenge);
	twilio_say(reply, 201,
	    twilio_notification_json(a.entity, a.challenge->sid, ttl));
}
