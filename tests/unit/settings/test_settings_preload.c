/* SPDX-License-Identifier: BSD-2-Clause */
/* Settings that were parsed before a fork: they are used for the same text
 * alone, and everything that is no text is looked at again. */
#include "tests/support/confdir.h"

#include <sys/wait.h>

#include "tests/support/unit_tests.h"

#define RULES                                                                  \
	CONFDIR_BASE                                                           \
	"rules = ( { users = [\"alice\"]; action = \"skip\"; },"               \
	" { services = [\"sshd\"]; brand = \"Two\"; } );\n"

static struct confdir d;

/* As the listener and its workers: the file is parsed by one process, and read
 * by a child, which finds it so. */
static void
in_child(const char *before, void (*test)(void))
{
	char path[512];
	int status;
	pid_t pid;

	snprintf(path, sizeof(path), "%s/twofa.conf", d.path);
	confdir_write(&d, "twofa.conf", before);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		settings_preload(path, getuid());
		test();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void
two_rules(const struct settings *c)
{
	assert_int_equal(c->rule_count, 2);
	assert_string_equal(c->rule[0].users.item[0], "alice");
	assert_int_equal(c->rule[0].action, ACTION_SKIP);
	assert_string_equal(c->rule[1].brand, "Two");
	assert_string_equal(c->provider[0].secret[0].b, "Sup3rS3cret");
}

static void
loads_twice(void)
{
	struct settings *c = confdir_loaded(&d, RULES);
	const struct rule *rule = c->rule;

	two_rules(c);
	settings_free(c);
	c = confdir_loaded(&d, RULES);
	two_rules(c);
	assert_ptr_equal(c->rule, rule); /* nothing was parsed again */
	settings_free(c);
}

static void
the_same_text(void **state)
{
	(void)state;
	in_child(RULES, loads_twice);
}

static void
loads_another(void)
{
	struct settings *c = confdir_loaded(&d, CONFDIR_BASE);

	assert_int_equal(c->rule_count, 0);
	settings_free(c);
	c = confdir_loaded(&d, RULES "unenrolled = \"allow\";\n");
	two_rules(c);
	assert_true(c->unenrolled_allow);
	settings_free(c);
	/* of the same length */
	c = confdir_load(&d,
	    CONFDIR_BASE
	    "rules = ( { users = [\"alice\"]; action = \"deny\"; },"
	    " { services = [\"sshd\"]; brand = \"Two\"; } );\n");
	assert_int_equal(c->rule[0].action, ACTION_DENY);
	settings_free(c);
}

static void
another_text(void **state)
{
	(void)state;
	in_child(RULES, loads_another);
}

static void
refuses_the_rest(void)
{
	confdir_mode(&d, "secret", 0644);
	assert_null(confdir_load(&d, RULES));
	assert_non_null(strstr(d.log, "secret"));
	confdir_mode(&d, "secret", 0640);
	confdir_mode(&d, "users.d", 0777);
	assert_null(confdir_load(&d, RULES));
	assert_non_null(strstr(d.log, "users_dir"));
	confdir_mode(&d, "users.d", 0750);
	settings_free(confdir_loaded(&d, RULES));
}

static void
secrets_and_folders_are_checked(void **state)
{
	(void)state;
	in_child(RULES, refuses_the_rest);
}

#define FAULTY_RULE CONFDIR_BASE "rules = ( { users = [1]; } );\n"
#define FAULTY_REST RULES "language = \"none\";\n"

static void
reports_rule(void)
{
	assert_null(confdir_load(&d, FAULTY_RULE));
	assert_non_null(strstr(d.log, "twofa.conf:4: users"));
	settings_free(confdir_loaded(&d, RULES));
}

static void
reports_rest(void)
{
	assert_null(confdir_load(&d, FAULTY_REST));
	assert_non_null(strstr(d.log, "language"));
	settings_free(confdir_loaded(&d, RULES));
}

static void
loads_after_none(void)
{
	settings_free(confdir_loaded(&d, RULES));
}

static void
errors_are_reported_by_each(void **state)
{
	(void)state;
	in_child(FAULTY_RULE, reports_rule);
	in_child(FAULTY_REST, reports_rest);
	in_child("brand = ;", loads_after_none);
	in_child("", loads_after_none);
}

UNIT_TESTS(test_settings_preload)
{
	static const struct CMUnitTest tests[] = {
		CONFDIR_TEST(the_same_text, &d),
		CONFDIR_TEST(another_text, &d),
		CONFDIR_TEST(secrets_and_folders_are_checked, &d),
		CONFDIR_TEST(errors_are_reported_by_each, &d),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
