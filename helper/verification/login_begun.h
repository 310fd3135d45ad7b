/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the store answered at the beginning of the login. A step that needs
 * exactly what was claimed and counted then gets its answer from here, once;
 * all others ask the store. Pure, except for login_begun_ask.
 */
#ifndef TWOFA_LOGIN_BEGUN_H
#define TWOFA_LOGIN_BEGUN_H

#include "helper/store/store.h"

struct login_begun {
	struct store_begin ask;
	struct store_begun found;
	/* answers in found that no step has used yet */
	bool passed[STORE_CANDIDATES_MAX], claim, take;
};

/* ask is filled in. begin: store_begin or store_begin_look; returns its
 * result. */
int login_begun_ask(struct login_begun *, struct store *,
    int (*begin)(
	struct store *, const struct store_begin *, struct store_begun *));

/* true: out is the store's answer. false for a login that has not begun
 * (NULL). */
bool login_begun_passed(
    struct login_begun *, const char *provider, bool *passed);
bool login_begun_claim(struct login_begun *, const struct store_key *,
    unsigned methods, enum method, enum store_claim *, struct store_row *);
bool login_begun_take(struct login_begun *, const struct store_send_key *,
    enum store_send *, int64_t *id, int64_t *wait_s, const char **which);

/* The inserted row and the counted message that no step has used, so that they
 * can be given back; 0: none. Returns each once. */
void login_begun_left(struct login_begun *, int64_t *row, int64_t *send);

#endif
