/* SPDX-License-Identifier: BSD-2-Clause */
/* Logins that are played. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/rules/rules.h"
#include "tests/support/unit_tests.h"
#include "twofactl/report/report.h"

static struct run about;
static struct target target;

static int
setup(void **state)
{
	const struct passwd *pw = getpwuid(getuid());

	(void)state;
	assert_non_null(pw);
	target = (struct target){ .typed = NULL };
	about.command = "test";
	snprintf(target.account, sizeof(target.account), "%s", pw->pw_name);
	return 0;
}

static struct facts
played(const char *service, const char *from)
{
	struct facts f = { .user = target.account, .ruser = "bob" };

	assert_int_equal(
	    explain_fill_login_facts(&about, &target, NULL, service, from, &f),
	    CTL_DONE);
	return f;
}

static void
test_sshd(void **state)
{
	struct facts f = played(NULL, NULL);

	(void)state;
	assert_string_equal(f.service, "sshd");
	assert_string_equal(f.rhost, "");
	assert_string_equal(f.tty, "ssh");
	assert_string_equal(f.ruser, "");
	assert_int_equal(f.deadline_ms, 90000);
	assert_int_equal(f.real_uid, 0);
	assert_true(f.conversation);
	assert_int_equal(f.first_factor, FIRST_PASSWORD_SEEN);
	f = played("sshd", "2001:db8::7");
	assert_string_equal(f.rhost, "2001:db8::7");
	assert_string_equal(f.ssh_addr, "2001:db8::7");
}

static void
test_console(void **state)
{
	struct facts f = played("login", NULL);

	(void)state;
	assert_int_equal(f.deadline_ms, 50000);
	assert_true(
	    admission_is_console(f.service, f.tty, f.rhost, f.real_uid == 0));
	f = played("login", "192.0.2.7");
	assert_false(
	    admission_is_console(f.service, f.tty, f.rhost, f.real_uid == 0));
	assert_string_equal(f.ssh_addr, "");
}

/* Who starts sudo is not root. */
static void
test_sudo(void **state)
{
	struct facts f = played("sudo", NULL);

	(void)state;
	assert_int_equal(f.real_uid, getuid());
	assert_string_equal(f.ruser, target.account);
	assert_int_equal(f.deadline_ms, 280000);
	assert_string_equal(f.tty, "");
}

/* For explain alone: nobody can be asked through such a service. */
static void
test_other_services(void **state)
{
	static const char *const bad[] = { "sock:", "sock:0", "sock:01",
		"sock:-1", "sock:1 ", "sock:4294967296", "sock:alice" };
	struct facts f = { .user = target.account };

	(void)state;
	assert_int_equal(explain_fill_login_facts(
			     &about, &target, NULL, "locker", "sock:1001", &f),
	    CTL_USAGE);
	about.command = "explain";
	f = played("locker", "sock:1001");
	assert_int_equal(f.socket_uid, 1001);
	assert_int_equal(f.real_uid, 1001);
	assert_string_equal(f.request, "1001");
	assert_string_equal(f.service, "locker");
	assert_string_equal(f.rhost, "");
	assert_string_equal(f.tty, "");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(explain_fill_login_facts(&about, &target, NULL,
				     "locker", bad[i], &f),
		    CTL_USAGE);
}

static void
test_refused(void **state)
{
	static const char *const services[] = { "", "a/b", "..x/", "a b" };
	static const char *const addresses[] = { "web1", "192.0.2.0/24",
		"192.0.2", "fe80::1%eth0", "192.0.2.7 " };
	struct facts f = { .user = target.account };

	(void)state;
	for (size_t i = 0; i < sizeof(services) / sizeof(services[0]); i++)
		assert_int_equal(explain_fill_login_facts(&about, &target, NULL,
				     services[i], NULL, &f),
		    CTL_USAGE);
	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++)
		assert_int_equal(explain_fill_login_facts(&about, &target, NULL,
				     NULL, addresses[i], &f),
		    CTL_USAGE);
	snprintf(target.account, sizeof(target.account), "no-such-user-here");
	assert_int_equal(
	    explain_fill_login_facts(&about, &target, NULL, "sudo", NULL, &f),
	    CTL_FAILED);
}

#define TEST(t) cmocka_unit_test_setup(t, setup)

UNIT_TESTS(test_made_up_login)
{
	const struct CMUnitTest tests[] = {
		TEST(test_sshd),
		TEST(test_console),
		TEST(test_sudo),
		TEST(test_other_services),
		TEST(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
