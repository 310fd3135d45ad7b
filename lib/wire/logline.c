/* SPDX-License-Identifier: BSD-2-Clause */
/* The log line of a login: key=value, quoted and escaped; and events. Pure. */
#include "lib/wire/wire.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/wire/wire_inside.h"

#define VALUE_MAX 256

static const char event_words[] = "\0" EVENTS(WIRE_LIST_WORD);

static void
put_char(struct logline *l, char c)
{
	if (l->len < sizeof(l->text) - 1)
		l->text[l->len++] = c;
}

static void
put_plain(struct logline *l, const char *text)
{
	while (*text != '\0')
		put_char(l, *text++);
}

/* Appends at most max bytes of text; quoted: escapes quotes and backslashes. */
static void
put_escaped(struct logline *l, const char *text, bool quoted, size_t max)
{
	for (; *text != '\0' && max > 0; text++, max--) {
		char bytes[ESCAPE_MAX];
		const size_t len = escape_byte((unsigned char)*text, bytes);

		if (quoted && (*text == '"' || *text == '\\'))
			put_char(l, '\\');
		for (size_t i = 0; i < len; i++)
			put_char(l, bytes[i]);
	}
	if (*text != '\0')
		put_plain(l, "...");
}

void
logline_put_escaped(struct logline *l, const char *text)
{
	put_escaped(l, text, false, strlen(text));
}

static const char plain_bytes[] =
    "abcdefghijklmnopqrstuvwxyz"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.:/@+*-";

static void
put_key(struct logline *l, const char *key)
{
	put_char(l, ' ');
	put_plain(l, key);
	put_char(l, '=');
}

void
logline_put_quoted_value(struct logline *l, const char *key, const char *value)
{
	put_key(l, key);
	put_char(l, '"');
	put_escaped(l, value, true, VALUE_MAX);
	put_char(l, '"');
}

void
logline_put_value(struct logline *l, const char *key, const char *value)
{
	if (value[0] == '\0' || value[strspn(value, plain_bytes)] != '\0') {
		logline_put_quoted_value(l, key, value);
		return;
	}
	put_key(l, key);
	put_escaped(l, value, false, VALUE_MAX);
}

/* The helper names the kind of success, but only the module allows the login.
 */
static const char *
outcome_text(const struct frame *verdict, enum logline_end end)
{
	static const char *const kinds[] = { "skipped", "observed" };
	const bool allowed = end == LOGLINE_ALLOWED;
	const char *outcome = frame_text(verdict, FIELD_OUTCOME);

	for (int i = 0; allowed && outcome != NULL && i < 2; i++) {
		if (strcmp(outcome, kinds[i]) == 0)
			return kinds[i];
	}
	if (end == LOGLINE_ENDED)
		return "ended";
	return allowed ? "allowed" : "denied";
}

void
logline_put_verdict(struct logline *l, const struct frame *verdict,
    enum logline_end end, enum reason reason, int64_t total_ms)
{
	static const char *const keys[] = {
#define KEY_OF(name, max, types, must, key) [FIELD_##name] = (key),
		FRAME_FIELDS(KEY_OF)
#undef KEY_OF
	};
	char digits[24];

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
			logline_put_value(l, "event",
			    logline_event_word(EVENT_EXCEPTION_USED));
		if (text != NULL && text[0] != '\0')
			logline_put_value(l, keys[i], text);
		else if (tag == FIELD_TOTAL_MS ||
		    frame_number(verdict, tag, &number) == 0) {
			(void)snprintf(
			    digits, sizeof(digits), "%" PRId64, number);
			logline_put_value(l, keys[i], digits);
		}
	}
}

const char *
logline_event_word(enum event event)
{
	return wire_word_from_number(event_words, event, EVENT_COUNT);
}

const char *
logline_event_prefix(enum event event, const char *user)
{
	static struct logline l;

	l = (struct logline){ .len = 0 };
	if (event == EVENT_NONE)
		return "";
	logline_put_value(&l, "event", logline_event_word(event));
	logline_put_value(&l, "user", user);
	put_char(&l, ' ');
	return l.text + 1;
}

/* p follows the opening quote. Returns what follows the closing one, or NULL.
 */
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
		p += strspn(p, plain_bytes);
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
	const size_t subject = strcspn(*line, " =\"");
	const char *key, *word;

	if (subject > 0 && (*line)[subject] == ' ' &&
	    (*line)[subject - 1] == ':')
		*line += subject + 1;
	if (logline_parse(line, &key, &word) != 1 ||
	    strcmp(key, "event") != 0 || logline_parse(line, &key, user) != 1 ||
	    strcmp(key, "user") != 0)
		return EVENT_NONE;
	return (enum event)wire_number_from_word(
	    event_words, word, EVENT_COUNT);
}
