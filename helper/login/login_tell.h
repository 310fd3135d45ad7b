/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages of a login that asks no question: for the administrator, or for a
 * user without a record. */
#ifndef TWOFA_LOGIN_TELL_H
#define TWOFA_LOGIN_TELL_H

#include "helper/dialogue/dialogue.h"
#include "lib/rules/rules.h"

/* There is no first factor. In sshd it is somebody whom sshd refuses: that
 * shows in its own log. */
void login_log_no_factor(const char *service);

/* Groups of a rule are unknown. Whatever that rule says: it lets no one in
 * without a code now. */
void login_log_unknown(const struct login *, const struct policy_facts *);

/* What its admin should know of a provider, such as its end. */
void login_log_notices(const struct settings *);

/* unenrolled_text is shown, and the login denied. */
void login_tell_unenrolled(const struct login *);

/* unenrolled = "allow" */
void login_allow_unenrolled(const struct login *);

#endif
