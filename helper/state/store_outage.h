/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a host counted while no server of its state could be reached, in a file
 * of its own, and tells the server when it is there again. Part of the
 * interface of store.h.
 */
#ifndef TWOFA_STORE_OUTAGE_H
#define TWOFA_STORE_OUTAGE_H

#include <stddef.h>
#include <stdint.h>

#include "helper/state/store.h"
#include "lib/values/values.h"

struct store;

#define STORE_USER_MAX 200 /* longest name of a user in the state */

/* A TOTP step that was used, or wrong codes without a right one. */
struct store_unsent {
	char user[STORE_USER_MAX + 1];
	char source[SOURCE_MAX + 1];
	int64_t step; /* 0: wrong codes */
	unsigned char secret[STORE_CODE_DIGEST];
	/* so many in all since this number's series began, however often it is
	 * told */
	int64_t series, wrong;
};

/* Of a file: fill in what was not told yet, the newest step first. How many; -1
 * failed, also in a server. */
int store_unsent_list(struct store *, struct store_unsent *, size_t most);
/* Of a file: it was told. What was counted meanwhile stays untold. 0 or -1. */
int store_unsent_told(struct store *, const struct store_unsent *);
/* Of a server: count wrong codes, each of them once. 0; 1: the user is locked
 * there; or -1. */
int store_unsent_count(struct store *, const struct store_unsent *,
    const struct store_guess_limits *);

/* Of a file: from now on so many wrong codes of a user shut, instead of
 * STORE_SHUT_AT. */
void store_shut_at(struct store *, unsigned wrong);

/* Of both: this step of this secret was used elsewhere; one that is later stays
 * the last. told: it need not be told. 0 or -1. */
int store_totp_note(struct store *, const struct store_unsent *, bool told);

/* As much as a step of a login, and nothing is done. 0 or -1. */
int store_noop(struct store *);

#endif
