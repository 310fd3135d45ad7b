/* SPDX-License-Identifier: BSD-2-Clause */
/* What the lines of a section of recorded replies say. */
#include "tests/support/replies/replies_section.h"

#include <string.h>

static void
skip(struct replies_span *s, size_t n)
{
	s->s += n;
	s->len -= n;
}

/* The next word, without the blanks behind it. */
static struct replies_span
word_of(struct replies_span *line)
{
	struct replies_span word = { line->s, 0 };

	while (word.len < line->len && line->s[word.len] != ' ')
		word.len++;
	skip(line, word.len);
	while (line->len > 0 && line->s[0] == ' ')
		skip(line, 1);
	return word;
}

static bool
copy(char *out, size_t cap, struct replies_span s)
{
	if (s.len == 0 || s.len >= cap)
		return false;
	memcpy(out, s.s, s.len);
	out[s.len] = '\0';
	return true;
}

/* Up to this character, which is skipped. */
static bool
split(struct replies_span *rest, char at, struct replies_span *left)
{
	const char *p = memchr(rest->s, at, rest->len);

	if (p == NULL)
		return false;
	left->s = rest->s;
	left->len = (size_t)(p - rest->s);
	skip(rest, left->len + 1);
	return true;
}

/* The next of CALL=OUTCOME[MARKS]; marks may have blanks in them. */
static const char *
take_call(struct replies_span *rest, struct reply_row *r)
{
	static const char form[] = "not CALL=OUTCOME[MARKS]";
	struct replies_span call, outcome, marks = { "", 0 };
	size_t n;

	memset(r, 0, sizeof(*r));
	if (!split(rest, '=', &call))
		return form;
	outcome = *rest;
	for (n = 0; n < rest->len && strchr(" [", rest->s[n]) == NULL;)
		n++;
	outcome.len = n;
	skip(rest, n);
	if (rest->len > 0 && rest->s[0] == '[') {
		skip(rest, 1);
		if (!split(rest, ']', &marks) || marks.len == 0)
			return form;
	}
	if (rest->len > 0 && rest->s[0] != ' ')
		return form;
	while (rest->len > 0 && rest->s[0] == ' ')
		skip(rest, 1);
	if (memchr(call.s, ' ', call.len) != NULL ||
	    !copy(r->call, sizeof(r->call), call) ||
	    !copy(r->outcome, sizeof(r->outcome), outcome) ||
	    (marks.len > 0 && !copy(r->marks, sizeof(r->marks), marks)))
		return form;
	return NULL;
}

static struct reply_row *
row_of(struct section_calls *calls, const char *call)
{
	for (size_t i = 0; i < calls->count; i++)
		if (strcmp(calls->row[i].call, call) == 0)
			return &calls->row[i];
	return NULL;
}

static const char *
take_calls(struct replies_span rest, struct section_calls *calls)
{
	const char *wrong;

	calls->count = 0;
	while (rest.len > 0) {
		struct reply_row r;

		wrong = take_call(&rest, &r);
		if (wrong != NULL)
			return wrong;
		if (row_of(calls, r.call) != NULL)
			return "the same call twice";
		if (calls->count == SECTION_CALLS_MAX)
			return "too many calls";
		calls->row[calls->count++] = r;
	}
	return calls->count > 0 ? NULL : "no call and its outcome";
}

const char *
replies_section_begin(struct section *s, struct replies_span line)
{
	struct replies_span name;

	memset(s, 0, sizeof(*s));
	(void)word_of(&line); /* -- */
	name = word_of(&line);
	if (!copy(s->name, sizeof(s->name), name))
		return "no name, or too long a one";
	if (strspn(s->name,
		"abcdefghijklmnopqrstuvwxyz0123456789_-*"
		"ABCDEFGHIJKLMNOPQRSTUVWXYZ") != name.len)
		return "a name is of letters, digits, - and _";
	if (strchr(s->name, '*') != strrchr(s->name, '*'))
		return "a second * in the name";
	s->base = replies_span_is(line, "base");
	return s->base ? NULL : take_calls(line, &s->calls);
}

static struct section_member *
member_of(struct section *s, struct replies_span name)
{
	for (size_t i = 0; i < s->members; i++)
		if (replies_span_is(name, s->member[i].name))
			return &s->member[i];
	return NULL;
}

static const char *
add_member(
    struct section *s, struct replies_span name, struct replies_span value)
{
	struct section_member *m = &s->member[s->members];

	if (s->members == SECTION_MEMBERS_MAX)
		return "too many replies of one family";
	if (member_of(s, name) != NULL)
		return "the same name twice";
	if (!copy(m->name, sizeof(m->name), name))
		return "no name, or too long a one";
	m->value = value;
	m->calls = s->calls;
	s->members++;
	return NULL;
}

static const char *
take_each(struct section *s, struct replies_span rest)
{
	struct replies_span name = word_of(&rest);
	const char *wrong;

	if (s->kin.family != REPLIES_NO_FAMILY)
		return "this family has its names from code";
	if (name.len > 0 && name.s[name.len - 1] == ':') {
		name.len--;
		return add_member(s, name, rest);
	}
	do {
		wrong = add_member(s, name, replies_span_of(""));
		name = word_of(&rest);
	} while (wrong == NULL && name.len > 0);
	return wrong;
}

/* 1 to 999. */
static bool
take_depth(struct replies_span digits, unsigned *depth)
{
	unsigned n = 0;

	for (size_t i = 0; i < digits.len; i++) {
		if (digits.s[i] < '0' || digits.s[i] > '9')
			return false;
		n = n * 10 + (unsigned)(digits.s[i] - '0');
		if (n > 999)
			return false;
	}
	*depth = n;
	return n > 0;
}

static const char *
take_family(struct section *s, struct replies_span rest)
{
	const struct replies_span kind = word_of(&rest),
				  member = word_of(&rest);
	const char *name, *wrong = NULL;

	if (s->members > 0)
		return "a family beside other names";
	if (replies_span_is(kind, "body") && take_depth(rest, &s->kin.depth))
		s->kin.family = REPLIES_BODY;
	else if (replies_span_is(kind, "member") && rest.len == 0)
		s->kin.family = REPLIES_MEMBER;
	if (s->kin.family == REPLIES_NO_FAMILY ||
	    !copy(s->kin.member, sizeof(s->kin.member), member))
		return "not \"family member NAME\" or "
		       "\"family body NAME DEPTH\"";
	for (unsigned n = 0; wrong == NULL; n++) {
		name = replies_kin_name(s->kin.family, n);
		if (name == NULL)
			break;
		wrong =
		    add_member(s, replies_span_of(name), replies_span_of(""));
		if (wrong == NULL)
			s->member[n].kin = n;
	}
	return wrong;
}

/* The calls of these members, instead of the family's or beside them. */
static const char *
take_but(struct section *s, struct replies_span rest)
{
	struct replies_span names = rest;
	struct section_calls calls;
	const char *wrong;

	while (rest.len > 0) {
		struct replies_span behind = rest;
		const struct replies_span word = word_of(&behind);

		if (memchr(word.s, '=', word.len) != NULL)
			break;
		rest = behind;
	}
	names.len -= rest.len;
	wrong = take_calls(rest, &calls);
	while (wrong == NULL && names.len > 0) {
		struct section_member *m = member_of(s, word_of(&names));

		if (m == NULL)
			return "no such reply in this family";
		for (size_t i = 0; i < calls.count; i++) {
			struct reply_row *r =
			    row_of(&m->calls, calls.row[i].call);

			if (r == NULL && m->calls.count == SECTION_CALLS_MAX)
				return "too many calls";
			if (r == NULL)
				r = &m->calls.row[m->calls.count++];
			*r = calls.row[i];
		}
	}
	return wrong;
}

static const char *
take_without(struct section *s, struct replies_span rest)
{
	while (rest.len > 0) {
		struct section_member *m = member_of(s, word_of(&rest));

		if (m == NULL)
			return "no such reply in this family";
		m->gone = true;
	}
	return NULL;
}

const char *
replies_section_line(struct section *s, struct replies_span line)
{
	const struct replies_span word = word_of(&line);

	if (strchr(s->name, '*') == NULL)
		return "not HTTP STATUS, and no family: there is no * in the "
		       "name";
	if (line.len == 0)
		return "nothing behind this word";
	if (replies_span_is(word, "each"))
		return take_each(s, line);
	if (replies_span_is(word, "family"))
		return take_family(s, line);
	if (replies_span_is(word, "but"))
		return take_but(s, line);
	if (replies_span_is(word, "without"))
		return take_without(s, line);
	return "not each, family, but, without or HTTP STATUS";
}

const char *
replies_section_status(struct section *s, struct replies_span line)
{
	(void)word_of(&line); /* HTTP */
	s->status = word_of(&line);
	s->from = line;
	if (strchr(s->name, '*') != NULL && s->members == 0)
		return "a * in the name, and no each or family";
	if (s->kin.family != REPLIES_NO_FAMILY && s->from.len == 0)
		return "a family of no good reply: HTTP STATUS NAME";
	if (s->members == 0)
		return add_member(
		    s, replies_span_of(s->name), replies_span_of(""));
	return NULL;
}
