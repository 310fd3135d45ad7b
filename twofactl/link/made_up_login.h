/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A simulated login: the facts that the module would send for a login to
 * --service from --from, as far as they can be known.
 */
#ifndef TWOFA_MADE_UP_LOGIN_H
#define TWOFA_MADE_UP_LOGIN_H

#include "lib/wire/wire.h"
#include "twofactl/terminal/terminal.h"

/* Put a login of ctl->name into facts: service, addresses, terminal, real uid,
 * a passed first factor, and the module's own deadline. service NULL: sshd;
 * from NULL: no address (for login, that is the console). explain also takes
 * "sock:UID", a service that is not root's. CTL_DONE, or after complaining
 * CTL_USAGE or CTL_FAILED. */
enum ctl_exit made_up_login(
    const struct ctl *, const char *service, const char *from, struct facts *);

#endif
