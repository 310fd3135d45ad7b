/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The output of `sshd -T`, as far as it matters to logins with a code. Pure.
 */
#ifndef TWOFA_SSHD_SETTINGS_H
#define TWOFA_SSHD_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>

#define SSHD_SETTINGS_METHODS 1024
#define SSHD_SETTINGS_SERVICE 128

/* MaxStartups; begin 0: not known. now: the running sshd's begin, or 0. */
struct sshd_starts {
	long begin, rate, full, now;
};

struct sshd_settings {
	bool read; /* all of the following was there */
	bool use_pam, kbdinteractive, password, use_dns;
	bool pubkey, hostbased, gssapi;
	bool empty_passwords;
	bool no_root, any_root; /* PermitRootLogin no, yes */
	long grace_s;           /* 0: no end */
	long max_tries;
	struct sshd_starts starts;           /* MaxStartups */
	char methods[SSHD_SETTINGS_METHODS]; /* "any", or lists */
	/* PAMServiceName; "" when sshd has no such setting and uses "sshd" */
	char service[SSHD_SETTINGS_SERVICE];
};

/* Read the text, lines of "key value". read is false if one of the first four
 * keys, LoginGraceTime, MaxAuthTries or AuthenticationMethods is missing. */
void sshd_settings_read(struct sshd_settings *, const char *text);

/* Replace values by the lines of a Match block. */
void sshd_settings_change(struct sshd_settings *, const char *text);

struct sshd_settings_report {
	void *ctx;
	void (*problem)(void *ctx, const char *name, const char *text);
};

/* Report what hinders logins of deadline_s seconds, or lets them skip PAM. A
 * text that ends in "; set KEY VALUE" names all that has to change. */
void sshd_settings_judge(const struct sshd_settings *, long deadline_s,
    const struct sshd_settings_report *);

#define SSHD_SETTINGS_STARTS 80

/* True when sshd may refuse some of so many people who come together. needed:
 * "MaxStartups 60:30:200", in no part less than its own. */
bool sshd_settings_starts_low(const struct sshd_starts *, size_t people,
    char needed[SSHD_SETTINGS_STARTS]);

/* How a login can get in without PAM's questions: "a key", or NULL. */
const char *sshd_settings_skips(const struct sshd_settings *);

/* AuthenticationMethods by which the same first factors are needed as today,
 * and PAM's questions after each: no one gets in by a password who needed a
 * key. */
void sshd_settings_asking(
    const struct sshd_settings *, char out[SSHD_SETTINGS_METHODS]);

/* May PAM's questions come first in a login? */
bool sshd_settings_pam_first(const struct sshd_settings *);

/* The KIND of twofactl enable sshd --login by which no password lets in who
 * needs a key today. password: enable wrote a stack that takes passwords. */
const char *sshd_settings_login(const struct sshd_settings *, bool password);

/* The PAM service if it is not sshd, or NULL. */
const char *sshd_settings_other_service(const struct sshd_settings *);

/* Does root's key lead to PAM's questions although root's answers do not count?
 * sshd hides them unless PermitRootLogin is yes. */
bool sshd_settings_hides_root(const struct sshd_settings *);

#endif
