/* SPDX-License-Identifier: BSD-2-Clause */
/* What an identity provider is asked, in which order, and what is kept. The
 * replies to polls: tests/replies/oidc. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "helper/providers/oidc/oidc.h"
#include "tests/support/pemkey.h"
#include "tests/support/refused.h"
#include "tests/support/replies/replies.h"
#include "tests/support/samples.h"
#include "tests/support/unit_tests.h"

#define HANDLE "0123456789abcdef0123456789abcdef"
#define CODE "GmRhmhcxhwAzkoEqiMEg_DnyEysNkuNhszIySk9eS"
#define ISSUER "https://sms.example.org"
#define DOCUMENT                                                               \
	"{\"issuer\":\"" ISSUER "\",\"token_endpoint\":\"https://t.example/a/" \
	"\",\"jwks_uri\":\"https://k.example/b\","                             \
	"\"device_authorization_endpoint\":\"https://d.example/c\"}"

static const struct provider_ops *ops;
static struct provider_conf conf;
static struct provider_ctx ctx;
static struct http_request req;
static struct http_reply reply;
static struct oidc_memory *memory;

static int
setup(void **state)
{
	(void)state;
	ops = sample_fill("oidc", &conf, &ctx);
	memory = oidc_memory(&conf);
	return memory != NULL ? 0 : -1;
}

static void
ask(enum provider_call_kind call)
{
	memset(&ctx.told, 0, sizeof(ctx.told));
	assert_int_equal(BUILD(ops, call, NULL), 0);
}

static enum outcome
answer(enum provider_call_kind call, long status, const char *body)
{
	sample_reply(&reply, status, body);
	return provider_ops_read_reply(ops, call, &ctx, &reply);
}

static enum outcome
recorded(enum provider_call_kind call, const char *name)
{
	replies_read("oidc", name, &reply);
	return provider_ops_read_reply(ops, call, &ctx, &reply);
}

static void
assert_get(const char *url)
{
	assert_int_equal(req.method, HTTP_GET);
	assert_string_equal(req.path, url);
	assert_true(req.reads);
	assert_null(req.auth_secret);
	assert_int_equal(req.body_len, 0);
}

/* Document, keys and start, each by its own request. */
static void
a_start_reads_what_it_needs(void **state)
{
	(void)state;
	memory->read_at = memory->keys_at = 0;
	ask(CALL_START);
	assert_get(ISSUER "/.well-known/openid-configuration");
	assert_int_equal(answer(CALL_START, 200, DOCUMENT), OUTCOME_DENY);
	assert_true(ctx.told.more);
	ask(CALL_START);
	assert_get("https://k.example/b");
	assert_int_equal(
	    answer(CALL_START, 200, "{\"keys\":[{}]}"), OUTCOME_DENY);
	assert_true(ctx.told.more);
	ask(CALL_START);
	assert_int_equal(req.method, HTTP_POST);
	assert_string_equal(req.path, "https://d.example/c");
	assert_false(req.reads);
	assert_string_equal(
	    req.body, "client_id=linux&scope=openid&max_age=0&prompt=login");
	/* RFC 6749, 2.3.1 */
	assert_string_equal(req.auth_user, "linux");
	assert_string_equal(req.auth_secret->b, "s3cret%2Fwith%3Asigns%2B");
	assert_int_equal(recorded(CALL_START, "start-ok"), OUTCOME_OK);
	assert_string_equal(ctx.request_id, HANDLE);
	assert_string_equal(ctx.told.page, "https://example.com/device");
	assert_string_equal(ctx.told.user_code, "WDJB-MJHT");
	assert_int_equal(ctx.told.next_ms, 6000);
	/* kept for an hour and for ten minutes */
	ctx.wall += 599;
	ask(CALL_START);
	assert_string_equal(req.path, "https://d.example/c");
	ctx.wall += 1;
	ask(CALL_START);
	assert_get("https://k.example/b");
	ctx.wall += 3000;
	ask(CALL_START);
	assert_get(ISSUER "/.well-known/openid-configuration");
}

static const struct {
	long status;
	const char *find, *put;
	enum outcome is;
} documents[] = {
	{ 200, "sms.example", "evil.example", OUTCOME_CONFIG },
	{ 200, "example.org\"", "example.org/\"", OUTCOME_DENY },
	{ 200, "example.org\"", "example.org/x\"", OUTCOME_CONFIG },
	{ 200, "https://t.", "http://t.", OUTCOME_CONFIG },
	{ 200, "https://t.", "https://u@t.", OUTCOME_CONFIG },
	{ 200, "example/a/", "example/a?b", OUTCOME_CONFIG },
	{ 200, "example/a/", "example/../a", OUTCOME_CONFIG },
	{ 200, "jwks_uri", "jwks_url", OUTCOME_CONFIG },
	{ 200, "device_auth", "divice_auth", OUTCOME_CONFIG },
	{ 200, "{", "[", OUTCOME_CONFIG },
	{ 404, "", "", OUTCOME_CONFIG },
	{ 302, "", "", OUTCOME_CONFIG },
	{ 503, "", "", OUTCOME_TRANSIENT },
};

static void
a_document_is_checked(void **state)
{
	char body[1024];
	const char *at;

	(void)state;
	for (size_t i = 0; i < sizeof(documents) / sizeof(documents[0]); i++) {
		at = strstr(DOCUMENT, documents[i].find);
		(void)snprintf(body, sizeof(body), "%.*s%s%s",
		    (int)(at - DOCUMENT), DOCUMENT, documents[i].put,
		    at + strlen(documents[i].find));
		memory->read_at = 0;
		ask(CALL_START);
		if (answer(CALL_START, documents[i].status, body) !=
			documents[i].is ||
		    ctx.told.more != (documents[i].is == OUTCOME_DENY))
			fail_msg("%ld %s", documents[i].status, body);
		assert_int_equal(memory->read_at != 0, ctx.told.more);
	}
	assert_int_equal(
	    answer(CALL_START, 200, "{\"keys\":[]}"), OUTCOME_CONFIG);
}

/* One that cannot be used, as in a maintenance, which another login is served:
 * the login that waits for an approval goes on. */
static void
a_bad_document_meanwhile(void **state)
{
	static const char *const bad[] = { "{\"error\":\"maintenance\"}",
		"{\"issuer\":\"https://evil.example\"}",
		"{\"issuer\":\"" ISSUER "\"}",
		"{\"issuer\":\"" ISSUER "\",\"token_endpoint\":"
		"\"https://evil.example/\"}" };
	const struct provider_open open = *ctx.open;
	char id[sizeof(ctx.request_id)];

	(void)state;
	PRINT_TO(id, "%s", ctx.request_id);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		memory->read_at = 0;
		ask(CALL_START);
		assert_int_equal(
		    answer(CALL_START, 200, bad[i]), OUTCOME_CONFIG);
		*ctx.open = open;
		PRINT_TO(ctx.request_id, "%s", id);
		ask(CALL_POLL);
		assert_string_equal(req.path, ISSUER "/token");
		memset(memory->redeemed, 0, sizeof(memory->redeemed));
		assert_int_equal(recorded(CALL_POLL, "poll-ok"), OUTCOME_OK);
	}
}

static void
settings_change_the_start(void **state)
{
	(void)state;
	conf.text[OIDC_CLIENT_AUTH] = "post";
	conf.text[OIDC_ACR] = "2 3";
	conf.text[OIDC_SCOPE] = "openid groups";
	conf.number[OIDC_MAX_AGE] = 3600;
	ask(CALL_START);
	assert_null(req.auth_user);
	assert_string_equal(req.body,
	    "client_id=linux&client_secret=s3cret%2Fwith%3Asigns%2B&"
	    "scope=openid%20groups&max_age=3600&prompt=login&"
	    "acr_values=2%203");
	/* refused once, then without what RFC 8628 has not */
	assert_int_equal(
	    recorded(CALL_START, "start-invalid-request"), OUTCOME_DENY);
	assert_true(ctx.told.more);
	ask(CALL_START);
	assert_string_equal(req.body,
	    "client_id=linux&client_secret=s3cret%2Fwith%3Asigns%2B&"
	    "scope=openid%20groups");
	assert_int_equal(
	    recorded(CALL_START, "start-invalid-request"), OUTCOME_CONFIG);
	assert_false(ctx.told.more);
	assert_true(ctx.told.per_number);
}

/* RFC 7523: each request has a token of its own, and no secret. */
static void
a_key_signs_each_request(void **state)
{
	/* {"alg":"RS256","typ":"JWT","kid":"k-1"} and {"iss":"linux",
	 * "sub":"linux","aud":ISSUER,"jti":NONCE,"iat":1767225600,
	 * "exp":1767225660} */
	static const char signed_part[] =
	    "client_id=linux&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth"
	    "%3Aclient-assertion-type%3Ajwt-bearer&client_assertion="
	    "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6ImstMSJ9."
	    "eyJpc3MiOiJsaW51eCIsInN1YiI6ImxpbnV4IiwiYXVkIjoiaHR0cHM6Ly9zbXMuZX"
	    "hhbXBsZS5vcmciLCJqdGkiOiIwMTIzNDU2Nzg5YWJjZGVmMDEyMzQ1Njc4OWFiY2Rl"
	    "ZiIsImlhdCI6MTc2NzIyNTYwMCwiZXhwIjoxNzY3MjI1NjYwfQ.";
	const struct provider_open open = *ctx.open;
	char pem[PEMKEY_MAX], first[HTTP_REQUEST_BODY_MAX];
	const char *key;

	(void)state;
	conf.text[OIDC_CLIENT_AUTH] = "jwt";
	conf.text[OIDC_CLIENT_KEY_ID] = "k-1";
	conf.secret[OIDC_CLIENT_SECRET].len = 0;
	assert_non_null(ops->type->settings(&conf, &key));
	assert_string_equal(key, "client_key_file");
	assert_int_equal(BUILD(ops, CALL_START, NULL), -1);
	conf.key.len = pemkey_make(PEMKEY_RSA, 2048, pem);
	memcpy(conf.key.b, pem, strlen(pem) + 1);
	assert_null(ops->type->settings(&conf, &key));
	conf.text[OIDC_CLIENT_ID] = "a\"b";
	assert_non_null(ops->type->settings(&conf, &key));
	assert_string_equal(key, "client_id");
	conf.text[OIDC_CLIENT_ID] = "linux";
	ask(CALL_START);
	assert_null(req.auth_user);
	assert_int_equal(
	    strncmp(req.body, signed_part, sizeof(signed_part) - 1), 0);
	assert_null(strstr(req.body, "client_secret"));
	memcpy(first, req.body, sizeof(first));
	ctx.nonce[0] = 'f';
	ask(CALL_START);
	assert_string_not_equal(first, req.body);
	ctx.nonce[0] = '0';
	*ctx.open = open;
	ask(CALL_POLL);
	assert_int_equal(
	    strncmp(req.body, signed_part, sizeof(signed_part) - 1), 0);
}

/* CIBA Core 1.0, 7.1: the start names the account, and what the phone shows. */
static void
a_phone_is_asked(void **state)
{
	static const struct {
		const char *host, *binding;
	} rows[] = {
		{ "host1.example.org", "host1.example.org-42" },
		{ "a-longer-host-name.example.org", "a-longer-host-nam-42" },
		{ "host_1", "42" },
	};
	char body[256];

	(void)state;
	conf.text[OIDC_FLOW] = "ciba";
	memory = oidc_memory(&conf);
	assert_non_null(memory);
	memory->read_at = memory->keys_at = ctx.wall;
	snprintf(memory->document.start_url, sizeof(memory->document.start_url),
	    "%s", "https://c.example/d");
	snprintf(memory->document.token_url, sizeof(memory->document.token_url),
	    "%s", "https://c.example/t");
	ctx.life_s = 110;
	memcpy(ctx.push_digits, "42", 3);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ctx.host = rows[i].host;
		snprintf(body, sizeof(body),
		    "scope=openid&login_hint=" SAMPLE_AUTHY_ID
		    "&binding_message=%s&requested_expiry=110",
		    rows[i].binding);
		ask(CALL_START);
		assert_string_equal(req.body, body);
	}
	assert_string_equal(req.path, "https://c.example/d");
	assert_int_equal(answer(CALL_START, 200,
			     "{\"auth_req_id\":\"" CODE
			     "\",\"expires_in\":20,\"interval\":2}"),
	    OUTCOME_OK);
	assert_string_equal(ctx.told.page, "");
	assert_int_equal(ctx.told.next_ms, 3000);
	ask(CALL_POLL);
	assert_string_equal(req.path, "https://c.example/t");
	assert_string_equal(req.body,
	    "grant_type=urn%3Aopenid%3Aparams%3Agrant-type%3Aciba&"
	    "auth_req_id=" CODE);
	/* the phone was asked, so it counts */
	ask(CALL_START);
	assert_int_equal(answer(CALL_START, 200,
			     "{\"auth_req_id\":\"" CODE
			     "\",\"expires_in\":120,\"interval\":60}"),
	    OUTCOME_TRANSIENT);
	assert_int_equal(answer(CALL_START, 200,
			     "{\"auth_req_id\":\"" CODE "\",\"expires_in\":0}"),
	    OUTCOME_TRANSIENT);
	/* nobody is named */
	ctx.account = "";
	assert_int_equal(BUILD(ops, CALL_START, NULL), -1);
	conf.text[OIDC_HINT] = "user";
	ctx.user = "alice";
	ask(CALL_START);
	assert_non_null(strstr(req.body, "&login_hint=alice&"));
}

/* A refused start is sent once, and leads to no other provider. */
static void
a_phone_that_cannot_be_asked(void **state)
{
	(void)state;
	conf.text[OIDC_FLOW] = "ciba";
	memory = oidc_memory(&conf);
	memory->read_at = memory->keys_at = ctx.wall;
	ask(CALL_START);
	assert_int_equal(
	    answer(CALL_START, 400, "{\"error\":\"unknown_user_id\"}"),
	    OUTCOME_CONFIG);
	assert_true(ctx.told.per_number);
	ask(CALL_START);
	assert_int_equal(
	    answer(CALL_START, 400, "{\"error\":\"invalid_request\"}"),
	    OUTCOME_CONFIG);
	assert_false(ctx.told.more);
	/* doctor rings none */
	ask(CALL_PROBE);
	assert_non_null(strstr(req.body, "&auth_req_id="));
	assert_int_equal(
	    answer(CALL_PROBE, 400, "{\"error\":\"invalid_grant\"}"),
	    OUTCOME_OK);
	assert_null(ctx.told.finding);
	ask(CALL_PROBE);
	assert_int_equal(
	    answer(CALL_PROBE, 401, "{\"error\":\"invalid_client\"}"),
	    OUTCOME_CONFIG);
	assert_string_equal(ctx.told.finding->name, "oidc-client");
}

static void
a_page_of_the_settings(void **state)
{
	(void)state;
	conf.text[OIDC_PAGE] = "https://example.com/device";
	conf.text[OIDC_USER_CODE] = "LLLL-LLLL";
	ask(CALL_START);
	assert_int_equal(recorded(CALL_START, "start-ok"), OUTCOME_OK);
	conf.text[OIDC_USER_CODE] = "LLLL-LLLD";
	ask(CALL_START);
	assert_int_equal(recorded(CALL_START, "start-ok"), OUTCOME_CONFIG);
	conf.text[OIDC_USER_CODE] = "LLLL-LLLL";
	conf.text[OIDC_PAGE] = "https://example.com/devic";
	ask(CALL_START);
	assert_int_equal(recorded(CALL_START, "start-ok"), OUTCOME_CONFIG);
}

static void
a_poll_has_the_device_code(void **state)
{
	(void)state;
	ask(CALL_POLL);
	assert_string_equal(req.path, ISSUER "/token");
	assert_string_equal(req.body,
	    "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3A"
	    "device_code&device_code=" CODE);
	assert_string_equal(req.auth_secret->b, "s3cret%2Fwith%3Asigns%2B");
	/* a handle of another login, or after the process was replaced */
	ctx.request_id[0] = '1';
	assert_int_equal(BUILD(ops, CALL_POLL, NULL), -1);
	ctx.request_id[0] = '0';
	ctx.open->secret[0] = '\0';
	assert_int_equal(BUILD(ops, CALL_POLL, NULL), -1);
}

static void
polls_become_slower(void **state)
{
	static const int64_t next[] = { 11000, 16000, 21000, 26000 };

	(void)state;
	for (size_t i = 0; i < sizeof(next) / sizeof(next[0]); i++) {
		ask(CALL_POLL);
		assert_int_equal(
		    recorded(CALL_POLL, "poll-slow_down-400"), OUTCOME_LATER);
		assert_int_equal(ctx.told.next_ms, next[i]);
	}
	ask(CALL_POLL);
	replies_read("oidc", "start-throttled", &reply);
	reply.retry_after_s = 30;
	assert_int_equal(provider_ops_read_reply(ops, CALL_POLL, &ctx, &reply),
	    OUTCOME_LATER);
	assert_int_equal(ctx.told.next_ms, 31000);
	for (int i = 0; i < 20; i++) {
		ask(CALL_POLL);
		(void)recorded(CALL_POLL, "poll-slow_down-400");
	}
	assert_int_equal(ctx.told.next_ms, 61000);
}

/* What a yes leaves behind: nothing that could be redeemed. */
static void
a_token_counts_once(void **state)
{
	const struct provider_open open = *ctx.open;

	(void)state;
	ask(CALL_POLL);
	assert_int_equal(recorded(CALL_POLL, "poll-ok"), OUTCOME_OK);
	assert_string_equal(ctx.open->secret, "");
	assert_string_equal(ctx.token, "");
	*ctx.open = open;
	ask(CALL_POLL);
	assert_int_equal(recorded(CALL_POLL, "poll-ok"), OUTCOME_DENY);
	assert_non_null(strstr(ctx.detail, "redeemed before"));
	/* no room for another one */
	memset(memory->redeemed, 0, sizeof(memory->redeemed));
	for (size_t i = 0; i < COUNT_OF(memory->redeemed); i++)
		memory->redeemed[i].until = ctx.wall + 1;
	*ctx.open = open;
	ask(CALL_POLL);
	assert_int_equal(recorded(CALL_POLL, "poll-ok"), OUTCOME_DENY);
	assert_non_null(strstr(ctx.detail, "too many"));
}

/* Whoever has a token of ES256 can make a second signature of the same claims,
 * with n - s in the place of s: r, the first half, stays. */
static void
another_signature_of_a_token(void **state)
{
	/* 86 digits, of which the 43rd has bits of both */
	static const struct {
		const char *claims, *r, *s;
		bool again;
	} rows[] = { { "claims", "r", "s", false },
		{ "claims", "r", "t", true }, { "claims", "q", "s", false },
		{ "others", "r", "s", false } };
	const int64_t at = ctx.wall;
	char token[128];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		PRINT_TO(token, "header.%s.%s%041d%s%043d", rows[i].claims,
		    rows[i].r, 0, rows[i].s, 0);
		assert_int_equal(
		    oidc_redeem(memory, token, at + 60, at) != NULL,
		    rows[i].again);
	}
}

/* A thousand users within a minute, as at the begin of work: none is denied. */
static void
tokens_of_a_morning(void **state)
{
	char token[32];

	(void)state;
	for (int i = 0; i < 1000; i++) {
		PRINT_TO(token, "morning %d", i);
		assert_null(oidc_redeem(
		    memory, token, ctx.wall + 3600, ctx.wall + i * 60 / 1000));
	}
}

/* Ten logins a minute for an hour, by tokens that are good for a day: each
 * counts once, and none is denied. */
static void
tokens_of_a_crowd(void **state)
{
	char token[16];

	(void)state;
	for (int i = 0; i < 600; i++) {
		const int64_t at = ctx.wall + 6 * i;

		PRINT_TO(token, "%d", i);
		assert_null(oidc_redeem(memory, token, at + 86400, at));
		for (int back = 0; back <= i && back < 50; back++) {
			PRINT_TO(token, "%d", i - back);
			assert_non_null(
			    oidc_redeem(memory, token, at + 86400, at));
		}
	}
}

static void
an_account_alone_is_a_yes(void **state)
{
	struct provider_proved proved;

	(void)state;
	ctx.account = "";
	ask(CALL_POLL);
	assert_int_equal(recorded(CALL_POLL, "poll-ok"), OUTCOME_DENY);
	assert_true(ctx.told.other);
	(void)setup(NULL);
	ctx.account = "";
	ctx.proved = &proved;
	ask(CALL_POLL);
	assert_int_equal(recorded(CALL_POLL, "poll-ok"), OUTCOME_OK);
	assert_string_equal(proved.account, SAMPLE_AUTHY_ID);
}

/* The key was replaced while the user approved: the keys are fetched once more,
 * and the same token is checked again. */
static void
keys_are_renewed(void **state)
{
	struct provider_open open = *ctx.open;

	(void)state;
	ask(CALL_POLL);
	assert_int_equal(recorded(CALL_POLL, "poll-unknown-key"), OUTCOME_DENY);
	assert_true(ctx.told.more);
	ask(CALL_POLL);
	assert_get(ISSUER "/keys");
	/* still not there */
	assert_int_equal(
	    answer(CALL_POLL, 200, "{\"keys\":[{\"kty\":\"EC\"}]}"),
	    OUTCOME_CONFIG);
	assert_false(ctx.told.more);
	assert_ptr_not_equal(memory->keys, NULL);
	assert_string_equal(ctx.token, "");
	/* and not again within a minute */
	*ctx.open = open;
	ask(CALL_POLL);
	assert_int_equal(recorded(CALL_POLL, "poll-unknown-key"), OUTCOME_DENY);
	assert_int_equal(BUILD(ops, CALL_POLL, NULL), -1);
}

/* Two logins are approved as the keys change: the second one's token comes
 * while the first one's fetch is on its way. */
static void
keys_are_renewed_for_two(void **state)
{
	const struct provider_open open = *ctx.open;

	(void)state;
	for (int i = 0; i < 2; i++) {
		*ctx.open = open;
		ctx.token[0] = '\0';
		ask(CALL_POLL);
		assert_int_equal(
		    recorded(CALL_POLL, "poll-unknown-key"), OUTCOME_DENY);
		assert_true(ctx.told.more);
		ask(CALL_POLL);
		assert_get(ISSUER "/keys");
	}
}

UNIT_TESTS(test_oidc)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_start_reads_what_it_needs, setup),
		cmocka_unit_test_setup(a_document_is_checked, setup),
		cmocka_unit_test_setup(a_bad_document_meanwhile, setup),
		cmocka_unit_test_setup(settings_change_the_start, setup),
		cmocka_unit_test_setup(a_key_signs_each_request, setup),
		cmocka_unit_test_setup(a_phone_is_asked, setup),
		cmocka_unit_test_setup(a_phone_that_cannot_be_asked, setup),
		cmocka_unit_test_setup(a_page_of_the_settings, setup),
		cmocka_unit_test_setup(a_poll_has_the_device_code, setup),
		cmocka_unit_test_setup(polls_become_slower, setup),
		cmocka_unit_test_setup(a_token_counts_once, setup),
		cmocka_unit_test_setup(another_signature_of_a_token, setup),
		cmocka_unit_test_setup(tokens_of_a_crowd, setup),
		cmocka_unit_test_setup(tokens_of_a_morning, setup),
		cmocka_unit_test_setup(an_account_alone_is_a_yes, setup),
		cmocka_unit_test_setup(keys_are_renewed, setup),
		cmocka_unit_test_setup(keys_are_renewed_for_two, setup),
	};

	return cmocka_run_group_tests_name("oidc", tests, NULL, NULL);
}
