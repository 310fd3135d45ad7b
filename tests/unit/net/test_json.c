/* SPDX-License-Identifier: BSD-2-Clause */
/* Strict JSON: what is refused whole, and members by path and type. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "helper/net/net.h"
#include "helper/net/net_inside.h"
#include "tests/support/unit_tests.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define TEXT(s)                                                                \
	{                                                                      \
		s, sizeof(s) - 1                                               \
	}

struct text {
	const char *s;
	size_t len;
};

static const struct text good[] = {
	TEXT("{}"), TEXT(" \t\r\n{ } \n"), TEXT("{\"a\":1}"), TEXT("{\"a\":0}"),
	TEXT("{\"a\":-0}"), TEXT("{\"a\":-1.5e+10}"),
	TEXT("{\"a\":1E5,\"b\":1e-5,\"c\":0.0}"),
	TEXT("{\"a\":[],\"b\":[ ],\"c\":[1 , 2],\"d\":{ }}"),
	TEXT("{\"a\":true,\"b\":false,\"c\":null}"), TEXT("{\"\":\"\"}"),
	TEXT("{\"a\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0001\\uFFFF\"}"),
	TEXT("{\"a\":\"\\\\u0000\"}"), TEXT("{\"a\":\"\\ud83d\\ude00\"}"),
	TEXT("{\"a\":\"\xc2\x80\xdf\xbf\"}"),
	TEXT("{\"a\":\"\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf\"}"),
	TEXT("{\"a\":\"\xf0\x90\x80\x80\xf4\x8f\xbf\xbf\"}"),
	TEXT("{\"a\":\"\x7f\"}"),
	TEXT("{\"a\":1,\"a\":2}"), /* unless somebody asks for a */
};

static const struct text bad[] = {
	TEXT(""),
	TEXT(" "),
	TEXT("{"),
	TEXT("}"),
	TEXT("{}}"),
	TEXT("{}{}"),
	TEXT("{}x"),
	TEXT("{}\0"),
	TEXT("{}\0x"),
	TEXT("\0{}"),
	TEXT("\xef\xbb\xbf{}"),
	TEXT("\x01{}"),
	TEXT("\v{}"),
	TEXT("[]"),
	TEXT("[{}]"),
	TEXT("null"),
	TEXT("0"),
	TEXT("\"{}\""),
	TEXT("{a:1}"),
	TEXT("{'a':1}"),
	TEXT("{\"a\"}"),
	TEXT("{\"a\":}"),
	TEXT("{\"a\" 1}"),
	TEXT("{\"a\":1,}"),
	TEXT("{,\"a\":1}"),
	TEXT("{\"a\":1 \"b\":2}"),
	TEXT("{\"a\":1;\"b\":2}"),
	TEXT("{1:1}"),
	TEXT("{\"a\":[1,]}"),
	TEXT("{\"a\":[,1]}"),
	TEXT("{\"a\":[1 2]}"),
	TEXT("{\"a\":[1}"),
	TEXT("{\"a\":01}"),
	TEXT("{\"a\":+1}"),
	TEXT("{\"a\":.5}"),
	TEXT("{\"a\":1.}"),
	TEXT("{\"a\":1e}"),
	TEXT("{\"a\":1e+}"),
	TEXT("{\"a\":-}"),
	TEXT("{\"a\":0x10}"),
	TEXT("{\"a\":1,5}"),
	TEXT("{\"a\":NaN}"),
	TEXT("{\"a\":Infinity}"),
	TEXT("{\"a\":True}"),
	TEXT("{\"a\":tru}"),
	TEXT("{\"a\":nullx}"),
	TEXT("{\"a\":\"}"),
	TEXT("{\"a\":\"\n\"}"),
	TEXT("{\"a\":\"\x1f\"}"),
	TEXT("{\"a\":\"\0\"}"),
	TEXT("{\"a\0\":1}"),
	TEXT("{\"a\":\"\\u0000\"}"),
	TEXT("{\"a\":\"x\\u0000y\"}"),
	TEXT("{\"a\":\"\\\\\\u0000\"}"),
	TEXT("{\"a\\u0000\":1}"),
	TEXT("{\"a\":\"\\x41\"}"),
	TEXT("{\"a\":\"\\0\"}"),
	TEXT("{\"a\":\"\\u12\"}"),
	TEXT("{\"a\":\"\\u12g4\"}"),
	TEXT("{\"a\":\"\\U0041\"}"),
	TEXT("{\"a\":\"\\ud83d\"}"),
	TEXT("{\"a\":\"\\ud83dx\"}"),
	TEXT("{\"a\":\"\\ud83d\\u0041\"}"),
	TEXT("{\"a\":\"\\ude00\"}"),
	TEXT("{\"a\":\"\\"),
	TEXT("{\"a\":\"\x80\"}"),
	TEXT("{\"a\":\"\xbf\"}"),
	TEXT("{\"a\":\"\xc0\x80\"}"),
	TEXT("{\"a\":\"\xc1\xbf\"}"),
	TEXT("{\"a\":\"\xc3\"}"),
	TEXT("{\"a\":\"\xc3(\"}"),
	TEXT("{\"a\":\"\xe0\x9f\xbf\"}"),
	TEXT("{\"a\":\"\xe2\x82\"}"),
	TEXT("{\"a\":\"\xed\xa0\x80\"}"),
	TEXT("{\"a\":\"\xed\xbf\xbf\"}"),
	TEXT("{\"a\":\"\xf0\x8f\xbf\xbf\"}"),
	TEXT("{\"a\":\"\xf0\x9f\x98\"}"),
	TEXT("{\"a\":\"\xf4\x90\x80\x80\"}"),
	TEXT("{\"a\":\"\xf5\x80\x80\x80\"}"),
	TEXT("{\"a\":\"\xff\"}"),
	TEXT("{\"a\":\"\xc3"),
	TEXT("{} // c"),
	TEXT("/**/{}"),
};

static void
good_texts_are_read(void **state)
{
	struct json *json;

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		json = json_parse(good[i].s, good[i].len);
		if (json == NULL)
			fail_msg("refused: %s", good[i].s);
		json_free(json);
	}
}

static void
bad_texts_are_refused(void **state)
{
	struct json *json;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		json = json_parse(bad[i].s, bad[i].len);
		if (json != NULL)
			fail_msg("taken: %s", bad[i].s);
	}
	json_free(NULL);
}

/* levels of arrays inside one object */
static bool
nested_is_read(size_t levels)
{
	char text[4096] = "{\"a\":";
	size_t at = strlen(text);
	struct json *json;

	memset(text + at, '[', levels);
	memset(text + at + levels, ']', levels);
	at += 2 * levels;
	text[at] = '}';
	json = json_parse(text, at + 1);
	json_free(json);
	return json != NULL;
}

static void
depth_is_bounded(void **state)
{
	(void)state;
	assert_true(nested_is_read(0 + 1));
	assert_true(nested_is_read(63));
	assert_false(nested_is_read(64));
	assert_false(nested_is_read(2000));
}

static const char sample[] =
    "{\"s\":\"text\",\"empty\":\"\",\"n\":7,\"t\":true,\"null\":null,"
    "\"list\":[\"x\"],\"data\":{\"id\":\"abc\",\"deep\":{\"id\":\"d\"},"
    "\"twin\":1,\"twin\":1},\"twin\":\"a\",\"twin\":\"a\",\"a.b\":\"dot\","
    "\"CASE\":\"upper\",\"es\\u0063\":\"e\\u00e9\"}";

static const struct {
	const char *path;
	enum json_result result;
	const char *text;
} texts[] = {
	{ "s", JSON_OK, "text" },
	{ "empty", JSON_OK, "" },
	{ "data.id", JSON_OK, "abc" },
	{ "data.deep.id", JSON_OK, "d" },
	{ "CASE", JSON_OK, "upper" },
	{ "esc", JSON_OK, "e\xc3\xa9" },
	{ "n", JSON_BAD, "" },
	{ "t", JSON_BAD, "" },
	{ "null", JSON_BAD, "" },
	{ "list", JSON_BAD, "" },
	{ "data", JSON_BAD, "" },
	{ "twin", JSON_BAD, "" },
	{ "twin.id", JSON_BAD, "" },
	{ "s.id", JSON_BAD, "" },
	{ "list.0", JSON_OK, "x" },
	{ "list.1", JSON_ABSENT, "" },
	{ "list.00", JSON_BAD, "" },
	{ "list.-1", JSON_BAD, "" },
	{ "list.0x", JSON_BAD, "" },
	{ "list.9999", JSON_BAD, "" },
	{ "list.", JSON_BAD, "" },
	{ "list.0.id", JSON_BAD, "" },
	{ "nothing", JSON_ABSENT, "" },
	{ "nothing.id", JSON_ABSENT, "" },
	{ "data.nothing", JSON_ABSENT, "" },
	{ "case", JSON_ABSENT, "" },
	{ "S", JSON_ABSENT, "" },
	{ "", JSON_ABSENT, "" },
	{ "a.b", JSON_ABSENT, "" },
};

static void
truth_and_null(void **state)
{
	struct json *json = json_parse(sample, sizeof(sample) - 1);
	bool yes = false;

	(void)state;
	assert_non_null(json);
	assert_int_equal(json_bool(json, "t", &yes), JSON_OK);
	assert_true(yes);
	assert_int_equal(json_bool(json, "n", &yes), JSON_BAD);
	assert_false(yes);
	assert_int_equal(json_bool(json, "null", &yes), JSON_BAD);
	assert_int_equal(json_bool(json, "none", &yes), JSON_ABSENT);
	assert_true(json_is_null(json, "null"));
	assert_false(json_is_null(json, "t"));
	assert_false(json_is_null(json, "none"));
	assert_false(json_is_null(json, "twin"));
	json_free(json);
}

static void
texts_by_path(void **state)
{
	struct json *json = json_parse(sample, sizeof(sample) - 1);
	char out[8];

	(void)state;
	assert_non_null(json);
	for (size_t i = 0; i < COUNT(texts); i++) {
		memset(out, 'x', sizeof(out));
		if (json_text(json, texts[i].path, out, sizeof(out)) !=
		    texts[i].result)
			fail_msg("%s", texts[i].path);
		assert_string_equal(out, texts[i].text);
	}
	json_free(json);
}

static void
texts_are_never_cut(void **state)
{
	struct json *json = json_parse(sample, sizeof(sample) - 1);
	char out[8];

	(void)state;
	assert_int_equal(json_text(json, "s", out, 5), JSON_OK);
	assert_string_equal(out, "text");
	assert_int_equal(json_text(json, "s", out, 4), JSON_BAD);
	assert_string_equal(out, "");
	assert_int_equal(json_text(json, "empty", out, 1), JSON_OK);
	assert_int_equal(json_text(json, "empty", out, 0), JSON_BAD);
	json_free(json);
}

static const struct {
	const char *number;
	enum json_result result;
	int64_t value;
} integers[] = {
	{ "0", JSON_OK, 0 },
	{ "-0", JSON_OK, 0 },
	{ "7", JSON_OK, 7 },
	{ "-7", JSON_OK, -7 },
	{ "60202", JSON_OK, 60202 },
	{ "1e2", JSON_OK, 100 },
	{ "7.0", JSON_OK, 7 },
	{ "9007199254740991", JSON_OK, 9007199254740991 },
	{ "-9007199254740991", JSON_OK, -9007199254740991 },
	{ "9007199254740992", JSON_BAD, 0 },
	{ "9007199254740993", JSON_BAD, 0 },
	{ "-9007199254740992", JSON_BAD, 0 },
	{ "1e300", JSON_BAD, 0 },
	{ "1e999", JSON_BAD, 0 },
	{ "-1e999", JSON_BAD, 0 },
	{ "7.5", JSON_BAD, 0 },
	{ "1e-1", JSON_BAD, 0 },
	{ "\"7\"", JSON_BAD, 0 },
	{ "true", JSON_BAD, 0 },
	{ "null", JSON_BAD, 0 },
	{ "[7]", JSON_BAD, 0 },
	{ "7,\"n\":7", JSON_BAD, 0 },
};

static void
integers_are_exact(void **state)
{
	char text[64];
	struct json *json;
	int64_t value;
	int n;

	(void)state;
	for (size_t i = 0; i < COUNT(integers); i++) {
		n = snprintf(
		    text, sizeof(text), "{\"n\":%s}", integers[i].number);
		json = json_parse(text, (size_t)n);
		assert_non_null(json);
		value = 42;
		if (json_integer(json, "n", &value) != integers[i].result)
			fail_msg("%s", text);
		assert_true(value == integers[i].value);
		assert_int_equal(json_integer(json, "m", &value), JSON_ABSENT);
		json_free(json);
	}
}

UNIT_TESTS(test_json)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_texts_are_read),
		cmocka_unit_test(bad_texts_are_refused),
		cmocka_unit_test(depth_is_bounded),
		cmocka_unit_test(texts_by_path),
		cmocka_unit_test(truth_and_null),
		cmocka_unit_test(texts_are_never_cut),
		cmocka_unit_test(integers_are_exact),
	};

	return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
