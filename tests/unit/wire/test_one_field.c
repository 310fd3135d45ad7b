/* SPDX-License-Identifier: BSD-2-Clause */
/* One field: which part of it is the password, and what stands behind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "lib/values/values.h"
#include "lib/wire/wire.h"
#include "tests/support/unit_tests.h"

static const struct row {
	const char *text, *password, *part;
	enum one_field kind;
} rows[] = {
	{ "", "", "", ONE_FIELD_NONE },
	{ "foo", "foo", "", ONE_FIELD_NONE },
	{ "123456", "123456", "", ONE_FIELD_NONE },
	{ "sms", "sms", "", ONE_FIELD_NONE },
	/* codes */
	{ "foo,123456", "foo", "123456", ONE_FIELD_CODE },
	{ "foo,1234", "foo", "1234", ONE_FIELD_CODE },
	{ "foo,1234567890", "foo", "1234567890", ONE_FIELD_CODE },
	{ ",123456", "", "123456", ONE_FIELD_CODE },
	{ "a,b,123456", "a,b", "123456", ONE_FIELD_CODE },
	{ "foo,123456,654321", "foo,123456", "654321", ONE_FIELD_CODE },
	{ "\xc3\xa4,123456", "\xc3\xa4", "123456", ONE_FIELD_CODE },
	/* words */
	{ "foo,sms", "foo", "sms", ONE_FIELD_SMS },
	{ "foo,call", "foo", "call", ONE_FIELD_CALL },
	{ "foo,push", "foo", "push", ONE_FIELD_PUSH },
	/* recovery codes */
	{ "foo,ABCD-EFGH-2345-WXYZ", "foo", "ABCD-EFGH-2345-WXYZ",
	    ONE_FIELD_RECOVERY },
	{ "foo,ABCDEFGH2345WXYZ", "foo", "ABCDEFGH2345WXYZ",
	    ONE_FIELD_RECOVERY },
	{ "foo,222222222222222A", "foo", "222222222222222A",
	    ONE_FIELD_RECOVERY },
	/* an empty part is taken off, once, and is no code */
	{ ",", "", "", ONE_FIELD_NONE },
	{ "foo,", "foo", "", ONE_FIELD_NONE },
	{ "foo,1234,", "foo,1234", "", ONE_FIELD_NONE },
	{ "foo,,", "foo,", "", ONE_FIELD_NONE },
	{ "foo,,123456", "foo,", "123456", ONE_FIELD_CODE },
	/* passwords with a comma */
	{ "foo,bar", "foo,bar", "", ONE_FIELD_NONE },
	{ "foo,123", "foo,123", "", ONE_FIELD_NONE },
	{ "foo,12345678901", "foo,12345678901", "", ONE_FIELD_NONE },
	{ "foo,123456x", "foo,123456x", "", ONE_FIELD_NONE },
	{ "foo,123456 ", "foo,123456 ", "", ONE_FIELD_NONE },
	{ "foo, 123456", "foo, 123456", "", ONE_FIELD_NONE },
	{ "foo,123 456", "foo,123 456", "", ONE_FIELD_NONE },
	{ "foo,123456,x", "foo,123456,x", "", ONE_FIELD_NONE },
	{ "foo,+12345", "foo,+12345", "", ONE_FIELD_NONE },
	{ "foo,SMS", "foo,SMS", "", ONE_FIELD_NONE },
	{ "foo,sms1", "foo,sms1", "", ONE_FIELD_NONE },
	{ "foo,abcd-efgh-2345-wxyz", "foo,abcd-efgh-2345-wxyz", "",
	    ONE_FIELD_NONE },
	{ "foo,2222222222222222", "foo,2222222222222222", "", ONE_FIELD_NONE },
	{ "foo,2222-2222-2222-2222", "foo,2222-2222-2222-2222", "",
	    ONE_FIELD_NONE },
	{ "foo,ABCDE-FGH-2345-WXYZ", "foo,ABCDE-FGH-2345-WXYZ", "",
	    ONE_FIELD_NONE },
	{ "foo,ABCD-EFGH-2345-WXY1", "foo,ABCD-EFGH-2345-WXY1", "",
	    ONE_FIELD_NONE },
	{ "foo,ABCDEFGH2345WXYZA", "foo,ABCDEFGH2345WXYZA", "",
	    ONE_FIELD_NONE },
	{ "foo,ABCD-EFGH-2345-WXYZ-", "foo,ABCD-EFGH-2345-WXYZ-", "",
	    ONE_FIELD_NONE },
	{ "foo,----------------A--", "foo,----------------A--", "",
	    ONE_FIELD_NONE },
	/* sshd's stand-in for somebody whom it refuses */
	{ "\b\n\r\177INCORRECT\b\n\r\177INC",
	    "\b\n\r\177INCORRECT\b\n\r\177INC", "", ONE_FIELD_NONE },
};

static void
test_rows(void **state)
{
	const char *part;
	size_t len;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *r = &rows[i];

		len = one_field_split(r->text, &part);
		if (len != strlen(r->password) ||
		    strncmp(r->text, r->password, len) != 0 ||
		    strcmp(part, r->part) != 0 ||
		    one_field_kind_of(part) != r->kind)
			fail_msg("\"%s\": %zu, \"%s\", %d", r->text, len, part,
			    (int)one_field_kind_of(part));
	}
}

/* What is printed for paper is what is taken. */
static void
test_made_recovery_codes(void **state)
{
	char code[RECOVERY_LEN + 1], text[RECOVERY_TEXT + 1];

	(void)state;
	assert_int_equal(RECOVERY_TEXT, ONE_FIELD_MAX);
	for (int i = 0; i < 1000; i++) {
		assert_int_equal(recovery_code_make(code), 0);
		text_in_fours(text, sizeof(text), code, '-');
		assert_int_equal(one_field_kind_of(code), ONE_FIELD_RECOVERY);
		assert_int_equal(one_field_kind_of(text), ONE_FIELD_RECOVERY);
	}
}

UNIT_TESTS(test_one_field)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_made_recovery_codes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
