/* SPDX-License-Identifier: BSD-2-Clause */
/* One user's key in the text of a record. */
#include "twofactl/records/record_text.h"

#include <string.h>

void
record_text_add(struct record_text *t, const char *bytes, size_t n)
{
	if (t->failed || n >= t->cap - t->len) {
		t->failed = true;
		return;
	}
	memcpy(t->out + t->len, bytes, n);
	t->len += n;
	t->out[t->len] = '\0';
}

void
record_text_add_text(struct record_text *t, const char *text)
{
	record_text_add(t, text, strlen(text));
}

void
record_text_add_quoted(struct record_text *t, const char *value)
{
	record_text_add(t, "\"", 1);
	for (; *value != '\0'; value++) {
		if (*value == '"' || *value == '\\')
			record_text_add(t, "\\", 1);
		record_text_add(t, value, 1);
	}
	record_text_add(t, "\"", 1);
}

static void
add_value(struct record_text *t, const struct record_text_change *change)
{
	if (change->literal)
		record_text_add_text(t, change->value);
	else
		record_text_add_quoted(t, change->value);
}

/* KEY = VALUE; */
void
record_text_add_setting(
    struct record_text *t, const struct record_text_change *change)
{
	record_text_add_text(t, change->key);
	record_text_add_text(t, " = ");
	add_value(t, change);
	record_text_add_text(t, ";");
}

/* Add it at the end, on a separate line. */
void
record_text_line(struct record_text *t, const char *old)
{
	const size_t all = strlen(old);

	record_text_add(t, old, all);
	if (all > 0 && old[all - 1] != '\n')
		record_text_add_text(t, "\n");
}

void
record_text_replace(struct record_text *t, const char *old,
    const struct record_place *at, const struct record_text_change *change)
{
	record_text_add(t, old, (size_t)(at->begin - old));
	add_value(t, change);
	record_text_add_text(t, at->end);
}

int
record_text_user(struct record_text *t, const char *old,
    const struct record_text_change *change)
{
	const char *stop;
	struct record_place at;

	if (record_reader_find(old, '\0', change->key, &at, &stop) != 0)
		return -1;
	if (at.begin != NULL) {
		record_text_replace(t, old, &at, change);
		return 0;
	}
	record_text_line(t, old);
	record_text_add_setting(t, change);
	record_text_add_text(t, "\n");
	return 0;
}
