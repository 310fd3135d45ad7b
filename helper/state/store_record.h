/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Users' records in a state that hosts share (users = "state"). Part of the
 * interface of store.h, only for such a state. The session's fleet_key seals
 * each record (fleet_records.h). A record with a wrong seal counts as unreadable,
 * and so do all if the state has another key.
 */
#ifndef TWOFA_STORE_RECORD_H
#define TWOFA_STORE_RECORD_H

#include <stdint.h>

#include "lib/fleet_records/fleet_records.h"

struct store;

enum store_record {
	STORE_RECORD_ERROR = 0, /* see store_cause, also below */
	STORE_RECORD_THERE,
	STORE_RECORD_NONE,
	STORE_RECORD_REFUSED,   /* this host must not have it, or not now */
	STORE_RECORD_OTHER_KEY, /* the state is under another fleet key */
	STORE_RECORD_OUTAGE,    /* the state is out of reach */
};

/* A user's record, for a login. text: for record_wipe_free. */
enum store_record store_record_read(
    struct store *, const char *user, char **text);

struct store_record_row {
	const char *user;
	const char *text;   /* NULL: the seal is wrong */
	const char *groups; /* with commas; to put, NULL: the present ones */
	int64_t at;         /* seconds since 1970 */
	const char *by;
	unsigned char seal[RECORD_SEAL_LEN]; /* to put: the present one's */
};

/* From here on for administrators. Call row for each, sorted by user; user
 * NULL: all. 0 or -1. */
int store_record_list(struct store *, const char *user, void *ctx,
    void (*row)(void *ctx, const struct store_record_row *));

/* Write a record, replacing the one with that seal (had: there is one). 1; 0:
 * it was changed meanwhile; -1. */
int store_record_put(struct store *, const struct store_record_row *, bool had);
/* Remove the one with that seal. 1; 0: it was changed or removed meanwhile;
 * -1. */
int store_record_remove(
    struct store *, const char *user, const unsigned char *seal);

/* All of them under a new fleet key instead of the session's, in one
 * transaction; look: only open them. count: how many there are. */
enum store_rekey {
	STORE_REKEY_FAILED = 0, /* nothing was changed */
	STORE_REKEY_DONE,
	STORE_REKEY_ALREADY,   /* the state has the new key; count is 0 */
	STORE_REKEY_MEANWHILE, /* a record was changed meanwhile: again */
};
enum store_rekey store_record_rekey(struct store *,
    const unsigned char key[RECORD_SEAL_KEY], bool look, int64_t *count);

#endif
