/* SPDX-License-Identifier: BSD-2-Clause */
/* The steps of a real login: they use the state and the providers. */
#include "helper/login/login_acts.h"

#include "helper/factors/factors.h"
#include "helper/store/store.h"
#include "helper/verification/verification.h"
#include "lib/settings/settings.h"

void
login_give_back(const struct login *l)
{
	int64_t row, send;

	login_begun_left(l->begun, &row, &send);
	if (row != 0)
		store_unsent(l->store, row);
	if (send != 0)
		store_send_refund(l->store, send);
}

static bool
act_passed(const struct login *l, const struct provider_conf *p)
{
	bool passed = false;

	if (login_begun_passed(l->begun, p->name, &passed))
		return passed;
	return store_passed_over(l->store, p->name) == 1;
}

static enum store_claim
act_claim(const struct login *l, const struct store_key *key, unsigned methods,
    enum method method, int64_t start_ms, struct store_row *row)
{
	enum store_claim claim;

	if (login_begun_claim(l->begun, key, methods, method, &claim, row))
		return claim;
	login_give_back(l);
	return store_claim(l->store, key, methods, method, start_ms, row);
}

static enum store_send
act_take(const struct login *l, const struct store_send_key *key, int64_t *id,
    int64_t *wait_s, const char **which)
{
	enum store_send sent;

	if (login_begun_take(l->begun, key, &sent, id, wait_s, which))
		return sent;
	login_give_back(l);
	return store_send_take(
	    l->store, key, &l->env->conf->sends, id, wait_s, which);
}

static void
act_back(const struct login *l, const struct store_row *row)
{
	if (row->id != 0)
		store_unsent(l->store, row->id);
	login_give_back(l);
}

const struct login_steps login_acts = {
	.passed = act_passed,
	.claim = act_claim,
	.end = verify_take_over,
	.take = act_take,
	.back = act_back,
	.send = verify_start,
	.push = push_send,
};
