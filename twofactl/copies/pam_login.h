/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A login as PAM sees it: the service's stack is run here instead of in the
 * service's program, with files of another folder than /etc/pam.d.
 */
#ifndef TWOFA_PAM_LOGIN_H
#define TWOFA_PAM_LOGIN_H

#include <stdbool.h>

#define PAM_LOGIN_CAUSE 256

struct pam_login {
	const char *service, *user;
	/* with the service's PAM file; depending on its version PAM reads what
	 * this includes by name from /etc/pam.d */
	const char *folder;
	bool key;    /* sshd: a key was accepted */
	bool caller; /* started by the user: a program such as sudo is setuid */
};

/* Runs in its own process and ends it: PAM's modules run as root's code, and
 * the user's real uid may be taken. The terminal is stdin and stdout.
 * Authentication and account, once. True: PAM lets in; false with cause. */
bool pam_login(const struct pam_login *, char cause[PAM_LOGIN_CAUSE]);

#endif
