/* SPDX-License-Identifier: BSD-2-Clause */
/* Recorded replies of providers, and what their types make of them. */
#include "tests/support/replies/replies.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/provider_types/provider_types.h"
#include "tests/support/line_name.h"

#define TYPES_MAX 32

/* Each type's text is read once. */
static const struct replies_file *
file_of(const char *type)
{
	static struct {
		char type[64];
		struct replies_file *file;
	} known[TYPES_MAX];
	char why[512];
	size_t i;

	for (i = 0; i < TYPES_MAX && known[i].file != NULL; i++)
		if (strcmp(known[i].type, type) == 0)
			return known[i].file;
	assert_true(i < TYPES_MAX);
	known[i].file = replies_open(type, why, sizeof(why));
	if (known[i].file == NULL)
		fail_msg("%s", why);
	(void)snprintf(known[i].type, sizeof(known[i].type), "%s", type);
	return known[i].file;
}

void
replies_load(const char *type, struct reply_table *t)
{
	const struct replies_file *file = file_of(type);

	memset(t, 0, sizeof(*t));
	(void)snprintf(t->type, sizeof(t->type), "%s", type);
	t->row = file->row;
	t->rows = file->rows;
}

void
replies_read(const char *type, const char *file, struct http_reply *reply)
{
	const struct reply_case *c = replies_find(file_of(type), file);

	if (c == NULL)
		fail_msg(REPLIES "/%s: no reply %s", type, file);
	memset(reply, 0, sizeof(*reply));
	reply->fate = HTTP_REPLIED;
	reply->retry_after_s = 2;
	reply->status = c->status;
	reply->len = c->len;
	memcpy(reply->body, c->body, c->len);
}

bool
replies_is(const struct reply_row *r, const char *call)
{
	const size_t len = strlen(call);

	return strncmp(r->call, call, len) == 0 &&
	    strchr("-:", r->call[len]) != NULL;
}

void
replies_aim(const struct reply_row *r, struct provider_ctx *ctx)
{
	const char *method = strchr(r->call, ':');

	if (method != NULL) {
		ctx->method = method_from_name(method + 1);
		if (ctx->method == METHOD_NONE)
			fail_msg("%s: no such method", r->call);
	}
	if (strstr(r->call, "-first") != NULL)
		ctx->request_id[0] = '\0';
	ctx->past_deadline = strstr(r->call, "-late") != NULL;
}

enum outcome
replies_judge(const struct reply_row *r, struct provider_ctx *ctx,
    const struct http_reply *reply, struct number_facts *lookup)
{
	const struct provider_ops *ops = provider_ops(ctx->conf->type);
	static const char *const words[] = { [CALL_START] = "start",
		[CALL_CHECK] = "check",
		[CALL_CANCEL] = "cancel",
		[CALL_NEXT] = "next",
		[CALL_POLL] = "poll",
		[CALL_LOOKUP] = "lookup",
		[CALL_TOKEN] = "token",
		[CALL_FACTORS] = "factors",
		[CALL_REGISTER] = "register" };
	static struct enrolment e;

	memset(lookup, 0, sizeof(*lookup));
	ctx->lookup = lookup;
	ctx->enrolment = &e;
	for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (replies_is(r, words[i]) && ops->call[i].reply != NULL)
			return provider_ops_read_reply(
			    ops, (enum provider_call_kind)i, ctx, reply);
	fail_msg("%s: %s has no call %s", r->file, ops->type->name, r->call);
	return OUTCOME_DENY;
}

static void
mark(char *out, size_t cap, bool set, const char *name, const char *value)
{
	const size_t used = strlen(out);

	if (set)
		(void)snprintf(out + used, cap - used, "%s%s%s",
		    used > 0 ? " " : "", name, value);
}

static void
mark_lookup(const struct number_facts *l, char *out, size_t cap)
{
	static const char *const known[] = {
		[LOOKUP_UNKNOWN] = "?",
		[LOOKUP_NO] = "no",
		[LOOKUP_YES] = "yes",
	};

	mark(out, cap, l->valid != LOOKUP_UNKNOWN, "valid=", known[l->valid]);
	mark(out, cap, l->reachable != LOOKUP_UNKNOWN,
	    "reachable=", known[l->reachable]);
	mark(out, cap, l->country[0] != '\0', "country=", l->country);
	mark(out, cap, l->line != NUMBER_UNKNOWN, "line=", line_name(l->line));
}

void
replies_marks(const struct reply_row *r, const struct provider_ctx *ctx,
    const struct number_facts *lookup, char *out, size_t cap)
{
	out[0] = '\0';
	mark(out, cap, ctx->told.more, "more", "");
	mark(out, cap, ctx->told.other, "other", "");
	mark(out, cap, ctx->told.weak, "weak", "");
	mark(out, cap, ctx->told.internal, "internal", "");
	mark(out, cap, ctx->told.per_number, "per-number", "");
	mark(out, cap, ctx->told.wrong_codes, "wrong-codes", "");
	mark(out, cap, ctx->told.unevaluated, "unevaluated", "");
	mark(out, cap, ctx->told.refused, "refused", "");
	if (replies_is(r, "lookup"))
		mark_lookup(lookup, out, cap);
	if (out[0] == '\0')
		mark(out, cap, true, "-", "");
}
