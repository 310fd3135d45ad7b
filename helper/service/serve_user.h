/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What twofactl changes in the state: of one user, or of all. Each says and
 * asks what serve.h tells of its purpose, and fills the result.
 */
#ifndef TWOFA_SERVE_USER_H
#define TWOFA_SERVE_USER_H

#include "helper/service/serve.h"

struct user_record;

/* The record of the user, or person, whom the request is about. False: there is
 * none that can be read; to be wiped in any case. */
bool serve_user_record(const struct serve_request *, const struct settings *,
    struct user_record *);

serve_with_state serve_unlock, serve_recovery_codes, serve_totp, serve_forget;

#endif
