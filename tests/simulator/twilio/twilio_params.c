/* SPDX-License-Identifier: BSD-2-Clause */
/* What Twilio reads out of a request. */
#include "tests/simulator/twilio/twilio_params.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cjson/cJSON.h>

#include "tests/simulator/core/creds.h"
#include "tests/simulator/core/world.h"
#include "tests/simulator/faults/throttle.h"
#include "tests/simulator/http/request.h"
#include "tests/simulator/twilio/twilio_errors.h"
#include "tests/simulator/twilio/twilio_settings.h"

bool
twilio_sid_is_valid(const char *text, const char *kind)
{
	return strlen(text) == 34 && strncmp(text, kind, 2) == 0 &&
	    strspn(text + 2, "0123456789abcdefABCDEF") == 32;
}

bool
twilio_admit(const struct sim_request *req, struct sim_reply *reply)
{
	const bool good = req->scheme == REQUEST_BASIC && !req->bad_auth &&
	    (twilio_sid_is_valid(req->key, "AC") ||
		twilio_sid_is_valid(req->key, "SK")) &&
	    creds_good("twilio", req->key, req->secret);

	if (!good) {
		twilio_refuse(reply, 20003);
		return false;
	}
	if (throttle_hit(req->key, (unsigned int)twilio_settings.rate)) {
		twilio_refuse(reply, 20429);
		return false;
	}
	return true;
}

/* A key's account is not told by the key: here they share their digits. */
void
twilio_account(const struct sim_request *req, char out[TWILIO_SID])
{
	snprintf(out, TWILIO_SID, "AC%.32s", req->key + 2);
}

const struct request_field *
twilio_field(const struct sim_request *req, const char *name)
{
	const struct request_field *f;

	for (size_t i = 0; i < req->fields; i++) {
		f = &req->field[i];
		if (f->source == REQUEST_FROM_FORM &&
		    strcmp(f->name, name) == 0 &&
		    (f->bad || f->value[0] != '\0'))
			return f;
	}
	return NULL;
}

size_t
twilio_length(const char *s)
{
	size_t n = 0;

	for (; *s != '\0'; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

bool
twilio_text(const struct sim_request *req, struct sim_reply *reply,
    const char *name, size_t min, size_t max, const char **out)
{
	const struct request_field *f = twilio_field(req, name);
	size_t n;

	if (f == NULL)
		return true;
	n = twilio_length(f->value);
	if (f->bad || n < min || n > max) {
		twilio_refuse_value(reply, name, f->value);
		return false;
	}
	*out = f->value;
	return true;
}

bool
twilio_text_needed(const struct sim_request *req, struct sim_reply *reply,
    const char *name, size_t min, size_t max, const char **out)
{
	if (twilio_field(req, name) == NULL) {
		twilio_refuse_missing(reply, name);
		return false;
	}
	return twilio_text(req, reply, name, min, max, out);
}

bool
twilio_int(const struct sim_request *req, struct sim_reply *reply,
    const char *name, int min, int max, int *out)
{
	const struct request_field *f = twilio_field(req, name);
	char *end;
	long n;

	if (f == NULL)
		return true;
	n = strtol(f->value, &end, 10);
	if (f->bad || strspn(f->value, "0123456789") != strlen(f->value) ||
	    strlen(f->value) > 6 || n < min || n > max) {
		twilio_refuse_value(reply, name, f->value);
		return false;
	}
	*out = (int)n;
	return true;
}

bool
twilio_bool(const struct sim_request *req, struct sim_reply *reply,
    const char *name, bool *out)
{
	const struct request_field *f = twilio_field(req, name);

	if (f == NULL)
		return true;
	*out = strcasecmp(f->value, "true") == 0;
	if (*out || strcasecmp(f->value, "false") == 0)
		return true;
	twilio_refuse_value(reply, name, f->value);
	return false;
}

static bool
only_strings(const cJSON *doc)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, doc)
	{
		if (!cJSON_IsString(item))
			return false;
	}
	return cJSON_IsObject(doc);
}

bool
twilio_strings(const struct sim_request *req, struct sim_reply *reply,
    const char *name, struct cJSON **out)
{
	const struct request_field *f = twilio_field(req, name);
	cJSON *doc;

	if (f == NULL)
		return true;
	doc = cJSON_Parse(f->value);
	if (f->bad || twilio_length(f->value) > 1024 || !only_strings(doc)) {
		twilio_refuse_value(reply, name, f->value);
		cJSON_Delete(doc);
		return false;
	}
	*out = doc;
	return true;
}

/* The offset behind a time, in seconds: "Z", "+00:00"; -1 for neither. */
static int
zone(const char *s, long *offset)
{
	static const char shape[] = "+00:00";
	size_t i;

	*offset = 0;
	if (strcmp(s, "Z") == 0 || strcmp(s, "z") == 0)
		return 0;
	if (strlen(s) != sizeof(shape) - 1 || (s[0] != '+' && s[0] != '-'))
		return -1;
	for (i = 1; i < sizeof(shape) - 1; i++)
		if (shape[i] == '0' ? !isdigit((unsigned char)s[i])
				    : s[i] != shape[i])
			return -1;
	*offset = strtol(s + 1, NULL, 10) * 3600 + strtol(s + 4, NULL, 10) * 60;
	if (s[0] == '-')
		*offset = -*offset;
	return 0;
}

bool
twilio_date(const struct sim_request *req, struct sim_reply *reply,
    const char *name, int64_t *out)
{
	const struct request_field *f = twilio_field(req, name);
	struct tm tm = { 0 };
	const char *rest;
	long offset;

	if (f == NULL)
		return true;
	rest = strptime(f->value, "%Y-%m-%dT%H:%M:%S", &tm);
	if (rest != NULL && *rest == '.')
		rest += 1 + strspn(rest + 1, "0123456789");
	if (f->bad || rest == NULL || zone(rest, &offset) == -1) {
		twilio_refuse_value(reply, name, f->value);
		return false;
	}
	*out = ((int64_t)timegm(&tm) - offset) * 1000;
	return true;
}

bool
twilio_e164(const char *s)
{
	const size_t n = strlen(s);

	return s[0] == '+' && s[1] != '0' && n >= 8 && n <= 16 &&
	    strspn(s + 1, "0123456789") == n - 1;
}

void
twilio_add_date(cJSON *o, const char *name, int64_t ms)
{
	char text[32];

	if (ms == 0) {
		cJSON_AddNullToObject(o, name);
		return;
	}
	world_iso(ms, text, sizeof(text));
	cJSON_AddStringToObject(o, name, text);
}
