/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names at the prompt of an account that are nobody's. They are counted and
 * locked like those of its people, each by itself as long as there are few: who
 * tries many must not fill the disk. Part of the interface of store.h.
 */
#ifndef TWOFA_STORE_STRANGER_H
#define TWOFA_STORE_STRANGER_H

struct store;

#define STORE_STRANGERS_MAX 100 /* of an account */
#define STORE_STRANGER_S 86400  /* so long one is known */

/* own: what this one would be counted as, which begins with shared, what all
 * beyond STORE_STRANGERS_MAX are. 1: it has a row of its own now; 0: shared;
 * -1 failed. */
int store_stranger(struct store *, const char *own, const char *shared);

#endif
