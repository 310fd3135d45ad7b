/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Remembered logins (remember_minutes). Part of the interface of store.h. What
 * a login is bound to comes in as one digest (remembered_login.h), with the
 * right code that makes one (store_right.h); a clock that was set back ends
 * them.
 */
#ifndef TWOFA_STORE_REMEMBERED_H
#define TWOFA_STORE_REMEMBERED_H

#include "helper/state/store_right.h"

struct store;

/* 1: remembered now; 0: not; -1 failed. Never changes the entry. */
int store_remembered_get(struct store *, const char *user,
    const unsigned char binding[STORE_GRACE_LEN]);
/* Forget a user's, of an account those of all its people, and of a user those
 * at accounts as well where he is one of the people; NULL: everybody's. How
 * many there were; -1 failed. */
int store_remembered_forget(struct store *, const char *user);

#endif
