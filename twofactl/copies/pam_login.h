/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A login as PAM alone sees it: the service's stack is run here, in the place
 * of the service's own program, by files of another folder than /etc/pam.d.
 */
#ifndef TWOFA_PAM_LOGIN_H
#define TWOFA_PAM_LOGIN_H

#include <stdbool.h>

#define PAM_LOGIN_CAUSE 256

struct pam_login {
	const char *service, *user;
	/* with the service's PAM file; what this includes by a name PAM takes
	 * of /etc/pam.d, by version */
	const char *folder;
	bool key;    /* of sshd: it has seen a key */
	bool caller; /* by the user: a program such as sudo is setuid */
};

/* In a process of its own, which ends then: PAM's modules are root's code, and
 * this may take the user's real uid. The terminal is stdin and stdout.
 * Authentication and account, once. True: PAM lets in; false with cause. */
bool pam_login(const struct pam_login *, char cause[PAM_LOGIN_CAUSE]);

#endif
