/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What other modules are known for: which prove an identity, what they leave
 * behind, and what they may return. Pure.
 */
#ifndef TWOFA_PAM_FACTOR_H
#define TWOFA_PAM_FACTOR_H

#include <stdbool.h>

#include "twofactl/host/pam_stack.h"

enum pam_factor {
	PAM_FACTOR_NONE = 0, /* proves no identity, or is our own */
	PAM_FACTOR_PASSWORD, /* sets PAM_AUTHTOK; also unknown modules */
	PAM_FACTOR_SILENT,   /* a finger, a card: leaves no password */
};

enum pam_factor pam_factor(const struct pam_stack_line *);

/* True when its success does not depend on who sits there. */
bool pam_says_nothing(const struct pam_stack_line *);

/* True when it uses the password that another module asked for and never asks
 * itself. */
bool pam_takes_first_pass(const struct pam_stack_line *);

/* True when it may ask for another password than the one that is there. */
bool pam_asks_again(const struct pam_stack_line *);

/* True when it asks for the password and returns IGNORE if its directory does
 * not know the user or is unreachable. */
bool pam_ignores_failure(const struct pam_stack_line *);

/* What all logins judged together have in common. */
struct pam_known {
	bool caller_is_root; /* as with sshd and login */
	bool vouched;        /* there is evidence of a first factor anyway */
	unsigned passed;     /* SSH_METHOD_* */
	/* of all first factors only this module succeeds, and always; NULL:
	 * each may do either */
	const char *only;
};

enum pam_seen {
	PAM_SEEN_NOT = 0,
	PAM_SEEN_FAILED,
	PAM_SEEN_GOOD,
	PAM_SEEN_LONE, /* of pam_twofa: success without a first factor */
};

/* Is PAM_AUTHTOK set? After a failure it may be empty. */
enum pam_typed {
	PAM_TYPED_NOT = 0,
	PAM_TYPED_MAYBE,
	PAM_TYPED,
};

/* Does pam_twofa see a first factor? Without one it denies and sends
 * nothing. */
bool pam_evidence(const struct pam_known *, enum pam_typed);

/* The state before the line. */
struct pam_before {
	enum pam_typed typed;
	enum pam_seen same; /* this module's earlier answer for this password */
};

bool pam_returns_possible(const struct pam_stack_line *, int value,
    const struct pam_known *, const struct pam_before *);

/* Does the module mean success by this value? */
bool pam_returns_success(int value);

#endif
