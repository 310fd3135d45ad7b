/* SPDX-License-Identifier: BSD-2-Clause */
/* What SELinux makes of a login by ssh: the kernel is asked about sshd's
 * domain, since this process runs in the admin's. */
#ifndef TWOFA_SSHD_DOMAIN_H
#define TWOFA_SSHD_DOMAIN_H

#include "lib/settings/settings.h"

#define SSHD_DOMAIN_TEXT 768

/* Is a helper that sshd starts kept from the state? Then text says so. Else it
 * is what a login from here cannot show, or "" where nothing is enforced. */
bool sshd_domain_refuses(
    const struct settings *, const char *helper, char text[SSHD_DOMAIN_TEXT]);

#endif
