/* SPDX-License-Identifier: BSD-2-Clause */
/* Secrets of authenticator apps: made and read. */
#include "twofactl/enrol/enrol_inside.h"

int
app_secret_new(struct secret *secret)
{
	secret->len = SECRET_RANDOM_MAX;
	return secret_random_base32(secret->b, secret->len);
}

static const char *
read_base32(const char *text, struct secret *out)
{
	struct secret typed = { .len = strlen(text) };

	PRINT_TO(typed.b, "%s", text);
	if (typed.len > SECRET_MAX || !totp_secret_is_valid(&typed) ||
	    totp_secret_normalise(&typed, out) != 0)
		out->len = 0;
	explicit_bzero(&typed, sizeof(typed));
	while (out->len > 0 && out->b[out->len - 1] == '=')
		out->b[--out->len] = '\0';
	return out->len > 0 ? NULL
			    : "is no secret of 16 bytes or more, which are 26 "
			      "characters A to Z and 2 to 7";
}

/* Reads one field; unknown ones, such as the issuer, are ignored. */
static const char *
read_uri_field(const char *field, struct app_secret *app)
{
	const struct {
		const char *usual, *other, *wrong;
	} known[] = {
		{ "digits=6", app->added ? "digits=8" : "digits=6",
		    "has codes of other than 6 digits; 8 take --add" },
		{ "period=30", "period=60",
		    "has a period other than 30 or 60 seconds" },
		{ "algorithm=SHA1", "algorithm=SHA256",
		    "has a hash other than SHA1 or SHA256" },
	};

	for (size_t i = 0; i < COUNT_OF(known); i++) {
		const bool usual = strcasecmp(field, known[i].usual) == 0;
		const bool other =
		    !usual && strcasecmp(field, known[i].other) == 0;

		if (strncasecmp(field, known[i].usual,
			strcspn(known[i].usual, "=") + 1) != 0)
			continue;
		if (!other && !usual)
			return known[i].wrong;
		if (i == 0)
			app->kind.digits =
			    other ? TOTP_DIGITS_LONG : TOTP_DIGITS;
		if (i == 1)
			app->kind.period = other ? TOTP_LONG_S : TOTP_STEP_S;
		app->kind.sha256 |= i == 2 && other;
	}
	if (app->kind.hotp && strncasecmp(field, "counter=", 8) == 0) {
		app->counter = decimal_read(field + 8, HOTP_COUNTER_MAX);
		return app->counter >= 0 ? NULL : "has a counter that is none";
	}
	if (strncasecmp(field, "secret=", 7) != 0)
		return NULL;
	return app->secret.len > 0 ? "has two secrets"
				   : read_base32(field + 7, &app->secret);
}

static const char *
read_uri(char *text, struct app_secret *app)
{
	char *query = strchr(text, '?'), *field;
	const char *cause = NULL;

	app->kind.hotp =
	    app->added && strncasecmp(text, "otpauth://hotp/", 15) == 0;
	if ((!app->kind.hotp &&
		strncasecmp(text, "otpauth://totp/", 15) != 0) ||
	    query == NULL)
		return "is no otpauth://totp/ address with a secret; one that "
		       "counts its codes (hotp) takes --add";
	for (query++; cause == NULL && (field = strsep(&query, "&")) != NULL;)
		cause = read_uri_field(field, app);
	if (cause == NULL && app->kind.hotp &&
	    (app->kind.sha256 || app->kind.period == TOTP_LONG_S))
		return "has a hash or period that hotp cannot have";
	return cause != NULL || app->secret.len > 0 ? cause : "has no secret";
}

const char *
app_secret_read(const char *typed, struct app_secret *app)
{
	char text[TOTP_URI_MAX];
	const size_t len = strcspn(typed, "\r\n");
	const char *cause;

	app->secret = (struct secret){ .len = 0 };
	app->kind = (struct totp_kind){ 0 };
	if (typed[len + strspn(typed + len, "\r\n")] != '\0')
		return "has several lines; of google-authenticator's file the "
		       "first is the secret: head -n1";
	if (len >= sizeof(text))
		return "is too long";
	PRINT_TO(text, "%.*s", (int)len, typed);
	cause = strncasecmp(text, "otpauth:", 8) == 0
	    ? read_uri(text, app)
	    : read_base32(text, &app->secret);
	explicit_bzero(text, sizeof(text));
	return cause;
}
