/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Users' records on their way to a state that hosts share: as many in one BEGIN
 * as it has room for. Each is a line "USER GROUPS SEAL LENGTH" and so many
 * bytes of text. GROUPS: with commas between, "-" none, "=" those of before.
 * SEAL: of the record that is to be replaced, "-" there is none.
 */
#ifndef TWOFA_RECORD_BATCH_H
#define TWOFA_RECORD_BATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/system/record_seal.h"
#include "lib/values/values.h"
#include "lib/wire/wire.h"

#define RECORD_GROUPS_MAX 255 /* of one user, all names with their commas */

/* What a part of a record is that the helper says. */
enum record_part {
	RECORD_PART_UNREADABLE = 0, /* there is one, but its seal is wrong */
	RECORD_PART_LAST,
	RECORD_PART_MORE, /* goes on in the next */
};

struct record_batch {
	char user[USER_NAME_MAX + 1];
	bool keeps_groups;
	char groups[RECORD_GROUPS_MAX + 1]; /* "" none */
	bool had;
	unsigned char seal[RECORD_SEAL_LEN];
	char text[FRAME_RECORD_MAX + 1];
};

/* Are these names of groups, with commas between? "" is fine. */
bool record_batch_groups(const char *text);

/* The seal from its hexadecimal digits (hex_text): 0, or -1. */
int record_batch_bytes(const char *hex, unsigned char seal[RECORD_SEAL_LEN]);

/* Append one to text[used] of FRAME_RECORD_MAX + 1 bytes; groups NULL: those of
 * before; seal NULL: there was none. How many bytes are used then; 0: it has no
 * room. */
size_t record_batch_add(char *text, size_t used, const char *user,
    const char *groups, const unsigned char *seal, const char *record);

/* Take the next one, from *next on. 1; 0 there is none; -1 it is none. */
int record_batch_read(const char **next, struct record_batch *);

#endif
