/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two tables of one service, before a change and after it: who could log in and
 * could not any more. Pure.
 */
#ifndef TWOFA_LOCKOUT_CHANGE_H
#define TWOFA_LOCKOUT_CHANGE_H

#include "twofactl/lockout/lockout_table.h"

enum lockout_change {
	LOCKOUT_CHANGE_NONE = 0,
	LOCKOUT_CHANGE_OLD,   /* cannot, and could not before */
	LOCKOUT_CHANGE_MEANT, /* kept out on purpose from now on, as a rule or
				 the record has it; no admin */
	LOCKOUT_CHANGE_NEW,   /* could, and cannot; of an admin also where it is
				 on purpose */
};

/* Of the nth row of after. */
enum lockout_change lockout_change(const struct lockout_table *before,
    const struct lockout_table *after, size_t n);

/* Was there an admin who could get in, and is none any more? */
bool lockout_change_last(
    const struct lockout_table *before, const struct lockout_table *after);

#endif
