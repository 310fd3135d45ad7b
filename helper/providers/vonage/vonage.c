/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/providers/vonage/vonage.h"

#include <string.h>

static const struct {
	const char *language, *locale;
} locales[] = {
	{ "en", "en-us" },
};

const char *
vonage_locale(const char *language)
{
	for (size_t i = 0; i < sizeof(locales) / sizeof(locales[0]); i++)
		if (strcmp(locales[i].language, language) == 0)
			return locales[i].locale;
	return NULL;
}

void
vonage_basic(const struct provider_ctx *ctx, struct http_request *req)
{
	req->auth_user = ctx->conf->text[VONAGE_API_KEY];
	req->auth_secret = &ctx->conf->secret[VONAGE_API_SECRET];
	if (req->auth_user == NULL || req->auth_secret->len == 0)
		req->failed = true;
}
