/* SPDX-License-Identifier: BSD-2-Clause */
/* What sudoers says about asking. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/confdir.h"
#include "tests/support/unit_tests.h"
#include "twofactl/host/host.h"

static struct confdir d;
static char said[4096];
static unsigned count;

/* "sudoers:3 service=other; part:1 unasked=bob ..." */
static void
note(void *ctx, const struct sudoers_found *found)
{
	const size_t used = strlen(said);

	(void)ctx;
	count++;
	snprintf(said + used, sizeof(said) - used, "%s:%u %s=%s; ",
	    strrchr(found->file, '/') + 1, found->line,
	    found->kind == SUDOERS_SERVICE     ? "service"
		: found->kind == SUDOERS_OTHER ? "other"
					       : "unasked",
	    found->text);
}

static void
write_file(const char *name, const char *text)
{
	confdir_bytes(&d, name, text, strlen(text));
}

static const char *
read_text(const char *text)
{
	char path[256];

	write_file("sudoers", text);
	snprintf(path, sizeof(path), "%s/sudoers", d.path);
	said[0] = '\0';
	assert_true(sudoers_read(path, NULL, note));
	return said;
}

/* Whose password it is: what is scoped turns nothing off for all. */
static void
test_other_password(void **state)
{
	char text[SUDOERS_OTHER_TEXT];
	char path[256];

	(void)state;
	assert_string_equal(
	    read_text("Defaults targetpw, insults\nDefaults:bob rootpw\n"
		      "Defaults !runaspw\nDefaults passprompt = targetpw\n"),
	    "sudoers:1 other=targetpw; sudoers:2 other=rootpw; "
	    "sudoers:3 other=!runaspw; ");
	snprintf(path, sizeof(path), "%s/sudoers", d.path);
	assert_true(sudoers_find_other(path, text));
	assert_non_null(strstr(text, "sudoers:2: by rootpw"));
	(void)read_text("Defaults targetpw\nDefaults:bob !targetpw\n");
	assert_true(sudoers_find_other(path, text));
	(void)read_text("Defaults targetpw\nDefaults !targetpw\n");
	assert_false(sudoers_find_other(path, text));
}

static void
test_services(void **state)
{
	(void)state;
	assert_string_equal(
	    read_text("Defaults pam_service=one\n"
		      "Defaults\tenv_reset, pam_login_service = \"two\" , x\n"
		      "Defaults:alice, bob pam_service=three # a comment\n"
		      "Defaults@host !x, pam_askpass_service=four\n"),
	    "sudoers:1 service=one; sudoers:2 service=two; "
	    "sudoers:3 service=three; sudoers:4 service=four; ");
}

static void
test_unasked(void **state)
{
	(void)state;
	assert_string_equal(
	    read_text("bob ALL = (ALL) NOPASSWD: ALL\n"
		      "#1000 ALL=NOPASSWD :/bin/a\n"
		      "%ops ALL=/bin/x, NOPASSWD: /bin/y # why\n"
		      "Defaults:bob !authenticate\n"
		      "Defaults exempt_group=ops\n"),
	    "sudoers:1 unasked=bob ALL = (ALL) NOPASSWD: ALL; "
	    "sudoers:2 unasked=#1000 ALL=NOPASSWD :/bin/a; "
	    "sudoers:3 unasked=%ops ALL=/bin/x, NOPASSWD: /bin/y ; "
	    "sudoers:4 unasked=Defaults:bob !authenticate; "
	    "sudoers:5 unasked=Defaults exempt_group=ops; ");
}

static void
test_nothing(void **state)
{
	(void)state;
	assert_string_equal(
	    read_text("# bob ALL = NOPASSWD: ALL\n"
		      "  #Defaults pam_service=one\n"
		      "alice ALL=PASSWD: ALL # NOPASSWD: not here\n"
		      "Defaults passprompt=\"pam_service=x, !authenticate\"\n"
		      "Defaults authenticate, !pam_session, pam_setcred\n"
		      "Defaults mailto=pam_service\n"
		      "DefaultsPam pam_service=x\n"
		      "alice ALL=/bin/echo NOPASSWD\\: y\n"
		      "@included /x\n@include\n#includes\n\n\n"),
	    "");
}

static void
test_joined_lines(void **state)
{
	(void)state;
	assert_string_equal(read_text("Defaults \\\n  pam_service\\\n=one\n"
				      "bob ALL=\\\nNOPASSWD: ALL\n"
				      "Defaults pam_service=last"),
	    "sudoers:1 service=one; sudoers:4 unasked=bob ALL=  NOPASSWD: ALL; "
	    "sudoers:6 service=last; ");
}

static void
test_includes(void **state)
{
	char folder[256], text[2048], host[64];

	(void)state;
	assert_int_equal(gethostname(host, sizeof(host)), 0);
	host[strcspn(host, ".")] = '\0';
	snprintf(folder, sizeof(folder), "%s/more", d.path);
	assert_int_equal(mkdir(folder, 0700), 0);
	write_file("more/b", "Defaults pam_service=b\n");
	write_file("more/a", "Defaults pam_service=a\n");
	write_file("more/c.bak", "Defaults pam_service=not\n");
	write_file("more/c~", "Defaults pam_service=not\n");
	write_file("beside", "Defaults pam_service=beside\n");
	write_file("a blank", "Defaults pam_service=blank\n");
	write_file(host, "Defaults pam_service=host\n");
	snprintf(text, sizeof(text),
	    "@includedir %s/more\n#include beside\n@include \"a blank\" \n"
	    "#include a\\ blank\n#includedir %s/none\n"
	    "@include none\n@include sudoers\n",
	    d.path, d.path);
	read_text(text);
	/* itself within itself ends at some depth */
	said[strlen("a:1 service=a; b:1 service=b; beside:1 service=beside; "
		    "a blank:1 service=blank; a blank:1 service=blank; ")] =
	    '\0';
	assert_string_equal(said,
	    "a:1 service=a; b:1 service=b; beside:1 service=beside; "
	    "a blank:1 service=blank; a blank:1 service=blank; ");
	snprintf(text, sizeof(text), "%s:1 service=host; ", host);
	read_text("@include %h\n");
	assert_string_equal(said, text);
}

/* Two files that both include both: every one has two more behind it. Each is
 * read, or told of. */
static void
test_a_circle(void **state)
{
	(void)state;
	write_file("other", "@include sudoers\n@include other\n");
	count = 0;
	read_text("@include other\n@include sudoers\nbob ALL=NOPASSWD: ALL\n");
	assert_in_range(count, 1, 2000);
}

static void
test_what_cannot_be_read(void **state)
{
	char path[256], *text = malloc(2 * 1024 * 1024);

	(void)state;
	assert_false(sudoers_read("/none/sudoers", NULL, note));
	assert_false(sudoers_read(d.path, NULL, note));
	snprintf(path, sizeof(path), "%s/pipe", d.path);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_false(sudoers_read(path, NULL, note));
	assert_non_null(text);
	memset(text, 'x', 1024 * 1024);
	text[1024 * 1024] = '\0';
	write_file("long", text);
	snprintf(path, sizeof(path), "%s/long", d.path);
	assert_false(sudoers_read(path, NULL, note));
	/* a word, a name without an end */
	assert_string_equal(
	    read_text("Defaults pam_service=\"\\"), "sudoers:1 service=\\; ");
	memset(text, 'y', 5000);
	memcpy(text, "@include ", 9);
	text[5000] = '\0';
	assert_string_equal(read_text(text), "");
	free(text);
}

static int
setup(void **state)
{
	(void)state;
	confdir_make(&d);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	confdir_remove(&d);
	return 0;
}

UNIT_TESTS(test_sudoers)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_services),
		TEST(test_other_password),
		TEST(test_unasked),
		TEST(test_nothing),
		TEST(test_joined_lines),
		TEST(test_includes),
		TEST(test_a_circle),
		TEST(test_what_cannot_be_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
