/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The helper's side of a login: BEGIN out, then its prompts to the person and
 * their answers back, until its verdict.
 */
#ifndef TWOFA_MODULE_RELAY_H
#define TWOFA_MODULE_RELAY_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/wire/facts.h"
#include "lib/wire/reason.h"

/* Who is asked, and what the answers are checked against. */
struct person {
	void (*say)(void *ctx, const char *text);
	/* What was typed, from malloc: the relay wipes and frees it. NULL when
	 * nobody answers. */
	char *(*ask)(void *ctx, const char *prompt, bool echo);
	bool (*is_password)(void *ctx, const char *answer);
};

struct relay {
	int sock;
	bool socket;      /* the helper ends with END */
	int64_t deadline; /* of the person's answers, frame_clock_ms */
	int64_t limit;    /* of every wait for the helper */
	bool debug;
	const struct person *person;
	void *ctx;     /* the person's */
	bool password; /* set here: an answer was the login password */
	bool aborted;  /* set here: no answer came, or that one */
	bool ended;    /* set here: END came */
	bool late;     /* set here: an answer came after the deadline */
	bool talked;   /* set here: something was said or asked */
	/* Set here: the last frame, whole once relay_run returned REASON_NONE
	 * or a VERDICT came before what spoilt it; else type FRAME_NONE. */
	struct frame verdict;
	unsigned char bytes[FRAME_MAX];
};

/* From BEGIN to the helper's EOF after VERDICT, or END. REASON_NONE, or the
 * reason for the log line: then the login is denied, whatever the verdict says.
 */
enum reason relay_run(struct relay *, const struct facts *);

#endif
