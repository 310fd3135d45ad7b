/* SPDX-License-Identifier: BSD-2-Clause */
/* Our lines in the PAM files that distributions have, in and out again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>

#include "tests/support/pamfiles.h"
#include "tests/support/unit_tests.h"
#include "twofactl/etc/etc.h"

#define ASKS "auth\trequired\tpam_twofa.so\n"
#define BLOCK STACK_BEGIN "\n" ASKS STACK_END "\n"
#define JUMP(n)                                                                \
	"auth\t[success=" n " cred_insufficient=" n " default=ignore]\t"       \
	"pam_twofa.so when=publickey\n"

/* The files that more than one service includes. */
#define DEBIAN_AUTH                                                            \
	"#\n# /etc/pam.d/common-auth - authentication settings\n#\n"           \
	"auth\t[success=1 default=ignore]\tpam_unix.so nullok\n"               \
	"# here's the fallback if no module succeeds\n"                        \
	"auth\trequisite\t\t\tpam_deny.so\nauth\trequired\t\t\tpam_permit."    \
	"so\n"
#define SSSD_AUTH                                                              \
	"auth\t[success=2 default=ignore]\tpam_unix.so nullok\n"               \
	"auth\t[success=1 default=ignore]\tpam_sss.so use_first_pass\n"        \
	"auth\trequisite\t\t\tpam_deny.so\nauth\trequired\t\t\tpam_permit."    \
	"so\n"                                                                 \
	"auth\toptional\t\t\tpam_cap.so\n"
#define KRB5_AUTH                                                              \
	"auth\t[success=2 default=ignore]\tpam_krb5.so minimum_uid=1000\n"     \
	"auth\t[success=1 default=ignore]\tpam_unix.so try_first_pass\n"       \
	"auth\trequisite\t\t\tpam_deny.so\nauth\trequired\t\t\tpam_permit."    \
	"so\n"
#define SUSE_AUTH "auth\trequired\tpam_env.so\nauth\trequired\tpam_unix.so\n"
#define SLES_AUTH                                                              \
	"auth\trequired\tpam_env.so\n"                                         \
	"auth\tsufficient\tpam_unix.so try_first_pass\n"                       \
	"auth\trequired\tpam_sss.so use_first_pass\n"
#define RED_HAT_AUTH                                                           \
	"auth        required      pam_env.so\n"                               \
	"auth        required      pam_faildelay.so delay=2000000\n"           \
	"auth        sufficient    pam_unix.so nullok\n"                       \
	"auth        required      pam_deny.so\n"                              \
	"account     required      pam_unix.so\n"                              \
	"session     required      pam_unix.so\n"

static const struct pamfiles common = { { { "common-auth", DEBIAN_AUTH },
    { "sssd-auth", SSSD_AUTH }, { "krb5-auth", KRB5_AUTH },
    { "suse-auth", SUSE_AUTH }, { "sles-auth", SLES_AUTH },
    { "password-auth", RED_HAT_AUTH },
    { "system-remote-login", "auth      include   system-login\n" },
    { "system-login",
	"auth       required   pam_shells.so\n"
	"auth       requisite  pam_nologin.so\n"
	"auth       include    system-auth\n"
	"account    required   pam_access.so\n" },
    { "system-auth",
	"-auth      [success=2 default=ignore]  pam_systemd_home.so\n"
	"auth       [success=1 default=bad]  pam_unix.so\n"
	"auth       [default=die]  pam_faillock.so authfail\n"
	"account    required   pam_unix.so\n" } } };

static const struct pam_stack_source source = { .ctx = (void *)&common,
	.read = pamfiles_read };

#define DEBIAN_SSHD_HEAD                                                       \
	"# PAM configuration for the Secure Shell service\n\n"                 \
	"# Standard Un*x authentication.\n"
#define DEBIAN_SSHD_TAIL                                                       \
	"\n# Disallow non-root logins when /etc/nologin exists.\n"             \
	"account    required     pam_nologin.so\n"                             \
	"# account  required     pam_access.so\n"                              \
	"@include common-account\n"                                            \
	"session [success=ok ignore=ignore module_unknown=ignore default=bad]" \
	"        pam_selinux.so close\n"                                       \
	"session    required     pam_loginuid.so\n@include common-session\n"   \
	"session    optional     pam_motd.so  motd=/run/motd.dynamic\n"        \
	"@include common-password\n"
#define DEBIAN_LOGIN                                                           \
	"auth       optional   pam_faildelay.so  delay=3000000\n"              \
	"auth       requisite  pam_nologin.so\n"                               \
	"session [success=ok ignore=ignore module_unknown=ignore default=bad]" \
	" pam_selinux.so close\n"

/* Before the password's line, that line, what stands behind it. */
struct text {
	const char *name, *head, *line, *tail;
	/* what a key's lines are with --login both; NULL: refused */
	const char *both;
};

#define COPY STACK_COPY "\n"
#define AGAIN(args) "auth\trequisite\tpam_unix.so " args "use_first_pass" COPY
#define DEBIAN_BOTH                                                            \
	JUMP("3")                                                              \
	"auth\t[success=1 default=ignore]\tpam_unix.so nullok" COPY            \
	"auth\trequisite\t\t\tpam_deny.so" COPY                                \
	"auth\trequired\t\t\tpam_permit.so" COPY
#define SSSD_BOTH                                                              \
	JUMP("5")                                                              \
	"auth\t[success=2 default=ignore]\tpam_unix.so nullok" COPY            \
	"auth\t[success=1 default=ignore]\tpam_sss.so use_first_pass" COPY     \
	"auth\trequisite\t\t\tpam_deny.so" COPY                                \
	"auth\trequired\t\t\tpam_permit.so" COPY                               \
	"auth\toptional\t\t\tpam_cap.so" COPY
#define KRB5_BOTH                                                              \
	JUMP("4")                                                              \
	"auth\t[success=2 default=ignore]\tpam_krb5.so minimum_uid=1000" COPY  \
	"auth\t[success=1 default=ignore]\tpam_unix.so try_first_pass" COPY    \
	"auth\trequisite\t\t\tpam_deny.so" COPY                                \
	"auth\trequired\t\t\tpam_permit.so" COPY

static const struct text texts[] = {
	{ "Debian sshd", DEBIAN_SSHD_HEAD, "@include common-auth\n",
	    DEBIAN_SSHD_TAIL, DEBIAN_BOTH },
	{ "Debian 11 sudo", "#%PAM-1.0\n\n", "@include common-auth\n",
	    "@include common-account\n@include common-session-noninteractive\n",
	    DEBIAN_BOTH },
	{ "Debian 12 sudo",
	    "#%PAM-1.0\n\n# Set up user limits.\n"
	    "session    required   pam_limits.so\n\n",
	    "@include common-auth\n", "@include common-account\n",
	    DEBIAN_BOTH },
	{ "Ubuntu sudo",
	    "#%PAM-1.0\n\nsession    required   pam_limits.so\n\n"
	    "session    required   pam_env.so readenv=1 user_readenv=0\n",
	    "@include common-auth\n", "@include common-account\n",
	    DEBIAN_BOTH },
	{ "Debian su",
	    "auth       sufficient pam_rootok.so\n\n"
	    "# auth       sufficient pam_wheel.so trust\n"
	    "session       required   pam_env.so readenv=1\n",
	    "@include common-auth\n",
	    "@include common-account\n@include common-session\n", DEBIAN_BOTH },
	{ "Debian login", DEBIAN_LOGIN, "@include common-auth\n",
	    "auth       optional   pam_group.so\n@include common-account\n",
	    DEBIAN_BOTH },
	{ "common-auth", "#\n",
	    "auth\t[success=1 default=ignore]\tpam_unix.so\n",
	    "auth\trequisite\tpam_deny.so\n",
	    JUMP("1") "auth\t[success=1 default=ignore]\tpam_unix.so" COPY },
	{ "sssd", "", "@include sssd-auth\n", DEBIAN_SSHD_TAIL, SSSD_BOTH },
	{ "krb5", "", "@include krb5-auth\n", DEBIAN_SSHD_TAIL, KRB5_BOTH },
	{ "SUSE sshd", "#%PAM-1.0\nauth\trequisite\tpam_nologin.so\n",
	    "auth\tinclude\tsuse-auth\n", "account\tinclude\tcommon-account\n",
	    JUMP("2") "auth\trequired\tpam_env.so" COPY
		      "auth\trequired\tpam_unix.so" COPY },
	{ "SLES with SSSD", "", "auth\tinclude\tsles-auth\n", "",
	    JUMP("3") "auth\trequired\tpam_env.so" COPY
		      "auth\tsufficient\tpam_unix.so try_first_pass" COPY
		      "auth\trequired\tpam_sss.so use_first_pass" COPY },
	{ "Arch sshd", "#%PAM-1.0\n\n",
	    "auth      include   system-remote-login\n",
	    "account   include   system-remote-login\n", NULL },
	{ "Red Hat sshd", "#%PAM-1.0\n",
	    "auth       substack     password-auth\n",
	    "account    required     pam_sepermit.so\n"
	    "account    include      password-auth\n",
	    NULL },
	{ "Red Hat sudo", "#%PAM-1.0\n",
	    "auth       include      password-auth\n",
	    "account    include      password-auth\n",
	    JUMP("4") "auth        required      pam_env.so" COPY
		      "auth        required      pam_faildelay.so "
		      "delay=2000000" COPY
		      "auth        sufficient    pam_unix.so nullok" COPY
		      "auth        required      pam_deny.so" COPY },
	{ "without a newline", "auth required pam_env.so\n",
	    "auth required pam_unix.so", "",
	    JUMP("1") "auth required pam_unix.so" COPY },
	{ "another line without a newline", "", "auth required pam_unix.so\n",
	    "account required pam_unix.so",
	    JUMP("1") "auth required pam_unix.so" COPY },
	{ "carriage returns", "# a\r\n\r\n", "auth required pam_unix.so x\r\n",
	    "account required pam_unix.so\r\n\r\n",
	    JUMP("1") "auth required pam_unix.so x" COPY },
	{ "blank lines", "\n\n  \t\n", "  auth  required  pam_unix.so # why\n",
	    "\n\n\n", JUMP("1") "  auth  required  pam_unix.so # why" COPY },
};

/* Lines that check the password again, and whether the first of them is in the
 * place of the include. */
static const struct {
	const char *name, *lines;
	bool replaces;
} guards[] = {
	{ "SUSE sshd", AGAIN(""), false },
	{ "SLES with SSSD",
	    "auth\tsubstack\tsles-auth" COPY
	    "auth\t[success=1 default=ignore]\tpam_unix.so use_first_pass" COPY
	    "auth\trequisite\tpam_sss.so use_first_pass" COPY,
	    true },
	{ "Red Hat sshd", AGAIN("nullok "), false },
	{ "Red Hat sudo", "auth\tsubstack\tpassword-auth" COPY AGAIN("nullok "),
	    true },
	{ "without a newline", AGAIN(""), false },
	{ "another line without a newline", AGAIN(""), false },
	{ "blank lines", AGAIN(""), false },
	{ NULL, "", false },
};

static char *
add_to(const char *text, enum stack_login login)
{
	char *out = NULL;

	if (stack_edit_add(text, login, &source, &out) != 0)
		fail_msg("%s: %s", text, etc_cause);
	assert_non_null(out);
	return out;
}

static char *
joined(const char *a, const char *b, const char *c)
{
	char *out = NULL;

	assert_true(asprintf(&out, "%s%s%s", a, b, c) >= 0);
	return out;
}

/* What stack_edit_add makes of it, by hand. */
static char *
expected(const struct text *t, enum stack_login login)
{
	const bool bare = strchr(t->line, '\n') == NULL;
	char *block = NULL, *out;
	size_t i = 0;
	int n = -1;

	while (guards[i].name != NULL && strcmp(guards[i].name, t->name) != 0)
		i++;
	if (login == STACK_PASSWORD && guards[i].replaces)
		n = asprintf(&block,
		    STACK_BEGIN "\n" STACK_WAS "%s%s" ASKS STACK_END "\n",
		    t->line, guards[i].lines);
	else if (login == STACK_PASSWORD)
		n = asprintf(&block,
		    "%s%s" STACK_BEGIN "\n%s%s" ASKS STACK_END "\n", t->line,
		    bare ? "\n" : "", bare ? STACK_BARE "\n" : "",
		    guards[i].lines);
	else
		n = asprintf(&block,
		    STACK_BEGIN "\n" STACK_WAS "%s%s%s%s" ASKS STACK_END "\n",
		    t->line, bare ? "\n" : "", bare ? STACK_BARE "\n" : "",
		    login == STACK_BOTH ? t->both : "");
	assert_true(n >= 0);
	out = joined(t->head, block, t->tail);
	free(block);
	return out;
}

/* In, in again, out, and out again. */
static void
check_round(const struct text *t, enum stack_login login)
{
	char *text = joined(t->head, t->line, t->tail);
	char *wanted = expected(t, login);
	char *once = add_to(text, login);
	char *twice = add_to(once, login);
	char *back = stack_edit_undo(once);
	char *still = stack_edit_undo(text);

	assert_string_equal(once, wanted);
	assert_string_equal(twice, once);
	assert_string_equal(back, text);
	assert_string_equal(still, text);
	assert_true(stack_edit_has(once));
	assert_false(stack_edit_has(text));
	free(still);
	free(back);
	free(twice);
	free(once);
	free(wanted);
	free(text);
}

static void
test_texts(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		print_message("%s\n", texts[i].name);
		check_round(&texts[i], STACK_PASSWORD);
		check_round(&texts[i], STACK_KEY);
		if (texts[i].both != NULL)
			check_round(&texts[i], STACK_BOTH);
	}
}

/* From each kind to each other: as if it had been that from the beginning. */
static void
test_another_login(void **state)
{
	const char text[] =
	    "# x\n@include common-auth\naccount required a.so\n";

	(void)state;
	for (enum stack_login a = STACK_PASSWORD; a <= STACK_BOTH; a++)
		for (enum stack_login b = STACK_PASSWORD; b <= STACK_BOTH;
		     b++) {
			char *first = add_to(text, a);
			char *second = add_to(first, b);
			char *direct = add_to(text, b);
			char *back = stack_edit_undo(second);

			assert_string_equal(second, direct);
			assert_string_equal(back, text);
			free(back);
			free(direct);
			free(second);
			free(first);
		}
}

/* Long names and arguments stay whole. */
static void
test_long(void **state)
{
	char text[4096];
	char *out, *back;

	(void)state;
	for (int args = 700; args < 940; args += 20) {
		snprintf(text, sizeof(text),
		    "auth required pam_unix.so %0*d\nauth optional "
		    "pam_env.so\n",
		    args - 30, 7);
		out = add_to(text, STACK_BOTH);
		back = stack_edit_undo(out);
		assert_string_equal(back, text);
		/* PAM takes 1024 bytes for a line */
		for (const char *at = out; *at != '\0';
		     at = strchr(at, '\n') + 1)
			assert_true(strcspn(at, "\n") < 1023);
		free(back);
		free(out);
	}
}

UNIT_TESTS(test_stack_edit)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_another_login),
		cmocka_unit_test(test_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
