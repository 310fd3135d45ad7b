/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The second word of a line in /etc/pam.d: what PAM does after each value that
 * the module may return (Linux-PAM 1.5, pam.conf(5)).
 */
#ifndef TWOFA_PAM_CONTROL_H
#define TWOFA_PAM_CONTROL_H

/* The values of a module that make a difference here. */
enum pam_control_return {
	RETURN_SUCCESS = 0,
	RETURN_PERM_DENIED = 6,
	RETURN_AUTH_ERR = 7,
	RETURN_CRED_INSUFFICIENT = 8,
	RETURN_AUTHINFO_UNAVAIL = 9,
	RETURN_USER_UNKNOWN = 10,
	RETURN_NEW_AUTHTOK_REQD = 12,
	RETURN_IGNORE = 25,
	RETURN_MODULE_UNKNOWN = 28, /* it cannot be loaded */
	RETURN_INCOMPLETE = 31,     /* it is called again: no result yet */
	RETURN_COUNT = 32,
};

/* A positive number jumps over that many lines. */
enum pam_control_action {
	CONTROL_BAD = 0,
	CONTROL_DIE = -1,
	CONTROL_OK = -2,
	CONTROL_DONE = -3,
	CONTROL_IGNORE = -4,
	CONTROL_RESET = -5,
};

/* Fill action from a word such as "required" or the inside of "[success=1
 * default=ignore]". 0, or -1 when PAM cannot read it: then PAM treats every
 * value as bad, and so does action. */
int pam_control_read(const char *word, int action[RETURN_COUNT]);

#endif
