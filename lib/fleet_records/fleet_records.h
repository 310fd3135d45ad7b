/* SPDX-License-Identifier: BSD-2-Clause */
/* Users' records in a state that the hosts of a fleet share: sealed, in
 * batches, under a new key. The SQL of the state is in sql/. */
#ifndef TWOFA_FLEET_RECORDS_H
#define TWOFA_FLEET_RECORDS_H

#include "lib/settings/settings.h"

/*
 * fleet_records.c: protects users' records with the key that the hosts share.
 * An app's secret is encrypted and bound to its owner; each record has a seal
 * over its text and its user. So without the key, a change of the state neither
 * reveals a secret nor gives a user the record of another.
 *
 * A sealed secret is RECORD_SOURCE_SEALED, "1:" and base64 of a nonce of 12
 * random bytes, the secret's text under AES-256-GCM, and its tag of 16 bytes.
 * The tag also covers "twofa secret 1", a NUL and the owner name (values.h).
 * The key of AES is HMAC-SHA-256 of "twofa secret 1" with the fleet's key. The
 * seal of a record is HMAC-SHA-256, with the fleet's key, of "twofa record 1",
 * a NUL, the user's name, a NUL and the text.
 */

#define FLEET_SEAL_KEY 32 /* bytes of the fleet's key */
#define FLEET_SEAL_LEN 32
#define FLEET_SEAL_TEXT_MAX 1024 /* of a sealed secret, with its NUL */

/* Encrypts a secret of this owner; the text differs each time. Returns 0, or -1
 * if there are no random bytes or libcrypto fails. */
int fleet_seal_secret(const unsigned char key[FLEET_SEAL_KEY],
    const char *owner, const struct secret *, char out[FLEET_SEAL_TEXT_MAX]);

/* Decrypts a sealed secret of this owner (the unseal of struct record_source).
 * Returns 0, or -1. The caller wipes the secret. */
int fleet_seal_open(const unsigned char key[FLEET_SEAL_KEY], const char *owner,
    const char *text, struct secret *);

/* Computes the seal of a user's record. Returns 0 or -1. */
int fleet_seal_make(const unsigned char key[FLEET_SEAL_KEY], const char *user,
    const char *text, unsigned char seal[FLEET_SEAL_LEN]);
/* True if the seal is that of the user's record. */
bool fleet_seal_fits(const unsigned char key[FLEET_SEAL_KEY], const char *user,
    const char *text, const unsigned char seal[FLEET_SEAL_LEN]);

/* A fingerprint by which the state identifies the key: HMAC-SHA-256 of "twofa"
 * with it. Returns 0 or -1. */
int fleet_seal_key_fingerprint(const unsigned char key[FLEET_SEAL_KEY],
    unsigned char mark[FLEET_SEAL_LEN]);

/* Batches of users' records for the state, as many in one BEGIN as fit. Each is
 * a line "USER GROUPS SEAL LENGTH" and LENGTH bytes of text. GROUPS are
 * separated by commas, "-" for no groups, "=" for unchanged ones. SEAL is that
 * of the record to be replaced, "-" for a new record. */

#define FLEET_GROUPS_MAX 255 /* of one user, all names with their commas */

/* A part of a record in ITEM_RECORD. */
enum fleet_part {
	FLEET_PART_UNREADABLE = 0, /* no text: the record's seal is wrong */
	FLEET_PART_LAST,
	FLEET_PART_MORE, /* continued in the next */
};

struct fleet_batch {
	char user[USER_NAME_MAX + 1];
	bool keeps_groups;
	char groups[FLEET_GROUPS_MAX + 1];
	bool had; /* replaces the record with this seal */
	unsigned char seal[FLEET_SEAL_LEN];
	char text[FRAME_RECORD_MAX + 1];
};

/* True for names of groups separated by commas, and for "". */
bool fleet_batch_groups_are_valid(const char *text);

/* Appends a record at text[used] of FRAME_RECORD_MAX + 1 bytes. groups is NULL
 * for unchanged ones, seal NULL for a new record. Returns the number of bytes
 * used then, or 0 if the record does not fit. */
size_t fleet_batch_add(char *text, size_t used, const char *user,
    const char *groups, const unsigned char *seal, const char *record);

/* Reads the record at *next and advances it. Returns 1, 0 at the end, or -1 if
 * the batch is malformed. */
int fleet_batch_read(const char **next, struct fleet_batch *);

/* Seals all secrets in a user's record with another key, in place, as their
 * length stays. Returns 0, or -1 if one was not sealed with the old key for
 * this user or for a person in the record; the text is then unusable. */
int fleet_reseal(const char *user, char *text,
    const unsigned char old_key[FLEET_SEAL_KEY],
    const unsigned char new_key[FLEET_SEAL_KEY]);

#endif
