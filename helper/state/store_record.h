/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Users' records in a state that hosts share (users = "state"). Part of the
 * interface of store.h, for such a state alone. Each record is under the
 * session's fleet_key (record_seal.h); one that is not counts as none that can
 * be read, and so does each where the state is another key's.
 */
#ifndef TWOFA_STORE_RECORD_H
#define TWOFA_STORE_RECORD_H

#include <stdint.h>

#include "lib/system/record_seal.h"

struct store;

enum store_record {
	STORE_RECORD_ERROR = 0, /* store_cause tells; here and below */
	STORE_RECORD_THERE,
	STORE_RECORD_NONE,
	STORE_RECORD_REFUSED, /* this host may not have it, or not now */
	STORE_RECORD_OUTAGE,  /* the state is out of reach */
};

/* A user's record, for a login. text: the caller frees. */
enum store_record store_record_read(
    struct store *, const char *user, char **text);

struct store_record_row {
	const char *user;
	const char *text;   /* NULL: the seal does not fit it */
	const char *groups; /* with commas between them; to put, NULL: those of
			     * before */
	int64_t at;         /* seconds since 1970 */
	const char *by;
	unsigned char seal[RECORD_SEAL_LEN]; /* to put: that of before */
};

/* An administrator's from here on. Call row for each, sorted by user; user
 * NULL: all. 0 or -1. */
int store_record_list(struct store *, const char *user, void *ctx,
    void (*row)(void *ctx, const struct store_record_row *));

/* Write one, in the place of the one with that seal (had: there is one). 1; 0:
 * somebody has changed it meanwhile; -1. */
int store_record_put(struct store *, const struct store_record_row *, bool had);
/* Remove the one with that seal. 1; 0: it was changed, or is gone; -1. */
int store_record_remove(
    struct store *, const char *user, const unsigned char *seal);

#endif
