/* SPDX-License-Identifier: BSD-2-Clause */
/* Which obstacle an account meets at sshd, for all that it may have. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "tests/support/unit_tests.h"
#include "twofactl/lockout/lockout.h"

#define BOTH "publickey,keyboard-interactive keyboard-interactive"
#define KEY_FIRST "publickey,keyboard-interactive:pam"

static const struct lockout_stack guarded = { .asks = true },
				  only = { .asks = true,
					  .key_is_enough = true,
					  .no_password = true },
				  when = { .asks = true,
					  .key_is_enough = true },
				  directory = { .asks = true,
					  .other_passwords = true },
				  without = { .asks = false };

/* sshd's settings in letters: P UsePAM, k KbdInteractive, w Password, p Pubkey,
 * r PermitRootLogin yes, n PermitRootLogin no. */
static struct sshd_settings
settings(const char *letters, const char *methods)
{
	struct sshd_settings c = { .read = true,
		.use_pam = strchr(letters, 'P') != NULL,
		.kbdinteractive = strchr(letters, 'k') != NULL,
		.password = strchr(letters, 'w') != NULL,
		.pubkey = strchr(letters, 'p') != NULL,
		.any_root = strchr(letters, 'r') != NULL,
		.no_root = strchr(letters, 'n') != NULL };

	snprintf(c.methods, sizeof(c.methods), "%s", methods);
	return c;
}

/* An account in letters: w a password, W one of a directory, k a key, K perhaps
 * one, e enrolled, 0 root, x shut out, ! locked. */
static struct lockout_account
account(const char *letters, enum lockout code)
{
	static struct host_account host;
	struct lockout_account a = { .host = &host,
		.excluded = strchr(letters, 'x') != NULL,
		.enrolled = strchr(letters, 'e') != NULL,
		.code = code };

	host = (struct host_account){ .name = "eve",
		.uid = strchr(letters, '0') == NULL,
		.locked = strchr(letters, '!') != NULL,
		.password = strpbrk(letters, "wW") != NULL };
	if (strchr(letters, 'k') != NULL)
		a.keys = LOCKOUT_KEYS_SOME;
	if (strchr(letters, 'K') != NULL)
		a.keys = LOCKOUT_KEYS_UNKNOWN;
	return a;
}

static const struct {
	const char *sshd, *methods;
	const struct lockout_stack *stack;
	const char *account;
	enum lockout code;
	enum lockout how;
} rows[] = {
	/* a password's stack */
	{ "Pkp", BOTH, &guarded, "wke", LOCKOUT_ASKED, LOCKOUT_IN },
	{ "Pkp", BOTH, &guarded, "we", LOCKOUT_ASKED, LOCKOUT_IN },
	{ "Pkp", BOTH, &guarded, "W", LOCKOUT_ASKED, LOCKOUT_IN },
	{ "Pkp", BOTH, &guarded, "ke", LOCKOUT_ASKED, LOCKOUT_PASSWORD },
	{ "Pkp", BOTH, &guarded, "e", LOCKOUT_ASKED, LOCKOUT_PASSWORD },
	{ "Pkp", BOTH, &directory, "k", LOCKOUT_ASKED, LOCKOUT_IN },
	{ "Pkp", BOTH, &guarded, "", LOCKOUT_ASKED, LOCKOUT_NOTHING },
	{ "Pkp", BOTH, &guarded, "K", LOCKOUT_ASKED, LOCKOUT_NOTHING },
	{ "Pkp", KEY_FIRST, &guarded, "we", LOCKOUT_ASKED, LOCKOUT_KEY },
	{ "Pkp", KEY_FIRST, &guarded, "Kwe", LOCKOUT_ASKED, LOCKOUT_IN },
	{ "Pkp", KEY_FIRST, &guarded, "k", LOCKOUT_ASKED, LOCKOUT_PASSWORD },
	/* keys are enough, or nothing else is */
	{ "Pkp", BOTH, &when, "ke", LOCKOUT_ASKED, LOCKOUT_IN },
	{ "Pkp", BOTH, &when, "we", LOCKOUT_ASKED, LOCKOUT_IN },
	{ "Pkp", BOTH, &when, "e", LOCKOUT_ASKED, LOCKOUT_PASSWORD },
	{ "Pkp", "keyboard-interactive", &when, "k", LOCKOUT_ASKED,
	    LOCKOUT_PASSWORD },
	{ "Pkp", KEY_FIRST, &only, "k", LOCKOUT_ASKED, LOCKOUT_IN },
	{ "Pkp", BOTH, &only, "we", LOCKOUT_ASKED, LOCKOUT_FIRST_FACTOR },
	{ "Pkp", "any", &only, "w", LOCKOUT_ASKED, LOCKOUT_FIRST_FACTOR },
	/* what rules and records say */
	{ "Pkp", BOTH, &guarded, "wk", LOCKOUT_RECORD, LOCKOUT_RECORD },
	{ "Pkp", BOTH, &guarded, "wk", LOCKOUT_FILE, LOCKOUT_FILE },
	{ "Pkp", BOTH, &guarded, "wk", LOCKOUT_MEANT, LOCKOUT_MEANT },
	{ "Pkp", BOTH, &guarded, "w", LOCKOUT_UNSEEN, LOCKOUT_UNSEEN },
	{ "Ppw", "any", &guarded, "w", LOCKOUT_UNSEEN, LOCKOUT_ANSWER },
	{ "Pkp", KEY_FIRST, &guarded, "w", LOCKOUT_UNSEEN, LOCKOUT_KEY },
	{ "Pkp", BOTH, &guarded, "wk", LOCKOUT_IN, LOCKOUT_IN },
	{ "Pkp", BOTH, &guarded, "k", LOCKOUT_IN, LOCKOUT_PASSWORD },
	{ "Pkp", BOTH, &without, "wk", LOCKOUT_RECORD, LOCKOUT_IN },
	{ "Pkp", BOTH, &without, "k", LOCKOUT_RECORD, LOCKOUT_PASSWORD },
	{ "Pkp", "any", &guarded, "k", LOCKOUT_RECORD, LOCKOUT_IN },
	{ "Pkp", "any", &guarded, "w", LOCKOUT_RECORD, LOCKOUT_RECORD },
	/* methods that are off, or lead nowhere */
	{ "Pp", "any", &guarded, "we", LOCKOUT_ASKED, LOCKOUT_KEY },
	{ "Pk", "any", &guarded, "k", LOCKOUT_ASKED, LOCKOUT_NOTHING },
	{ "Pk", "any", &guarded, "ke", LOCKOUT_ASKED, LOCKOUT_PASSWORD },
	{ "Ppw", "any", &guarded, "we", LOCKOUT_ASKED, LOCKOUT_ANSWER },
	{ "Ppw", "any", &guarded, "we", LOCKOUT_IN, LOCKOUT_IN },
	{ "Ppw", "publickey,password", &guarded, "kwe", LOCKOUT_ASKED,
	    LOCKOUT_ANSWER },
	{ "Ppw", "gssapi-with-mic hostbased", &guarded, "kwe", LOCKOUT_ASKED,
	    LOCKOUT_METHODS },
	{ "Ppk", "passwords", &guarded, "kwe", LOCKOUT_ASKED, LOCKOUT_METHODS },
	/* without PAM */
	{ "kp", BOTH, &guarded, "kwe", LOCKOUT_ASKED, LOCKOUT_METHODS },
	{ "kp", BOTH, &guarded, "we", LOCKOUT_ASKED, LOCKOUT_METHODS },
	{ "kpw", "any", &guarded, "w", LOCKOUT_RECORD, LOCKOUT_IN },
	{ "kpw", "password", &guarded, "k", LOCKOUT_RECORD, LOCKOUT_PASSWORD },
	{ "kpw", "any", &guarded, "k!", LOCKOUT_RECORD, LOCKOUT_MEANT },
	{ "Pkpw", "any", &guarded, "k!", LOCKOUT_RECORD, LOCKOUT_IN },
	/* root */
	{ "Pkp", BOTH, &guarded, "0kwe", LOCKOUT_ASKED, LOCKOUT_ROOT },
	{ "Pkp", BOTH, &when, "0kwe", LOCKOUT_ASKED, LOCKOUT_ROOT },
	{ "Pkp", BOTH, &when, "0kwe", LOCKOUT_IN, LOCKOUT_IN },
	{ "Pkp", "any", &guarded, "0kwe", LOCKOUT_ASKED, LOCKOUT_IN },
	{ "Pkp", BOTH, &guarded, "0we", LOCKOUT_ASKED, LOCKOUT_NOTHING },
	{ "Pkpn", BOTH, &guarded, "0kwe", LOCKOUT_ASKED, LOCKOUT_MEANT },
	{ "Pkpr", BOTH, &guarded, "0kwe", LOCKOUT_ASKED, LOCKOUT_IN },
	{ "Pkpr", BOTH, &guarded, "0w", LOCKOUT_RECORD, LOCKOUT_RECORD },
	/* on purpose */
	{ "Pkp", BOTH, &guarded, "xwke", LOCKOUT_ASKED, LOCKOUT_MEANT },
};

static void
test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct sshd_settings sshd =
		    settings(rows[i].sshd, rows[i].methods);
		const struct lockout_account a =
		    account(rows[i].account, rows[i].code);
		const enum lockout how =
		    lockout_evaluate(&a, &sshd, rows[i].stack);

		if (how != rows[i].how)
			fail_msg("row %zu: %d, not %d", i, how, rows[i].how);
	}
}

/* Nothing known is no way in. */
static void
test_zeros(void **state)
{
	const struct sshd_settings sshd = { .read = false };
	const struct lockout_stack stack = { .asks = false };
	const struct host_account host = { .uid = 1 };
	const struct lockout_account a = { .host = &host, .enrolled = true };

	(void)state;
	assert_int_equal(lockout_evaluate(&a, &sshd, &stack), LOCKOUT_METHODS);
}

static void
test_words(void **state)
{
	(void)state;
	for (enum lockout how = LOCKOUT_METHODS; how <= LOCKOUT_NOTHING;
	     how++) {
		assert_int_equal(lockout_is_obstacle(how), how < LOCKOUT_ASKED);
		if (!lockout_is_obstacle(how))
			continue;
		assert_true(strlen(lockout_words[how].cause) > 10);
		assert_true(strlen(lockout_words[how].remedy) > 10);
	}
}

UNIT_TESTS(test_lockout)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_zeros),
		cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
