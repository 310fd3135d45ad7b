/* SPDX-License-Identifier: BSD-2-Clause */
/* The module's arguments: the rules by which it denies, and doctor warns. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "lib/wire/wire.h"
#include "tests/support/unit_tests.h"

#define WORDS_MAX 4

static struct module_arguments args;

/* Which of the words, parted by blanks, is refused; -1 none. */
static int
parse(const char *service, const char *words)
{
	static char text[256];
	const char *argv[WORDS_MAX];
	int argc = 0;

	assert_in_range(strlen(words), 0, sizeof(text) - 1);
	strcpy(text, words);
	for (char *w = strtok(text, " "); w != NULL; w = strtok(NULL, " ")) {
		assert_in_range(argc, 0, WORDS_MAX - 1);
		argv[argc++] = w;
	}
	return module_arguments_parse(&args, service, argc, argv);
}

static void
test_defaults(void **state)
{
	(void)state;
	assert_int_equal(parse("sshd", ""), -1);
	assert_string_equal(args.conf, "/etc/twofa/twofa.conf");
	assert_string_equal(args.helper, TWOFA_HELPER);
	assert_int_equal(args.transport, TRANSPORT_AUTO);
	assert_int_equal(args.deadline_ms, 90000);
	assert_false(args.debug);
	assert_int_equal(parse("login", ""), -1);
	assert_int_equal(args.deadline_ms, 50000);
	assert_int_equal(parse("su", ""), -1);
	assert_int_equal(args.deadline_ms, 280000);
}

static void
test_taken(void **state)
{
	(void)state;
	assert_int_equal(
	    parse("sshd", "conf=/a helper=/b socket=/c debug"), -1);
	assert_string_equal(args.conf, "/a");
	assert_string_equal(args.helper, "/b");
	assert_string_equal(args.socket, "/c");
	assert_true(args.debug);
	assert_int_equal(parse("sshd", "deadline=10 transport=spawn"), -1);
	assert_int_equal(args.deadline_ms, 10000);
	assert_int_equal(args.transport, TRANSPORT_SPAWN);
	assert_int_equal(parse("sshd", "deadline=3600 transport=socket"), -1);
	assert_int_equal(args.transport, TRANSPORT_SOCKET);
}

static void
test_tasks(void **state)
{
	(void)state;
	assert_int_equal(parse("vsftpd", "debug split"), -1);
	assert_int_equal(args.task, TASK_SPLIT);
	assert_true(args.debug);
	assert_int_equal(parse("sshd", "no_prompt"), -1);
	assert_int_equal(args.task, TASK_NO_PROMPT);
	assert_int_equal(args.deadline_ms, 30000);
	assert_int_equal(parse("sshd", "deadline=60 no_prompt conf=/a"), -1);
	assert_int_equal(args.deadline_ms, 60000);
	assert_int_equal(parse("sshd", "when=publickey"), -1);
	assert_int_equal(args.task, TASK_WHEN);
	assert_int_equal(args.when, SSH_METHOD_PUBLICKEY);
	assert_int_equal(
	    parse("sshd", "when=gssapi-with-mic,hostbased debug"), -1);
	assert_int_equal(args.when, SSH_METHOD_GSSAPI | SSH_METHOD_HOSTBASED);
	assert_int_equal(parse("sshd", "debug"), -1);
	assert_int_equal(args.task, TASK_ASK);
	assert_int_equal(args.when, 0);
}

static void
test_refused(void **state)
{
	static const struct {
		const char *words;
		int bad;
	} row[] = {
		{ "deadline=abc", 0 },
		{ "deadline=0", 0 },
		{ "deadline=", 0 },
		{ "deadline=9", 0 },
		{ "deadline=3601", 0 },
		{ "deadline=99999", 0 },
		{ "deadline=60s", 0 },
		{ "deadline=60 deadline=60", 1 },
		{ "transport=autofoo", 0 },
		{ "transport=", 0 },
		{ "transport=auto transport=auto", 1 },
		{ "conf=twofa.conf", 0 },
		{ "conf=", 0 },
		{ "debug conf=/a conf=/a", 2 },
		{ "debug debug", 1 },
		{ "debug=1", 0 },
		{ "nullok", 0 },
		{ "split=", 0 },
		{ "no_prompt=1", 0 },
		{ "split split", 1 },
		{ "split no_prompt", 1 },
		{ "no_prompt when=publickey", 1 },
		{ "split when=publickey", 1 },
		{ "split conf=/a", 1 },
		{ "debug deadline=60 split", 1 },
		{ "transport=auto when=publickey", 0 },
		{ "when=", 0 },
		{ "when=password", 0 },
		{ "when=publickey,", 0 },
		{ "when=,publickey", 0 },
		{ "when=publickeys", 0 },
		{ "when=public", 0 },
		{ "when=publickey,publickey", 0 },
		{ "when=publickey when=hostbased", 1 },
		{ "when=publickey,password debug", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++)
		assert_int_equal(parse("sshd", row[i].words), row[i].bad);
}

UNIT_TESTS(test_module_arguments)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_taken),
		cmocka_unit_test(test_tasks),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
