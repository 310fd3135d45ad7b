/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The state that hosts share, for an administrator: its SQL, hosts, users, and
 * the operator's password.
 */
#ifndef TWOFA_FLEET_H
#define TWOFA_FLEET_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/fleet_records/fleet_records.h"
#include "lib/settings/settings.h"
#include "lib/wire/wire.h"
#include "twofactl/terminal/terminal.h"

/*
 * Users' records in a state that hosts share (users = "state"), as the helper
 * reads and writes them: all of them once, on the administrator's machine;
 * elsewhere one user's at a time, which counts as a read of this host.
 */

/* Settings that say so read records there from here on, until the process ends;
 * nothing, with users = "files". ctl must stay. */
void state_records_use(const struct ctl *, struct settings *);

/* Can this host not list those in the state, so that each is asked for by
 * itself? */
bool state_records_one_by_one(const struct settings *);
/* Are all of them known here? False after complaining: this is not the
 * administrator's machine, and name_list_enrolled has those of files. */
bool state_records_listed(const struct settings *);
/* Is this user's record in the state, or would a new one be? False where the
 * user has a file, and with users = "files". */
bool state_records_holds(const struct settings *, const char *user);
/* Where that user's record comes from, for an admin: "users.d/alice.conf" with
 * its whole path, or "the state". */
const char *state_records_place(const struct settings *, const char *user);
/* Which groups a record in the state has, with commas; "" none, and where there
 * is no record. */
const char *state_records_groups(const char *user);

/* --- to be written --- */

/* What hosts of the groups may read the records that are staged from here on;
 * NULL, as at first: those that a record has stay. */
void state_records_give(const char *groups);
/* Has it these already? */
bool state_records_given(const char *user);
/* Keep a text until it is written. 0, or -1 after complaining. */
int state_records_stage(const char *user, const char *text);
/* What is staged; NULL: nothing is. */
const char *state_records_staged(const char *user);
/* Write all that is staged. 0; or -1 after complaining: those of before the
 * error are written. */
int state_records_write(void);
void state_records_unstage(void);
/* Remove one. 0, or -1 after complaining. */
int state_records_remove(const char *user);

/* --- between the files of this unit --- */

struct state_record {
	char user[USER_NAME_MAX + 1];
	char *text; /* NULL: there is none, or none that can be read */
	size_t len;
	bool there, unreadable;
	char groups[RECORD_GROUPS_MAX + 1];
	unsigned char seal[RECORD_SEAL_LEN];
	char *staged;        /* NULL: nothing is */
	char *staged_groups; /* NULL: as they are */
};

extern struct state_records {
	struct record_source source; /* settings point to it */
	const struct ctl *ctl;
	struct state_record *entry; /* sorted by user */
	size_t count, cap;
	bool admin;
	bool all, failed; /* all are here, or cannot be had */
	const char *groups;
	struct state_record *part; /* whose text is coming */
} state_records_own;

/*
 * What an administrator may ask a state's server by: a password in a file that
 * root alone reads, on the administrator's machine. No login reads it.
 */

/* Its path. 0, or -1 without complaining: too long. */
int state_admin_path(const char *conf, char *path, size_t size);

/* The password, "" where there is no file; the caller wipes. 0, or -1 after
 * complaining: it is none, or others can read it. */
int state_admin_read(const char *conf, char password[STATE_ADMIN_LEN + 1]);

/* The same for a purpose of the helper's; "" also where it asks as the host. */
int state_admin_for(
    const char *conf, enum facts_purpose, char password[STATE_ADMIN_LEN + 1]);

#endif
