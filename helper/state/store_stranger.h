/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names at the prompt of a shared account. Unknown ones are counted and locked
 * like those of its people, each separately while there are few: many tries
 * must not fill the disk. Part of the interface of store.h.
 */
#ifndef TWOFA_STORE_STRANGER_H
#define TWOFA_STORE_STRANGER_H

struct store;

#define STORE_STRANGERS_MAX 100 /* for each account */
#define STORE_STRANGER_S 86400  /* how long one is remembered */

/* Note this name, known or not, which begins with shared. 1: there are few; 0:
 * with it there are STORE_STRANGERS_MAX or more of the last day, so this login
 * may keep nothing under an unknown one; -1 failed. */
int store_stranger(struct store *, const char *own, const char *shared);

#endif
