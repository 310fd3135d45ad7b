/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The ways through an auth stack. What a module returns is not known, so each
 * way is gone; two that meet at the same line in the same state are one.
 */
#include "twofactl/host/pam_walk.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/wire/ssh_method.h"
#include "twofactl/host/pam_factor.h"
#include "twofactl/host/pam_jump.h"
#include "twofactl/host/pam_returns.h"

#define TWOFA "pam_twofa"
#define PLACES 65536                   /* for ways that were met */
#define WAYS_MAX (PLACES - PLACES / 4) /* a fuller table is slow */

/* PAM's impression and status together. */
enum sense {
	SENSE_NONE = 0,
	SENSE_GOOD, /* positive, and success */
	SENSE_ODD,  /* positive, but not success */
	SENSE_BAD,
};

enum seen {
	SEEN_NOT = 0,
	SEEN_FAILED,
	SEEN_GOOD,
};

/* What split took for a password. */
enum split {
	SPLIT_NOT = 0,
	SPLIT_OPEN, /* nothing has judged it */
	SPLIT_JUDGED,
};

struct way {
	unsigned pos, level; /* the line that is next; the last one's level */
	enum sense sense;
	enum sense saved[PAM_STACK_LEVELS + 1]; /* at each substack's begin */
	enum seen twofa, factor;
	enum split split;
	bool typed; /* a password */
	/* not part of the state, but of what is told: lines, count when none */
	unsigned skipper, failed, silent;
};

/* The rest of this level is not looked at. */
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
take_good(struct way *w, int value)
{
	if (w->sense != SENSE_NONE && w->sense != SENSE_GOOD)
		return;
	w->sense = value == RETURN_SUCCESS ? SENSE_GOOD : SENSE_ODD;
}

/* What PAM does after the line at w->pos has returned value. */
static void
act(const struct pam_stack *s, struct way *w, int value)
{
	const struct pam_stack_line *line = &s->line[w->pos];
	const int action = line->action[value];
	bool bad = false;

	if (action > 0) {
		w->pos = pam_jump(s, w->pos, action, &bad);
		if (bad)
			w->sense = SENSE_BAD;
		return;
	}
	if (action == CONTROL_OK || action == CONTROL_DONE)
		take_good(w, value);
	else if (action == CONTROL_BAD || action == CONTROL_DIE)
		w->sense = SENSE_BAD;
	else if (action == CONTROL_RESET)
		w->sense = w->saved[line->level];
	if (action == CONTROL_DIE ||
	    (action == CONTROL_DONE &&
		(w->sense == SENSE_GOOD || w->sense == SENSE_ODD)))
		w->pos = leave(s, w->pos);
	else
		w->pos++;
}

/* The turn of the line at w->pos begins. */
static void
enter(const struct pam_stack *s, struct way *w)
{
	const unsigned level = s->line[w->pos].level;

	if (w->level < level)
		w->saved[level] = w->sense;
	for (unsigned i = level + 1; i <= PAM_STACK_LEVELS; i++)
		w->saved[i] = SENSE_NONE; /* it makes no difference any more */
	w->level = level;
}

/* Ways that are still to be gone, and all that were met. */
struct search {
	const struct pam_stack *stack;
	const struct pam_login *login;
	struct pam_walk *found;
	uint64_t met[PLACES]; /* 0: free */
	size_t ways;          /* of them */
	struct way *todo;
	size_t count, cap;
	bool factor_seen, admits;
};

static uint64_t
key_of(const struct way *w)
{
	uint64_t key = 1; /* not 0 */

	key = key << 8 | w->pos;
	key = key << 5 | w->level;
	key = key << 2 | (uint64_t)w->sense;
	for (unsigned i = 1; i <= PAM_STACK_LEVELS; i++)
		key = key << 2 | (uint64_t)w->saved[i];
	key = key << 2 | (uint64_t)w->twofa;
	key = key << 2 | (uint64_t)w->factor;
	key = key << 2 | (uint64_t)w->split;
	return key << 1 | (uint64_t)w->typed;
}

/* True when it was not met before. */
static bool
meet(struct search *s, uint64_t key)
{
	size_t at = (size_t)(key * UINT64_C(0x9e3779b97f4a7c15) >> 48);

	while (s->met[at] != 0 && s->met[at] != key)
		at = (at + 1) % PLACES;
	if (s->met[at] == key)
		return false;
	if (s->ways == WAYS_MAX) {
		s->found->too_complex = true;
		return false;
	}
	s->met[at] = key;
	s->ways++;
	return true;
}

static void
push(struct search *s, const struct way *w)
{
	size_t cap = s->cap == 0 ? 256 : 2 * s->cap;
	struct way *longer;

	if (!meet(s, key_of(w)))
		return;
	if (s->count == s->cap) {
		longer = realloc(s->todo, cap * sizeof(*longer));
		if (longer == NULL) {
			s->found->too_complex = true;
			return;
		}
		s->todo = longer;
		s->cap = cap;
	}
	s->todo[s->count++] = *w;
}

static void
name(const struct pam_stack_line **found, const struct pam_stack_line *line)
{
	if (*found == NULL)
		*found = line;
}

/* The way has come to a line that asks. */
static void
note_asking(struct search *s, struct way *w, bool success)
{
	const struct pam_stack_line *line = &s->stack->line[w->pos];
	struct pam_walk *found = s->found;

	found->reached = true;
	s->factor_seen |= w->factor != SEEN_NOT || w->typed;
	found->no_password |= !w->typed;
	if (w->factor == SEEN_FAILED)
		name(&found->failed, &s->stack->line[w->failed]);
	if (w->factor == SEEN_GOOD && !w->typed && s->login->passed == 0)
		name(&found->silent, &s->stack->line[w->silent]);
	if (w->split == SPLIT_OPEN && w->sense != SENSE_BAD)
		name(&found->unjudged, line);
	if (w->split == SPLIT_NOT && line->task == TASK_NO_PROMPT)
		name(&found->bare, line);
	if (w->twofa == SEEN_GOOD)
		name(&found->again, line);
	else
		w->twofa = success ? SEEN_GOOD : SEEN_FAILED;
}

static void
note_ours(struct search *s, struct way *w, int value)
{
	const struct pam_stack_line *line = &s->stack->line[w->pos];

	switch (line->task) {
	case TASK_ASK:
	case TASK_NO_PROMPT:
		note_asking(s, w, value == RETURN_SUCCESS);
		break;
	case TASK_SPLIT:
		if (w->typed)
			name(&s->found->late, line);
		w->split = SPLIT_OPEN;
		w->typed = true;
		break;
	case TASK_WHEN:
		if (value == RETURN_CRED_INSUFFICIENT)
			w->factor = SEEN_GOOD;
		break;
	}
}

/* What this line's result means for us. */
static void
note(struct search *s, struct way *w, int value)
{
	const struct pam_stack_line *line = &s->stack->line[w->pos];
	const enum pam_factor factor = pam_factor(line);

	if (pam_stack_is(line, TWOFA))
		note_ours(s, w, value);
	if (factor == PAM_FACTOR_NONE || value == RETURN_IGNORE)
		return;
	w->typed |= factor == PAM_FACTOR_PASSWORD;
	if (!pam_returns_success(value)) {
		w->failed = w->pos;
		if (w->factor == SEEN_NOT)
			w->factor = SEEN_FAILED;
		return;
	}
	w->factor = SEEN_GOOD;
	w->silent = w->pos;
	if (w->split == SPLIT_OPEN)
		w->split = SPLIT_JUDGED;
}

/* Which line left pam_twofa's out. */
static void
note_skip(const struct search *s, struct way *w, unsigned from)
{
	for (unsigned i = from + 1; i < w->pos; i++)
		if (pam_stack_asks(&s->stack->line[i]))
			w->skipper = from;
}

static void
end(struct search *s, const struct way *w)
{
	struct pam_walk *found = s->found;

	if (w->sense != SENSE_GOOD)
		return;
	s->admits = true;
	if (w->twofa != SEEN_GOOD)
		name(&found->bypass,
		    w->twofa == SEEN_FAILED ? found->twofa
					    : &s->stack->line[w->skipper]);
}

static void
go_on(struct search *s, const struct way *from)
{
	const struct pam_stack_line *line = &s->stack->line[from->pos];

	if (from->pos >= s->stack->count) {
		end(s, from);
		return;
	}
	for (int value = 0; value < RETURN_COUNT; value++) {
		struct way w = *from;

		enter(s->stack, &w);
		if (line->kind == PAM_STACK_SUB) {
			w.pos++;
			push(s, &w);
			return;
		}
		if (!pam_returns_possible(line, value, s->login))
			continue;
		note(s, &w, value);
		act(s->stack, &w, value);
		note_skip(s, &w, from->pos);
		push(s, &w);
	}
}

/* All ways of one kind of logins. */
static void
search(struct search *s)
{
	const struct way start = { 0 };
	struct way next;

	memset(s->met, 0, sizeof(s->met));
	s->ways = s->count = 0;
	s->admits = false;
	push(s, &start);
	while (s->count > 0 && !s->found->too_complex) {
		next = s->todo[--s->count];
		go_on(s, &next);
	}
}

/* Is each of these methods in a line of ours? */
static bool
told_apart(const struct pam_stack *s, unsigned methods)
{
	unsigned named = 0;

	for (size_t i = 0; i < s->count; i++)
		named |= s->line[i].when;
	return (methods & ~named) == 0;
}

/* The line of ours by which these logins differ from others: by when= for who
 * passed a method, else by split. */
static const struct pam_stack_line *
line_of(const struct pam_stack *s, unsigned passed)
{
	for (size_t i = 0; i < s->count; i++)
		if (passed != 0 ? (s->line[i].when & passed) != 0
				: s->line[i].task == TASK_SPLIT)
			return &s->line[i];
	return NULL;
}

/* What a look at the lines tells. */
static void
look(const struct pam_stack *s, struct pam_walk *found)
{
	const struct pam_stack_line *split = NULL;

	for (size_t i = 0; i < s->count; i++) {
		if (!pam_stack_is(&s->line[i], TWOFA))
			continue;
		if (pam_stack_asks(&s->line[i]))
			name(&found->twofa, &s->line[i]);
		if (s->line[i].task == TASK_SPLIT)
			split = &s->line[i];
		else if (s->line[i].task == TASK_NO_PROMPT)
			split = NULL;
	}
	found->alone = split;
}

void
pam_walk_judge(
    const struct pam_stack *stack, bool caller_is_root, struct pam_walk *found)
{
	struct search *s = calloc(1, sizeof(*s));
	struct pam_login login = { .caller_is_root = caller_is_root };

	memset(found, 0, sizeof(*found));
	look(stack, found);
	if (s == NULL) {
		found->too_complex = true;
		return;
	}
	s->stack = stack;
	s->login = &login;
	s->found = found;
	/* who passed no method, then each set of those that lines tell apart */
	for (; login.passed <= SSH_METHOD_ALL; login.passed++) {
		if (login.passed != 0 && !told_apart(stack, login.passed))
			continue;
		search(s);
		if (!s->admits && found->cut_off == NULL)
			found->cut_off = line_of(stack, login.passed);
	}
	found->no_factor = found->reached && !s->factor_seen;
	free(s->todo);
	free(s);
}
