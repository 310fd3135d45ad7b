/* SPDX-License-Identifier: BSD-2-Clause */
/* `twofactl status`: what it takes from the helper, and what it prints. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "tests/support/printed.h"
#include "tests/support/unit_tests.h"
#include "twofactl/report/report.h"

static struct status s;

static int
setup(void **state)
{
	(void)state;
	memset(&s, 0, sizeof(s));
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	free(s.row);
	return 0;
}

static int
take(const char *line)
{
	struct item r;

	assert_int_equal(item_read(&r, line), 0);
	return status_records_add_item(&s, &r);
}

static const char *
print(void (*function)(const struct status *))
{
	struct printed p;

	printed_begin(&p, &stdout);
	function(&s);
	return printed_end(&p);
}

static void
test_taken(void **state)
{
	(void)state;
	assert_int_equal(take("user\talice\t1\t2\t3\t4\t5\t6\t7"), 0);
	assert_int_equal(take("source\talice\t192.0.2.0/24\t8\t9"), 0);
	/* an enrolment's own is nobody's */
	assert_int_equal(take("user\talice/enrolment\t0\t0\t0\t1\t1\t0\t0"), 0);
	/* and so is a name at the prompt that was none */
	assert_int_equal(take("user\tdeploy//?x\t0\t0\t0\t1\t1\t0\t0"), 0);
	assert_int_equal(take("passed\tvonage\t60"), 0);
	assert_int_equal(take("success\tvonage\tsms\t1700000000"), 0);
	assert_int_equal(take("totals\t1\t2\t3\t4"), 0);
	assert_int_equal(s.count, 2);
	assert_true(s.row[0].of_user);
	assert_int_equal(s.row[0].number[STATUS_WRONG], 1);
	assert_int_equal(s.row[0].number[STATUS_REMEMBERED], 7);
	assert_false(s.row[1].of_user);
	assert_string_equal(s.row[1].source, "192.0.2.0/24");
	assert_int_equal(s.row[1].number[STATUS_LOCKED_S], 9);
	assert_int_equal(s.provider[0].passed_s, 60);
	assert_int_equal(s.success[0].at, 1700000000);
	assert_int_equal(s.total[3], 4);
}

/* The helper is not trusted: neither with other records nor with too many. */
static void
test_refused(void **state)
{
	static char line[256], text[129];

	(void)state;
	assert_int_equal(take("left\t3"), -1);
	assert_int_equal(take("totals\t1\t2\t3\t4"), 0);
	assert_int_equal(take("totals\t1\t2\t3\t4"), -1);
	memset(text, 'x', sizeof(text) - 1);
	snprintf(line, sizeof(line), "passed\t%s\t0", text);
	assert_int_equal(take(line), -1);
	snprintf(line, sizeof(line), "success\t%s\tsms\t0", text);
	assert_int_equal(take(line), -1);
	snprintf(line, sizeof(line), "success\tp\t%s\t0", text);
	assert_int_equal(take(line), -1);
	for (s.providers = 0; s.providers < SETTINGS_PROVIDERS_MAX;)
		assert_int_equal(take("passed\tp\t0"), 0);
	assert_int_equal(take("passed\tp\t0"), -1);
	assert_int_equal(s.providers, SETTINGS_PROVIDERS_MAX);
	/* so many are there only when providers came and went: not told */
	for (s.successes = 0; s.successes < STATUS_SUCCESSES;)
		assert_int_equal(take("success\tp\tsms\t1"), 0);
	assert_int_equal(take("success\tp\tsms\t2"), 0);
	assert_int_equal(s.successes, STATUS_SUCCESSES);
}

static void
test_rows_end(void **state)
{
	size_t n = 0;

	(void)state;
	while (status_records_add_row(&s) != NULL)
		n++;
	assert_int_equal(n, STATUS_RECORDS_ROWS);
	assert_int_equal(take("user\talice\t1\t2\t3\t4\t5\t6\t7"), -1);
}

static void
test_table(void **state)
{
	const char *text;

	(void)state;
	assert_int_equal(take("user\talice\t100\t0\t1\t0\t0\t0\t0"), 0);
	assert_int_equal(take("user\tnobody\t0\t0\t0\t0\t0\t0\t0"), 0);
	assert_int_equal(take("totals\t1\t1\t0\t0"), 0);
	assert_int_equal(take("passed\ta-longer-name\t0"), 0);
	assert_int_equal(take("success\ta-longer-name\tsms\t1700000000"), 0);
	assert_int_equal(take("success\t\trecovery\t999999999999999999"), 0);
	text = print(status_table_text);
	assert_non_null(
	    strstr(text, "alice   all       100  until unlock        0"));
	assert_null(strstr(text, "nobody"));
	assert_non_null(strstr(text,
	    "PROVIDER       PASSED OVER  METHOD    LAST ALLOWED\n"
	    "a-longer-name  -            sms       2023-11-14 22:13:20 UTC\n"
	    /* no calendar holds that */
	    "(none)         -            recovery  999999999999999999\n"));
}

/* Who is empty and not enrolled is told in no form. */
static void
test_json(void **state)
{
	const char *text;

	(void)state;
	assert_int_equal(take("user\tnobody\t0\t0\t0\t0\t0\t0\t0"), 0);
	assert_int_equal(take("user\talice\t0\t0\t0\t0\t0\t0\t0"), 0);
	assert_int_equal(take("user\tbob\t1\t0\t0\t0\t0\t0\t0"), 0);
	s.row[1].enrolled = true;
	text = print(status_table_json);
	assert_null(strstr(text, "nobody"));
	assert_non_null(strstr(text, "{\"entries\":[{\"user\":\"alice\""));
	assert_non_null(strstr(text, "},{\"user\":\"bob\""));
}

static void
test_prometheus(void **state)
{
	(void)state;
	assert_int_equal(take("user\tDOM\\\"x\t2\t0\t0\t0\t0\t0\t0"), 0);
	assert_non_null(strstr(print(status_prometheus_print),
	    "\ntwofa_wrong_codes{user=\"DOM\\\\\\\"x\",source=\"all\"} 2\n"));
}

/* The state broker: running, killed, or unknown; its old name as well. */
static void
test_broker(void **state)
{
	const char *text;

	(void)state;
	assert_int_equal(take("totals\t1\t2\t3\t4"), 0);
	text = print(status_table_text);
	assert_null(strstr(text, "roker"));
	assert_null(strstr(print(status_table_json), "broker"));
	assert_null(strstr(print(status_prometheus_print), "broker"));
	assert_null(strstr(print(status_prometheus_print), "keeper"));
	assert_int_equal(
	    take("broker\trunning\t812\t2500\t3\t1204\t8433\t0"), 0);
	assert_int_equal(take("broker\tended\t1\t2\t3\t4\t5\t6"), -1);
	assert_non_null(strstr(print(status_table_text),
	    "\n\nState broker: process 812 (running), begun 42 min ago, "
	    "connections: 3 now, 1204 in all; requests: 8433, refused: 0\n"));
	assert_non_null(strstr(print(status_table_json),
	    "],\"broker\":{\"state\":\"running\",\"process\":812,"
	    "\"age_s\":2500,\"connections\":3,\"connections_total\":1204,"
	    "\"requests\":8433,\"refused\":0},"
	    "\"keeper\":{\"state\":\"running\",\"process\":812,"
	    "\"age_s\":2500,\"connections\":3,\"connections_total\":1204,"
	    "\"steps\":8433,\"refused\":0}}\n"));
	text = print(status_prometheus_print);
	assert_non_null(strstr(text, "\ntwofa_broker_running 1\n"));
	assert_non_null(strstr(text, "\ntwofa_broker_age_seconds 2500\n"));
	assert_non_null(strstr(text, "\ntwofa_broker_connections 3\n"));
	assert_non_null(strstr(text,
	    "\n# TYPE twofa_broker_connections_total counter\n"
	    "twofa_broker_connections_total 1204\n"));
	assert_non_null(strstr(text, "\ntwofa_broker_requests_total 8433\n"));
	assert_non_null(strstr(text, "\ntwofa_broker_refused_total 0\n"));
	assert_non_null(strstr(text, "\ntwofa_keeper_running 1\n"));
	assert_non_null(strstr(text, "\ntwofa_keeper_age_seconds 2500\n"));
	assert_non_null(strstr(text, "\ntwofa_keeper_connections 3\n"));
	assert_non_null(strstr(text,
	    "\n# TYPE twofa_keeper_connections_total counter\n"
	    "twofa_keeper_connections_total 1204\n"));
	assert_non_null(strstr(text, "\ntwofa_keeper_steps_total 8433\n"));
	assert_non_null(strstr(text, "\ntwofa_keeper_refused_total 0\n"));
}

static void
test_broker_over(void **state)
{
	const char *text;

	(void)state;
	assert_int_equal(take("totals\t1\t2\t3\t4"), 0);
	assert_int_equal(take("broker\tended\t812\t60\t0\t7\t8\t9"), 0);
	assert_non_null(strstr(print(status_table_text),
	    "State broker: process 812 (ended), begun 1 min ago, connections: "
	    "0 now, 7 in all; requests: 8, refused: 9\n"));
	text = print(status_prometheus_print);
	assert_non_null(strstr(text, "\ntwofa_broker_running 0\n"));
	assert_non_null(strstr(text, "\ntwofa_keeper_running 0\n"));
}

static void
test_broker_unknown(void **state)
{
	(void)state;
	assert_int_equal(take("totals\t1\t2\t3\t4"), 0);
	assert_int_equal(
	    take("broker\tsixteen-letters-\t1\t2\t3\t4\t5\t6"), -1);
	memset(&s.broker_state, 0, sizeof(s.broker_state));
	assert_int_equal(take("broker\tunknown\t0\t0\t0\t0\t0\t0"), 0);
	assert_non_null(strstr(
	    print(status_table_text), "State broker: unknown; no broker "));
	assert_non_null(strstr(print(status_table_json),
	    ",\"broker\":{\"state\":\"unknown\"},"
	    "\"keeper\":{\"state\":\"unknown\"}}\n"));
	assert_null(strstr(print(status_prometheus_print), "broker"));
	assert_null(strstr(print(status_prometheus_print), "keeper"));
}

/* One of the people who share an account. */
static void
test_person(void **state)
{
	const char *text;

	(void)state;
	assert_int_equal(take("user\tdeploy\t3\t0\t0\t0\t0\t0\t0"), 0);
	assert_int_equal(take("user\tdeploy//anna\t1\t2\t0\t4\t5\t6\t7"), 0);
	assert_int_equal(take("source\tdeploy//anna\tuid:7\t1\t2"), 0);
	assert_int_equal(s.count, 3);
	text = print(status_table_text);
	assert_non_null(strstr(text, "\ndeploy//anna  all "));
	text = print(status_table_json);
	assert_non_null(strstr(text, "{\"user\":\"deploy\",\"source\":\"\""));
	assert_non_null(strstr(text,
	    "{\"user\":\"deploy\",\"person\":\"anna\",\"source\":\"\","
	    "\"wrong\":1,"));
	text = print(status_prometheus_print);
	assert_non_null(strstr(
	    text, "\ntwofa_wrong_codes{user=\"deploy\",source=\"all\"} 3\n"));
	assert_non_null(strstr(text,
	    "\ntwofa_wrong_codes{user=\"deploy\",person=\"anna\",source="
	    "\"all\"} 1\n"));
	assert_non_null(strstr(text,
	    "\ntwofa_recovery_codes_left{user=\"deploy\",person=\"anna\"} "
	    "6\n"));
}

UNIT_TESTS(test_status)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_taken),
		TEST(test_person),
		TEST(test_refused),
		TEST(test_rows_end),
		TEST(test_table),
		TEST(test_json),
		TEST(test_prometheus),
		TEST(test_broker),
		TEST(test_broker_over),
		TEST(test_broker_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
