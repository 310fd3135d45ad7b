/* SPDX-License-Identifier: BSD-2-Clause */
/* Undoes a change in a text that was edited since, by matching lines. */
#include "twofactl/etc/etc.h"

#include <stdlib.h>
#include <strings.h>

#define BLANKS " \t"
#define MATCH "Match "

struct texts {
	struct text_line_list plain, with, now;
	size_t *of_with, *of_now; /* each line's index in plain */
	size_t *in_now;           /* index in now of each line of plain */
	bool *kept;               /* per line of plain: with has it too */
	bool bare;                /* now's last line has no newline */
};

static int
match(struct texts *t)
{
	t->of_with = text_line_list_match(&t->with, &t->plain);
	t->of_now = text_line_list_match(&t->now, &t->plain);
	t->in_now = calloc(t->plain.count + 1, sizeof(*t->in_now));
	t->kept = calloc(t->plain.count + 1, sizeof(*t->kept));
	if (t->of_with == NULL || t->of_now == NULL || t->in_now == NULL ||
	    t->kept == NULL)
		return -1;
	for (size_t i = 0; i < t->plain.count; i++)
		t->in_now[i] = TEXT_LINE_NO_MATCH;
	for (size_t i = 0; i < t->now.count; i++)
		if (t->of_now[i] != TEXT_LINE_NO_MATCH)
			t->in_now[t->of_now[i]] = i;
	for (size_t i = 0; i < t->with.count; i++)
		if (t->of_with[i] != TEXT_LINE_NO_MATCH)
			t->kept[t->of_with[i]] = true;
	return 0;
}

/* Returns the index in now at which to insert the lines that with has before
 * plain's line next. */
static size_t
text_undo_place(const struct texts *t, size_t next)
{
	size_t i = next;

	for (; i < t->plain.count && !t->kept[i]; i++)
		if (t->in_now[i] != TEXT_LINE_NO_MATCH)
			return t->in_now[i]; /* replaced by them */
	if (next == 0)
		return 0;
	if (t->in_now[next - 1] != TEXT_LINE_NO_MATCH)
		return t->in_now[next - 1] + 1;
	for (; i < t->plain.count; i++)
		if (t->in_now[i] != TEXT_LINE_NO_MATCH)
			return t->in_now[i];
	return t->now.count;
}

static void
text_undo_put(FILE *out, const struct text_part *line, bool bare)
{
	fwrite(line->at, 1, line->len, out);
	if (!bare)
		fputc('\n', out);
}

static void
put_now(FILE *out, const struct texts *t, size_t *from, size_t to, bool last)
{
	for (; *from < to; (*from)++) {
		const size_t i = t->of_now[*from];

		if (i == TEXT_LINE_NO_MATCH || t->kept[i])
			text_undo_put(out, &t->now.line[*from],
			    last && t->bare && *from + 1 == to);
	}
}

static char *
write_text(const struct texts *t)
{
	char *bytes = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&bytes, &len);
	size_t next = 0, now = 0;

	if (out == NULL)
		return NULL;
	for (size_t i = 0; i < t->with.count; i++) {
		if (t->of_with[i] != TEXT_LINE_NO_MATCH) {
			next = t->of_with[i] + 1;
			continue;
		}
		put_now(out, t, &now, text_undo_place(t, next), false);
		text_undo_put(out, &t->with.line[i], false);
	}
	put_now(out, t, &now, t->now.count, true);
	return text_stream_end(out, &bytes);
}

char *
text_merge(const char *plain, const char *with, const char *now)
{
	const size_t len = strlen(now);
	struct texts t = { .bare = len > 0 && now[len - 1] != '\n' };
	char *out = NULL;

	if (text_line_list_read(&t.plain, plain) == 0 &&
	    text_line_list_read(&t.with, with) == 0 &&
	    text_line_list_read(&t.now, now) == 0 && match(&t) == 0)
		out = write_text(&t);
	text_line_list_free(&t.plain);
	text_line_list_free(&t.with);
	text_line_list_free(&t.now);
	free(t.of_with);
	free(t.of_now);
	free(t.in_now);
	free(t.kept);
	return out;
}

/* True for a file of sshd's settings. Any other has lines for PAM, wherever it
 * is: authselect's, or the target of a link in PAM's folder. */
static bool
is_settings(const struct etc_change *f)
{
	return strncmp(f->path, ETC_SSH_FOLDER, strlen(ETC_SSH_FOLDER)) == 0;
}

/* True for a comment or an empty line. */
static bool
is_inactive(const struct text_part *line)
{
	const size_t blank = strspn(line->at, " \t\r");

	return blank >= line->len || line->at[blank] == '#';
}

/* True if the line is active and the text contains it. */
static bool
stands_in(const struct text_part *line, const char *text)
{
	return !is_inactive(line) && text_has_part(text, "\n", line);
}

/* Returns the number of the first line that begins with mark or, if that is
 * NULL, stands in written and not in own or, if written is NULL too, names
 * pam_twofa; or 0. */
static unsigned
find_line(
    const char *text, const char *mark, const char *written, const char *own)
{
	struct text_part rest = text_part(text), line;

	for (unsigned number = 1; text_part_next(&rest, "\n", &line); number++)
		if (mark != NULL ? text_part_begins(&line, mark)
			: written != NULL
			? stands_in(&line, written) && !stands_in(&line, own)
			: text_line_is_ours(&line))
			return number;
	return 0;
}

/* Reports a line without marks. It is kept, as it may be the admin's own.
 * Returns 1 with cause, or 0 if no such line exists. */
static int
look_at_rest(const struct etc_change *f, const char *plain, bool marked)
{
	const char *before = f->before.text;
	unsigned line = 0;

	if (!is_settings(f))
		line = find_line(plain, NULL, NULL, NULL);
	else if (!marked && f->after.text != NULL)
		line = find_line(plain, NULL, f->after.text,
		    before != NULL && !stack_edit_has(before) ? before : "");
	if (line == 0)
		return 0;
	(void)etc_file_fail(
	    "%.200s: line %u %s, so it stays; remove it if it is not yours",
	    f->path, line,
	    is_settings(f)
		? "is as twofactl enable wrote it, but the marks are gone"
		: "names pam_twofa and has no marks of twofactl enable");
	return 1;
}

/* Returns text without the lines of twofactl enable. In sshd's settings, *line
 * is that of text_undo_sshd_settings(). */
static char *
take_out(const struct etc_change *f, const char *text, unsigned *line)
{
	const char *written = f->after.text != NULL ? f->after.text : "";

	*line = 0;
	return is_settings(f) ? text_undo_sshd_settings(text, written, line)
			      : stack_edit_undo(text);
}

/* True if now has lines of twofactl enable, but none that they replaced, with
 * or without its mark, and none of somebody's in its place: without them plain
 * would ask for no password. Sets *lost to the replaced line. */
static bool
is_password_lost(const char *now, const char *after, const char *plain,
    struct text_part *lost)
{
	struct text_part rest = text_part(plain), line;
	const size_t was = strlen(STACK_WAS);

	if (find_line(now, STACK_WAS, NULL, NULL) > 0 ||
	    (find_line(now, STACK_MARK, NULL, NULL) == 0 &&
		find_line(now, NULL, NULL, NULL) == 0))
		return false;
	while (text_part_next(&rest, "\n", &line))
		if (!is_inactive(&line) && !text_has_part(after, "\n", &line))
			return false;
	for (rest = text_part(after); text_part_next(&rest, "\n", &line);)
		if (text_part_begins(&line, STACK_WAS)) {
			*lost =
			    (struct text_part){ line.at + was, line.len - was };
			return !text_has_part(plain, "\n", lost);
		}
	return false;
}

static bool
jumps_over_ours(const struct pam_stack *s, size_t pos)
{
	const struct pam_stack_line *from = &s->line[pos];
	int most = 0;

	for (int value = 0; value < RETURN_COUNT; value++)
		if (from->action[value] > most)
			most = from->action[value];
	for (size_t to = pos + 1; most > 0 && to < s->count &&
	     s->line[to].includes_before == from->includes_before;
	     to++, most--)
		if (pam_stack_line_has_module(&s->line[to], "pam_twofa"))
			return true;
	return false;
}

/* Finds a line of somebody's that jumped over one of ours, as for those who
 * need no code: now it leads elsewhere, and past the last line PAM denies the
 * login. Returns 1 with cause, or 0 if no such line exists. */
static int
look_at_jumps(const struct etc_change *f, const char *now, const char *plain)
{
	static struct pam_stack stack;
	const struct pam_stack_source no_files = { .ctx = NULL };
	const char *own = f->before.text;
	struct text_part rest = text_part(now), line = rest;
	unsigned number = 0;

	if (own == NULL || stack_edit_has(own))
		own = "";
	if (pam_stack_read_text(&stack, now, &no_files) != PAM_STACK_READ)
		return 0;
	for (size_t pos = 0; pos < stack.count; pos++) {
		while (number < stack.line[pos].number &&
		    text_part_next(&rest, "\n", &line))
			number++;
		if (!jumps_over_ours(&stack, pos) || text_line_is_ours(&line) ||
		    !stands_in(&line, plain) || stands_in(&line, own))
			continue;
		(void)etc_file_fail(
		    "%.200s: the line \"%.*s\" jumped over one of twofactl "
		    "enable, which is gone; count its jump again",
		    f->path, (int)(line.len < 200 ? line.len : 200), line.at);
		return 1;
	}
	return 0;
}

/* Leaves the text as it is. Returns -1 with cause. */
static int
text_undo_keep(const struct etc_change *f, const char *now,
    const struct text_part *lost, char **text)
{
	free(*text);
	*text = strdup(now);
	return etc_file_fail(
	    "%.200s: the line \"%.*s\" that those of twofactl enable replaced "
	    "is gone; write it, or what asks for the password now, above them, "
	    "then run this again",
	    f->path, (int)(lost->len < 200 ? lost->len : 200), lost->at);
}

/* Restores earlier lines, unless the trial's were removed by hand. *text is
 * NULL if memory is short. */
static int
undo_lines(const char *service, const struct etc_change *f, const char *now,
    bool clear, char **text)
{
	unsigned changed, of_before;
	char *plain = take_out(f, now, &changed);
	const bool marked = plain != NULL && strcmp(now, plain) != 0;
	const bool earlier =
	    !clear && f->before.text != NULL && stack_edit_has(f->before.text);
	struct text_part lost;
	int left;

	*text = plain;
	if (plain == NULL)
		return 0;
	if (changed > 0)
		return etc_file_fail(
		    "%.200s: somebody has removed a mark of twofactl enable, "
		    "so line %u may be one that it wrote; remove by hand what "
		    "is not yours there and the other mark, then run this "
		    "again",
		    f->path, changed);
	if (!is_settings(f) && f->after.text != NULL &&
	    is_password_lost(now, f->after.text, plain, &lost))
		return text_undo_keep(f, now, &lost, text);
	left = look_at_rest(f, plain, marked);
	if (marked && earlier) {
		char *before OWNED(owned_text) =
		    take_out(f, f->before.text, &of_before);

		*text = before != NULL
		    ? text_merge(before, f->before.text, plain)
		    : NULL;
		free(plain);
		return left;
	}
	if (left == 0 && marked && !is_settings(f))
		left = look_at_jumps(f, now, plain);
	if (left > 0 || !earlier)
		return left;
	snprintf(etc_cause, ETC_FILE_CAUSE,
	    "%.200s: somebody has removed the lines of twofactl enable, so "
	    "those from before the trial are gone as well; to put them back "
	    "run: twofactl enable %s",
	    f->path, service);
	return 1;
}

static int
undo_rule(const char *service, const struct etc_change *f, const char *now,
    bool clear, char **text)
{
	char *plain = rule_edit_undo(now, service);
	char *rule OWNED(owned_text) = NULL;
	char begin[128];

	*text = plain;
	if (plain == NULL)
		return 0;
	PRINT_TO(begin, STACK_MARK "begin %.64s ", service);
	if (rule_edit_has(plain, service))
		return etc_file_fail(
		    "%.200s: line %u begins a rule of twofactl enable whose "
		    "end mark is gone; remove the rule and the mark by hand, "
		    "then run this again",
		    f->path, find_line(plain, begin, NULL, NULL));
	if (!clear && f->before.text != NULL && strcmp(now, plain) != 0)
		rule = rule_edit_get(f->before.text, service);
	if (rule == NULL)
		return 0;
	*text = rule_edit_replace(now, service, rule);
	free(plain);
	return 0;
}

int
text_undo_trial(const char *service, const struct etc_change *f,
    const char *now, bool clear, char **text)
{
	const bool untouched = f->before.text != NULL &&
	    f->after.text != NULL && strcmp(f->before.text, f->after.text) == 0;

	int rc = 0;

	*text = NULL;
	if (!clear && untouched)
		*text = strdup(now);
	else
		rc = (f->kind == ETC_RULE ? undo_rule : undo_lines)(
		    service, f, now, clear, text);
	return *text != NULL
	    ? rc
	    : etc_file_fail_with_path(f->path, "no memory; free some");
}

struct broken {
	struct text_line_list now, ours;
	size_t from,
	    to;        /* range of now's lines that twofactl may have written */
	size_t *match; /* for each of ours its index in now, less from */
	bool *goes;    /* for each line of now: remove it */
};

static bool
is_mark(const struct text_part *line)
{
	return text_part_begins(line, STACK_MARK);
}

static void
narrow(struct text_line_list *ours)
{
	size_t from = 0, to;

	while (from < ours->count && !is_mark(&ours->line[from]))
		from++;
	for (to = from + 1; to < ours->count && !is_mark(&ours->line[to]);)
		to++;
	ours->count = from < ours->count ? to - from - 1 : 0;
	memmove(ours->line, ours->line + from + 1,
	    ours->count * sizeof(*ours->line));
}

/* Sets the range: after the begin mark, or before the end mark. */
static void
text_undo_find_place(struct broken *b)
{
	b->from = 0;
	b->to = b->now.count;
	for (size_t i = 0; i < b->now.count; i++) {
		if (text_part_begins(&b->now.line[i], STACK_BEGIN)) {
			b->from = i + 1;
			b->to = b->now.count;
			return;
		}
		if (is_mark(&b->now.line[i]))
			b->to = i;
	}
}

static int
read_texts(struct broken *b, const char *now, const char *written)
{
	struct text_line_list place;

	if (text_line_list_read(&b->now, now) != 0 ||
	    text_line_list_read(&b->ours, written) != 0)
		return -1;
	narrow(&b->ours);
	text_undo_find_place(b);
	place =
	    (struct text_line_list){ b->now.line + b->from, b->to - b->from };
	b->match = text_line_list_match(&b->ours, &place);
	b->goes = calloc(b->now.count + 1, sizeof(*b->goes));
	if (b->match == NULL || b->goes == NULL)
		return -1;
	for (size_t i = 0; i < b->ours.count; i++)
		if (b->match[i] != TEXT_LINE_NO_MATCH)
			b->goes[b->from + b->match[i]] = true;
	return 0;
}

/* Compares keywords ("UsePAM") without regard to case, as sshd does. */
static bool
same_keyword(const struct text_part *a, const struct text_part *b)
{
	const size_t skip_a = strspn(a->at, BLANKS);
	const size_t skip_b = strspn(b->at, BLANKS);
	const size_t len = strcspn(a->at + skip_a, BLANKS "=\r\n");

	return strcspn(b->at + skip_b, BLANKS "=\r\n") == len &&
	    strncasecmp(a->at + skip_a, b->at + skip_b, len) == 0;
}

/* True if the line has the keyword of a written line that now lacks. */
static bool
may_be_ours(const struct broken *b, size_t number)
{
	for (size_t i = 0; i < b->ours.count; i++)
		if (b->match[i] == TEXT_LINE_NO_MATCH &&
		    same_keyword(&b->ours.line[i], &b->now.line[number]))
			return true;
	return false;
}

/* Keeps the Match line above a changed line, and all lines after that one. */
static void
keep_condition(struct broken *b, size_t number)
{
	size_t begin = number;

	while (begin > b->from &&
	    !(b->goes[begin] && text_part_begins(&b->now.line[begin], MATCH)))
		begin--;
	if (!text_part_begins(&b->now.line[begin], MATCH))
		return;
	for (; begin < b->to; begin++)
		b->goes[begin] = false;
}

/* Returns the first line number in the remaining text that may_be_ours, or 0.
 */
static unsigned
find_changed(struct broken *b)
{
	size_t first = b->now.count;
	unsigned number = 1;

	for (size_t i = b->to; i-- > b->from;)
		if (!b->goes[i] && may_be_ours(b, i)) {
			first = i;
			keep_condition(b, i);
		}
	for (size_t i = 0; i < first; i++)
		number += b->goes[i] ? 0 : 1;
	return first < b->now.count ? number : 0;
}

static char *
write_rest(const struct broken *b, const char *now, bool marks)
{
	char *bytes = malloc(strlen(now) + 1);
	size_t used = 0;

	for (size_t i = 0; bytes != NULL && i < b->now.count; i++) {
		const struct text_part *line = &b->now.line[i];
		const size_t len =
		    line->len + (line->at[line->len] == '\n' ? 1 : 0);

		if (b->goes[i] || (is_mark(line) && !marks))
			continue;
		memcpy(bytes + used, line->at, len);
		used += len;
	}
	if (bytes != NULL)
		bytes[used] = '\0';
	return bytes;
}

char *
text_undo_sshd_settings(const char *now, const char *written, unsigned *line)
{
	const bool whole = !stack_edit_is_broken(now);
	struct broken b = { .from = 0 };
	bool inside = false; /* a block of twofactl's, which goes */
	char *out = NULL;

	*line = 0;
	if (read_texts(&b, now, written) == 0) {
		for (size_t i = 0; whole && i < b.now.count; i++) {
			inside |= text_part_begins(&b.now.line[i], STACK_BEGIN);
			b.goes[i] = inside;
			inside &= !text_line_is_end_mark(&b.now.line[i]);
		}
		if (!whole)
			*line = find_changed(&b);
		out = write_rest(&b, now, whole || *line != 0);
	}
	text_line_list_free(&b.now);
	text_line_list_free(&b.ours);
	free(b.match);
	free(b.goes);
	return out;
}
