/* SPDX-License-Identifier: BSD-2-Clause */
/* Adds and removes one marked rule in the text of twofa.conf. */
#include "twofactl/etc/etc.h"

#include <stdlib.h>

#define MARK_BYTES 128
#define MARKS "# twofactl " /* begins each mark */
#define NAME_BYTES                                                             \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-*"
#define BEGIN STACK_MARK "begin %s (twofactl disable takes this rule out)\n"
/* END has its own line; after END_JOINED the text that followed goes on. */
#define END STACK_MARK "end %s\n"
#define END_JOINED STACK_MARK "end %s, and the line before it goes on\n"
/* Added if the settings have no list of rules. */
#define LIST STACK_MARK "rules\nrules = (\n);\n" STACK_MARK "end of rules\n"
/* Around rules at the end of the list. */
#define LAST_BEGIN                                                             \
	"\n# twofactl rollout: begin (twofactl rollout changes these rules)\n"
#define LAST_END "# twofactl rollout: end\n"
#define LIST_JOINED "\n" LIST STACK_MARK "no newline was before them\n"

/* Returns the next byte outside of comments and blanks. */
static const char *
next_byte(const char *p)
{
	const char *next = record_reader_skip_blanks(p, false);

	return next != NULL ? next : p + strlen(p);
}

/* Returns the next one behind the string, or the len bytes, at p. */
static const char *
next_behind(const char *p, size_t len)
{
	const char *end = *p == '"' ? record_reader_skip_string(p) : p + len;

	return end != NULL ? next_byte(end) : p + strlen(p);
}

/* Returns the text after "rules = (", or NULL if it is missing. *odd is set if
 * "rules" is not a list. Takes what record_reader_find_value does not, such as
 * texts in several strings, and @include. */
static const char *
find_list(const char *text, bool *odd)
{
	int depth = 0;
	size_t len;

	*odd = false;
	for (const char *p = next_byte(text); *p != '\0';
	     p = next_behind(p, len > 0 ? len : 1)) {
		if (strchr("([{", *p) != NULL)
			depth++;
		else if (strchr(")]}", *p) != NULL)
			depth--;
		len = strspn(p, NAME_BYTES);
		if (depth != 0 || len != 5 || strncmp(p, "rules", 5) != 0)
			continue;
		p = next_byte(p + len);
		if (*p == '=' || *p == ':')
			p = next_byte(p + 1);
		*odd = *p != '(';
		return *odd ? NULL : p + 1;
	}
	return NULL;
}

static void
write_marks(char begin[MARK_BYTES], char end[MARK_BYTES],
    char joined[MARK_BYTES], const char *service)
{
	snprintf(begin, MARK_BYTES, BEGIN, service);
	snprintf(end, MARK_BYTES, END, service);
	snprintf(joined, MARK_BYTES, END_JOINED, service);
}

/* Joins a, len bytes of b, and c. */
static char *
rule_edit_join(const char *a, size_t len, const char *b, const char *c)
{
	char *out = NULL;

	return asprintf(&out, "%.*s%s%s", (int)len, a, b, c) < 0 ? NULL : out;
}

/* at: after the opening bracket of the list. */
static char *
rule_edit_add_rule(
    const char *text, const char *at, const char *service, const char *rule)
{
	char begin[MARK_BYTES], end[MARK_BYTES], joined[MARK_BYTES];
	/* the newline before another marked rule is part of that rule */
	const bool whole =
	    *at == '\n' && strncmp(at + 1, MARKS, strlen(MARKS)) != 0;
	char *block = NULL, *out = NULL;

	write_marks(begin, end, joined, service);
	if (asprintf(&block, "%s%s%s%s\n%s", whole ? "" : "\n", begin, rule,
		*next_byte(at) == ')' ? "" : ",", whole ? end : joined) < 0)
		return NULL;
	at += whole ? 1 : 0;
	out = rule_edit_join(text, (size_t)(at - text), block, at);
	free(block);
	return out;
}

/* Corrects the commas around a removed rule: libconfig accepts no comma before
 * the closing bracket and no two in a row. */
static void
correct_commas(char *text, char *at)
{
	char *before = NULL; /* the last byte before at, outside of comments */
	char *behind = text + (next_byte(at) - text);

	for (const char *p = next_byte(text); *p != '\0' && p < at;
	     p = next_behind(p, 1))
		before = text + (p - text);
	if (before == NULL)
		return;
	if (*behind == ',' && (*before == '(' || *before == ','))
		memmove(behind, behind + 1, strlen(behind));
	else if (*before == ',' && *behind == ')')
		memmove(before, before + 1, strlen(before));
}

/* Marks count only at the start of a line. */
static const char *
find_mark(const char *text, const char *mark)
{
	for (const char *p = strstr(text, mark); p != NULL;
	     p = strstr(p + 1, mark))
		if (p == text || p[-1] == '\n')
			return p;
	return NULL;
}

struct marked {
	const char *begin, *rule, *end, *behind;
	bool joined; /* the newline before the begin mark was added, too */
};

static bool
find_rule(const char *text, const char *service, struct marked *m)
{
	char begin[MARK_BYTES], end[MARK_BYTES], joined[MARK_BYTES];
	const char *whole, *to;

	write_marks(begin, end, joined, service);
	m->begin = find_mark(text, begin);
	if (m->begin == NULL)
		return false;
	m->rule = m->begin + strlen(begin);
	whole = find_mark(m->begin, end);
	to = find_mark(m->begin, joined);
	m->joined = to != NULL && (whole == NULL || to < whole);
	m->end = m->joined ? to : whole;
	if (m->end == NULL)
		return false;
	m->behind = m->end + strlen(m->joined ? joined : end);
	return true;
}

char *
rule_edit_undo(const char *text, const char *service)
{
	char *out = strdup(text), *list;
	const char *added = LIST_JOINED;
	struct marked m;

	while (out != NULL && find_rule(out, service, &m)) {
		char *from =
		    out + (m.begin - out) - (m.joined && m.begin > out ? 1 : 0);

		memmove(from, m.behind, strlen(m.behind) + 1);
		correct_commas(out, from);
	}
	list = out != NULL ? strstr(out, added) : NULL;
	if (out != NULL && list == NULL) {
		added = LIST;
		list = strstr(out, added);
	}
	if (list != NULL)
		memmove(list, list + strlen(added),
		    strlen(list + strlen(added)) + 1);
	return out;
}

/* Returns the rule's length without the comma and newline after it. */
static size_t
rule_length(const struct marked *m)
{
	size_t len = (size_t)(m->end - m->rule);

	while (len > 0 && strchr(", \t\r\n", m->rule[len - 1]) != NULL)
		len--;
	return len;
}

char *
rule_edit_get(const char *text, const char *service)
{
	struct marked m;

	return find_rule(text, service, &m) ? strndup(m.rule, rule_length(&m))
					    : NULL;
}

/* True if the list has that rule and before it only marked rules of other
 * services, among which the order makes no difference. */
static bool
stands_first(const char *text, const char *service, const char *rule)
{
	struct marked m;
	bool odd;
	const char *p = find_list(text, &odd);

	if (p == NULL || !find_rule(text, service, &m) ||
	    rule_length(&m) != strlen(rule) ||
	    strncmp(m.rule, rule, strlen(rule)) != 0)
		return false;
	for (p += strspn(p, "\n"); p < m.begin; p += strspn(p, "\n")) {
		const char *end = strstr(p, STACK_MARK "end ");

		if (strncmp(p, STACK_MARK "begin ",
			strlen(STACK_MARK "begin ")) != 0 ||
		    end == NULL)
			return false;
		p = end + strcspn(end, "\n");
	}
	return p == m.begin;
}

char *
rule_edit_add(const char *text, const char *service, const char *rule)
{
	char *clean, *more, *out = NULL;
	const char *at;
	bool odd;

	if (stands_first(text, service, rule))
		return strdup(text);
	clean = rule_edit_undo(text, service);
	if (clean == NULL)
		return NULL;
	at = find_list(clean, &odd);
	if (at == NULL && !odd) {
		const size_t len = strlen(clean);
		const bool whole = len == 0 || clean[len - 1] == '\n';

		more =
		    rule_edit_join(clean, len, whole ? LIST : LIST_JOINED, "");
		free(clean);
		clean = more;
		at = clean != NULL ? find_list(clean, &odd) : NULL;
	}
	if (at != NULL)
		out = rule_edit_add_rule(clean, at, service, rule);
	free(clean);
	return out;
}

char *
rule_edit_replace(const char *text, const char *service, const char *rule)
{
	struct marked m;

	return find_rule(text, service, &m)
	    ? rule_edit_join(
		  text, (size_t)(m.rule - text), rule, m.rule + rule_length(&m))
	    : NULL;
}

bool
rule_edit_has(const char *text, const char *service)
{
	char begin[MARK_BYTES];

	PRINT_TO(begin, BEGIN, service);
	return strstr(text, begin) != NULL;
}

bool
rule_edit_has_last(const char *text)
{
	return strstr(text, LAST_BEGIN) != NULL;
}

/* Adds rules before the closing bracket of the list after at. */
static char *
add_last(const char *text, const char *at, const char *rules)
{
	const char *p = next_byte(at);
	char *block OWNED(owned_text) = NULL, *out = NULL, last = '(';
	int depth = 0;

	for (; *p != '\0' && (*p != ')' || depth > 0); p = next_behind(p, 1)) {
		if (strchr("([{", *p) != NULL)
			depth++;
		else if (strchr(")]}", *p) != NULL)
			depth--;
		last = *p;
	}
	if (*p != '\0' &&
	    asprintf(&block, LAST_BEGIN "%s%s\n" LAST_END,
		last == '(' || last == ',' ? "" : ",\n", rules) >= 0)
		out = rule_edit_join(text, (size_t)(p - text), block, p);
	return out;
}

/* Returns the text without these rules. NULL also if a mark is missing. */
static char *
take_out_last(const char *text)
{
	char *out = strdup(text);
	char *begin = out != NULL ? strstr(out, LAST_BEGIN) : NULL, *end;

	if (begin == NULL)
		return out;
	end = strstr(begin, LAST_END);
	if (end == NULL) {
		free(out);
		return NULL;
	}
	end += strlen(LAST_END);
	memmove(begin, end, strlen(end) + 1);
	correct_commas(out, begin);
	return out;
}

char *
rule_edit_put_last(const char *text, const char *rules)
{
	char *clean = take_out_last(text), *more;
	const char *at;
	bool odd;

	if (rules == NULL || clean == NULL)
		return clean;
	if (find_list(clean, &odd) == NULL && !odd) {
		more = rule_edit_join(
		    clean, strlen(clean), "\nrules = (\n);\n", "");
		free(clean);
		clean = more;
	}
	at = clean != NULL ? find_list(clean, &odd) : NULL;
	more = at != NULL ? add_last(clean, at, rules) : NULL;
	free(clean);
	return more;
}
