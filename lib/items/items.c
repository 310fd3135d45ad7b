/* SPDX-License-Identifier: BSD-2-Clause */
/* Items, written to a line and read from it. */
#include "lib/items/items.h"

#include "lib/values/values.h"

#define NUMBER_MAX INT64_C(999999999999999999)

static const struct {
	const char *name, *fields;
} kinds[] = {
#define ITEM_ROW(kind, name, fields) [ITEM_##kind] = { name, fields },
	ITEMS(ITEM_ROW)
#undef ITEM_ROW
};

/* Returns the least room of these fields, with their tabs. */
static size_t
fields_room(const char *field)
{
	size_t room = 0;

	for (; *field != '\0'; field++)
		room += *field == 'n' ? sizeof("\t999999999999999999") : 1;
	return room;
}

void
item_write(char out[FRAME_PROMPT_MAX + 1], enum item_kind kind,
    const char *const *text, const int64_t *number)
{
	const size_t cap = FRAME_PROMPT_MAX + 1;
	const char *field;
	size_t used;

	used = (size_t)snprintf(out, cap, "%s", kinds[kind].name);
	for (field = kinds[kind].fields; *field != '\0'; field++) {
		out[used++] = '\t';
		if (*field == 't')
			escape_text(*text++, out + used,
			    cap - used - fields_room(field + 1));
		else
			snprintf(out + used, cap - used, "%lld",
			    (long long)(*number < 0 ? 0 : *number));
		if (*field == 'n')
			number++;
		used += strlen(out + used);
	}
}

static size_t
split_fields(struct item *r)
{
	size_t n = 0;
	char *p = r->bytes;

	for (const char *c = p; *c != '\0'; c++)
		if (*c != '\t' && (*c < 0x20 || *c > 0x7e))
			return 0;
	while (n < ITEM_FIELDS) {
		r->text[n++] = p;
		p = strchr(p, '\t');
		if (p == NULL)
			return n;
		*p++ = '\0';
	}
	return 0;
}

int
item_read(struct item *r, const char *line)
{
	const char *fields;
	size_t n;

	memset(r, 0, sizeof(*r));
	n = strlen(line);
	if (n >= sizeof(r->bytes))
		return -1;
	memcpy(r->bytes, line, n + 1);
	n = split_fields(r);
	if (n == 0)
		return -1;
	for (size_t i = ITEM_NONE + 1; i < COUNT_OF(kinds); i++)
		if (strcmp(kinds[i].name, r->text[0]) == 0)
			r->kind = (enum item_kind)i;
	fields = kinds[r->kind].fields;
	if (r->kind == ITEM_NONE || n != strlen(fields) + 1)
		return -1;
	for (size_t i = 1; i < n; i++)
		if (fields[i - 1] == 'n' &&
		    (r->number[i] = decimal_read(r->text[i], NUMBER_MAX)) < 0)
			return -1;
	return 0;
}

int
item_copy_text(const struct item *r, size_t n, char *out, size_t cap)
{
	return (size_t)snprintf(out, cap, "%s", r->text[n]) < cap ? 0 : -1;
}
