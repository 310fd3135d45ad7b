/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What enabling a service changes: its files of PAM and, for sshd, a drop-in.
 * Reads /etc, writes nothing.
 */
#ifndef TWOFA_SERVICE_CHANGE_H
#define TWOFA_SERVICE_CHANGE_H

#include "twofactl/install/trial.h"

#define SERVICE_CHANGE_DROP_IN "/etc/ssh/sshd_config.d/30-twofa.conf"

/* The names that service_change takes, for messages: "sshd, sudo, su, login".
 */
extern const char service_change_names[];

/* The same, one by one; NULL ends. */
extern const char *const service_change_list[];

/* Is it one of them? */
bool service_change_knows(const char *service);

/* Fill in service, login, files; for trial_free. 0, or -1 with cause. */
int service_change_plan(struct trial *, const char *service, enum stack_login,
    char cause[TRIAL_CAUSE]);

/* Are all files as they are meant to be? */
bool service_change_done(const struct trial *);

#endif
