/* SPDX-License-Identifier: BSD-2-Clause */
/* What a failure of the server means, state by state. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "helper/store/postgresql/postgresql_inside.h"
#include "tests/support/unit_tests.h"

static void
each_state(void **state)
{
	static const struct {
		enum pg_stage stage;
		const char *state, *text;
		enum pg_failure failure;
	} rows[] = {
		{ PG_CONNECTING, "", "Connection refused", PG_OUT_OF_REACH },
		{ PG_CONNECTING, "",
		    "could not create socket: Too many open files", PG_BUSY },
		{ PG_CONNECTING, "",
		    "\"db1\" (192.0.2.1), port 5432 failed: Cannot assign "
		    "requested address",
		    PG_BUSY },
		{ PG_CONNECTING, "",
		    "\"localhost\" (::1), port 5432 failed: Cannot assign "
		    "requested address",
		    PG_OUT_OF_REACH },
		{ PG_CONNECTING, "", "Address already in use", PG_BUSY },
		{ PG_CONNECTING, "", "Resource temporarily unavailable",
		    PG_BUSY },
		{ PG_TLS, "", "could not create SSL context: out of memory",
		    PG_BUSY },
		{ PG_TLS, "", "SSL error: unexpected eof", PG_OUT_OF_REACH },
		{ PG_TLS, "", "certificate verify failed", PG_SETTINGS },
		{ PG_TLS, "", "alert certificate expired", PG_SETTINGS },
		{ PG_TLS, "", "does not match certificate", PG_SETTINGS },
		{ PG_TLS, "", "server does not support SSL", PG_SETTINGS },
		{ PG_TLS, "",
		    "server sent an error response during SSL exchange",
		    PG_BUSY },
		{ PG_ENTERING, "",
		    "could not fork new process for connection: No space left",
		    PG_BUSY },
		{ PG_ENTERING, "", "closed unexpectedly", PG_OUT_OF_REACH },
		{ PG_ENTERING, "", "channel binding required", PG_SETTINGS },
		{ PG_ENTERING, "57P03", "starting up", PG_OUT_OF_REACH },
		{ PG_ENTERING, "57P01", "", PG_OUT_OF_REACH },
		{ PG_ENTERING, "53300", "too many clients", PG_BUSY },
		{ PG_ENTERING, "53200", "", PG_BUSY },
		{ PG_ENTERING, "28P01", "", PG_SETTINGS },
		{ PG_ENTERING, "28000", "no pg_hba entry", PG_SETTINGS },
		{ PG_ENTERING, "3D000", "", PG_SETTINGS },
		{ PG_ENTERING, "42501", "CONNECT", PG_SETTINGS },
		{ PG_ENTERING, "55000", "", PG_SETTINGS },
		{ PG_ENTERING, "XX000", "", PG_UNKNOWN },
		{ PG_ASKED, "", "closed the connection", PG_UNKNOWN },
		{ PG_ASKED, "57P01", "terminating", PG_BUSY },
		{ PG_ASKED, "57P02", "", PG_UNKNOWN },
		{ PG_ASKED, "08006", "", PG_UNKNOWN },
		{ PG_ASKED, "25006", "", PG_OUT_OF_REACH },
		{ PG_ASKED, "55P03", "", PG_BUSY },
		{ PG_ASKED, "57014", "", PG_BUSY },
		{ PG_ASKED, "40P01", "", PG_BUSY },
		{ PG_ASKED, "40001", "", PG_BUSY },
		{ PG_ASKED, "53100", "disk full", PG_BUSY },
		{ PG_ASKED, "42501", "", PG_SETTINGS },
		{ PG_ASKED, "42883", "", PG_SETTINGS },
		{ PG_ASKED, "3F000", "", PG_SETTINGS },
		{ PG_ASKED, "22P02", "", PG_UNKNOWN },
		{ PG_ASKED, "23505", "", PG_UNKNOWN },
		{ PG_ASKED, "XX001", "", PG_UNKNOWN },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_int_equal(
		    pg_failure_from(rows[i].stage, rows[i].state, rows[i].text),
		    rows[i].failure);
}

static void
state_in_a_text(void **state)
{
	char found[PG_STATE_LEN + 1];

	(void)state;
	pg_failure_read_sqlstate(
	    "connection to server at \"localhost\" (127.0.0.1), "
	    "port 5432 failed: FATAL:  53300: sorry, too many",
	    found);
	assert_string_equal(found, "53300");
	pg_failure_read_sqlstate(
	    "SSL error:  no: FATAL:  28P01: password", found);
	assert_string_equal(found, "28P01");
	pg_failure_read_sqlstate("FATAL:  5330: short", found);
	assert_string_equal(found, "");
	pg_failure_read_sqlstate("FATAL:  ", found);
	assert_string_equal(found, "");
	pg_failure_read_sqlstate("Connection refused", found);
	assert_string_equal(found, "");
}

UNIT_TESTS(test_pg_failure)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_state),
		cmocka_unit_test(state_in_a_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
