/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl doctor: checks this host and reports findings with remedies. */
#ifndef TWOFA_DOCTOR_H
#define TWOFA_DOCTOR_H

#include "twofactl/etc/etc.h"
#include "twofactl/lockout/lockout.h"

#define DOCTOR_HELPERS 8
#define DOCTOR_REMEDY 1280
#define DOCTOR_CONFS 8

#define DOCTOR_NAMES_SHOWN 5

struct doctor_names {
	char text[DOCTOR_NAMES_SHOWN * (USER_NAME_MAX + 2) + 1];
	size_t count; /* more than are in text, maybe */
};

struct doctor {
	const struct run *run;
	const char *service; /* the only one to check; NULL for all */
	bool files_only;
	const struct settings *conf; /* NULL if the settings are wrong */
	unsigned problems;
	bool user_known; /* the helper's account exists and is not root */
	uid_t uid;
	gid_t gid;
	/* from PAM's stacks: the helpers that their lines name ... */
	char helper[DOCTOR_HELPERS][CTL_PATH_MAX];
	size_t helpers;
	/* ... and the other settings files, in order */
	char other_conf[DOCTOR_CONFS][CTL_PATH_MAX];
	size_t other_confs;
	bool sshd_exempt; /* sshd has no pam_twofa, as a rule intends */
	bool sshd_stack_known;
	struct lockout_stack sshd_stack; /* all zero if it cannot be read */
	bool sshd_silent; /* a first factor there may leave no password */
	char sshd_first_remedy[DOCTOR_REMEDY]; /* of either */
	long sshd_deadline_s; /* of pam_twofa in sshd's stack */
	/* users who approve logins at a provider, but have no account there, or
	 * nothing but a page */
	struct doctor_names no_account, page_only;
	/* that sudo uses instead of its own; sorted */
	struct name_list sudo_services;
	/* the one of whose end a denial is reported; NULL: of all */
	const char *exception;
	/* name of the finding for redirected terminal_error() lines */
	const char *error_finding;
};

/* cmd_doctor.c and the files of its checks, in this order. */

void doctor_rules(struct doctor *);
void doctor_files(struct doctor *);
void doctor_pam(struct doctor *);
void doctor_sshd(struct doctor *);
void doctor_people(struct doctor *); /* needs the results of doctor_sshd() */

/* doctor_files.c: owners and modes. */

/* True if only root may change the file and its folders, else false after
 * reporting it under this name. */
bool doctor_check_trusted(struct doctor *, const char *name, const char *path);

/* doctor_findings.c: findings, and those of rules and people. */

/* Prints "NAME: text", where text is "what is wrong; remedy", or a note, which
 * is not counted. Returns false, the result of a check that found a problem. */
bool doctor_finding(struct doctor *, bool problem, const char *name,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));
#define doctor_problem(d, ...) doctor_finding(d, true, __VA_ARGS__)
#define doctor_note(d, ...) doctor_finding(d, false, __VA_ARGS__)
/* Like doctor_problem(), about a line of the service's stack. */
bool doctor_line_problem(struct doctor *, const char *name, const char *service,
    const struct pam_stack_line *, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));
/* Adds the name to those shown. */
void doctor_names_add(struct doctor_names *, const char *user);

/* Returns the number, from 1, of the rule that skips this service, or 0. */
size_t doctor_find_skip_rule(const struct doctor *, const char *service);

/* Reports who is denied once an exception has ended that ends soon, and notes
 * who is once all have. */
void doctor_report_denied(struct doctor *);

/* Reports outage rules that cannot take effect within this deadline. */
void doctor_outage(struct doctor *, const char *service, int64_t deadline_ms);

/* doctor_module.c: lines of pam_twofa, and modules that do not exist. */

/* True if path is a socket. */
bool doctor_path_is_socket(const char *path);

/* Reports what is wrong with a line of pam_twofa: its arguments, its file, its
 * helper, which is remembered, and the service's program. */
void doctor_check_module_line(
    struct doctor *, const char *service, const struct pam_stack_line *);

/* Returns the edit distance of two names up to their dots. */
size_t doctor_name_distance(const char *, const char *);

/* True for a module that does not exist and whose name resembles pam_twofa. */
bool doctor_module_is_misspelt(const struct pam_stack_line *);

/* doctor_pam.c: the stacks of services. */

/* True if the service has a file or an installed program, else false after an
 * error message with the nearest name. */
bool doctor_pam_has_service(const char *service);

/* True if the service's stack names pam_twofa, even misspelt. */
bool doctor_pam_names_module(const char *service);

/* doctor_sshd_ask.c */

/* True if twofactl enable has enabled the service; sets *login to what it was
 * told, unless NULL. Set by twofactl.c, because doctor may not include trials;
 * NULL if unknown. */
extern bool (*doctor_enabled)(const char *service, enum stack_login *login);

/* doctor_ways.c: paths around the stacks. */

/* Reports paths to root without a code, and fills in sudo_services. */
void doctor_report_root_bypasses(struct doctor *);

#endif
