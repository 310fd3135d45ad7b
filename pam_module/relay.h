/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The helper's side of a login: send BEGIN, pass its prompts to the person and
 * the answers back, until the verdict.
 */
#ifndef TWOFA_MODULE_RELAY_H
#define TWOFA_MODULE_RELAY_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/wire/wire.h"

/* Who is asked, and what answers are compared with. */
struct person {
	void (*say)(void *ctx, const char *text);
	/* What was typed, from malloc: the relay wipes and frees it. NULL when
	 * there was no answer. */
	char *(*ask)(void *ctx, const char *prompt, bool echo);
	bool (*is_password)(void *ctx, const char *answer);
};

struct relay {
	int sock;
	bool socket;      /* the helper ends with END */
	int64_t deadline; /* for the person's answers, frame_clock_ms */
	int64_t limit;    /* for every wait for the helper */
	bool debug;
	const struct person *person;
	void *ctx;     /* passed to the functions of person */
	bool password; /* set here: an answer was the login password */
	bool aborted;  /* set here: there was no answer, or it was the login
			  password */
	bool ended;    /* set here: END came */
	bool late;     /* set here: an answer came after the deadline */
	bool talked;   /* set here: something was said or asked */
	/* Set here: the last frame. It is whole when relay_run returned
	 * REASON_NONE or when a VERDICT came before the error; else its type is
	 * FRAME_NONE. */
	struct frame verdict;
	unsigned char bytes[FRAME_MAX];
};

/* Runs from BEGIN until the helper's EOF after VERDICT, or END. REASON_NONE, or
 * the reason for the log line: then the login is denied, whatever the verdict
 * says. */
enum reason relay_run(struct relay *, const struct facts *);

#endif
