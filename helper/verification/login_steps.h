/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a login does to the world on its way to the first prompt. Who decides
 * what comes next calls these alone, so that the decision is one: a login has
 * the acting ones (login_acts.h), twofactl explain looking ones, which change
 * nothing and send nothing (forecast_steps.h).
 */
#ifndef TWOFA_LOGIN_STEPS_H
#define TWOFA_LOGIN_STEPS_H

#include "helper/dialogue/login_context.h"
#include "helper/state/store.h"
#include "helper/verification/verify.h"

struct push;

struct login_steps {
	/* Was it out of reach a moment ago? Advice alone: a state that cannot
	 * tell denies elsewhere. */
	bool (*passed)(const struct login *, const struct provider_conf *);
	/* store_claim */
	enum store_claim (*claim)(const struct login *,
	    const struct store_key *, unsigned methods, enum method,
	    int64_t start_ms, struct store_row *);
	/* verify_take_over: end what cannot be joined. */
	enum takeover (*end)(
	    struct verify *, const struct provider_conf *there);
	/* store_send_take */
	enum store_send (*take)(const struct login *,
	    const struct store_send_key *, int64_t *id, int64_t *wait_s,
	    const char **which);
	/* Nothing was sent for the row that was claimed: it goes, if there is
	 * one, and so does a message that was counted with it and not taken. */
	void (*back)(const struct login *, const struct store_row *);
	/* verify_start: have the message sent. */
	enum outcome (*send)(struct verify *, enum method, bool *maybe_sent);
	/* push_send: have the push sent. */
	enum outcome (*push)(struct push *, bool *maybe_sent);
};

#endif
