/* SPDX-License-Identifier: BSD-2-Clause */
/* RADIUS packets: what is sent, and every answer that is none. The packets were
 * made by another program (tests/e2e/rig/radiusserver.py). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <openssl/evp.h>

#include <stdio.h>
#include <string.h>

#include "helper/providers/radius/radius.h"
#include "tests/support/samples.h"
#include "tests/support/unit_tests.h"

#define ASKED                                                                  \
	"0100006a0123456789abcdef0123456789abcdef501200cb322baa17"             \
	"344e0bfd092ef3cdc4830109612e736d6974680212eaa4c2f4aed393"             \
	"6840d9eff47f7a2a4f0606000000083d06000000052012776562312e"             \
	"6578616d706c652e6f72671f0b3139322e302e322e37"

static const struct row {
	const char *name, *packet;
	int code;
	const char *text;
	const char *why; /* a part of it, or NULL */
} rows[] = {
	{ "accept",
	    "0200002bca23e41e6863c389d77a168db8269a2d5012d18f9950d79c"
	    "899651c9e4cadbc16fac1205616263",
	    2, "abc", NULL },
	{ "accept, sum last",
	    "0200002b63a9e224f2c5da40569590db3699ef5a120561626350123d"
	    "1bd354678fa2b835b7468169d31565",
	    2, "abc", NULL },
	{ "padded",
	    "0200002bca23e41e6863c389d77a168db8269a2d5012d18f9950d79c"
	    "899651c9e4cadbc16fac120561626370616464696e67",
	    2, "abc", NULL },
	{ "reject",
	    "0300002befcaf7594498852edfc9ab677567ae2e5012d564e577edab"
	    "69bfe3bacf5c28e4a2151205616263",
	    3, "abc", NULL },
	{ "challenge",
	    "0b00002ec1b774344fc08021d456f26b67826ab65012cfcd94c876de"
	    "8223c63df65c04483f641803611205616263",
	    11, "abc", NULL },
	{ "challenge with two States",
	    "0b00002c019ce677ce1689a9bbe42a1bc8d5a340501210f813cc1d1e"
	    "c9fe9208a8658a1f3932180361180362",
	    11, "", NULL },
	{ "challenge without one",
	    "0b00002b734374f6656294e9fccc58da8558fd7b50124afbd416be36"
	    "4f4221522e964af336591205616263",
	    11, "abc", NULL },
	{ "text",
	    "030000352a7c1311b1ec48cb076afd9a3424da89501218658c71fd49"
	    "fd96c61b3ba36b20d42a120c1b5b33316d78070ae225120379",
	    3,
	    "?[31mx?"
	    "?"
	    "?%y",
	    NULL },
	{ "no sum", "02000019680d02aab3a46d48fbb5311160b952a01205616263", 0, "",
	    "no Message-Authenticator" },
	{ "random sum",
	    "0200002b9924d9cfd8e8e7061edfd4c27e209564501262d598809222"
	    "4cf6abba2c13e3a33e1e1205616263",
	    0, "", "wrong Message-Authenticator" },
	{ "sum of zeros",
	    "0200002bf7f51d6296c4683a23f46cc52146b40c5012000000000000"
	    "000000000000000000001205616263",
	    0, "", "wrong Message-Authenticator" },
	{ "short sum",
	    "0200002a22a83e64e45c51f89d0538dd737ad1285011000000000000"
	    "0000000000000000001205616263",
	    0, "", "another length" },
	{ "two sums",
	    "0200003d766b4e09e35ab1f2fd1e8dd268e15c4950121870badcb840"
	    "53ef51336be32e9a9452501200000000000000000000000000000000"
	    "1205616263",
	    0, "", "twice" },
	{ "another secret",
	    "0200002b36c1927b9a4b82ef00d3b3d3ad1a88765012ec887ae38398"
	    "76a358ccbd5c16a0d54d1205616263",
	    0, "", "Response Authenticator" },
	{ "another identifier",
	    "0201002bc31303bf978e1f615fc0a3e46a9fd14850127444b908b892"
	    "e1e30448a3b392a31ceb1205616263",
	    0, "", "another identifier" },
	{ "cut short",
	    "0200002bca23e41e6863c389d77a168db8269a2d5012d18f9950d79c"
	    "899651c9e4cadbc16fac1205",
	    0, "", "length" },
	{ "attribute of length 0",
	    "0200002b809dff13bfbe7c2eb9a8e448b30358685012734c0b9db089"
	    "bcc8390ef32de1801f171200616263",
	    0, "", "attributes that do not fit" },
	{ "attribute too long",
	    "0200002be6f6adb8ebae69ad9ec94f94a86373fc501248d0ee4c45a1"
	    "3ff3b5dc057f5880dda712ff616263",
	    0, "", "attributes that do not fit" },
	{ "attribute of one byte",
	    "0200002cb9dd16397cce38de15e4821f84c87dc750129d25e9b811e6"
	    "ef0680ea36ae9b4515e3120561626312",
	    0, "", "attributes that do not fit" },
	{ "code 9",
	    "0900002b265c45f72c6508ae661608663c28fd585012b1796bfc4ac7"
	    "fcf739d69befe0c15d951205616263",
	    0, "", "code of no answer" },
	{ "a request",
	    "0100002be7f3c2916e2c1e6786216ecc05ac2bcb5012a8f59d68ae05"
	    "b0ed8115da8a0b0843e31205616263",
	    0, "", "code of no answer" },
	{ "our request as an answer",
	    "0200006a0123456789abcdef0123456789abcdef501200cb322baa17"
	    "344e0bfd092ef3cdc4830109612e736d6974680212eaa4c2f4aed393"
	    "6840d9eff47f7a2a4f0606000000083d06000000052012776562312e"
	    "6578616d706c652e6f72671f0b3139322e302e322e37",
	    0, "", "Response Authenticator" },
	{ "a reject with the code changed",
	    "0200002befcaf7594498852edfc9ab677567ae2e5012d564e577edab"
	    "69bfe3bacf5c28e4a2151205616263",
	    0, "", "Response Authenticator" },
	{ "answer to another request",
	    "0200002bd04f1734bab3f0775ef1f40013a2abda50122754944bccab"
	    "834c992b802b37df33571205616263",
	    0, "", "Response Authenticator" },
	{ "short packet", "0200002bca23e41e6863c389d77a168db8269a", 0, "",
	    "length" },
	{ "length below the head",
	    "02000013ca23e41e6863c389d77a168db8269a2d5012d18f9950d79c"
	    "899651c9e4cadbc16fac1205616263",
	    0, "", "length" },
};

static const struct secret secret = { .b = "rehearsal-secret-of-32-octets-00",
	.len = 32 };
static const struct provider_ops *ops;
static struct provider_conf conf;
static struct provider_ctx ctx;
static struct http_request req;
static struct http_reply reply;
static struct radius_packet asked, got;
static struct radius_answer answer;

static void
put(struct radius_packet *p, const char *hex)
{
	p->len = strlen(hex) / 2;
	assert_true(hex_parse(hex, p->b, p->len));
}

static const char *
read_as(bool udp)
{
	return radius_packet_read(&got, &asked, &secret, udp, &answer);
}

static int
setup(void **state)
{
	(void)state;
	put(&asked, ASKED);
	ops = sample_fill("radius", &conf, &ctx);
	ctx.account = "a.smith";
	return 0;
}

static int
asks(enum provider_call_kind call, const char *code)
{
	return provider_ops_build(ops, call, &ctx, code, &req);
}

static void
test_request(void **state)
{
	(void)state;
	assert_int_equal(asks(CALL_CHECK, "123456"), 0);
	assert_int_equal(req.body_len, asked.len);
	assert_memory_equal(req.body, asked.b, asked.len);
	/* without an address, and as the settings call the host */
	ctx.address = "";
	conf.text[RADIUS_NAS] = "nas-1";
	assert_int_equal(asks(CALL_CHECK, "123456"), 0);
	assert_int_equal(req.body_len,
	    asked.len - 11 - strlen("web1.example.org") + strlen("nas-1"));
}

/* Where a policy refuses MD5, this protocol goes on to use it. */
static void
test_under_a_policy(void **state)
{
	assert_int_equal(EVP_default_properties_enable_fips(NULL, 1), 1);
	test_request(state);
	put(&got, rows[0].packet);
	assert_null(read_as(true));
}

static int
no_policy(void **state)
{
	(void)state;
	return EVP_default_properties_enable_fips(NULL, 0) != 1;
}

/* Each bit of randomness is in the identifier. */
static void
test_identifier(void **state)
{
	static const unsigned char random[RADIUS_RANDOM] = {
		1, [7] = 0x30, [15] = 0x80
	};
	const struct radius_question q = { "a", "1", "n", "", "" };

	(void)state;
	assert_int_equal(radius_packet_build(&got, &q, &secret, random), 0);
	assert_int_equal(got.b[1], 0xb1);
}

/* The code alone is the password; nothing else is sent as one. */
static void
test_what_is_not_sent(void **state)
{
	static const char *const codes[] = { "", "12345", "1234567", "12345a",
		"push" };
	static char name[256];

	(void)state;
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		assert_int_equal(asks(CALL_CHECK, codes[i]), -1);
	ctx.account = "";
	assert_int_equal(asks(CALL_CHECK, "123456"), -1);
	memset(name, 'n', 254); /* an attribute has 253 */
	ctx.account = name;
	assert_int_equal(asks(CALL_CHECK, "123456"), -1);
	ctx.account = name + 1;
	assert_int_equal(asks(CALL_CHECK, "123456"), 0);
	ctx.method = METHOD_PUSH;
	assert_int_equal(asks(CALL_CHECK, "123456"), -1);
	ctx.method = METHOD_TOTP;
	ctx.nonce[0] = '\0';
	assert_int_equal(asks(CALL_CHECK, "123456"), -1);
}

static void
test_answers(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *why;

		put(&got, rows[i].packet);
		why = read_as(true);
		if ((why == NULL) != (rows[i].why == NULL) ||
		    (why != NULL && strstr(why, rows[i].why) == NULL))
			fail_msg("%s: %s", rows[i].name,
			    why != NULL ? why : "believed");
		assert_int_equal(answer.code, rows[i].code);
		assert_string_equal(answer.text, rows[i].text);
		assert_string_equal(answer.state,
		    strcmp(rows[i].name, "challenge") == 0 ? "61" : "");
	}
}

/* TLS has its own proof; a wrong sum is wrong there, too. */
static void
test_over_tls(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		put(&got, rows[i].packet);
		assert_int_equal(read_as(false) == NULL,
		    rows[i].why == NULL || strcmp(rows[i].name, "no sum") == 0);
	}
}

static void
test_every_bit_and_length(void **state)
{
	(void)state;
	put(&got, rows[0].packet);
	for (size_t bit = 0; bit < got.len * 8; bit++) {
		got.b[bit / 8] ^= (unsigned char)(1u << bit % 8);
		assert_non_null(read_as(true));
		assert_int_equal(answer.code, 0);
		got.b[bit / 8] ^= (unsigned char)(1u << bit % 8);
	}
	for (size_t len = got.len; len-- > 0;) {
		got.len = len;
		assert_non_null(read_as(true));
	}
}

/* No secret is no password that anybody knows. */
static void
test_no_secret(void **state)
{
	static const struct secret none;

	(void)state;
	put(&got, rows[0].packet);
	assert_non_null(
	    radius_packet_read(&got, &asked, &none, false, &answer));
	memset(&conf.secret, 0, sizeof(conf.secret));
	assert_int_equal(asks(CALL_CHECK, "123456"), -1);
	snprintf(conf.scheme, sizeof(conf.scheme), "tls");
	assert_string_equal(radius_secret(&conf)->b, "radsec");
	assert_int_equal(asks(CALL_CHECK, "123456"), 0);
}

static enum outcome
reply_of(enum provider_call_kind call, long code)
{
	memset(&ctx.told, 0, sizeof(ctx.told));
	sample_reply(&reply, code, "");
	return provider_ops_read_reply(ops, call, &ctx, &reply);
}

static void
test_outcomes(void **state)
{
	(void)state;
	assert_int_equal(reply_of(CALL_CHECK, RADIUS_ACCEPT), OUTCOME_OK);
	assert_int_equal(reply_of(CALL_CHECK, RADIUS_REJECT), OUTCOME_WRONG);
	assert_int_equal(reply_of(CALL_CHECK, RADIUS_CHALLENGE), OUTCOME_DENY);
	assert_non_null(strstr(ctx.detail, "Access-Challenge"));
	for (long code = -1; code < 300; code++)
		assert_int_equal(reply_of(CALL_CHECK, code) == OUTCOME_OK,
		    code == RADIUS_ACCEPT);
}

static enum outcome
challenged(const char *hex)
{
	memset(&ctx.told, 0, sizeof(ctx.told));
	sample_reply(&reply, RADIUS_CHALLENGE, hex);
	return provider_ops_read_reply(ops, CALL_CHECK, &ctx, &reply);
}

/* The code answers the challenge; without one nothing is right. */
static void
test_begin(void **state)
{
	static const unsigned char answers_it[] = { 24, 3, 'a' };
	static struct provider_open open;

	(void)state;
	open.secret[0] = '\0';
	ctx.open = &open;
	conf.text[RADIUS_BEGIN] = "";
	assert_int_equal(asks(CALL_CHECK, "123456"), 0);
	assert_null(memmem(req.body, req.body_len, answers_it, 3));
	assert_int_equal(reply_of(CALL_CHECK, RADIUS_ACCEPT), OUTCOME_DENY);
	assert_int_equal(reply_of(CALL_CHECK, RADIUS_REJECT), OUTCOME_DENY);
	assert_int_equal(challenged(""), OUTCOME_DENY);
	assert_false(ctx.told.more);
	assert_int_equal(challenged("61"), OUTCOME_DENY);
	assert_true(ctx.told.more);
	assert_int_equal(asks(CALL_CHECK, "123456"), 0);
	assert_non_null(memmem(req.body, req.body_len, answers_it, 3));
	assert_int_equal(challenged("62"), OUTCOME_DENY);
	assert_false(ctx.told.more);
	/* from the start again */
	assert_int_equal(reply_of(CALL_CHECK, RADIUS_ACCEPT), OUTCOME_DENY);
	(void)challenged("61");
	assert_int_equal(reply_of(CALL_CHECK, RADIUS_REJECT), OUTCOME_WRONG);
	(void)challenged("61");
	assert_int_equal(reply_of(CALL_CHECK, RADIUS_ACCEPT), OUTCOME_OK);
	assert_string_equal(open.secret, "");
	memset(open.secret, '6', RADIUS_STATE_MAX + 2);
	assert_int_equal(asks(CALL_CHECK, "123456"), -1);
	memset(open.secret, 0, sizeof(open.secret));
}

static void
test_probe_of_a_made_up_user(void **state)
{
	(void)state;
	ctx.account = "";
	assert_int_equal(asks(CALL_PROBE, NULL), 0);
	assert_non_null(memmem(req.body, req.body_len, "twofa-probe-0123", 16));
	assert_int_equal(reply_of(CALL_PROBE, RADIUS_REJECT), OUTCOME_OK);
	assert_null(ctx.told.finding);
	assert_int_equal(reply_of(CALL_PROBE, RADIUS_ACCEPT), OUTCOME_DENY);
	assert_string_equal(ctx.told.finding->name, "radius-accepts-anybody");
	assert_int_equal(ctx.told.finding->level, PROVIDER_PROBLEM);
	assert_int_equal(reply_of(CALL_PROBE, RADIUS_CHALLENGE), OUTCOME_OK);
	assert_string_equal(ctx.told.finding->name, "radius-challenge");
}

static void
test_findings(void **state)
{
	(void)state;
	snprintf(conf.scheme, sizeof(conf.scheme), "udp");
	conf.base_url = "udp://127.0.0.1:1812";
	assert_null(radius_type.finding(&conf, 0));
	conf.base_url = "udp://127.example.org";
	assert_string_equal(radius_type.finding(&conf, 0)->name, "radius-udp");
	conf.base_url = "udp://192.0.2.1";
	conf.secret[RADIUS_SECRET].len = 31;
	assert_string_equal(radius_type.finding(&conf, 0)->name, "radius-udp");
	assert_string_equal(
	    radius_type.finding(&conf, 1)->name, "radius-secret-short");
	assert_null(radius_type.finding(&conf, 2));
	snprintf(conf.scheme, sizeof(conf.scheme), "tls");
	assert_null(radius_type.finding(&conf, 0));
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

UNIT_TESTS(test_radius)
{
	const struct CMUnitTest tests[] = {
		TEST(test_request),
		cmocka_unit_test_setup_teardown(
		    test_under_a_policy, setup, no_policy),
		TEST(test_identifier),
		TEST(test_what_is_not_sent),
		TEST(test_answers),
		TEST(test_over_tls),
		TEST(test_every_bit_and_length),
		TEST(test_no_secret),
		TEST(test_outcomes),
		TEST(test_begin),
		TEST(test_probe_of_a_made_up_user),
		TEST(test_findings),
	};

	return cmocka_run_group_tests_name("radius", tests, NULL, NULL);
}
