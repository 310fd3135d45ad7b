/* SPDX-License-Identifier: BSD-2-Clause */
/* The steps of a login that acts: state and providers. */
#include "helper/login/login_acts.h"

#include "helper/factors/push_send.h"
#include "helper/state/store_providers.h"
#include "lib/settings/settings.h"

static enum store_guess
act_lock(const struct login *l, int64_t *wait_s)
{
	return store_guess_look(l->store, l->user, l->source, wait_s);
}

static bool
act_passed(const struct login *l, const struct provider_conf *p)
{
	return store_passed_over(l->store, p->name) == 1;
}

static enum store_claim
act_claim(const struct login *l, const struct store_key *key, unsigned methods,
    enum method method, int64_t start_ms, struct store_row *row)
{
	return store_claim(l->store, key, methods, method, start_ms, row);
}

static enum store_send
act_take(const struct login *l, const struct store_send_key *key, int64_t *id,
    int64_t *wait_s, const char **which)
{
	return store_send_take(
	    l->store, key, &l->env->conf->sends, id, wait_s, which);
}

static void
act_back(const struct login *l, const struct store_row *row)
{
	store_unsent(l->store, row->id);
}

const struct login_steps login_acts = {
	.lock = act_lock,
	.passed = act_passed,
	.claim = act_claim,
	.end = verify_take_over,
	.take = act_take,
	.back = act_back,
	.send = verify_start,
	.push = push_send,
};
