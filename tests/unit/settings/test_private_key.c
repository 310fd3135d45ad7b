/* SPDX-License-Identifier: BSD-2-Clause */
/* A private key in the settings: trusted like a secret, and looked at. */
#include "tests/support/confdir.h"

#include "lib/settings/settings.h"
#include "lib/settings/settings_inside.h"
#include "tests/support/pemkey.h"
#include "tests/support/unit_tests.h"

#define APPLICATION "78d335fa-323d-0114-9c3d-d6f0d48968cf"
#define SETTINGS                                                               \
	CONFDIR_BRAND "providers = ( { name = \"v2\";\n"                       \
		      "type = \"vonage-verify-v2\";\n"                         \
		      "application_id = \"" APPLICATION "\";\n"                \
		      "private_key_file = \"@D/key.pem\"; } );\n"

static struct confdir d;
static char text[PEMKEY_MAX];

static void
write_key(enum pemkey_kind kind)
{
	(void)pemkey_make(kind, 2048, text);
	confdir_write(&d, "key.pem", text);
}

static void
settings_hold_the_key(void **state)
{
	struct settings *c;

	(void)state;
	write_key(PEMKEY_RSA);
	c = confdir_loaded(&d, SETTINGS);
	assert_int_equal(c->provider[0].key.len, strlen(text));
	assert_string_equal(c->provider[0].key.b, text);
	settings_free(c);
}

/* Each word must stand in the one error line, which names the file's line. */
static void
assert_refused(const char *words)
{
	char where[128];

	assert_null(confdir_load(&d, SETTINGS));
	(void)snprintf(
	    where, sizeof(where), ":6: private_key_file: %s/key.pem", d.path);
	if (strstr(d.log, where) == NULL || strstr(d.log, words) == NULL)
		fail_msg("no \"%s\" and \"%s\" in: %s", where, words, d.log);
}

static void
what_others_can_read_is_refused(void **state)
{
	(void)state;
	write_key(PEMKEY_RSA);
	confdir_mode(&d, "key.pem", 0644);
	assert_refused("has mode 0644, so others can read it; run: chown "
		       "root:twofa ");
	confdir_mode(&d, "key.pem", 0660);
	assert_refused("so others can write to it");
}

static void
what_is_no_key_is_refused(void **state)
{
	static char long_text[PEM_MAX + 2];
	struct pem ec = { .len = 0 };

	(void)state;
	assert_refused("is not there; write it");
	write_key(PEMKEY_LOCKED);
	assert_refused("is locked by a passphrase");
	write_key(PEMKEY_EC);
	ec.len = strlen(text);
	memcpy(ec.b, text, ec.len + 1);
	assert_refused("is not RSA");
	assert_null(private_key_check(&ec, true));
	assert_non_null(private_key_check(&ec, false));
	confdir_write(&d, "key.pem", "Sup3rS3cret\n");
	assert_refused("holds no private key in PEM form");
	memset(long_text, 'x', PEM_MAX + 1);
	confdir_write(&d, "key.pem", long_text);
	assert_refused("has 8193 bytes, allowed: at most 8192");
	long_text[PEM_MAX] = '\0';
	confdir_write(&d, "key.pem", long_text);
	assert_refused("holds no private key in PEM form");
}

static void
nothing_is_left_of_a_refused_key(void **state)
{
	static const struct pem none;
	char path[512];
	struct pem pem;

	(void)state;
	write_key(PEMKEY_LOCKED);
	(void)snprintf(path, sizeof(path), "%s/key.pem", d.path);
	memset(&pem, 'x', sizeof(pem));
	assert_int_equal(
	    private_key_read_file(path, getuid(), false, &pem), -1);
	assert_memory_equal(&pem, &none, sizeof(pem));
	memset(&pem, 'x', sizeof(pem));
	assert_int_equal(
	    private_key_read_file("/none", getuid(), false, &pem), -1);
	assert_memory_equal(&pem, &none, sizeof(pem));
}

UNIT_TESTS(test_private_key)
{
	static const struct CMUnitTest tests[] = {
		CONFDIR_TEST(settings_hold_the_key, &d),
		CONFDIR_TEST(what_others_can_read_is_refused, &d),
		CONFDIR_TEST(what_is_no_key_is_refused, &d),
		CONFDIR_TEST(nothing_is_left_of_a_refused_key, &d),
	};

	return cmocka_run_group_tests_name("confpem", tests, NULL, NULL);
}
