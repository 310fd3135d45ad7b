/* SPDX-License-Identifier: BSD-2-Clause */
/* Suggests lines before pam_twofa. */
#include "twofactl/host/pam_remedy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "twofactl/host/pam_factor.h"

#define MODULES_MAX 8

/* Treat each substack above this level as an include. */
static void
flatten(struct pam_stack *s, unsigned level)
{
	size_t kept = 0;

	for (size_t i = 0; i < s->count; i++) {
		if (s->line[i].kind == PAM_STACK_SUB &&
		    s->line[i].level >= level)
			continue;
		if (s->line[i].level > level)
			s->line[i].level = level;
		if (kept != i)
			s->line[kept] = s->line[i];
		kept++;
	}
	s->count = kept;
}

/* Would "include" instead of "substack" be enough? */
static bool
include_does(const struct pam_stack *stack,
    const struct pam_walk_service *service, unsigned level)
{
	struct pam_stack *flat = malloc(sizeof(*flat));
	struct pam_walk w = { .too_complex = true };

	if (flat != NULL) {
		*flat = *stack;
		flatten(flat, level);
		pam_walk_judge(flat, service, &w);
	}
	free(flat);
	return !w.too_complex && w.reached && w.bypass == NULL &&
	    w.failed == NULL && w.optional == NULL && w.shut == NULL &&
	    w.cut_off == NULL;
}

/* The password modules in substacks, each once. */
static size_t
list_modules(const struct pam_stack *s, const struct pam_stack_line *end,
    const char *list[MODULES_MAX])
{
	size_t count = 0;

	for (const struct pam_stack_line *line = s->line; line < end; line++) {
		bool known = false;

		if (line->level <= end->level || line->missing ||
		    pam_factor(line) != PAM_FACTOR_PASSWORD)
			continue;
		for (size_t i = 0; i < count; i++)
			known |= pam_stack_is(line, list[i]);
		if (!known && count < MODULES_MAX)
			list[count++] = line->module;
	}
	return count;
}

/* One line for each module, and a last one that ends the login. */
static void
write_lines(char *text, size_t used, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count && used < PAM_REMEDY_TEXT; i++) {
		char control[48] = "requisite";

		if (i + 1 < count)
			(void)snprintf(control, sizeof(control),
			    "[success=%zu default=ignore]", count - 1 - i);
		used += (size_t)snprintf(text + used, PAM_REMEDY_TEXT - used,
		    "%sauth %s %s use_first_pass", i > 0 ? ", " : "", control,
		    list[i]);
	}
}

void
pam_remedy(const struct pam_stack *stack,
    const struct pam_walk_service *service, const struct pam_stack_line *failed,
    const struct pam_stack_line *twofa, char text[PAM_REMEDY_TEXT])
{
	const char *list[MODULES_MAX];
	size_t count = 0;

	if (failed->level > twofa->level) {
		if (include_does(stack, service, twofa->level)) {
			(void)snprintf(text, PAM_REMEDY_TEXT,
			    "a substack does not end the login: write include "
			    "in place of substack");
			return;
		}
		count = list_modules(stack, twofa, list);
	}
	if (count > 0)
		write_lines(text,
		    (size_t)snprintf(text, PAM_REMEDY_TEXT,
			"a substack does not end the login: write between it "
			"and pam_twofa: "),
		    list, count);
	else if (pam_factor(failed) == PAM_FACTOR_PASSWORD)
		(void)snprintf(text, PAM_REMEDY_TEXT,
		    "before pam_twofa end such logins: auth [success=1 "
		    "default=ignore] %s, auth requisite pam_deny.so",
		    failed->module);
	else
		(void)snprintf(text, PAM_REMEDY_TEXT,
		    "end such logins: write requisite in place of \"%s\"",
		    failed->control);
}

/* A jump from this line to pam_twofa, over everything in between. */
static bool
write_jump(const struct pam_stack_line *line,
    const struct pam_stack_line *twofa, char text[PAM_REMEDY_TEXT])
{
	const bool ends = pam_stack_is(twofa - 1, "pam_deny");
	const size_t between = (size_t)(twofa - line - 1);

	for (const struct pam_stack_line *l = line; l < twofa; l++)
		if (l->kind == PAM_STACK_SUB || l->level != twofa->level ||
		    strcmp(l->file, twofa->file) != 0)
			return false;
	(void)snprintf(text, PAM_REMEDY_TEXT,
	    "write [success=%zu default=ignore] in place of \"%s\"%s",
	    ends ? between : between + 1, line->control,
	    ends ? ""
		 : ", and right before pam_twofa: auth requisite "
		   "pam_deny.so");
	return true;
}

void
pam_remedy_bypass(const struct pam_stack_line *line,
    const struct pam_stack_line *twofa, char text[PAM_REMEDY_TEXT])
{
	if (pam_factor(line) != PAM_FACTOR_PASSWORD)
		(void)snprintf(text, PAM_REMEDY_TEXT,
		    "put pam_twofa before it, or change its control value");
	else if (line > twofa || strcmp(line->control, "sufficient") != 0 ||
	    !write_jump(line, twofa, text))
		(void)snprintf(text, PAM_REMEDY_TEXT,
		    "change its control value, so that a right password leads "
		    "to pam_twofa");
}
