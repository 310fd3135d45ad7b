/* SPDX-License-Identifier: BSD-2-Clause */
/* What an app's enrolment writes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "tests/support/unit_tests.h"
#include "twofactl/enrol/enrol_inside.h"

static void
test_channels(void **state)
{
	struct user_record r = { .channel = { METHOD_SMS, METHOD_VOICE },
		.channels = 2 };
	char out[ENROL_CHANNELS_MAX];

	(void)state;
	enrol_write_channels(&r, METHOD_NONE, METHOD_PUSH, out);
	assert_string_equal(out, "[\"push\", \"sms\", \"voice\"]");
	r.channel[1] = METHOD_PUSH;
	enrol_write_channels(&r, METHOD_NONE, METHOD_PUSH, out);
	assert_string_equal(out, "[\"sms\", \"push\"]");
	r.channels = 0;
	enrol_write_channels(&r, METHOD_NONE, METHOD_PUSH, out);
	assert_string_equal(out, "[\"push\"]");
	r.channels = 2;
	enrol_write_channels(&r, METHOD_PUSH, METHOD_NONE, out);
	assert_string_equal(out, "[\"sms\"]");
	enrol_write_channels(&r, METHOD_PUSH, METHOD_PUSH, out);
	assert_string_equal(out, "[\"push\", \"sms\"]");
	for (r.channels = 0; r.channels + 1 < METHOD_COUNT; r.channels++)
		r.channel[r.channels] = METHOD_WHATSAPP; /* the longest name */
	enrol_write_channels(&r, METHOD_NONE, METHOD_PUSH, out);
	assert_int_equal(out[strlen(out) - 1], ']');
}

UNIT_TESTS(test_enrol_push)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_channels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
