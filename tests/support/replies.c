/* SPDX-License-Identifier: BSD-2-Clause */
/* Recorded replies of providers: tests/replies/TYPE/NAME.http and table. */
#include "tests/support/replies.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/providers/app_enrolment.h"

static void
read_row(const char *path, const char *line, struct reply_row *r)
{
	memset(r, 0, sizeof(*r));
	if (sscanf(line, "%63s %31s %15s %95[^\n]", r->file, r->call,
		r->outcome, r->marks) < 3)
		fail_msg("%s: FILE CALL OUTCOME [MARKS], not: %s", path, line);
}

void
replies_load(const char *type, struct reply_table *t)
{
	char path[256], line[256];
	FILE *f;

	memset(t, 0, sizeof(*t));
	(void)snprintf(t->type, sizeof(t->type), "%s", type);
	(void)snprintf(path, sizeof(path), REPLIES "/%s/table", type);
	f = fopen(path, "re");
	if (f == NULL)
		fail_msg(
		    "%s: not there (run this from the project's folder)", path);
	while (fgets(line, sizeof(line), f) != NULL) {
		if (line[0] == '#' || line[0] == '\n')
			continue;
		assert_true(t->rows < REPLIES_ROWS_MAX);
		read_row(path, line, &t->row[t->rows++]);
	}
	(void)fclose(f);
}

bool
replies_in_table(const struct reply_table *t, const char *file)
{
	for (size_t i = 0; i < t->rows; i++)
		if (strcmp(t->row[i].file, file) == 0)
			return true;
	return false;
}

void
replies_read(const char *type, const char *file, struct http_reply *reply)
{
	char path[256], line[32];
	FILE *f;

	memset(reply, 0, sizeof(*reply));
	reply->fate = HTTP_REPLIED;
	reply->retry_after_s = 2;
	(void)snprintf(path, sizeof(path), REPLIES "/%s/%s.http", type, file);
	f = fopen(path, "re");
	if (f == NULL)
		fail_msg("%s is in the table, but not there", path);
	assert_non_null(fgets(line, sizeof(line), f));
	if (strncmp(line, "HTTP ", 5) != 0)
		fail_msg("%s: first line is not \"HTTP STATUS\"", path);
	reply->status = strtol(line + 5, NULL, 10);
	reply->len = fread(reply->body, 1, HTTP_BODY_MAX, f);
	assert_true(feof(f));
	(void)fclose(f);
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
		ctx->method = method_of_name(method + 1);
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
	const struct provider_ops *ops = ctx->conf->ops;
	static struct enrolment e;

	memset(lookup, 0, sizeof(*lookup));
	if (replies_is(r, "start") && ops->start_reply != NULL)
		return ops->start_reply(ctx, reply);
	if (replies_is(r, "check") && ops->check_reply != NULL)
		return ops->check_reply(ctx, reply);
	if (replies_is(r, "cancel") && ops->cancel_reply != NULL)
		return ops->cancel_reply(ctx, reply);
	if (replies_is(r, "next") && ops->next_reply != NULL)
		return ops->next_reply(ctx, reply);
	if (replies_is(r, "poll") && ops->poll_reply != NULL)
		return ops->poll_reply(ctx, reply);
	if (replies_is(r, "lookup") && ops->lookup_reply != NULL)
		return ops->lookup_reply(ctx, reply, lookup);
	if (replies_is(r, "token") && ops->token_reply != NULL)
		return ops->token_reply(ctx, reply, &e);
	if (replies_is(r, "factors") && ops->factors_reply != NULL)
		return ops->factors_reply(ctx, reply, &e);
	fail_msg("%s: %s has no call %s", r->file, ops->type, r->call);
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
	mark(out, cap, l->line != LINE_UNKNOWN,
	    "line=", number_facts_name(l->line));
}

void
replies_marks(const struct reply_row *r, const struct provider_ctx *ctx,
    const struct number_facts *lookup, char *out, size_t cap)
{
	out[0] = '\0';
	mark(out, cap, ctx->internal, "internal", "");
	mark(out, cap, ctx->per_number, "per-number", "");
	mark(out, cap, ctx->wrong_codes, "wrong-codes", "");
	mark(out, cap, ctx->unevaluated, "unevaluated", "");
	mark(out, cap, ctx->refused, "refused", "");
	if (replies_is(r, "lookup"))
		mark_lookup(lookup, out, cap);
	if (out[0] == '\0')
		mark(out, cap, true, "-", "");
}
