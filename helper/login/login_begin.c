/* SPDX-License-Identifier: BSD-2-Clause */
/* What a login asks of the store before its first prompt. */
#include "helper/login/login_begin.h"

#include "helper/factors/factors.h"
#include "helper/verification/verification.h"

_Static_assert(STORE_CANDIDATES_MAX >= CONFIG_PROVIDERS_MAX, "all fit");

/* The providers that can send the first message, if there is one. The number of
 * recovery codes is unknown yet: if that decides, there are none, and the login
 * claims later. */
static void
find_candidates(const struct login *l, struct login_begin *b)
{
	const enum method first = factors_first(l, 0);

	/* nothing is kept under one of too many unknown names */
	if (l->alike && l->env->stranger != NULL)
		return;
	if (!l->env->facts->conversation || factors_first(l, 1) != first)
		return;
	if (first == METHOD_PUSH)
		push_candidates(l, b->push, &b->begun.ask);
	else if (first == METHOD_NONE)
		verify_candidates(l, &b->begun.ask);
}

int
login_begin(struct login *l, const unsigned char *binding,
    struct login_begin *b,
    int (*begin)(
	struct store *, const struct store_begin *, struct store_begun *))
{
	*b = (struct login_begin){ .begun.ask = { .user = l->user,
				       .source = l->source,
				       .binding = binding,
				       .remembered_as = l->remembered_as,
				       .limits = &l->env->conf->sends,
				       .guesses = &l->env->conf->guesses } };
	find_candidates(l, b);
	l->begun = &b->begun;
	return login_begun_ask(l->begun, l->store, begin);
}
