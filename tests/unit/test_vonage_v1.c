/* SPDX-License-Identifier: BSD-2-Clause */
/* Vonage Verify v1: its requests, and the meaning of every recorded reply. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helper/providers/provider.h"

#define REPLIES "tests/replies/vonage-verify"
#define OURS "abcdef0123456789abcdef0123456789"
#define OURS_AND_MORE "abcdef0123456789abcdef01234567890"
#define ROWS_MAX 1000
#define NAME_MAX_LEN 64

struct table_row {
	char file[NAME_MAX_LEN];
	char call[16];
	char outcome[16];
};

static const struct provider_ops *ops;
static struct provider_conf conf;
static struct table_row rows[ROWS_MAX];
static size_t row_count;
/* Too large for a stack under a sanitizer. */
static struct http_reply reply;
static struct http_request req;

static void
ctx_fill(struct provider_ctx *ctx)
{
	memset(ctx, 0, sizeof(*ctx));
	ctx->conf = &conf;
	ctx->brand = "ACME & Co";
	ctx->language = "en";
	ctx->phone = "+447700900000";
	ctx->method = METHOD_SMS;
	(void)snprintf(ctx->request_id, sizeof(ctx->request_id), "%s", OURS);
}

static const struct conf_key *
key_of(const char *name)
{
	const struct conf_key *k;

	for (k = ops->keys; k->key != NULL; k++)
		if (strcmp(k->key, name) == 0)
			return k;
	fail_msg("no key %s", name);
	return NULL;
}

static void
conf_fill(void)
{
	memset(&conf, 0, sizeof(conf));
	conf.name = "vonage";
	conf.ops = ops;
	conf.code_length = 6;
	conf.expiry_ms = 300000;
	conf.text[key_of("api_key")->slot] = "abcd1234";
	conf.number[key_of("workflow_id")->slot] = 6;
	(void)snprintf(conf.secret[key_of("api_secret_file")->slot].b,
	    SECRET_MAX, "%s", "S3cret");
	conf.secret[key_of("api_secret_file")->slot].len = 6;
}

static int
setup(void **state)
{
	(void)state;
	ops = provider_of_type("vonage-verify");
	assert_non_null(ops);
	conf_fill();
	return 0;
}

static int
load_table(void **state)
{
	char line[256];
	FILE *f = fopen(REPLIES "/table", "re");
	struct table_row *r;

	if (f == NULL)
		fail_msg(
		    "%s/table: run this from the project's folder", REPLIES);
	while (fgets(line, sizeof(line), f) != NULL) {
		if (line[0] == '#')
			continue;
		assert_true(row_count < ROWS_MAX);
		r = &rows[row_count++];
		assert_int_equal(sscanf(line, "%63s %15s %15s", r->file,
				     r->call, r->outcome),
		    3);
	}
	(void)fclose(f);
	return setup(state);
}

/* "HTTP 200" and a newline, then the body as it came. */
static void
load_reply(const char *name)
{
	char path[256], line[32];
	FILE *f;

	memset(&reply, 0, sizeof(reply));
	reply.fate = HTTP_REPLIED;
	(void)snprintf(path, sizeof(path), REPLIES "/%s.http", name);
	f = fopen(path, "re");
	if (f == NULL)
		fail_msg("%s is in the table, but not there", path);
	assert_non_null(fgets(line, sizeof(line), f));
	assert_int_equal(strncmp(line, "HTTP ", 5), 0);
	reply.status = strtol(line + 5, NULL, 10);
	reply.len = fread(reply.body, 1, HTTP_BODY_MAX, f);
	assert_true(feof(f));
	(void)fclose(f);
}

static enum outcome
judge(const char *call, struct provider_ctx *ctx)
{
	if (strcmp(call, "start") == 0)
		return ops->start_reply(ctx, &reply);
	if (strcmp(call, "cancel") == 0)
		return ops->cancel_reply(ctx, &reply);
	if (strcmp(call, "check") != 0 && strcmp(call, "check-late") != 0)
		fail_msg("no such call: %s", call);
	ctx->past_deadline = call[5] != '\0';
	return ops->check_reply(ctx, &reply);
}

static void
judge_row(const struct table_row *r)
{
	const bool foreign = strcmp(r->outcome, "foreign") == 0;
	const char *want = foreign ? "ok" : r->outcome;
	struct provider_ctx ctx;
	enum outcome got;

	load_reply(r->file);
	ctx_fill(&ctx);
	got = judge(r->call, &ctx);
	if (strcmp(outcome_name(got), want) != 0)
		fail_msg("%s, %s: %s, not %s", r->file, r->call,
		    outcome_name(got), want);
	assert_true(ctx.detail[0] != '\0');
	assert_null(strstr(ctx.detail, "447700900000"));
	if (strcmp(r->call, "start") != 0)
		assert_string_equal(ctx.request_id, OURS);
	else if (got != OUTCOME_OK)
		assert_string_equal(ctx.request_id, "");
	else if (!foreign)
		assert_string_equal(ctx.request_id, OURS);
	else
		assert_string_not_equal(ctx.request_id, OURS);
}

static void
replies_mean_what_the_table_says(void **state)
{
	(void)state;
	assert_true(row_count >= 60);
	for (size_t i = 0; i < row_count; i++)
		judge_row(&rows[i]);
}

static bool
in_table(const char *name)
{
	for (size_t i = 0; i < row_count; i++)
		if (strcmp(rows[i].file, name) == 0)
			return true;
	return false;
}

static void
every_file_is_in_the_table(void **state)
{
	DIR *dir = opendir(REPLIES);
	const struct dirent *e;
	char name[256];
	char *dot;
	unsigned files = 0;

	(void)state;
	assert_non_null(dir);
	while ((e = readdir(dir)) != NULL) {
		(void)snprintf(name, sizeof(name), "%s", e->d_name);
		dot = strstr(name, ".http");
		if (dot == NULL)
			continue;
		*dot = '\0';
		if (!in_table(name))
			fail_msg("%s.http is not in the table", name);
		files++;
	}
	(void)closedir(dir);
	assert_true(files >= 60);
}

/* However a good reply is cut or bent, nothing but itself is accepted. */
static void
a_cut_reply_is_never_ok(void **state)
{
	struct provider_ctx ctx;
	size_t len;

	(void)state;
	load_reply("check-ok");
	len = reply.len;
	for (reply.len = len; reply.len > 0;) {
		reply.body[--reply.len] = '\0';
		ctx_fill(&ctx);
		assert_int_not_equal(
		    ops->check_reply(&ctx, &reply), OUTCOME_OK);
		ctx_fill(&ctx);
		assert_int_not_equal(
		    ops->start_reply(&ctx, &reply), OUTCOME_OK);
	}
}

static void
a_bent_reply_is_never_ok(void **state)
{
	static const char judged[] =
	    "{\"status\":\"0\",\"request_id\":\"" OURS "\"}";
	struct provider_ctx ctx;
	const size_t len = sizeof(judged) - 1;

	(void)state;
	load_reply("check-ok");
	reply.len = len;
	for (size_t i = 0; i < len * 8; i++) {
		memcpy(reply.body, judged, sizeof(judged));
		reply.body[i / 8] = (char)(judged[i / 8] ^ 1 << i % 8);
		ctx_fill(&ctx);
		assert_int_not_equal(
		    ops->check_reply(&ctx, &reply), OUTCOME_OK);
	}
	memcpy(reply.body, judged, sizeof(judged));
	ctx_fill(&ctx);
	assert_int_equal(ops->check_reply(&ctx, &reply), OUTCOME_OK);
}

static void
no_id_of_ours_is_never_ok(void **state)
{
	static const char body[] = "{\"status\":\"0\",\"request_id\":\"\"}";
	struct provider_ctx ctx;

	(void)state;
	load_reply("check-ok");
	memcpy(reply.body, body, sizeof(body));
	reply.len = sizeof(body) - 1;
	ctx_fill(&ctx);
	ctx.request_id[0] = '\0';
	assert_int_equal(ops->check_reply(&ctx, &reply), OUTCOME_DENY);
}

static void
detail_and_price_are_for_the_log(void **state)
{
	struct provider_ctx ctx;

	(void)state;
	ctx_fill(&ctx);
	load_reply("check-ok");
	(void)ops->check_reply(&ctx, &reply);
	/* 0.10000000, and what the reply says of messages */
	assert_int_equal(ctx.price, 133300);
	assert_string_equal(ctx.detail, "status=0");

	ctx_fill(&ctx);
	load_reply("status-16");
	(void)ops->check_reply(&ctx, &reply);
	assert_string_equal(ctx.detail,
	    "status=16 The code inserted does not match the expected value");

	ctx_fill(&ctx);
	load_reply("http-502");
	(void)ops->check_reply(&ctx, &reply);
	assert_string_equal(ctx.detail, "http=502 status=unreadable");

	ctx_fill(&ctx);
	load_reply("price-bad");
	(void)ops->check_reply(&ctx, &reply);
	assert_int_equal(ctx.price, 0);
}

static void
detail_hides_codes_and_numbers(void **state)
{
	static const char body[] = "{\"status\":\"16\",\"error_text\":"
				   "\"123456 for 447700900000 in 30 s\"}";
	struct provider_ctx ctx;

	(void)state;
	load_reply("status-16");
	memcpy(reply.body, body, sizeof(body));
	reply.len = sizeof(body) - 1;
	ctx_fill(&ctx);
	(void)ops->check_reply(&ctx, &reply);
	assert_string_equal(
	    ctx.detail, "status=16 ****** for ************ in 30 s");
}

static void
assert_request(const char *path, const char *body)
{
	assert_int_equal(req.method, HTTP_POST);
	assert_false(req.failed);
	assert_string_equal(req.path, path);
	assert_string_equal(req.body, body);
	assert_int_equal(req.body_len, strlen(body));
	assert_string_equal(
	    req.content_type, "application/x-www-form-urlencoded");
	assert_string_equal(req.auth_user, "abcd1234");
	assert_string_equal(req.auth_secret->b, "S3cret");
}

static void
start_asks_for_one_message(void **state)
{
	struct provider_ctx ctx;

	(void)state;
	ctx_fill(&ctx);
	assert_int_equal(ops->start_request(&ctx, &req), 0);
	assert_request("/verify/json",
	    "number=447700900000&brand=ACME%20%26%20Co&code_length=6&"
	    "pin_expiry=300&workflow_id=6&lg=en-us");

	conf.text[key_of("sender_id")->slot] = "ACME";
	conf.number[key_of("workflow_id")->slot] = 4;
	assert_int_equal(ops->start_request(&ctx, &req), 0);
	assert_request("/verify/json",
	    "number=447700900000&brand=ACME%20%26%20Co&code_length=6&"
	    "pin_expiry=300&workflow_id=4&sender_id=ACME&lg=en-us");
	conf_fill();
}

static void
start_asks_for_a_call(void **state)
{
	struct provider_ctx ctx;

	(void)state;
	ctx_fill(&ctx);
	ctx.method = METHOD_VOICE;
	ctx.language = "xx";
	conf.text[key_of("sender_id")->slot] = "ACME";
	conf.code_length = 4;
	assert_int_equal(ops->start_request(&ctx, &req), 0);
	conf_fill();
	assert_request("/verify/json",
	    "number=447700900000&brand=ACME%20%26%20Co&code_length=4&"
	    "pin_expiry=300&workflow_id=7");
}

static void
start_refuses_what_it_cannot_ask_for(void **state)
{
	static const char *const phones[] = { "", "+", "447700900000",
		"+0447700900000", "+44 7700900000", "+44770090000a" };
	struct provider_ctx ctx;

	(void)state;
	for (size_t i = 0; i < sizeof(phones) / sizeof(phones[0]); i++) {
		ctx_fill(&ctx);
		ctx.phone = phones[i];
		assert_int_equal(ops->start_request(&ctx, &req), -1);
		assert_true(req.failed);
	}
	ctx_fill(&ctx);
	ctx.method = METHOD_PUSH;
	assert_int_equal(ops->start_request(&ctx, &req), -1);
	assert_true(req.failed);
}

static void
nothing_is_asked_without_credentials(void **state)
{
	struct provider_ctx ctx;

	(void)state;
	ctx_fill(&ctx);
	conf.secret[key_of("api_secret_file")->slot].len = 0;
	assert_int_equal(ops->start_request(&ctx, &req), -1);
	assert_int_equal(ops->check_request(&ctx, "123456", &req), -1);
	assert_int_equal(ops->cancel_request(&ctx, &req), -1);
	conf_fill();
	conf.text[key_of("api_key")->slot] = NULL;
	assert_int_equal(ops->start_request(&ctx, &req), -1);
	conf_fill();
}

static void
check_and_cancel_name_our_id(void **state)
{
	struct provider_ctx ctx;

	(void)state;
	ctx_fill(&ctx);
	assert_int_equal(ops->check_request(&ctx, "012345", &req), 0);
	assert_request("/verify/check/json", "request_id=" OURS "&code=012345");
	assert_int_equal(ops->cancel_request(&ctx, &req), 0);
	assert_request(
	    "/verify/control/json", "request_id=" OURS "&cmd=cancel");
}

static void
check_refuses_what_is_no_code(void **state)
{
	static const char *const codes[] = { "", "12345", "1234567", "12345a",
		"12345 ", " 12345", "12345\n", "../sms",
		"123&x=", "\xd9\xa1\xd9\xa2\xd9\xa3" };
	static const char *const ids[] = { "", "a/b", "a b", "a&code=1",
		OURS_AND_MORE, "\xc3\xa9" };
	struct provider_ctx ctx;

	(void)state;
	ctx_fill(&ctx);
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		assert_int_equal(ops->check_request(&ctx, codes[i], &req), -1);
		assert_true(req.failed);
	}
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		(void)snprintf(
		    ctx.request_id, sizeof(ctx.request_id), "%s", ids[i]);
		assert_int_equal(ops->check_request(&ctx, "123456", &req), -1);
		assert_true(req.failed);
		assert_int_equal(ops->cancel_request(&ctx, &req), -1);
		assert_true(req.failed);
	}
}

static void
the_table_entry_holds(void **state)
{
	(void)state;
	assert_string_equal(ops->base_url, "https://api.nexmo.com");
	assert_int_equal(ops->code_lengths, 1u << 4 | 1u << 6);
	assert_int_equal(
	    ops->methods, METHOD_BIT(METHOD_SMS) | METHOD_BIT(METHOD_VOICE));
	assert_int_equal(ops->wrong_codes, 3);
	assert_int_equal(ops->brand_max, 18);
	assert_int_equal(key_of("workflow_id")->dflt, 6);
	assert_null(provider_of_type("vonage"));
	assert_null(provider_of_type(""));
	assert_ptr_equal(provider_nth(0), ops);
}

static void
every_outcome_has_a_name(void **state)
{
	(void)state;
	for (unsigned i = 0; i < OUTCOME_COUNT; i++)
		assert_true(outcome_name((enum outcome)i)[0] != '\0');
	for (long status = 0; status < 1000; status++) {
		assert_int_not_equal(outcome_of_http_start(status), OUTCOME_OK);
		assert_int_not_equal(outcome_of_http_check(status), OUTCOME_OK);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_table_entry_holds),
		cmocka_unit_test(every_outcome_has_a_name),
		cmocka_unit_test(replies_mean_what_the_table_says),
		cmocka_unit_test(every_file_is_in_the_table),
		cmocka_unit_test(a_cut_reply_is_never_ok),
		cmocka_unit_test(a_bent_reply_is_never_ok),
		cmocka_unit_test(no_id_of_ours_is_never_ok),
		cmocka_unit_test(detail_and_price_are_for_the_log),
		cmocka_unit_test(detail_hides_codes_and_numbers),
		cmocka_unit_test(start_asks_for_one_message),
		cmocka_unit_test(start_asks_for_a_call),
		cmocka_unit_test(start_refuses_what_it_cannot_ask_for),
		cmocka_unit_test(nothing_is_asked_without_credentials),
		cmocka_unit_test(check_and_cancel_name_our_id),
		cmocka_unit_test(check_refuses_what_is_no_code),
	};

	return cmocka_run_group_tests_name(
	    "vonage_v1", tests, load_table, NULL);
}
