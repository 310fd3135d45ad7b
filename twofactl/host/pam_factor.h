/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the modules of others are known for: which prove who somebody is, what
 * they leave behind, and what they may return when PAM asks them. Pure.
 */
#ifndef TWOFA_PAM_FACTOR_H
#define TWOFA_PAM_FACTOR_H

#include <stdbool.h>

#include "twofactl/host/pam_stack.h"

enum pam_factor {
	PAM_FACTOR_NONE = 0, /* nobody's identity is proven; or it is ours */
	PAM_FACTOR_PASSWORD, /* PAM_AUTHTOK is set: modules not known, too */
	PAM_FACTOR_SILENT,   /* a finger, a card: no password is left */
};

enum pam_factor pam_factor(const struct pam_stack_line *);

/* Does it take the password that another one asked for, and asks for none? */
bool pam_takes_first_pass(const struct pam_stack_line *);

/* May it ask for another password than the one that is there? */
bool pam_asks_again(const struct pam_stack_line *);

/* Does it ask for the password, and say IGNORE when its directory does not know
 * the user or is away? */
bool pam_ignores_failure(const struct pam_stack_line *);

/* What is true of all logins that are looked at together. */
struct pam_login {
	bool caller_is_root; /* as of sshd and login */
	bool vouched;        /* a first factor is in evidence anyhow */
	unsigned passed;     /* SSH_METHOD_* */
};

enum pam_seen {
	PAM_SEEN_NOT = 0,
	PAM_SEEN_FAILED,
	PAM_SEEN_GOOD,
	PAM_SEEN_LONE, /* of pam_twofa: good, though no first factor was */
};

/* Is PAM_AUTHTOK there? Who fails may have typed nothing. */
enum pam_typed {
	PAM_TYPED_NOT = 0,
	PAM_TYPED_MAYBE,
	PAM_TYPED,
};

/* Does pam_twofa see a first factor? Without one it denies, and sends nothing.
 */
bool pam_evidence(const struct pam_login *, enum pam_typed);

/* What was before the line. */
struct pam_before {
	enum pam_typed typed;
	enum pam_seen same; /* what the module said of this password */
};

bool pam_returns_possible(const struct pam_stack_line *, int value,
    const struct pam_login *, const struct pam_before *);

/* Is the value a success, as modules mean it? */
bool pam_returns_success(int value);

#endif
