/* SPDX-License-Identifier: BSD-2-Clause */
/* Adds our lines to a PAM file, after the password's lines or in place of
 * them. */
#include "twofactl/install/stack_edit.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "twofactl/host/host.h"
#include "twofactl/install/stack_lines.h"

#define ASKS "auth\trequired\tpam_twofa.so\n"
/* PAM reads 1024 at once, and our text may make a line longer. */
#define LINE_BYTES 960

static enum stack_edit_result refuse(char cause[STACK_EDIT_CAUSE],
    const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static enum stack_edit_result
refuse(char cause[STACK_EDIT_CAUSE], const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(cause, STACK_EDIT_CAUSE, fmt, ap);
	va_end(ap);
	return STACK_EDIT_REFUSED;
}

/* What kind of line it is. */
enum role {
	ROLE_OTHER = 0,
	ROLE_MODULE,  /* auth: it may ask for the password itself */
	ROLE_INCLUDE, /* includes a file with auth lines: name */
	ROLE_SUBSTACK,
};

struct meaning {
	enum role role;
	bool whole;   /* other types of lines in that file are included too */
	bool foreign; /* it is of another type */
	char word[LINE_BYTES]; /* what name points into */
	const char *name;      /* the file or module */
};

static void
mean_auth(struct meaning *m, char *rest)
{
	const char *control = pam_stack_word(&rest);

	m->name = pam_stack_word(&rest);
	if (control == NULL || m->name == NULL)
		return;
	m->role = strcasecmp(control, "include") == 0 ? ROLE_INCLUDE
	    : strcasecmp(control, "substack") == 0    ? ROLE_SUBSTACK
						      : ROLE_MODULE;
}

/* False: it is too long, or continues on the next line. */
static bool
mean(const struct stack_line *line, struct meaning *m)
{
	char *rest = m->word;
	const char *type;

	m->role = ROLE_OTHER;
	m->name = NULL;
	m->whole = m->foreign = false;
	if (line->len >= sizeof(m->word))
		return false;
	memcpy(m->word, line->at, line->len);
	m->word[line->len] = '\0';
	m->word[strcspn(m->word, "\n")] = '\0';
	if (m->word[0] != '#' && m->word[0] != '\0' &&
	    m->word[strlen(m->word) - 1] == '\\')
		return false;
	m->word[strcspn(m->word, "#")] = '\0';
	type = pam_stack_word(&rest);
	if (type == NULL)
		return true;
	if (strcmp(type, "@include") == 0) {
		m->role = ROLE_INCLUDE;
		m->whole = true;
		m->name = pam_stack_word(&rest);
	} else if (strcasecmp(type[0] == '-' ? type + 1 : type, "auth") == 0) {
		mean_auth(m, rest);
	} else {
		m->foreign = true;
	}
	return true;
}

static bool
is_factor(const char *module)
{
	struct pam_stack_line line = { .kind = PAM_STACK_MODULE };

	(void)snprintf(line.module, sizeof(line.module), "%s", module);
	return pam_factor(&line) == PAM_FACTOR_PASSWORD;
}

/* A test for lines in a file and its includes. */
typedef bool line_test(
    const struct stack_line *, const struct pam_stack_source *, unsigned depth);

static bool
file_has(line_test *test, const char *name,
    const struct pam_stack_source *files, unsigned depth)
{
	char path[PAM_STACK_WORD] = "";
	char *text = depth < PAM_STACK_LEVELS
	    ? files->read(files->ctx, name, path)
	    : NULL;
	const char *rest = text;
	struct stack_line line;
	bool found = false;

	while (!found && rest != NULL && stack_line_next(&rest, &line))
		found = test(&line, files, depth + 1);
	free(text);
	return found;
}

/* Could this line ask for a password? */
static bool
asks(const struct stack_line *line, const struct pam_stack_source *files,
    unsigned depth)
{
	struct meaning m;

	if (!mean(line, &m) || m.role == ROLE_OTHER || m.name == NULL)
		return false;
	return m.role == ROLE_MODULE ? is_factor(m.name)
				     : file_has(asks, m.name, files, depth);
}

/* Is it, or does it include, a line of account, password or session? */
static bool
is_foreign(const struct stack_line *line, const struct pam_stack_source *files,
    unsigned depth)
{
	struct meaning m;

	if (!mean(line, &m) || m.foreign)
		return true;
	return m.whole && m.name != NULL &&
	    file_has(is_foreign, m.name, files, depth);
}

/* The password's lines in a text. */
struct found {
	unsigned count;
	const char *last; /* start of the last one */
	enum role role;   /* of it */
	bool whole;
	char name[PAM_STACK_WORD];
};

static enum stack_edit_result
look(const char *text, const struct pam_stack_source *files,
    struct found *found, char cause[STACK_EDIT_CAUSE])
{
	struct meaning m;
	struct stack_line line;

	for (unsigned number = 1; stack_line_next(&text, &line); number++) {
		if (!mean(&line, &m))
			return refuse(cause,
			    "line %u is continued in the next one, or too "
			    "long; join or shorten it",
			    number);
		if (line.at[0] != '#' && stack_line_ours(&line))
			return refuse(cause,
			    "line %u names pam_twofa and was not written by "
			    "twofactl enable; take it out first, or leave the "
			    "service as it is",
			    number);
		if (!asks(&line, files, 0))
			continue;
		found->count++;
		found->last = line.at;
		found->role = m.role;
		found->whole = m.whole;
		(void)snprintf(found->name, sizeof(found->name), "%s", m.name);
	}
	return found->count > 0
	    ? STACK_EDIT_DONE
	    : refuse(cause,
		  "no line asks for a password; write the lines by hand");
}

/* A line of ours follows, so it must end with a newline. */
static void
put_line(FILE *out, const struct stack_line *line)
{
	fwrite(line->at, 1, line->len, out);
	if (line->at[line->len - 1] != '\n')
		fputc('\n', out);
}

/* Write a marked copy, which is removed again later. */
static void
put_copy(FILE *out, const struct stack_line *line)
{
	size_t len = line->len;

	while (len > 0 && strchr(" \t\r\n", line->at[len - 1]) != NULL)
		len--;
	fwrite(line->at, 1, len, out);
	fputs(STACK_COPY "\n", out);
}

/* Count the auth lines of an included file and write them to out, if that is
 * not NULL. 0 after refusing. */
static unsigned
copy_lines(
    FILE *out, const char *text, const char *path, char cause[STACK_EDIT_CAUSE])
{
	struct meaning m;
	struct stack_line line;
	unsigned count = 0;

	while (stack_line_next(&text, &line)) {
		if (!mean(&line, &m) || m.role == ROLE_INCLUDE ||
		    m.role == ROLE_SUBSTACK) {
			(void)refuse(cause,
			    "%s includes other files or continues a line, so "
			    "that no jump over it is safe; use --login "
			    "password, or write its lines out by hand",
			    path);
			return 0;
		}
		if (m.role == ROLE_OTHER)
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

/* An include is written out line by line: a jump over it would end elsewhere
 * when its file changes. */
static enum stack_edit_result
put_written_out(FILE *out, const char *name,
    const struct pam_stack_source *files, char cause[STACK_EDIT_CAUSE])
{
	char path[PAM_STACK_WORD] = "";
	char *text = files->read(files->ctx, name, path);
	const unsigned count =
	    text != NULL ? copy_lines(NULL, text, path, cause) : 0;

	if (count > 0) {
		put_jump(out, count);
		(void)copy_lines(out, text, path, cause);
	}
	free(text);
	return count > 0 ? STACK_EDIT_DONE : STACK_EDIT_REFUSED;
}

static enum stack_edit_result
put_both(FILE *out, const struct found *found, const struct stack_line *line,
    const struct pam_stack_source *files, char cause[STACK_EDIT_CAUSE])
{
	if (found->count > 1 || found->role == ROLE_SUBSTACK)
		return refuse(cause,
		    "more than one line, or a substack, asks for the password, "
		    "so that no jump over them is safe; use --login password");
	if (found->role == ROLE_INCLUDE)
		return put_written_out(out, found->name, files, cause);
	put_jump(out, 1);
	put_copy(out, line);
	return STACK_EDIT_DONE;
}

/* Our block: replaces the line or follows it. */
static enum stack_edit_result
put_block(FILE *out, enum stack_login login, const struct found *found,
    const struct stack_line *line, const struct pam_stack_source *files,
    char cause[STACK_EDIT_CAUSE])
{
	enum stack_edit_result result = STACK_EDIT_DONE;

	if (login == STACK_PASSWORD)
		put_line(out, line);
	fputs(STACK_BEGIN "\n", out);
	if (login != STACK_PASSWORD) {
		fputs(STACK_WAS, out);
		put_line(out, line);
	}
	if (line->at[line->len - 1] != '\n')
		fputs(STACK_BARE "\n", out);
	if (login == STACK_BOTH)
		result = put_both(out, found, line, files, cause);
	fputs(ASKS STACK_END "\n", out);
	return result;
}

/* Can the password's line be replaced? */
static enum stack_edit_result
check_replaced(const struct found *found, enum stack_login login,
    const struct pam_stack_source *files, char cause[STACK_EDIT_CAUSE])
{
	if (login == STACK_KEY && found->count > 1)
		return refuse(cause,
		    "more than one line asks for the password; put pam_twofa "
		    "in their place by hand");
	if (found->whole && file_has(is_foreign, found->name, files, 0))
		return refuse(cause,
		    "\"@include %.100s\" brings lines of account, password or "
		    "session as well, which have to stay; write \"auth include "
		    "%.100s\" in its place, and the same for these, or use "
		    "--login password",
		    found->name, found->name);
	return STACK_EDIT_DONE;
}

static enum stack_edit_result
rewrite(FILE *out, const char *text, enum stack_login login,
    const struct pam_stack_source *files, char cause[STACK_EDIT_CAUSE])
{
	struct found found = { .count = 0 };
	enum stack_edit_result result = look(text, files, &found, cause);
	struct stack_line line;

	if (result == STACK_EDIT_DONE && login != STACK_PASSWORD)
		result = check_replaced(&found, login, files, cause);
	while (result == STACK_EDIT_DONE && stack_line_next(&text, &line))
		if (line.at == found.last)
			result =
			    put_block(out, login, &found, &line, files, cause);
		else
			fwrite(line.at, 1, line.len, out);
	return result;
}

/* *out: NULL except for DONE. */
static enum stack_edit_result
add(const char *text, enum stack_login login,
    const struct pam_stack_source *files, char **out,
    char cause[STACK_EDIT_CAUSE])
{
	size_t len = 0;
	FILE *stream = open_memstream(out, &len);
	enum stack_edit_result result;
	bool failed;

	if (stream == NULL)
		return refuse(cause, "no memory; free some");
	result = rewrite(stream, text, login, files, cause);
	failed = ferror(stream) != 0;
	if (fclose(stream) == 0 && !failed && result == STACK_EDIT_DONE)
		return result;
	free(*out);
	*out = NULL;
	return result == STACK_EDIT_DONE ? refuse(cause, "no memory; free some")
					 : result;
}

enum stack_edit_result
stack_edit_add(const char *text, enum stack_login login,
    const struct pam_stack_source *files, char **out,
    char cause[STACK_EDIT_CAUSE])
{
	char *clean = stack_edit_undo(text);
	enum stack_edit_result result;

	*out = NULL;
	result = clean != NULL ? add(clean, login, files, out, cause)
			       : refuse(cause, "no memory; free some");
	free(clean);
	return result;
}
