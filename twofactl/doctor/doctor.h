/* SPDX-License-Identifier: BSD-2-Clause */
/* What is wrong with this host, and its remedies (twofactl doctor). */
#ifndef TWOFA_DOCTOR_H
#define TWOFA_DOCTOR_H

#include "twofactl/lockout/lockout.h"

#define DOCTOR_HELPERS 8
#define DOCTOR_REMEDY 1280
#define DOCTOR_CONFS 8

struct doctor {
	const struct run *run;
	const char *service; /* only this one; NULL: all */
	bool files_only;
	const struct settings *conf; /* NULL: the settings are wrong */
	unsigned problems;
	/* the helper's user, if it exists and is safe */
	bool user_known;
	uid_t uid;
	gid_t gid;
	/* from PAM's stacks: the helpers that they start */
	char helper[DOCTOR_HELPERS][CTL_PATH_MAX];
	size_t helpers;
	/* ... and other settings that they name, in order */
	char other_conf[DOCTOR_CONFS][CTL_PATH_MAX];
	size_t other_confs;
	bool sshd_exempt;      /* sshd has no pam_twofa, and a rule says so */
	bool sshd_key_code;    /* a login by key is only asked for a code */
	bool sshd_stack_known; /* sshd_stack is known */
	struct lockout_stack sshd_stack;
	bool sshd_no_factor; /* of that stack: see struct pam_walk */
	bool sshd_silent;    /* ... a first factor may leave no password */
	char sshd_first_remedy[DOCTOR_REMEDY]; /* ... the remedy of either */
	long sshd_deadline_s; /* of pam_twofa in sshd's stack; 0: it has none */
	/* the finding for lines from complain(), while they are redirected */
	const char *error_finding;
};

/* Is the service enabled by twofactl enable? Set by twofactl.c, since trials
 * are beside doctor and not below it; NULL: nothing is. */
extern bool (*doctor_enabled)(const char *service);

/* "NAME: text", where text is "what is wrong; remedy". Gives back false, as a
 * check does that found a problem. */
bool doctor_problem(struct doctor *, const char *name, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Not a problem, but good to know; false as well. */
bool doctor_note(struct doctor *, const char *name, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void doctor_begin(struct doctor *);
/* Print the last line; returns the exit status. */
enum ctl_exit doctor_end(struct doctor *);

/* The checks, in this order. */
void doctor_files(struct doctor *);
void doctor_pam(struct doctor *);
void doctor_sshd(struct doctor *);
void doctor_people(struct doctor *); /* after sshd and its stack */
void doctor_rules(struct doctor *);

/* The rule that lets this service do without a code: its number from 1, or
 * 0. */
size_t doctor_skip_rule(const struct doctor *, const char *service);

/* Report whom the service denies as soon as an exception has ended. */
void doctor_exceptions(struct doctor *, const char *service);

/* True when a rule of this service has first_factor = "stack". */
bool doctor_has_stack_rule(const struct doctor *, const char *service);

/* Report outage rules that this deadline of a login leaves no time for. */
void doctor_outage(struct doctor *, const char *service, int64_t deadline_ms);

/* Is there a file or a program of this service? False after naming the nearest
 * one. */
bool doctor_pam_has_service(const char *service);

/* True when the service's stack names pam_twofa; then it is checked, too. */
bool doctor_pam_names_module(const char *service);

/* True when a helper listens there, judged by the file. */
bool doctor_socket_is_open(const char *path);

/* Only root may change the file and its folders. False after reporting under
 * this name. */
bool doctor_check_trusted(struct doctor *, const char *name, const char *path);

/* Report what is wrong with a line of pam_twofa: its arguments, its file, its
 * helper, which is remembered, and the service's program. */
void doctor_module(
    struct doctor *, const char *service, const struct pam_stack_line *);

/* How many letters must be changed, added or removed to turn one name into the
 * other, up to their dots. */
size_t doctor_distance(const char *, const char *);

/* True for a line that looks like one of pam_twofa, but with a module that does
 * not exist. */
bool doctor_module_is_misspelt(const struct pam_stack_line *);

/* Report other lines of the stack whose module does not exist, so that they
 * fail. True when one is a misspelt pam_twofa. */
bool doctor_module_report_missing(struct doctor *, const char *service,
    const struct pam_walk_service *, const struct pam_stack *);

/* Report ways to root without a code. services: those that sudo uses instead of
 * its own are added, sorted. */
void doctor_bypasses(struct doctor *, struct name_list *services);

#endif
