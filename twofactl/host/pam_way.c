/* SPDX-License-Identifier: BSD-2-Clause */
/* PAM's steps through a stack. */
#include "twofactl/host/pam_way.h"

#include "twofactl/host/pam_jump.h"

/* Skip the rest of this level. */
static unsigned
leave(const struct pam_stack *s, unsigned pos)
{
	const unsigned level = s->line[pos].level;

	do
		pos++;
	while (pos < s->count && s->line[pos].level >= level);
	return pos;
}

static void
take_good(struct pam_way *w, int value)
{
	if (w->sense != PAM_SENSE_NONE && w->sense != PAM_SENSE_GOOD)
		return;
	w->sense = value == RETURN_SUCCESS ? PAM_SENSE_GOOD : PAM_SENSE_ODD;
}

static void
take_bad(struct pam_way *w)
{
	if (w->sense != PAM_SENSE_BAD)
		w->spoiler = w->pos;
	w->sense = PAM_SENSE_BAD;
}

void
pam_way_act(const struct pam_stack *s, struct pam_way *w, int value)
{
	const struct pam_stack_line *line = &s->line[w->pos];
	const int action = line->action[value];
	bool bad = false;

	if (action > 0) {
		const unsigned to = pam_jump(s, w->pos, action, &bad);

		if (bad)
			take_bad(w);
		w->pos = to;
		return;
	}
	if (action == CONTROL_OK || action == CONTROL_DONE)
		take_good(w, value);
	else if (action == CONTROL_BAD || action == CONTROL_DIE)
		take_bad(w);
	else if (action == CONTROL_RESET)
		w->sense = w->saved[line->level];
	if (action == CONTROL_DIE ||
	    (action == CONTROL_DONE &&
		(w->sense == PAM_SENSE_GOOD || w->sense == PAM_SENSE_ODD)))
		w->pos = leave(s, w->pos);
	else
		w->pos++;
}

/* Note whether a failed first factor has lost the login, after PAM has acted on
 * it. */
static void
note_lost(const struct pam_stack *s, struct pam_way *w,
    const struct pam_way *from, int value)
{
	const struct pam_stack_line *line = &s->line[from->pos];

	if (w->sense != PAM_SENSE_BAD)
		w->lost = false;
	else if (from->sense != PAM_SENSE_BAD && !line->missing &&
	    !pam_returns_success(value) &&
	    pam_factor(line) != PAM_FACTOR_NONE) {
		w->lost = true;
		w->failed = w->loser = from->pos;
	}
}

/* Note which line skipped pam_twofa's, or a password's by its success. */
static void
note_skip(
    const struct pam_stack *s, struct pam_way *w, unsigned from, int value)
{
	const struct pam_stack_line *line = &s->line[from];
	const bool jumps = value == RETURN_SUCCESS && line->action[value] > 0 &&
	    !pam_stack_is(line, "pam_twofa");

	for (unsigned i = from + 1; i < w->pos; i++) {
		if (pam_stack_asks(&s->line[i]))
			w->skipper = from;
		if (jumps && pam_factor(&s->line[i]) == PAM_FACTOR_PASSWORD)
			w->jumper = from + 1;
	}
}

void
pam_way_note(const struct pam_stack *s, struct pam_way *w,
    const struct pam_way *from, int value)
{
	note_lost(s, w, from, value);
	note_skip(s, w, from->pos, value);
}

void
pam_way_enter(const struct pam_stack *s, struct pam_way *w)
{
	const unsigned level = s->line[w->pos].level;

	if (w->level < level)
		w->saved[level] = w->sense;
	for (unsigned i = level + 1; i <= PAM_STACK_LEVELS; i++)
		w->saved[i] = PAM_SENSE_NONE; /* it no longer matters */
	w->level = level;
}

uint64_t
pam_way_key(const struct pam_way *w)
{
	uint64_t key = 1; /* not 0 */

	key = key << 8 | w->pos;
	key = key << 5 | w->level;
	key = key << 2 | (uint64_t)w->sense;
	for (unsigned i = 1; i <= PAM_STACK_LEVELS; i++)
		key = key << 2 | (uint64_t)w->saved[i];
	for (unsigned i = 0; i < PAM_WAY_MODULES; i++)
		key = key << 2 | (uint64_t)w->same[i];
	key = key << 2 | (uint64_t)w->twofa;
	key = key << 2 | (uint64_t)w->factor;
	key = key << 2 | (uint64_t)w->split;
	key = key << 2 | (uint64_t)w->typed;
	return key << 1 | (uint64_t)w->lost;
}
