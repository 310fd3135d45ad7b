/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The format of a login's line: key=value, quoted and escaped.
 */
#include "lib/wire/login_line.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/wire/escape.h"

#define VALUE_MAX 256

static void
put(struct login_line *l, char c)
{
	if (l->len < sizeof(l->text) - 1)
		l->text[l->len++] = c;
}

static void
put_plain(struct login_line *l, const char *text)
{
	while (*text != '\0')
		put(l, *text++);
}

/* At most max bytes of text; within quotes, quotes are escaped as well. */
static void
put_escaped(struct login_line *l, const char *text, bool quoted, size_t max)
{
	for (; *text != '\0' && max > 0; text++, max--) {
		char bytes[ESCAPE_MAX];
		const size_t len = escape_byte((unsigned char)*text, bytes);

		if (quoted && (*text == '"' || *text == '\\'))
			put(l, '\\');
		for (size_t i = 0; i < len; i++)
			put(l, bytes[i]);
	}
	if (*text != '\0')
		put_plain(l, "...");
}

void
login_line_escape(struct login_line *l, const char *text)
{
	put_escaped(l, text, false, strlen(text));
}

/* Without <ctype.h>, which depends on the application's locale. */
static bool
is_plain(const char *value)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789_.:/@+*-";

	return value[0] != '\0' && value[strspn(value, plain)] == '\0';
}

static void
put_key(struct login_line *l, const char *key)
{
	put(l, ' ');
	put_plain(l, key);
	put(l, '=');
}

void
login_line_quoted(struct login_line *l, const char *key, const char *value)
{
	put_key(l, key);
	put(l, '"');
	put_escaped(l, value, true, VALUE_MAX);
	put(l, '"');
}

void
login_line_text(struct login_line *l, const char *key, const char *value)
{
	if (!is_plain(value)) {
		login_line_quoted(l, key, value);
		return;
	}
	put_key(l, key);
	put_escaped(l, value, false, VALUE_MAX);
}

static void
put_number(struct login_line *l, const char *key, int64_t value)
{
	char digits[24];

	(void)snprintf(digits, sizeof(digits), "%" PRId64, value);
	login_line_text(l, key, digits);
}

/* The helper names the kind of success; only the module can grant it. */
static const char *
outcome_text(const struct frame *verdict, enum login_line_end end)
{
	static const char *const kinds[] = { "skipped", "observed" };
	const bool allowed = end == LINE_ALLOWED;
	const char *said = frame_text(verdict, FIELD_OUTCOME);

	for (int i = 0; allowed && said != NULL && i < 2; i++) {
		if (strcmp(said, kinds[i]) == 0)
			return kinds[i];
	}
	if (end == LINE_ENDED)
		return "ended";
	return allowed ? "allowed" : "denied";
}

void
login_line_verdict(struct login_line *l, const struct frame *verdict,
    enum login_line_end end, enum reason reason, int64_t total_ms)
{
	static const char *const keys[FIELD_END] = {
		[FIELD_RULE] = "rule",
		[FIELD_METHOD] = "method",
		[FIELD_PROVIDER] = "provider",
		[FIELD_OUTCOME] = "outcome",
		[FIELD_REASON] = "reason",
		[FIELD_WOULD] = "would",
		[FIELD_NUMBER] = "number",
		[FIELD_TRIES] = "tries",
		[FIELD_START_MS] = "start_ms",
		[FIELD_CHECK_MS] = "check_ms",
		[FIELD_TOTAL_MS] = "total_ms",
		[FIELD_REQUEST] = "request",
		[FIELD_PERSON] = "person",
		[FIELD_ASKED] = "asked",
		[FIELD_STORE] = "store",
		[FIELD_STORE_MS] = "store_ms",
	};

	for (unsigned i = 0; i < FIELD_END; i++) {
		const enum frame_field tag = (enum frame_field)i;
		const char *text = frame_text(verdict, tag);
		int64_t number = total_ms;

		if (keys[i] == NULL)
			continue;
		if (tag == FIELD_OUTCOME)
			text = outcome_text(verdict, end);
		if (tag == FIELD_REASON && reason != REASON_NONE)
			text = reason_word(reason);
		else if (tag == FIELD_REASON && end == LINE_DENIED &&
		    (text == NULL || text[0] == '\0'))
			text = reason_word(REASON_DENIED);
		if (text != NULL && text[0] != '\0')
			login_line_text(l, keys[i], text);
		else if (tag == FIELD_TOTAL_MS ||
		    frame_number(verdict, tag, &number) == 0)
			put_number(l, keys[i], number);
	}
}
