/* SPDX-License-Identifier: BSD-2-Clause */
/* Which members Verify v2 takes for a start (OpenAPI document 1.0.1). */
#include "tests/simulator/vonage/v2_params.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/simulator/http/request.h"
#include "tests/simulator/vonage/v2_state.h"

static const char digits[] = "0123456789";

static bool
refuse(struct v2_refusal *r, const char *name, const char *reason)
{
	snprintf(r->name, sizeof(r->name), "%s", name);
	snprintf(r->reason, sizeof(r->reason), "%s", reason);
	return false;
}

static bool
is_text(const struct request_field *f)
{
	return !f->bad && f->type == REQUEST_TEXT;
}

static bool
is_alnum(const char *s)
{
	while (isalnum((unsigned char)*s))
		s++;
	return *s == '\0';
}

/* An international number without plus or 00. */
static bool
is_number(const char *s)
{
	const size_t len = strlen(s);

	return s[0] != '0' && len >= 7 && len <= 15 &&
	    s[strspn(s, digits)] == '\0';
}

static bool
is_address(const char *s)
{
	const char *at = strchr(s, '@');
	const char *dot = at != NULL ? strchr(at, '.') : NULL;

	for (const char *p = s; *p != '\0'; p++)
		if (!isgraph((unsigned char)*p))
			return false;
	return at != NULL && at != s && strchr(at + 1, '@') == NULL &&
	    dot != NULL && dot != at + 1 && dot[1] != '\0' && strlen(s) <= 254;
}

/* A JSON integer between min and max; absent: as it was. */
static bool
take_int(
    const struct sim_request *req, const char *name, int min, int max, int *out)
{
	const struct request_field *f = request_field(req, name);

	if (f == NULL)
		return true;
	if (f->bad || f->type != REQUEST_NUMBER || strlen(f->value) > 6 ||
	    f->value[strspn(f->value, digits)] != '\0')
		return false;
	*out = (int)strtol(f->value, NULL, 10);
	return *out >= min && *out <= max;
}

static bool
take_brand(
    const struct sim_request *req, struct v2_start *out, struct v2_refusal *r)
{
	const struct request_field *f = request_field(req, "brand");
	size_t n = 0;

	if (f == NULL)
		return refuse(r, "brand", "Brand is required");
	for (const char *p = f->value; *p != '\0'; p++)
		n += ((unsigned char)*p & 0xc0) != 0x80;
	if (!is_text(f) || n > 18 || strpbrk(f->value, "/{}:$\\") != NULL)
		return refuse(r, "brand", "Brand is invalid");
	snprintf(out->brand, sizeof(out->brand), "%.79s", f->value);
	return true;
}

static bool
good_client_ref(const struct sim_request *req)
{
	const struct request_field *f = request_field(req, "client_ref");

	return f == NULL ||
	    (is_text(f) && strlen(f->value) <= 40 && is_alnum(f->value));
}

/* "en-us", "yue-cn"; the list of languages is no part of the document. */
static bool
good_locale(const struct sim_request *req)
{
	const struct request_field *f = request_field(req, "locale");
	const char *s = f != NULL ? f->value : "en-us";
	const size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz");

	return (f == NULL || is_text(f)) && (n == 2 || n == 3) && s[n] == '-' &&
	    islower((unsigned char)s[n + 1]) &&
	    islower((unsigned char)s[n + 2]) && s[n + 3] == '\0';
}

/* Members that need the vendor's leave. */
static bool
take_special(const struct sim_request *req, bool allowed, struct v2_start *out,
    struct v2_refusal *r)
{
	static const char *const names[] = { "code", "template_id",
		"fraud_check", NULL };
	const struct request_field *f;

	for (const char *const *n = names; *n != NULL; n++)
		if (request_field(req, *n) != NULL && !allowed) {
			r->forbidden = true;
			return refuse(r, *n, "is not permitted");
		}
	f = request_field(req, "code");
	if (f == NULL)
		return true;
	if (!is_text(f) || strlen(f->value) < 4 ||
	    strlen(f->value) > V2_CODE_MAX || !is_alnum(f->value))
		return refuse(r, "code", "Code is invalid");
	snprintf(out->code, sizeof(out->code), "%.10s", f->value);
	return true;
}

static const struct {
	const char *name;
	enum v2_channel channel;
	bool needs_from;
} channels[] = {
	{ "sms", V2_SMS, false },
	{ "voice", V2_VOICE, false },
	{ "whatsapp", V2_WHATSAPP, true },
	{ "rcs", V2_RCS, true },
	{ "email", V2_EMAIL, false },
	{ "silent_auth", V2_SILENT_AUTH, false },
};

static const struct request_field *
step_field(const struct sim_request *req, int i, const char *name)
{
	char path[40];

	snprintf(path, sizeof(path), "workflow.%d.%s", i, name);
	return request_field(req, path);
}

static bool
refuse_step(struct v2_refusal *r, int i, const char *name, const char *reason)
{
	char path[40];

	snprintf(path, sizeof(path), "workflow[%d].%s", i, name);
	return refuse(r, path, reason);
}

static bool
good_from(const struct request_field *f, enum v2_channel channel)
{
	if (!is_text(f))
		return false;
	switch (channel) {
	case V2_SMS:
		return is_number(f->value) ||
		    (strlen(f->value) <= 11 && is_alnum(f->value));
	case V2_WHATSAPP:
		return is_number(f->value);
	case V2_RCS:
		return strlen(f->value) <= 15;
	case V2_EMAIL:
		return is_address(f->value);
	case V2_VOICE:
	case V2_SILENT_AUTH:
	case V2_NO_CHANNEL:
		return true;
	}
	return false;
}

static bool
take_from(const struct sim_request *req, int i, bool needed,
    enum v2_channel channel, struct v2_refusal *r)
{
	const struct request_field *f = step_field(req, i, "from");

	if (f == NULL)
		return !needed || refuse_step(r, i, "from", "From is required");
	return good_from(f, channel) ||
	    refuse_step(r, i, "from", "From is invalid");
}

static bool
take_step(const struct sim_request *req, int i, struct v2_step *out,
    struct v2_refusal *r)
{
	const struct request_field *channel = step_field(req, i, "channel");
	const struct request_field *to = step_field(req, i, "to");
	const struct request_field *reuse = step_field(req, i, "reuse_code");
	size_t k = 0;

	if (channel == NULL)
		return refuse_step(r, i, "channel", "Channel is required");
	while (k < sizeof(channels) / sizeof(channels[0]) &&
	    strcmp(channels[k].name, channel->value) != 0)
		k++;
	if (!is_text(channel) || k == sizeof(channels) / sizeof(channels[0]))
		return refuse_step(r, i, "channel", "Channel is invalid");
	out->channel = channels[k].channel;
	if (to == NULL)
		return refuse_step(r, i, "to", "To is required");
	if (!is_text(to) ||
	    !(out->channel == V2_EMAIL ? is_address : is_number)(to->value))
		return refuse_step(r, i, "to", "To is invalid");
	snprintf(out->to, sizeof(out->to), "%.254s", to->value);
	if (reuse != NULL && reuse->type != REQUEST_BOOL)
		return refuse_step(r, i, "reuse_code", "must be a boolean");
	out->reuse_code = reuse != NULL && strcmp(reuse->value, "true") == 0;
	return take_from(req, i, channels[k].needs_from, out->channel, r);
}

static bool
take_workflow(
    const struct sim_request *req, struct v2_start *out, struct v2_refusal *r)
{
	const struct request_field *f = request_field(req, "workflow");
	char path[16];
	int n = 0;

	if (f == NULL)
		return refuse(r, "workflow", "Workflow is required");
	if (f->type != REQUEST_ARRAY)
		return refuse(r, "workflow", "Workflow is invalid");
	for (;; n++) {
		snprintf(path, sizeof(path), "workflow.%d", n);
		f = request_field(req, path);
		if (f == NULL)
			break;
		if (n == V2_STEPS_MAX)
			return refuse(
			    r, "workflow", "Workflow has more than 3 steps");
		if (f->type != REQUEST_OBJECT)
			return refuse(r, "workflow", "Workflow is invalid");
		if (!take_step(req, n, &out->steps[n], r))
			return false;
	}
	out->step_count = n;
	return n > 0 || refuse(r, "workflow", "Workflow is invalid");
}

bool
v2_params(const struct sim_request *req, const struct v2_account *account,
    struct v2_start *out, struct v2_refusal *r)
{
	memset(out, 0, sizeof(*out));
	memset(r, 0, sizeof(*r));
	out->code_length = 4;
	out->channel_timeout = 180;
	if (req->bad_json)
		return refuse(r, "body", "is no JSON object");
	if (!take_brand(req, out, r) || !take_workflow(req, out, r))
		return false;
	if (!good_locale(req))
		return refuse(r, "locale", "Locale is invalid");
	if (!take_int(req, "channel_timeout", account->least_timeout, 900,
		&out->channel_timeout))
		return refuse(
		    r, "channel_timeout", "Channel timeout is out of range");
	if (!take_int(req, "code_length", 4, V2_CODE_MAX, &out->code_length))
		return refuse(r, "code_length", "Code length is out of range");
	if (!good_client_ref(req))
		return refuse(r, "client_ref", "Client ref is invalid");
	return take_special(req, account->all_features, out, r);
}
