/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Programs that ask PAM in a way of their own: without being root, or with one
 * field for all of its questions. By the names of their services.
 */
#ifndef TWOFA_ASKING_PROGRAMS_H
#define TWOFA_ASKING_PROGRAMS_H

#include <stdbool.h>

#define ASKING_ACCOUNTS 4

enum asking_runs {
	ASKING_AS_ROOT = 0,
	ASKING_AS_USER,    /* as the user whose login it is */
	ASKING_AS_ACCOUNT, /* of its own */
};

struct asking_program {
	const char *service;
	const char *program; /* for people: "PostgreSQL" */
	enum asking_runs runs;
	bool one_field; /* it cannot show the question for a code */
	/* ... and where this is installed it asks in the program's place, and
	 * a process of it crashes at that question */
	const char *crashes;
	/* it asks PAM again for each page, with what was typed once */
	bool again;
	/* ASKING_AS_ACCOUNT: its name, which differs by distribution */
	const char *account[ASKING_ACCOUNTS];
};

/* NULL: nothing is known of it. */
const struct asking_program *asking_program_find(const char *service);

#endif
