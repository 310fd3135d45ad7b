/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How the login began in the store. A step that is asked for just what was
 * claimed and counted then is answered from here, once; every other one asks
 * the store itself. Pure, but for login_begun_ask.
 */
#ifndef TWOFA_LOGIN_BEGUN_H
#define TWOFA_LOGIN_BEGUN_H

#include "helper/state/store_begin.h"

struct login_begun {
	struct store_begin ask;
	struct store_begun found;
	/* of found, what no step has asked for yet */
	bool passed[STORE_CANDIDATES_MAX], claim, take;
};

/* ask is filled in. begin: store_begin or store_begin_look, whose result this
 * is. */
int login_begun_ask(struct login_begun *, struct store *,
    int (*begin)(
	struct store *, const struct store_begin *, struct store_begun *));

/* true: out is what the store would say. For a login that has not begun
 * (NULL), false. */
bool login_begun_passed(
    struct login_begun *, const char *provider, bool *passed);
bool login_begun_claim(struct login_begun *, const struct store_key *,
    unsigned methods, enum method, enum store_claim *, struct store_row *);
bool login_begun_take(struct login_begun *, const struct store_send_key *,
    enum store_send *, int64_t *id, int64_t *wait_s, const char **which);

/* The row that was inserted, and the message that was counted, which no step
 * has asked for: they are to be given back. 0: there is none. Once. */
void login_begun_left(struct login_begun *, int64_t *row, int64_t *send);

#endif
