/* SPDX-License-Identifier: BSD-2-Clause */
/* The answers from a login's beginning; each is used once. */
#include "helper/verification/login_begun.h"

#include <string.h>

int
login_begun_ask(struct login_begun *b, struct store *store,
    int (*begin)(
	struct store *, const struct store_begin *, struct store_begun *))
{
	const int result = begin(store, &b->ask, &b->found);

	for (size_t i = 0; i < b->ask.count; i++)
		b->passed[i] = b->found.chosen;
	b->claim = b->found.chosen;
	b->take = b->found.chosen && b->found.claim == CLAIM_NEW;
	return result;
}

bool
login_begun_passed(struct login_begun *b, const char *provider, bool *passed)
{
	for (size_t i = 0; b != NULL && i < b->ask.count; i++)
		if (b->passed[i] &&
		    strcmp(b->ask.candidate[i].key.provider, provider) == 0) {
			b->passed[i] = false;
			*passed = b->found.passed[i];
			return true;
		}
	return false;
}

bool
login_begun_claim(struct login_begun *b, const struct store_key *key,
    unsigned methods, enum method method, enum store_claim *claim,
    struct store_row *row)
{
	const struct store_candidate *c;

	if (b == NULL || !b->claim)
		return false;
	c = &b->ask.candidate[b->found.at];
	if (strcmp(c->key.provider, key->provider) != 0 ||
	    strcmp(c->key.receiver, key->receiver) != 0 ||
	    c->methods != methods || c->method != method)
		return false;
	b->claim = false;
	*claim = b->found.claim;
	*row = b->found.row;
	return true;
}

bool
login_begun_take(struct login_begun *b, const struct store_send_key *key,
    enum store_send *sent, int64_t *id, int64_t *wait_s, const char **which)
{
	if (b == NULL || b->claim || !b->take ||
	    key->push != b->ask.message.push ||
	    key->carried != b->ask.message.carried ||
	    strcmp(key->counted_as, b->ask.message.counted_as) != 0)
		return false;
	b->take = false;
	*sent = b->found.sent;
	*id = b->found.send;
	*wait_s = b->found.wait_s;
	*which = b->found.which;
	return true;
}

void
login_begun_left(struct login_begun *b, int64_t *row, int64_t *send)
{
	*row = *send = 0;
	if (b == NULL)
		return;
	if (b->claim && b->take)
		*row = b->found.row.id;
	if (b->take)
		*send = b->found.send;
	b->claim = b->take = false;
}
