/* SPDX-License-Identifier: BSD-2-Clause */
/* One question: answered by its option, at the terminal, or by what there is.
 */
#ifndef TWOFA_ASK_QUESTION_H
#define TWOFA_ASK_QUESTION_H

#include <stdbool.h>
#include <stddef.h>

#include "twofactl/arguments/command.h"

struct ask_question {
	const char *what, *option;
	const char *typed; /* by the option; NULL: ask */
	const char *now;   /* what Enter stands for; "" nothing */
	bool hidden; /* neither what is typed nor what is there is shown */
	void *ctx;
	/* NULL: it takes it, or what is wrong */
	const char *(*check)(void *ctx, const char *typed, size_t len);
};

/* Ask until check takes it. CTL_DONE; after complaining CTL_USAGE: the option
 * is wrong, or is missing where nobody can be asked; CTL_NO: nobody answers. */
enum ctl_exit ask_question(const struct ask_question *);

#endif
