/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads and changes one key, or one person, in the text of a record. Pure. */
#include "twofactl/records/records.h"

#define NAME TEXT_ALNUM "_-*"

void
record_text_add(struct record_text *t, const char *fmt, ...)
{
	const size_t left = t->cap - t->len;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = t->failed ? -1 : vsnprintf(t->out + t->len, left, fmt, ap);
	va_end(ap);
	t->failed = n < 0 || (size_t)n >= left;
	t->len += t->failed ? 0 : (size_t)n;
}

static void
add_quoted(struct record_text *t, const char *value)
{
	record_text_add(t, "\"");
	for (; *value != '\0'; value++)
		record_text_add(t, "%s%c",
		    *value == '"' || *value == '\\' ? "\\" : "", *value);
	record_text_add(t, "\"");
}

static void
add_value(struct record_text *t, const struct record_text_change *change)
{
	if (change->literal)
		record_text_add(t, "%s", change->value);
	else
		add_quoted(t, change->value);
}

void
record_text_add_setting(
    struct record_text *t, const struct record_text_change *change)
{
	record_text_add(t, "%s = ", change->key);
	add_value(t, change);
	record_text_add(t, ";");
}

static void
copy_old_text(struct record_text *t, const char *old)
{
	const size_t all = strlen(old);

	record_text_add(
	    t, "%s%s", old, all > 0 && old[all - 1] != '\n' ? "\n" : "");
}

/* Finds the value of the key, or the whole setting of the one that it replaces.
 * Returns 0, or -1 if the text has another form. */
static int
find_replaced(const char *p, char last, const struct record_text_change *change,
    struct record_span *at, const char **stop)
{
	const char *instead = change->instead;
	int rc = record_reader_find_value(p, last, change->key, at, stop);

	if (rc != 0 || at->begin != NULL || instead == NULL)
		return rc;
	rc = record_reader_find_value(p, last, instead, at, stop);
	if (rc != 0 || at->begin == NULL)
		return rc;
	while (strchr(" \t\r\n\f=:", at->begin[-1]) != NULL)
		at->begin--;
	at->begin -= strlen(instead);
	return at->begin >= p &&
		strncmp(at->begin, instead, strlen(instead)) == 0
	    ? 0
	    : -1;
}

static const char *
line_start(const char *text, const char *p)
{
	while (p > text && p[-1] != '\n')
		p--;
	return p;
}

/* Inserts before the bracket that ends a group, on a separate line if the
 * bracket has one. */
static void
insert_setting(struct record_text *t, const char *old, const char *bracket,
    const struct record_text_change *change)
{
	const char *line = line_start(old, bracket);
	const bool own = line + strspn(line, " \t") == bracket;

	record_text_add(t, "%.*s%s", (int)(bracket - old), old,
	    own                                            ? "  "
		: strchr(" \t\r\n\f", bracket[-1]) == NULL ? " "
							   : "");
	record_text_add_setting(t, change);
	record_text_add(t, "%c%s", own ? '\n' : ' ', own ? line : bracket);
}

int
record_text_put(struct record_text *t, const char *old, const char *from,
    char last, const struct record_text_change *change)
{
	const char *stop;
	struct record_span at;
	bool other; /* the key too is replaced */

	if (find_replaced(from, last, change, &at, &stop) != 0)
		return -1;
	if (at.begin != NULL) {
		other =
		    change->instead != NULL && *at.begin == change->instead[0];
		record_text_add(t, "%.*s%s%s", (int)(at.begin - old), old,
		    other ? change->key : "", other ? " = " : "");
		add_value(t, change);
		record_text_add(t, "%s", at.end);
	} else if (last != '\0') {
		insert_setting(t, old, stop, change);
	} else {
		copy_old_text(t, old);
		record_text_add_setting(t, change);
		record_text_add(t, "\n");
	}
	return t->failed ? -1 : 0;
}

const char *
record_reader_skip_blanks(const char *p, bool ends)
{
	for (;;) {
		const char *end;

		p += strspn(p, ends ? " \t\r\n\f;," : " \t\r\n\f");
		end = settings_comment_end(p);
		if (end == p || end == NULL)
			return end;
		p = end;
	}
}

const char *
record_reader_skip_string(const char *p)
{
	for (p++; *p != '"'; p++) {
		if (*p == '\\')
			p++;
		if (*p == '\0')
			return NULL;
	}
	return p + 1;
}

static const char *
skip_brackets(const char *p)
{
	unsigned depth = 0;

	while (p != NULL && *p != '\0') {
		if (*p == '"') {
			p = record_reader_skip_string(p);
			continue;
		}
		if (strchr("([{", *p) != NULL)
			depth++;
		else if (strchr(")]}", *p) != NULL)
			depth--;
		p++;
		if (depth == 0)
			return p;
		p = record_reader_skip_blanks(p, true);
	}
	return NULL;
}

static const char *
skip_value(const char *p)
{
	const char *end;
	size_t len;

	if (*p == '"') { /* a text may be in several strings */
		do {
			end = record_reader_skip_string(p);
			p = end != NULL ? record_reader_skip_blanks(end, false)
					: NULL;
		} while (p != NULL && *p == '"');
		return end;
	}
	if (*p != '\0' && strchr("([{", *p) != NULL)
		return skip_brackets(p);
	len = strcspn(p, " \t\r\n\f;,#/\"([{)]}");
	return len > 0 ? p + len : NULL;
}

int
record_reader_find_value(const char *p, char last, const char *key,
    struct record_span *at, const char **stop)
{
	const char *name, *value;
	size_t len;

	*at = (struct record_span){ NULL, NULL };
	while ((p = record_reader_skip_blanks(p, true)) != NULL && *p != last) {
		name = *stop = p;
		len = strspn(p, NAME);
		p = record_reader_skip_blanks(p + len, false);
		if (len == 0 || p == NULL || (*p != '=' && *p != ':'))
			return -1;
		value = record_reader_skip_blanks(p + 1, false);
		p = value == NULL ? NULL : skip_value(value);
		if (p == NULL)
			return -1;
		if (len == strlen(key) && strncmp(name, key, len) == 0)
			*at = (struct record_span){ value, p };
	}
	*stop = p;
	return p == NULL ? -1 : 0;
}

struct people {
	struct record_span list;    /* NULL if the key is missing */
	struct record_span who;     /* the person's group, or NULL */
	const char *before, *after; /* the commas next to it, or NULL */
	const char
	    *last_end; /* of the last group; NULL if there are no groups */
};

/* Returns 1 if the group at p has that name, quoted as it would be written
 * here; 0 if not; -1 if it is no group. */
static int
group_has_name(const char *p, const char *name)
{
	char quoted[2 * USER_NAME_MAX + 3];
	struct record_text t = { .out = quoted, .cap = sizeof(quoted) };
	const char *stop;
	struct record_span at;

	add_quoted(&t, name);
	if (t.failed ||
	    record_reader_find_value(p + 1, '}', "name", &at, &stop) != 0)
		return -1;
	return at.begin != NULL && (size_t)(at.end - at.begin) == t.len &&
	    memcmp(at.begin, quoted, t.len) == 0;
}

static int
find_groups(struct people *f, const char *name)
{
	const char *p = f->list.begin + 1, *comma = NULL, *end;
	int named;

	for (;;) {
		p = record_reader_skip_blanks(p, false);
		if (p == NULL || *p == ')')
			return p == NULL ? -1 : 0;
		if (*p == ',') {
			comma = p++;
			if (f->who.end == f->last_end && f->after == NULL &&
			    f->who.end != NULL)
				f->after = comma;
			continue;
		}
		end = *p == '{' ? skip_brackets(p) : NULL;
		named = end == NULL ? -1 : group_has_name(p, name);
		if (named < 0)
			return -1;
		if (named == 1) {
			f->who = (struct record_span){ p, end };
			f->before = comma;
		}
		f->last_end = p = end;
	}
}

static int
find_person_group(const char *text, const char *name, struct people *f)
{
	const char *stop;

	*f = (struct people){ .before = NULL };
	if (record_reader_find_value(text, '\0', "people", &f->list, &stop) !=
	    0)
		return -1;
	if (f->list.begin == NULL)
		return 0;
	return *f->list.begin == '(' ? find_groups(f, name) : -1;
}

int
record_text_has_person(const char *text, const char *person)
{
	struct people f;

	if (find_person_group(text, person, &f) != 0)
		return -1;
	return f.who.begin != NULL;
}

size_t
record_text_phones(
    const char *text, const char *person, const char *number, bool *listed)
{
	char quoted[PHONE_MAX + sizeof("\"\"")];
	struct people f = { .who = { text, NULL } };
	struct record_span list = { .begin = NULL }, at;
	const char *stop, *p;
	size_t count = 0;

	*listed = false;
	if (person != NULL &&
	    (find_person_group(text, person, &f) != 0 || f.who.begin == NULL))
		return 0;
	if (record_reader_find_value(f.who.begin + (person != NULL),
		person != NULL ? '}' : '\0', "phones", &list, &stop) != 0 ||
	    list.begin == NULL)
		return 0;
	PRINT_TO(quoted, "\"%s\"", number);
	/* not by a search: a comment may have a phone of before */
	for (p = list.begin + 1;
	     (p = record_reader_skip_blanks(p, true)) != NULL && *p == '{';
	     p = skip_brackets(p), count++)
		*listed |= record_reader_find_value(
			       p + 1, '}', "number", &at, &stop) == 0 &&
		    at.begin != NULL &&
		    (size_t)(at.end - at.begin) == strlen(quoted) &&
		    strncmp(at.begin, quoted, strlen(quoted)) == 0;
	return count;
}

/* Adds a person to the list of people, which may be missing. */
static void
add_person(struct record_text *t, const char *old, const struct people *f,
    const char *name, const struct record_text_change *change)
{
	const char *after = f->last_end;
	const bool made = f->list.begin == NULL;

	if (made)
		copy_old_text(t, old);
	else if (after == NULL)
		after = f->list.begin + 1;
	record_text_add(t,
	    "%.*s%s{\n    name = ", made ? 0 : (int)(after - old), old,
	    made                      ? "people = (\n  "
		: f->last_end != NULL ? ", "
				      : "\n  ");
	add_quoted(t, name);
	record_text_add(t, ";\n    ");
	record_text_add_setting(t, change);
	record_text_add(t, "\n  }%s", made ? "\n);\n" : after);
}

/* Adds the groups of a list, but for one, with commas between. */
static int
add_list_groups(
    struct record_text *t, const struct record_span *list, size_t cut)
{
	const char *p = list->begin + 1, *end;

	if (*list->begin != '(')
		return -1;
	while ((p = record_reader_skip_blanks(p, true)) != NULL && *p != ')') {
		end = *p == '{' ? skip_brackets(p) : NULL;
		if (end == NULL)
			return -1;
		if (cut-- != 1)
			record_text_add(t, "%s%.*s", t->len > 1 ? ", " : " ",
			    (int)(end - p), p);
		p = end;
	}
	return p == NULL ? -1 : 0;
}

/* Adds the keys that a list replaces as its first group. */
static int
add_old_keys(struct record_text *t, const char *p, char last,
    const struct record_text_change *change)
{
	static const struct {
		const char *instead, *old, *key;
	} keys[] = {
		{ "phone", "phone", "number" },
		{ "totp_secret_file", "totp_secret_file", "secret_file" },
		{ "totp_secret_file", "totp_period", "period" },
		{ "totp_secret_file", "totp_hash", "hash" },
	};
	struct record_span at;
	const char *stop;

	for (size_t i = 0; i < COUNT_OF(keys); i++) {
		if (strcmp(keys[i].instead, change->instead) != 0)
			continue;
		if (record_reader_find_value(
			p, last, keys[i].old, &at, &stop) != 0)
			return -1;
		if (t->len == 1 && (at.begin == NULL || change->cut == 1))
			return 0;
		if (at.begin == NULL)
			continue;
		record_text_add(t, "%s%s = %.*s;", t->len == 1 ? " { " : " ",
		    keys[i].key, (int)(at.end - at.begin), at.begin);
	}
	record_text_add(t, " }");
	return 0;
}

/* Turns a change of a list into one of its whole value, which is written to t.
 * p, last: the settings among which it is. */
static int
make_group_list(struct record_text *t, const char *p, char last,
    struct record_text_change *change)
{
	const char *stop;
	struct record_span list;
	int rc = record_reader_find_value(p, last, change->key, &list, &stop);

	record_text_add(t, "(");
	if (rc == 0 && list.begin != NULL)
		rc = add_list_groups(t, &list, change->cut);
	else if (rc == 0 && change->instead != NULL)
		rc = add_old_keys(t, p, last, change);
	if (change->value != NULL)
		record_text_add(
		    t, "%s%s", t->len > 1 ? ", " : " ", change->value);
	record_text_add(t, " )");
	change->value = t->out;
	change->literal = true;
	return t->failed ? -1 : rc;
}

int
record_text_put_key(const char *old, const char *person,
    const struct record_text_change *change, char *out, size_t cap, size_t *len)
{
	static char text[8192]; /* four sealed secrets fit */
	struct record_text t = { .out = out, .cap = cap };
	struct record_text list = { .out = text, .cap = sizeof(text) };
	struct record_text_change whole = *change;
	struct people f = { .who = { old, NULL } };
	const char last = person != NULL ? '}' : '\0';
	int rc = person != NULL ? find_person_group(old, person, &f) : 0;
	const bool there = person == NULL || f.who.begin != NULL;
	const char *from = there && person != NULL ? f.who.begin + 1 : old;

	if (rc == 0 && change->list)
		rc = there ? make_group_list(&list, from, last, &whole)
			   : make_group_list(&list, "", '\0', &whole);
	if (rc == 0 && there)
		rc = record_text_put(&t, old, from, last, &whole);
	else if (rc == 0)
		add_person(&t, old, &f, person, &whole);
	*len = t.len;
	return t.failed ? -1 : rc;
}

/* Cuts the person's group and one comma; a comment between them stays. */
static void
cut_out(struct record_text *t, const char *old, struct record_span a,
    struct record_span b)
{
	if (a.end + strspn(a.end, " \t\r\n\f") >= b.begin) {
		a.end = b.end;
		b.begin = b.end;
	}
	if (a.end == b.end) {
		const char *line = line_start(old, a.begin);
		const char *after = a.end + strspn(a.end, " \t");

		/* also a line that would be empty, or blanks after a comma */
		if (*after == '\n' && line + strspn(line, " \t") == a.begin) {
			a.begin = line;
			a.end = after + 1;
		} else if (a.end[-1] == ',') {
			a.end = after;
		}
		b = (struct record_span){ a.end, a.end };
	}
	record_text_add(t, "%.*s%.*s%s", (int)(a.begin - old), old,
	    (int)(b.begin - a.end), a.end, b.end);
}

int
record_text_drop_person(
    const char *old, const char *person, char *out, size_t cap, size_t *len)
{
	struct record_text t = { .out = out, .cap = cap };
	struct record_span comma;
	struct people f;

	*len = 0;
	if (find_person_group(old, person, &f) != 0 || f.who.begin == NULL ||
	    (f.before == NULL && f.after == NULL))
		return -1;
	if (f.after != NULL && (f.before == NULL || f.who.end != f.last_end)) {
		comma = (struct record_span){ f.after, f.after + 1 };
		cut_out(&t, old, f.who, comma);
	} else {
		comma = (struct record_span){ f.before, f.before + 1 };
		cut_out(&t, old, comma, f.who);
	}
	*len = t.len;
	return t.failed ? -1 : 0;
}
