/* SPDX-License-Identifier: BSD-2-Clause */
/* One question: answered by its option, at the terminal, or by the present
 * value. */
#ifndef TWOFA_ASK_QUESTION_H
#define TWOFA_ASK_QUESTION_H

#include <stdbool.h>
#include <stddef.h>

#include "twofactl/terminal/terminal.h"

struct ask_question {
	const char *what, *option;
	const char *typed; /* from the option; NULL: ask */
	const char *now;   /* the value that Enter keeps; "" none */
	bool hidden; /* neither the typed nor the present value is shown */
	void *ctx;
	/* NULL, or what is wrong with it */
	const char *(*check)(void *ctx, const char *typed, size_t len);
};

/* Ask until check accepts it. CTL_DONE; after complaining CTL_USAGE: the option
 * is wrong, or is missing without a terminal; CTL_NO: no more answers come. */
enum ctl_exit ask_question(const struct ask_question *);

#endif
