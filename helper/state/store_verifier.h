/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A code that is our own: what is kept of it beside its verification, so that
 * another login can join and check it. Part of the interface of store.h.
 */
#ifndef TWOFA_STORE_VERIFIER_H
#define TWOFA_STORE_VERIFIER_H

#include "helper/state/store.h"

#define STORE_VERIFIER_LEN 32

#define STORE_VERIFIERS 2 /* the one before, and the newest */

/* Keep it in the row that this session holds, before store_started. 0, or -1:
 * also when the row is no longer this session's to change. add: beside the
 * first one that is there, in the place of a second. */
int store_verifier_put(struct store *, int64_t id, int64_t session,
    const unsigned char verifier[STORE_VERIFIER_LEN]);
int store_verifier_add(struct store *, int64_t id, int64_t session,
    const unsigned char verifier[STORE_VERIFIER_LEN]);
/* Read them back, of the verification with this id. How many; 0: there is
 * none; -1 failed. */
int store_verifier_get(struct store *, int64_t id, const char *request_id,
    unsigned char verifier[STORE_VERIFIERS][STORE_VERIFIER_LEN]);

#endif
