/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Remembered logins (remember_minutes). Part of the interface of store.h. What
 * a login is bound to comes in as one digest (remembered_login.h); a clock that
 * was set back ends them.
 */
#ifndef TWOFA_STORE_REMEMBERED_H
#define TWOFA_STORE_REMEMBERED_H

#include <stdint.h>

struct store;

#define STORE_GRACE_LEN 32

/* Remember for so long. An older entry of the same binding goes. */
int store_remembered_put(struct store *, const char *user,
    const unsigned char binding[STORE_GRACE_LEN], int64_t seconds);
/* 1: remembered now; 0: not; -1 failed. Never changes the entry. */
int store_remembered_get(struct store *, const char *user,
    const unsigned char binding[STORE_GRACE_LEN]);
/* Forget a user's; NULL: everybody's. How many there were; -1 failed. */
int store_remembered_forget(struct store *, const char *user);

#endif
