/* SPDX-License-Identifier: BSD-2-Clause */
/* The Match blocks of sshd_config, with what it includes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/unit_tests.h"
#include "twofactl/sshd/sshd.h"

static char folder[] = "/tmp/twofa-sshdmatch-XXXXXX";
static struct sshd_match match;

static void
put(const char *name, const char *text)
{
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void
read_main(const char *text)
{
	char path[64];

	put("main", text);
	snprintf(path, sizeof(path), "%s/main", folder);
	sshd_match_read(&match, path);
}

static void
test_blocks(void **state)
{
	const struct sshd_match_block *b = match.block;

	(void)state;
	read_main("UsePAM yes\n# Match User x\n"
		  "match user alice,bob\n\tPasswordAuthentication yes # x\n"
		  "  passwordauthentication no\nMaxAuthTries=1\n"
		  "Match Address 10.0.0.0/8 User \"carol\"\r\n"
		  "AuthenticationMethods publickey Password,publickey\r\n"
		  "PubkeyAuthentication = True\n"
		  "Match all\nX11Forwarding no\nMatch Group staff\n");
	assert_false(match.cut);
	assert_int_equal(match.count, 4);
	assert_string_equal(b[0].words, "user alice,bob");
	assert_int_equal(b[0].number, 3);
	assert_non_null(strstr(b[0].file, "/main"));
	assert_string_equal(b[0].users, "alice,bob");
	assert_false(b[0].groups[0] != '\0' || b[0].other);
	assert_string_equal(
	    b[0].lines, "passwordauthentication yes\nmaxauthtries 1\n");
	assert_string_equal(b[1].users, "carol");
	assert_true(b[1].other && b[1].groups[0] == '\0');
	assert_string_equal(b[1].lines,
	    "authenticationmethods publickey password,publickey\n"
	    "pubkeyauthentication yes\n");
	assert_string_equal(b[2].groups, "");
	assert_false(b[2].other || b[2].users[0] != '\0');
	assert_true(b[3].groups[0] != '\0' && !b[3].other);
}

/* A block that was not read may. */
static void
test_who_is_asked(void **state)
{
	(void)state;
	read_main("UsePAM yes\nMatch Address 10.0.0.0/8\nMatch all\n");
	assert_false(sshd_match_depends_on_user(&match));
	read_main("Match Address 10.0.0.0/8\nMatch User a\n");
	assert_true(sshd_match_depends_on_user(&match));
	read_main("Match Group a\n");
	assert_true(sshd_match_depends_on_user(&match));
	read_main("Include main\n");
	assert_true(sshd_match_depends_on_user(&match));
}

/* Relative to the file's folder; a Match in it ends with it. */
static void
test_includes(void **state)
{
	(void)state;
	put("1.conf", "UseDNS no\nMatch Host *.example\nPort 1\n");
	put("2.conf", "MaxAuthTries 1\n");
	read_main("Include *.conf none*\nPort 2\n"
		  "Match LocalPort 22\nInclude 2.conf\nPort 3\n");
	assert_false(match.cut);
	assert_int_equal(match.count, 2);
	assert_non_null(strstr(match.block[0].file, "/1.conf"));
	assert_int_equal(match.block[0].number, 2);
	assert_string_equal(match.block[0].lines, "port 1\n");
	assert_string_equal(match.block[1].lines, "maxauthtries 1\nport 3\n");
}

/* A = belongs to the name; of words that sshd takes apart in its own way it is
 * known that something is not. */
static void
test_odd_includes(void **state)
{
	static const char *const odd[] = { "Include '1.conf'\n",
		"Include 1\\.conf\n", "Include none* ./\"1.conf\"\n" };

	(void)state;
	put("x=1.conf", "Match User a\n");
	read_main("Include x=*.conf \"x=1.conf\"\n");
	assert_int_equal(match.count, 2);
	assert_false(match.cut);
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		read_main(odd[i]);
		assert_true(match.cut);
	}
}

static void
test_too_much(void **state)
{
	static char text[8192];

	(void)state;
	read_main("Include main\n");
	assert_true(match.cut);
	/* as of copies of sshd_config in the folder that it includes: not 3^16
	 * files are read */
	alarm(10);
	read_main("Include main\nInclude main\nInclude main\n");
	alarm(0);
	assert_true(match.cut);
	sshd_match_read(&match, "/nowhere/sshd_config");
	assert_true(match.cut);
	sshd_match_read(&match, "/dev/null");
	assert_true(match.cut);
	text[0] = '\0';
	for (int i = 0; i <= SSHD_MATCH_BLOCKS; i++)
		strcat(text, "Match User a\n");
	read_main(text);
	assert_int_equal(match.count, SSHD_MATCH_BLOCKS);
	assert_true(match.cut);
	strcpy(text, "Match User ");
	memset(text + strlen(text), 'x', 1000);
	read_main(text);
	assert_true(match.cut);
}

static void
test_lists(void **state)
{
	(void)state;
	assert_true(sshd_patterns_match("alice", "alice"));
	assert_true(sshd_patterns_match("bob,a*", "alice"));
	assert_true(sshd_patterns_match("a?ice", "alice"));
	assert_false(sshd_patterns_match("a*,!alice", "alice"));
	assert_false(sshd_patterns_match("!alice,a*", "alice"));
	assert_false(sshd_patterns_match("!bob", "alice"));
	assert_false(sshd_patterns_match("", "alice"));
}

static int
set_up(void **state)
{
	(void)state;
	return mkdtemp(folder) == NULL ? -1 : 0;
}

static int
tear_down(void **state)
{
	static const char *const names[] = { "main", "1.conf", "2.conf",
		"x=1.conf" };
	char path[64];

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		(void)unlink(path);
	}
	return rmdir(folder);
}

UNIT_TESTS(test_sshd_match)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_blocks),
		cmocka_unit_test(test_who_is_asked),
		cmocka_unit_test(test_includes),
		cmocka_unit_test(test_odd_includes),
		cmocka_unit_test(test_too_much),
		cmocka_unit_test(test_lists),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
