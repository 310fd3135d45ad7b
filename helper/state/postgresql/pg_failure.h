/* SPDX-License-Identifier: BSD-2-Clause */
/* What a failure of the server means for a login. */
#ifndef TWOFA_PG_FAILURE_H
#define TWOFA_PG_FAILURE_H

enum pg_failure {
	/* It may have been done, or not: denied. */
	PG_UNKNOWN = 0,
	/* No connection, no TLS, no answer in time, shutting down, starting up
	 * or read-only: the next server is asked. Only while connecting, when
	 * nothing can have been done yet. */
	PG_OUT_OF_REACH,
	/* Too much at once; certainly not done, so again in a moment. */
	PG_BUSY,
	/* Password, certificate, schema, right: somebody has to change it. */
	PG_SETTINGS,
	PG_FINE,
};

enum pg_stage {
	PG_CONNECTING, /* up to the server's first word */
	PG_TLS,
	PG_ENTERING, /* the role, the password, the database */
	PG_ASKED,    /* a call was sent */
};

#define PG_STATE_LEN 5

/* state: the SQLSTATE that came; "": none did. text: what libpq says, for TLS,
 * whose failures have no state. */
enum pg_failure pg_failure_of(
    enum pg_stage, const char *state, const char *text);

/* The SQLSTATE in what libpq says of a connection (PQERRORS_VERBOSE), which
 * gives it nowhere else; "": there is none. */
void pg_failure_state(const char *text, char state[PG_STATE_LEN + 1]);

#endif
