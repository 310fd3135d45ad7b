/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A login that is played: what the module would say of one to --service from
 * --from, as far as it can be known beforehand.
 */
#ifndef TWOFA_MADE_UP_LOGIN_H
#define TWOFA_MADE_UP_LOGIN_H

#include "lib/wire/facts.h"
#include "twofactl/arguments/command.h"

/* Put the login of ctl->name into facts: service, addresses, terminal, real
 * uid, a first factor that was passed, and the module's own deadline. service
 * NULL: sshd; from NULL: no address (for login, that is the console). To be
 * explained, "sock:UID" is a service that is not root's. CTL_DONE, or after
 * complaining CTL_USAGE or CTL_FAILED. */
enum ctl_exit made_up_login(
    const struct ctl *, const char *service, const char *from, struct facts *);

#endif
