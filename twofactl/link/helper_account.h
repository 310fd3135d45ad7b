/* SPDX-License-Identifier: BSD-2-Clause */
/* The user that the helper runs as, for twofactl. */
#ifndef TWOFA_HELPER_ACCOUNT_H
#define TWOFA_HELPER_ACCOUNT_H

#include <pwd.h>

#include "lib/wire/wire.h"

#define HELPER_ACCOUNT_CAUSE_MAX 256

/* Its entry, from getpwnam; NULL with cause and remedy. errno is then 0 when
 * there is no such user, else the look-up's error. */
const struct passwd *helper_account_find(char cause[HELPER_ACCOUNT_CAUSE_MAX]);

#endif
