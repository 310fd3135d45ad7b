/* SPDX-License-Identifier: BSD-2-Clause */
/* Texts of recorded replies: what becomes of them, and which are refused. */
#include "tests/support/replies/replies_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "tests/support/unit_tests.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define GOOD "-- good  check=ok\nHTTP 200\n{\"id\":\"ab\",\"n\":1}\n"

static char why[256];

static struct replies_file *
parse(const char *text)
{
	why[0] = '\0';
	return replies_parse("file", text, strlen(text), why, sizeof(why));
}

static struct replies_file *
parse_good(const char *text)
{
	struct replies_file *f = parse(text);

	if (f == NULL)
		fail_msg("%s", why);
	return f;
}

static void
assert_reply(const struct replies_file *f, const char *name, long status,
    const char *body, size_t len)
{
	const struct reply_case *c = replies_find(f, name);

	if (c == NULL)
		fail_msg("no %s", name);
	assert_int_equal(c->status, status);
	if (c->len != len || memcmp(c->body, body, len) != 0)
		fail_msg("%s: %s", name, c->body);
}

static void
assert_text(const struct replies_file *f, const char *name, long status,
    const char *body)
{
	assert_reply(f, name, status, body, strlen(body));
}

static void
assert_row(const struct reply_row *r, const char *file, const char *call,
    const char *outcome, const char *marks)
{
	assert_string_equal(r->file, file);
	assert_string_equal(r->call, call);
	assert_string_equal(r->outcome, outcome);
	assert_string_equal(r->marks, marks);
}

static void
a_section_is_a_reply(void **state)
{
	struct replies_file *f = parse_good(
	    "# a comment\n\n" GOOD
	    "\n-- empty  start:push=transient lookup=ok[valid=yes line=mobile]"
	    " check-late=deny[-]\nHTTP 204\n\n\n"
	    "-- lines  start=ok\nHTTP 201\n{\n \"a\": 1\n}");

	(void)state;
	assert_int_equal(f->count, 3);
	assert_text(f, "good", 200, "{\"id\":\"ab\",\"n\":1}");
	assert_text(f, "empty", 204, "");
	assert_text(f, "lines", 201, "{\n \"a\": 1\n}");
	assert_int_equal(f->rows, 5);
	assert_row(&f->row[0], "good", "check", "ok", "");
	assert_row(&f->row[1], "empty", "start:push", "transient", "");
	assert_row(
	    &f->row[2], "empty", "lookup", "ok", "valid=yes line=mobile");
	assert_row(&f->row[3], "empty", "check-late", "deny", "-");
	assert_null(replies_find(f, "other"));
	replies_free(f);
}

static void
escapes_are_bytes(void **state)
{
	struct replies_file *f = parse_good(
	    "-- bytes  check=deny\nHTTP 200\n~ef~00~7e~(3*ab)~20~0a\n");

	(void)state;
	assert_reply(f, "bytes", 200, "\xef\0~ababab \n", 11);
	replies_free(f);
}

static void
a_body_can_be_taken_and_changed(void **state)
{
	struct replies_file *f =
	    parse_good(GOOD "\n-- same  check=deny\nHTTP 500 good\n"
			    "\n-- changed  check=deny\nHTTP 200 good\n"
			    "\"n\":1 => \"n\":2\n"
			    "\"id\":\"ab\", =>\n"
			    "=> ,\"a => b\":~00\n"
			    "\n-- whole  base\nHTTP 200\n{}\n"
			    "\n-- part  check=deny\nHTTP 200 whole\n} => ,}\n");

	(void)state;
	assert_text(f, "same", 500, "{\"id\":\"ab\",\"n\":1}");
	assert_reply(f, "changed", 200, "{\"n\":2,\"a => b\":\0}", 18);
	assert_text(f, "part", 200, "{,}");
	assert_true(replies_find(f, "whole")->base);
	assert_false(replies_find(f, "part")->base);
	assert_int_equal(f->rows, 4);
	replies_free(f);
}

static void
a_family_has_a_reply_of_each_name(void **state)
{
	struct replies_file *f = parse_good(
	    GOOD "\n-- http-*-x  check=deny start=config\neach 400 404 500\n"
		 "but 404 500  check=transient poll=ok[-]\nwithout 500\n"
		 "HTTP ~n\n<~n>\n"
		 "\n-- n-*  check=deny\neach float: 1.5\neach blank: ~20 x\n"
		 "each none:\nHTTP 200 good\n\"n\":1 => \"n\":~v\n");

	(void)state;
	assert_int_equal(f->count, 6);
	assert_text(f, "http-400-x", 400, "<400>");
	assert_text(f, "http-404-x", 404, "<404>");
	assert_null(replies_find(f, "http-500-x"));
	assert_text(f, "n-float", 200, "{\"id\":\"ab\",\"n\":1.5}");
	assert_text(f, "n-blank", 200, "{\"id\":\"ab\",\"n\":  x}");
	assert_text(f, "n-none", 200, "{\"id\":\"ab\",\"n\":}");
	assert_row(&f->row[1], "http-400-x", "check", "deny", "");
	assert_row(&f->row[3], "http-404-x", "check", "transient", "");
	assert_row(&f->row[4], "http-404-x", "start", "config", "");
	assert_row(&f->row[5], "http-404-x", "poll", "ok", "-");
	replies_free(f);
}

static void
code_bends_bodies(void **state)
{
	struct replies_file *f = parse_good(
	    GOOD "\n-- *  check=deny\nfamily body x 3\nHTTP 200 good\n");

	(void)state;
	assert_text(f, "empty", 200, "");
	assert_text(f, "truncated", 200, "{\"id\":\"ab\",\"n\":1");
	assert_text(f, "truncated-half", 200, "{\"id\":\"a");
	assert_text(f, "trailing-comma", 200, "{\"id\":\"ab\",\"n\":1,}");
	assert_reply(f, "trailing-nul", 200, "{\"id\":\"ab\",\"n\":1}\0", 18);
	assert_text(f, "array", 200, "[{\"id\":\"ab\",\"n\":1}]");
	assert_text(
	    f, "string", 200, "\"{\\\"id\\\":\\\"ab\\\",\\\"n\\\":1}\"");
	assert_text(f, "single-quotes", 200, "{'id':'ab','n':1}");
	assert_text(f, "latin1", 200, "{\"id\":\"ab\",\"n\":1,\"x\":\"\xe9\"}");
	assert_text(f, "deep", 200, "{\"id\":\"ab\",\"n\":1,\"x\":[[[]]]}");
	assert_int_equal(replies_find(f, "deep-10000")->len, 17 + 5 + 20000);
	replies_free(f);
}

static void
code_bends_members(void **state)
{
	struct replies_file *f = parse_good(
	    GOOD "\n-- *  check=deny\nfamily member id\nHTTP 200 good\n"
		 "\n-- end  base\nHTTP 200\n{\"n\":1,\"id\":\"ab\"}\n"
		 "\n-- end-*  check=deny\nfamily member id\nHTTP 200 end\n");

	(void)state;
	assert_text(f, "missing", 200, "{\"n\":1}");
	assert_text(f, "end-missing", 200, "{\"n\":1}");
	assert_text(f, "null", 200, "{\"id\":null,\"n\":1}");
	assert_text(f, "object", 200, "{\"id\":{\"id\": \"ab\"},\"n\":1}");
	assert_text(f, "shorter", 200, "{\"id\":\"a\",\"n\":1}");
	assert_text(f, "upper", 200, "{\"id\":\"AB\",\"n\":1}");
	assert_text(f, "utf8", 200, "{\"id\":\"a\xc3\xa9\",\"n\":1}");
	assert_text(f, "wrong-case", 200, "{\"Id\":\"ab\",\"n\":1}");
	assert_text(
	    f, "duplicate-other", 200, "{\"id\":\"ab\",\"id\":\"x\",\"n\":1}");
	assert_int_equal(replies_find(f, "long")->len, 17 + 600);
	replies_free(f);
}

/* What is wrong, and where; behind GOOD and an empty line, lines 1 to 4. */
static const struct {
	const char *text, *why;
} refused[] = {
	{ "HTTP 200\n", "5: outside of a section" },
	{ "--\n", "5: outside of a section" },
	{ "-- \n", "5: write ~20" },
	{ "-- a\nHTTP 200\n", "5: no call and its outcome" },
	{ "-- a  ok\nHTTP 200\n", "5: not CALL=OUTCOME[MARKS]" },
	{ "-- a  check=\nHTTP 200\n", "5: not CALL=OUTCOME[MARKS]" },
	{ "-- a  =ok\nHTTP 200\n", "5: not CALL=OUTCOME[MARKS]" },
	{ "-- a  check=ok[\nHTTP 200\n", "5: not CALL=OUTCOME[MARKS]" },
	{ "-- a  check=ok[]\nHTTP 200\n", "5: not CALL=OUTCOME[MARKS]" },
	{ "-- a  check=ok[-]x\nHTTP 200\n", "5: not CALL=OUTCOME[MARKS]" },
	{ "-- a  base check=ok\nHTTP 200\n", "5: not CALL=OUTCOME[MARKS]" },
	{ "-- a  check=ok check=deny\nHTTP 200\n", "5: the same call twice" },
	{ "-- a/b  check=ok\nHTTP 200\n", "5: a name is of letters" },
	{ "-- *-*  check=ok\nHTTP 200\n", "5: a second *" },
	{ "-- good  check=ok\nHTTP 200\n", "6: a second good" },
	{ "-- a  check=ok\n", "5: a section without HTTP" },
	{ "-- a  check=ok\n\nHTTP 200\n", "6: a section without HTTP" },
	{ "-- a  check=ok\n{}\n", "6: not HTTP STATUS" },
	{ "-- a  check=ok\nHTTP 20\n", "6: not HTTP and three digits" },
	{ "-- a  check=ok\nHTTP 20x\n", "6: not HTTP and three digits" },
	{ "-- a  check=ok\nHTTP ~n\n", "6: not HTTP and three digits" },
	{ "-- a  check=ok\nHTTP 200 b\n", "6: no reply further up is named b" },
	{ "-- a  check=ok\nHTTP 200 a\n", "6: no reply further up is named a" },
	{ "-- a  check=ok\nHTTP 200\n\xc3\xa9\n", "7: write ~c3" },
	{ "-- a  check=ok\nHTTP 200\n\ta\n", "7: write ~09" },
	{ "-- a  check=ok\nHTTP 200\r\n", "6: write ~0d" },
	{ "-- a  check=ok\nHTTP 200\na \n", "7: write ~20" },
	{ "-- a  check=ok\nHTTP 200\na\n#b\n", "8: write ~23" },
	{ "-- a  check=ok\nHTTP 200\na\n-- b  check=ok\n", "8: write ~2d" },
	{ "-- a  check=ok\nHTTP 200\n~xy\n", "7: ~ is not followed by" },
	{ "-- a  check=ok\nHTTP 200\n~\n", "7: ~ is not followed by" },
	{ "-- a  check=ok\nHTTP 200\n~v\n", "7: ~ is not followed by" },
	{ "-- a  check=ok\nHTTP 200\n~(3*a\n", "7: ~ is not followed by" },
	{ "-- a  check=ok\nHTTP 200\n~(0*a)\n", "7: ~ is not followed by" },
	{ "-- a  check=ok\nHTTP 200\n~(70000*a)\n", "7: longer than" },
	{ "-- a  check=ok\nHTTP 200 good\n{}\n", "7: not FIND => PUT" },
	{ "-- a  check=ok\nHTTP 200 good\n =>b\n", "7: not FIND => PUT" },
	{ "-- a  check=ok\nHTTP 200 good\n\"n\" =>b\n", "7: not FIND => PUT" },
	{ "-- a  check=ok\nHTTP 200 good\n\"n\" => m\n\"n\" => m\n",
	    "8: not in the body that is taken" },
	{ "-- a  check=ok\neach 400\nHTTP 200\n", "6: not HTTP STATUS, and" },
	{ "-- *  check=ok\nHTTP 200\n", "6: a * in the name, and no each" },
	{ "-- *  check=ok\neach\nHTTP 200\n", "6: nothing behind this word" },
	{ "-- *  check=ok\nall 400\nHTTP 200\n", "6: not each, family" },
	{ "-- *  check=ok\neach a a\nHTTP 200\n", "6: the same name twice" },
	{ "-- *  check=ok\neach : a\nHTTP 200\n", "6: no name" },
	{ "-- *  check=ok\neach a b\nbut c  check=deny\nHTTP 200\n",
	    "7: no such reply in this family" },
	{ "-- *  check=ok\neach a b\nbut a b\nHTTP 200\n",
	    "7: no call and its outcome" },
	{ "-- *  check=ok\neach a b\nwithout c\nHTTP 200\n",
	    "7: no such reply in this family" },
	{ "-- *  check=ok\nfamily body x\nHTTP 200 good\n", "6: not \"family" },
	{ "-- *  check=ok\nfamily body x 3x\nHTTP 200 good\n",
	    "6: not \"family" },
	{ "-- *  check=ok\nfamily body x 1000\nHTTP 200 good\n",
	    "6: not \"family" },
	{ "-- *  check=ok\nfamily tree x\nHTTP 200 good\n", "6: not \"family" },
	{ "-- *  check=ok\nfamily member id\neach a\nHTTP 200 good\n",
	    "7: this family has its names from code" },
	{ "-- *  check=ok\neach a\nfamily member id\nHTTP 200 good\n",
	    "7: a family beside other names" },
	{ "-- *  check=ok\nfamily member id\nHTTP 200\n",
	    "7: a family of no good reply" },
	{ "-- *  check=ok\nfamily member n\nHTTP 200 good\n",
	    "7: the good reply has no such member" },
};

static void
what_is_malformed_is_refused(void **state)
{
	char text[512];

	(void)state;
	for (size_t i = 0; i < COUNT(refused); i++) {
		(void)snprintf(
		    text, sizeof(text), GOOD "\n%s", refused[i].text);
		if (parse(text) != NULL)
			fail_msg("taken: %s", refused[i].text);
		if (strncmp(why, "file:", 5) != 0 ||
		    strncmp(why + 5, refused[i].why, strlen(refused[i].why)) !=
			0)
			fail_msg("%s\"%s\", not \"%s\"", refused[i].text, why,
			    refused[i].why);
	}
}

static void
a_text_that_is_not_there_is_refused(void **state)
{
	(void)state;
	assert_null(replies_open("no-such-type", why, sizeof(why)));
	assert_non_null(strstr(why, "tests/replies/no-such-type"));
}

UNIT_TESTS(test_replies_file)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_section_is_a_reply),
		cmocka_unit_test(escapes_are_bytes),
		cmocka_unit_test(a_body_can_be_taken_and_changed),
		cmocka_unit_test(a_family_has_a_reply_of_each_name),
		cmocka_unit_test(code_bends_bodies),
		cmocka_unit_test(code_bends_members),
		cmocka_unit_test(what_is_malformed_is_refused),
		cmocka_unit_test(a_text_that_is_not_there_is_refused),
	};

	return cmocka_run_group_tests_name("replies_file", tests, NULL, NULL);
}
