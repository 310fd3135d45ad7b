/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What PAM_AUTHTOK says: was a password seen, and is an answer that password?
 * sshd puts a stand-in that begins with a backspace there for users that it has
 * refused, and for their answers.
 */
#ifndef TWOFA_MODULE_PASSWORD_H
#define TWOFA_MODULE_PASSWORD_H

#include <stdbool.h>

/* authtok is "" when PAM has none. */
bool password_refused(const char *authtok);
bool password_seen(const char *authtok);
bool password_is(const char *authtok, const char *answer);

#endif
