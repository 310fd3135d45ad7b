/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Compares two tables of a service, before and after a change: who would be
 * locked out. Pure.
 */
#ifndef TWOFA_LOCKOUT_CHANGE_H
#define TWOFA_LOCKOUT_CHANGE_H

#include "twofactl/lockout/lockout_table.h"

enum lockout_change {
	LOCKOUT_CHANGE_NONE = 0,
	LOCKOUT_CHANGE_OLD,   /* cannot log in, and could not before */
	LOCKOUT_CHANGE_MEANT, /* kept out on purpose from now on; no admin */
	LOCKOUT_CHANGE_NEW,   /* could and cannot; an admin also on purpose */
};

/* For the nth row of after. */
enum lockout_change lockout_change(const struct lockout_table *before,
    const struct lockout_table *after, size_t n);

/* True when an admin could log in before and none can afterwards. */
bool lockout_change_last(
    const struct lockout_table *before, const struct lockout_table *after);

#endif
