/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading from the store what forecast.h wants to know of one login. Nothing
 * that the store keeps is changed by it.
 */
#ifndef TWOFA_FORECAST_STATE_H
#define TWOFA_FORECAST_STATE_H

#include "helper/service/forecast.h"
#include "helper/state/store_look.h"
#include "lib/settings/user_record.h"

struct forecast_query {
	const struct settings *conf;
	const struct facts *facts;
	const char *user, *address, *source; /* admission_login */
	const struct user_record *record;
	const struct decision *decision;
	/* Has the session of that number certainly died? NULL: none has. */
	bool (*dead)(int64_t number);
};

/* 0, or -1: store_cause tells. */
int forecast_state_read(
    struct store *, const struct forecast_query *, struct forecast_state *);

/* The limits that a code, or a push, of this login meets. 0 or -1. */
int forecast_state_windows(struct store *, const struct forecast_query *,
    bool push, void *ctx, void (*row)(void *ctx, const struct store_window *));

#endif
