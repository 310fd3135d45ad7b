/* SPDX-License-Identifier: BSD-2-Clause */
/* What sshd -T prints, and what of it hinders a login with a code. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "tests/support/unit_tests.h"
#include "twofactl/sshd/sshd.h"

#define GOOD                                                                   \
	"port 22\nusepam yes\nkbdinteractiveauthentication yes\n"              \
	"passwordauthentication no\nusedns no\nmaxauthtries 6\n"               \
	"logingracetime 120\npubkeyauthentication yes\n"                       \
	"hostbasedauthentication no\ngssapiauthentication no\n"                \
	"authenticationmethods publickey,keyboard-interactive:pam "            \
	"keyboard-interactive\n"

#define METHODS                                                                \
	"authenticationmethods publickey,keyboard-interactive:pam "            \
	"keyboard-interactive\n"

#define KEY "publickey,keyboard-interactive"
#define BOTH KEY " keyboard-interactive"

static struct sshd_settings conf;
static char names[256];

static void
note(void *ctx, const char *name, const char *text)
{
	size_t used = strlen(names);

	(void)ctx;
	assert_non_null(strstr(text, "set "));
	snprintf(names + used, sizeof(names) - used, "%s ", name);
}

/* The good settings, with some lines before them changed. */
static const char *
found(const char *from, const char *to, long deadline_s)
{
	static char text[2048];
	const char *at = strstr(GOOD, from);

	assert_non_null(at);
	snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - GOOD), GOOD, to,
	    at + strlen(from));
	names[0] = '\0';
	sshd_settings_read(&conf, text);
	assert_true(conf.read);
	sshd_settings_check(&conf, deadline_s, NULL, note);
	return names;
}

/* Each list gets PAM's question; none that needs a key becomes one without. */
static void
test_methods_that_ask(void **state)
{
	static const struct {
		const char *now, *then;
		bool password, kbdinteractive;
	} row[] = {
		{ "any", BOTH, true, false },
		{ "any", BOTH, false, true },
		{ "any", KEY, false, false },
		{ "publickey", KEY, false, true },
		{ "publickey", KEY, true, true },
		{ BOTH, BOTH, false, true },
		{ "publickey password", KEY, false, true },
		{ "publickey password", BOTH, true, true },
		{ "publickey,password", KEY, true, true },
		{ "password", "keyboard-interactive", true, true },
		{ "publickey publickey,publickey hostbased",
		    KEY " publickey," KEY " hostbased,keyboard-interactive",
		    false, true },
		{ "keyboard-interactive:bsdauth", "keyboard-interactive", false,
		    true },
	};
	char then[SSHD_SETTINGS_METHODS];

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		memset(&conf, 0, sizeof(conf));
		conf.use_pam = true;
		conf.password = row[i].password;
		conf.kbdinteractive = row[i].kbdinteractive;
		snprintf(conf.methods, sizeof(conf.methods), "%s", row[i].now);
		sshd_settings_methods_with_pam(&conf, then);
		if (strcmp(then, row[i].then) != 0)
			fail_msg("%s: %s", row[i].now, then);
	}
}

static void
test_good(void **state)
{
	(void)state;
	assert_string_equal(found("port 22", "port 22", 90), "");
	assert_true(conf.use_pam && conf.kbdinteractive && conf.pubkey);
	assert_false(conf.password || conf.use_dns || conf.gssapi);
	assert_int_equal(conf.grace_s, 120);
	assert_int_equal(conf.max_tries, 6);
	assert_null(sshd_settings_bypass(&conf));
}

static void
test_judged(void **state)
{
	static const struct {
		const char *from, *to;
		long deadline_s;
		const char *names;
	} row[] = {
		{ "usepam yes", "usepam no", 90, "sshd-usepam " },
		{ "kbdinteractiveauthentication yes",
		    "kbdinteractiveauthentication no", 90,
		    "sshd-kbdinteractive " },
		{ "kbdinteractiveauthentication yes",
		    "challengeresponseauthentication yes", 90, "" },
		{ "passwordauthentication no", "passwordauthentication yes", 90,
		    "sshd-password " },
		{ "usedns no", "usedns yes", 90, "sshd-usedns " },
		{ "port 22", "permitemptypasswords yes", 90,
		    "sshd-emptypasswords " },
		{ "port 22", "permitemptypasswords no", 90, "" },
		{ "maxauthtries 6", "maxauthtries 3", 90, "" },
		{ "maxauthtries 6", "maxauthtries 2", 90,
		    "sshd-maxauthtries " },
		{ "logingracetime 120", "logingracetime 110", 90, "" },
		{ "logingracetime 120", "logingracetime 109", 90,
		    "sshd-gracetime " },
		{ "logingracetime 120", "logingracetime 0", 280, "" },
		{ "logingracetime 120", "logingracetime 120", 280,
		    "sshd-gracetime " },
		{ "logingracetime 120", "logingracetime 1", 90,
		    "sshd-gracetime " },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++)
		assert_string_equal(
		    found(row[i].from, row[i].to, row[i].deadline_s),
		    row[i].names);
}

static void
test_not_all_read(void **state)
{
	static const char methods[] = METHODS;
	static const char *const needed[] = { "usepam yes\n",
		"kbdinteractiveauthentication yes\n",
		"passwordauthentication no\n", "usedns no\n", methods,
		"maxauthtries 6\n", "logingracetime 120\n" };
	char text[2048];

	(void)state;
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		const char *at = strstr(GOOD, needed[i]);

		assert_non_null(at);
		snprintf(text, sizeof(text), "%.*s%s", (int)(at - GOOD), GOOD,
		    at + strlen(needed[i]));
		sshd_settings_read(&conf, text);
		assert_false(conf.read);
	}
	sshd_settings_read(&conf, "");
	assert_false(conf.read);
	sshd_settings_read(&conf, "\n\nusepam\n x\n");
	assert_false(conf.read);
}

/* More methods than fit are not judged by the first of them. */
static void
test_long_methods(void **state)
{
	static char text[8192] = "authenticationmethods any";
	size_t used;

	(void)state;
	while ((used = strlen(text)) < 4000)
		snprintf(text + used, sizeof(text) - used, " publickey");
	snprintf(text + used, sizeof(text) - used,
	    "\nusepam yes\nusedns no\nkbdinteractiveauthentication yes\n"
	    "passwordauthentication no\nmaxauthtries 6\nlogingracetime 0\n");
	sshd_settings_read(&conf, text);
	assert_false(conf.read);
}

static void
test_skips(void **state)
{
	static const struct {
		const char *methods;
		bool pubkey, hostbased, gssapi;
		const char *skips;
	} row[] = {
		{ "any", true, false, false, "a key" },
		{ "any", false, false, false, NULL },
		{ "any", false, true, false, "a host's key" },
		{ "any", false, false, true, "a Kerberos ticket" },
		{ "publickey", true, false, false, "a key" },
		{ "publickey", false, false, false, NULL },
		{ "publickey,keyboard-interactive", true, false, false, NULL },
		{ "publickey,keyboard-interactive:bsdauth", true, false, false,
		    NULL },
		{ "keyboard-interactive", true, true, true, NULL },
		/* who asks for the password is PAM */
		{ "keyboard-interactive publickey,password", true, false, false,
		    NULL },
		{ "keyboard-interactive:pam,publickey hostbased", true, true,
		    false, "a host's key" },
		{ "gssapi-with-mic,keyboard-interactive publickey,publickey",
		    true, false, true, "a key" },
		{ "password", true, false, false, NULL },
		{ "keyboard-interactivex,publickey", true, false, false,
		    "a key" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		const char *skips;

		memset(&conf, 0, sizeof(conf));
		conf.use_pam = true;
		conf.pubkey = row[i].pubkey;
		conf.hostbased = row[i].hostbased;
		conf.gssapi = row[i].gssapi;
		snprintf(
		    conf.methods, sizeof(conf.methods), "%s", row[i].methods);
		skips = sshd_settings_bypass(&conf);
		if (row[i].skips == NULL)
			assert_null(skips);
		else
			assert_string_equal(skips, row[i].skips);
	}
}

static char said[512];

static void
keep(void *ctx, const char *name, const char *text)
{
	(void)ctx;
	if (strcmp(name, "sshd-usepam") == 0)
		snprintf(said, sizeof(said), "%s", text);
}

/* Who gets in when PAM is not asked. */
static void
test_without_pam(void **state)
{
	static const struct {
		const char *methods;
		bool password, pubkey;
		const char *words, *skips;
	} row[] = {
		{ "any", true, true, "a password gets in without a code",
		    "a key" },
		{ "any", false, true, "a key gets in without a code", "a key" },
		{ "any", false, false, "nobody gets in", NULL },
		{ "publickey,password", true, true, "a password gets in",
		    "a key" },
		{ "password", true, false, "a password gets in", NULL },
		{ "publickey,keyboard-interactive keyboard-interactive", true,
		    true, "nobody gets in", NULL },
		{ "keyboard-interactive publickey", true, true, "a key gets in",
		    "a key" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		memset(&conf, 0, sizeof(conf));
		conf.password = row[i].password;
		conf.pubkey = row[i].pubkey;
		snprintf(
		    conf.methods, sizeof(conf.methods), "%s", row[i].methods);
		said[0] = '\0';
		sshd_settings_check(&conf, 90, NULL, keep);
		if (strstr(said, row[i].words) == NULL)
			fail_msg("row %zu: %s", i, said);
		assert_int_equal(
		    row[i].skips == NULL, sshd_settings_bypass(&conf) == NULL);
		if (row[i].skips != NULL)
			assert_string_equal(
			    sshd_settings_bypass(&conf), row[i].skips);
	}
}

/* A Match block's lines hold in place of the general ones. */
static void
test_changed(void **state)
{
	(void)state;
	(void)found("port 22", "port 22", 90);
	sshd_settings_override(&conf,
	    "banner none\nauthenticationmethods publickey\n"
	    "passwordauthentication yes\n");
	assert_true(conf.read && conf.use_pam && conf.password);
	assert_string_equal(sshd_settings_bypass(&conf), "a key");
	assert_false(conf.no_root);
	sshd_settings_override(&conf, "permitrootlogin no\n");
	assert_true(conf.no_root);
	assert_string_equal(conf.methods, "publickey");
}

UNIT_TESTS(test_sshd_settings)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_methods_that_ask),
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_judged),
		cmocka_unit_test(test_not_all_read),
		cmocka_unit_test(test_long_methods),
		cmocka_unit_test(test_skips),
		cmocka_unit_test(test_without_pam),
		cmocka_unit_test(test_changed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
