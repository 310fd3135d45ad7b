/* SPDX-License-Identifier: BSD-2-Clause */
/* Compares two stacks login by login: a login is what all modules return
 * together. The walk follows paths, and so cannot tell whether somebody else is
 * allowed by the same module. Pure. */
#include "twofactl/host/host_inside.h"

#include <stdlib.h>

#define KEYS_MAX 32
#define LOGINS_MAX 65536
#define STACKS 2

/* A module; lines of it return the same in one login. */
struct key {
	const struct pam_stack_line *line; /* the first one */
	int value[RETURN_COUNT];
	unsigned count, now; /* of value; the index for this login */
	bool directory, asks, may_succeed;
};

struct logins {
	const struct pam_stack *stack[STACKS];
	struct pam_walk_login login[STACKS];
	size_t count;
	struct key key[KEYS_MAX];
	unsigned char key_of[STACKS][PAM_STACK_LINES]; /* index of key */
};

struct end {
	bool allowed;
	bool code;    /* pam_twofa's success */
	bool factor;  /* a first factor's */
	bool refused; /* by a line that is no directory and can also succeed */
};

static bool
is_same_module(const struct pam_stack_line *a, const struct pam_stack_line *b)
{
	if (pam_stack_line_asks(a) || pam_stack_line_asks(b))
		return pam_stack_line_asks(a) == pam_stack_line_asks(b);
	return a->kind == b->kind && a->missing == b->missing &&
	    strcmp(pam_stack_module_name(a), pam_stack_module_name(b)) == 0 &&
	    (a->factor != PAM_FACTOR_NONE || strcmp(a->args, b->args) == 0);
}

/* True if the lines of this key treat both values alike. */
static bool
is_alike(const struct logins *l, size_t key, int a, int b)
{
	if (pam_return_is_success(a) != pam_return_is_success(b))
		return false;
	for (unsigned s = 0; s < STACKS; s++)
		for (size_t i = 0; i < l->stack[s]->count; i++)
			if (l->key_of[s][i] == key &&
			    l->stack[s]->line[i].action[a] !=
				l->stack[s]->line[i].action[b])
				return false;
	return true;
}

static void
add_return(struct logins *l, size_t key, int value)
{
	const struct pam_line_state typed = { .typed = PAM_TYPED };
	struct key *k = &l->key[key];
	struct pam_walk_login login = l->login[0];

	login.verified = true; /* pam_twofa may succeed */
	/* the account stage judges passwords that have expired */
	if (value == RETURN_NEW_AUTHTOK_REQD ||
	    !pam_module_may_return(k->line, value, &login, &typed))
		return;
	for (unsigned i = 0; i < k->count; i++)
		if (is_alike(l, key, k->value[i], value))
			return;
	k->value[k->count++] = value;
	k->may_succeed |= value == RETURN_SUCCESS;
}

/* False if there are too many modules. */
static bool
number_keys(struct logins *l, unsigned s)
{
	for (size_t i = 0; i < l->stack[s]->count; i++) {
		const struct pam_stack_line *line = &l->stack[s]->line[i];
		size_t key = 0;

		if (line->kind == PAM_STACK_SUB)
			continue;
		while (
		    key < l->count && !is_same_module(l->key[key].line, line))
			key++;
		if (key == KEYS_MAX)
			return false;
		if (key == l->count)
			l->key[l->count++] = (struct key){ .line = line,
				.directory = pam_is_directory(line),
				.asks = pam_stack_line_asks(line) };
		l->key_of[s][i] = (unsigned char)key;
	}
	return true;
}

/* Returns NULL if there is no memory, or there are too many logins. */
static struct logins *
logins_init(const struct pam_stack *a, const struct pam_stack *b,
    const struct pam_walk_login *login)
{
	struct logins *l = calloc(1, sizeof(*l));
	size_t total = 1;

	if (l == NULL)
		return NULL;
	l->stack[0] = a;
	l->stack[1] = b;
	l->login[0] = l->login[1] = *login;
	if (!number_keys(l, 0) || !number_keys(l, 1))
		total = LOGINS_MAX + 1;
	for (size_t key = 0; key < l->count && total <= LOGINS_MAX; key++) {
		for (int value = 0; value < RETURN_COUNT; value++)
			add_return(l, key, value);
		total *= l->key[key].count;
	}
	if (total == 0 || total > LOGINS_MAX) {
		free(l);
		return NULL;
	}
	return l;
}

/* Sets the next combination of results; false after the last one. */
static bool
next_login(struct logins *l)
{
	for (size_t key = 0; key < l->count; key++) {
		if (++l->key[key].now < l->key[key].count)
			return true;
		l->key[key].now = 0;
	}
	return false;
}

static int
value_of(const struct logins *l, unsigned s, unsigned pos, enum pam_typed typed)
{
	const struct key *k = &l->key[l->key_of[s][pos]];
	const struct pam_line_state before = { .typed = typed };
	const int value = k->value[k->now];

	return (typed == PAM_TYPED && !k->asks) ||
		pam_module_may_return(
		    &l->stack[s]->line[pos], value, &l->login[s], &before)
	    ? value
	    : RETURN_AUTH_ERR;
}

static void
note_line(const struct logins *l, unsigned s, unsigned pos, int value,
    enum pam_typed *typed, struct end *end)
{
	const struct pam_stack_line *line = &l->stack[s]->line[pos];
	const struct key *k = &l->key[l->key_of[s][pos]];
	const enum pam_factor_kind kind =
	    line->missing ? PAM_FACTOR_NONE : line->factor;
	const bool success = pam_return_is_success(value);

	if (k->asks)
		end->code |= success;
	else if (line->task == TASK_SPLIT)
		*typed = PAM_TYPED;
	else if (line->task == TASK_WHEN)
		end->factor |= value == RETURN_CRED_INSUFFICIENT;
	else if (kind != PAM_FACTOR_NONE)
		end->factor |= success;
	if (kind == PAM_FACTOR_PASSWORD && !line->first_pass)
		*typed = PAM_TYPED;
	if (!success && !k->asks && k->may_succeed && !k->directory &&
	    (line->action[value] == CONTROL_BAD ||
		line->action[value] == CONTROL_DIE))
		end->refused = true;
}

static struct end
log_in(const struct logins *l, unsigned s)
{
	const struct pam_stack *stack = l->stack[s];
	enum pam_typed typed = PAM_TYPED_NOT;
	struct pam_dispatch at = { .pos = 0 };
	struct end end = { .factor = l->login[s].passed != 0 };

	while (at.pos < stack->count) {
		const unsigned pos = at.pos;
		int value;

		pam_dispatch_enter(stack, &at);
		if (stack->line[pos].kind == PAM_STACK_SUB) {
			at.pos++;
			continue;
		}
		value = value_of(l, s, pos, typed);
		note_line(l, s, pos, value, &typed, &end);
		pam_dispatch_apply(stack, &at, value);
	}
	end.allowed = at.sense == PAM_SENSE_GOOD;
	return end;
}

/* True if this login has the success of the line's module; of pam_twofa for
 * NULL, which is the right code. */
static bool
has_success(const struct logins *l, const struct pam_stack_line *line)
{
	for (size_t key = 0; key < l->count; key++)
		if (line == NULL ? l->key[key].asks
				 : is_same_module(l->key[key].line, line))
			return l->key[key].value[l->key[key].now] ==
			    RETURN_SUCCESS;
	return false;
}

/* True if the success of one more module that is no directory would have
 * allowed the login in the first stack: a jump can refuse, too. */
static bool
was_refused(struct logins *l)
{
	bool refused = false;

	for (struct key *k = l->key; k < l->key + l->count && !refused; k++) {
		const unsigned now = k->now;
		struct end end;

		if (k->directory || k->asks || !k->may_succeed)
			continue;
		k->now = 0; /* RETURN_SUCCESS */
		end = log_in(l, 0);
		refused = now > 0 && end.allowed && end.code && end.factor;
		k->now = now;
	}
	return refused;
}

static bool
keeps_login(struct logins *l, const struct pam_change *c)
{
	const struct end before = log_in(l, 0), after = log_in(l, 1);

	if (before.allowed)
		return after.allowed || !before.factor || !has_success(l, NULL);
	if (!after.allowed)
		return true;
	return c->widens && after.code && !before.refused && !was_refused(l) &&
	    (after.factor ||
		(c->vouches != NULL && has_success(l, c->vouches)));
}

bool
pam_logins_keep(const struct pam_change *c)
{
	struct pam_walk_login login = c->service;
	unsigned named = 0;
	bool kept = true;

	for (size_t i = 0; i < c->before->count; i++)
		named |= c->before->line[i].when;
	for (; login.passed <= SSH_METHOD_ALL && kept; login.passed++) {
		struct logins *l;

		if ((login.passed & ~named) != 0)
			continue;
		l = logins_init(c->before, c->after, &login);
		if (l == NULL)
			return false;
		l->login[1].verified |= c->vouches != NULL;
		do
			kept = keeps_login(l, c);
		while (kept && next_login(l));
		free(l);
	}
	return kept;
}
