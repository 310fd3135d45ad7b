/* SPDX-License-Identifier: BSD-2-Clause */
/* Common to all replies of the legacy Authy API. */
#include "helper/providers/authy/authy_reply.h"

#include <string.h>

#include "helper/providers/providers.h"

bool
authy_true(const struct json *json, const char *path)
{
	char text[8];
	bool value = false;

	if (json_bool(json, path, &value) == JSON_OK)
		return value;
	return json_text(json, path, text, sizeof(text)) == JSON_OK &&
	    strcmp(text, "true") == 0;
}

/* An error code that is no text must not look like "", which is no error. */
static void
read_code(const struct json *json, struct authy_reply *a)
{
	if (json_text(json, "error_code", a->code, sizeof(a->code)) == JSON_BAD)
		memcpy(a->code, "?", 2);
}

void
authy_read(const struct http_reply *reply, struct authy_reply *a)
{
	struct json *json = json_parse(reply->body, reply->len);

	memset(a, 0, sizeof(*a));
	if (json == NULL)
		return;
	a->readable = true;
	a->success = authy_true(json, "success");
	a->ignored = authy_true(json, "ignored");
	read_code(json, a);
	(void)json_text(json, "token", a->token, sizeof(a->token));
	(void)json_text(json, "message", a->text, sizeof(a->text));
	json_free(json);
}

enum outcome
authy_outcome(const struct authy_row *rows, const struct authy_reply *a,
    enum outcome otherwise)
{
	for (; rows->code != NULL; rows++)
		if (strcmp(rows->code, a->code) == 0)
			return rows->outcome;
	return otherwise;
}

void
authy_detail(struct provider_ctx *ctx, const struct http_reply *reply,
    const struct authy_reply *a)
{
	if (a->code[0] != '\0')
		detail_set(ctx, reply->status, "error_code", a->code, a->text);
	else if (a->token[0] != '\0')
		detail_set(ctx, reply->status, "token", a->token, a->text);
	else
		detail_set(ctx, reply->status, "success",
		    a->success ? "true" : "", a->text);
}
