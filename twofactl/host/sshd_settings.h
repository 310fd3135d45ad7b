/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What `sshd -T` printed, as far as logins with a code depend on it. Pure.
 */
#ifndef TWOFA_SSHD_SETTINGS_H
#define TWOFA_SSHD_SETTINGS_H

#include <stdbool.h>

#define SSHD_SETTINGS_METHODS 1024
#define SSHD_SETTINGS_SERVICE 128

struct sshd_settings {
	bool read; /* it had all of what follows */
	bool use_pam, kbdinteractive, password, use_dns;
	bool pubkey, hostbased, gssapi;
	bool empty_passwords;
	bool no_root, any_root; /* PermitRootLogin no, yes */
	long grace_s;           /* 0: no end */
	long max_tries;
	char methods[SSHD_SETTINGS_METHODS]; /* "any", or lists */
	/* PAMServiceName; "" where sshd has no such setting: "sshd" */
	char service[SSHD_SETTINGS_SERVICE];
};

/* Read the text, lines of "key value". Without one of the first four keys, or
 * of LoginGraceTime, MaxAuthTries and AuthenticationMethods, read is false. */
void sshd_settings_read(struct sshd_settings *, const char *text);

/* Lines that hold in place of those read: of a Match block. */
void sshd_settings_change(struct sshd_settings *, const char *text);

struct sshd_settings_report {
	void *ctx;
	void (*problem)(void *ctx, const char *name, const char *text);
};

/* Tell what hinders logins of deadline_s seconds, or lets them skip PAM. */
void sshd_settings_judge(const struct sshd_settings *, long deadline_s,
    const struct sshd_settings_report *);

/* How a login gets in without what PAM asks: "a key", or NULL. */
const char *sshd_settings_skips(const struct sshd_settings *);

/* May what PAM asks be the first that a login meets? */
bool sshd_settings_pam_first(const struct sshd_settings *);

/* The service by which PAM is asked when that is not sshd, or NULL. */
const char *sshd_settings_other_service(const struct sshd_settings *);

/* Does a key of root's lead to what PAM asks, though no answer of root's counts
 * there? sshd hides them unless PermitRootLogin is yes. */
bool sshd_settings_hides_root(const struct sshd_settings *);

#endif
