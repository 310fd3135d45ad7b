/* SPDX-License-Identifier: BSD-2-Clause */
/* Common to all Telnyx APIs: requests and the meaning of errors. */
#include "helper/providers/telnyx/telnyx.h"

#include <stdio.h>
#include <string.h>

#include "helper/providers/providers.h"

#define ERRORS_MAX 16 /* errors of one reply; more are ignored */

/* Error codes of every API (vendor's "API Errors"); none means OK or WRONG. */
static const struct telnyx_row common_rows[] = {
	{ "10001", OUTCOME_NUMBER },
	{ "10002", OUTCOME_NUMBER },
	{ "10016", OUTCOME_NUMBER },
	{ "10004", OUTCOME_CONFIG },
	{ "10005", OUTCOME_CONFIG },
	{ "10006", OUTCOME_CONFIG },
	{ "10007", OUTCOME_TRANSIENT },
	{ "10008", OUTCOME_TRANSIENT },
	{ "10009", OUTCOME_CONFIG },
	{ "10010", OUTCOME_CONFIG },
	{ "10011", OUTCOME_THROTTLE },
	{ "10014", OUTCOME_CONFIG },
	{ "10015", OUTCOME_CONFIG },
	{ "10023", OUTCOME_CONFIG },
	{ "10032", OUTCOME_CONFIG },
	{ "10033", OUTCOME_CONFIG },
	{ "20001", OUTCOME_CONFIG },
	{ "20002", OUTCOME_CONFIG },
	{ "20006", OUTCOME_CONFIG },
	{ "20100", OUTCOME_ACCOUNT },
	{ NULL, OUTCOME_DENY },
};

void
telnyx_begin(const struct provider_ctx *ctx, enum http_method method,
    const char *path, struct http_request *req)
{
	memset(req, 0, sizeof(*req));
	req->method = method;
	req->auth_secret = &ctx->conf->secret[TELNYX_API_KEY];
	if (req->auth_secret->len == 0)
		req->failed = true;
	http_path(req, path);
}

void
telnyx_member(struct http_request *req, const char *name, const char *value)
{
	http_json(req, req->body_len == 0 ? "{" : ",");
	http_json_text(req, name);
	http_json(req, ":");
	http_json_text(req, value);
}

struct error {
	char code[16];
	char text[512];
};

/* The nth error. False: there is none whose code is a text. */
static bool
read_error(const struct json *json, unsigned n, struct error *e)
{
	char path[32];

	memset(e, 0, sizeof(*e));
	(void)snprintf(path, sizeof(path), "errors.%u.code", n);
	if (json_text(json, path, e->code, sizeof(e->code)) != JSON_OK)
		return false;
	(void)snprintf(path, sizeof(path), "errors.%u.detail", n);
	if (json_text(json, path, e->text, sizeof(e->text)) == JSON_OK)
		return true;
	(void)snprintf(path, sizeof(path), "errors.%u.title", n);
	(void)json_text(json, path, e->text, sizeof(e->text));
	return true;
}

static bool
known(const struct telnyx_row *own, const char *code, enum outcome *out)
{
	const struct telnyx_row *const tables[] = { own, common_rows };

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		for (const struct telnyx_row *r = tables[i];
		     r != NULL && r->code != NULL; r++)
			if (strcmp(r->code, code) == 0) {
				*out = r->outcome;
				return true;
			}
	return false;
}

/* The first known error; a fraud block takes precedence. */
static bool
judge_errors(struct provider_ctx *ctx, const struct http_reply *reply,
    const struct json *json, const struct telnyx_row *own, enum outcome *out)
{
	struct error e;
	enum outcome o;
	bool any = false;

	for (unsigned i = 0; i < ERRORS_MAX && read_error(json, i, &e); i++) {
		if (i == 0)
			detail_set(ctx, reply->status, "code", e.code, e.text);
		if (!known(own, e.code, &o) || (any && o != OUTCOME_FRAUD))
			continue;
		any = true;
		*out = o;
		detail_set(ctx, reply->status, "code", e.code, e.text);
	}
	return any;
}

bool
telnyx_refused(struct provider_ctx *ctx, const struct http_reply *reply,
    const struct json *json, const struct telnyx_row *own,
    enum outcome (*by_status)(long status), enum outcome *out)
{
	char none[1];

	if (reply->status == 200 && json != NULL &&
	    json_text(json, "errors", none, sizeof(none)) == JSON_ABSENT)
		return false;
	detail_set(ctx, reply->status, "code", "", "");
	if (json == NULL || !judge_errors(ctx, reply, json, own, out))
		*out = by_status(reply->status);
	return true;
}
