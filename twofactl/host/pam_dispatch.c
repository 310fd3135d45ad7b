/* SPDX-License-Identifier: BSD-2-Clause */
/* Does what PAM does with the result of each line of a stack. Pure. */
#include "twofactl/host/host_inside.h"

unsigned
pam_jump(const struct pam_stack *s, unsigned pos, int lines, bool *bad)
{
	const unsigned level = s->line[pos].level;
	unsigned last = pos; /* the last line that the jump skips */

	/* lines of included files count */
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

/* Returns the first line after the rest of this level. */
static unsigned
level_end(const struct pam_stack *s, unsigned pos)
{
	const unsigned level = s->line[pos].level;

	do
		pos++;
	while (pos < s->count && s->line[pos].level >= level);
	return pos;
}

static void
take_bad(struct pam_dispatch *at)
{
	if (at->sense != PAM_SENSE_BAD)
		at->spoiler = at->pos;
	at->sense = PAM_SENSE_BAD;
}

void
pam_dispatch_enter(const struct pam_stack *s, struct pam_dispatch *at)
{
	const unsigned level = s->line[at->pos].level;

	if (at->level < level)
		at->saved[level] = at->sense;
	for (unsigned i = level + 1; i <= PAM_STACK_LEVELS; i++)
		at->saved[i] = PAM_SENSE_NONE; /* no longer used */
	at->level = level;
}

void
pam_dispatch_apply(
    const struct pam_stack *s, struct pam_dispatch *at, int value)
{
	const struct pam_stack_line *line = &s->line[at->pos];
	const int action = line->action[value];
	bool bad = false;

	if (action > 0) {
		const unsigned to = pam_jump(s, at->pos, action, &bad);

		if (bad)
			take_bad(at);
		at->pos = to;
		return;
	}
	if ((action == CONTROL_OK || action == CONTROL_DONE) &&
	    (at->sense == PAM_SENSE_NONE || at->sense == PAM_SENSE_GOOD))
		at->sense =
		    value == RETURN_SUCCESS ? PAM_SENSE_GOOD : PAM_SENSE_ODD;
	else if (action == CONTROL_BAD || action == CONTROL_DIE)
		take_bad(at);
	else if (action == CONTROL_RESET)
		at->sense = at->saved[line->level];
	if (action == CONTROL_DIE ||
	    (action == CONTROL_DONE &&
		(at->sense == PAM_SENSE_GOOD || at->sense == PAM_SENSE_ODD)))
		at->pos = level_end(s, at->pos);
	else
		at->pos++;
}
