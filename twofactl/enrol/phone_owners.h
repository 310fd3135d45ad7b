/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The phones of all enrolled users, and who has each. Two may share one, but
 * while one of them logs in the other has to wait.
 */
#ifndef TWOFA_PHONE_OWNERS_H
#define TWOFA_PHONE_OWNERS_H

#include "lib/rules/rules.h"
#include "lib/settings/settings.h"
#include "lib/values/values.h"

struct phone_owner {
	char phone[PHONE_MAX + 1];
	char user[KEPT_NAME_MAX + 1]; /* or a person (values.h) */
};

struct phone_owners {
	size_t count, cap;
	struct phone_owner *of; /* by phone, then user */
};

/* Records that cannot be read are skipped: other code reports them. 0, or -1
 * with errno and an empty list; call phone_owners_free in any case. */
int phone_owners_read(struct phone_owners *, const struct settings *);
void phone_owners_free(struct phone_owners *);

/* The owners of this number: the first of *count, NULL none. */
const struct phone_owner *phone_owners_find(
    const struct phone_owners *, const char *phone, size_t *count);

#endif
