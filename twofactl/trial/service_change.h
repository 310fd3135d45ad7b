/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What enabling a service changes: its PAM files and, for sshd, a drop-in.
 * Reads /etc, writes nothing.
 */
#ifndef TWOFA_SERVICE_CHANGE_H
#define TWOFA_SERVICE_CHANGE_H

#include "twofactl/install/trial.h"
#include "twofactl/sshd/sshd.h"

#define SERVICE_CHANGE_DROP_IN SSHD_FIRST_OURS

/* The services that service_change knows, for messages: "sshd, sudo, su, login
 * or polkit-1". */
extern const char service_change_names[];

/* The same as a list that ends with NULL. */
extern const char *const service_change_list[];

/* True for one of them. */
bool service_change_knows(const char *service);

struct service_wish {
	const char *service;
	enum stack_login login;
	const char *conf;   /* twofa.conf */
	const char *exempt; /* "U,.."; NULL: as they are */
	bool look;          /* only to compare */
};

/* True when no PAM file is changed, only a rule that it needs no code. That
 * cannot lock a user out. */
bool service_change_is_rule(const char *service);

/* Fill in service, login, files; free with trial_free. 0, or -1 with cause. */
int service_change_plan(
    struct trial *, const struct service_wish *, char cause[TRIAL_CAUSE]);

/* What sshd -T will say of AuthenticationMethods, NULL: no change; and of
 * LoginGraceTime. */
const char *service_change_methods(enum stack_login);
#define SERVICE_CHANGE_GRACE 120

/* Are all files as wanted already? */
bool service_change_done(const struct trial *);

#endif
