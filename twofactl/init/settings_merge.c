/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Puts answers into an existing twofa.conf: a key's value is replaced, or the
 * key is added at the end of its group. The result is read as settings before
 * it is used, so a form that is misunderstood here does no damage.
 */
#include "twofactl/init/settings_text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "twofactl/records/records.h"
#include "twofactl/trial/trial.h"

/* The present text, and a buffer for the next one. */
struct merge {
	struct record_text now, next;
	bool failed;
};

static void
next_is_now(struct merge *m)
{
	const struct record_text done = m->next;

	if (done.failed) {
		m->failed = true;
		return;
	}
	m->next = m->now;
	m->now = done;
	m->next.len = 0;
}

/* The value of key in the group whose keys start at from and end before the
 * byte last, where *end points. */
static bool
find(struct merge *m, const char *from, char last, const char *key,
    struct record_place *at, const char **end)
{
	if (m->failed || record_reader_find(from, last, key, at, end) != 0) {
		m->failed = true;
		at->begin = NULL;
	}
	return !m->failed;
}

/* Add it at the end of the group, on a separate line. */
static void
add_line(struct merge *m, const char *end, char last, const char *indent,
    const struct record_text_change *change)
{
	const char *line = end;

	while (last != '\0' && line > m->now.out &&
	    (line[-1] == ' ' || line[-1] == '\t'))
		line--;
	record_text_add(&m->next, m->now.out, (size_t)(line - m->now.out));
	if (line > m->now.out && line[-1] != '\n')
		record_text_add_text(&m->next, "\n");
	record_text_add_text(&m->next, indent);
	record_text_add_setting(&m->next, change);
	record_text_add_text(&m->next, "\n");
	record_text_add_text(&m->next, line);
}

static void
put(struct merge *m, const char *from, char last, const char *indent,
    const struct record_text_change *change)
{
	struct record_place at;
	const char *end;

	if (!find(m, from, last, change->key, &at, &end))
		return;
	if (at.begin != NULL)
		record_text_replace(&m->next, m->now.out, &at, change);
	else
		add_line(m, end, last, indent, change);
	next_is_now(m);
}

/* Is the value this text: "vonage-verify", with its quotes? */
static bool
is_text(const struct record_place *at, const char *text)
{
	const size_t len = strlen(text);

	return at->begin != NULL && (size_t)(at->end - at->begin) == len + 2 &&
	    strncmp(at->begin + 1, text, len) == 0;
}

/* The position behind the brace of the first provider of this type; NULL: there
 * is none. */
static const char *
find_group(struct merge *m, const char *type)
{
	struct record_place list, at;
	const char *p, *end;

	if (!find(m, m->now.out, '\0', "providers", &list, &end) ||
	    list.begin == NULL || *list.begin != '(')
		return NULL;
	for (p = list.begin + 1;
	     (p = record_reader_blank(p, true)) != NULL && *p == '{';
	     p = end + 1) {
		if (!find(m, p + 1, '}', "type", &at, &end))
			return NULL;
		if (is_text(&at, type))
			return p + 1;
	}
	return NULL;
}

static void
put_provider(
    struct merge *m, const char *type, const struct record_text_change *change)
{
	const char *group = find_group(m, type);

	if (group != NULL && change->value[0] != '\0')
		put(m, group, '}', "    ", change);
}

static void
merge_provider(struct merge *m, const struct answers *a, const char *secrets)
{
	const struct record_text_change place[] = {
		{ .key = "base_url", .value = a->base_url },
		{ .key = "ca_file", .value = a->ca_file },
	};
	char value[2 * ANSWERS_TEXT_MAX + 2];

	for (size_t i = 0; i < sizeof(place) / sizeof(place[0]); i++)
		put_provider(m, a->type->name, &place[i]);
	for (size_t i = 0; i < a->count; i++) {
		const struct record_text_change change = {
			.key = a->own[i].key->key,
			.value = value,
			.literal = a->own[i].key->kind == CONF_NUMBER,
		};

		answer_value(&a->own[i], secrets, value);
		put_provider(m, a->type->name, &change);
	}
}

/* A type that is not in the list replaces the whole list, and so does what
 * begins or ends a rehearsal. */
static void
replace_providers(struct merge *m, const struct answers *a, const char *secrets)
{
	char *list = settings_text_providers(a, secrets);
	const struct record_text_change change = {
		.key = "providers", .value = list, .literal = true
	};

	if (list != NULL)
		put(m, m->now.out, '\0', "", &change);
	else
		m->failed = true;
	free(list);
}

static void
merge_limit(struct merge *m, const char *key, const char *list)
{
	const struct record_text_change change = {
		.key = key, .value = list, .literal = true
	};
	static const struct record_text_change group = {
		.key = "limits", .value = "{\n}", .literal = true
	};
	struct record_place at;
	const char *end;

	if (list[0] == '\0' || !find(m, m->now.out, '\0', "limits", &at, &end))
		return;
	if (at.begin == NULL) {
		put(m, m->now.out, '\0', "", &group);
		if (!find(m, m->now.out, '\0', "limits", &at, &end))
			return;
	}
	if (*at.begin == '{')
		put(m, at.begin + 1, '}', "  ", &change);
	else
		m->failed = true;
}

static void
merge(struct merge *m, const struct answers *a, const char *secrets)
{
	const struct record_text_change brand = { .key = "brand",
		.value = a->brand };

	const bool whole =
	    a->rehearsal || strstr(m->now.out, REHEARSAL_CERTIFICATE) != NULL;

	put(m, m->now.out, '\0', "", &brand);
	if (!whole && find_group(m, a->type->name) != NULL)
		merge_provider(m, a, secrets);
	else
		replace_providers(m, a, secrets);
	merge_limit(m, "allowed_prefixes", a->prefixes);
	merge_limit(m, "office_networks", a->office);
}

char *
settings_text_merged(
    const struct answers *a, const char *old, const char *secrets)
{
	struct merge m = {
		.now = { .out = malloc(SETTINGS_TEXT_MAX),
		    .cap = SETTINGS_TEXT_MAX },
		.next = { .out = malloc(SETTINGS_TEXT_MAX),
		    .cap = SETTINGS_TEXT_MAX },
	};

	if (m.now.out != NULL && m.next.out != NULL) {
		record_text_add_text(&m.now, old);
		m.failed = m.now.failed;
		merge(&m, a, secrets);
		errno = EINVAL;
	} else {
		m.failed = true;
	}
	free(m.next.out);
	if (!m.failed)
		return m.now.out;
	free(m.now.out);
	return NULL;
}
