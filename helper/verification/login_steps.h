/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a login does to the outside world before the first prompt. The code that
 * decides what comes next only calls these, so there is one decision for two
 * uses: a login has acting steps (login_acts.h); twofactl explain has looking
 * ones, which change and send nothing (forecast_steps.h).
 */
#ifndef TWOFA_LOGIN_STEPS_H
#define TWOFA_LOGIN_STEPS_H

#include "helper/dialogue/dialogue.h"
#include "helper/store/store.h"
#include "helper/verification/verify.h"

struct push;

struct login_steps {
	/* Was it out of reach a moment ago? This is only advice: if the state
	 * fails, other steps deny. */
	bool (*passed)(const struct login *, const struct provider_conf *);
	/* store_claim */
	enum store_claim (*claim)(const struct login *,
	    const struct store_key *, unsigned methods, enum method,
	    int64_t start_ms, struct store_row *);
	/* verify_take_over: end a verification that cannot be joined. */
	enum takeover (*end)(
	    struct verify *, const struct provider_conf *there);
	/* store_send_take */
	enum store_send (*take)(const struct login *,
	    const struct store_send_key *, int64_t *id, int64_t *wait_s,
	    const char **which);
	/* Nothing was sent for the claimed row: remove it, if there is one, and
	 * the message counted with it, unless that was taken. */
	void (*back)(const struct login *, const struct store_row *);
	/* verify_start: send the message. */
	enum outcome (*send)(struct verify *, enum method, bool *maybe_sent);
	/* push_send: send the push. */
	enum outcome (*push)(struct push *, bool *maybe_sent);
};

#endif
