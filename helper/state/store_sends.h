/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The store's count of messages: who asked for how many, and what they cost.
 * Part of the interface of store.h; each operation is one atomic step.
 *
 * Limits hold over days and reboots. After the clock was set back, entries in
 * its future count as made now: none is lost, and none lasts longer than its
 * window. What was answered rightly (store_finish) no longer counts for user,
 * source and host.
 *
 * A message for a service that is not root's (store_session.socket) counts in
 * other_hour of its source, and in the limits of number, host, fleet and money;
 * but not in those of the user, so that root's services keep theirs.
 */
#ifndef TWOFA_STORE_SENDS_H
#define TWOFA_STORE_SENDS_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/values/values.h"

/* Each user who answered rightly from a source within this time raises its
 * limit by so much, up to this; a user counts at so many sources. */
#define STORE_ANSWERED_S 2592000
#define STORE_ANSWERED_SOURCES 20
#define STORE_SOURCE_EACH 5
#define STORE_SOURCE_MOST 300

struct store;

/* A message to the login's next provider after one that the provider before may
 * have sent. The limits of user and number let it pass, because that one may
 * have been the last allowed. */
enum store_carried {
	CARRIED_NOT = 0,
	CARRIED_BESIDE,  /* no answer: both may arrive, and both count */
	CARRIED_INSTEAD, /* "out of order": user and number pay for one */
};

struct store_send_key {
	const char *user;       /* pw_name */
	const char *counted_as; /* E.164, an address or "push:USER" */
	/* values.h: a network, or a local uid; "": unknown, so no limit
	 * per source applies */
	const char *source;
	/* It costs nothing, and counts in push_hour instead of user_hour,
	 * user_day and number_day. */
	bool push;
	enum store_carried carried;
	bool office; /* from one of office_networks: office_hour is its limit */
};

enum store_send {
	SEND_ERROR = 0,
	SEND_TAKEN, /* counted; *id names it */
	SEND_WAIT,  /* a limit is reached; *wait_s and *which are set */
};

/* Count one message in all limits, or in none. which: the key in twofa.conf of
 * the limit that lasts longest, a constant. */
enum store_send store_send_take(struct store *, const struct store_send_key *,
    const struct store_send_limits *, int64_t *id, int64_t *wait_s,
    const char **which);

/* The message was surely not sent. 0 or -1. */
int store_send_refund(struct store *, int64_t id);

#endif
