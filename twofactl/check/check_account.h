/* SPDX-License-Identifier: BSD-2-Clause */
/* The account that a user's file is for; doctor asks as well. */
#ifndef TWOFA_CHECK_ACCOUNT_H
#define TWOFA_CHECK_ACCOUNT_H

#include <limits.h>
#include <stdbool.h>

#include "twofactl/records/records.h"

#define CHECK_ACCOUNT (PATH_MAX + 512)

/* Does the account of this file exist, and is that its own name? listed: by
 * name_list_accounts. False with the problem. */
bool check_account(const struct name_list *listed, const char *path,
    const char *name, char problem[CHECK_ACCOUNT]);

#endif
