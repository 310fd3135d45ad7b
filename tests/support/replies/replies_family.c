/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Replies that code derives from a good one: everything that can be wrong with
 * any JSON text, and with any member of one.
 */
#include "tests/support/replies/replies_family.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum how {
	WRITTEN = 0, /* as the text says */
	/* of a body */
	ADDED,      /* the text is the value of one member more */
	DEEP,       /* so many arrays in each other are */
	LAST_COMMA, /* a comma behind the last member */
	CUT,        /* the last byte is gone */
	CUT_HALF,
	QUOTED, /* the whole body is one string */
	SINGLE, /* single quotes for double ones */
	/* of a member */
	GONE,
	SHORTER, /* ~v lacks its last byte */
	UPPER,   /* ~v is in capitals */
	KEY_CASE,
};

struct kin {
	const char *name;
	enum how how;
	const char *text; /* with the escapes of replies_expand */
};

/* ~v is the good body. */
static const struct kin bodies[] = {
	{ "empty", WRITTEN, "" },
	{ "blank", WRITTEN, "  ~0a" },
	{ "truncated", CUT, NULL },
	{ "truncated-half", CUT_HALF, NULL },
	{ "trailing", WRITTEN, "~vx" },
	{ "trailing-object", WRITTEN, "~v~v" },
	{ "trailing-nul", WRITTEN, "~v~00" },
	{ "trailing-comma", LAST_COMMA, NULL },
	{ "bom", WRITTEN, "~ef~bb~bf~v" },
	{ "comment", WRITTEN, "/* */~v" },
	{ "array", WRITTEN, "[~v]" },
	{ "nested", WRITTEN, "{\"data\":~v}" },
	{ "string", QUOTED, NULL },
	{ "single-quotes", SINGLE, NULL },
	{ "null", WRITTEN, "null" },
	{ "true", WRITTEN, "true" },
	{ "number", WRITTEN, "0" },
	{ "no-members", WRITTEN, "{}" },
	{ "html", WRITTEN, "<!DOCTYPE html><html><body>OK</body></html>" },
	{ "gzip", WRITTEN, "~1f~8b~08~00~00~00~00~00~02~03" },
	{ "latin1", ADDED, "\"~e9\"" },
	{ "overlong", ADDED, "\"~c0~af\"" },
	{ "surrogate", ADDED, "\"\\ud800\"" },
	{ "nul-escape", ADDED, "\"a\\u0000b\"" },
	{ "control", ADDED, "\"~01\"" },
	{ "deep", DEEP, NULL },
	{ "deep-10000", ADDED, "~(10000*[)~(10000*])" },
};

/* ~n is the member's name, ~v its value; the text takes the value's place. */
static const struct kin members[] = {
	{ "missing", GONE, NULL },
	{ "null", WRITTEN, "null" },
	{ "number", WRITTEN, "16" },
	{ "true", WRITTEN, "true" },
	{ "array", WRITTEN, "[\"~v\"]" },
	{ "object", WRITTEN, "{\"~n\": \"~v\"}" },
	{ "empty", WRITTEN, "\"\"" },
	{ "blank-before", WRITTEN, "\" ~v\"" },
	{ "blank-behind", WRITTEN, "\"~v \"" },
	{ "newline", WRITTEN, "\"~v\\n\"" },
	{ "longer", WRITTEN, "\"~v0\"" },
	{ "shorter", SHORTER, "\"~v\"" },
	{ "long", WRITTEN, "\"~v~(600*0)\"" },
	{ "upper", UPPER, "\"~v\"" },
	{ "nul-escape", WRITTEN, "\"~v\\u0000\"" },
	{ "nul-escape-more", WRITTEN, "\"~v\\u0000x\"" },
	{ "duplicate", WRITTEN, "\"~v\",\"~n\":\"~v\"" },
	{ "duplicate-other", WRITTEN, "\"~v\",\"~n\":\"x\"" },
	{ "wrong-case", KEY_CASE, NULL },
	{ "utf8", SHORTER, "\"~v~c3~a9\"" },
};

static struct replies_span
span(const char *from, const char *to)
{
	return (struct replies_span){ from, (size_t)(to - from) };
}

static void
put_text(struct replies_text *out, const char *text)
{
	replies_put(out, replies_span_of(text));
}

static void
put_times(struct replies_text *out, const char *text, unsigned times)
{
	while (times-- > 0)
		put_text(out, text);
}

/* The good body with something before its last brace. */
static const char *
before_the_end(const struct replies_kin *kin, const struct kin *k,
    const struct replies_text *good, struct replies_text *out)
{
	const char *end = memrchr(good->b, '}', good->len);
	const char *wrong = NULL;

	if (end == NULL)
		return "the good reply is no object";
	replies_put(out, span(good->b, end));
	put_text(out, ",");
	if (k->how != LAST_COMMA) {
		put_text(out, "\"");
		put_text(out, kin->member);
		put_text(out, "\":");
	}
	if (k->how == ADDED)
		wrong =
		    replies_expand(out, replies_span_of(k->text), NULL, NULL);
	if (k->how == DEEP) {
		put_times(out, "[", kin->depth);
		put_times(out, "]", kin->depth);
	}
	replies_put(out, span(end, good->b + good->len));
	return wrong;
}

/* Each byte of the good body, quotes made into something else. */
static void
put_quoted(
    enum how how, const struct replies_text *good, struct replies_text *out)
{
	const char *p = good->b, *const end = p + good->len;

	put_times(out, "\"", how == QUOTED);
	for (; p < end; p++) {
		if (how == QUOTED && (*p == '"' || *p == '\\'))
			put_text(out, "\\");
		if (how == SINGLE && *p == '"')
			put_text(out, "'");
		else
			replies_put(out, span(p, p + 1));
	}
	put_times(out, "\"", how == QUOTED);
}

static const char *
make_body(const struct replies_kin *kin, const struct kin *k,
    const struct replies_text *good, struct replies_text *out)
{
	const struct replies_span whole = { good->b, good->len };

	switch (k->how) {
	case ADDED:
	case DEEP:
	case LAST_COMMA:
		return before_the_end(kin, k, good, out);
	case QUOTED:
	case SINGLE:
		put_quoted(k->how, good, out);
		return NULL;
	case CUT:
		replies_put(out, span(good->b, good->b + good->len - 1));
		return NULL;
	case CUT_HALF:
		replies_put(out, span(good->b, good->b + good->len / 2));
		return NULL;
	case WRITTEN:
	case GONE:
	case SHORTER:
	case UPPER:
	case KEY_CASE:
		break;
	}
	return replies_expand(out, replies_span_of(k->text), NULL, &whole);
}

/* Where a member's name begins, its value and what is behind it. */
struct place {
	const char *name;  /* its quote */
	const char *value; /* behind its quote */
	const char *end;   /* its last quote */
};

static bool
find_member(const char *name, const struct replies_text *good, struct place *p)
{
	char start[48];
	const int len = snprintf(start, sizeof(start), "\"%s\":\"", name);

	p->name = memmem(good->b, good->len, start, (size_t)len);
	if (p->name == NULL)
		return false;
	p->value = p->name + len;
	p->end =
	    memchr(p->value, '"', (size_t)(good->b + good->len - p->value));
	return p->end != NULL && p->end > p->value;
}

static void
put_without(const struct replies_text *good, const struct place *p,
    struct replies_text *out)
{
	const char *behind = p->end + 1, *to = p->name;

	if (*behind == ',')
		behind++;
	else if (to > good->b && to[-1] == ',')
		to--;
	replies_put(out, span(good->b, to));
	replies_put(out, span(behind, good->b + good->len));
}

static void
put_name_in_capitals(const struct replies_text *good, const struct place *p,
    struct replies_text *out)
{
	const char first = (char)toupper((unsigned char)p->name[1]);

	replies_put(out, span(good->b, p->name + 1));
	replies_put(out, span(&first, &first + 1));
	replies_put(out, span(p->name + 2, good->b + good->len));
}

static const char *
make_member(const struct replies_kin *kin, const struct kin *k,
    const struct replies_text *good, struct replies_text *out)
{
	char value[256];
	struct replies_span put;
	const char *wrong;
	struct place p;

	if (!find_member(kin->member, good, &p))
		return "the good reply has no such member that is a string";
	put = span(p.value, p.end);
	if (put.len > sizeof(value))
		return "the member's value is too long for a family";
	if (k->how == GONE) {
		put_without(good, &p, out);
		return NULL;
	}
	if (k->how == KEY_CASE) {
		put_name_in_capitals(good, &p, out);
		return NULL;
	}
	for (size_t i = 0; i < put.len; i++)
		value[i] = k->how == UPPER
		    ? (char)toupper((unsigned char)put.s[i])
		    : put.s[i];
	put.s = value;
	put.len -= k->how == SHORTER;
	replies_put(out, span(good->b, p.value - 1));
	wrong =
	    replies_expand(out, replies_span_of(k->text), kin->member, &put);
	replies_put(out, span(p.end + 1, good->b + good->len));
	return wrong;
}

static const struct kin *
nth(enum replies_family family, unsigned n)
{
	if (family == REPLIES_BODY && n < COUNT(bodies))
		return &bodies[n];
	if (family == REPLIES_MEMBER && n < COUNT(members))
		return &members[n];
	return NULL;
}

const char *
replies_kin_name(enum replies_family family, unsigned n)
{
	const struct kin *k = nth(family, n);

	return k == NULL ? NULL : k->name;
}

const char *
replies_kin_make(const struct replies_kin *kin, unsigned n,
    const struct replies_text *good, struct replies_text *out)
{
	const struct kin *k = nth(kin->family, n);
	const char *wrong;

	if (good->len == 0)
		return "the good reply is empty";
	replies_clear(out);
	wrong = kin->family == REPLIES_BODY ? make_body(kin, k, good, out)
					    : make_member(kin, k, good, out);
	return wrong == NULL && out->full ? "longer than a reply may be"
					  : wrong;
}
