/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The meaning of Twilio's error codes. Source: the vendor's error dictionary.
 * The vendor adds codes over time; for unknown ones the HTTP status decides.
 */
#include "helper/providers/twilio/twilio.h"

#include <string.h>

#define INVALID_PARAMETER 60200
#define WORD_BYTES TWILIO_ALNUM "_"

/* Details beside the outcome. */
enum mark {
	MARK_NONE = 0,
	MARK_NUMBER,   /* per_number: no other provider may be asked */
	MARK_INTERNAL, /* the vendor failed inside */
	MARK_WRONG,    /* ended by wrong codes */
	MARK_GONE,     /* a check found nothing to compare the code with */
};

struct row {
	int64_t code;
	enum outcome start, check;
	enum mark mark;
};

static const struct row rows[] = {
	{ 10001, OUTCOME_ACCOUNT, OUTCOME_ACCOUNT, MARK_NONE },
	{ 20003, OUTCOME_CONFIG, OUTCOME_CONFIG, MARK_NONE },
	{ 20005, OUTCOME_ACCOUNT, OUTCOME_ACCOUNT, MARK_NONE },
	{ 20008, OUTCOME_CONFIG, OUTCOME_CONFIG, MARK_NONE },
	{ 20404, OUTCOME_CONFIG, OUTCOME_DENY, MARK_GONE },
	{ 20429, OUTCOME_THROTTLE, OUTCOME_THROTTLE, MARK_NONE },
	{ 20500, OUTCOME_TRANSIENT, OUTCOME_TRANSIENT, MARK_INTERNAL },
	{ 21211, OUTCOME_NUMBER, OUTCOME_DENY, MARK_NONE },
	{ 21408, OUTCOME_FRAUD, OUTCOME_FRAUD, MARK_NONE },
	{ 21608, OUTCOME_ACCOUNT, OUTCOME_ACCOUNT, MARK_NONE },
	{ 21610, OUTCOME_NUMBER, OUTCOME_DENY, MARK_NONE },
	{ 21614, OUTCOME_NUMBER, OUTCOME_DENY, MARK_NONE },
	{ 30450, OUTCOME_FRAUD, OUTCOME_FRAUD, MARK_NONE },
	/* NUMBER when it names the parameter To */
	{ INVALID_PARAMETER, OUTCOME_CONFIG, OUTCOME_CONFIG, MARK_NONE },
	{ 60202, OUTCOME_DENY, OUTCOME_DENY, MARK_WRONG },
	{ 60203, OUTCOME_THROTTLE, OUTCOME_THROTTLE, MARK_NUMBER },
	{ 60204, OUTCOME_CONFIG, OUTCOME_CONFIG, MARK_NONE },
	{ 60205, OUTCOME_NUMBER, OUTCOME_DENY, MARK_NONE },
	{ 60207, OUTCOME_THROTTLE, OUTCOME_THROTTLE, MARK_NONE },
	{ 60212, OUTCOME_THROTTLE, OUTCOME_THROTTLE, MARK_NUMBER },
	{ 60217, OUTCOME_CONFIG, OUTCOME_CONFIG, MARK_NONE },
	{ 60220, OUTCOME_CONFIG, OUTCOME_CONFIG, MARK_NONE },
	{ 60222, OUTCOME_CONFIG, OUTCOME_CONFIG, MARK_NONE },
	{ 60223, OUTCOME_CONFIG, OUTCOME_CONFIG, MARK_NONE },
	{ 60238, OUTCOME_FRAUD, OUTCOME_FRAUD, MARK_NONE },
	{ 60242, OUTCOME_CONFIG, OUTCOME_CONFIG, MARK_NONE },
	{ 60245, OUTCOME_THROTTLE, OUTCOME_THROTTLE, MARK_NONE },
	{ 60308, OUTCOME_DENY, OUTCOME_DENY, MARK_WRONG },
	{ 60309, OUTCOME_THROTTLE, OUTCOME_THROTTLE, MARK_NONE },
	{ 60310, OUTCOME_DENY, OUTCOME_DENY, MARK_WRONG },
	{ 60312, OUTCOME_THROTTLE, OUTCOME_THROTTLE, MARK_NUMBER },
	{ 60318, OUTCOME_CONFIG, OUTCOME_CONFIG, MARK_NONE },
	{ 60322, OUTCOME_TRANSIENT, OUTCOME_DENY, MARK_GONE },
	{ 60323, OUTCOME_TRANSIENT, OUTCOME_EXPIRED, MARK_NONE },
	{ 60324, OUTCOME_TRANSIENT, OUTCOME_WRONG, MARK_NONE },
	{ 60326, OUTCOME_THROTTLE, OUTCOME_THROTTLE, MARK_NONE },
	{ 60328, OUTCOME_THROTTLE, OUTCOME_THROTTLE, MARK_NONE },
	{ 60390, OUTCOME_CONFIG, OUTCOME_CONFIG, MARK_NONE },
	{ 60391, OUTCOME_CONFIG, OUTCOME_CONFIG, MARK_NONE },
	{ 60392, OUTCOME_CONFIG, OUTCOME_CONFIG, MARK_NONE },
	{ 60410, OUTCOME_FRAUD, OUTCOME_FRAUD, MARK_NONE },
	{ 60412, OUTCOME_FRAUD, OUTCOME_FRAUD, MARK_NONE },
	{ 60436, OUTCOME_NUMBER, OUTCOME_DENY, MARK_NONE },
	{ 60603, OUTCOME_ACCOUNT, OUTCOME_ACCOUNT, MARK_NONE },
	{ 60605, OUTCOME_FRAUD, OUTCOME_FRAUD, MARK_NONE },
	{ 68008, OUTCOME_CONFIG, OUTCOME_CONFIG, MARK_NONE },
	{ 70051, OUTCOME_CONFIG, OUTCOME_CONFIG, MARK_NONE },
	{ 575001, OUTCOME_ACCOUNT, OUTCOME_ACCOUNT, MARK_NONE },
};

static const struct row *
find_row(int64_t code)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].code == code)
			return &rows[i];
	return NULL;
}

/* Does the text name the parameter "To" as a separate word? */
static bool
names_to(const char *text)
{
	for (const char *p = text; (p = strstr(p, "To")) != NULL; p += 2)
		if ((p == text || strchr(WORD_BYTES, p[-1]) == NULL) &&
		    (p[2] == '\0' || strchr(WORD_BYTES, p[2]) == NULL))
			return true;
	return false;
}

enum outcome
twilio_start_error(struct provider_ctx *ctx, const struct twilio_answer *a)
{
	const struct row *row = find_row(a->code);

	if (row == NULL)
		return outcome_of_http_start(a->http_status);
	ctx->per_number = row->mark == MARK_NUMBER;
	ctx->internal = row->mark == MARK_INTERNAL;
	if (row->code == INVALID_PARAMETER && names_to(a->message))
		return OUTCOME_NUMBER;
	return row->start;
}

enum outcome
twilio_check_error(struct provider_ctx *ctx, const struct twilio_answer *a)
{
	const struct row *row = find_row(a->code);

	ctx->unevaluated = row != NULL && row->mark == MARK_GONE;
	if (a->http_status == 404 && ctx->past_deadline &&
	    (row == NULL || row->mark == MARK_GONE))
		return OUTCOME_EXPIRED;
	if (row == NULL)
		return outcome_of_http_check(a->http_status);
	ctx->per_number = row->mark == MARK_NUMBER;
	ctx->wrong_codes = row->mark == MARK_WRONG;
	return row->check;
}
