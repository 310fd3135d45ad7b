/* SPDX-License-Identifier: BSD-2-Clause */
/* Who may come at all, and where keys are, as sshd -T prints it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "tests/support/unit_tests.h"
#include "twofactl/sshd/sshd.h"

static struct sshd_access access_lists;

static void
test_lists(void **state)
{
	static const struct {
		const char *text;
		bool shut;
	} row[] = {
		{ "port 22\n", false },
		{ "allowusers bob\nallowusers e*\n", false },
		{ "allowusers bob\nallowusers e\n", true },
		{ "allowusers eve@10.0.0.1", false },
		{ "denyusers bob\ndenyusers ev?\n", true },
		{ "denyusers eve@10.0.0.1\n", false },
		{ "denyusers bob\n", false },
		{ "allowgroups staff\n", false },
		{ "allowgroups wheel\n", true },
		{ "denygroups wheel\n", false },
		{ "denygroups st*\n", true },
		{ "allowusers eve\ndenygroups staff\n", true },
	};
	static const char *const groups[] = { "eve", "staff" };

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		sshd_access_read(&access_lists, row[i].text);
		if (sshd_access_denies(&access_lists, "eve", groups, 2) !=
		    row[i].shut)
			fail_msg("row %zu", i);
	}
}

/* What does not fit shuts nobody out. */
static void
test_long_list(void **state)
{
	char text[8192] = "";

	(void)state;
	for (int i = 0; i < 300; i++)
		strcat(text, "allowusers somebody\n");
	sshd_access_read(&access_lists, text);
	assert_true(access_lists.cut);
	assert_false(sshd_access_denies(&access_lists, "eve", NULL, 0));
}

static int
key_file(size_t n, char path[64])
{
	return sshd_access_key_file(
	    &access_lists, n, "eve", 1000, "/home/eve", path, 64);
}

static void
test_key_files(void **state)
{
	char path[64];

	(void)state;
	sshd_access_read(&access_lists,
	    "authorizedkeysfile .ssh/authorized_keys /etc/keys/%u-%U/%% "
	    "%h/own 100%x /very/long/%h%h%h%h%h%h%h%h\n");
	assert_int_equal(key_file(0, path), 0);
	assert_string_equal(path, "/home/eve/.ssh/authorized_keys");
	assert_int_equal(key_file(1, path), 0);
	assert_string_equal(path, "/etc/keys/eve-1000/%");
	assert_int_equal(key_file(2, path), 0);
	assert_string_equal(path, "/home/eve/own");
	assert_int_equal(key_file(3, path), 0);
	assert_int_equal(key_file(4, path), 1);
	assert_int_equal(key_file(5, path), -1);
	/* sshd quotes no file whose name has blanks */
	sshd_access_read(
	    &access_lists, "authorizedkeysfile /a  b .ssh/authorized_keys\n");
	assert_int_equal(key_file(2, path), 0);
	assert_string_equal(path, "/home/eve/.ssh/authorized_keys");
	sshd_access_read(&access_lists, "authorizedkeysfile none\n");
	assert_int_equal(key_file(0, path), -1);
	sshd_access_read(&access_lists, "");
	assert_int_equal(key_file(0, path), -1);
}

static void
test_other_keys(void **state)
{
	(void)state;
	sshd_access_read(&access_lists,
	    "authorizedkeyscommand none\ntrustedusercakeys none\n");
	assert_false(access_lists.other_keys);
	sshd_access_read(&access_lists, "trustedusercakeys /etc/ssh/ca.pub\n");
	assert_true(access_lists.other_keys);
	sshd_access_read(&access_lists,
	    "authorizedkeyscommand /usr/bin/sss_ssh_authorizedkeys\n");
	assert_true(access_lists.other_keys);
}

UNIT_TESTS(test_sshd_access)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_long_list),
		cmocka_unit_test(test_key_files),
		cmocka_unit_test(test_other_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
