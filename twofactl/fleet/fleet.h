/* SPDX-License-Identifier: BSD-2-Clause */
/* The state that a fleet of hosts shares: users' records in it, and the
 * operator's password. */
#ifndef TWOFA_FLEET_H
#define TWOFA_FLEET_H

#include "twofactl/records/records.h"

/* fleet_users.c: users' records in the state (users = "state"), read and
 * written by the helper. The administrator's machine reads all of them at once;
 * others read one user's at a time, which is recorded as a read of that host.
 */
extern const struct record_place fleet_users_place;

/* fleet_admin.c: the password of twofa_operator, by which twofactl uses the
 * state server: in a file that only root can read, on an administrator's
 * machine. No login reads it. */

#define STATE_ADMIN_FILE "state-admin" /* in the folder of twofa.conf */

/* Writes the file's path. Returns 0, or -1, without an error, if too long. */
int fleet_admin_password_path(const char *conf, char *path, size_t size);

/* Reads the password, "" if the file is missing. Returns 0, or -1 after
 * reporting if it is invalid or others can read it. The caller wipes it. */
int fleet_admin_read_password(
    const char *conf, char password[STATE_ADMIN_LEN + 1]);

/* Checks that this machine may change a fleet's state as the operator. Returns
 * CTL_DONE, or CTL_NO after printing an error. */
enum ctl_exit fleet_admin_check(
    const char *conf, const struct settings *settings);

/* Like fleet_admin_read_password, but also reads "" for a purpose for which the
 * helper uses the host's role. */
int fleet_admin_read_password_for(
    const char *conf, enum facts_purpose, char password[STATE_ADMIN_LEN + 1]);

#endif
