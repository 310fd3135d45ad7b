/* SPDX-License-Identifier: BSD-2-Clause */
/* sshd's settings for one login, asked of sshd itself. */
#ifndef TWOFA_DOCTOR_SSHD_H
#define TWOFA_DOCTOR_SSHD_H

#include "twofactl/doctor/doctor.h"
#include "twofactl/sshd/sshd_ask.h"
#include "twofactl/host/sshd_match.h"

struct doctor_sshd {
	struct doctor *doctor;
	const char *path; /* of sshd */
	long deadline_s;
	char *out; /* SSHD_ASK_OUT bytes for what it prints */
	struct sshd_settings
	    general; /* for nobody in particular, from nowhere */
	struct doctor_sshd_found *found;
	struct sshd_match *match; /* by doctor_sshd_match */
	bool by_user;             /* some of them ask who it is */
};

#define DOCTOR_SSHD_CHECKS 16
#define DOCTOR_SSHD_TEXT 512

/* What is wrong, each name once. */
struct doctor_sshd_found {
	size_t count;
	bool service_told; /* a note, once */
	struct {
		char name[32], text[DOCTOR_SSHD_TEXT];
		char user[USER_NAME_MAX + 1]; /* the first; "" everybody */
		size_t users;
	} check[DOCTOR_SSHD_CHECKS];
};

/* What sshd -T says, for a user or for "". 0, or -1 after telling. */
int doctor_sshd_ask(
    const struct doctor_sshd *, const char *user, struct sshd_settings *);

/* The same for a login that comes from that very place. */
int doctor_sshd_ask_from(const struct doctor_sshd *, const char *user,
    const struct sshd_place *, struct sshd_settings *);

/* All that is wrong with these settings. */
void doctor_sshd_judge(const struct doctor_sshd *, const struct sshd_settings *,
    const struct sshd_settings_report *);

/* Was that name found for everybody? */
bool doctor_sshd_general(const struct doctor_sshd *, const char *name);

/* What only some logins meet: Match blocks. */
void doctor_sshd_match(struct doctor_sshd *);

/* Does the sshd that runs have other settings than its files? */
void doctor_sshd_running(const struct doctor_sshd *);

/* Who cannot get in; after those. */
void doctor_lockout(struct doctor_sshd *);

#endif
