/* SPDX-License-Identifier: BSD-2-Clause */
/* Taking our lines out of files that somebody has edited since. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>

#include "tests/support/pamfiles.h"
#include "tests/support/unit_tests.h"
#include "twofactl/etc/etc.h"

#define BEGIN STACK_BEGIN "\n"
#define END STACK_END "\n"
#define ASKS "auth\trequired\tpam_twofa.so\n"
#define A "auth required pam_a.so\n"
#define B "account required pam_b.so\n"
#define COMMON "@include common-auth\n"
#define COPIED "auth required pam_unix.so" STACK_COPY "\n"

static const struct {
	const char *text, *back;
} rows[] = {
	{ "", "" },
	{ A B, A B },
	{ A BEGIN ASKS END B, A B },
	{ BEGIN STACK_WAS COMMON ASKS END B, COMMON B },
	{ BEGIN STACK_WAS COMMON COPIED ASKS END B, COMMON B },
	/* somebody's lines in it, also comments and blank ones */
	{ A BEGIN B ASKS "# mine\n\n" END B, A B "# mine\n\n" B },
	{ BEGIN STACK_WAS COMMON COPIED A ASKS END B, COMMON A B },
	/* ours, as somebody has changed them */
	{ A BEGIN "auth required pam_twofa.so debug\n" END B, A B },
	{ A BEGIN "# auth required pam_twofa.so\n" END B, A B },
	{ BEGIN STACK_WAS COMMON "auth sufficient pam_unix.so x" STACK_COPY
				 "\n" ASKS END B,
	    COMMON B },
	{ A BEGIN END B, A B },
	/* the end is gone, the beginning is gone, both are */
	{ A BEGIN ASKS B, A B },
	{ A BEGIN ASKS, A },
	{ A BEGIN "auth required pam_twofa.so x\n" B, A B },
	{ BEGIN STACK_WAS COMMON COPIED ASKS B, COMMON B },
	{ A ASKS END B, A B },
	{ STACK_WAS COMMON COPIED ASKS END B, COMMON B },
	{ A BEGIN B, A B },
	{ A END B, A B },
	/* a second beginning before the first one's end */
	{ A BEGIN ASKS BEGIN ASKS END B, A B },
	{ A BEGIN B BEGIN ASKS END A, A B A },
	{ A BEGIN ASKS END END B, A B },
	{ A BEGIN ASKS END B BEGIN ASKS END A, A B A },
	/* another's line of ours stays where no mark is missing */
	{ ASKS A BEGIN ASKS END B, ASKS A B },
	{ A ASKS B, A ASKS B },
	/* somebody has taken ours out by hand, but not the marks */
	{ A BEGIN COMMON END B, A COMMON B },
	{ BEGIN "auth substack system-auth\n" END B,
	    "auth substack system-auth\n" B },
	/* both marks are gone, but not the other ones */
	{ STACK_WAS COMMON COPIED ASKS B, COMMON B },
	{ COMMON COPIED ASKS B, COMMON B },
	/* an editor has replaced the tabs */
	{ BEGIN STACK_WAS COMMON "auth required pam_unix.so  " STACK_MARK
				 "copy\n"
				 "auth required pam_twofa.so\n" END B,
	    COMMON B },
	/* ours goes on in the next line; another's does not end in a mark */
	{ A BEGIN "auth required \\\n  pam_twofa.so\n" END B, A B },
	{ A BEGIN "auth required pam_twofa.so \\\n  debug\n" END B, A B },
	{ A BEGIN "auth required pam_twofa.so \\\n" END B, A B },
	{ A BEGIN ASKS "auth x \\\n y\n" END B, A "auth x \\\n y\n" B },
	{ "auth x \\\n" BEGIN ASKS END B, "auth x \\\n" B },
	/* marks that an editor has changed at their ends */
	{ A BEGIN ASKS STACK_END "\r\n" B, A B },
	{ A BEGIN ASKS STACK_END, A },
	{ A BEGIN ASKS STACK_END " of all\n" B, A B },
	/* the newline that was missing */
	{ "auth x\n" BEGIN STACK_BARE "\n" ASKS END, "auth x" },
	{ "auth x\n" BEGIN STACK_BARE "\n" ASKS END B, "auth x\n" B },
	{ BEGIN STACK_WAS "auth x\n" STACK_BARE "\n" ASKS END, "auth x" },
};

static void
test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *back = stack_edit_undo(rows[i].text), *again;

		print_message("%s--\n", rows[i].text);
		assert_string_equal(back, rows[i].back);
		again = stack_edit_undo(back);
		assert_string_equal(again, back);
		free(again);
		free(back);
	}
}

/* A small generator: the same texts on each machine. */
static uint32_t seed = 2463534242U;

static uint32_t
below(uint32_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 17;
	seed ^= seed << 5;
	return seed % n;
}

static const char *const pieces[] = { "auth required pam_unix.so\n",
	"auth\t[success=1 default=ignore]\tpam_sss.so use_first_pass\n",
	"auth include c\n", "auth substack c\n", "@include c\n", "@include d\n",
	"account required pam_x.so\n", "session optional pam_y.so a=[b c]\n",
	"# a comment\n", "#pam_twofa\n", "\n", "  \t \n", "\r\n",
	"auth optional pam_env.so # pam_twofa\n", "-auth required pam_k.so\r\n",
	"what is this\n", "auth\n", "@include\n", "auth required pam_deny.so\n",
	"# twofactl\n", "\xff\x80\x01\n", "auth required pam_unix.so \\\n" };

#define PIECES (sizeof(pieces) / sizeof(pieces[0]))
#define LINES 12

/* length: of the bytes, without NUL. */
static void
make_text(char *text, size_t cap)
{
	const uint32_t lines = below(LINES);
	size_t used = 0;

	text[0] = '\0';
	for (uint32_t i = 0; i < lines; i++) {
		/* the last one makes most texts a refusal */
		const char *p =
		    pieces[below(below(20) == 0 ? PIECES : PIECES - 1)];

		used += (size_t)snprintf(text + used, cap - used, "%s", p);
	}
	if (used > 0 && below(4) == 0)
		text[used - 1] = '\0';
}

static const struct pamfiles files = { { { "c",
					     "auth required pam_unix.so\n"
					     "auth required pam_x.so\n" },
    { "d", "auth required pam_unix.so\nsession required pam_x.so\n" } } };
static const struct pam_stack_source source = { .ctx = (void *)&files,
	.read = pamfiles_read };

/* Somebody's text: a line more, and one less. */
static void
edit_text(char *now, size_t cap, const char *text)
{
	const uint32_t more = below(LINES), less = below(LINES);
	struct text_part line;
	size_t used = 0;

	now[0] = '\0';
	for (uint32_t i = 0; text_line_next(&text, &line); i++) {
		if (i == more)
			used += (size_t)snprintf(now + used, cap - used, "%s",
			    pieces[below(PIECES)]);
		if (i != less)
			used += (size_t)snprintf(now + used, cap - used, "%.*s",
			    (int)line.len, line.at);
	}
}

/* Whether the last line has a newline is said by a line of ours. */
static const char *
bare(char *text)
{
	const size_t len = strlen(text);

	if (len > 0 && text[len - 1] == '\n')
		text[len - 1] = '\0';
	return text;
}

/* Ours are put into it again as a whole: they can be taken out. */
static void
try_again(const char *text, const char *with)
{
	char now[LINES * 80], *again, *back;

	again = text_merge(text, with, text);
	assert_string_equal(again, with);
	free(again);
	edit_text(now, sizeof(now), text);
	again = text_merge(text, with, now);
	back = stack_edit_undo(again);
	assert_true(stack_edit_has(again) && !stack_edit_is_broken(again));
	/* others bring the line back that they replaced */
	if (strstr(with, STACK_WAS) == NULL)
		assert_string_equal(bare(back), bare(now));
	free(again);
	free(back);
}

/* True: it was taken. */
static bool
try_text(const char *text, enum stack_login login)
{
	char *out = NULL, *again = NULL, *back;
	int result;

	etc_cause[0] = '\0';
	result = stack_edit_add(text, login, &source, &out);
	if (result == -1) {
		assert_null(out);
		assert_string_not_equal(etc_cause, "");
		return false;
	}
	back = stack_edit_undo(out);
	assert_string_equal(back, text);
	try_again(text, out);
	assert_int_equal(stack_edit_add(out, login, &source, &again), 0);
	assert_string_equal(again, out);
	free(again);
	free(back);
	free(out);
	return true;
}

static void
test_random(void **state)
{
	unsigned taken = 0, refused = 0;
	char text[LINES * 80];

	(void)state;
	for (unsigned i = 0; i < 10000; i++) {
		make_text(text, sizeof(text));
		if (try_text(text, (enum stack_login)(i % 3)))
			taken++;
		else
			refused++;
	}
	assert_true(taken > 2000 && refused > 2000);
}

/* The next line of a text that is none of ours; NULL at the end. */
static bool
next_other(const char **rest, struct text_part *line)
{
	while (text_line_next(rest, line))
		if (!text_part_begins(line, STACK_MARK) &&
		    !text_line_contains(line, "pam_twofa") &&
		    !text_line_contains(line, STACK_COPY))
			return true;
	return false;
}

/* Lines of ours go one by one: all that were others' are there, in order. */
static void
check_without(const char *out, unsigned gone)
{
	char *cut = strdup(out), *back;
	const char *rest = cut, *left;
	struct text_part line, found;

	for (unsigned i = 0; text_line_next(&rest, &line); i++)
		if (i == gone) {
			char *at = cut + (line.at - cut);

			memmove(at, rest, strlen(rest) + 1);
			break;
		}
	back = stack_edit_undo(cut);
	rest = cut;
	left = back;
	while (next_other(&rest, &line)) {
		bool same = false;

		while (!same && text_line_next(&left, &found))
			same = found.len == line.len &&
			    memcmp(found.at, line.at, line.len) == 0;
		assert_true(same);
	}
	assert_null(strstr(back, STACK_MARK));
	free(back);
	free(cut);
}

static void
test_a_line_is_gone(void **state)
{
	static const char text[] = "# a\n@include c\naccount required x.so\n"
				   "session required y.so\n";
	char *out = NULL;

	(void)state;
	for (enum stack_login login = STACK_PASSWORD; login <= STACK_BOTH;
	     login++) {
		assert_int_equal(stack_edit_add(text, login, &source, &out), 0);
		for (unsigned i = 0; i < 12; i++)
			check_without(out, i);
		free(out);
	}
}

UNIT_TESTS(test_stack_undo)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_a_line_is_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
