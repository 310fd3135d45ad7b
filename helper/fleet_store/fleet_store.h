/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The state in PostgreSQL, and a login while none of its servers can be
 * reached.
 */
#ifndef TWOFA_FLEET_STORE_H
#define TWOFA_FLEET_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "helper/dialogue/dialogue.h"
#include "helper/store/store.h"
#include "lib/settings/settings.h"
#include "lib/wire/wire.h"

/* Telling the fleet what this host kept while it reached no server. */

/* The login has begun in its state: if something is untold, tell it, and let
 * those in again whom three wrong codes had shut here. Whatever fails is logged
 * and told at the next contact. */
void outage_report(const struct login *);

/* This login used a step of an app's code by the fleet: it must not be used
 * once more here in an outage. What fails is logged. */
void outage_step_used(const struct login *,
    const unsigned char secret[STORE_CODE_DIGEST], int64_t step);

/*
 * A login that finds no server of its state: with on_store_outage = "offline"
 * it goes on with what this host alone has (outage.db). That is decided before
 * the first prompt, once; a login that began with the state never gets here.
 */

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

/* A made-up login, which asks a state in servers at the points where a real one
 * does, so that an outage looks alike for both. */

/* Begin it as a real one begins: its state is in seems, or could not be opened
 * for this cause. REASON_NONE: go on. Else the login is over for this reason,
 * which is logged. In both cases seeming_login_end at last. */
enum reason seeming_login_begin(
    struct login *, struct offline_login *, const char *cause);
void seeming_login_end(struct login *, struct offline_login *);

/*
 * outage.db in state_dir: a state of this host alone, for the time in which no
 * server of the fleet's state can be reached. It has the codes that were used
 * and guessed here, and the users' break-glass codes.
 */

/* Do these settings have one? A state in a file has none, nor has "deny". */
bool outage_has_store(const struct settings *);

/* Open it; session and socket_uid as for login_store_open. NULL with the cause
 * and the remedy. */
struct store *outage_store_open(const struct settings *, int64_t session,
    int64_t socket_uid, char cause[STORE_CAUSE_MAX]);

/* Call row for each user of whom it has anything, as store_status does: by it
 * doctor tells who has break-glass codes (source "", recovery). Without the
 * file there are none, and it is not made. 0, or -1 with the cause. */
int outage_store_users(const struct settings *, void *ctx,
    void (*row)(void *ctx, const struct store_status *),
    char cause[STORE_CAUSE_MAX]);

/* PURPOSE_IMPORT of service.h. */

request_with_state serve_import;

/*
 * Users' records from a state that hosts share (users = "state"), for settings
 * of a login or of twofactl. The state is opened for the first record and kept
 * for the login, which saves a connection.
 */

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

/* PURPOSE_RECORDS, PURPOSE_RECORD_PUT, PURPOSE_RECORD_REMOVE and PURPOSE_REKEY
 * of service.h: of those in a state that hosts share. */

request_with_state serve_records, serve_record_put, serve_record_remove,
    serve_rekey;

#endif
