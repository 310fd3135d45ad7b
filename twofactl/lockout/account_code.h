/* SPDX-License-Identifier: BSD-2-Clause */
/* What rules and record come to for an account, once its first factor stands.
 */
#ifndef TWOFA_ACCOUNT_CODE_H
#define TWOFA_ACCOUNT_CODE_H

#include "lib/settings/settings.h"
#include "twofactl/lockout/lockout.h"

/* From wherever it gets furthest: an address that is nobody's, or one of each
 * network that a rule names. As a login asks it (admission.h). */
enum account_code account_code(
    const struct settings *, const char *service, const char *user);

#endif
