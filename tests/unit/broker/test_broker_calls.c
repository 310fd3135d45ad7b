/* SPDX-License-Identifier: BSD-2-Clause */
/* Calls of a worker to a provider that has no broker: it has none for it, or
 * its settings have one more than the state broker has read. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <string.h>

#include <cmocka.h>

#include "helper/broker/broker.h"
#include "helper/providers/providers.h"
#include "lib/system/system.h"
#include "tests/support/samples.h"
#include "tests/support/unit_tests.h"

#define TYPE "vonage-verify"

static char line[512];

static void
keep_line(void *ctx, const char *text)
{
	(void)ctx;
	PRINT_TO(line, "%s", text);
}

static void
never_sent(void *ctx, const struct provider_conf *p,
    const struct http_request *request, int64_t deadline,
    struct http_reply *reply)
{
	(void)ctx;
	(void)request;
	(void)deadline;
	(void)reply;
	fail_msg("provider %s is asked by the worker", p->name);
}

static int64_t
wall(void *ctx)
{
	(void)ctx;
	return 0;
}

static void
it_is_not_asked(void **state)
{
	static struct provider_call x;
	static struct settings conf = { .provider_count = 2 };
	const struct connection connection = { .send = never_sent };
	const struct environment env = {
		.conf = &conf, .connection = &connection, .wall = wall
	};
	const int none = BROKER_NONE;
	char words[64];
	bool maybe_sent;

	(void)state;
	for (size_t i = 0; i < conf.provider_count; i++) {
		sample_conf(sample_of_type(TYPE), &conf.provider[i]);
		conf.provider[i].name = i == 0 ? "one" : "two";
	}
	broker_calls_set_fds(&none, 1);
	log_set_sink(NULL, keep_line);
	for (int n = 0; n < 2 * (CALL_PROBE + 1); n++) {
		x = (struct provider_call){ .env = &env,
			.p = &conf.provider[n % 2],
			.reply.fate = HTTP_REPLIED };
		sample_ctx(sample_of_type(TYPE), x.p, &x.ctx);
		line[0] = '\0';
		maybe_sent = true;
		assert_int_equal(
		    provider_call_run(&x, (enum provider_call_kind)(n / 2),
			"123456", &maybe_sent),
		    OUTCOME_CONFIG);
		assert_int_equal(x.reply.fate, HTTP_LOCAL);
		assert_false(maybe_sent);
		PRINT_TO(words, "provider %s: not asked: no broker could be",
		    x.p->name);
		assert_non_null(strstr(line, words));
	}
	log_set_sink(NULL, NULL);
}

UNIT_TESTS(test_broker_calls)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(it_is_not_asked) };

	return cmocka_run_group_tests_name("calls", tests, NULL, NULL);
}
