/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Programs that use PAM in their own way: without being root, or with one field
 * for all questions. Found by the names of their services.
 */
#ifndef TWOFA_ASKING_PROGRAMS_H
#define TWOFA_ASKING_PROGRAMS_H

#include <stdbool.h>

#define ASKING_ACCOUNTS 4

enum asking_runs {
	ASKING_AS_ROOT = 0,
	ASKING_AS_USER,    /* as the user who logs in */
	ASKING_AS_ACCOUNT, /* as an account of its own */
};

struct asking_program {
	const char *service;
	const char *program; /* its name for people: "PostgreSQL" */
	enum asking_runs runs;
	bool one_field; /* it cannot show a question for a code */
	/* ... if this is installed it asks instead of the program, and crashes
	 * at that question */
	const char *crashes;
	/* it calls PAM again for each page, with what was typed once */
	bool again;
	/* ASKING_AS_ACCOUNT: names, which differ by distribution */
	const char *account[ASKING_ACCOUNTS];
};

/* NULL: the program is unknown. */
const struct asking_program *asking_program_find(const char *service);

#endif
