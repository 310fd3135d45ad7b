/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who could log in by sshd, and by which obstacle somebody could not. Pure:
 * doctor asks it about the settings that are there, before a change it is asked
 * about those that are to come.
 */
#ifndef TWOFA_LOCKOUT_H
#define TWOFA_LOCKOUT_H

#include <stdbool.h>

#include "lib/values/user_name.h"
#include "twofactl/host/pam_walk.h"
#include "twofactl/host/sshd_settings.h"

enum account_password {
	PASSWORD_NONE = 0, /* locked, or empty */
	PASSWORD_UNKNOWN,  /* a directory's: treated as one */
	PASSWORD_USABLE,
};

enum account_keys {
	KEYS_NONE = 0,
	KEYS_UNKNOWN, /* a command's or an authority's: may be one */
	KEYS_SOME,
};

/* What rules and record come to, behind the first factor. */
enum account_code {
	CODE_MEANT = 0, /* denied on purpose: by a rule, or disabled */
	CODE_NO_RECORD, /* denied, as all who are not enrolled */
	CODE_BROKEN,    /* denied: its record cannot be read */
	CODE_ASKED,
	CODE_FREE, /* let in without */
};

struct account_facts {
	char name[USER_NAME_MAX + 1];
	bool root;     /* uid 0 */
	bool admin;    /* could become root */
	bool enrolled; /* has a record */
	bool shut;     /* expired, or sshd's own lists keep it out */
	bool locked;   /* by "!": without PAM sshd refuses it whatever it has */
	enum account_password password;
	enum account_keys keys;
	enum account_code code;
};

/* What sshd's PAM stack wants. */
struct login_stack {
	bool asks;            /* pam_twofa is in it */
	bool key_is_enough;   /* who came by key is asked for no password */
	bool no_password;     /* nobody is */
	bool other_passwords; /* of a directory, also for local accounts */
};

struct login_way {
	const struct sshd_settings *sshd; /* as they are for that account */
	const struct login_stack *stack;
};

/* How far it comes on the way that leads furthest. */
enum lockout {
	LOCKOUT_METHODS = 0,  /* sshd has no way that it could begin */
	LOCKOUT_KEY,          /* has none */
	LOCKOUT_ANSWER,       /* sshd's password method gets no code */
	LOCKOUT_FIRST_FACTOR, /* without a key nothing is one */
	LOCKOUT_PASSWORD,     /* has none that could be used */
	LOCKOUT_ROOT,         /* sshd takes no answer of root's */
	LOCKOUT_FILE,         /* the record cannot be read */
	LOCKOUT_RECORD,       /* not enrolled */
	LOCKOUT_IN,           /* gets in */
	LOCKOUT_MEANT,        /* kept out on purpose */
	LOCKOUT_NOTHING,      /* has nothing that sshd ever let in by */
};

/* Kerberos tickets and keys of hosts are no way in here: nothing tells who has
 * one. */
enum lockout lockout_judge(
    const struct account_facts *, const struct login_way *);

/* Could it have got in, and cannot? */
bool lockout_is(enum lockout);

/* Why, and what to do, in words that hold for one and for many; for
 * lockout_is alone. */
const char *lockout_cause(enum lockout);
const char *lockout_remedy(enum lockout);

/* What a stack comes to. */
void login_stack_read(
    struct login_stack *, const struct pam_stack *, const struct pam_walk *);

#endif
