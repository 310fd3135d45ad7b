/* SPDX-License-Identifier: BSD-2-Clause */
/* Vonage Verify v2: its requests, its settings, what it keeps of replies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "tests/support/pemkey.h"
#include "tests/support/refused.h"
#include "tests/support/replies/replies.h"
#include "tests/support/samples.h"
#include "tests/support/unit_tests.h"

#define TYPE "vonage-verify-v2"
#define OURS "c11236f4-00bf-4b89-84ba-88b25df97315"
#define HEAD                                                                   \
	"{\"brand\":\"ACME Co\",\"locale\":\"en-us\","                         \
	"\"channel_timeout\":300,\"code_length\":6,\"workflow\":["
#define SMS "{\"channel\":\"sms\",\"to\":\"447700900000\"}"
#define VOICE "{\"channel\":\"voice\",\"to\":\"447700900000\"}"
#define EMAIL "{\"channel\":\"email\",\"to\":\"alice@example.org\"}"

static const struct provider_ops *ops;
static struct provider_conf conf;
static struct provider_ctx ctx;
static struct http_request req;
static struct http_reply reply;

static int
setup(void **state)
{
	(void)state;
	ops = sample_fill(TYPE, &conf, &ctx);
	return 0;
}

static const char **
text_of(const char *key)
{
	return &conf.text[sample_key(ops, key)->slot];
}

static long *
workflow(void)
{
	return &conf.number[sample_key(ops, "workflow_id")->slot];
}

static void
assert_request(enum http_method method, const char *path, const char *body)
{
	assert_false(req.failed);
	assert_int_equal(req.method, method);
	assert_string_equal(req.path, path);
	assert_string_equal(req.body, body);
	assert_int_equal(req.body_len, strlen(body));
	if (body[0] == '\0')
		assert_null(req.content_type);
	else
		assert_string_equal(req.content_type, "application/json");
	assert_string_equal(req.auth_user, "abcd1234");
	assert_string_equal(req.auth_secret->b, "Sup3rS3cret");
	assert_string_equal(req.auth_token, "");
}

static void
assert_start(const char *steps)
{
	char body[1024];

	(void)snprintf(body, sizeof(body), HEAD "%s]}", steps);
	assert_int_equal(BUILD(ops, CALL_START, NULL), 0);
	assert_request(HTTP_POST, "/v2/verify", body);
}

static void
start_has_one_step_of_the_method(void **state)
{
	(void)state;
	assert_start(SMS);
	ctx.method = METHOD_VOICE;
	assert_start(VOICE);
	ctx.method = METHOD_EMAIL;
	ctx.phone = "";
	assert_start(EMAIL);
}

static void
start_names_the_sender(void **state)
{
	(void)state;
	*text_of("from") = "447700900999";
	assert_start("{\"channel\":\"sms\",\"to\":\"447700900000\","
		     "\"from\":\"447700900999\"}");
	ctx.method = METHOD_WHATSAPP;
	assert_start("{\"channel\":\"whatsapp\",\"to\":\"447700900000\","
		     "\"from\":\"447700900999\"}");
	ctx.method = METHOD_VOICE;
	assert_start(VOICE);
	ctx.method = METHOD_EMAIL;
	assert_start(EMAIL);
	*text_of("sender_id") = "ACME";
	ctx.method = METHOD_SMS;
	assert_start("{\"channel\":\"sms\",\"to\":\"447700900000\","
		     "\"from\":\"ACME\"}");
	ctx.method = METHOD_WHATSAPP;
	assert_start("{\"channel\":\"whatsapp\",\"to\":\"447700900000\","
		     "\"from\":\"447700900999\"}");
}

static void
whatsapp_needs_a_number_to_come_from(void **state)
{
	const unsigned all = METHOD_BIT(METHOD_SMS) | METHOD_BIT(METHOD_VOICE) |
	    METHOD_BIT(METHOD_EMAIL);

	(void)state;
	assert_int_equal(provider_methods(&conf), all);
	*text_of("from") = "ACME";
	assert_int_equal(provider_methods(&conf), all);
	ctx.method = METHOD_WHATSAPP;
	assert_int_equal(BUILD(ops, CALL_START, NULL), -1);
	assert_true(req.failed);
	*text_of("from") = "447700900999";
	assert_int_equal(
	    provider_methods(&conf), all | METHOD_BIT(METHOD_WHATSAPP));
}

static const struct {
	long id;
	const char *sms, *voice;
	enum method next[3];
} workflows[] = {
	{ 1, SMS "," VOICE "," VOICE, VOICE, { METHOD_VOICE, METHOD_VOICE } },
	{ 2, SMS "," SMS "," VOICE, VOICE, { METHOD_SMS, METHOD_VOICE } },
	{ 3, SMS, VOICE "," VOICE, { METHOD_VOICE } },
	{ 4, SMS "," SMS, VOICE, { METHOD_SMS } },
	{ 5, SMS "," VOICE, VOICE, { METHOD_VOICE } },
	{ 6, SMS, VOICE, { METHOD_NONE } },
	{ 7, SMS, VOICE, { METHOD_NONE } },
};

/* A workflow holds for the method of its first step; others have one step. */
static void
workflows_are_those_of_v1(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(workflows) / sizeof(workflows[0]); i++) {
		*workflow() = workflows[i].id;
		ctx.method = METHOD_SMS;
		assert_start(workflows[i].sms);
		ctx.method = METHOD_VOICE;
		assert_start(workflows[i].voice);
		ctx.method = METHOD_EMAIL;
		assert_start(EMAIL);
		for (unsigned n = 0; n < 3; n++)
			assert_int_equal(ops->type->next_method(&conf, n + 1),
			    workflows[i].next[n]);
		assert_int_equal(
		    ops->type->next_method(&conf, 99), METHOD_NONE);
	}
}

static void
start_says_what_is_set(void **state)
{
	(void)state;
	ctx.brand = "A \"b\" & \xc3\xa9";
	ctx.language = "xx";
	conf.code_length = 10;
	conf.expiry_ms = 15000;
	assert_int_equal(BUILD(ops, CALL_START, NULL), 0);
	assert_request(HTTP_POST, "/v2/verify",
	    "{\"brand\":\"A \\\"b\\\" & \xc3\xa9\",\"channel_timeout\":15,"
	    "\"code_length\":10,\"workflow\":[" SMS "]}");
	ctx.language = "pt-BR";
	assert_int_equal(BUILD(ops, CALL_START, NULL), 0);
	assert_non_null(strstr(req.body, ",\"locale\":\"pt-br\","));
}

/* Each is of the vendor's own form, which it documents, and names one. */
static void
languages_are_the_vendors(void **state)
{
#define WORD(word, vonage) word,
	static const char *const words[] = { PROVIDER_LANGUAGES(WORD) };

	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		assert_true(language_is_known(words[i]));
		assert_true(strlen(words[i]) <= PROVIDER_LANGUAGE_MAX);
		assert_int_equal(strlen(language_to_locale(words[i])), 5);
		assert_memory_equal(language_to_locale(words[i]), words[i], 2);
	}
	assert_false(language_is_known("xx"));
	assert_false(language_is_known(""));
	assert_string_equal(language_to_locale("en"), "en-us");
}

static void
start_refuses_what_it_cannot_ask_for(void **state)
{
	static const char *const phones[] = { "", "+", "447700900000",
		"+0447700900000", "+44 7700900000", "+44770090000a", NULL };

	(void)state;
	refused_phones(&ctx, phones);
	ctx.phone = SAMPLE_PHONE;
	refused_methods(&ctx);
	ctx.method = METHOD_EMAIL;
	ctx.email = "";
	assert_int_equal(BUILD(ops, CALL_START, NULL), -1);
}

static void
the_others_name_our_id(void **state)
{
	(void)state;
	assert_int_equal(BUILD(ops, CALL_CHECK, "012345"), 0);
	assert_request(HTTP_POST, "/v2/verify/" OURS, "{\"code\":\"012345\"}");
	assert_int_equal(BUILD(ops, CALL_CANCEL, NULL), 0);
	assert_request(HTTP_DELETE, "/v2/verify/" OURS, "");
	assert_int_equal(BUILD(ops, CALL_NEXT, NULL), 0);
	assert_request(HTTP_POST, "/v2/verify/" OURS "/next_workflow", "");
}

static void
what_is_no_id_gets_into_no_path(void **state)
{
	static const char *const ids[] = { "", "..", "../../verify",
		"c11236f4-00bf-4b89-84ba-88b25df9731",
		"c11236f4-00bf-4b89-84ba-88b25df97315a",
		"c11236f4-00bf-4b89-84ba-88b25df9731/",
		"c11236f4-00bf-4b89-84ba-88b25df9731?",
		"c11236f4-00bf-4b89-84ba-88b25df9731\n",
		"c11236f4-00bf-4b89-84ba-88b25df9731g",
		"c11236f4000bf-4b89-84ba-88b25df97315",
		"------------------------------------", NULL };

	(void)state;
	refused_ids(&ctx, "123456", ids);
}

static void
check_refuses_what_is_no_code(void **state)
{
	static const char *const codes[] = { "", "12345", "1234567", "12345a",
		"12345 ", " 12345", "12345\n", "../sms", "\"12345",
		"\xd9\xa1\xd9\xa2\xd9\xa3", NULL };

	(void)state;
	refused_codes(&ctx, codes);
	conf.code_length = 10;
	assert_int_equal(BUILD(ops, CALL_CHECK, "0123456789"), 0);
	assert_int_equal(BUILD(ops, CALL_CHECK, "012345"), -1);
}

static void
nothing_is_asked_without_credentials(void **state)
{
	(void)state;
	conf.secret[sample_key(ops, "api_secret_file")->slot].len = 0;
	assert_int_equal(BUILD(ops, CALL_START, NULL), -1);
	assert_int_equal(BUILD(ops, CALL_CHECK, "123456"), -1);
	assert_int_equal(BUILD(ops, CALL_CANCEL, NULL), -1);
	assert_int_equal(BUILD(ops, CALL_NEXT, NULL), -1);
}

static void
use_application(void)
{
	char text[PEMKEY_MAX];
	struct pem *pem = &conf.key;

	pem->len = pemkey_make(PEMKEY_RSA, 2048, text);
	memcpy(pem->b, text, pem->len + 1);
	*text_of("api_key") = NULL;
	memset(conf.secret, 0, sizeof(conf.secret));
	*text_of("application_id") = OURS;
}

static void
an_application_signs_each_request(void **state)
{
	static const char signed_part[] =
	    "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.eyJhcHBsaWNhdGlvbl9"
	    "pZCI6ImMxMTIzNmY0LTAwYmYtNGI4OS04NGJhLTg4YjI1ZGY5NzMxNSI"
	    "sImlhdCI6MTc2NzIyNTYwMCwiZXhwIjoxNzY3MjI1OTAwLCJqdGkiOiI"
	    "wMTIzNDU2Ny04OWFiLWNkZWYtMDEyMy00NTY3ODlhYmNkZWYifQ.";
	char first[HTTP_TOKEN_MAX + 1];

	(void)state;
	use_application();
	assert_int_equal(BUILD(ops, CALL_START, NULL), 0);
	assert_null(req.auth_user);
	assert_null(req.auth_secret);
	/* {"alg":"RS256","typ":"JWT"} and {"application_id":OURS,
	 * "iat":1767225600,"exp":1767225900,
	 * "jti":"01234567-89ab-cdef-0123-456789abcdef"} */
	assert_int_equal(
	    strncmp(req.auth_token, signed_part, sizeof(signed_part) - 1), 0);
	memcpy(first, req.auth_token, sizeof(first));
	ctx.nonce[0] = 'f';
	assert_int_equal(BUILD(ops, CALL_CHECK, "123456"), 0);
	assert_string_not_equal(first, req.auth_token);
	assert_int_equal(BUILD(ops, CALL_CANCEL, NULL), 0);
	assert_true(req.auth_token[0] != '\0');
}

static void
an_application_has_a_uuid(void **state)
{
	const char *key = NULL;

	(void)state;
	use_application();
	assert_null(ops->type->settings(&conf, &key));
	*text_of("application_id") = "c11236f4-00bf-4b89-84ba-88b25df9731";
	assert_non_null(strstr(ops->type->settings(&conf, &key), "such as"));
	assert_string_equal(key, "application_id");
}

static void
an_application_does_not_sign_with_less(void **state)
{
	(void)state;
	use_application();
	ctx.nonce[31] = '\0';
	assert_int_equal(BUILD(ops, CALL_START, NULL), -1);
	(void)snprintf(ctx.nonce, sizeof(ctx.nonce), "%s",
	    "\",\"sub\":\"0123456789abcdef01234");
	assert_int_equal(BUILD(ops, CALL_START, NULL), -1);
	(void)snprintf(ctx.nonce, sizeof(ctx.nonce), "%s",
	    "0123456789abcdef0123456789abcdef");
	assert_int_equal(BUILD(ops, CALL_START, NULL), 0);
	conf.key.len = 0;
	assert_int_equal(BUILD(ops, CALL_START, NULL), -1);
	assert_string_equal(req.auth_token, "");
}

static void
detail_is_for_the_log(void **state)
{
	(void)state;
	replies_read(TYPE, "start-ok", &reply);
	(void)provider_ops_read_reply(ops, CALL_START, &ctx, &reply);
	assert_string_equal(ctx.detail, "http=202 request=taken");
	replies_read(TYPE, "check-ok", &reply);
	(void)provider_ops_read_reply(ops, CALL_CHECK, &ctx, &reply);
	assert_string_equal(ctx.detail, "status=completed");
	replies_read(TYPE, "cancel-ok", &reply);
	(void)provider_ops_read_reply(ops, CALL_CANCEL, &ctx, &reply);
	assert_string_equal(ctx.detail, "http=204 body=empty");
	replies_read(TYPE, "502-html", &reply);
	(void)provider_ops_read_reply(ops, CALL_CHECK, &ctx, &reply);
	assert_string_equal(ctx.detail, "http=502 body=unreadable");
	replies_read(TYPE, "402-low-balance", &reply);
	(void)provider_ops_read_reply(ops, CALL_CHECK, &ctx, &reply);
	assert_non_null(strstr(ctx.detail, "http=402 error=low-balance This"));
	replies_read(TYPE, "problem-detail-digits", &reply);
	(void)provider_ops_read_reply(ops, CALL_CHECK, &ctx, &reply);
	assert_string_equal(ctx.detail,
	    "http=400 error=invalid-code ****** for ************ is wrong");
}

static void
the_table_entry_holds(void **state)
{
	(void)state;
	assert_string_equal(ops->type->base_url, "https://api.nexmo.com");
	for (unsigned n = 0; n < 32; n++)
		assert_int_equal(
		    ops->type->code_lengths >> n & 1, n >= 4 && n <= 10);
	assert_int_equal(ops->type->expiry_min_s, 15);
	assert_int_equal(ops->type->expiry_max_s, 900);
	assert_int_equal(ops->type->wrong_codes, 3);
	assert_string_equal(ops->type->brand_refused, "/\\{}:$");
	assert_int_equal(ops->type->again, AGAIN_REPLACE);
	assert_false(ops->type->own_code);
}

UNIT_TESTS(test_vonage_v2)
{
#define TEST(f) cmocka_unit_test_setup(f, setup)
	const struct CMUnitTest tests[] = {
		TEST(the_table_entry_holds),
		TEST(start_has_one_step_of_the_method),
		TEST(start_names_the_sender),
		TEST(whatsapp_needs_a_number_to_come_from),
		TEST(workflows_are_those_of_v1),
		TEST(start_says_what_is_set),
		TEST(languages_are_the_vendors),
		TEST(start_refuses_what_it_cannot_ask_for),
		TEST(the_others_name_our_id),
		TEST(what_is_no_id_gets_into_no_path),
		TEST(check_refuses_what_is_no_code),
		TEST(nothing_is_asked_without_credentials),
		TEST(an_application_signs_each_request),
		TEST(an_application_has_a_uuid),
		TEST(an_application_does_not_sign_with_less),
		TEST(detail_is_for_the_log),
	};

	return cmocka_run_group_tests_name("vonage_v2", tests, NULL, NULL);
}
