/* SPDX-License-Identifier: BSD-2-Clause */
/* What a trial did to a file, undone where somebody has edited it since. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/unit_tests.h"
#include "twofactl/etc/etc.h"

#define BEGIN STACK_BEGIN "\n"
#define END STACK_END "\n"
#define ASKS "auth\trequired\tpam_twofa.so\n"
#define JUMP                                                                   \
	"auth\t[success=1 cred_insufficient=1 default=ignore]\tpam_twofa.so "  \
	"when=publickey\n"
#define UNIX "auth required pam_unix.so\n"
#define COPY "auth required pam_unix.so" STACK_COPY "\n"
#define WAS STACK_WAS UNIX
#define ACCOUNT "account required pam_permit.so\n"
#define PASSWORD BEGIN ASKS END
#define KEY BEGIN WAS ASKS END
#define BOTH BEGIN WAS JUMP COPY ASKS END
#define MINE "# mine\n"

#define SET "UsePAM yes\nPasswordAuthentication no\n"
#define METHODS "AuthenticationMethods publickey,keyboard-interactive\n"
#define ROOT "Match User root\n\tPermitRootLogin yes\nMatch all\n"
#define ONE BEGIN SET END
#define TWO BEGIN SET METHODS ROOT END
#define BANNER "Banner none\n"

#define PAM "/etc/pam.d/sshd"
#define AUTHSELECT "/etc/authselect/system-auth"
#define DROP_IN "/etc/ssh/sshd_config.d/30-twofa.conf"

#define SKIP(n) "auth [success=" #n " default=ignore] pam_access.so\n"
#define LOST                                                                   \
	": the line \"auth required pam_unix.so\" that those of twofactl "     \
	"enable replaced is gone"

/* NULL: there was no file. */
struct row {
	const char *path, *before, *after, *now;
	const char *undone, *cleared;
	const char *words; /* of the cause, when undone; NULL: none */
};

static const struct row pam[] = {
	/* the first trial */
	{ PAM, UNIX ACCOUNT, UNIX PASSWORD ACCOUNT,
	    MINE UNIX PASSWORD MINE ACCOUNT, MINE UNIX MINE ACCOUNT,
	    MINE UNIX MINE ACCOUNT, NULL },
	{ PAM, UNIX ACCOUNT, KEY ACCOUNT, BEGIN WAS MINE ASKS END ACCOUNT,
	    UNIX MINE ACCOUNT, UNIX MINE ACCOUNT, NULL },
	/* the same outside of PAM's folder */
	{ AUTHSELECT, UNIX ACCOUNT, KEY ACCOUNT, KEY ACCOUNT MINE,
	    UNIX ACCOUNT MINE, UNIX ACCOUNT MINE, NULL },
	/* nothing of it was changed by the trial */
	{ PAM, UNIX PASSWORD ACCOUNT, UNIX PASSWORD ACCOUNT,
	    UNIX PASSWORD ACCOUNT MINE, UNIX PASSWORD ACCOUNT MINE,
	    UNIX ACCOUNT MINE, NULL },
	/* the second: from password to key, key to both, and back */
	{ PAM, UNIX PASSWORD ACCOUNT, KEY ACCOUNT, MINE KEY ACCOUNT MINE,
	    MINE UNIX PASSWORD ACCOUNT MINE, MINE UNIX ACCOUNT MINE, NULL },
	{ PAM, KEY ACCOUNT, BOTH ACCOUNT, MINE BOTH MINE ACCOUNT,
	    MINE KEY MINE ACCOUNT, MINE UNIX MINE ACCOUNT, NULL },
	{ PAM, BOTH ACCOUNT, UNIX PASSWORD ACCOUNT, UNIX MINE PASSWORD ACCOUNT,
	    BOTH MINE ACCOUNT, UNIX MINE ACCOUNT, NULL },
	{ PAM, BOTH ACCOUNT, KEY ACCOUNT, BEGIN WAS MINE ASKS END ACCOUNT,
	    BOTH MINE ACCOUNT, UNIX MINE ACCOUNT, NULL },
	/* ours directly behind the password, where somebody wrote there */
	{ PAM, UNIX PASSWORD ACCOUNT, KEY ACCOUNT, KEY MINE ACCOUNT,
	    UNIX PASSWORD MINE ACCOUNT, UNIX MINE ACCOUNT, NULL },
	/* the password's line is another one now: ours behind it all the same
	 */
	{ PAM, UNIX PASSWORD ACCOUNT, KEY ACCOUNT,
	    "auth required pam_sss.so\n" PASSWORD ACCOUNT,
	    "auth required pam_sss.so\n" PASSWORD ACCOUNT,
	    "auth required pam_sss.so\n" ACCOUNT, NULL },
	/* of the trial's lines some were changed, or lost their marks */
	{ PAM, UNIX PASSWORD ACCOUNT, BOTH ACCOUNT,
	    BEGIN WAS "#" JUMP COPY ASKS END ACCOUNT, UNIX PASSWORD ACCOUNT,
	    UNIX ACCOUNT, NULL },
	{ PAM, UNIX PASSWORD ACCOUNT, KEY ACCOUNT, BEGIN WAS ASKS ACCOUNT MINE,
	    UNIX PASSWORD ACCOUNT MINE, UNIX ACCOUNT MINE, NULL },
	/* somebody took them out: they stay so, and it is said */
	{ PAM, UNIX PASSWORD ACCOUNT, KEY ACCOUNT, UNIX ACCOUNT, UNIX ACCOUNT,
	    UNIX ACCOUNT,
	    PAM ": somebody has removed the lines of twofactl enable, so "
		"those from before the trial are gone as well; to put them "
		"back run: twofactl enable sshd" },
	/* without any mark they may be somebody's own */
	{ PAM, UNIX ACCOUNT, UNIX PASSWORD ACCOUNT, UNIX ASKS ACCOUNT,
	    UNIX ASKS ACCOUNT, UNIX ASKS ACCOUNT,
	    PAM
	    ": line 2 names pam_twofa and has no marks of twofactl enable" },
	/* the password's line is gone, with its mark or by another's hand: what
	 * is left asks for a code only, and without it for nothing */
	{ PAM, UNIX ACCOUNT, KEY ACCOUNT, BEGIN ASKS END ACCOUNT,
	    BEGIN ASKS END ACCOUNT, BEGIN ASKS END ACCOUNT,
	    PAM LOST "; write it, or what asks for the password now, above "
		     "them, then run this again" },
	{ PAM, UNIX ACCOUNT, BOTH ACCOUNT, MINE JUMP "#" WAS ASKS ACCOUNT,
	    MINE JUMP "#" WAS ASKS ACCOUNT, MINE JUMP "#" WAS ASKS ACCOUNT,
	    PAM LOST },
	{ PAM, UNIX PASSWORD ACCOUNT, KEY ACCOUNT, BEGIN ASKS END ACCOUNT,
	    BEGIN ASKS END ACCOUNT, BEGIN ASKS END ACCOUNT, PAM LOST },
	/* it was corrected so, or by hand */
	{ PAM, UNIX ACCOUNT, KEY ACCOUNT, UNIX BEGIN ASKS END ACCOUNT,
	    UNIX ACCOUNT, UNIX ACCOUNT, NULL },
	{ PAM, UNIX ACCOUNT, KEY ACCOUNT, BEGIN "auth x\n" ASKS END ACCOUNT,
	    "auth x\n" ACCOUNT, "auth x\n" ACCOUNT, NULL },
	{ PAM, UNIX ACCOUNT, KEY ACCOUNT, ACCOUNT, ACCOUNT, ACCOUNT, NULL },
	/* or it is one of ours that somebody has moved */
	{ PAM, UNIX PASSWORD ACCOUNT, BOTH ACCOUNT, ASKS UNIX BEGIN END ACCOUNT,
	    ASKS UNIX PASSWORD ACCOUNT, ASKS UNIX ACCOUNT,
	    PAM ": line 1 names pam_twofa and has no marks" },
	/* somebody's jump over ours, and one that is none */
	{ PAM, UNIX ACCOUNT, UNIX PASSWORD ACCOUNT,
	    UNIX SKIP(1) PASSWORD ACCOUNT, UNIX SKIP(1) ACCOUNT,
	    UNIX SKIP(1) ACCOUNT,
	    PAM ": the line \"auth [success=1 default=ignore] pam_access.so\" "
		"jumped over one of twofactl enable, which is gone; count its "
		"jump again" },
	{ PAM, UNIX ACCOUNT, KEY ACCOUNT,
	    "auth substack x\n" SKIP(2) "auth x y\n" KEY ACCOUNT,
	    "auth substack x\n" SKIP(2) "auth x y\n" UNIX ACCOUNT,
	    "auth substack x\n" SKIP(2) "auth x y\n" UNIX ACCOUNT,
	    PAM ": the line \"auth [success=2 " },
	{ PAM, UNIX ACCOUNT, BOTH ACCOUNT, SKIP(1) UNIX BOTH ACCOUNT,
	    SKIP(1) UNIX UNIX ACCOUNT, SKIP(1) UNIX UNIX ACCOUNT, NULL },
	{ PAM, UNIX ACCOUNT, UNIX PASSWORD ACCOUNT,
	    SKIP(1) "auth include x\n" PASSWORD ACCOUNT,
	    SKIP(1) "auth include x\n" ACCOUNT,
	    SKIP(1) "auth include x\n" ACCOUNT, NULL },
	/* no newline at the end */
	{ PAM, "auth x", "auth x\n" BEGIN STACK_BARE "\n" ASKS END,
	    MINE "auth x\n" BEGIN STACK_BARE "\n" ASKS END, MINE "auth x",
	    MINE "auth x", NULL },
	{ PAM, UNIX PASSWORD "account x", KEY "account x", MINE KEY "account x",
	    MINE UNIX PASSWORD "account x", MINE UNIX "account x", NULL },
};

#define CHANGED DROP_IN ": somebody has removed a mark of twofactl enable, so "

static const struct row settings[] = {
	{ DROP_IN, NULL, TWO, TWO BANNER, BANNER, BANNER, NULL },
	{ DROP_IN, NULL, TWO, BEGIN SET METHODS BANNER ROOT END, "", "", NULL },
	{ DROP_IN, ONE BANNER, TWO BANNER, TWO MINE BANNER, ONE MINE BANNER,
	    MINE BANNER, NULL },
	{ DROP_IN, NULL, TWO, BEGIN SET "# see pam_twofa(8)\n" END BANNER,
	    BANNER, BANNER, NULL },
	/* no record of what was written */
	{ DROP_IN, TWO BANNER, NULL, TWO BANNER, TWO BANNER, BANNER, NULL },
	/* a mark is gone: what stands as it was written goes */
	{ DROP_IN, NULL, TWO, BEGIN SET METHODS ROOT BANNER, BANNER, BANNER,
	    NULL },
	{ DROP_IN, NULL, TWO, BANNER SET METHODS ROOT END BANNER, BANNER BANNER,
	    BANNER BANNER, NULL },
	{ DROP_IN, ONE BANNER, TWO BANNER, BEGIN SET METHODS ROOT BANNER MINE,
	    ONE BANNER MINE, BANNER MINE, NULL },
	/* and somebody's stay, also the same ones */
	{ DROP_IN, NULL, TWO,
	    "UsePAM yes\n" BEGIN SET METHODS ROOT "UsePAM yes\n" BANNER,
	    "UsePAM yes\nUsePAM yes\n" BANNER,
	    "UsePAM yes\nUsePAM yes\n" BANNER, NULL },
	{ DROP_IN, NULL, TWO, BEGIN SET BANNER ROOT, BANNER, BANNER, NULL },
	/* one of ours was changed: it stays, with what it stands under */
	{ DROP_IN, NULL, TWO,
	    BEGIN SET "authenticationmethods publickey\n" ROOT BANNER,
	    BEGIN "authenticationmethods publickey\n" BANNER,
	    BEGIN "authenticationmethods publickey\n" BANNER,
	    CHANGED "line 2 may be one that it wrote" },
	{ DROP_IN, NULL, TWO,
	    BANNER BEGIN SET METHODS
	    "Match User root\n\tPermitRootLogin no\nMatch all\n",
	    BANNER BEGIN "Match User root\n\tPermitRootLogin no\nMatch all\n",
	    BANNER BEGIN "Match User root\n\tPermitRootLogin no\nMatch all\n",
	    CHANGED "line 4 may be one that it wrote; remove by hand what "
		    "is not yours there and the other mark, then run this "
		    "again" },
	/* it was corrected so: with the mark, or by its own */
	{ DROP_IN, NULL, TWO, BANNER, BANNER, BANNER, NULL },
	{ DROP_IN, NULL, TWO, BEGIN BANNER, BANNER, BANNER, NULL },
	/* no mark at all: somebody's own by now */
	{ DROP_IN, NULL, TWO, BANNER SET, BANNER SET, BANNER SET,
	    DROP_IN ": line 2 is as twofactl enable wrote it, but the marks "
		    "are gone, so it stays; remove it if it is not yours" },
};

static struct etc_file
text_file(const char *text)
{
	return (struct etc_file){ .text = (char *)(uintptr_t)text };
}

static void
check_text(
    const struct row *r, enum etc_change_kind kind, bool clear, bool left)
{
	struct etc_change f = { .before = text_file(r->before),
		.after = text_file(r->after),
		.kind = kind };
	char *text = NULL;
	int rc;

	strcpy(f.path, r->path);
	etc_cause[0] = '\0';
	rc = text_undo_trial("sshd", &f, r->now, clear, &text);
	assert_string_equal(text, clear ? r->cleared : r->undone);
	if (!clear) {
		assert_int_equal(rc, r->words == NULL ? 0 : left ? -1 : 1);
		assert_true(r->words == NULL ||
		    strncmp(etc_cause, r->words, strlen(r->words)) == 0);
	}
	free(text);
}

static void
check_rows(const struct row *rows, size_t count, enum etc_change_kind kind)
{
	for (size_t i = 0; i < count; i++) {
		const char *words = rows[i].words;
		const bool left = words != NULL &&
		    (strstr(words, "somebody has removed a mark") != NULL ||
			strstr(words, LOST) != NULL);

		print_message("row %zu: %s--\n", i, rows[i].now);
		check_text(&rows[i], kind, false, left);
		check_text(&rows[i], kind, true, left);
	}
}

static void
test_pam(void **state)
{
	(void)state;
	check_rows(pam, sizeof(pam) / sizeof(pam[0]), ETC_LINES);
}

static void
test_settings(void **state)
{
	(void)state;
	check_rows(settings, sizeof(settings) / sizeof(settings[0]), ETC_LINES);
}

#define CONF "brand = \"x\";\nrules = (\n  { users = [\"u\"]; }\n);\n"
#define RULE(user) "  { users = [\"" user "\"]; action = \"skip\"; }"

/* The rule of the first trial, of somebody else than the second's. */
static void
test_rule(void **state)
{
	char *one = rule_edit_add(CONF, "sshd", RULE("a"));
	char *two = rule_edit_add(one, "sshd", RULE("b"));
	char *got = rule_edit_get(two, "sshd");
	char now[512], undone[512], cleared[512];
	const struct row r = { "/etc/twofa/twofa.conf", one, two, now, undone,
		cleared, NULL };

	(void)state;
	assert_string_equal(got, RULE("b"));
	snprintf(now, sizeof(now), "%s# mine\n", two);
	snprintf(undone, sizeof(undone), "%s# mine\n", one);
	snprintf(cleared, sizeof(cleared), "%s# mine\n", CONF);
	check_text(&r, ETC_RULE, false, false);
	check_text(&r, ETC_RULE, true, false);
	/* somebody has taken it out */
	snprintf(now, sizeof(now), "%s# mine\n", CONF);
	snprintf(undone, sizeof(undone), "%s# mine\n", CONF);
	check_text(&r, ETC_RULE, false, false);
	free(got);
	free(two);
	free(one);
}

/* A rule that asks nobody must not stay unseen. */
static void
test_rule_without_end(void **state)
{
	char *two = rule_edit_add(CONF, "sshd", RULE("b"));
	char *end = strstr(two, "# twofactl enable: end sshd\n");
	const struct row r = { "/etc/twofa/twofa.conf", CONF, two, two, two,
		two,
		"/etc/twofa/twofa.conf: line 3 begins a rule of twofactl "
		"enable whose end mark is gone; remove the rule and the "
		"mark by hand, then run this again" };

	(void)state;
	assert_non_null(end);
	memmove(end, strchr(end, '\n') + 1, strlen(strchr(end, '\n')));
	assert_null(rule_edit_get(two, "sshd"));
	check_text(&r, ETC_RULE, false, true);
	free(two);
}

UNIT_TESTS(test_trial_undo)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pam),
		cmocka_unit_test(test_settings),
		cmocka_unit_test(test_rule),
		cmocka_unit_test(test_rule_without_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
