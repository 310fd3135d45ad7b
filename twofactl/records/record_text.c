/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A reader of libconfig's outer form, just enough to find where a value begins
 * and ends. Whatever it took wrongly is caught by user_record_read, which reads
 * the result before it counts.
 */
#include "twofactl/records/record_text.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define NAME LETTERS "0123456789_-*"

/* Behind blanks and comments, and the ends of settings when asked. NULL: a
 * comment does not end. */
static const char *
skip_blank(const char *p, bool ends)
{
	for (;;) {
		p += strspn(p, ends ? " \t\r\n\f;," : " \t\r\n\f");
		if (*p == '#' || (p[0] == '/' && p[1] == '/')) {
			p += strcspn(p, "\n");
		} else if (p[0] == '/' && p[1] == '*') {
			p = strstr(p + 2, "*/");
			if (p == NULL)
				return NULL;
			p += 2;
		} else {
			return p;
		}
	}
}

/* p at the opening quote; behind the closing one, or NULL. */
static const char *
skip_string(const char *p)
{
	for (p++; *p != '"'; p++) {
		if (*p == '\\')
			p++;
		if (*p == '\0')
			return NULL;
	}
	return p + 1;
}

/* p at an opening bracket; behind its closing one, or NULL. */
static const char *
skip_brackets(const char *p)
{
	unsigned depth = 0;

	while (p != NULL && *p != '\0') {
		if (*p == '"') {
			p = skip_string(p);
			continue;
		}
		if (strchr("([{", *p) != NULL)
			depth++;
		else if (strchr(")]}", *p) != NULL)
			depth--;
		p++;
		if (depth == 0)
			return p;
		p = skip_blank(p, true);
	}
	return NULL;
}

static const char *
skip_value(const char *p)
{
	size_t len;

	if (*p == '"')
		return skip_string(p);
	if (*p != '\0' && strchr("([{", *p) != NULL)
		return skip_brackets(p);
	len = strcspn(p, " \t\r\n\f;,#/\"([{)]}");
	return len > 0 ? p + len : NULL;
}

struct place {
	const char *begin, *end; /* of the value; NULL: the key is not there */
};

static int
find(const char *text, const char *key, struct place *at)
{
	const char *p = text, *name, *value;
	size_t len;

	*at = (struct place){ NULL, NULL };
	while ((p = skip_blank(p, true)) != NULL && *p != '\0') {
		name = p;
		len = strspn(p, NAME);
		p = skip_blank(p + len, false);
		if (len == 0 || p == NULL || (*p != '=' && *p != ':'))
			return -1;
		value = skip_blank(p + 1, false);
		p = value == NULL ? NULL : skip_value(value);
		if (p == NULL)
			return -1;
		if (len == strlen(key) && strncmp(name, key, len) == 0)
			*at = (struct place){ value, p };
	}
	return p == NULL ? -1 : 0;
}

struct text {
	char *out;
	size_t cap, len;
	bool failed;
};

static void
add(struct text *t, const char *bytes, size_t n)
{
	if (t->failed || n >= t->cap - t->len) {
		t->failed = true;
		return;
	}
	memcpy(t->out + t->len, bytes, n);
	t->len += n;
	t->out[t->len] = '\0';
}

static void
add_quoted(struct text *t, const char *value)
{
	add(t, "\"", 1);
	for (; *value != '\0'; value++) {
		if (*value == '"' || *value == '\\')
			add(t, "\\", 1);
		add(t, value, 1);
	}
	add(t, "\"", 1);
}

static void
add_value(struct text *t, const struct record_text_change *change)
{
	if (change->literal)
		add(t, change->value, strlen(change->value));
	else
		add_quoted(t, change->value);
}

int
record_text_put(const char *old, const struct record_text_change *change,
    char *out, size_t cap, size_t *len)
{
	struct text t = { .out = out, .cap = cap };
	size_t all = strlen(old);
	struct place at;

	if (cap == 0 || find(old, change->key, &at) != 0)
		return -1;
	if (at.begin != NULL) {
		add(&t, old, (size_t)(at.begin - old));
		add_value(&t, change);
		add(&t, at.end, all - (size_t)(at.end - old));
	} else {
		add(&t, old, all);
		if (all > 0 && old[all - 1] != '\n')
			add(&t, "\n", 1);
		add(&t, change->key, strlen(change->key));
		add(&t, " = ", 3);
		add_value(&t, change);
		add(&t, ";\n", 2);
	}
	*len = t.len;
	return t.failed ? -1 : 0;
}
