/* SPDX-License-Identifier: BSD-2-Clause */
/* The state that a fleet of hosts shares: users' records in it. */
#ifndef TWOFA_FLEET_H
#define TWOFA_FLEET_H

#include "twofactl/records/records.h"

/* fleet_users.c: users' records in the state (users = "state"), read and
 * written by the helper. The administrator's machine reads all of them at once;
 * others read one user's at a time, which is recorded as a read of that host.
 */
extern const struct record_place fleet_users_place;

#endif
