/* SPDX-License-Identifier: BSD-2-Clause */
/* What all simulated Telnyx APIs ask before they look at a parameter. */
#include "tests/simulator/telnyx/telnyx.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tests/simulator/core/creds.h"
#include "tests/simulator/core/sandbox.h"
#include "tests/simulator/faults/throttle.h"
#include "tests/simulator/telnyx/telnyx_errors.h"

static int rate; /* requests a second and account, 0: any number */

uint64_t
telnyx_account(const struct sim_request *req)
{
	uint64_t h = 0xcbf29ce484222325U;

	for (const char *p = req->secret; *p != '\0'; p++)
		h = (h ^ (unsigned char)*p) * 0x100000001b3U;
	return h;
}

static bool
credentials(const struct sim_request *req, struct sim_reply *reply)
{
	if (req->scheme == REQUEST_BEARER && !req->bad_auth &&
	    creds_token_good("telnyx", req->secret))
		return true;
	telnyx_refuse(reply, 401, "10009",
	    "The required authentication headers were either invalid or not "
	    "included in the request.",
	    NULL);
	return false;
}

static bool
json_body(const struct sim_request *req, struct sim_reply *reply)
{
	if (strcmp(req->content_type, "application/json") != 0) {
		telnyx_refuse(reply, 415, "10014",
		    "The request failed because the server does not support "
		    "the media type.",
		    NULL);
		return false;
	}
	if (req->bad_json || req->len == 0) {
		telnyx_refuse(reply, 400, "10023",
		    "The supplied JSON was invalid.", NULL);
		return false;
	}
	return true;
}

bool
telnyx_admit(const struct sim_request *req, struct sim_reply *reply)
{
	char account[32];

	if (!credentials(req, reply))
		return false;
	snprintf(account, sizeof(account), "telnyx %016" PRIx64,
	    telnyx_account(req));
	if (throttle_hit(account, (unsigned int)rate)) {
		telnyx_throttled(reply);
		return false;
	}
	return strcmp(req->method, "POST") != 0 || json_body(req, reply);
}

bool
telnyx_is_digits(const char *s, size_t min, size_t max)
{
	const size_t n = strspn(s, "0123456789");

	return n >= min && n <= max && s[n] == '\0';
}

bool
telnyx_is_number(const char *s)
{
	return s[0] == '+' && s[1] != '0' && telnyx_is_digits(s + 1, 7, 15);
}

bool
telnyx_is_uuid(const char *s)
{
	static const char shape[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
	size_t i;

	for (i = 0; shape[i] != '\0'; i++)
		if (shape[i] == '-' ? s[i] != '-'
				    : s[i] == '\0' ||
			    strchr("0123456789abcdefABCDEF", s[i]) == NULL)
			return false;
	return s[i] == '\0';
}

const char *
telnyx_text(
    const struct sim_request *req, struct sim_reply *reply, const char *name)
{
	const struct request_field *f = request_field(req, name);
	char pointer[80];

	snprintf(pointer, sizeof(pointer), "/%s", name);
	if (f == NULL || f->source != REQUEST_FROM_JSON ||
	    f->type == REQUEST_NULL) {
		telnyx_refuse(reply, 422, "10004",
		    "A required parameter was missing.", pointer);
		return NULL;
	}
	if (f->type != REQUEST_TEXT || f->bad) {
		telnyx_refuse(reply, 422, "10015",
		    "The parameter must be a string.", pointer);
		return NULL;
	}
	return f->value;
}

static void
refuse_number(struct sim_reply *reply, const char *source)
{
	telnyx_refuse(reply, 422, "10016",
	    "The specified phone number parameter must be in +E.164 format.",
	    source);
}

const char *
telnyx_number(
    const struct sim_request *req, struct sim_reply *reply, const char *name)
{
	const char *value = telnyx_text(req, reply, name);
	char pointer[80];

	if (value == NULL || telnyx_is_number(value))
		return value;
	snprintf(pointer, sizeof(pointer), "/%s", name);
	refuse_number(reply, pointer);
	return NULL;
}

const char *
telnyx_uuid(
    const struct sim_request *req, struct sim_reply *reply, const char *name)
{
	const char *value = telnyx_text(req, reply, name);
	char pointer[80];

	if (value == NULL || telnyx_is_uuid(value))
		return value;
	snprintf(pointer, sizeof(pointer), "/%s", name);
	telnyx_refuse(
	    reply, 422, "10015", "The parameter must be a UUID.", pointer);
	return NULL;
}

const char *
telnyx_path_number(const struct sim_request *req, struct sim_reply *reply)
{
	if (telnyx_is_number(req->part[0]))
		return req->part[0];
	refuse_number(reply, "phone_number");
	return NULL;
}

const char *
telnyx_path_id(const struct sim_request *req, struct sim_reply *reply)
{
	if (telnyx_is_uuid(req->part[0]))
		return req->part[0];
	telnyx_refuse(
	    reply, 400, "10006", "The resource ID provided was invalid.", "id");
	return NULL;
}

bool
telnyx_mistyped(
    const struct sim_request *req, const char *name, enum request_type type)
{
	const struct request_field *f = request_field(req, name);

	return f != NULL && f->type != REQUEST_NULL &&
	    (f->type != type || f->bad);
}

bool
telnyx_scripted(const char *number, struct sim_reply *reply)
{
	static const struct {
		int script, http;
		const char *code, *detail;
	} refusals[] = {
		{ 4, 401, "10009",
		    "The required authentication headers were either invalid "
		    "or not included in the request." },
		{ 9, 402, "20100", "The account has insufficient funds." },
	};
	const int script = sandbox_script(number);

	if (script == 1)
		telnyx_throttled(reply);
	if (script == 5)
		telnyx_internal(reply);
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
		if (script == refusals[i].script)
			telnyx_refuse(reply, refusals[i].http, refusals[i].code,
			    refusals[i].detail, NULL);
	return script == 1 || script == 4 || script == 5 || script == 9;
}

bool
telnyx_given(const struct sim_request *req, const char *name)
{
	const struct request_field *f = request_field(req, name);

	return f != NULL && f->type != REQUEST_NULL;
}

int
telnyx_set(const char *name, int value)
{
	if (strcmp(name, "telnyx_rate") != 0)
		return 1;
	if (value < 0 || value > THROTTLE_RATE_MAX)
		return -1;
	rate = value;
	return 0;
}

void
telnyx_reset(void)
{
	rate = 0;
}
