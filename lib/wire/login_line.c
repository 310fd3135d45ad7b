/* SPDX-License-Identifier: BSD-2-Clause */
/* The format of a login's line: key=value, quoted and escaped; the reasons in
 * it. Without <ctype.h>, which depends on the application's locale. Pure. */
#include "lib/wire/wire.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

size_t
escape_byte(unsigned char byte, char out[ESCAPE_MAX])
{
	static const char hex[] = "0123456789abcdef";

	if (byte >= 0x20 && byte < 0x7f) {
		out[0] = (char)byte;
		return 1;
	}
	out[0] = '\\';
	out[1] = 'x';
	out[2] = hex[byte >> 4];
	out[3] = hex[byte & 15];
	return 4;
}

void
escape_text(const char *text, char *out, size_t cap)
{
	size_t used = 0;

	for (; *text != '\0'; text++) {
		char bytes[ESCAPE_MAX];
		const size_t len = escape_byte((unsigned char)*text, bytes);

		if (used + len >= cap)
			break;
		memcpy(out + used, bytes, len);
		used += len;
	}
	out[used] = '\0';
}

/* One string instead of a table of pointers: in a shared object each pointer
 * takes 32 bytes, and the module should stay small. In the order of the enum,
 * each with its NUL. Number 0's, which is "", comes first; the NUL of the
 * string itself stands for every number beyond the table. */
#define WORD(name, word) word "\0"
static const char logline_words[] = "\0" REASONS(WORD);
static const char event_words[] = "\0" EVENTS(WORD);
#undef WORD

static const char *
word_of(const char *word, unsigned number, unsigned count)
{
	for (unsigned i = 0; i < count && i != number; i++)
		word += strlen(word) + 1;
	return word;
}

/* 0: none is called so. */
static unsigned
reason_find_word(const char *known, const char *word, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		if (strcmp(known, word) == 0)
			return i;
		known += strlen(known) + 1;
	}
	return 0;
}

const char *
reason_word(enum reason reason)
{
	return word_of(logline_words, reason, REASON_COUNT);
}

enum reason
reason_from_word(const char *word)
{
	return (enum reason)reason_find_word(logline_words, word, REASON_COUNT);
}

const char *
event_word(enum event event)
{
	return word_of(event_words, event, EVENT_COUNT);
}

bool
reason_is_state(enum reason reason)
{
	return reason >= REASON_STATE && reason <= REASON_STORE_SETTINGS;
}

bool
reason_denies_everyone(const char *word)
{
	return word != NULL && reason_from_word(word) == REASON_SETTINGS;
}

/* The rows of RFC 3629, section 4. */

/* The length by the first byte, without controls; 0: none begins with it. */
static size_t
sequence_len(unsigned char c)
{
	if (c < 0x80)
		return c >= 0x20 && c != 0x7f ? 1 : 0;
	if (c >= 0xc2 && c <= 0xdf)
		return 2;
	if (c >= 0xe0 && c <= 0xef)
		return 3;
	return c >= 0xf0 && c <= 0xf4 ? 4 : 0;
}

/* The second byte excludes overlong forms, surrogates and code points beyond
 * U+10FFFF. It also excludes C1 controls, which terminals obey. */
static bool
second_fits(unsigned char first, unsigned char second)
{
	if (first == 0xc2 || first == 0xe0)
		return second >= 0xa0;
	if (first == 0xed)
		return second <= 0x9f;
	if (first == 0xf0)
		return second >= 0x90;
	return first != 0xf4 || second <= 0x8f;
}

size_t
escape_utf8_len(const char *text)
{
	const unsigned char *p = (const unsigned char *)text;
	const size_t len = sequence_len(*p);

	for (size_t i = 1; i < len; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	}
	return len > 1 && !second_fits(p[0], p[1]) ? 0 : len;
}

#define VALUE_MAX 256

static void
logline_put(struct logline *l, char c)
{
	if (l->len < sizeof(l->text) - 1)
		l->text[l->len++] = c;
}

static void
put_plain(struct logline *l, const char *text)
{
	while (*text != '\0')
		logline_put(l, *text++);
}

/* At most max bytes of text; within quotes, quotes are escaped as well. */
static void
put_escaped(struct logline *l, const char *text, bool quoted, size_t max)
{
	for (; *text != '\0' && max > 0; text++, max--) {
		char bytes[ESCAPE_MAX];
		const size_t len = escape_byte((unsigned char)*text, bytes);

		if (quoted && (*text == '"' || *text == '\\'))
			logline_put(l, '\\');
		for (size_t i = 0; i < len; i++)
			logline_put(l, bytes[i]);
	}
	if (*text != '\0')
		put_plain(l, "...");
}

void
logline_escape(struct logline *l, const char *text)
{
	put_escaped(l, text, false, strlen(text));
}

static const char logline_plain[] =
    "abcdefghijklmnopqrstuvwxyz"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.:/@+*-";

static bool
is_plain(const char *value)
{
	return value[0] != '\0' && value[strspn(value, logline_plain)] == '\0';
}

static void
put_key(struct logline *l, const char *key)
{
	logline_put(l, ' ');
	put_plain(l, key);
	logline_put(l, '=');
}

void
logline_quoted(struct logline *l, const char *key, const char *value)
{
	put_key(l, key);
	logline_put(l, '"');
	put_escaped(l, value, true, VALUE_MAX);
	logline_put(l, '"');
}

void
logline_text(struct logline *l, const char *key, const char *value)
{
	if (!is_plain(value)) {
		logline_quoted(l, key, value);
		return;
	}
	put_key(l, key);
	put_escaped(l, value, false, VALUE_MAX);
}

static void
put_number(struct logline *l, const char *key, int64_t value)
{
	char digits[24];

	(void)snprintf(digits, sizeof(digits), "%" PRId64, value);
	logline_text(l, key, digits);
}

/* The helper names the kind of success; only the module can grant it. */
static const char *
outcome_text(const struct frame *verdict, enum logline_end end)
{
	static const char *const kinds[] = { "skipped", "observed" };
	const bool allowed = end == LOGLINE_ALLOWED;
	const char *said = frame_text(verdict, FIELD_OUTCOME);

	for (int i = 0; allowed && said != NULL && i < 2; i++) {
		if (strcmp(said, kinds[i]) == 0)
			return kinds[i];
	}
	if (end == LOGLINE_ENDED)
		return "ended";
	return allowed ? "allowed" : "denied";
}

void
logline_verdict(struct logline *l, const struct frame *verdict,
    enum logline_end end, enum reason reason, int64_t total_ms)
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
		[FIELD_UNTIL] = "until",
		[FIELD_WHY] = "why",
		[FIELD_BY] = "by",
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
		else if (tag == FIELD_REASON && end == LOGLINE_DENIED &&
		    (text == NULL || text[0] == '\0'))
			text = reason_word(REASON_DENIED);
		if (tag == FIELD_UNTIL && text != NULL &&
		    end == LOGLINE_ALLOWED)
			logline_text(
			    l, "event", event_word(EVENT_EXCEPTION_USED));
		if (text != NULL && text[0] != '\0')
			logline_text(l, keys[i], text);
		else if (tag == FIELD_TOTAL_MS ||
		    frame_number(verdict, tag, &number) == 0)
			put_number(l, keys[i], number);
	}
}

const char *
logline_event_prefix(enum event event, const char *user)
{
	static struct logline l;

	l = (struct logline){ .len = 0 };
	if (event == EVENT_NONE)
		return "";
	logline_text(&l, "event", event_word(event));
	logline_text(&l, "user", user);
	logline_put(&l, ' ');
	return l.text + 1;
}

/* Behind the first quote. NULL: there is no second one. */
static char *
unquote(char *p)
{
	char *out = p;

	for (; *p != '"'; *out++ = *p++) {
		if (*p == '\\' && (p[1] == '"' || p[1] == '\\'))
			p++;
		if (*p == '\0')
			return NULL;
	}
	*out = '\0';
	return p + 1;
}

int
logline_parse(char **line, const char **key, const char **value)
{
	char *p = *line;

	if (*p == '\0')
		return 0;
	*key = p;
	p += strspn(p, "abcdefghijklmnopqrstuvwxyz_");
	if (p == *key || *p != '=')
		return -1;
	*p++ = '\0';
	*value = p;
	if (*p == '"') {
		*value = ++p;
		p = unquote(p);
	} else {
		p += strspn(p, logline_plain);
	}
	if (p == NULL || p == *value || (*p != ' ' && *p != '\0'))
		return -1;
	*line = *p == ' ' ? p + 1 : p;
	*p = '\0';
	return 1;
}

enum event
logline_parse_event(char **line, const char **user)
{
	const size_t about = strcspn(*line, " =\"");
	const char *key, *word;

	if (about > 0 && (*line)[about] == ' ' && (*line)[about - 1] == ':')
		*line += about + 1;
	if (logline_parse(line, &key, &word) != 1 ||
	    strcmp(key, "event") != 0 || logline_parse(line, &key, user) != 1 ||
	    strcmp(key, "user") != 0)
		return EVENT_NONE;
	return (enum event)reason_find_word(event_words, word, EVENT_COUNT);
}
