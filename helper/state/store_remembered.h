/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Remembered logins (remember_minutes). Part of the interface of store.h. A
 * digest says what each is bound to (remembered_login.h); a right code makes
 * one (store_right.h). Setting the clock back ends them: the next store_begin,
 * of any user, removes those that were made later than now.
 */
#ifndef TWOFA_STORE_REMEMBERED_H
#define TWOFA_STORE_REMEMBERED_H

#include "helper/state/store_right.h"

struct store;

/* 1: remembered now; 0: not; -1 failed. Never changes the entry. */
int store_remembered_get(struct store *, const char *user,
    const unsigned char binding[STORE_GRACE_LEN]);
/* Forget a user's remembered logins; for a shared account those of all its
 * people, for a user also those at accounts that he shares; NULL: all users'.
 * Returns their number; -1 failed. */
int store_remembered_forget(struct store *, const char *user);

#endif
