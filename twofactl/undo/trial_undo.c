/* SPDX-License-Identifier: BSD-2-Clause */
/* Undoes a change in a text. */
#include "twofactl/undo/trial_undo.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "twofactl/host/host.h"
#include "twofactl/install/rule_edit.h"
#include "twofactl/install/stack_edit.h"
#include "twofactl/install/stack_lines.h"
#include "twofactl/undo/line_match.h"
#include "twofactl/undo/settings_undo.h"
#include "twofactl/undo/text_again.h"

static int
tell(char cause[ETC_FILE_CAUSE], const struct etc_change *f, unsigned line,
    const char *what)
{
	(void)snprintf(cause, ETC_FILE_CAUSE, "%.200s: line %u %.280s", f->path,
	    line, what);
	return 1;
}

static int
no_memory(char cause[ETC_FILE_CAUSE], const struct etc_change *f)
{
	(void)snprintf(
	    cause, ETC_FILE_CAUSE, "%.250s: no memory; free some", f->path);
	return -1;
}

/* Of sshd's settings; PAM's files are all in one folder. */
static bool
is_settings(const struct etc_change *f)
{
	return strncmp(f->path, PAM_FOLDER_FIRST "/",
		   strlen(PAM_FOLDER_FIRST "/")) != 0;
}

/* The first line that passes the test; 0: none. */
static unsigned
find_line(const char *text,
    bool (*test)(const struct stack_line *, const void *), const void *ctx)
{
	struct stack_line line;

	for (unsigned number = 1; stack_line_next(&text, &line); number++)
		if (test(&line, ctx))
			return number;
	return 0;
}

static bool
names_module(const struct stack_line *line, const void *ctx)
{
	(void)ctx;
	return stack_line_ours(line);
}

/* Is it in that text, outside of comments? */
static bool
stands_in(const struct stack_line *line, const void *ctx)
{
	const char *text = ctx;
	struct stack_line other;

	if (line->at[strspn(line->at, " \t\r\n")] == '#' || line->len < 2)
		return false;
	while (stack_line_next(&text, &other))
		if (other.len == line->len &&
		    memcmp(other.at, line->at, line->len) == 0)
			return true;
	return false;
}

static bool
begins_mark(const struct stack_line *line, const void *ctx)
{
	return stack_line_begins(line, ctx);
}

/* Lines without marks stay, because they may be an admin's own. */
static int
look_at_rest(const struct etc_change *f, const char *plain, bool marked,
    char cause[ETC_FILE_CAUSE])
{
	unsigned line = 0;

	if (!is_settings(f))
		line = find_line(plain, names_module, NULL);
	else if (!marked && f->after.there)
		line = find_line(plain, stands_in, f->after.text);
	if (line == 0)
		return 0;
	return tell(cause, f, line,
	    is_settings(f)
		? "is as twofactl enable wrote it, but the marks are gone, so "
		  "it stays; take it out if it is not yours"
		: "names pam_twofa and has no marks of twofactl enable, so it "
		  "stays; take it out if it is not yours");
}

static int
tell_changed(
    char cause[ETC_FILE_CAUSE], const struct etc_change *f, unsigned line)
{
	(void)snprintf(cause, ETC_FILE_CAUSE,
	    "%.200s: somebody has taken a mark of twofactl enable away, so "
	    "that line %u may be one that it wrote; take out by hand what is "
	    "not yours there, and the other mark, then run this again",
	    f->path, line);
	return -1;
}

static char *
put_earlier(const struct etc_change *f, const char *plain)
{
	char *before = stack_edit_undo(f->before.text);
	char *out =
	    before != NULL ? text_again(before, f->before.text, plain) : NULL;

	free(before);
	return out;
}

/* Restore the lines from before the trial, unless the trial's were removed by
 * hand. */
static int
undo_lines(const char *service, const struct etc_change *f, const char *now,
    bool clear, char **text, char cause[ETC_FILE_CAUSE])
{
	unsigned changed = 0;
	char *plain = is_settings(f) && f->after.there
	    ? settings_undo(now, f->after.text, &changed)
	    : stack_edit_undo(now);
	const bool marked = plain != NULL && strcmp(now, plain) != 0;
	const bool earlier =
	    !clear && f->before.there && stack_edit_has(f->before.text);

	*text = plain;
	if (plain == NULL)
		return no_memory(cause, f);
	if (changed > 0)
		return tell_changed(cause, f, changed);
	if (marked && earlier) {
		*text = put_earlier(f, plain);
		free(plain);
		return *text != NULL ? 0 : no_memory(cause, f);
	}
	if (!earlier)
		return look_at_rest(f, plain, marked, cause);
	(void)snprintf(cause, ETC_FILE_CAUSE,
	    "%.200s: somebody has taken the lines of twofactl enable out, so "
	    "that those of before the trial are gone as well; to put them in "
	    "again run: twofactl enable %s",
	    f->path, service);
	return 1;
}

static unsigned
rule_line(const char *text, const char *service)
{
	char begin[128];

	(void)snprintf(
	    begin, sizeof(begin), STACK_MARK "begin %.64s ", service);
	return find_line(text, begins_mark, begin);
}

static int
undo_rule(const char *service, const struct etc_change *f, const char *now,
    bool clear, char **text, char cause[ETC_FILE_CAUSE])
{
	char *plain = rule_edit_undo(now, service), *rule = NULL, *more;

	*text = plain;
	if (plain == NULL)
		return no_memory(cause, f);
	if (rule_edit_has(plain, service)) {
		(void)tell(cause, f, rule_line(plain, service),
		    "begins a rule of twofactl enable whose end mark is gone; "
		    "take the rule and the mark out by hand, then run this "
		    "again");
		return -1;
	}
	if (!clear && f->before.there && strcmp(now, plain) != 0)
		rule = rule_edit_get(f->before.text, service);
	if (rule == NULL)
		return 0;
	more = rule_edit_replace(now, service, rule);
	free(rule);
	if (more == NULL)
		return no_memory(cause, f);
	free(plain);
	*text = more;
	return 0;
}

int
trial_undo(const char *service, const struct etc_change *f, const char *now,
    bool clear, char **text, char cause[ETC_FILE_CAUSE])
{
	const bool untouched = f->before.there && f->after.there &&
	    strcmp(f->before.text, f->after.text) == 0;

	*text = NULL;
	if (!clear && untouched)
		*text = strdup(now);
	else if (f->kind == ETC_RULE)
		return undo_rule(service, f, now, clear, text, cause);
	else
		return undo_lines(service, f, now, clear, text, cause);
	return *text != NULL ? 0 : no_memory(cause, f);
}
