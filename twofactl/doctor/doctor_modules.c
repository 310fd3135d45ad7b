/* SPDX-License-Identifier: BSD-2-Clause */
/* Modules that a stack names and that are not installed: PAM lets such a line
 * fail. */
#include "twofactl/doctor/doctor_module.h"

#include <glob.h>
#include <stdio.h>
#include <string.h>

#include "twofactl/doctor/doctor_word.h"
#include "twofactl/host/host.h"

#define TWOFA "pam_twofa"
#define NEAR_OURS 3 /* letters that may differ, as in "pam_2fa" */
#define NEAR_OTHERS 2
#define NAME_MAX_LEN 64

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

size_t
doctor_distance(const char *a, const char *b)
{
	const size_t lines = strcspn(a, "."), len = strcspn(b, ".");
	size_t row[NAME_MAX_LEN + 1];

	if (lines > NAME_MAX_LEN || len > NAME_MAX_LEN)
		return NAME_MAX_LEN;
	for (size_t j = 0; j <= len; j++)
		row[j] = j;
	for (size_t i = 1; i <= lines; i++) {
		size_t before = row[0];

		row[0] = i;
		for (size_t j = 1; j <= len; j++) {
			const size_t other = before + (a[i - 1] != b[j - 1]);

			before = row[j];
			row[j] = least(least(row[j], row[j - 1]) + 1, other);
		}
	}
	return row[len];
}

/* The folder where PAM looks for this module: that of its path, or that of
 * PAM's own modules. False: unknown. */
static bool
folder_of(const char *module, char out[CTL_PATH_MAX])
{
	bool known = true;

	if (module[0] == '/')
		snprintf(out, CTL_PATH_MAX, "%s", module);
	else
		known = pam_folder_module("pam_deny.so", out, CTL_PATH_MAX);
	if (known)
		*strrchr(out, '/') = '\0';
	return known;
}

/* The most similar installed name; "" none is similar. */
static void
nearest(const char *folder, const char *name, char out[NAME_MAX_LEN + 1])
{
	char pattern[CTL_PATH_MAX + sizeof("/pam_*.so")];
	size_t best = NEAR_OTHERS + 1;
	glob_t found = { 0 };

	out[0] = '\0';
	snprintf(pattern, sizeof(pattern), "%s/pam_*.so", folder);
	(void)glob(pattern, 0, NULL, &found);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		const char *other = strrchr(found.gl_pathv[i], '/') + 1;
		const size_t far = doctor_distance(name, other);

		if (far >= best)
			continue;
		best = far;
		snprintf(out, NAME_MAX_LEN + 1, "%s", other);
	}
	globfree(&found);
}

static bool
is_gone(const struct pam_stack_line *line, char folder[CTL_PATH_MAX])
{
	return line->missing && !pam_stack_is(line, TWOFA) &&
	    folder_of(line->module, folder);
}

bool
doctor_module_misspelt(const struct pam_stack_line *line)
{
	char folder[CTL_PATH_MAX];

	return is_gone(line, folder) &&
	    doctor_distance(pam_stack_name(line), TWOFA) <= NEAR_OURS;
}

/* Without it, if that opens nothing: jumps count lines, so that none may be
 * taken out. */
static void
find_optional(const char *service, const struct pam_walk_service *of,
    const struct pam_stack_line *line, char text[PAM_STACK_CAUSE])
{
	const struct doctor_word word = { line->file, line->number,
		line->control };

	if (doctor_word_closed(service, of, &word, "optional", NULL))
		snprintf(text, PAM_STACK_CAUSE,
		    "write optional in place of \"%s\"", line->control);
	else
		snprintf(text, PAM_STACK_CAUSE,
		    "since without this line the stack would let in without "
		    "pam_twofa, write its auth lines as docs/guide/by-hand.md "
		    "has them");
}

static void
tell_gone(struct doctor *d, const char *service,
    const struct pam_walk_service *of, const struct pam_stack_line *line,
    const char *folder)
{
	const char *name = pam_stack_name(line);
	const bool ours = doctor_distance(name, TWOFA) <= NEAR_OURS;
	const int action = line->action[RETURN_MODULE_UNKNOWN];
	const bool denies = action == CONTROL_BAD || action == CONTROL_DIE;
	char other[NAME_MAX_LEN + 1], path[CTL_PATH_MAX];
	char remedy[PAM_STACK_CAUSE];

	if (!ours && !denies)
		return; /* the control value allows it */
	find_optional(service, of, line, remedy);
	if (pam_folder_look(NULL, line->module) == PAM_FILE_NO_AUTH) {
		doctor_problem(d, "pam-module",
		    "%s: %s:%u: %s has nothing to do in auth, and so the line "
		    "denies every login that comes to it; %s",
		    service, line->file, line->number, line->module, remedy);
		return;
	}
	nearest(folder, name, other);
	if (ours)
		snprintf(other, sizeof(other), TWOFA ".so");
	else if (pam_folder_module(name, path, sizeof(path)))
		snprintf(other, sizeof(other), "%.*s", NAME_MAX_LEN, name);
	if (other[0] != '\0')
		snprintf(remedy, sizeof(remedy), "write %s in place of \"%s\"",
		    other, line->module);
	doctor_problem(d, "pam-module",
	    "%s: %s:%u: there is no %s in %s, and so the line %s; %s%s",
	    service, line->file, line->number, name, folder,
	    denies ? "denies every login that comes to it" : "does nothing",
	    other[0] != '\0' ? "" : "install it; or ", remedy);
}

/* Was this line reported before, in a file that is included twice? */
static bool
is_again(const struct pam_stack *stack, size_t pos)
{
	const struct pam_stack_line *line = &stack->line[pos];

	for (size_t i = 0; i < pos; i++)
		if (stack->line[i].number == line->number &&
		    strcmp(stack->line[i].file, line->file) == 0)
			return true;
	return false;
}

bool
doctor_module_gone(struct doctor *d, const char *service,
    const struct pam_walk_service *of, const struct pam_stack *stack)
{
	char folder[CTL_PATH_MAX];
	bool misspelt = false;

	for (size_t i = 0; i < stack->count; i++) {
		const struct pam_stack_line *line = &stack->line[i];

		misspelt |= doctor_module_misspelt(line);
		if (!is_again(stack, i) && is_gone(line, folder))
			tell_gone(d, service, of, line, folder);
	}
	return misspelt;
}
