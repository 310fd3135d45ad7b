/* SPDX-License-Identifier: BSD-2-Clause */
/* Red Hat's files with the code behind each password, whose "sufficient" would
 * end the stack there. Lines of a template that depend on a feature keep their
 * condition, and so the features. */
#include "twofactl/etc/etc.h"
#include <ctype.h>
#include <stdlib.h>

#define JUMP_WITHIN 8 /* lines, of which each may depend on a feature */

static bool
asks(const struct pam_stack_line *line)
{
	return strcasecmp(line->control, "sufficient") == 0 &&
	    line->factor == PAM_FACTOR_PASSWORD;
}

/* "{include if ...}" to the end of the line; "" without one. */
static const char *
condition(const struct pam_stack_line *line)
{
	const char *at = strstr(line->args, "{include if");

	at = at != NULL ? at : strstr(line->args, "{exclude if");
	return at != NULL ? at : "";
}

/* True if the line is there with these features: a bit of mask for each line's
 * condition, counted from the first one. Equal expressions share the first bit.
 */
static bool
is_there(
    const struct pam_stack *stack, unsigned first, unsigned nth, unsigned mask)
{
	const char *own = condition(&stack->line[nth]), *other;
	const char *expression = strchr(own, '"');
	unsigned i = first;

	if (expression == NULL)
		return true;
	while (i < nth &&
	    ((other = strchr(condition(&stack->line[i]), '"')) == NULL ||
		strcmp(other, expression) != 0))
		i++;
	return ((mask >> (i - first) & 1) != 0) == (own[1] == 'i');
}

/* Returns how many lines a jump over this number of lines crosses once ours are
 * there, or -1 if that depends on a feature. */
static long
longer_jump(const struct pam_stack *stack, unsigned from, long lines)
{
	long found = -1;

	for (unsigned mask = 0; mask < 1u << JUMP_WITHIN; mask++) {
		long left = lines, more = lines;

		for (unsigned i = from + 1;
		     left > 0 && i < stack->count && i < from + JUMP_WITHIN;
		     i++)
			if (is_there(stack, from, i, mask)) {
				left--;
				more += asks(&stack->line[i]);
			}
		if (!is_there(stack, from, from, mask))
			continue;
		if (found >= 0 && found != more)
			return -1;
		found = more;
	}
	return found;
}

/* Writes the control with longer jumps to out. Returns whether one is longer,
 * or -1 with cause. */
static int
make_control(
    const struct pam_stack *stack, unsigned of, char out[2 * PAM_STACK_WORD])
{
	const char *at = stack->line[of].control;
	bool changed = false;
	size_t len = 0;

	while (*at != '\0' && len < PAM_STACK_WORD) {
		char *behind;
		long lines, more;

		out[len++] = *at;
		if (*at++ != '=' || !isdigit((unsigned char)*at))
			continue;
		lines = strtol(at, &behind, 10);
		more = longer_jump(stack, of, lines);
		if (more < 0)
			return etc_file_fail("line %u jumps over one that "
					     "depends on a feature",
			    stack->line[of].number);
		changed |= more != lines;
		len += (size_t)snprintf(out + len, PAM_STACK_WORD, "%ld", more);
		at = behind;
	}
	out[len] = '\0';
	return changed;
}

/* Returns 0, or -1 with cause. */
static int
put_auth_line(FILE *out, const struct pam_stack *stack, unsigned nth,
    const struct text_part *text)
{
	const struct pam_stack_line *line = &stack->line[nth];
	char control[2 * PAM_STACK_WORD];
	const int longer = make_control(stack, nth, control);

	if (longer < 0)
		return -1;
	if (longer > 0 || asks(line))
		fputs(STACK_BEGIN "\n" STACK_WAS, out);
	fwrite(text->at, 1, text->len, out);
	if (longer > 0 || asks(line))
		fprintf(out, "auth\t[%s]\t%s %s" STACK_COPY "\n",
		    asks(line) ? "success=ok new_authtok_reqd=ok default=1"
			       : control,
		    line->module, line->args);
	if (asks(line))
		fprintf(out,
		    "auth\t[success=done new_authtok_reqd=done default=die]\t"
		    "pam_twofa.so %s\n",
		    condition(line));
	if (longer > 0 || asks(line))
		fputs(STACK_END "\n", out);
	return 0;
}

static int
authselect_edit_rewrite(
    FILE *out, const char *text, const struct pam_stack *stack)
{
	struct text_part line;
	unsigned nth = 0;
	bool any = false;
	int rc = 0;

	if (stack->includes > 0)
		return etc_file_fail("it includes another file");
	for (unsigned i = 0; i < stack->count; i++)
		any |= asks(&stack->line[i]);
	if (!any)
		return etc_file_fail(
		    "no \"sufficient\" line in it asks for a password");
	for (unsigned number = 1; rc == 0 && text_line_next(&text, &line);
	     number++)
		if (nth < stack->count && stack->line[nth].number == number)
			rc = put_auth_line(out, stack, nth++, &line);
		else
			fwrite(line.at, 1, line.len, out);
	return rc;
}

int
authselect_edit_add(const char *text, char **out)
{
	static struct pam_stack stack;
	char *clean OWNED(owned_text) = stack_edit_undo(text);
	const struct pam_stack_source no_files = { .ctx = NULL };
	size_t len = 0;
	FILE *stream = clean != NULL ? open_memstream(out, &len) : NULL;
	int rc = 0;

	if (stream != NULL)
		rc = pam_stack_read_text(&stack, clean, &no_files) ==
			PAM_STACK_READ
		    ? authselect_edit_rewrite(stream, clean, &stack)
		    : etc_file_fail("it is too long");
	return text_stream_take(stream, out, rc);
}
