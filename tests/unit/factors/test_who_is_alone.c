/* SPDX-License-Identifier: BSD-2-Clause */
/* Which logins tell their process that it is alone. */
#include "tests/support/logins/twilio_challenge.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <unistd.h>

#include "helper/session/session.h"
#include "helper/store/store.h"
#include "lib/rules/rules.h"
#include "lib/settings/settings.h"
#include "tests/support/unit_tests.h"

static int told; /* 1: alone; 0: not; -1: nothing */

static void
note_told(bool alone)
{
	told = alone;
}

static void
no_line(void *ctx, const char *line)
{
	(void)ctx;
	fail_msg("%s", line);
}

/* What a login of this user tells. */
static int
told_of(const struct scripted *s, unsigned methods, bool offline,
    struct store *store, struct store *decoy_store)
{
	const struct settings_report report = { .line = no_line };
	const struct environment env = { .conf = &s->conf,
		.confine = note_told };
	const struct decision decision = { .methods = methods };
	struct user_record record;
	const struct login login = { .env = &env,
		.record = &record,
		.decision = &decision,
		.store = store,
		.decoy_store = decoy_store,
		.offline = offline };

	assert_int_equal(
	    user_record_read(&s->conf, s->user, &record, &report), USER_FOUND);
	told = -1;
	login_confine(&login);
	user_record_wipe(&record);
	return told;
}

/* Who has the state open itself needs its files; in an outage, too. */
static void
by_where_its_state_is(void **state)
{
	struct scripted *s = *state;
	struct store *own;

	scripted_totp(s, "");
	own = scripted_store(s);
	assert_int_equal(told_of(s, ~0u, false, NULL, NULL), 1);
	assert_int_equal(told_of(s, ~0u, false, own, NULL), 0);
	assert_int_equal(told_of(s, ~0u, false, NULL, own), 0);
	assert_int_equal(told_of(s, ~0u, true, NULL, NULL), -1);
	store_close(own);
}

UNIT_TESTS(test_who_is_alone)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    by_where_its_state_is, scripted_setup, scripted_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
