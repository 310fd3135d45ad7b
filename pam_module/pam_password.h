/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The login password, which never leaves this process. PAM_AUTHTOK shows
 * whether a password was seen, and whether an answer is that password. sshd
 * puts a stand-in there that begins with a backspace, for users that it has
 * refused, and for their answers. `split` parts a password and a code in one
 * field and keeps the code in the PAM handle for `no_prompt`.
 */
#ifndef TWOFA_MODULE_PAM_PASSWORD_H
#define TWOFA_MODULE_PAM_PASSWORD_H

#include <stdbool.h>

#include "lib/wire/wire.h"

struct pam_handle;

/* authtok is "" when PAM has none. */
bool password_refused(const char *authtok);
bool password_seen(const char *authtok);
bool password_is(const char *authtok, const char *answer);

/*
 * Ask for the field unless another module has; PAM_AUTHTOK becomes the password
 * alone. The code is kept until it is taken or the handle ends. A code of an
 * earlier attempt is dropped first, and a failure leaves none. Always
 * PAM_CRED_INSUFFICIENT, because such a line decides nothing.
 */
int pam_password_split(struct pam_handle *);

/* Take the code out of the handle. "" when there is none; the caller wipes.
 * false: it was another user's. */
bool pam_password_take(
    struct pam_handle *, const char *user, char part[ONE_FIELD_MAX + 1]);

#endif
