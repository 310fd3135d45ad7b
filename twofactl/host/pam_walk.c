/* SPDX-License-Identifier: BSD-2-Clause */
/* Follows the paths through an auth stack, by all possible results of modules.
 * Paths that reach the same line in the same state count as one. Pure. */
#include "twofactl/host/host_inside.h"

#include <stdlib.h>

#define PAM_PATH_MODULES 3 /* modules whose result is remembered */
#define TWOFA "pam_twofa"
#define STATES_SIZE 32768 /* of the hash table of states */
#define STATES_MAX (STATES_SIZE - STATES_SIZE / 4) /* keeps it fast */

/* The state of the password that split has set. */
enum pam_split {
	PAM_SPLIT_NOT = 0,
	PAM_SPLIT_OPEN, /* not checked yet */
	PAM_SPLIT_JUDGED,
};

/* The state of PAM (1.5, pam.conf(5)) before the next line, and the facts that
 * the walk has collected. */
struct pam_path {
	struct pam_dispatch at;
	enum pam_seen twofa, factor;
	enum pam_seen same[PAM_PATH_MODULES];
	enum pam_split split;
	enum pam_typed typed;
	bool lost;  /* a failed first factor made sense bad */
	bool coded; /* after a password, another module's code was right */
	/* lines for the report, not part of the state */
	unsigned skipper, failed, silent, loser;
	unsigned jumper; /* position + 1, or 0 */
};

/* Records after PAM's action whether a failed first factor denies the login. */
static void
note_lost(const struct pam_stack *s, struct pam_path *w,
    const struct pam_path *from, int value)
{
	const struct pam_stack_line *line = &s->line[from->at.pos];

	if (w->at.sense != PAM_SENSE_BAD)
		w->lost = false;
	else if (from->at.sense != PAM_SENSE_BAD && !line->missing &&
	    !pam_return_is_success(value) && line->factor != PAM_FACTOR_NONE) {
		w->lost = true;
		w->failed = w->loser = from->at.pos;
	}
}

/* Records which line skipped pam_twofa, or a password module by its success. */
static void
note_skip(
    const struct pam_stack *s, struct pam_path *w, unsigned from, int value)
{
	const struct pam_stack_line *line = &s->line[from];
	const bool jumps = value == RETURN_SUCCESS && line->action[value] > 0 &&
	    !pam_stack_line_has_module(line, "pam_twofa");

	for (unsigned i = from + 1; i < w->at.pos; i++) {
		if (pam_stack_line_asks(&s->line[i]))
			w->skipper = from;
		if (jumps && s->line[i].factor == PAM_FACTOR_PASSWORD)
			w->jumper = from + 1;
	}
}

/* Equal for paths that continue alike; never 0. */
static uint64_t
path_key(const struct pam_path *w)
{
	uint64_t key = 1;

	key = key << 8 | w->at.pos;
	key = key << 5 | w->at.level;
	key = key << 2 | (uint64_t)w->at.sense;
	for (unsigned i = 1; i <= PAM_STACK_LEVELS; i++)
		key = key << 2 | (uint64_t)w->at.saved[i];
	for (unsigned i = 0; i < PAM_PATH_MODULES; i++)
		key = key << 2 | (uint64_t)w->same[i];
	key = key << 2 | (uint64_t)w->twofa;
	key = key << 2 | (uint64_t)w->factor;
	key = key << 2 | (uint64_t)w->split;
	key = key << 2 | (uint64_t)w->typed;
	key = key << 1 | (uint64_t)w->coded;
	return key << 1 | (uint64_t)w->lost;
}

/* The paths still to be followed, and the states that were reached. */
struct search {
	const struct pam_stack *stack;
	const struct pam_walk_login *login;
	struct pam_walk *found;
	uint64_t states[STATES_SIZE]; /* keys, 0 if free */
	size_t state_count;
	struct pam_path *todo;
	size_t count, cap;
	bool factor_seen, password_seen, admits, passes;
	bool taken; /* success of login->only, while nothing denied it */
	const struct pam_stack_line *spoiler;
	/* for each line: the index in same of a path for its module, from 1,
	 * and whether it was reached with and without a password */
	unsigned char same[PAM_STACK_LINES];
	bool prompted[PAM_STACK_LINES], unprompted[PAM_STACK_LINES];
};

/* True if the state is new. */
static bool
add_state(struct search *s, uint64_t key)
{
	size_t at = (size_t)(key * UINT64_C(0x9e3779b97f4a7c15) >> 49);

	while (s->states[at] != 0 && s->states[at] != key)
		at = (at + 1) % STATES_SIZE;
	if (s->states[at] == key)
		return false;
	if (s->state_count == STATES_MAX) {
		s->found->too_complex = true;
		return false;
	}
	s->states[at] = key;
	s->state_count++;
	return true;
}

static void
push(struct search *s, const struct pam_path *w)
{
	if (!add_state(s, path_key(w)))
		return;
	if (NAME_LIST_ROOM(s->todo, s->cap, s->count))
		s->todo[s->count++] = *w;
	else
		s->found->too_complex = true;
}

static void
set_first(
    const struct pam_stack_line **found, const struct pam_stack_line *line)
{
	if (*found == NULL)
		*found = line;
}

static void
note_asking(struct search *s, struct pam_path *w, bool success)
{
	const struct pam_stack_line *line = &s->stack->line[w->at.pos];
	struct pam_walk *found = s->found;

	found->reached = true;
	s->factor_seen |=
	    w->factor == PAM_SEEN_GOOD || w->typed != PAM_TYPED_NOT;
	found->no_password |= w->typed == PAM_TYPED_NOT;
	if ((w->factor == PAM_SEEN_FAILED || w->lost) &&
	    pam_has_first_factor(s->login, w->typed))
		set_first(&found->failed, &s->stack->line[w->failed]);
	if (w->factor == PAM_SEEN_GOOD && w->typed != PAM_TYPED &&
	    w->at.sense != PAM_SENSE_BAD && s->login->passed == 0)
		set_first(&found->silent, &s->stack->line[w->silent]);
	if (w->factor == PAM_SEEN_NOT && w->typed == PAM_TYPED_NOT &&
	    w->at.sense != PAM_SENSE_BAD && w->jumper > 0 &&
	    s->login->passed == 0)
		set_first(&found->silent, &s->stack->line[w->jumper - 1]);
	if (w->split == PAM_SPLIT_OPEN && w->at.sense != PAM_SENSE_BAD)
		set_first(&found->unjudged, line);
	if (w->split == PAM_SPLIT_NOT && line->task == TASK_NO_PROMPT)
		set_first(&found->bare, line);
	if (w->twofa == PAM_SEEN_NOT || w->twofa == PAM_SEEN_FAILED)
		w->twofa = !success                ? PAM_SEEN_FAILED
		    : w->factor == PAM_SEEN_FAILED ? PAM_SEEN_LONE
						   : PAM_SEEN_GOOD;
	else
		set_first(&found->again, line);
}

static void
note_ours(struct search *s, struct pam_path *w, int value)
{
	const struct pam_stack_line *line = &s->stack->line[w->at.pos];

	switch (line->task) {
	case TASK_ASK:
	case TASK_NO_PROMPT:
		note_asking(s, w, value == RETURN_SUCCESS);
		break;
	case TASK_SPLIT:
		if (w->typed != PAM_TYPED_NOT)
			set_first(&s->found->late, line);
		w->split = PAM_SPLIT_OPEN;
		w->typed = PAM_TYPED;
		break;
	case TASK_WHEN:
		if (value == RETURN_CRED_INSUFFICIENT)
			w->factor = PAM_SEEN_GOOD;
		break;
	}
}

static void
note_password(struct search *s, struct pam_path *w, bool success)
{
	const struct pam_stack_line *line = &s->stack->line[w->at.pos];
	const unsigned same = s->same[w->at.pos];

	if (line->first_pass) {
		s->prompted[w->at.pos] |= w->typed != PAM_TYPED_NOT;
		s->unprompted[w->at.pos] |= w->typed == PAM_TYPED_NOT;
	} else if (w->typed == PAM_TYPED_NOT)
		w->typed = PAM_TYPED_MAYBE;
	if (success)
		w->typed = PAM_TYPED;
	s->password_seen |= success;
	if (pam_may_ask_again(line))
		memset(
		    w->same, 0, sizeof(w->same)); /* maybe another password */
	if (same > 0 && w->typed != PAM_TYPED_NOT)
		w->same[same - 1] = success ? PAM_SEEN_GOOD : PAM_SEEN_FAILED;
}

static void
note_result(struct search *s, struct pam_path *w, int value)
{
	const struct pam_stack_line *line = &s->stack->line[w->at.pos];
	const enum pam_factor_kind factor = line->factor;
	const bool success = pam_return_is_success(value);

	if (pam_stack_line_has_module(line, TWOFA))
		note_ours(s, w, value);
	if (factor == PAM_FACTOR_NONE || line->missing ||
	    (value == RETURN_IGNORE && !pam_module_has_ignore_option(line)))
		return;
	if (factor == PAM_FACTOR_PASSWORD)
		note_password(s, w, success);
	if (!success) {
		w->failed = w->at.pos;
		if (w->factor == PAM_SEEN_NOT)
			w->factor = PAM_SEEN_FAILED;
		return;
	}
	/* a line after a substack checks the password that failed there */
	if (line->first_pass && s->stack->line[w->loser].level > line->level)
		w->lost = false;
	w->coded |= pam_is_second_factor(line) && w->typed == PAM_TYPED &&
	    w->factor == PAM_SEEN_GOOD;
	w->factor = PAM_SEEN_GOOD;
	w->silent = w->at.pos;
	if (w->split == PAM_SPLIT_OPEN)
		w->split = PAM_SPLIT_JUDGED;
}

static void
note_path_end(struct search *s, const struct pam_path *w)
{
	struct pam_walk *found = s->found;

	if (w->at.sense == PAM_SENSE_NONE && w->factor == PAM_SEEN_GOOD &&
	    w->twofa == PAM_SEEN_NOT && found->twofa != NULL)
		set_first(&found->stray, &s->stack->line[w->skipper]);
	if (w->at.sense != PAM_SENSE_GOOD) {
		/* both factors succeeded, but the login failed */
		if (w->twofa == PAM_SEEN_GOOD)
			set_first(&s->spoiler,
			    w->at.sense == PAM_SENSE_BAD
				? &s->stack->line[w->at.spoiler]
				: found->twofa);
		return;
	}
	s->admits = true;
	s->passes |= w->factor == PAM_SEEN_GOOD;
	switch (w->twofa) {
	case PAM_SEEN_GOOD:
		s->passes = true;
		return;
	case PAM_SEEN_LONE:
		if (w->factor == PAM_SEEN_FAILED)
			set_first(&found->optional, &s->stack->line[w->failed]);
		return;
	case PAM_SEEN_FAILED:
	case PAM_SEEN_NOT:
		set_first(w->coded && found->twofa != NULL ? &found->other_code
							   : &found->bypass,
		    w->twofa == PAM_SEEN_FAILED ? found->twofa
						: &s->stack->line[w->skipper]);
	}
}

static void
follow_path(struct search *s, const struct pam_path *from)
{
	const struct pam_stack_line *line = &s->stack->line[from->at.pos];
	struct pam_line_state before = { .typed = from->typed };

	if (from->at.pos >= s->stack->count) {
		note_path_end(s, from);
		return;
	}
	if (s->same[from->at.pos] > 0 && !pam_may_ask_again(line))
		before.earlier = from->same[s->same[from->at.pos] - 1];
	for (int value = 0; value < RETURN_COUNT; value++) {
		struct pam_path w = *from;

		pam_dispatch_enter(s->stack, &w.at);
		if (line->kind == PAM_STACK_SUB) {
			w.at.pos++;
			push(s, &w);
			return;
		}
		if (!pam_module_may_return(line, value, s->login, &before))
			continue;
		note_result(s, &w, value);
		pam_dispatch_apply(s->stack, &w.at, value);
		note_lost(s->stack, &w, from, value);
		if (line->action[value] > 0 && w.at.sense == PAM_SENSE_BAD &&
		    from->at.sense != PAM_SENSE_BAD &&
		    w.factor == PAM_SEEN_GOOD)
			set_first(&s->found->stray, line);
		note_skip(s->stack, &w, from->at.pos, value);
		s->taken |= s->login->only != NULL && value == RETURN_SUCCESS &&
		    w.at.sense != PAM_SENSE_BAD &&
		    pam_stack_line_has_module(line, s->login->only);
		push(s, &w);
	}
}

static void
search_paths(struct search *s)
{
	const struct pam_path start = { 0 };
	struct pam_path next;

	memset(s->states, 0, sizeof(s->states));
	s->state_count = s->count = 0;
	s->admits = false;
	push(s, &start);
	while (s->count > 0 && !s->found->too_complex) {
		next = s->todo[--s->count];
		follow_path(s, &next);
	}
}

/* Returns the line of pam_twofa that handles these logins: with when= for their
 * method, else with split; or NULL. */
static const struct pam_stack_line *
special_line(const struct pam_stack *s, unsigned passed)
{
	for (size_t i = 0; i < s->count; i++)
		if (passed != 0 ? (s->line[i].when & passed) != 0
				: s->line[i].task == TASK_SPLIT)
			return &s->line[i];
	return NULL;
}

/* Finds what needs no walk. */
static void
scan_lines(const struct pam_stack *s, struct pam_walk *found)
{
	const struct pam_stack_line *split = NULL;

	for (size_t i = 0; i < s->count; i++) {
		if (!pam_stack_line_has_module(&s->line[i], TWOFA))
			continue;
		if (pam_stack_line_asks(&s->line[i]))
			set_first(&found->twofa, &s->line[i]);
		if (s->line[i].task == TASK_SPLIT)
			split = &s->line[i];
		else if (s->line[i].task == TASK_NO_PROMPT)
			split = NULL;
	}
	found->alone = split;
}

/* Numbers the password modules that several lines use, for same of a path. */
static void
number_modules(struct search *s)
{
	const struct pam_stack *stack = s->stack;
	unsigned char last = 0;

	for (size_t i = 0; i < stack->count; i++) {
		if (stack->line[i].factor != PAM_FACTOR_PASSWORD ||
		    s->same[i] > 0 || last == PAM_PATH_MODULES)
			continue;
		for (size_t n = i + 1; n < stack->count; n++)
			if (pam_stack_line_has_module(&stack->line[n],
				pam_stack_module_name(&stack->line[i])))
				s->same[n] = s->same[i] =
				    (unsigned char)(last + 1);
		last = s->same[i] > last ? s->same[i] : last;
	}
}

static void
conclude(struct search *s)
{
	struct pam_walk *found = s->found;
	const struct pam_stack *stack = s->stack;

	found->no_factor = found->reached && !s->factor_seen;
	for (size_t i = 0; i < stack->count; i++) {
		const struct pam_stack_line *line = &stack->line[i];

		if (s->unprompted[i] && !s->prompted[i] && !s->password_seen)
			set_first(&found->unprompted, line);
		if (found->no_factor && line > found->twofa &&
		    line->factor == PAM_FACTOR_PASSWORD)
			set_first(&found->factor_after, line);
	}
	if (found->reached && !s->passes && !found->no_factor &&
	    (found->silent == NULL || s->spoiler != NULL))
		found->denies_valid =
		    s->spoiler != NULL ? s->spoiler : found->twofa;
}

/* True if its success can be enough, or its failure denies the login. */
static bool
is_source(const struct pam_stack_line *line)
{
	const int good = line->action[RETURN_SUCCESS],
		  bad = line->action[RETURN_AUTH_ERR];

	return pam_is_directory(line) && !line->missing &&
	    (good > 0 || good == CONTROL_DONE || bad == CONTROL_BAD ||
		bad == CONTROL_DIE);
}

/* Returns the first directory whose users are all denied, or NULL. */
static const struct pam_stack_line *
find_locked_out(struct search *s, struct pam_walk_login *login)
{
	const struct pam_stack_line *line = s->stack->line;
	const struct pam_stack_line *end = line + s->stack->count;

	for (; line < end && !pam_stack_line_asks(line); line++) {
		struct pam_walk found = { .too_complex = false };

		if (!is_source(line))
			continue;
		login->only = pam_stack_module_name(line);
		s->found = &found;
		s->taken = false;
		search_paths(s);
		if (s->taken && !s->admits && !found.too_complex)
			return line;
	}
	return NULL;
}

void
pam_walk_check_stack(const struct pam_stack *stack,
    const struct pam_walk_login *service, struct pam_walk *found)
{
	struct pam_walk_login login = *service;
	struct search *s = calloc(1, sizeof(*s));
	unsigned named = 0; /* methods in lines of pam_twofa */

	*found = (struct pam_walk){ .too_complex = s == NULL };
	scan_lines(stack, found);
	if (s == NULL)
		return;
	s->stack = stack;
	s->login = &login;
	s->found = found;
	number_modules(s);
	for (size_t i = 0; i < stack->count; i++)
		named |= stack->line[i].when;
	/* without a method, then for each set that the lines distinguish */
	for (; login.passed <= SSH_METHOD_ALL; login.passed++) {
		if ((login.passed & ~named) != 0)
			continue;
		search_paths(s);
		if (!s->admits && found->cut_off == NULL)
			found->cut_off = special_line(stack, login.passed);
	}
	conclude(s);
	login.passed = 0;
	if (!found->too_complex)
		found->locked_out = find_locked_out(s, &login);
	free(s->todo);
	free(s);
}
