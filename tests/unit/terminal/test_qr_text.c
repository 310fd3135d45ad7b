/* SPDX-License-Identifier: BSD-2-Clause */
/* QR codes: what is dark, and how it is drawn. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "tests/support/printed.h"
#include "tests/support/unit_tests.h"
#include "twofactl/terminal/terminal.h"

#define MARGIN 2
#define FULL "\xe2\x96\x88"
#define UPPER "\xe2\x96\x80"
#define LOWER "\xe2\x96\x84"

/* A code of three modules, as no standard has it. */
static char *
draw(bool halves, bool colours)
{
	static const unsigned char dark[3][3] = { { 1, 0, 1 }, { 1, 1, 0 },
		{ 0, 0, 1 } };
	const struct qr_code q = { dark[0], 3 };
	const struct qr_text_style look = { halves, colours, 0 };
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	qr_text_draw(&q, &look, out);
	assert_int_equal(fclose(out), 0);
	return text;
}

#define X2(s) s s
#define LINE X2(FULL) FULL FULL FULL X2(FULL) "\n"

static void
test_halves(void **state)
{
	char *text = draw(true, false);

	(void)state;
	assert_string_equal(text,
	    LINE X2(FULL) " " UPPER LOWER X2(FULL) "\n" X2(FULL)
		FULL FULL LOWER X2(FULL) "\n" LINE);
	free(text);
}

static void
test_signs(void **state)
{
	char *text = draw(false, false), *line = text;

	(void)state;
	for (int y = 0; y < 3 + 2 * MARGIN; y++) {
		assert_int_equal(strcspn(line, "\n"), 2 * (3 + 2 * MARGIN));
		line = strchr(line, '\n') + 1;
	}
	assert_string_equal(line, "");
	line = text + (size_t)MARGIN * (2 * (3 + 2 * MARGIN) + 1);
	assert_memory_equal(line, "####  ##  ####\n", 15);
	free(text);
}

/* Each line sets its colours and takes them back. */
static void
test_colours(void **state)
{
	char *text = draw(true, true), *p = text;
	int starts = 0, ends = 0;

	(void)state;
	assert_memory_equal(text, "\033[97;40m", 8);
	while ((p = strstr(p, "\033[97;40m")) != NULL) {
		starts++;
		p++;
	}
	for (p = text; (p = strstr(p, "\033[0m\n")) != NULL; p++)
		ends++;
	assert_int_equal(starts, 4);
	assert_int_equal(ends, 4);
	free(text);
	text = draw(false, true);
	for (p = text; *p != '\0'; p++)
		assert_true((unsigned char)*p < 0x80);
	assert_non_null(strstr(text, "\033[40m  \033[47m  \033[40m  "));
	free(text);
}

static void
test_columns(void **state)
{
	const struct qr_text_style half = { true, false, 0 },
				   whole = { false, false, 0 };
	const struct qr_code q = { NULL, 41 };

	(void)state;
	assert_int_equal(qr_text_columns(&q, &half), 45);
	assert_int_equal(qr_text_columns(&q, &whole), 90);
}

/* Where it is shown. */
static bool terminal;
static unsigned short columns; /* 0: it does not tell */

int
isatty(int fd)
{
	struct termios modes;

	return fd == STDOUT_FILENO ? terminal : tcgetattr(fd, &modes) == 0;
}

int
ioctl(int fd, unsigned long request, ...)
{
	struct winsize *size;
	va_list ap;

	(void)fd;
	va_start(ap, request);
	size = va_arg(ap, struct winsize *);
	va_end(ap);
	*size = (struct winsize){ .ws_col = columns };
	return columns > 0 ? 0 : -1;
}

/* What is printed, and what is complained of behind it. */
static const char *
show(const char *text)
{
	static char all[PRINTED_MAX + 256];
	struct printed out, complaints;

	printed_begin(&out, &stdout);
	printed_begin(&complaints, &stderr);
	qr_text_show(text);
	snprintf(all, sizeof(all), "%s", printed_end(&complaints));
	snprintf(all + strlen(all), PRINTED_MAX, "%s", printed_end(&out));
	return all;
}

/* A finder pattern (ISO/IEC 18004 section 6.3.3.1), as it is drawn of a code of
 * this width. */
static void
assert_finder(const char *drawn, size_t width, size_t top, size_t left)
{
	static const char *const rows[] = { "1111111", "1000001", "1011101",
		"1011101", "1011101", "1000001", "1111111" };
	const size_t line = 2 * (width + (size_t)2 * MARGIN) + 1;

	for (size_t y = 0; y < 7; y++)
		for (size_t x = 0; x < 7; x++)
			assert_int_equal(drawn[(MARGIN + top + y) * line +
					     2 * (MARGIN + left + x)],
			    rows[y][x] == '1' ? ' ' : '#');
}

/* The version is the lowest that holds the text. */
static void
assert_version(const char *text, size_t version)
{
	char said[128];

	columns = 1;
	snprintf(said, sizeof(said),
	    "twofactl: no QR code: it takes %zu columns, the terminal has 1\n",
	    2 * (17 + 4 * version + 2 * MARGIN));
	assert_string_equal(show(text), said);
	columns = 0;
}

static void
test_code(void **state)
{
	const size_t width = 17 + 4 * 6;
	const char *drawn;
	char text[200];

	(void)state;
	terminal = true;
	assert_int_equal(setenv("LC_ALL", "xx_XX.UTF-8", 1), 0);
	assert_int_equal(setenv("TERM", "dumb", 1), 0);
	assert_version("x", 1);
	memset(text, 'x', sizeof(text) - 1);
	text[134] = '\0'; /* what version 6 holds at level L */
	assert_version(text, 6);
	drawn = show(text);
	assert_finder(drawn, width, 0, 0);
	assert_finder(drawn, width, 0, width - 7);
	assert_finder(drawn, width, width - 7, 0);
	text[134] = 'x';
	text[135] = '\0';
	assert_version(text, 7);
	/* a secret in base32 takes 5.5 bits a letter, not 8 */
	memset(text, 'X', sizeof(text) - 1);
	text[199] = '\0';
	assert_version(text, 7);
	terminal = false;
}

static void
test_shown(void **state)
{
	static char text[4000];

	(void)state;
	terminal = false;
	assert_string_equal(show("x"), "");
	terminal = true;
	/* a locale that this system does not have: no more than ASCII */
	assert_int_equal(setenv("LC_ALL", "xx_XX.UTF-8", 1), 0);
	assert_int_equal(setenv("TERM", "dumb", 1), 0);
	assert_non_null(strstr(show("x"), "####  "));
	assert_null(strstr(show("x"), FULL));
	/* the rest of what is shown is of use without it */
	memset(text, 'x', sizeof(text) - 1);
	assert_string_equal(show(text),
	    "twofactl: no QR code: Numerical result out of range\n");
	assert_string_equal(
	    show(""), "twofactl: no QR code: Invalid argument\n");
	/* a line that is broken is no code */
	columns = 49;
	assert_string_equal(show("x"),
	    "twofactl: no QR code: it takes 50 columns, the terminal has 49\n");
	columns = 50;
	assert_non_null(strstr(show("x"), "####  "));
	columns = 0;
	terminal = false;
}

UNIT_TESTS(test_qr_text)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_code),
		cmocka_unit_test(test_halves),
		cmocka_unit_test(test_signs),
		cmocka_unit_test(test_colours),
		cmocka_unit_test(test_columns),
		cmocka_unit_test(test_shown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
