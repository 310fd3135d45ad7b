/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A command of twofactl: what it takes and what it does. The tables in
 * options.c and twofactl.c make the checks and the help.
 */
#ifndef TWOFA_ADMIN_COMMAND_H
#define TWOFA_ADMIN_COMMAND_H

#include <stdbool.h>

#include "helper/groups.h"

/* Exit statuses, as twofactl(8) has them. */
enum ctl_exit {
	CTL_DONE = 0,
	CTL_NO = 1,       /* the answer is no */
	CTL_USAGE = 2,    /* the command line */
	CTL_SETTINGS = 3, /* twofa.conf or a user's file */
	CTL_FAILED = 4,   /* provider or I/O */
};

#define CTL_PATH_MAX 4096

/* What the command line said. */
struct ctl {
	const char *command;
	char conf[CTL_PATH_MAX]; /* absolute */
	const char *helper;
	const char *user; /* NULL: none */
	char name[ACCOUNT_NAME_MAX + 1];
	bool json, yes, left, no_verify;
	unsigned count;
};

/* Options that some commands take. */
enum ctl_option {
	OPTION_JSON = 1 << 0,
	OPTION_YES = 1 << 1,
	OPTION_COUNT = 1 << 2,
	OPTION_LEFT = 1 << 3,
	OPTION_NO_VERIFY = 1 << 4,
};

enum ctl_user {
	USER_REQUIRED = 0,
	USER_OPTIONAL,
};

struct command {
	const char *name;
	enum ctl_user user;
	unsigned options; /* OR of enum ctl_option */
	const char *summary;
	const char *details; /* lines of help; "" none */
	enum ctl_exit (*run)(struct ctl *);
};

enum ctl_exit cmd_forget(struct ctl *);
enum ctl_exit cmd_recovery_codes(struct ctl *);
enum ctl_exit cmd_status(struct ctl *);
enum ctl_exit cmd_totp(struct ctl *);
enum ctl_exit cmd_unlock(struct ctl *);

#endif
