/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The sealed secrets in a user's record (record_seal.h), sealed with another
 * key: what a new fleet key needs.
 */
#ifndef TWOFA_RECORD_RESEAL_H
#define TWOFA_RECORD_RESEAL_H

#include "lib/system/record_seal.h"

/* Change all of them in their place, as a sealed secret keeps its length. 0, or
 * -1: one of them was not sealed with the old key for that user or for one of
 * the people in the record; the text is then of no use. */
int record_reseal(const char *user, char *text,
    const unsigned char old_key[RECORD_SEAL_KEY],
    const unsigned char new_key[RECORD_SEAL_KEY]);

#endif
