/* SPDX-License-Identifier: BSD-2-Clause */
/* A change of one file of /etc: its content before and after. */
#ifndef TWOFA_ETC_CHANGE_H
#define TWOFA_ETC_CHANGE_H

#include "twofactl/install/etc_file.h"

#define ETC_PATH 256

/* Root's folder for changes that may have to be undone; trial.h lists what is
 * in it. */
#define ETC_CHANGE_FOLDER "/var/lib/twofactl"

/* Which part of a file is ours. */
enum etc_change_kind {
	ETC_LINES = 0, /* lines by stack_edit.h */
	ETC_RULE,      /* the rule of rule_edit.h for the service */
};

struct etc_change {
	char path[ETC_PATH];
	struct etc_file before, after;
	enum etc_change_kind kind;
};

#endif
