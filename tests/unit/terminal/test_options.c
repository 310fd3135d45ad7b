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
	{ "none", "", "json", "", .details = "" },
	{ "one", "USER", "count left yes", "", .details = "" },
	{ "maybe", "[USER]", "", "", .details = "" },
	{ "three", "USER SERVICE [ADDR]", "channel from", "", .details = "" },
	{ "file", "FILE", "country", "", .details = "" },
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
		assert_string_equal(typed.run.command, command->name);
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
	assert_string_equal(typed.run.conf, "/etc/twofa/twofa.conf");
	assert_false(typed.yes);
	assert_int_equal(
	    read_words("--yes one --count 3 a -c /x/y --helper /h"),
	    OPTIONS_RUN);
	assert_true(typed.yes);
	assert_int_equal(typed.count, 3);
	assert_string_equal(typed.run.conf, "/x/y");
	assert_string_equal(typed.run.helper, "/h");
	assert_int_equal(read_words("none --json"), OPTIONS_RUN);
	assert_true(typed.run.json);
	assert_int_equal(
	    read_words("three a s --channel sms --from=x"), OPTIONS_RUN);
	assert_string_equal(typed.channel, "sms");
	assert_string_equal(typed.from, "x");
	assert_int_equal(read_words("none -c y"), OPTIONS_RUN);
	assert_int_equal(typed.run.conf[0], '/');
	assert_string_equal(typed.run.conf + strlen(typed.run.conf) - 2, "/y");
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
	const char
	    *word; /* its name, of two alike with what tells them apart */
	bool argument;
	size_t at;
} all[] = {
#define ROW(word, argument, field)                                             \
	{                                                                      \
		word, argument, offsetof(struct arguments, field)              \
	}
	ROW("config", true, raw.config),
	ROW("helper", true, run.helper),
	ROW("help", false, raw.help),
	ROW("version", false, raw.version),
	ROW("json", false, run.json),
	ROW("yes", false, yes),
	ROW("count", true, raw.count),
	ROW("left", false, left),
	ROW("local", false, local),
	ROW("no-verify", false, no_verify),
	ROW("replace", false, replace),
	ROW("channel", true, channel),
	ROW("email", true, email),
	ROW("provider", true, provider),
	ROW("country", true, country),
	ROW("dry-run", false, dry_run),
	ROW("full", false, full),
	ROW("missing", true, missing),
	ROW("service", true, service),
	ROW("from", true, from),
	ROW("field", false, ask_field),
	ROW("field.kind", true, field),
	ROW("person", true, person),
	ROW("phone", true, phone),
	ROW("key", true, key),
	ROW("cert-id", true, cert_id),
	ROW("ca", true, ca),
	ROW("user", true, as_user),
	ROW("file", true, file),
	ROW("upgrade", false, upgrade),
	ROW("caller", true, caller),
	ROW("sends", false, sends),
	ROW("login", true, login),
	ROW("exempt", true, exempt),
	ROW("files", false, files_only),
	ROW("etc", true, etc),
	ROW("within", true, within),
	ROW("timer", true, timer),
	ROW("anyway", false, anyway),
	ROW("check", false, look),
	ROW("no-trial", false, no_trial),
	ROW("no-input", false, no_input),
	ROW("boot", false, boot),
	ROW("user.proof", true, prove_as),
	ROW("all", false, all),
	ROW("provider.type", true, provider),
	ROW("brand", true, brand),
	ROW("user.first", true, as_user),
	ROW("allowed-prefixes", true, prefixes),
	ROW("office", true, office),
	ROW("base-url", true, base_url),
	ROW("ca-file", true, ca_file),
	ROW("rehearsal", false, rehearsal),
	ROW("url", true, url),
	ROW("print", false, print),
	ROW("renew", false, renew),
	ROW("groups", true, groups),
	ROW("hourly-users", true, users_per_hour),
	ROW("hourly-sends", true, sends_per_hour),
	ROW("output", true, output),
	ROW("networks", true, networks),
	ROW("groups.give", true, give_groups),
	ROW("local.here", false, here),
	ROW("prometheus", false, prometheus),
#undef ROW
};
#define ALL (sizeof(all) / sizeof(all[0]))
static struct arguments none; /* what is there when no option is */

static size_t
name_len(size_t i)
{
	return strcspn(all[i].word, ".");
}

/* Read this option of a command that takes that one of all[]. */
static enum options_result
read_option(size_t i, size_t taken)
{
	const struct command own = { "own", "", all[taken].word, "",
		.details = "" };
	char word[32];
	char *argv[] = { (char *)"twofactl", (char *)"own", word, (char *)"7",
		NULL };
	const struct command *found;

	snprintf(word, sizeof(word), "--%.*s", (int)name_len(i), all[i].word);
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
		assert_int_not_equal(read_option(i, i), OPTIONS_WRONG);
		for (size_t k = 0; k < ALL; k++)
			if (is_filled(k) != (all[k].at == all[i].at))
				fail_msg(
				    "--%s and %s", all[i].word, all[k].word);
	}
}

/* Of two commands an option may have the same name and form. */
static bool
is_one(size_t i, size_t k)
{
	return name_len(i) == name_len(k) &&
	    strncmp(all[i].word, all[k].word, name_len(i)) == 0 &&
	    all[i].argument == all[k].argument;
}

static bool
is_common(size_t i)
{
	return i < 4; /* config, helper, help, version */
}

static void
test_each_is_asked_for_alone(void **state)
{
	(void)state;
	for (size_t i = 0; i < ALL; i++)
		for (size_t k = 0; k < ALL; k++)
			if ((read_option(i, k) == OPTIONS_WRONG) ==
			    (is_one(i, k) || is_common(i)))
				fail_msg("--%s of who takes --%s", all[i].word,
				    all[k].word);
}

/* all[] lacks none: the help of a command that takes everything but the keys of
 * provider types, which their own tables have. */
static void
test_help_has_each(void **state)
{
	static struct arguments asked;
	static char every[ALL * 20];
	const struct command own = { "own", "", every, "", .details = "" };
	char *argv[] = { (char *)"twofactl", (char *)"own", (char *)"--help",
		NULL };
	const struct command *found;
	struct printed p;
	const char *text;
	size_t said = 0;

	(void)state;
	for (size_t i = 0; i < ALL; i++)
		strcat(strcat(every, " "), all[i].word);
	optind = opterr = 0;
	printed_begin(&p, &stdout);
	(void)options_read(3, argv, &own, 1, &asked, &found);
	text = printed_end(&p);
	for (const char *at = text; (at = strstr(at, "\n  --")) != NULL; at++) {
		const char *name = at + strlen("\n  --");

		assert_true(said < ALL);
		assert_memory_equal(name, all[said].word, name_len(said));
		assert_int_equal(name[name_len(said)], ' ');
		said++;
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
