/* SPDX-License-Identifier: BSD-2-Clause */
/* A provider type's recorded replies, from their text. */
#include "tests/support/replies/replies_file.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/replies/replies_section.h"

#define TEXT_MAX 1000000

struct reader {
	const char *path;
	struct replies_span rest; /* what is not read yet */
	int line;                 /* of the one that was read last */
	char *why;
	size_t cap;
	struct replies_file *file;
	struct section section;
	struct replies_text body, made;
};

__attribute__((format(printf, 3, 4))) static int
refuse(const struct reader *r, int line, const char *format, ...)
{
	va_list args;
	int len = snprintf(r->why, r->cap, "%s:%d: ", r->path, line);

	va_start(args, format);
	if (len > 0 && (size_t)len < r->cap)
		(void)vsnprintf(
		    r->why + len, r->cap - (size_t)len, format, args);
	va_end(args);
	return -1;
}

/* 0, or -1 at the end. */
static int
next_line(struct reader *r, struct replies_span *line)
{
	const char *end;

	if (r->rest.len == 0)
		return -1;
	end = memchr(r->rest.s, '\n', r->rest.len);
	line->s = r->rest.s;
	line->len = end != NULL ? (size_t)(end - line->s) : r->rest.len;
	r->rest.s += line->len + (end != NULL);
	r->rest.len -= line->len + (end != NULL);
	r->line++;
	return 0;
}

static bool
begins(struct replies_span line, const char *with)
{
	return line.len >= strlen(with) &&
	    memcmp(line.s, with, strlen(with)) == 0;
}

/* Of every line: what an editor would lose, or a reader not see. */
static int
check_line(const struct reader *r, struct replies_span line)
{
	for (size_t i = 0; i < line.len; i++)
		if (line.s[i] < ' ' || line.s[i] > '~')
			return refuse(r, r->line, "write ~%02x for this byte",
			    (unsigned)(unsigned char)line.s[i]);
	if (line.len > 0 && line.s[line.len - 1] == ' ')
		return refuse(
		    r, r->line, "write ~20 for a blank at the end of a line");
	return 0;
}

/* Name, calls and what is said of a family, up to HTTP. */
static int
read_head(struct reader *r, struct replies_span line)
{
	const char *wrong = replies_section_begin(&r->section, line);

	while (wrong == NULL) {
		if (next_line(r, &line) != 0 || line.len == 0)
			return refuse(r, r->line, "a section without HTTP");
		if (check_line(r, line) != 0)
			return -1;
		if (begins(line, "HTTP ")) {
			wrong = replies_section_status(&r->section, line);
			break;
		}
		wrong = replies_section_line(&r->section, line);
	}
	return wrong == NULL ? 0 : refuse(r, r->line, "%s", wrong);
}

static int
read_body(struct reader *r)
{
	struct replies_span line, *body = &r->section.body;

	body->s = r->rest.s;
	r->section.body_line = r->line + 1;
	while (next_line(r, &line) == 0 && line.len > 0) {
		if (check_line(r, line) != 0)
			return -1;
		if (line.s[0] == '#' || begins(line, "-- "))
			return refuse(r, r->line,
			    "write ~%02x for this byte, "
			    "or an empty line before",
			    (unsigned)line.s[0]);
		body->len = (size_t)(line.s + line.len - body->s);
	}
	return 0;
}

/* FIND => PUT, of one line; without FIND, left.s is NULL. */
static const char *
split(struct replies_span line, struct replies_span *left,
    struct replies_span *right)
{
	const char *arrow = memmem(line.s, line.len, " =>", 3);

	*left = (struct replies_span){ NULL, 0 };
	*right = (struct replies_span){ "", 0 };
	if (begins(line, "=> ")) {
		right->s = line.s + 3;
		right->len = line.len - 3;
		return NULL;
	}
	if (arrow == NULL || arrow == line.s)
		return "not FIND => PUT";
	left->s = line.s;
	left->len = (size_t)(arrow - line.s);
	if (left->len + 3 == line.len)
		return NULL;
	right->s = arrow + 4;
	right->len = line.len - left->len - 4;
	return arrow[3] == ' ' ? NULL : "not FIND => PUT";
}

/* One such line, on the body that is taken. */
static int
exchange(struct reader *r, struct replies_span line, int at,
    const struct section_member *m, const struct replies_span *value)
{
	static struct replies_text find, put;
	const char *name = value != NULL ? m->name : NULL;
	struct replies_span left, right;
	const char *wrong = split(line, &left, &right);
	int status;

	replies_clear(&find);
	replies_clear(&put);
	if (wrong == NULL && left.s != NULL)
		wrong = replies_expand(&find, left, name, value);
	if (wrong == NULL)
		wrong = replies_expand(&put, right, name, value);
	if (wrong != NULL)
		return refuse(r, at, "%s", wrong);
	right = (struct replies_span){ put.b, put.len };
	if (left.s == NULL)
		status = replies_add(&r->body, right);
	else
		status = replies_exchange(
		    &r->body, (struct replies_span){ find.b, find.len }, right);
	if (status == 0 && !r->body.full)
		return 0;
	return refuse(r, at, "%s",
	    r->body.full ? "longer than a reply may be"
			 : "not in the body that is taken");
}

static int
exchange_all(struct reader *r, const struct section_member *m,
    const struct replies_span *value)
{
	struct replies_span rest = r->section.body, line;
	int at = r->section.body_line;

	for (; rest.len > 0; at++) {
		const char *end = memchr(rest.s, '\n', rest.len);

		line.s = rest.s;
		line.len = end != NULL ? (size_t)(end - rest.s) : rest.len;
		rest.s += line.len + (end != NULL);
		rest.len -= line.len + (end != NULL);
		if (exchange(r, line, at, m, value) != 0)
			return -1;
	}
	return 0;
}

static int
take_body(struct reader *r)
{
	const struct section *s = &r->section;
	const struct reply_case *from;
	char name[REPLIES_NAME_MAX];

	(void)snprintf(name, sizeof(name), "%.*s", (int)s->from.len, s->from.s);
	from = replies_find(r->file, name);
	if (from == NULL)
		return refuse(r, s->body_line - 1,
		    "no reply further up is named %s", name);
	replies_put(&r->body, (struct replies_span){ from->body, from->len });
	return 0;
}

/* The bytes of one reply, in body. */
static int
make_body(struct reader *r, const struct section_member *m)
{
	static struct replies_text value;
	const struct section *s = &r->section;
	const bool family = strchr(s->name, '*') != NULL;
	struct replies_span v;
	const char *wrong;

	replies_clear(&value);
	replies_clear(&r->body);
	wrong = replies_expand(&value, m->value, NULL, NULL);
	v = (struct replies_span){ value.b, value.len };
	if (wrong == NULL && s->from.len == 0)
		wrong = replies_expand(&r->body, s->body,
		    family ? m->name : NULL, family ? &v : NULL);
	if (wrong != NULL)
		return refuse(r, s->body_line, "%s", wrong);
	if (s->from.len == 0)
		return 0;
	if (take_body(r) != 0 || exchange_all(r, m, family ? &v : NULL) != 0)
		return -1;
	if (s->kin.family == REPLIES_NO_FAMILY)
		return 0;
	wrong = replies_kin_make(&s->kin, m->kin, &r->body, &r->made);
	if (wrong != NULL)
		return refuse(r, s->body_line - 1, "%s", wrong);
	r->body = r->made;
	return 0;
}

static long
status_of(const struct section *s, const struct section_member *m)
{
	const struct replies_span status = replies_span_is(s->status, "~n")
	    ? replies_span_of(m->name)
	    : s->status;
	long n = 0;

	if (status.len != 3)
		return -1;
	for (size_t i = 0; i < 3; i++) {
		if (status.s[i] < '0' || status.s[i] > '9')
			return -1;
		n = n * 10 + (status.s[i] - '0');
	}
	return n;
}

static int
name_of(const struct section *s, const struct section_member *m, char *name)
{
	const char *star = strchr(s->name, '*');
	int len;

	if (star == NULL)
		len = snprintf(name, REPLIES_NAME_MAX, "%s", s->name);
	else
		len = snprintf(name, REPLIES_NAME_MAX, "%.*s%s%s",
		    (int)(star - s->name), s->name, m->name, star + 1);
	return len > 0 && len < REPLIES_NAME_MAX ? 0 : -1;
}

static int
add_rows(struct reader *r, const struct section_member *m, const char *name)
{
	struct replies_file *f = r->file;

	if (m->calls.count > REPLIES_ROWS_MAX - f->rows)
		return refuse(r, r->line, "more than REPLIES_ROWS_MAX");
	for (size_t i = 0; i < m->calls.count; i++) {
		struct reply_row *row = &f->row[f->rows++];

		*row = m->calls.row[i];
		(void)snprintf(row->file, sizeof(row->file), "%s", name);
	}
	return 0;
}

/* One reply of the section: its bytes and its rows. */
static int
add_reply(struct reader *r, const struct section_member *m)
{
	const int at = r->section.body_line - 1;
	struct replies_file *f = r->file;
	struct reply_case *c = &f->reply[f->count];

	if (f->count == REPLIES_CASES_MAX)
		return refuse(r, at, "more than REPLIES_CASES_MAX");
	if (name_of(&r->section, m, c->name) != 0)
		return refuse(r, at, "too long a name");
	if (replies_find(f, c->name) != NULL)
		return refuse(r, at, "a second %s", c->name);
	c->base = r->section.base;
	c->status = status_of(&r->section, m);
	if (c->status < 0)
		return refuse(r, at, "not HTTP and three digits");
	if (make_body(r, m) != 0)
		return -1;
	c->len = r->body.len;
	c->body = malloc(c->len + 1);
	if (c->body == NULL)
		return refuse(r, at, "no memory");
	memcpy(c->body, r->body.b, c->len + 1);
	f->count++;
	return add_rows(r, m, c->name);
}

static int
read_section(struct reader *r, struct replies_span line)
{
	const struct section *s = &r->section;

	if (check_line(r, line) != 0)
		return -1;
	if (!begins(line, "-- "))
		return refuse(r, r->line,
		    "outside of a section, which begins with \"-- \"");
	if (read_head(r, line) != 0 || read_body(r) != 0)
		return -1;
	for (size_t i = 0; i < s->members; i++)
		if (!s->member[i].gone && add_reply(r, &s->member[i]) != 0)
			return -1;
	return 0;
}

struct replies_file *
replies_parse(
    const char *path, const char *text, size_t len, char *why, size_t cap)
{
	struct reader *r = calloc(1, sizeof(*r));
	struct replies_file *file = calloc(1, sizeof(*file));
	struct replies_span line;
	int status = r == NULL || file == NULL ? -1 : 0;

	(void)snprintf(why, cap, "%s: no memory", path);
	if (status == 0) {
		r->path = path;
		r->rest = (struct replies_span){ text, len };
		r->why = why;
		r->cap = cap;
		r->file = file;
	}
	while (status == 0 && next_line(r, &line) == 0)
		if (line.len > 0 && line.s[0] != '#')
			status = read_section(r, line);
	free(r);
	if (status == 0)
		return file;
	replies_free(file);
	return NULL;
}

struct replies_file *
replies_open(const char *type, char *why, size_t cap)
{
	struct replies_file *file = NULL;
	char path[256];
	char *text;
	size_t len;
	FILE *f;

	(void)snprintf(path, sizeof(path), REPLIES "/%s", type);
	(void)snprintf(why, cap,
	    "%s: cannot be read (run this from the project's folder)", path);
	f = fopen(path, "re");
	if (f == NULL)
		return NULL;
	text = malloc(TEXT_MAX);
	if (text != NULL) {
		len = fread(text, 1, TEXT_MAX, f);
		if (!ferror(f) && len < TEXT_MAX)
			file = replies_parse(path, text, len, why, cap);
	}
	free(text);
	(void)fclose(f);
	return file;
}

void
replies_free(struct replies_file *file)
{
	for (size_t i = 0; file != NULL && i < file->count; i++)
		free(file->reply[i].body);
	free(file);
}

const struct reply_case *
replies_find(const struct replies_file *file, const char *name)
{
	for (size_t i = 0; i < file->count; i++)
		if (strcmp(file->reply[i].name, name) == 0)
			return &file->reply[i];
	return NULL;
}
