/* SPDX-License-Identifier: BSD-2-Clause */
/* What Vonage's APIs have in common: workflows, locales, credentials. */
#include "helper/providers/vonage/vonage.h"

#include <string.h>

#define STEPS_MAX 3

static const enum method workflows[][STEPS_MAX] = {
	[1] = { METHOD_SMS, METHOD_VOICE, METHOD_VOICE },
	[2] = { METHOD_SMS, METHOD_SMS, METHOD_VOICE },
	[3] = { METHOD_VOICE, METHOD_VOICE },
	[4] = { METHOD_SMS, METHOD_SMS },
	[5] = { METHOD_SMS, METHOD_VOICE },
	[6] = { METHOD_SMS },
	[7] = { METHOD_VOICE },
};
#define WORKFLOWS ((long)(sizeof(workflows) / sizeof(workflows[0])))
/* Until the last step has come by itself (the vendor's guide "Workflows and
 * events"); that one is open as long as its code, and 300 s at least. */
static const unsigned waits_s[] = {
	[1] = 125 + 180,
	[2] = 125 + 180,
	[3] = 150,
	[4] = 120,
	[5] = 125,
};
#define WAITS ((long)(sizeof(waits_s) / sizeof(waits_s[0])))
#define LAST_WAIT_MS 300000
#define WORKFLOW_SMS 6
#define WORKFLOW_CALL 7

static const struct {
	const char *language, *locale;
} locales[] = {
	{ "en", "en-us" },
};

enum method
vonage_step(long workflow, unsigned n)
{
	if (workflow < 1 || workflow >= WORKFLOWS || n >= STEPS_MAX)
		return METHOD_NONE;
	return workflows[workflow][n];
}

enum method
vonage_next_method(const struct provider_conf *conf, unsigned sends)
{
	return vonage_step(conf->number[VONAGE_WORKFLOW_ID], sends);
}

int64_t
vonage_life_ms(long workflow, int64_t expiry_ms)
{
	if (workflow < 1 || workflow >= WAITS)
		return expiry_ms;
	if (expiry_ms < LAST_WAIT_MS)
		expiry_ms = LAST_WAIT_MS;
	return expiry_ms + waits_s[workflow] * INT64_C(1000);
}

unsigned
vonage_steps(long workflow)
{
	unsigned n = 0;

	while (vonage_step(workflow, n) != METHOD_NONE)
		n++;
	return n;
}

long
vonage_workflow(long set, enum method method)
{
	if (vonage_step(set, 0) == method)
		return set;
	if (method == METHOD_SMS)
		return WORKFLOW_SMS;
	return method == METHOD_VOICE ? WORKFLOW_CALL : 0;
}

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
