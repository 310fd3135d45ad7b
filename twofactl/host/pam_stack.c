/* SPDX-License-Identifier: BSD-2-Clause */
/* Parses the files of a service into one list of auth lines: control values,
 * jumps, includes (Linux-PAM 1.5; @include is Debian's). Pure. */
#include "twofactl/host/host_inside.h"

#include <stdlib.h>

#define PAM_CONTROL_BLANKS " \f\n\r\t\v" /* libpam's isspace() */
#define JUMP_MAX 100000                  /* longer than any stack */
#define UNSET (-100)
#define LINE_LEN 1023 /* longest line that PAM 1.5 reads as one */

static const char *const returns[] = { "success", "open_err", "symbol_err",
	"service_err", "system_err", "buf_err", "perm_denied", "auth_err",
	"cred_insufficient", "authinfo_unavail", "user_unknown", "maxtries",
	"new_authtok_reqd", "acct_expired", "session_err", "cred_unavail",
	"cred_expired", "cred_err", "no_module_data", "conv_err", "authtok_err",
	"authtok_recover_err", "authtok_lock_busy", "authtok_disable_aging",
	"try_again", "ignore", "abort", "authtok_expired", "module_unknown",
	"bad_item", "conv_again", "incomplete" };
_Static_assert(COUNT_OF(returns) == RETURN_COUNT, "names");

static const struct {
	const char *name;
	enum pam_control_action action;
} actions[] = {
	{ "ignore", CONTROL_IGNORE },
	{ "ok", CONTROL_OK },
	{ "done", CONTROL_DONE },
	{ "bad", CONTROL_BAD },
	{ "die", CONTROL_DIE },
	{ "reset", CONTROL_RESET },
};

static const struct {
	const char *word;
	enum pam_control_action good, ignore, others;
} words[] = {
	{ "required", CONTROL_OK, CONTROL_IGNORE, CONTROL_BAD },
	{ "requisite", CONTROL_OK, CONTROL_IGNORE, CONTROL_DIE },
	{ "sufficient", CONTROL_DONE, CONTROL_IGNORE, CONTROL_IGNORE },
	{ "optional", CONTROL_OK, CONTROL_IGNORE, CONTROL_IGNORE },
};

static void
fill_unset(int action[RETURN_COUNT], int with)
{
	for (int i = 0; i < RETURN_COUNT; i++)
		if (action[i] == UNSET)
			action[i] = with;
}

static bool
read_control_word(const char *word, int action[RETURN_COUNT])
{
	for (size_t i = 0; i < COUNT_OF(words); i++) {
		if (strcasecmp(word, words[i].word) != 0)
			continue;
		action[RETURN_SUCCESS] = words[i].good;
		action[RETURN_NEW_AUTHTOK_REQD] = words[i].good;
		action[RETURN_IGNORE] = words[i].ignore;
		fill_unset(action, words[i].others);
		return true;
	}
	return false;
}

/* Returns the value at *p, RETURN_COUNT for "default", or -1. */
static int
read_return(const char **p)
{
	for (int i = 0; i < RETURN_COUNT; i++)
		if (text_take(p, returns[i]))
			return i;
	return text_take(p, "default") ? RETURN_COUNT : -1;
}

static int
read_action(const char **p, int *action)
{
	int64_t lines;

	for (size_t i = 0; i < COUNT_OF(actions); i++)
		if (text_take(p, actions[i].name)) {
			*action = actions[i].action;
			return 0;
		}
	lines = decimal_take(p, INT_MAX);
	*action = lines < JUMP_MAX ? (int)lines : JUMP_MAX;
	return lines > 0 ? 0 : -1;
}

/* Reads one "value=action"; blanks around "=" and after it are optional.
 * Returns the rest, or NULL. */
static const char *
read_pair(const char *p, int action[RETURN_COUNT])
{
	int value = read_return(&p);
	int act = CONTROL_BAD;

	p += strspn(p, PAM_CONTROL_BLANKS);
	if (value < 0 || *p++ != '=')
		return NULL;
	p += strspn(p, PAM_CONTROL_BLANKS);
	if (read_action(&p, &act) != 0)
		return NULL;
	if (value == RETURN_COUNT)
		fill_unset(
		    action, act); /* values before it keep their action */
	else
		action[value] = act;
	return p + strspn(p, PAM_CONTROL_BLANKS);
}

int
pam_control_read(const char *word, int action[RETURN_COUNT])
{
	const char *p = word + strspn(word, PAM_CONTROL_BLANKS);

	for (int i = 0; i < RETURN_COUNT; i++)
		action[i] = UNSET;
	if (read_control_word(word, action))
		return 0;
	while (p != NULL && *p != '\0')
		p = read_pair(p, action);
	if (p == NULL || word[0] == '\0') {
		for (int i = 0; i < RETURN_COUNT; i++)
			action[i] = CONTROL_BAD;
		return -1;
	}
	fill_unset(action, CONTROL_BAD);
	return 0;
}

/* True if both are in one file with no include between them, or target is the
 * first line of an include that follows from. */
static bool
is_adjacent(const struct pam_stack *s, const struct pam_stack_line *from,
    unsigned target)
{
	const struct pam_stack_line *to = &s->line[target];

	if (target >= s->count)
		return from->part == 0 && from->includes_before == s->includes;
	if (to->part == from->part)
		return to->includes_before == from->includes_before;
	return to->outer == from->part &&
	    to->part == from->includes_before + 1 &&
	    to->includes_before == to->part;
}

static bool
jump_crosses(const struct pam_stack *s, unsigned pos)
{
	const struct pam_stack_line *line = &s->line[pos];
	bool bad;

	if (line->kind != PAM_STACK_MODULE)
		return false;
	for (int value = 0; value < RETURN_COUNT; value++)
		if (line->action[value] > 0 &&
		    !is_adjacent(
			s, line, pam_jump(s, pos, line->action[value], &bad)))
			return true;
	return false;
}

const struct pam_stack_line *
pam_jump_crossing(const struct pam_stack *s)
{
	unsigned first = 0, end = (unsigned)s->count;

	while (first < end &&
	    !pam_stack_line_has_module(&s->line[first], "pam_twofa"))
		first++;
	while (end > first &&
	    !pam_stack_line_has_module(&s->line[end - 1], "pam_twofa"))
		end--;
	for (unsigned pos = first; pos < end; pos++)
		if (jump_crosses(s, pos))
			return &s->line[pos];
	return NULL;
}

struct reader {
	struct pam_stack *stack;
	const struct pam_stack_source *from;
	bool too_long;
};

struct place {
	const char *file;
	unsigned number, depth, level, part, outer, include_line;
};

static int pam_stack_read_file(
    struct reader *, const char *name, const struct place *);

/* Records the first error. word is the wrong word, or "". */
static void
fault(struct reader *r, const struct place *at, const char *what,
    const char *word)
{
	struct pam_stack *s = r->stack;

	if (s->fault[0] != '\0')
		return;
	PRINT_TO(s->fault, "%.200s:%u: %.250s", at->file, at->number, what);
	s->fault_line = at->number;
	PRINT_TO(s->fault_file, "%s", at->file);
	PRINT_TO(s->fault_word, "%s", word);
}

static struct pam_stack_line *
pam_stack_add(
    struct reader *r, const struct place *at, enum pam_stack_kind kind)
{
	struct pam_stack_line *line;

	if (r->stack->count == PAM_STACK_LINES) {
		r->too_long = true;
		return NULL;
	}
	line = &r->stack->line[r->stack->count++];
	memset(line, 0, sizeof(*line)); /* treat every value as bad */
	line->kind = kind;
	line->level = at->level;
	line->number = at->number;
	line->part = at->part;
	line->outer = at->outer;
	line->include_line = at->include_line;
	line->includes_before = r->stack->includes;
	PRINT_TO(line->file, "%s", at->file); /* always fits */
	return line;
}

static void
add_failing(struct reader *r, const struct place *at, const char *what,
    const char *word)
{
	fault(r, at, what, word);
	(void)pam_stack_add(r, at, PAM_STACK_FAILS);
}

static void
pam_stack_include(
    struct reader *r, const struct place *at, const char *name, bool substack)
{
	struct place inside = { .number = 1,
		.depth = at->depth + 1,
		.level = at->level,
		.outer = at->part,
		.include_line =
		    at->depth == 0 ? at->number : at->include_line };
	char what[PAM_STACK_WORD];

	if (substack) {
		(void)pam_stack_add(r, at, PAM_STACK_SUB);
		inside.level++;
	}
	inside.part = ++r->stack->includes;
	if (name != NULL && pam_stack_read_file(r, name, &inside) == 0)
		return;
	PRINT_TO(what, "the file \"%.80s\" cannot be included",
	    name != NULL ? name : "");
	add_failing(r, at, what, name != NULL ? name : "");
}

static void
add_module(
    struct reader *r, const struct place *at, const char *control, char *rest)
{
	const char *module = pam_stack_next_word(&rest);
	struct pam_stack_line *line;
	struct module_arguments args;
	char text[PAM_STACK_ARGS];
	const char *slash;

	if (module == NULL) {
		add_failing(r, at, "no module is named", control);
		return;
	}
	line = pam_stack_add(r, at, PAM_STACK_MODULE);
	if (line == NULL)
		return;
	if (pam_control_read(control, line->action) != 0)
		fault(r, at, "PAM does not know this control value", control);
	rest += strspn(rest, PAM_STACK_BLANKS);
	if (!PRINT_FITS(line->control, "%s", control) ||
	    !PRINT_FITS(line->module, "%s", module) ||
	    !PRINT_FITS(line->args, "%s", rest))
		r->too_long = true;
	slash = strrchr(line->module, '/');
	if (slash != NULL)
		line->name = (size_t)(slash + 1 - line->module);
	if (r->from->inspect != NULL) {
		const enum pam_stack_file file =
		    r->from->inspect(r->from->ctx, module);

		line->missing = file < PAM_FILE_OTHERS;
		line->copy = file == PAM_FILE_OURS;
	}
	pam_line_find_factor(line);
	/* a line with wrong arguments has a task, too */
	if (pam_stack_line_has_module(line, "pam_twofa")) {
		if (pam_stack_arguments(line, "", text, &args) == NULL)
			line->when = args.when;
		line->task = args.task;
	}
}

static void
pam_stack_take_line(struct reader *r, const struct place *at, char *text)
{
	char *rest = text;
	const char *type = pam_stack_next_word(&rest);
	const char *control;

	if (type == NULL)
		return;
	if (strcmp(type, "@include") == 0) {
		pam_stack_include(r, at, pam_stack_next_word(&rest), false);
		return;
	}
	if (type[0] == '-')
		type++;
	if (strcasecmp(type, "account") == 0 ||
	    strcasecmp(type, "session") == 0 ||
	    strcasecmp(type, "password") == 0)
		return;
	if (strcasecmp(type, "auth") != 0) {
		add_failing(r, at, "PAM does not know the first word", type);
		return;
	}
	control = pam_stack_next_word(&rest);
	if (control == NULL)
		add_failing(r, at, "the control value is missing", type);
	else if (strcasecmp(control, "include") == 0)
		pam_stack_include(r, at, pam_stack_next_word(&rest), false);
	else if (strcasecmp(control, "substack") == 0)
		pam_stack_include(r, at, pam_stack_next_word(&rest), true);
	else
		add_module(r, at, control, rest);
}

/* Returns the length of a line without its comment and without the backslash,
 * perhaps followed by blanks, that continues it and sets *more. */
static size_t
measure_line(const char *line, size_t len, bool *more)
{
	size_t used = 0;

	while (used < len && line[used] != '#')
		used++;
	*more = false;
	if (used < len)
		return used;
	while (used > 0 && strchr(PAM_STACK_BLANKS, line[used - 1]) != NULL)
		used--;
	*more = used > 0 && line[used - 1] == '\\';
	return *more ? used - 1 : used;
}

/* A construct that PAM parses differently from its appearance. */
struct oddity {
	const char *what, *word;
	unsigned line; /* index among the joined lines */
};

/* Removes the comment and joins lines that end with a backslash, in place.
 * Returns the start of the next line. *lines is the number of joined lines. */
static char *
join_line(char *text, unsigned *lines, struct oddity *oddity)
{
	char *from = text, *to = text;
	bool more = true;

	for (*lines = 0; more; ++*lines) {
		const size_t len = strcspn(from, "\n");
		const size_t used = measure_line(from, len, &more);

		if ((size_t)(to - text) + len > LINE_LEN)
			*oddity =
			    (struct oddity){ "PAM before 1.6 cuts a line of "
					     "more than 1,023 bytes in two",
				    "", *lines };
		if (*lines > 0 && !more &&
		    strspn(from, PAM_STACK_BLANKS) >= used) {
			if (oddity->what == NULL)
				*oddity = (struct oddity){
					"a backslash continues the line, and "
					"versions of PAM differ in whether an "
					"empty line or a comment ends it",
					"\\", *lines - 1
				};
			more = true;
		}
		memmove(to, from, used);
		to += used;
		from += len + (from[len] == '\n' ? 1 : 0);
		if (more)
			*to++ = ' ';
		if (more && *from == '\0') {
			*oddity =
			    (struct oddity){ "the file ends within a line, by "
					     "a backslash",
				    "\\", *lines };
			more = false;
		}
	}
	*to = '\0';
	if (strchr(text, '\r') != NULL)
		*oddity =
		    (struct oddity){ "to PAM the carriage return of Windows, "
				     "as a line ends here, is no blank but a "
				     "part of the word",
			    "\r", 0 };
	return from;
}

static void
pam_stack_take_text(struct reader *r, struct place *at, char *text)
{
	unsigned lines;

	while (*text != '\0') {
		struct oddity oddity = { .what = NULL };
		char *next = join_line(text, &lines, &oddity);

		at->number += oddity.line;
		if (oddity.what != NULL)
			fault(r, at, oddity.what, oddity.word);
		at->number -= oddity.line;
		pam_stack_take_line(r, at, text);
		at->number += lines;
		text = next;
	}
}

static int
pam_stack_read_file(
    struct reader *r, const char *name, const struct place *begin)
{
	char path[PAM_STACK_WORD] = "";
	struct place at = *begin;
	char *text OWNED(owned_text) = NULL;

	at.file = path;
	if (at.depth >= PAM_STACK_LEVELS || r->too_long ||
	    r->from->read == NULL)
		return -1;
	text = r->from->read(r->from->ctx, name, path);
	if (text == NULL)
		return -1;
	pam_stack_take_text(r, &at, text);
	return 0;
}

enum pam_stack_result
pam_stack_read(struct pam_stack *stack, const char *service,
    const struct pam_stack_source *from)
{
	const struct place begin = { .number = 1 };
	struct reader r = { .stack = stack, .from = from };

	memset(stack, 0, offsetof(struct pam_stack, line));
	if (pam_stack_read_file(&r, service, &begin) != 0)
		return PAM_STACK_ABSENT;
	if (stack->count == 0)
		(void)pam_stack_read_file(&r, "other", &begin);
	return r.too_long ? PAM_STACK_TOO_LONG : PAM_STACK_READ;
}

enum pam_stack_result
pam_stack_read_text(struct pam_stack *stack, const char *text,
    const struct pam_stack_source *from)
{
	struct place at = { .file = "", .number = 1 };
	struct reader r = { .stack = stack, .from = from };
	char *lines = strdup(text);

	memset(stack, 0, offsetof(struct pam_stack, line));
	if (lines == NULL)
		return PAM_STACK_ABSENT;
	pam_stack_take_text(&r, &at, lines);
	free(lines);
	return r.too_long ? PAM_STACK_TOO_LONG : PAM_STACK_READ;
}
