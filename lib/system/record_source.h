/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where users' records are when users = "state": who has settings of such a
 * state gives them one of these, the helper by the state, twofactl by the
 * helper. Without one no record is found, and none is missing.
 */
#ifndef TWOFA_RECORD_SOURCE_H
#define TWOFA_RECORD_SOURCE_H

#include "lib/wire/wire.h"

enum record_found {
	RECORD_FAILED = 0, /* it does not say: denied, whatever the rule */
	RECORD_THERE,
	RECORD_NONE,   /* the state has none of that name */
	RECORD_OUTAGE, /* the state is out of reach */
};

struct record_source {
	/* text: it stays as long as the source. FAILED, OUTAGE: cause and why
	 * are set. */
	enum record_found (*text)(
	    struct record_source *, const char *user, const char **text);
	/* Each user who has a record there, to add, which gives 0 to go on. 0,
	 * or -1 with cause. NULL: it cannot list them. */
	int (*names)(struct record_source *, void *ctx,
	    int (*add)(void *ctx, const char *user));
	const char *cause; /* of what failed last, and the remedy */
	enum reason why;
};

#endif
