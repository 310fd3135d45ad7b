/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Unknown names at the prompt of a shared account. They are counted and locked
 * like those of its people, each separately while there are few: many tries
 * must not fill the disk. Part of the interface of store.h.
 */
#ifndef TWOFA_STORE_STRANGER_H
#define TWOFA_STORE_STRANGER_H

struct store;

#define STORE_STRANGERS_MAX 100 /* for each account */
#define STORE_STRANGER_S 86400  /* how long one is remembered */

/* own: the name for this one, which begins with shared; shared: the name for
 * all beyond STORE_STRANGERS_MAX. 1: it has its own row now; 0: use shared; -1
 * failed. */
int store_stranger(struct store *, const char *own, const char *shared);

#endif
