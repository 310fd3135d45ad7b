/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What `sshd -T` printed, as far as logins with a code depend on it. Pure.
 */
#ifndef TWOFA_SSHD_SETTINGS_H
#define TWOFA_SSHD_SETTINGS_H

#include <stdbool.h>

#define SSHDCONF_METHODS 1024

struct sshdconf {
	bool read; /* it had all of what follows */
	bool use_pam, kbdinteractive, password, use_dns;
	bool pubkey, hostbased, gssapi;
	bool empty_passwords, no_root;
	long grace_s; /* 0: no end */
	long max_tries;
	char methods[SSHDCONF_METHODS]; /* "any", or lists */
};

/* Read the text, lines of "key value". Without one of the first four keys, or
 * of LoginGraceTime, MaxAuthTries and AuthenticationMethods, read is false. */
void sshdconf_read(struct sshdconf *, const char *text);

/* Lines that hold in place of those read: of a Match block. */
void sshdconf_change(struct sshdconf *, const char *text);

struct sshdconf_report {
	void *ctx;
	void (*problem)(void *ctx, const char *name, const char *text);
};

/* Tell what hinders logins of deadline_s seconds, or lets them skip PAM. */
void sshdconf_judge(
    const struct sshdconf *, long deadline_s, const struct sshdconf_report *);

/* How a login gets in without what PAM asks: "a key", or NULL. */
const char *sshdconf_skips(const struct sshdconf *);

#endif
