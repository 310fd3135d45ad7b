/* SPDX-License-Identifier: BSD-2-Clause */
/* Which shape twofactl finds to be the most common. */
#include "tests/support/confdir.h"

#include "tests/support/unit_tests.h"
#include "twofactl/records/records.h"

static struct confdir d;

static void
user(const char *name, const char *text)
{
	char file[64], all[256];

	snprintf(file, sizeof(file), "users.d/%s.conf", name);
	snprintf(all, sizeof(all), "phone = \"+447700900100\";\n%s", text);
	confdir_write(&d, file, all);
}

static void
expect_common(const char *shape, size_t users)
{
	struct settings *conf = confdir_loaded(&d, CONFDIR_BASE);
	char found[DECOY_SHAPE_MAX];
	size_t count = 0;

	assert_int_equal(record_shape_find(conf, found, &count), 0);
	assert_string_equal(found, shape);
	assert_int_equal(count, users);
	settings_free(conf);
}

#define BOTH "channels = [\"sms\", \"voice\"];\n"
#define CALL "channels = [\"voice\", \"sms\"];\n"

static void
test_most_common(void **state)
{
	struct settings *conf;
	char found[DECOY_SHAPE_MAX];
	size_t count;

	(void)state;
	conf = confdir_loaded(&d, CONFDIR_BASE);
	assert_int_equal(record_shape_find(conf, found, &count), -1);
	settings_free(conf);
	user("alice", CALL);
	expect_common("channels=voice,sms keys=phone", 1);
	/* of equals the first by bytes, whoever has it */
	user("bob", BOTH);
	expect_common("channels=sms,voice keys=phone", 2);
	user("zoe", CALL);
	expect_common("channels=voice,sms keys=phone", 3);
	/* who cannot log in does not count, nor what is no record */
	user("carol", BOTH "enabled = false;\n");
	user("dave", BOTH "nonsense = 1;\n");
	expect_common("channels=voice,sms keys=phone", 5);
	user("erin", BOTH);
	user("frank", BOTH);
	expect_common("channels=sms,voice keys=phone", 7);
}

/* Of very many some are read, from all over the list. */
static void
test_very_many(void **state)
{
	char name[16];

	(void)state;
	for (int i = 0; i < 2500; i++) {
		snprintf(name, sizeof(name), "u%04d", i);
		user(name, i < 1100 ? BOTH : CALL);
	}
	expect_common("channels=voice,sms keys=phone", 2500);
}

UNIT_TESTS(test_host_shape)
{
	static const struct CMUnitTest tests[] = {
		CONFDIR_TEST(test_most_common, &d),
		CONFDIR_TEST(test_very_many, &d),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
