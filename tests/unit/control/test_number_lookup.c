/* SPDX-License-Identifier: BSD-2-Clause */
/* Which provider is asked about a number, and what is left of its answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "helper/providers/providers.h"
#include "helper/control/control_inside.h"
#include "lib/settings/settings.h"
#include "lib/wire/wire.h"
#include "tests/support/samples.h"
#include "tests/support/unit_tests.h"
#include "twofactl/enrol/enrol_inside.h"

static struct settings conf;
static const struct facts facts = {
	.service = "", .user = "", .rhost = "", .ssh_addr = ""
};
static struct user_record record;
static struct number_facts lookup;

/* What the vendor answers, and what it was asked. */
static struct {
	enum http_fate fate;
	long status;
	const char *body;
	unsigned requests;
	const struct provider_conf *asked;
	char path[HTTP_PATH_MAX];
} vendor;

static void
answer(void *ctx, const struct provider_conf *p, const struct http_request *req,
    int64_t deadline, struct http_reply *reply)
{
	(void)ctx;
	(void)deadline;
	vendor.requests++;
	vendor.asked = p;
	(void)snprintf(vendor.path, sizeof(vendor.path), "%s", req->path);
	memset(reply, 0, sizeof(*reply));
	reply->fate = vendor.fate;
	reply->status = vendor.status;
	reply->retry_after_s = 2;
	reply->len = strlen(vendor.body);
	memcpy(reply->body, vendor.body, reply->len + 1);
}

static const struct connection connection = { .send = answer };

static int64_t
some_time(void *ctx)
{
	(void)ctx;
	return 1767225600;
}

static bool
no_pause(void *ctx, int64_t ms)
{
	(void)ctx;
	(void)ms;
	fail_msg("a look-up is not waited for");
	return false;
}

static bool
run(void)
{
	const struct environment env = { .facts = &facts,
		.conf = &conf,
		.connection = &connection,
		.deadline = frame_clock_ms() + 60000,
		.now = some_time,
		.wall = some_time,
		.pause = no_pause };

	memset(&lookup, 'x', sizeof(lookup));
	return control_lookup_number(&env, &record, &lookup);
}

static int
setup(void **state)
{
	(void)state;
	memset(&conf, 0, sizeof(conf));
	memset(&vendor, 0, sizeof(vendor));
	memset(&record, 0, sizeof(record));
	conf.language = "en";
	sample_conf(sample_of_type("vonage-verify"), &conf.provider[0]);
	sample_conf(sample_of_type("vonage-insight"), &conf.provider[1]);
	sample_conf(sample_of_type("vonage-insight"), &conf.provider[2]);
	conf.provider_count = 3;
	(void)snprintf(record.phone, sizeof(record.phone), "%s", SAMPLE_PHONE);
	vendor.fate = HTTP_REPLIED;
	vendor.status = 200;
	vendor.body = "{\"status\":0,\"country_code\":\"GB\","
		      "\"international_format_number\":\"447700900000\","
		      "\"current_carrier\":{\"network_type\":\"landline\"}}";
	return 0;
}

static void
assert_unknown(void)
{
	static const struct number_facts none;

	assert_false(run());
	assert_memory_equal(&lookup, &none, sizeof(none));
}

static void
the_first_look_up_is_asked(void **state)
{
	(void)state;
	assert_true(run());
	assert_int_equal(vendor.requests, 1);
	assert_ptr_equal(vendor.asked, &conf.provider[1]);
	assert_string_equal(
	    vendor.path, "/ni/standard/json?number=447700900000");
	assert_int_equal(lookup.line, NUMBER_LANDLINE);
	assert_string_equal(lookup.country, "GB");
	assert_non_null(enrol_number_advice(&lookup, METHOD_SMS));
}

static void
without_one_nothing_is_known(void **state)
{
	(void)state;
	conf.provider_count = 1;
	assert_unknown();
	conf.provider_count = 3;
	record.phone[0] = '\0';
	assert_unknown();
	assert_int_equal(vendor.requests, 0);
}

static void
a_failure_is_no_knowledge(void **state)
{
	static const enum http_fate fates[] = { HTTP_UNKNOWN, HTTP_NOT_SENT,
		HTTP_CERTIFICATE, HTTP_LOCAL };

	(void)state;
	for (size_t i = 0; i < sizeof(fates) / sizeof(fates[0]); i++) {
		vendor.fate = fates[i];
		assert_unknown();
	}
	vendor.fate = HTTP_REPLIED;
	vendor.status = 503;
	assert_unknown();
	vendor.status = 200;
	vendor.body = "{\"status\":1}";
	assert_unknown();
	vendor.body = "{\"status\":4}";
	assert_unknown();
	assert_int_equal(vendor.requests, 7);
}

static void
a_number_that_is_none_is_known(void **state)
{
	(void)state;
	vendor.body = "{\"status\":5,\"status_message\":\"Internal Error\"}";
	assert_true(run());
	assert_int_equal(lookup.valid, LOOKUP_NO);
	assert_non_null(enrol_number_advice(&lookup, METHOD_VOICE));
}

UNIT_TESTS(test_number_lookup)
{
#define TEST(f) cmocka_unit_test_setup(f, setup)
	const struct CMUnitTest tests[] = {
		TEST(the_first_look_up_is_asked),
		TEST(without_one_nothing_is_known),
		TEST(a_failure_is_no_knowledge),
		TEST(a_number_that_is_none_is_known),
	};

	return cmocka_run_group_tests_name("lookup_run", tests, NULL, NULL);
}
