/* SPDX-License-Identifier: BSD-2-Clause */
/* Adds and removes one marked rule in the text of twofa.conf. */
#include "twofactl/etc/etc.h"

#include <stdlib.h>

#define MARK_BYTES 128
#define MARKS "# twofactl " /* begins each mark */
#define INCLUDE "@include"
#define BEGIN STACK_MARK "begin %s (twofactl disable takes this rule out)\n"
/* A newline follows, or JOINED: then the text that followed goes on. */
#define END STACK_MARK "end %s"
#define JOINED ", and the line before it goes on\n"
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

/* Returns the last byte before end, outside of comments and blanks, that is not
 * before from; NULL without one. */
static const char *
last_byte(const char *from, const char *end)
{
	const char *last = NULL, *behind;

	for (const char *p = next_byte(from); *p != '\0' && p < end;
	     p = behind != NULL ? next_byte(behind) : end) {
		last = p;
		behind = *p == '"' ? record_reader_skip_string(p) : p + 1;
	}
	return last;
}

/* Finds the list of rules, also behind an @include, which the text of a record
 * does not have. Returns 1; 0 if it is missing; -1 if "rules" is not a list. */
static int
find_list(const char *text, struct record_span *list)
{
	const char *stop;

	while (
	    record_reader_find_value(text, '\0', "rules", list, &stop) != 0 &&
	    list->begin == NULL) {
		if (stop == NULL ||
		    strncmp(stop, INCLUDE, strlen(INCLUDE)) != 0)
			return -1;
		stop = strchr(stop, '"');
		text = stop != NULL ? record_reader_skip_string(stop) : NULL;
		if (text == NULL)
			return -1;
	}
	return list->begin == NULL ? 0 : *list->begin == '(' ? 1 : -1;
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
	/* the newline before another marked rule is part of that rule */
	const bool whole =
	    *at == '\n' && strncmp(at + 1, MARKS, strlen(MARKS)) != 0;
	char *block OWNED(owned_text) = NULL;

	if (asprintf(&block, "%s" BEGIN "%s%s\n" END "%s", whole ? "" : "\n",
		service, rule, *next_byte(at) == ')' ? "" : ",", service,
		whole ? "\n" : JOINED) < 0)
		return NULL;
	at += whole ? 1 : 0;
	return rule_edit_join(text, (size_t)(at - text), block, at);
}

/* Corrects the commas around a removed rule: libconfig accepts no comma before
 * the closing bracket and no two in a row. */
static void
correct_commas(char *text, char *at)
{
	const char *last = last_byte(text, at);
	char *before, *behind = text + (next_byte(at) - text);

	if (last == NULL)
		return;
	before = text + (last - text);
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
	char begin[MARK_BYTES], end[MARK_BYTES];

	PRINT_TO(begin, BEGIN, service);
	PRINT_TO(end, END, service);
	m->begin = find_mark(text, begin);
	if (m->begin == NULL)
		return false;
	m->rule = m->begin + strlen(begin);
	for (m->end = m->rule; (m->end = find_mark(m->end, end)) != NULL;
	     m->end++) {
		m->behind = m->end + strlen(end);
		m->joined = text_take(&m->behind, JOINED);
		if (m->joined || text_take(&m->behind, "\n"))
			return true;
	}
	return false;
}

char *
rule_edit_undo(const char *text, const char *service)
{
	static const char *const added[] = { LIST_JOINED, LIST };
	char *out = strdup(text), *list = NULL;
	struct marked m;

	while (out != NULL && find_rule(out, service, &m)) {
		char *from =
		    out + (m.begin - out) - (m.joined && m.begin > out ? 1 : 0);

		memmove(from, m.behind, strlen(m.behind) + 1);
		correct_commas(out, from);
	}
	for (size_t i = 0; out != NULL && list == NULL && i < 2; i++) {
		const size_t len = strlen(added[i]);

		list = strstr(out, added[i]);
		if (list != NULL)
			memmove(list, list + len, strlen(list + len) + 1);
	}
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
	struct record_span list;
	struct marked m;
	const char *p;

	if (find_list(text, &list) <= 0 || !find_rule(text, service, &m) ||
	    rule_length(&m) != strlen(rule) ||
	    strncmp(m.rule, rule, strlen(rule)) != 0)
		return false;
	p = list.begin + 1;
	for (p += strspn(p, "\n"); p < m.begin; p += strspn(p, "\n")) {
		const char *end = strstr(p, STACK_MARK "end ");

		if (!text_take(&p, STACK_MARK "begin ") || end == NULL)
			return false;
		p = end + strcspn(end, "\n");
	}
	return p == m.begin;
}

/* Frees text; returns it with a list of rules, which is found in it, if need be
 * with this one at the end. NULL also if "rules" is not a list. */
static char *
with_list(char *text, const char *more, struct record_span *list)
{
	int found = text != NULL ? find_list(text, list) : -1;
	char *out = text;

	if (found == 0) {
		out = rule_edit_join(text, strlen(text), more, "");
		free(text);
		found = out != NULL ? find_list(out, list) : -1;
	}
	if (found > 0)
		return out;
	free(out);
	return NULL;
}

char *
rule_edit_add(const char *text, const char *service, const char *rule)
{
	char *clean, *out = NULL;
	struct record_span list;
	size_t len;

	if (stands_first(text, service, rule))
		return strdup(text);
	clean = rule_edit_undo(text, service);
	len = clean != NULL ? strlen(clean) : 0;
	clean = with_list(clean,
	    len == 0 || clean[len - 1] == '\n' ? LIST : LIST_JOINED, &list);
	if (clean != NULL)
		out = rule_edit_add_rule(clean, list.begin + 1, service, rule);
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
	char *clean = take_out_last(text), *out = NULL;
	struct record_span list;
	const char *end, *last;

	if (rules == NULL)
		return clean;
	clean = with_list(clean, "\nrules = (\n);\n", &list);
	if (clean == NULL)
		return NULL;
	end = list.end - 1; /* the bracket */
	last = last_byte(list.begin, end);
	if (asprintf(&out, "%.*s" LAST_BEGIN "%s%s\n" LAST_END "%s",
		(int)(end - clean), clean,
		last == list.begin || *last == ',' ? "" : ",\n", rules,
		end) < 0)
		out = NULL;
	free(clean);
	return out;
}
