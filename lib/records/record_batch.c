/* SPDX-License-Identifier: BSD-2-Clause */
/* Records one behind the other. */
#include "lib/records/record_batch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/values/values.h"

#define DIGITS "0123456789"

bool
record_batch_groups(const char *text)
{
	char name[USER_NAME_MAX + 1];

	if (text[0] == '\0')
		return true;
	if (strlen(text) > RECORD_GROUPS_MAX)
		return false;
	for (;; text++) {
		const size_t len = strcspn(text, ",");

		if (len > USER_NAME_MAX)
			return false;
		snprintf(name, sizeof(name), "%.*s", (int)len, text);
		if (!user_name_valid(name))
			return false;
		text += len;
		if (*text == '\0')
			return true;
	}
}

int
record_batch_bytes(const char *hex, unsigned char seal[RECORD_SEAL_LEN])
{
	char pair[3] = "";

	if (strlen(hex) != (size_t)2 * RECORD_SEAL_LEN ||
	    strspn(hex, DIGITS "abcdef") != strlen(hex))
		return -1;
	for (size_t i = 0; i < RECORD_SEAL_LEN; i++) {
		memcpy(pair, hex + 2 * i, 2);
		seal[i] = (unsigned char)strtoul(pair, NULL, 16);
	}
	return 0;
}

size_t
record_batch_add(char *text, size_t used, const char *user, const char *groups,
    const unsigned char *seal, const char *record)
{
	const size_t room = FRAME_RECORD_MAX + 1 - used;
	char hex[2 * RECORD_SEAL_LEN + 1] = "-";
	int n;

	if (seal != NULL)
		hex_text(seal, RECORD_SEAL_LEN, hex);
	if (groups != NULL && groups[0] == '\0')
		groups = "-";
	n = snprintf(text + used, room, "%s %s %s %zu\n%s", user,
	    groups != NULL ? groups : "=", hex, strlen(record), record);
	if (n > 0 && (size_t)n < room)
		return used + (size_t)n;
	text[used] = '\0';
	return 0;
}

/* A word and the byte behind it: 0, or -1. */
static int
word(const char **p, char behind, char *out, size_t cap)
{
	const size_t len = strcspn(*p, " \n");

	if (len == 0 || len >= cap || (*p)[len] != behind)
		return -1;
	memcpy(out, *p, len);
	out[len] = '\0';
	*p += len + 1;
	return 0;
}

static int
read_head(const char **p, struct record_batch *b, size_t *len)
{
	char hex[2 * RECORD_SEAL_LEN + 1], digits[8];

	if (word(p, ' ', b->user, sizeof(b->user)) != 0 ||
	    word(p, ' ', b->groups, sizeof(b->groups)) != 0 ||
	    word(p, ' ', hex, sizeof(hex)) != 0 ||
	    word(p, '\n', digits, sizeof(digits)) != 0 ||
	    digits[strspn(digits, DIGITS)] != '\0')
		return -1;
	b->keeps_groups = strcmp(b->groups, "=") == 0;
	if (b->keeps_groups || strcmp(b->groups, "-") == 0)
		b->groups[0] = '\0';
	b->had = strcmp(hex, "-") != 0;
	*len = strtoul(digits, NULL, 10);
	return user_name_valid(b->user) && record_batch_groups(b->groups) &&
		(!b->had || record_batch_bytes(hex, b->seal) == 0)
	    ? 0
	    : -1;
}

int
record_batch_read(const char **next, struct record_batch *b)
{
	size_t len;

	if (**next == '\0')
		return 0;
	if (read_head(next, b, &len) != 0 || len > FRAME_RECORD_MAX ||
	    strnlen(*next, len) < len)
		return -1;
	memcpy(b->text, *next, len);
	b->text[len] = '\0';
	*next += len;
	return 1;
}
