/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds where a value begins and ends in a record's text. */
#include "twofactl/records/record_reader.h"

#include <string.h>

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define NAME LETTERS "0123456789_-*"

const char *
record_reader_blank(const char *p, bool ends)
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

/* p is at the opening quote; returns the position after the closing one, or
 * NULL. */
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

const char *
record_reader_brackets(const char *p)
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
		p = record_reader_blank(p, true);
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
		return record_reader_brackets(p);
	len = strcspn(p, " \t\r\n\f;,#/\"([{)]}");
	return len > 0 ? p + len : NULL;
}

int
record_reader_find(const char *p, char last, const char *key,
    struct record_place *at, const char **stop)
{
	const char *name, *value;
	size_t len;

	*at = (struct record_place){ NULL, NULL };
	while ((p = record_reader_blank(p, true)) != NULL && *p != last) {
		name = p;
		len = strspn(p, NAME);
		p = record_reader_blank(p + len, false);
		if (len == 0 || p == NULL || (*p != '=' && *p != ':'))
			return -1;
		value = record_reader_blank(p + 1, false);
		p = value == NULL ? NULL : skip_value(value);
		if (p == NULL)
			return -1;
		if (len == strlen(key) && strncmp(name, key, len) == 0)
			*at = (struct record_place){ value, p };
	}
	*stop = p;
	return p == NULL ? -1 : 0;
}
