/* SPDX-License-Identifier: BSD-2-Clause */
/* A made-up login, which asks a state in servers at the points where a real one
 * does, so that an outage looks alike for both. */
#ifndef TWOFA_SEEMING_LOGIN_H
#define TWOFA_SEEMING_LOGIN_H

#include "helper/dialogue/dialogue.h"
#include "helper/outage/offline_login.h"

/* Begin it as a real one begins: its state is in seems, or could not be opened
 * for this cause. REASON_NONE: go on. Else the login is over for this reason,
 * which is logged. In both cases seeming_login_end at last. */
enum reason seeming_login_begin(
    struct login *, struct offline_login *, const char *cause);
void seeming_login_end(struct login *, struct offline_login *);

#endif
