/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The store's account of messages: who asked for how many, and what they cost.
 * Part of the interface of store.h; each operation is one atomic step.
 *
 * The limits hold over days and reboots. A clock that was set back finds
 * entries in its future: they count as made now, so nothing is forgotten and
 * nothing lasts longer than its window.
 *
 * A message for a service that is not root's (store_session.socket) counts
 * against other_hour of its source, and beside that against number, host,
 * fleet and money; not against what the user, or root's services there, may
 * have.
 */
#ifndef TWOFA_STORE_SENDS_H
#define TWOFA_STORE_SENDS_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/values/limits.h"

struct store;

/* A message to the login's next provider, after one that the provider before
 * may have sent. The limits of user and number let it pass, since that one may
 * have been the last. */
enum store_carried {
	CARRIED_NOT = 0,
	CARRIED_BESIDE,  /* after silence: both may arrive, and both count */
	CARRIED_INSTEAD, /* after the answer that it is out of order: for user
			  * and number the one before counts already */
};

struct store_send_key {
	const char *user;       /* pw_name */
	const char *counted_as; /* E.164, an address or "push:USER"; kept as
				 * a digest */
	/* login_source.h: a network, or a local uid; "": nobody's, so that no
	 * limit per source holds */
	const char *source;
	/* It costs nothing, and counts against push_hour in the place of
	 * user_hour, user_day and number_day. */
	bool push;
	enum store_carried carried;
};

enum store_send {
	SEND_ERROR = 0,
	SEND_TAKEN, /* counted; *id names it */
	SEND_WAIT,  /* a limit is reached; *wait_s and *which are set */
};

/* Count one message against every limit, or none of them. which: the key in
 * twofa.conf of the limit that holds longest, a constant. */
enum store_send store_send_take(struct store *, const struct store_send_key *,
    const struct store_send_limits *, int64_t *id, int64_t *wait_s,
    const char **which);

/* It certainly was not sent. 0 or -1. */
int store_send_refund(struct store *, int64_t id);

#endif
