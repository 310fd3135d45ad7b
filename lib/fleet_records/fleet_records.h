/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Users' records that the hosts of a fleet share in one state: sealed, in
 * batches, under a new key. The state's SQL is in sql/.
 */
#ifndef TWOFA_FLEET_RECORDS_H
#define TWOFA_FLEET_RECORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/settings/settings.h"
#include "lib/values/values.h"
#include "lib/wire/wire.h"

/*
 * Protects users' records in a state that hosts share, with their common key.
 * An app's secret is stored encrypted and bound to its owner; each record has a
 * seal over its text and its user. So changing the state without the key
 * neither reveals a secret nor gives a user another one's record.
 *
 * A sealed secret is RECORD_SOURCE_SEALED, "1:" and base64 of a nonce of 12
 * random bytes, the secret's text under AES-256-GCM, and its tag of 16 bytes.
 * The tag also covers "twofa secret 1", a NUL and the owner's kept name
 * (values.h). The key of AES is HMAC-SHA-256 of "twofa secret 1" with the
 * fleet's key. The seal of a record is HMAC-SHA-256, with the fleet's key, of
 * "twofa record 1", a NUL, the user's name, a NUL and the text.
 */

#define FLEET_SEAL_KEY 32 /* bytes of the fleet's key */
#define FLEET_SEAL_LEN 32
#define FLEET_SEAL_TEXT_MAX 1024 /* of a sealed secret, with its NUL */

/* Encrypt a secret of whose; the text differs each time. 0 or -1: there is no
 * randomness, or libcrypto fails. */
int fleet_seal_secret(const unsigned char key[FLEET_SEAL_KEY],
    const char *whose, const struct secret *, char out[FLEET_SEAL_TEXT_MAX]);

/* Decrypt it: the unseal of struct record_source. */
int fleet_seal_open(const unsigned char key[FLEET_SEAL_KEY], const char *whose,
    const char *text, struct secret *);

/* The seal of a user's record. 0 or -1. */
int fleet_seal_make(const unsigned char key[FLEET_SEAL_KEY], const char *user,
    const char *text, unsigned char seal[FLEET_SEAL_LEN]);
/* Does the seal belong to that user's record? */
bool fleet_seal_fits(const unsigned char key[FLEET_SEAL_KEY], const char *user,
    const char *text, const unsigned char seal[FLEET_SEAL_LEN]);

/* A fingerprint of the key, for a state to name it: HMAC-SHA-256 of "twofa"
 * with it. 0 or -1. */
int fleet_seal_key(const unsigned char key[FLEET_SEAL_KEY],
    unsigned char mark[FLEET_SEAL_LEN]);

/*
 * Users' records on their way to a state that hosts share: as many in one BEGIN
 * as it has room for. Each is a line "USER GROUPS SEAL LENGTH" and so many
 * bytes of text. GROUPS: with commas between, "-" none, "=" those of before.
 * SEAL: of the record that is to be replaced, "-" there is none.
 */

#define FLEET_GROUPS_MAX 255 /* of one user, all names with their commas */

/* What a part of a record is that the helper says. */
enum fleet_part {
	FLEET_PART_UNREADABLE = 0, /* there is one, but its seal is wrong */
	FLEET_PART_LAST,
	FLEET_PART_MORE, /* goes on in the next */
};

struct fleet_batch {
	char user[USER_NAME_MAX + 1];
	bool keeps_groups;
	char groups[FLEET_GROUPS_MAX + 1]; /* "" none */
	bool had;
	unsigned char seal[FLEET_SEAL_LEN];
	char text[FRAME_RECORD_MAX + 1];
};

/* Are these names of groups, with commas between? "" is fine. */
bool fleet_batch_groups(const char *text);

/* The seal from its hexadecimal digits (hex_text): 0, or -1. */
int fleet_batch_bytes(const char *hex, unsigned char seal[FLEET_SEAL_LEN]);

/* Append one to text[used] of FRAME_RECORD_MAX + 1 bytes; groups NULL: those of
 * before; seal NULL: there was none. How many bytes are used then; 0: it has no
 * room. */
size_t fleet_batch_add(char *text, size_t used, const char *user,
    const char *groups, const unsigned char *seal, const char *record);

/* Take the next one, from *next on. 1; 0 there is none; -1 it is none. */
int fleet_batch_read(const char **next, struct fleet_batch *);

/*
 * The sealed secrets in a user's record (fleet_records.h), sealed with another
 * key: what a new fleet key needs.
 */

/* Change all of them in their place, as a sealed secret keeps its length. 0, or
 * -1: one of them was not sealed with the old key for that user or for one of
 * the people in the record; the text is then of no use. */
int fleet_reseal(const char *user, char *text,
    const unsigned char old_key[FLEET_SEAL_KEY],
    const unsigned char new_key[FLEET_SEAL_KEY]);

/* The text of a user's record, which names phone numbers and secrets. */

/* Free it when it is wiped; NULL too. */
void fleet_wipe(char *text);

#endif
