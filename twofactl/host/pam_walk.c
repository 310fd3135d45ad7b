/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The ways through an auth stack. What a module returns is not known, so each
 * way is gone; two that meet at the same line in the same state are one.
 */
#include "twofactl/host/pam_walk.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

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

struct way {
	unsigned pos, level; /* the line that is next; the last one's level */
	enum sense sense;
	enum sense saved[PAM_STACK_LEVELS + 1]; /* at each substack's begin */
	enum seen twofa, factor;
	/* not part of the state, but of what is told: lines, count when none */
	unsigned skipper, failed;
};

/* Modules that prove nobody's identity, so that one of them behind a failed
 * password is no first factor. Those that are not known may be one. */
static const char *const no_factors[] = { "pam_abl", "pam_access", "pam_cap",
	"pam_debug", "pam_deny", "pam_echo", "pam_ecryptfs", "pam_env",
	"pam_faildelay", "pam_faillock", "pam_gnome_keyring", "pam_group",
	"pam_issue", "pam_keyinit", "pam_kwallet", "pam_kwallet5",
	"pam_lastlog", "pam_limits", "pam_listfile", "pam_localuser",
	"pam_loginuid", "pam_mail", "pam_mount", "pam_motd", "pam_nologin",
	"pam_permit", "pam_rootok", "pam_securetty", "pam_selinux",
	"pam_shells", "pam_succeed_if", "pam_systemd", "pam_tally",
	"pam_tally2", "pam_time", "pam_umask", "pam_usertype", "pam_warn",
	"pam_wheel", TWOFA };

static bool
is_factor(const struct pam_stack_line *line)
{
	if (line->kind != PAM_STACK_MODULE)
		return false;
	for (size_t i = 0; i < sizeof(no_factors) / sizeof(no_factors[0]); i++)
		if (pam_stack_is(line, no_factors[i]))
			return false;
	return true;
}

static bool
is_success(int value)
{
	return value == RETURN_SUCCESS || value == RETURN_NEW_AUTHTOK_REQD;
}

/* Can the line return that? Neither pam_unix nor pam_twofa says IGNORE when
 * asked who it is. */
static bool
possible(const struct pam_stack_line *line, int value, bool caller_is_root)
{
	if (line->kind == PAM_STACK_FAILS)
		return value == RETURN_PERM_DENIED;
	if (value == RETURN_INCOMPLETE)
		return false;
	if (pam_stack_is(line, "pam_permit"))
		return value == RETURN_SUCCESS;
	if (pam_stack_is(line, "pam_deny"))
		return value == RETURN_AUTH_ERR;
	if (pam_stack_is(line, "pam_rootok"))
		return value ==
		    (caller_is_root ? RETURN_SUCCESS : RETURN_AUTH_ERR);
	if (pam_stack_is(line, "pam_unix"))
		return value != RETURN_IGNORE;
	if (pam_stack_is(line, TWOFA))
		return value != RETURN_IGNORE &&
		    value != RETURN_NEW_AUTHTOK_REQD;
	return true;
}

/* Where so many lines are jumped over; *bad when there are not as many. */
static unsigned
jump(const struct pam_stack *s, unsigned pos, int lines, bool *bad)
{
	const unsigned level = s->line[pos].level;
	unsigned last = pos; /* as if its turn were over */

	while (lines > 0 && last + 1 < s->count &&
	    s->line[last + 1].level >= level) {
		last++;
		while (last + 1 < s->count && s->line[last + 1].level > level)
			last++; /* a substack is one line */
		lines--;
	}
	*bad = lines > 0;
	return last + 1;
}

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
		w->pos = jump(s, w->pos, action, &bad);
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
	bool caller_is_root;
	struct pam_walk *found;
	uint64_t met[PLACES]; /* 0: free */
	size_t ways;          /* of them */
	struct way *todo;
	size_t count, cap;
	bool factor_seen;
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
	return key << 2 | (uint64_t)w->factor;
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

/* What this line's result means for us. */
static void
note(struct search *s, struct way *w, int value)
{
	const struct pam_stack_line *line = &s->stack->line[w->pos];
	struct pam_walk *found = s->found;

	if (pam_stack_is(line, TWOFA)) {
		found->reached = true;
		s->factor_seen |= w->factor != SEEN_NOT;
		if (w->factor == SEEN_FAILED && found->failed == NULL)
			found->failed = &s->stack->line[w->failed];
		if (w->twofa != SEEN_GOOD)
			w->twofa = is_success(value) ? SEEN_GOOD : SEEN_FAILED;
	} else if (is_factor(line) && value != RETURN_IGNORE) {
		if (is_success(value))
			w->factor = SEEN_GOOD;
		else if (w->factor == SEEN_NOT)
			w->factor = SEEN_FAILED;
		if (!is_success(value))
			w->failed = w->pos;
	}
}

/* Which line left pam_twofa's out. */
static void
note_skip(const struct search *s, struct way *w, unsigned from)
{
	for (unsigned i = from + 1; i < w->pos; i++)
		if (pam_stack_is(&s->stack->line[i], TWOFA))
			w->skipper = from;
}

static void
end(struct search *s, const struct way *w)
{
	struct pam_walk *found = s->found;

	if (w->sense != SENSE_GOOD || w->twofa == SEEN_GOOD ||
	    found->bypass != NULL)
		return;
	found->bypass = w->twofa == SEEN_FAILED ? found->twofa
						: &s->stack->line[w->skipper];
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
		if (!possible(line, value, s->caller_is_root))
			continue;
		note(s, &w, value);
		act(s->stack, &w, value);
		note_skip(s, &w, from->pos);
		push(s, &w);
	}
}

static const struct pam_stack_line *
first_twofa(const struct pam_stack *s)
{
	for (size_t i = 0; i < s->count; i++)
		if (pam_stack_is(&s->line[i], TWOFA))
			return &s->line[i];
	return NULL;
}

void
pam_walk_judge(
    const struct pam_stack *stack, bool caller_is_root, struct pam_walk *found)
{
	struct search *s = calloc(1, sizeof(*s));
	const struct way start = { 0 };
	struct way next;

	memset(found, 0, sizeof(*found));
	found->twofa = first_twofa(stack);
	if (s == NULL) {
		found->too_complex = true;
		return;
	}
	s->stack = stack;
	s->caller_is_root = caller_is_root;
	s->found = found;
	push(s, &start);
	while (s->count > 0 && !found->too_complex) {
		next = s->todo[--s->count];
		go_on(s, &next);
	}
	found->no_factor = found->reached && !s->factor_seen;
	free(s->todo);
	free(s);
}
