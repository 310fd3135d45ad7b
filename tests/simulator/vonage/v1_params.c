/* SPDX-License-Identifier: BSD-2-Clause */
/* Which parameters Verify v1 takes for a start (OpenAPI 1.2.4). */
#include "tests/simulator/vonage/v1_params.h"

#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "tests/simulator/http/request.h"
#include "tests/simulator/vonage/v1_state.h"

static const char digits[] = "0123456789";

static const char *const languages[] = { "ar-xa", "cs-cz", "cy-cy", "cy-gb",
	"da-dk", "de-de", "el-gr", "en-au", "en-gb", "en-in", "en-us", "es-es",
	"es-mx", "es-us", "fi-fi", "fil-ph", "fr-ca", "fr-fr", "hi-in", "hu-hu",
	"id-id", "is-is", "it-it", "ja-jp", "ko-kr", "nb-no", "nl-nl", "pl-pl",
	"pt-br", "pt-pt", "ro-ro", "ru-ru", "sv-se", "th-th", "tr-tr", "vi-vn",
	"yue-cn", "zh-cn", "zh-tw", NULL };

/* Enough of them to try national numbers; others are refused. */
static const struct {
	const char *country, *prefix;
} prefixes[] = {
	{ "US", "1" },
	{ "CA", "1" },
	{ "FR", "33" },
	{ "ES", "34" },
	{ "GB", "44" },
	{ "DK", "45" },
	{ "SE", "46" },
	{ "DE", "49" },
};

static bool
all_digits(const char *s)
{
	return s[0] != '\0' && s[strspn(s, digits)] == '\0';
}

/* The characters of UTF-8 text, or -1 when it is none. */
static int
characters(const char *s)
{
	int n = 0, more = 0;
	unsigned char c;

	for (; *s != '\0'; s++) {
		c = (unsigned char)*s;
		if (((c & 0xc0) == 0x80) != (more > 0))
			return -1;
		if (more > 0) {
			more--;
			continue;
		}
		if (c >= 0xf8 || (c >= 0x80 && c < 0xc2))
			return -1;
		more = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : c >= 0x80 ? 1 : 0;
		n++;
	}
	return more > 0 ? -1 : n;
}

static bool
number_from_country(const char *country, const char *s, char out[17])
{
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
		if (strcasecmp(prefixes[i].country, country) == 0)
			return snprintf(out, 17, "%s%s", prefixes[i].prefix,
				   s + 1) <= 15;
	return false;
}

static bool
take_number(const struct sim_request *req, char out[17])
{
	const struct request_field *f = request_field(req, "number");
	const struct request_field *country = request_field(req, "country");
	const char *s = f->value + (f->value[0] == '+' ? 1 : 0);
	const size_t len = strlen(s);

	if (f->bad || !all_digits(s) || len < 7 || len > 15)
		return false;
	if (s[0] == '0' && s == f->value && country != NULL)
		return number_from_country(country->value, s, out);
	snprintf(out, 17, "%.16s", s);
	return s[0] != '0';
}

/* An integer between min and max, absent: as it was. */
static bool
take_int(
    const struct sim_request *req, const char *name, int min, int max, int *out)
{
	const struct request_field *f = request_field(req, name);
	int n = 0;

	if (f == NULL)
		return true;
	if (f->bad || !all_digits(f->value) || strlen(f->value) > 6)
		return false;
	for (const char *p = f->value; *p != '\0'; p++)
		n = n * 10 + (*p - '0');
	*out = n;
	return n >= min && n <= max;
}

static bool
take_brand(const struct sim_request *req, char *out, size_t size)
{
	const struct request_field *f = request_field(req, "brand");
	const int n = characters(f->value);

	snprintf(out, size, "%.79s", f->value);
	return !f->bad && n >= 1 && n <= 18;
}

static bool
take_sender(const struct sim_request *req, char *out, size_t size)
{
	const struct request_field *f = request_field(req, "sender_id");

	snprintf(out, size, "%.11s", f != NULL ? f->value : "verify");
	if (f == NULL)
		return true;
	for (const char *p = f->value; *p != '\0'; p++)
		if (!isalnum((unsigned char)*p) && *p != ' ')
			return false;
	return !f->bad && strlen(f->value) <= 11;
}

static bool
good_language(const struct sim_request *req)
{
	const struct request_field *f = request_field(req, "lg");

	if (f == NULL)
		return true;
	for (const char *const *l = languages; *l != NULL; l++)
		if (!f->bad && strcmp(*l, f->value) == 0)
			return true;
	return false;
}

static bool
good_country(const struct sim_request *req)
{
	const struct request_field *f = request_field(req, "country");

	return f == NULL ||
	    (!f->bad && strlen(f->value) == 2 &&
		isalpha((unsigned char)f->value[0]) &&
		isalpha((unsigned char)f->value[1]));
}

/* The name of the first parameter with a bad value, or NULL. */
static const char *
first_invalid(const struct sim_request *req, struct v1_start *out)
{
	if (!good_country(req))
		return "country";
	if (!take_number(req, out->number))
		return "number";
	if (!take_brand(req, out->brand, sizeof(out->brand)))
		return "brand";
	if (!take_sender(req, out->sender, sizeof(out->sender)))
		return "sender_id";
	if (!take_int(req, "code_length", 4, 6, &out->code_length) ||
	    out->code_length == 5)
		return "code_length";
	if (!take_int(req, "pin_expiry", 60, 3600, &out->pin_expiry))
		return "pin_expiry";
	if (!take_int(req, "next_event_wait", 60, 900, &out->next_event_wait))
		return "next_event_wait";
	if (!take_int(req, "workflow_id", 1, 7, &out->workflow))
		return "workflow_id";
	if (!good_language(req))
		return "lg";
	return NULL;
}

int
v1_params(
    const struct sim_request *req, struct v1_start *out, const char **name)
{
	*name = "number";
	if (request_field(req, "number") == NULL)
		return V1_MISSING;
	*name = "brand";
	if (request_field(req, "brand") == NULL)
		return V1_MISSING;
	memset(out, 0, sizeof(*out));
	out->code_length = 4;
	out->pin_expiry = 300;
	out->workflow = 1;
	*name = first_invalid(req, out);
	if (*name != NULL)
		return V1_INVALID;
	*name = "pin_code";
	if (request_field(req, "pin_code") != NULL)
		return V1_NO_PIN_CODE;
	/* Guide "Change the event timings": the wait wins, silently. */
	if (out->next_event_wait != 0 &&
	    request_field(req, "pin_expiry") != NULL &&
	    out->pin_expiry % out->next_event_wait != 0)
		out->pin_expiry = out->next_event_wait;
	return 0;
}
