/* SPDX-License-Identifier: BSD-2-Clause */
/* Hostile names, as words that real shells are given. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/support/unit_tests.h"
#include "twofactl/terminal/terminal.h"

#define BYTES 256
#define COMMAND_MAX (2 * SHELL_WORD_MAX)

static const char *const hostile[] = { "x; rm -rf ~", "$(touch made)",
	"`touch made`", "a'b", "'; touch made; '", "a\\", "a\\'; touch made #",
	"\\", "'", "''", "\"", "\";touch made;\"", "a b", " ", "*", "~",
	"~root", "!!", "!touch", "#", "a#b", "&", "a&touch made", "|touch made",
	"<x", ">made", "{a,b}", "[a-z]", "?", "%1", "=ls", "a=b",
	"x\ntouch made\n", "\ttab\t", "\r", "\x1b[2J\x1b]0;x\a", "\xc2\x9b",
	"\x9b", "\xff\xfe", "\xe2\x80\xaegnp", "a'\n'b", "\n'", "'\n", "\\\n\\",
	"$'\\x41'", "$HOME", "${HOME}", "corp\\alice", "(", ")", "^x^y" };

#define HOSTILES (sizeof(hostile) / sizeof(hostile[0]))

/* What printf(1) of that shell prints for the word. */
static const char *
through(const char *shell, const char *word)
{
	static char out[COMMAND_MAX];
	char command[COMMAND_MAX + 64], script[] = "/tmp/shellword.XXXXXX";
	const int fd = mkstemp(script);
	size_t n;
	FILE *f;

	assert_true(fd >= 0);
	assert_true(dprintf(fd, "printf '%%s|' %s\n", word) > 0);
	close(fd);
	snprintf(command, sizeof(command), "%s %s 2>&1", shell, script);
	f = popen(command, "r"); /* NOLINT: the file's name is ours */
	assert_non_null(f);
	n = fread(out, 1, sizeof(out) - 1, f);
	out[n] = '\0';
	assert_int_equal(pclose(f), 0);
	unlink(script);
	return out;
}

static void
assert_word(const char *shell, const char *text)
{
	char want[COMMAND_MAX];
	const char *got = through(shell, terminal_shell_quote(text));

	snprintf(want, sizeof(want), "%s%s|", text[0] == '-' ? "./" : "", text);
	if (strcmp(got, want) != 0)
		fail_msg("%s: %s gives \"%s\"", shell,
		    terminal_shell_quote(text), got);
}

static void
test_bash(void **state)
{
	(void)state;
	for (size_t i = 0; i < HOSTILES; i++)
		assert_word("bash", hostile[i]);
	assert_word("bash", "");
	assert_word("bash", "-rf");
	assert_word("bash", "-rf; touch made");
}

/* Each byte alone, and each between others. */
static void
test_all_bytes(void **state)
{
	char text[BYTES];

	(void)state;
	for (int c = 1; c < BYTES; c++)
		text[c - 1] = (char)c;
	text[BYTES - 1] = '\0';
	assert_word("bash", text);
}

/* dash takes no $'': but one word it is, and nothing else happens. */
static void
test_dash(void **state)
{
	(void)state;
	if (access("/bin/dash", X_OK) != 0)
		skip(); /* this system has none */
	for (size_t i = 0; i < HOSTILES; i++) {
		const char *got, *word = terminal_shell_quote(hostile[i]);

		if (strstr(word, "$'\\x") == NULL) {
			assert_word("dash", hostile[i]);
			continue;
		}
		got = through("dash", word);
		assert_ptr_equal(strchr(got, '|'), got + strlen(got) - 1);
		assert_null(strchr(got, '\n'));
	}
}

/* What is pasted is text: one line, no control bytes. */
static void
test_printable(void **state)
{
	(void)state;
	for (size_t i = 0; i < HOSTILES; i++)
		for (const char *c = terminal_shell_quote(hostile[i]);
		     *c != '\0'; c++)
			assert_true(*c >= 0x20 && *c <= 0x7e);
}

static void
test_plain_is_as_it_is(void **state)
{
	(void)state;
	assert_string_equal(
	    terminal_shell_quote("/etc/twofa/users.d/bob@x-1.conf"),
	    "/etc/twofa/users.d/bob@x-1.conf");
	assert_string_equal(terminal_shell_quote("a'b"), "'a'\\''b'");
	assert_string_equal(terminal_shell_quote("a\nb"), "'a'$'\\x0a''b'");
}

/* Never cut: half a quotation would swallow what is pasted next. */
static void
test_length(void **state)
{
	char text[BYTES + 32] = "/var/lib/twofa/", longer[SHELL_WORD_MAX];
	size_t at = strlen(text);

	(void)state;
	for (int i = 0; i < 255; i++)
		text[at++] = i % 2 == 0 ? 'a' : '\n';
	assert_word("bash", text);
	memset(longer, '\'', sizeof(longer));
	longer[SHELL_WORD_MAX - 1] = '\0';
	assert_string_equal(terminal_shell_quote(longer),
	    "'(a name that is too long to be shown)'");
	memset(longer, 'a', sizeof(longer) - 1);
	assert_string_equal(terminal_shell_quote(longer),
	    "'(a name that is too long to be shown)'");
}

static void
test_four_at_once(void **state)
{
	const char *words[SHELLWORDS];
	char name[] = "a";

	(void)state;
	for (int i = 0; i < SHELLWORDS; i++, name[0]++)
		words[i] = terminal_shell_quote(name);
	for (int i = 0; i < SHELLWORDS; i++)
		assert_int_equal(words[i][0], 'a' + i);
}

UNIT_TESTS(test_shell_word)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bash),
		cmocka_unit_test(test_all_bytes),
		cmocka_unit_test(test_dash),
		cmocka_unit_test(test_printable),
		cmocka_unit_test(test_plain_is_as_it_is),
		cmocka_unit_test(test_length),
		cmocka_unit_test(test_four_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
