/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl's lines in a PAM file: where they go, and what they replace. */
#include "twofactl/etc/etc.h"
#include <stdlib.h>
#include <strings.h>

#define ASKS "auth\trequired\tpam_twofa.so\n"
/* PAM reads lines of 1024 bytes; the marks make a line longer. */
#define LINE_BYTES 960

/* Returns the text after the end mark of the block at rest; NULL without one.
 */
static const char *
block_end(const char *rest)
{
	struct text_part line;

	while (text_line_next(&rest, &line) &&
	    !text_part_begins(&line, STACK_BEGIN))
		if (text_line_is_end_mark(&line))
			return rest;
	return NULL;
}

bool
stack_edit_is_broken(const char *rest)
{
	bool inside = false;
	struct text_part line;

	while (text_line_next(&rest, &line)) {
		const bool begin = text_part_begins(&line, STACK_BEGIN);

		if ((begin && inside) ||
		    (!inside &&
			(text_line_is_end_mark(&line) ||
			    text_part_begins(&line, STACK_WAS) ||
			    text_line_contains(&line, STACK_COPY_MARK))))
			return true;
		inside = begin || (inside && !text_line_is_end_mark(&line));
	}
	return inside;
}

static size_t
trimmed_length(const struct text_part *line)
{
	size_t len = line->len;

	while (len > 0 && strchr(" \t\n", line->at[len - 1]) != NULL)
		len--;
	return len;
}

/* PAM takes a backslash before blanks for one. */
static bool
is_continued(const struct text_part *line)
{
	const size_t len = trimmed_length(line);

	return len > 0 && line->at[0] != '#' && line->at[len - 1] == '\\';
}

/* Takes the next line and those that continue it, but no mark. */
static bool
next_whole(const char **rest, struct text_part *line)
{
	struct text_part more;
	const bool found = text_line_next(rest, line);
	const char *behind = *rest;

	while (found && is_continued(line) && text_line_next(&behind, &more) &&
	    !text_part_begins(&more, STACK_MARK)) {
		line->len += more.len;
		*rest = behind;
	}
	return found;
}

/* Returns true if the file's last line had no newline. */
static bool
undo(FILE *out, const char *rest)
{
	const bool broken = stack_edit_is_broken(rest);
	const size_t was = strlen(STACK_WAS);
	const char *end = NULL; /* of the block around the line */
	bool bare = false;
	struct text_part line;

	while (next_whole(&rest, &line)) {
		bool ours;

		if (end == NULL && text_part_begins(&line, STACK_BEGIN))
			end = block_end(rest);
		/* in a block, to which others may have been added, the line may
		 * be commented out */
		ours = end != NULL ? text_line_contains(&line, "pam_twofa")
				   : broken && text_line_is_ours(&line);
		bare |= text_part_begins(&line, STACK_BARE);
		if (text_part_begins(&line, STACK_WAS))
			fwrite(line.at + was, 1, line.len - was, out);
		else if (!ours && !text_part_begins(&line, STACK_MARK) &&
		    !text_line_contains(&line, STACK_COPY_MARK))
			fwrite(line.at, 1, line.len, out);
		if (end != NULL && rest == end) {
			end = NULL;
			bare &= *rest == '\0';
		}
	}
	return bare;
}

char *
stack_edit_undo(const char *text)
{
	char *bytes = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&bytes, &len);
	bool bare;

	if (out == NULL)
		return NULL;
	bare = undo(out, text);
	bytes = text_stream_end(out, &bytes);
	if (bytes != NULL && bare && len > 0 && bytes[len - 1] == '\n')
		bytes[len - 1] = '\0';
	return bytes;
}

bool
stack_edit_has(const char *text)
{
	struct text_part line;

	while (text_line_next(&text, &line))
		if (text_part_begins(&line, STACK_BEGIN))
			return true;
	return false;
}

enum role {
	ROLE_OTHER = 0,
	ROLE_FOREIGN, /* the line is of another type than auth */
	ROLE_MODULE,  /* an auth module, which may ask for the password */
	/* the lines from here on include a file */
	ROLE_INCLUDE, /* includes the auth lines of the file name */
	ROLE_SUBSTACK,
	ROLE_WHOLE, /* @include: includes lines of other types, too */
};

struct meaning {
	enum role role;
	char word[LINE_BYTES]; /* the line's copy, into which name points */
	const char *name;      /* the file or module */
};

/* Parses a line. Returns false if it is too long or continued on the next one.
 */
static bool
mean(const struct text_part *line, struct meaning *m)
{
	char *rest = m->word;
	const char *type, *control;
	const size_t len = trimmed_length(line);

	m->role = ROLE_OTHER;
	m->name = NULL;
	if (line->len >= sizeof(m->word))
		return false;
	memcpy(m->word, line->at, len);
	m->word[len] = '\0';
	if (is_continued(line))
		return false;
	m->word[strcspn(m->word, "#")] = '\0';
	type = pam_stack_next_word(&rest);
	if (type == NULL)
		return true;
	if (strcmp(type, "@include") == 0) {
		m->role = ROLE_WHOLE;
		m->name = pam_stack_next_word(&rest);
	} else if (strcasecmp(type[0] == '-' ? type + 1 : type, "auth") == 0) {
		control = pam_stack_next_word(&rest);
		m->name = pam_stack_next_word(&rest);
		if (control == NULL || m->name == NULL)
			return true;
		if (strcasecmp(control, "include") == 0)
			m->role = ROLE_INCLUDE;
		else if (strcasecmp(control, "substack") == 0)
			m->role = ROLE_SUBSTACK;
		else
			m->role = ROLE_MODULE;
	} else {
		m->role = ROLE_FOREIGN;
	}
	return true;
}

bool
stack_edit_next_include(const char **rest, char name[PAM_STACK_WORD])
{
	struct text_part line;
	struct meaning m;

	while (text_line_next(rest, &line))
		if (mean(&line, &m) && m.name != NULL &&
		    m.role >= ROLE_INCLUDE) {
			snprintf(name, PAM_STACK_WORD, "%s", m.name);
			return true;
		}
	return false;
}

/* True if the file brings, itself or by an include, lines of account, password
 * or session, or one that cannot be parsed. */
static bool
has_foreign(
    const char *name, const struct pam_stack_source *files, unsigned depth)
{
	char path[PAM_STACK_WORD] = "";
	char *text OWNED(owned_text) = depth < PAM_STACK_LEVELS
	    ? files->read(files->ctx, name, path)
	    : NULL;
	const char *rest = text;
	struct text_part line;
	struct meaning m;
	bool found = false;

	while (!found && rest != NULL && text_line_next(&rest, &line))
		found = !mean(&line, &m) || m.role == ROLE_FOREIGN ||
		    (m.role == ROLE_WHOLE && m.name != NULL &&
			has_foreign(m.name, files, depth + 1));
	return found;
}

/* True if this line of the file, or one that it includes, may ask for a
 * password. */
static bool
asks_at(const struct pam_stack *stack, unsigned number)
{
	for (size_t i = 0; i < stack->count; i++) {
		const struct pam_stack_line *line = &stack->line[i];

		if (line->factor == PAM_FACTOR_PASSWORD &&
		    (line->part == 0 ? line->number : line->include_line) ==
			number)
			return true;
	}
	return false;
}

/* The lines of a text that ask for the password. */
struct found {
	unsigned count;
	const char *last; /* start of the last one */
	enum role role;   /* of the last one; so is name */
	char name[PAM_STACK_WORD];
};

static int
stack_edit_look(
    const char *text, const struct pam_stack_source *files, struct found *found)
{
	static struct pam_stack stack;
	struct meaning m;
	struct text_part line;

	if (pam_stack_read_text(&stack, text, files) != PAM_STACK_READ)
		return etc_file_fail("it is too long, or memory is short");
	for (unsigned number = 1; text_line_next(&text, &line); number++) {
		if (!mean(&line, &m))
			return etc_file_fail(
			    "line %u is continued in the next one, or too "
			    "long; join or shorten it",
			    number);
		if (line.at[0] != '#' && text_line_is_ours(&line))
			return etc_file_fail(
			    "line %u names pam_twofa and was not written by "
			    "twofactl enable; remove it first, or leave the "
			    "service as it is",
			    number);
		if (!asks_at(&stack, number))
			continue;
		found->count++;
		found->last = line.at;
		found->role = m.role;
		PRINT_TO(found->name, "%s", m.name);
	}
	return found->count > 0
	    ? 0
	    : etc_file_fail(
		  "no line asks for a password; write the lines by hand");
}

/* Adds a missing newline, as other lines follow. */
static void
put_line(FILE *out, const struct text_part *line)
{
	fwrite(line->at, 1, line->len, out);
	if (line->at[line->len - 1] != '\n')
		fputc('\n', out);
}

/* Writes a copy with a mark, by which stack_edit_undo removes it. */
static void
put_copy(FILE *out, const struct text_part *line)
{
	size_t len = line->len;

	while (len > 0 && strchr(" \t\r\n", line->at[len - 1]) != NULL)
		len--;
	fwrite(line->at, 1, len, out);
	fputs(STACK_COPY "\n", out);
}

/* Counts the auth lines of an included file, and writes copies to out unless it
 * is NULL. Returns 0 if they are unsuitable, with cause. */
static unsigned
stack_edit_copy_lines(FILE *out, const char *text, const char *path)
{
	struct meaning m;
	struct text_part line;
	unsigned count = 0;

	while (text_line_next(&text, &line)) {
		if (!mean(&line, &m) || m.role >= ROLE_INCLUDE) {
			(void)etc_file_fail(
			    "%s includes other files or continues a line, so "
			    "that no jump over it is safe; use --login "
			    "password, or write its lines out by hand",
			    path);
			return 0;
		}
		if (m.role != ROLE_MODULE)
			continue;
		if (out != NULL)
			put_copy(out, &line);
		count++;
	}
	return count;
}

static void
put_jump(FILE *out, unsigned count)
{
	fprintf(out,
	    "auth\t[success=%u cred_insufficient=%u default=ignore]\t"
	    "pam_twofa.so when=publickey\n",
	    count, count);
}

/* Writes an include's lines one by one: a jump over the include would end
 * elsewhere once its file changes. */
static int
put_written_out(
    FILE *out, const char *name, const struct pam_stack_source *files)
{
	char path[PAM_STACK_WORD] = "";
	char *text OWNED(owned_text) = files->read(files->ctx, name, path);
	const unsigned count =
	    text != NULL ? stack_edit_copy_lines(NULL, text, path) : 0;

	if (count > 0) {
		put_jump(out, count);
		(void)stack_edit_copy_lines(out, text, path);
	}
	return count > 0 ? 0 : -1;
}

static int
put_both(FILE *out, const struct found *found, const struct text_part *line,
    const struct pam_stack_source *files)
{
	if (found->count > 1 || found->role == ROLE_SUBSTACK)
		return etc_file_fail(
		    "more than one line, or a substack, asks for the password, "
		    "so that no jump over them is safe; use --login password");
	if (found->role >= ROLE_INCLUDE)
		return put_written_out(out, found->name, files);
	put_jump(out, 1);
	put_copy(out, line);
	return 0;
}

#define GUARD_MAX 8

/* Lines that check the password again and end the login where it is wrong: an
 * included line goes on after a failure, or ends the stack by its success. */
struct guard {
	bool substack; /* in place of the include */
	size_t count;
	struct pam_stack_line line[GUARD_MAX];
};

/* Adds the module unless it is there. False if it does not fit. */
static bool
guard_add(struct guard *g, const struct pam_stack_line *line)
{
	for (size_t i = 0; i < g->count; i++)
		if (strcmp(g->line[i].module, line->module) == 0)
			return true;
	if (g->count == GUARD_MAX)
		return false;
	g->line[g->count++] = *line;
	return strlen(line->module) + strlen(line->args) <
	    LINE_BYTES - sizeof("auth [] use_first_pass" STACK_COPY);
}

static void
put_guard(FILE *out, const struct guard *g, const struct found *found)
{
	static const char *const left_out[] = { "forward_pass",
		"try_first_pass", "use_first_pass", NULL };

	if (g->substack)
		fprintf(out, "auth\tsubstack\t%s" STACK_COPY "\n", found->name);
	for (size_t i = 0; i < g->count; i++) {
		char args[PAM_STACK_ARGS], *rest = args;

		memcpy(args, g->line[i].args, sizeof(args));
		if (i + 1 == g->count)
			fputs("auth\trequisite\t", out);
		else
			fprintf(out, "auth\t[success=%zu default=ignore]\t",
			    g->count - 1 - i);
		fputs(g->line[i].module, out);
		for (const char *w = pam_stack_next_word(&rest); w != NULL;
		     w = pam_stack_next_word(&rest))
			if (!text_is_one_of(w, left_out))
				fprintf(out, " %s", w);
		fputs(" use_first_pass" STACK_COPY "\n", out);
	}
}

static int
put_block(FILE *out, enum stack_login login, const struct found *found,
    const struct guard *guard, const struct text_part *line,
    const struct pam_stack_source *files)
{
	const bool stays = login == STACK_PASSWORD && !guard->substack;
	int rc = 0;

	if (stays)
		put_line(out, line);
	fputs(STACK_BEGIN "\n", out);
	if (!stays) {
		fputs(STACK_WAS, out);
		put_line(out, line);
	}
	if (line->at[line->len - 1] != '\n')
		fputs(STACK_BARE "\n", out);
	if (login == STACK_BOTH)
		rc = put_both(out, found, line, files);
	put_guard(out, guard, found);
	fputs(ASKS STACK_END "\n", out);
	return rc;
}

static int
check_replaced(const struct found *found, enum stack_login login,
    const struct pam_stack_source *files)
{
	if (login == STACK_KEY && found->count > 1)
		return etc_file_fail(
		    "more than one line asks for the password; put pam_twofa "
		    "in their place by hand");
	if (found->role == ROLE_WHOLE && has_foreign(found->name, files, 0))
		return etc_file_fail(
		    "\"@include %.100s\" brings lines of account, password or "
		    "session as well, which have to stay; write \"auth include "
		    "%.100s\" in its place, and the same for these, or use "
		    "--login password",
		    found->name, found->name);
	return 0;
}

/* guard->substack is cleared where no include can become one. */
static int
rewrite(FILE *out, const char *text, enum stack_login login,
    struct guard *guard, const struct pam_stack_source *files)
{
	struct found found = { .count = 0 };
	int rc = stack_edit_look(text, files, &found);
	struct text_part line;

	guard->substack &= found.role == ROLE_INCLUDE;
	if (rc == 0 && login != STACK_PASSWORD)
		rc = check_replaced(&found, login, files);
	while (rc == 0 && text_line_next(&text, &line))
		if (found.last != NULL && line.at == found.last)
			rc = put_block(out, login, &found, guard, &line, files);
		else
			fwrite(line.at, 1, line.len, out);
	return rc;
}

/* Returns 0 with *out for free(), or -1 with cause. */
static int
rewrite_text(const char *text, enum stack_login login, struct guard *guard,
    const struct pam_stack_source *files, char **out)
{
	size_t len = 0;
	FILE *stream = open_memstream(out, &len);

	return text_stream_take(stream, out,
	    stream != NULL ? rewrite(stream, text, login, guard, files) : 0);
}

/* True if no wrong password reaches pam_twofa, none bypasses it, and both
 * factors are enough. */
static bool
is_guarded(const char *text, const struct pam_stack_source *files,
    struct pam_stack *stack)
{
	const struct pam_walk_login of = { .caller_is_root = false };
	struct pam_walk w;

	if (pam_stack_read_text(stack, text, files) != PAM_STACK_READ)
		return false;
	pam_walk_check_stack(stack, &of, &w);
	return !w.too_complex && w.reached && w.failed == NULL &&
	    w.optional == NULL && w.bypass == NULL && w.denies_valid == NULL &&
	    w.stray == NULL;
}

/* Replaces *out by a text with a guard if only that one is guarded. */
static void
add_guard(const char *text, const struct pam_stack_source *files,
    struct guard *guard, char **out)
{
	static struct pam_stack stack;
	bool right = !is_guarded(*out, files, &stack);
	char *guarded = NULL;

	for (size_t i = 0;
	     right && i < stack.count && !pam_stack_line_asks(&stack.line[i]);
	     i++)
		if (pam_is_directory(&stack.line[i]) && !stack.line[i].missing)
			right = guard_add(guard, &stack.line[i]);
	right = right && guard->count > 0;
	for (int substack = 0; right && substack < 2; substack++) {
		guard->substack = substack > 0;
		if (rewrite_text(
			text, STACK_PASSWORD, guard, files, &guarded) == 0 &&
		    is_guarded(guarded, files, &stack)) {
			free(*out);
			*out = guarded;
			break;
		}
		free(guarded);
	}
}

int
stack_edit_add(const char *text, enum stack_login login,
    const struct pam_stack_source *files, char **out)
{
	char *clean OWNED(owned_text) = stack_edit_undo(text);
	static struct guard guard;
	int rc;

	*out = NULL;
	memset(&guard, 0, sizeof(guard));
	if (clean == NULL)
		return etc_file_fail("no memory; free some");
	rc = rewrite_text(clean, login, &guard, files, out);
	if (rc == 0 && login == STACK_PASSWORD)
		add_guard(clean, files, &guard, out);
	return rc;
}
