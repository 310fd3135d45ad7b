/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The state that hosts share, for an administrator: its SQL, hosts, users, and
 * the operator's password.
 */
#ifndef TWOFA_FLEET_H
#define TWOFA_FLEET_H

#include "twofactl/records/records.h"

/* Users' records in a state that hosts share (users = "state"), as the helper
 * reads and writes them: all of them once, on the administrator's machine;
 * elsewhere one user's at a time, which counts as a read of this host. */
extern const struct record_place fleet_users_place;

/*
 * What an administrator may ask a state's server by: a password in a file that
 * root alone reads, on the administrator's machine. No login reads it.
 */

/* Its path. 0, or -1 without complaining: too long. */
int fleet_admin_path(const char *conf, char *path, size_t size);

/* The password, "" where there is no file; the caller wipes. 0, or -1 after
 * complaining: it is none, or others can read it. */
int fleet_admin_read(const char *conf, char password[STATE_ADMIN_LEN + 1]);

/* The same for a purpose of the helper's; "" also where it asks as the host. */
int fleet_admin_read_for(
    const char *conf, enum facts_purpose, char password[STATE_ADMIN_LEN + 1]);

#endif
