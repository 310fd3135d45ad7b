/* SPDX-License-Identifier: BSD-2-Clause */
/* What enabling a service changes, as far as it is in files of one's choice. */
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

#include "tests/support/unit_tests.h"
#include "twofactl/trial/trial_inside.h"

#define BRAND "brand = \"x\";\n"
#define RULES BRAND "rules = (\n);\n"
#define MARKED(rule)                                                           \
	BRAND                                                                  \
	"rules = (\n"                                                          \
	"# twofactl enable: begin polkit-1 (twofactl disable takes this "      \
	"rule out)\n  " rule "\n# twofactl enable: end polkit-1\n);\n"
#define SERVICES "services = [\"polkit-1\"]; action = \"skip\"; }"

static char folder[64], conf[96];

static int
make_folder(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/service-XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(conf, sizeof(conf), "%s/twofa.conf", folder);
	etc_cause[0] = '\0';
	return 0;
}

static int
remove_folder(void **state)
{
	(void)state;
	(void)unlink(conf);
	return rmdir(folder);
}

static void
write_conf(const char *text)
{
	FILE *file = fopen(conf, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static int
plan(struct trial *t, const char *path, const char *exempt)
{
	const struct arguments typed = { .run.conf = path, .exempt = exempt };
	const struct service_request w = { .typed = &typed,
		.service = "polkit-1" };

	return service_change_plan(t, &w);
}

static void
test_names(void **state)
{
	static const char *const others[] = { "", "ssh", "sshd ", "SSHD",
		"sudo-i", "su-l", "../sshd", "polkit-1,sshd" };
	size_t count = 0;

	(void)state;
	for (; service_change_list[count] != NULL; count++) {
		const char *name = service_change_list[count];
		const struct service_request plain = { .service = name };
		const struct service_request skip = { .service = name,
			.skip = true };

		assert_true(text_is_one_of(name, service_change_list));
		assert_non_null(strstr(service_change_names, name));
		assert_int_equal(service_change_is_rule(&plain),
		    strcmp(name, "polkit-1") == 0);
		assert_true(service_change_is_rule(&skip));
	}
	assert_int_equal(count, 5);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_false(text_is_one_of(others[i], service_change_list));
}

/* No way in is without a code. */
static void
test_methods(void **state)
{
	(void)state;
	assert_null(service_change_methods[STACK_PASSWORD]);
	assert_string_equal(service_change_methods[STACK_KEY],
	    "publickey,keyboard-interactive");
	assert_string_equal(service_change_methods[STACK_BOTH],
	    "publickey,keyboard-interactive keyboard-interactive");
}

static const struct {
	const char *exempt, *after;
} rules[] = {
	{ NULL, MARKED("{ " SERVICES) },
	{ "bob", MARKED("{ users = [\"bob\"]; " SERVICES) },
	{ "bob,carol", MARKED("{ users = [\"bob\", \"carol\"]; " SERVICES) },
	{ "DOM\\bob", MARKED("{ users = [\"DOM\\\\bob\"]; " SERVICES) },
	{ "b\"ob", MARKED("{ users = [\"b\\\"ob\"]; " SERVICES) },
};

static void
test_rules(void **state)
{
	struct trial t;

	(void)state;
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		write_conf(RULES);
		assert_int_equal(chmod(conf, 0640), 0);
		assert_int_equal(plan(&t, conf, rules[i].exempt), 0);
		assert_string_equal(t.service, "polkit-1");
		assert_int_equal(t.files, 1);
		assert_int_equal(t.file[0].kind, ETC_RULE);
		assert_string_equal(t.file[0].path, conf);
		assert_string_equal(t.file[0].before.text, RULES);
		assert_string_equal(t.file[0].after.text, rules[i].after);
		assert_int_equal(t.file[0].after.mode, 0640);
		assert_false(service_change_is_empty(&t));
		trial_free(&t);
		/* twice is once */
		write_conf(rules[i].after);
		assert_int_equal(plan(&t, conf, rules[i].exempt), 0);
		assert_true(service_change_is_empty(&t));
		trial_free(&t);
	}
}

static void
refused(const char *path, const char *words)
{
	struct trial t;

	assert_int_equal(plan(&t, path, "bob"), -1);
	assert_int_equal(t.files, 0);
	assert_non_null(strstr(etc_cause, words));
}

static void
test_refused(void **state)
{
	char longer[ETC_PATH + 2];

	(void)state;
	refused(conf, "is not there; run: twofactl init");
	assert_non_null(strstr(etc_cause, conf));
	write_conf(BRAND "rules = { };\n");
	refused(conf, "its rules are not a list in round brackets");
	assert_int_equal(unlink(conf), 0);
	assert_int_equal(symlink("/etc/hostname", conf), 0);
	refused(conf, "it is a symbolic link");
	assert_int_equal(unlink(conf), 0);
	assert_int_equal(mkdir(conf, 0700), 0);
	refused(conf, "it is no regular file");
	assert_int_equal(rmdir(conf), 0);
	memset(longer, 'a', sizeof(longer) - 1);
	longer[0] = '/';
	longer[sizeof(longer) - 1] = '\0';
	refused(longer, "its name is too long");
}

#define EACH(test)                                                             \
	cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)

UNIT_TESTS(test_service_change)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_methods),
		EACH(test_rules),
		EACH(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
