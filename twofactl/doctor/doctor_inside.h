/* SPDX-License-Identifier: BSD-2-Clause */
/* What doctor's own files share. */
#ifndef TWOFA_DOCTOR_INSIDE_H
#define TWOFA_DOCTOR_INSIDE_H

#include "twofactl/doctor/doctor.h"

/* A word in a file: the first one in that line. */
struct doctor_word {
	const char *file;
	unsigned line;
	const char *text;
};

/* With another word, or "#" before the line, no login avoids pam_twofa or needs
 * no first factor. to: NULL, or it is written there if also somebody gets
 * in. */
bool doctor_word_try_replacement(const char *service,
    const struct pam_walk_service *, const struct doctor_word *,
    const char *with, struct pam_stack *to);

/* A stack with a line of pam_twofa that asks, its service, and what is wrong
 * with it. */
struct doctor_stack {
	const char *service;
	struct pam_walk_service of;
	const struct pam_stack *stack;
	struct pam_walk walk;
};

/* Report logins without a code or without the first factor, and users who are
 * always denied. */
void doctor_report_unprotected(struct doctor *, const struct doctor_stack *);

/* For a stack that lets no login succeed and has no line that asks: report it
 * if a line with split or when= is the cause. */
void doctor_report_unreachable(struct doctor *, const struct doctor_stack *);

/* sshd's settings for one login, as sshd reports them. */

#define DOCTOR_SSHD_PLACES 4

struct doctor_sshd {
	struct doctor *doctor;
	const char *path; /* of sshd */
	long deadline_s;
	char *out; /* SSHD_ASK_OUT bytes for its output */
	struct sshd_settings
	    general; /* for no user in particular, from no address */
	struct sshd_settings base; /* before any Match changes it */
	struct doctor_sshd_found *found;
	struct sshd_match *match; /* read before any is judged */
	bool by_user;             /* some of them depend on the user */
	struct sshd_address place[DOCTOR_SSHD_PLACES]; /* where it may listen */
	size_t places;
	struct sshd_access access; /* of the same run as general */
};

#define DOCTOR_SSHD_CHECKS 32
#define DOCTOR_SSHD_TEXT 1024

struct doctor_sshd_check {
	char name[32], text[DOCTOR_SSHD_TEXT];
	char user[USER_NAME_MAX + 1]; /* the first; "" every one */
	size_t users;
	bool by_match; /* every one's, by a Match */
	bool reported; /* also which Match that is */
};

/* The findings, each name once for everybody, root and other users. */
struct doctor_sshd_found {
	size_t count;
	bool service_reported; /* a note, once */
	struct doctor_sshd_check check[DOCTOR_SSHD_CHECKS];
};

/* The output of sshd -T for a user, or for "", from this address; NULL: an
 * unused one. 0, or -1 after reporting. */
int doctor_sshd_ask(const struct doctor_sshd *, const char *user,
    const struct sshd_address *, struct sshd_settings *);

/* Report everything that is wrong with these settings. */
void doctor_sshd_check_settings(const struct doctor_sshd *,
    const struct sshd_settings *, const struct sshd_settings_report *);

/* The text of a finding whose remedy is the command that does it, or the line
 * to change: of the block's where it is in one, NULL for every login's. */
void doctor_sshd_remedy(const struct doctor_sshd *,
    const struct sshd_match_block *, const char *text,
    char out[DOCTOR_SSHD_TEXT]);

/* Has twofactl enable written sshd's stack, or would it? Not where pam_twofa's
 * line is an admin's own. */
bool doctor_sshd_is_managed(void);

/* Has the running sshd other settings than its files? */
void doctor_sshd_running(const struct doctor_sshd *);
/* Does sshd refuse some of those who log in at the same time? */
void doctor_sshd_starts(const struct doctor_sshd *);

/* The first check: of the helper's user. */
void doctor_user(struct doctor *);

#endif
