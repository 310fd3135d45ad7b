/* SPDX-License-Identifier: BSD-2-Clause */
/* What a service that is not root's may ask, and what of its word counts. */
#include "helper/listener/listener.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <string.h>

#include <cmocka.h>

#include "lib/rules/rules.h"
#include "lib/wire/wire.h"
#include "tests/support/unit_tests.h"

#define PEER 1001

/* As much as a forger could write into BEGIN. */
static struct facts
forged(void)
{
	return (struct facts){ .purpose = PURPOSE_LOGIN,
		.conf = MODULE_ARGUMENTS_CONF,
		.deadline_ms = 90000,
		.user = "alice",
		.service = "sshd",
		.tty = "tty1",
		.rhost = "10.0.0.1",
		.ssh_addr = "10.0.0.1",
		.ruser = "root",
		.real_uid = 0,
		.session_id = 17,
		.leader_start = 4711,
		.leader_tty = 1025,
		.boot_id = "boot",
		.conversation = true,
		.first_factor = FIRST_SSH_METHODS,
		.auth_info = "publickey ssh-ed25519 AAAA\n",
		.request = "x",
		.record = "y" };
}

static void
is_emptied(const struct facts *f)
{
	const char *const empty[] = { f->tty, f->rhost, f->ssh_addr, f->ruser,
		f->boot_id, f->auth_info, f->request, f->record };

	for (size_t i = 0; i < sizeof(empty) / sizeof(empty[0]); i++)
		assert_string_equal(empty[i], "");
	assert_int_equal(f->session_id, 0);
	assert_int_equal(f->leader_start, 0);
	assert_int_equal(f->leader_tty, 0);
	assert_int_equal(f->real_uid, PEER);
	assert_int_equal(f->socket_uid, PEER);
}

static void
forged_facts_are_emptied(void **state)
{
	struct facts f = forged();

	(void)state;
	assert_int_equal(admission_filter_facts(&f, PEER), REASON_NONE);
	is_emptied(&f);
	assert_int_equal(f.purpose, PURPOSE_LOGIN);
	assert_string_equal(f.user, "alice");
	assert_string_equal(f.service, "sshd");
	assert_true(f.conversation);
	assert_int_equal(f.deadline_ms, 90000);
}

/* A locker's own stack may part a field as well. */
static void
one_field_is_taken(void **state)
{
	struct facts f = forged();

	(void)state;
	assert_int_equal(admission_filter_facts(&f, PEER), REASON_NONE);
	assert_null(f.one_field);
	f = forged();
	f.conversation = false;
	f.one_field = "123456";
	assert_int_equal(admission_filter_facts(&f, PEER), REASON_NONE);
	assert_string_equal(f.one_field, "123456");
}

/* Only a password can have been seen there, if anything. */
static void
first_factor(void **state)
{
	static const enum first_factor said[] = { FIRST_NONE,
		FIRST_PASSWORD_SEEN, FIRST_SSH_METHODS };
	static const enum first_factor taken[] = { FIRST_NONE,
		FIRST_PASSWORD_SEEN, FIRST_NONE };

	(void)state;
	for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++) {
		struct facts f = forged();

		f.first_factor = said[i];
		assert_int_equal(admission_filter_facts(&f, PEER), REASON_NONE);
		assert_int_equal(f.first_factor, taken[i]);
	}
}

/* And twofactl self, of its user. What is denied is emptied as well: a line of
 * the log is written of it. */
static void
only_logins(void **state)
{
	struct facts f = forged();

	(void)state;
	f.purpose = PURPOSE_SELF;
	assert_int_equal(admission_filter_facts(&f, PEER), REASON_NONE);
	assert_int_equal(f.purpose, PURPOSE_SELF);
	assert_string_equal(f.service, "twofactl");
	assert_string_equal(f.request, "");
	assert_int_equal(f.first_factor, FIRST_PASSWORD_SEEN);
	for (int p = 0; p < PURPOSE_SELF; p++) {
		f = forged();

		f.purpose = (enum facts_purpose)p;
		assert_int_equal(admission_filter_facts(&f, PEER),
		    p == PURPOSE_LOGIN ? REASON_NONE : REASON_SOCKET_REQUEST);
		is_emptied(&f);
		assert_int_equal(f.purpose, PURPOSE_LOGIN);
	}
}

static void
only_the_usual_settings(void **state)
{
	static const char *const paths[] = { "/home/alice/twofa.conf",
		"/etc/twofa/twofa.conf/", "/etc/twofa/../twofa/twofa.conf",
		"/" };

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		struct facts f = forged();

		f.conf = paths[i];
		assert_int_equal(
		    admission_filter_facts(&f, PEER), REASON_SOCKET_REQUEST);
		assert_string_equal(f.conf, MODULE_ARGUMENTS_CONF);
	}
}

static void
deadlines(void **state)
{
	static const int64_t said[] = { 1, 59999, 60000, 280000, 280001,
		3600000 };
	static const int64_t taken[] = { 60000, 60000, 60000, 280000, 280000,
		280000 };

	(void)state;
	for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++) {
		struct facts f = forged();

		f.deadline_ms = said[i];
		assert_int_equal(admission_filter_facts(&f, PEER), REASON_NONE);
		assert_int_equal(f.deadline_ms, taken[i]);
	}
}

static void
person_login(void **state)
{
	const struct settings none = { 0 };
	const struct settings some = { .socket_uids = 2,
		.socket_uid = { 1002, PEER } };
	struct facts f = forged();

	(void)state;
	admission_filter_facts(&f, PEER);
	assert_int_equal(
	    admission_check_socket(&none, &f, "alice"), REASON_NONE);
	assert_int_equal(
	    admission_check_socket(&none, &f, "bob"), REASON_SOCKET_USER);
	assert_int_equal(
	    admission_check_socket(&none, &f, "alice2"), REASON_SOCKET_USER);
	assert_int_equal(
	    admission_check_socket(&none, &f, "Alice"), REASON_SOCKET_USER);
	assert_int_equal(
	    admission_check_socket(&none, &f, ""), REASON_SOCKET_USER);
	f.user = "";
	assert_int_equal(
	    admission_check_socket(&none, &f, ""), REASON_SOCKET_USER);
	f.user = "carol";
	assert_int_equal(
	    admission_check_socket(&some, &f, "alice"), REASON_NONE);
	f.socket_uid = 0;
	assert_int_equal(admission_check_socket(&none, &f, ""), REASON_NONE);
	admission_filter_facts(&f, PEER + 2);
	assert_int_equal(
	    admission_check_socket(&some, &f, "alice"), REASON_SOCKET_USER);
}

UNIT_TESTS(test_peer_facts)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forged_facts_are_emptied),
		cmocka_unit_test(one_field_is_taken),
		cmocka_unit_test(first_factor),
		cmocka_unit_test(only_logins),
		cmocka_unit_test(only_the_usual_settings),
		cmocka_unit_test(deadlines),
		cmocka_unit_test(person_login),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
