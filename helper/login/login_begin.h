/* SPDX-License-Identifier: BSD-2-Clause */
/* What a login asks of the store before its first prompt. */
#ifndef TWOFA_LOGIN_BEGIN_H
#define TWOFA_LOGIN_BEGIN_H

#include "helper/dialogue/dialogue.h"
#include "helper/factors/factors.h"
#include "helper/verification/verification.h"

/* It contains pointers into itself and the login: do not copy it. */
struct login_begin {
	struct login_begun begun;
	char push[PUSH_COUNTED_MAX];
};

/* binding: of a remembered login (remembered_login.h); NULL: it has none.
 * begin: store_begin or store_begin_look. 0, and the login's begun is set; or
 * -1: see store_cause. */
int login_begin(struct login *, const unsigned char *binding,
    struct login_begin *,
    int (*begin)(
	struct store *, const struct store_begin *, struct store_begun *));

#endif
