/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Users' records from a state that hosts share (users = "state"), for settings
 * of a login or of twofactl. The state is opened for the first record and kept
 * for the login, which saves a connection.
 */
#ifndef TWOFA_LOGIN_RECORDS_H
#define TWOFA_LOGIN_RECORDS_H

#include "helper/store/store.h"
#include "lib/settings/settings.h"
#include "lib/wire/wire.h"

struct known_record;

struct login_records {
	struct record_source source; /* must come first: settings point to it */
	struct settings *conf;
	const struct facts *facts;
	int64_t session;
	struct store *store; /* NULL: not open, or the login has it now */
	bool lent;           /* its owner closes it */
	struct known_record *known; /* a login reads them again */
	char cause[STORE_CAUSE_MAX];
};

/* Set the source of the settings' records; does nothing with users = "files".
 * Everything must stay until login_records_end. session: as for
 * login_store_open. */
void login_records_begin(struct login_records *, struct settings *,
    const struct facts *, int64_t session);
void login_records_end(struct login_records *, struct settings *);

/* The state that was opened for a record, which now belongs to the caller, or a
 * new one from login_store_open. */
struct store *login_records_store(const struct settings *, const struct facts *,
    int64_t session, char cause[STORE_CAUSE_MAX]);
/* Use this open state for records while it is open. */
void login_records_lend(const struct settings *, struct store *);
/* A person is being asked: store_rest. */
void login_records_rest(const struct settings *);

#endif
