/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who could log in by sshd, and what stops the others. Pure: used by doctor for
 * the present settings, and before a change for the new ones.
 */
#ifndef TWOFA_LOCKOUT_H
#define TWOFA_LOCKOUT_H

#include <stdbool.h>

#include "lib/values/values.h"
#include "twofactl/host/host.h"
#include "twofactl/sshd/sshd.h"

enum account_password {
	PASSWORD_NONE = 0, /* locked, or empty */
	PASSWORD_UNKNOWN,  /* a directory's: counts as one */
	PASSWORD_USABLE,
};

enum account_keys {
	KEYS_NONE = 0,
	KEYS_UNKNOWN, /* from a command or an authority: there may be one */
	KEYS_SOME,
};

/* What rules and record mean after the first factor. */
enum account_code {
	CODE_MEANT = 0, /* denied on purpose: by a rule, or disabled */
	CODE_NO_RECORD, /* denied, like everyone without a record */
	CODE_BROKEN,    /* denied: its record cannot be read */
	CODE_ASKED,
	CODE_UNSEEN, /* the state, which was not asked, has its record or none
		      */
	CODE_FREE,   /* let in without a code */
};

struct account_facts {
	char name[USER_NAME_MAX + 1];
	bool root;     /* uid 0 */
	bool admin;    /* could become root */
	bool enrolled; /* has a record */
	bool shut;     /* expired, or excluded by sshd's own lists */
	bool locked;   /* by "!": without PAM sshd always refuses it */
	enum account_password password;
	enum account_keys keys;
	enum account_code code;
};

/* What sshd's PAM stack requires. */
struct login_stack {
	bool asks;            /* pam_twofa is in it */
	bool key_is_enough;   /* a login by key is not asked for a password */
	bool no_password;     /* no login is */
	bool other_passwords; /* of a directory, also for local accounts */
};

struct login_way {
	const struct sshd_settings *sshd; /* the settings for that account */
	const struct login_stack *stack;
};

/* How far it gets on its best way. */
enum lockout {
	LOCKOUT_METHODS = 0,  /* sshd has no method that it could use */
	LOCKOUT_KEY,          /* has none */
	LOCKOUT_ANSWER,       /* sshd's password method gets no code */
	LOCKOUT_FIRST_FACTOR, /* without a key there is no first factor */
	LOCKOUT_PASSWORD,     /* has no usable one */
	LOCKOUT_ROOT,         /* sshd takes no answer of root's */
	LOCKOUT_FILE,         /* the record cannot be read */
	LOCKOUT_RECORD,       /* not enrolled */
	LOCKOUT_IN,           /* gets in */
	LOCKOUT_UNSEEN,       /* does if it has a record in the state */
	LOCKOUT_MEANT,        /* kept out on purpose */
	LOCKOUT_NOTHING,      /* has nothing that ever let it in by ssh */
};

/* Kerberos tickets and host keys are ignored, because it is unknown who has
 * one. */
enum lockout lockout_judge(
    const struct account_facts *, const struct login_way *);

/* True when it could have got in but cannot. */
bool lockout_is(enum lockout);

/* Cause and remedy, in words for one account or many; only if lockout_is. */
const char *lockout_cause(enum lockout);
const char *lockout_remedy(enum lockout);

/* What a stack results in. */
void login_stack_read(
    struct login_stack *, const struct pam_stack *, const struct pam_walk *);

#endif
