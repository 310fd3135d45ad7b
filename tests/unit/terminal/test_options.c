/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl's command line, by a table of commands of this test's own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/printed.h"
#include "tests/support/unit_tests.h"
#include "twofactl/terminal/terminal.h"

#define WORDS_MAX 12

static const struct command commands[] = {
	{ "none", "", OPTION_JSON, "", "", NULL },
	{ "one", "USER", OPTION_COUNT | OPTION_LEFT | OPTION_YES, "", "",
	    NULL },
	{ "maybe", "[USER]", 0, "", "", NULL },
	{ "three", "USER SERVICE [ADDR]", OPTION_CHANNEL | OPTION_FROM, "", "",
	    NULL },
	{ "file", "FILE", OPTION_COUNTRY, "", "", NULL },
};
static struct arguments typed;
static const struct command *command;

static enum options_result
read_words(const char *line)
{
	char *argv[WORDS_MAX + 2] = { (char *)"twofactl" };
	static char text[2 * CTL_PATH_MAX];
	int argc = 1;
	char *save = NULL;

	snprintf(text, sizeof(text), "%s", line);
	for (char *word = strtok_r(text, " ", &save); word != NULL;
	     word = strtok_r(NULL, " ", &save))
		argv[argc++] = word;
	optind = 0; /* glibc: all anew */
	opterr = 0;
	command = NULL;
	return options_read(argc, argv, commands,
	    sizeof(commands) / sizeof(commands[0]), &typed, &command);
}

static void
test_operands(void **state)
{
	static const struct {
		const char *line, *user, *operand[CTL_OPERANDS_MAX];
	} row[] = {
		{ "none", NULL, { NULL } },
		{ "one a", "a", { "a" } },
		{ "maybe", NULL, { NULL } },
		{ "maybe a", "a", { "a" } },
		{ "three a s", "a", { "a", "s" } },
		{ "three a s 192.0.2.7", "a", { "a", "s", "192.0.2.7" } },
		{ "file x.csv", NULL, { "x.csv" } },
		{ "three -- a -s", "a", { "a", "-s" } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		assert_int_equal(read_words(row[i].line), OPTIONS_RUN);
		assert_string_equal(typed.command, command->name);
		if (row[i].user == NULL)
			assert_null(typed.user);
		else
			assert_string_equal(typed.user, row[i].user);
		for (size_t k = 0; k < CTL_OPERANDS_MAX; k++)
			if (row[i].operand[k] == NULL)
				assert_null(typed.operand[k]);
			else
				assert_string_equal(
				    typed.operand[k], row[i].operand[k]);
	}
}

static void
test_refusals(void **state)
{
	static const char *const line[] = { "", "-c /x", "nothing", "none a",
		"one", "one a b", "maybe a b", "three a", "three a b c d",
		"file", "one a --json", "none --count 3", "none --frob",
		"one a --count", "one a --count=0", "one a --count 21",
		"one a --left --count 3", "one a --left --yes", "none --json=1",
		"one a --yes=no", "file x --from 192.0.2.7" };

	(void)state;
	for (size_t i = 0; i < sizeof(line) / sizeof(line[0]); i++)
		if (read_words(line[i]) != OPTIONS_WRONG)
			fail_msg("taken: %s", line[i]);
}

static void
test_options(void **state)
{
	(void)state;
	assert_int_equal(read_words("one a"), OPTIONS_RUN);
	assert_int_equal(typed.count, 10);
	assert_string_equal(typed.conf, "/etc/twofa/twofa.conf");
	assert_false(typed.yes);
	assert_int_equal(
	    read_words("--yes one --count 3 a -c /x/y --helper /h"),
	    OPTIONS_RUN);
	assert_true(typed.yes);
	assert_int_equal(typed.count, 3);
	assert_string_equal(typed.conf, "/x/y");
	assert_string_equal(typed.helper, "/h");
	assert_int_equal(read_words("none --json"), OPTIONS_RUN);
	assert_true(typed.json);
	assert_int_equal(
	    read_words("three a s --channel sms --from=x"), OPTIONS_RUN);
	assert_string_equal(typed.channel, "sms");
	assert_string_equal(typed.from, "x");
	assert_int_equal(read_words("none -c y"), OPTIONS_RUN);
	assert_int_equal(typed.conf[0], '/');
	assert_string_equal(typed.conf + strlen(typed.conf) - 2, "/y");
}

/* Complaints, on stderr. */
static const char *
complaint(const char *line)
{
	struct printed p;
	enum options_result result;
	const char *text;

	printed_begin(&p, &stderr);
	result = read_words(line);
	text = printed_end(&p);
	assert_int_equal(result, OPTIONS_WRONG);
	return text;
}

static void
test_paths_of_settings(void **state)
{
	static const char want[] =
	    ": give an absolute path of less than 4096 bytes";
	static char line[CTL_PATH_MAX + 32];
	char folder[] = "/tmp/twofa-unit-XXXXXX";
	int here = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	(void)state;
	strcpy(line, "none -c /");
	memset(line + strlen(line), 'x', CTL_PATH_MAX);
	assert_non_null(strstr(complaint(line), want));
	/* from a folder that is not there any more */
	assert_true(here >= 0);
	assert_non_null(mkdtemp(folder));
	assert_int_equal(chdir(folder), 0);
	assert_int_equal(rmdir(folder), 0);
	assert_non_null(strstr(complaint("none -c y"), want));
	assert_int_equal(read_words("none -c /y"), OPTIONS_RUN);
	assert_int_equal(fchdir(here), 0);
	assert_int_equal(close(here), 0);
}

static void
test_help(void **state)
{
	static const char *const line[] = { "--help", "-h", "one --help",
		"--version", "nothing -h", "one --help a b c" };

	(void)state;
	for (size_t i = 0; i < sizeof(line) / sizeof(line[0]); i++)
		assert_int_equal(read_words(line[i]), OPTIONS_HELPED);
}

/* Each option, and the one place that it fills. */
static const struct {
	const char *name;
	bool argument;
	enum ctl_option option;
	size_t at;
} all[] = {
#define ROW(name, argument, option, field)                                     \
	{                                                                      \
		name, argument, option, offsetof(struct arguments, field)      \
	}
	ROW("config", true, OPTION_CONFIG, raw.config),
	ROW("helper", true, OPTION_HELPER, helper),
	ROW("help", false, OPTION_HELP, raw.help),
	ROW("version", false, OPTION_VERSION, raw.version),
	ROW("json", false, OPTION_JSON, json),
	ROW("yes", false, OPTION_YES, yes),
	ROW("count", true, OPTION_COUNT, raw.count),
	ROW("left", false, OPTION_LEFT, left),
	ROW("local", false, OPTION_LOCAL, local),
	ROW("no-verify", false, OPTION_NO_VERIFY, no_verify),
	ROW("replace", false, OPTION_REPLACE, replace),
	ROW("channel", true, OPTION_CHANNEL, channel),
	ROW("email", true, OPTION_EMAIL, email),
	ROW("provider", true, OPTION_PROVIDER, provider),
	ROW("country", true, OPTION_COUNTRY, country),
	ROW("dry-run", false, OPTION_DRY_RUN, dry_run),
	ROW("full", false, OPTION_FULL, full),
	ROW("missing", true, OPTION_MISSING, missing),
	ROW("service", true, OPTION_SERVICE, service),
	ROW("from", true, OPTION_FROM, from),
	ROW("field", false, OPTION_FIELD, ask_field),
	ROW("field", true, OPTION_FIELD_KIND, field),
	ROW("person", true, OPTION_PERSON, person),
	ROW("phone", true, OPTION_PHONE, phone),
	ROW("key", true, OPTION_KEY, key),
	ROW("cert-id", true, OPTION_CERT_ID, cert_id),
	ROW("ca", true, OPTION_CA, ca),
	ROW("user", true, OPTION_AS_USER, as_user),
	ROW("file", true, OPTION_FILE, file),
	ROW("upgrade", false, OPTION_UPGRADE, upgrade),
	ROW("caller", true, OPTION_CALLER, caller),
	ROW("sends", false, OPTION_SENDS, sends),
	ROW("login", true, OPTION_LOGIN, login),
	ROW("exempt", true, OPTION_EXEMPT, exempt),
	ROW("files", false, OPTION_FILES, files_only),
	ROW("etc", true, OPTION_ETC, etc),
	ROW("within", true, OPTION_WITHIN, within),
	ROW("timer", true, OPTION_TIMER, timer),
	ROW("anyway", false, OPTION_ANYWAY, anyway),
	ROW("check", false, OPTION_CHECK, look),
	ROW("no-trial", false, OPTION_NO_TRIAL, no_trial),
	ROW("no-input", false, OPTION_NO_INPUT, no_input),
	ROW("boot", false, OPTION_BOOT, boot),
	ROW("user", true, OPTION_PROVE_AS, prove_as),
	ROW("all", false, OPTION_ALL, all),
	ROW("provider", true, OPTION_TYPE, provider),
	ROW("brand", true, OPTION_BRAND, brand),
	ROW("user", true, OPTION_FIRST_USER, as_user),
	ROW("allowed-prefixes", true, OPTION_PREFIXES, prefixes),
	ROW("office", true, OPTION_PREFIXES, office),
	ROW("base-url", true, OPTION_BASE_URL, base_url),
	ROW("ca-file", true, OPTION_CA_FILE, ca_file),
	ROW("rehearsal", false, OPTION_REHEARSAL, rehearsal),
	ROW("url", true, OPTION_URL, url),
	ROW("print", false, OPTION_PRINT, print),
	ROW("renew", false, OPTION_RENEW, renew),
	ROW("groups", true, OPTION_GROUPS, groups),
	ROW("hourly-users", true, OPTION_USERS_PER_HOUR, users_per_hour),
	ROW("hourly-sends", true, OPTION_USERS_PER_HOUR, sends_per_hour),
	ROW("output", true, OPTION_OUTPUT, output),
	ROW("networks", true, OPTION_NETWORKS, networks),
	ROW("groups", true, OPTION_GIVE_GROUPS, give_groups),
	ROW("local", false, OPTION_HERE, here),
	ROW("prometheus", false, OPTION_PROMETHEUS, prometheus),
#undef ROW
};
#define ALL (sizeof(all) / sizeof(all[0]))
static struct arguments none; /* what is there when no option is */

/* Read this option of a command that takes one of all[], or every one. */
static enum options_result
read_option(size_t i, uint64_t taken)
{
	const struct command own = { "own", "", taken, "", "", NULL };
	char word[32];
	char *argv[] = { (char *)"twofactl", (char *)"own", word, (char *)"7",
		NULL };
	const struct command *found;

	snprintf(word, sizeof(word), "--%s", all[i].name);
	optind = opterr = 0;
	return options_read(
	    all[i].argument ? 4 : 3, argv, &own, 1, &typed, &found);
}

static bool
is_filled(size_t i)
{
	const char *place = (const char *)&typed + all[i].at;
	const size_t size = all[i].argument ? sizeof(char *) : sizeof(bool);

	return memcmp(place, (const char *)&none + all[i].at, size) != 0;
}

static void
test_each_fills_its_place(void **state)
{
	(void)state;
	assert_int_equal(read_words("none"), OPTIONS_RUN);
	none = typed;
	for (size_t i = 0; i < ALL; i++) {
		assert_int_not_equal(
		    read_option(i, all[i].option), OPTIONS_WRONG);
		for (size_t k = 0; k < ALL; k++)
			if (is_filled(k) != (all[k].at == all[i].at))
				fail_msg(
				    "--%s and %s", all[i].name, all[k].name);
	}
}

/* Of two commands an option may have the same name and form. */
static bool
is_one(size_t i, size_t k)
{
	/* some two, which one command takes, are one to it */
	return all[i].option == all[k].option ||
	    (strcmp(all[i].name, all[k].name) == 0 &&
		all[i].argument == all[k].argument);
}

static void
test_each_is_asked_for_alone(void **state)
{
	(void)state;
	for (size_t i = 0; i < ALL; i++)
		for (size_t k = 0; k < ALL; k++)
			if (read_option(i, all[k].option) == OPTIONS_WRONG
				? is_one(i, k) ||
				    (all[i].option & OPTIONS_COMMON) != 0
				: !is_one(i, k) &&
				    (all[i].option & OPTIONS_COMMON) == 0)
				fail_msg("--%s of who takes --%s", all[i].name,
				    all[k].name);
}

/* all[] lacks none: the help of a command that takes everything but the keys of
 * provider types, which their own tables have. */
static void
test_help_has_each(void **state)
{
	static struct arguments asked;
	const struct command own = { "own", "",
		UINT64_MAX & ~(uint64_t)OPTION_OWN, "", "", NULL };
	char *argv[] = { (char *)"twofactl", (char *)"own", (char *)"--help",
		NULL };
	const struct command *found;
	struct printed p;
	const char *text;
	size_t said = 0;

	(void)state;
	optind = opterr = 0;
	printed_begin(&p, &stdout);
	(void)options_read(3, argv, &own, 1, &asked, &found);
	text = printed_end(&p);
	for (const char *at = text; (at = strstr(at, "\n  --")) != NULL; at++) {
		const char *name = at + strlen("\n  --");

		assert_true(said < ALL);
		assert_memory_equal(
		    name, all[said].name, strlen(all[said].name));
		assert_int_equal(name[strlen(all[said++].name)], ' ');
	}
	assert_int_equal(said, ALL);
}

UNIT_TESTS(test_options)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_operands),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_paths_of_settings),
		cmocka_unit_test(test_help),
		cmocka_unit_test(test_each_fills_its_place),
		cmocka_unit_test(test_each_is_asked_for_alone),
		cmocka_unit_test(test_help_has_each),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
