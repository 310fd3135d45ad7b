/* SPDX-License-Identifier: BSD-2-Clause */
/* A second factor for everybody on this host, in stages (twofactl rollout): who
 * is ready, the settings of each stage, mail to the people. The stage is in
 * twofa.conf and nowhere else. */
#ifndef TWOFA_ROLLOUT_H
#define TWOFA_ROLLOUT_H

#include "twofactl/report/report.h"

enum rollout_stage {
	/* unenrolled = "deny": users without a record are denied */
	ROLLOUT_ALL = 0,
	/* unenrolled = "allow": they log in without a code, up to the day of
	 * unenrolled_until if that is set */
	ROLLOUT_UNTIL,
	/* two rules at the end of the list: the enrolled admins are asked, all
	 * others log in without a code */
	ROLLOUT_ADMINS,
};

struct rollout {
	const struct command_user *c;
	const struct arguments *typed;
	enum rollout_stage stage;
	bool asks;                  /* the service of the table asks */
	struct trusted_file text;   /* of twofa.conf */
	struct lockout_table table; /* by report_accounts_read */
	struct name_list named;     /* on the command line, sorted */
};

/* rollout_mail.c: prints the mail for each person, or for those named, or hands
 * it to sendmail. */
enum ctl_exit rollout_mail(const struct rollout *);

#endif
