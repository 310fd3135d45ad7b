/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A login that finds no server of its state: with on_store_outage = "offline"
 * it goes on with what this host alone has (outage.db). That is decided before
 * the first prompt, once; a login that began with the state never gets here.
 */
#ifndef TWOFA_OFFLINE_LOGIN_H
#define TWOFA_OFFLINE_LOGIN_H

#include <stdbool.h>

#include "helper/dialogue/dialogue.h"

struct settings;

/* Zeroed at first; it must outlive the login. */
struct offline_login {
	struct settings *conf;
	struct environment env; /* in the place of the login's, with conf */
};

/* Its state was opened and begun with, and that failed for this reason: may it
 * go on so? */
bool offline_login_may(const struct login *, enum reason why);

/* Open outage.db for it. The login's environment is another one from now on.
 * The store; or NULL after a log line: then deny. */
struct store *offline_login_open(struct login *, struct offline_login *);

/* The login is over, and its store closed: what was let in is named in the log,
 * and what was tried is marked for the fleet. */
void offline_login_end(struct login *, struct offline_login *);

#endif
