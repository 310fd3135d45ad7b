/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A login that only looks: it changes, sends and says nothing. It runs the real
 * steps of the store and takes them back (store.h).
 */
#ifndef TWOFA_FORECAST_STEPS_H
#define TWOFA_FORECAST_STEPS_H

#include "helper/dialogue/dialogue.h"
#include "helper/forecast/forecast.h"

/* It contains pointers into itself: do not copy it. */
struct looking {
	struct login login;
	struct login_result result;
	struct environment env;
	struct connection connection;
	const struct forecast_query *query;
	bool outage; /* providers that are passed over are out of reach */
	/* what was found: */
	bool failed;       /* the state */
	bool waits;        /* another session is sending one right now */
	int64_t ended;     /* the row that a login would end first; 0 none */
	int64_t wait_s;    /* until a limit ends */
	const char *which; /* the key of that limit; "" none */
};

void looking_init(struct looking *, const struct forecast_query *, bool outage);

#endif
