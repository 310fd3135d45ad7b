/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A login that only looks: it claims, counts, ends, sends and says nothing. The
 * steps of the store are those of a login, taken back (store_look.h).
 */
#ifndef TWOFA_FORECAST_STEPS_H
#define TWOFA_FORECAST_STEPS_H

#include "helper/base/environment.h"
#include "helper/dialogue/login_context.h"
#include "helper/forecast/forecast.h"

/* It points into itself: not to be copied. */
struct looking {
	struct login login;
	struct login_result result;
	struct environment env;
	struct connection connection;
	const struct forecast_query *query;
	bool outage; /* who is passed over is out of reach */
	/* what was met on the way */
	bool failed;       /* the state */
	bool waits;        /* another session is just having one sent */
	int64_t ended;     /* the row that a login ends first; 0 none */
	int64_t wait_s;    /* until a limit ends */
	const char *which; /* the key of that limit; "" none */
};

void looking_init(struct looking *, const struct forecast_query *, bool outage);

#endif
