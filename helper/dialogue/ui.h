/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The person at the other end. The dialogue only uses this interface, so that
 * frames, a terminal and unit tests run the same code.
 */
#ifndef TWOFA_UI_H
#define TWOFA_UI_H

#include <stddef.h>
#include <stdint.h>

#define UI_ANSWER_MAX 256

enum ui_result {
	UI_GONE = 0,      /* the peer left, or broke the protocol */
	UI_ANSWER,        /* answer is filled */
	UI_TIMEOUT,       /* the deadline passed */
	UI_NO_ANSWER,     /* the conversation failed or gave NULL */
	UI_PASSWORD_SEEN, /* it was the login password, and is kept back */
};

struct ui_answer {
	char text[UI_ANSWER_MAX + 1]; /* "" when longer; the caller wipes */
	size_t typed;                 /* bytes that were typed */
};

/* Something to do while a prompt is open. */
struct ui_idle {
	void *ctx;
	/* Called at once, and again when it is due: returns the ms until the
	 * next call, or -1 when nothing is left to do. */
	int64_t (*tick)(void *ctx);
};

struct ui {
	void *ctx;
	/* Show a line. sshd holds it back until the next prompt. */
	void (*say)(void *ctx, const char *text);
	/* Show a prompt and wait until deadline (frame_clock_ms); idle may be
	 * NULL. */
	enum ui_result (*ask)(void *ctx, const char *prompt, int64_t deadline,
	    const struct ui_idle *, struct ui_answer *);
};

#endif
