/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What `twofactl doctor` looks at, between its files: each finding has a name,
 * which twofactl(8) lists.
 */
#ifndef TWOFA_DOCTOR_H
#define TWOFA_DOCTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/settings/settings.h"
#include "twofactl/arguments/command.h"
#include "twofactl/lockout/lockout.h"

#define DOCTOR_HELPERS 8
#define DOCTOR_CONFS 8

struct doctor {
	struct ctl *ctl;
	const struct settings *conf; /* NULL: the settings are wrong */
	unsigned problems, notes;
	bool first; /* of the lines in JSON */
	/* the helper's user, when there is one that is fit */
	bool user_known;
	uid_t uid;
	gid_t gid;
	/* of PAM's stacks: the helpers that they start */
	char helper[DOCTOR_HELPERS][CTL_PATH_MAX];
	size_t helpers;
	/* ... and other settings that they name, in order */
	char other_conf[DOCTOR_CONFS][CTL_PATH_MAX];
	size_t other_confs;
	bool sshd_exempt;   /* sshd has no pam_twofa, as a rule wants it */
	bool sshd_key_code; /* who came by key is asked for a code alone */
	bool sshd_judged;   /* sshd_stack is known */
	struct login_stack sshd_stack;
	bool sshd_no_factor;  /* of that stack: struct pam_walk */
	bool sshd_silent;     /* ... some first factor leaves no password */
	long sshd_deadline_s; /* of pam_twofa in sshd's stack; 0: none there */
	/* the name of what complain() says, while that is redirected */
	const char *complaint;
};

/* "NAME: text", where text is "what is wrong; remedy". */
void doctor_problem(struct doctor *, const char *name, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* What is no problem, but should be known. */
void doctor_note(struct doctor *, const char *name, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void doctor_begin(struct doctor *);
/* The last line; the exit status. */
enum ctl_exit doctor_end(struct doctor *);

/* The checks, in their order. */
void doctor_user(struct doctor *);
void doctor_files(struct doctor *);
void doctor_pam(struct doctor *);
void doctor_sshd(struct doctor *);
void doctor_people(struct doctor *); /* after sshd and its stack */
void doctor_rules(struct doctor *);
void doctor_socket(struct doctor *);
void doctor_fleet(struct doctor *);
void doctor_helper(struct doctor *);

/* The rule by which this service is meant to be without a code: its number from
 * 1, or 0. */
size_t doctor_skip_rule(const struct doctor *, const char *service);

/* Does a rule of this service have first_factor = "stack"? */
bool doctor_vouches(const struct doctor *, const char *service);

/* What this deadline of a login leaves no time for. */
void doctor_outage(struct doctor *, const char *service, int64_t deadline_ms);

/* Does the service's stack name pam_twofa? Then it is judged, too. */
bool doctor_pam_names(const char *service);

/* Does a helper listen there, as far as the file tells? */
bool doctor_socket_on(const char *path);

/* The file and its folders, as root's that nobody else can change. False after
 * telling it by this name. */
bool doctor_trusts(struct doctor *, const char *name, const char *path);

#endif
