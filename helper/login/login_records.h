/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Users' records of a state that hosts share (users = "state"), for settings
 * that are read by a login or for twofactl. The state is opened for the first
 * record, and stays open for the login: that saves a connection.
 */
#ifndef TWOFA_LOGIN_RECORDS_H
#define TWOFA_LOGIN_RECORDS_H

#include "helper/state/store.h"
#include "lib/settings/settings.h"
#include "lib/system/record_source.h"
#include "lib/wire/facts.h"

struct known_record;

struct login_records {
	struct record_source source; /* first: settings point to it */
	const struct settings *conf;
	const struct facts *facts;
	int64_t session;
	struct store *store;        /* NULL: not open, or the login's by now */
	bool lent;                  /* somebody else closes it */
	struct known_record *known; /* what was read: a login reads it again */
	char cause[STORE_CAUSE_MAX];
};

/* Give the settings their source; nothing, with users = "files". All stays till
 * login_records_end. session: login_store_open's. */
void login_records_begin(struct login_records *, struct settings *,
    const struct facts *, int64_t session);
void login_records_end(struct login_records *, struct settings *);

/* The state that is open for a record, which is the caller's from here on, or a
 * new one: as login_store_open. */
struct store *login_records_store(const struct settings *, const struct facts *,
    int64_t session, char cause[STORE_CAUSE_MAX]);
/* It is open already: records come by it as long as it is. */
void login_records_lend(const struct settings *, struct store *);
/* A person is asked something: store_rest. */
void login_records_rest(const struct settings *);

#endif
