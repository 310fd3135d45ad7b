/* SPDX-License-Identifier: BSD-2-Clause */
/* Jumps count lines, including those of included files. */
#include "twofactl/host/pam_jump.h"

unsigned
pam_jump(const struct pam_stack *s, unsigned pos, int lines, bool *bad)
{
	const unsigned level = s->line[pos].level;
	unsigned last = pos; /* so that the jump starts behind it */

	while (lines > 0 && last + 1 < s->count &&
	    s->line[last + 1].level >= level) {
		last++;
		while (last + 1 < s->count && s->line[last + 1].level > level)
			last++; /* a substack counts as one line */
		lines--;
	}
	*bad = lines > 0;
	return last + 1;
}

/* Are both in one file, with no include between them? The first line of an
 * include right after pos also counts. */
static bool
is_near(const struct pam_stack *s, const struct pam_stack_line *from,
    unsigned target)
{
	const struct pam_stack_line *to = &s->line[target];

	if (target >= s->count)
		return from->part == 0 && from->begun == s->includes;
	if (to->part == from->part)
		return to->begun == from->begun;
	return to->outer == from->part && to->part == from->begun + 1 &&
	    to->begun == to->part;
}

static bool
crosses(const struct pam_stack *s, unsigned pos)
{
	const struct pam_stack_line *line = &s->line[pos];
	bool bad;

	if (line->kind != PAM_STACK_MODULE)
		return false;
	for (int value = 0; value < RETURN_COUNT; value++)
		if (line->action[value] > 0 &&
		    !is_near(
			s, line, pam_jump(s, pos, line->action[value], &bad)))
			return true;
	return false;
}

const struct pam_stack_line *
pam_jump_crossing(const struct pam_stack *s)
{
	unsigned first = 0, end = (unsigned)s->count;

	while (first < end && !pam_stack_is(&s->line[first], "pam_twofa"))
		first++;
	while (end > first && !pam_stack_is(&s->line[end - 1], "pam_twofa"))
		end--;
	for (unsigned pos = first; pos < end; pos++)
		if (crosses(s, pos))
			return &s->line[pos];
	return NULL;
}
