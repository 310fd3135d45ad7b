/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What enabling a service changes: its files of PAM and, for sshd, a drop-in.
 * Reads /etc, writes nothing.
 */
#ifndef TWOFA_SERVICE_CHANGE_H
#define TWOFA_SERVICE_CHANGE_H

#include "twofactl/install/trial.h"

#define SERVICE_CHANGE_DROP_IN "/etc/ssh/sshd_config.d/30-twofa.conf"

/* The names that service_change takes, for messages: "sshd, sudo, su, login or
 * polkit-1". */
extern const char service_change_names[];

/* The same, one by one; NULL ends. */
extern const char *const service_change_list[];

/* Is it one of them? */
bool service_change_knows(const char *service);

struct service_wish {
	const char *service;
	enum stack_login login;
	const char *conf;   /* twofa.conf */
	const char *exempt; /* "U,..", valid names; NULL: as they are */
};

/* Has it no PAM file to change, but a rule alone by which it is meant to be
 * without a code? Nothing of it could lock anybody out. */
bool service_change_is_rule(const char *service);

/* Fill in service, login, files; for trial_free. 0, or -1 with cause. */
int service_change_plan(
    struct trial *, const struct service_wish *, char cause[TRIAL_CAUSE]);

/* What sshd -T then says of AuthenticationMethods, NULL: what it did; and of
 * LoginGraceTime. */
const char *service_change_methods(enum stack_login);
#define SERVICE_CHANGE_GRACE 120

/* Are all files as they are meant to be? */
bool service_change_done(const struct trial *);

#endif
