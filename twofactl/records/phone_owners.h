/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whose number it is: the phones of everybody who is enrolled. Two may share
 * one, but while one of them logs in the other one has to wait.
 */
#ifndef TWOFA_PHONE_OWNERS_H
#define TWOFA_PHONE_OWNERS_H

#include "lib/rules/accounts.h"
#include "lib/settings/settings.h"

struct phoneowner {
	char phone[PHONE_MAX + 1];
	char user[ACCOUNT_NAME_MAX + 1];
};

struct phoneowners {
	size_t count, cap;
	struct phoneowner *of; /* by phone, then user */
};

/* Records that cannot be read are left out: others tell of them. 0, or -1 with
 * errno and an empty list; phoneowners_free in any case. */
int phoneowners_read(struct phoneowners *, const struct config *);
void phoneowners_free(struct phoneowners *);

/* Those with this number: the first of *count, NULL none. */
const struct phoneowner *phoneowners_find(
    const struct phoneowners *, const char *phone, size_t *count);

#endif
