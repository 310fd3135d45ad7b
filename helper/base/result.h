/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How a login ended, for VERDICT. A zeroed one is a denial.
 */
#ifndef TWOFA_RESULT_H
#define TWOFA_RESULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/values/values.h"
#include "lib/wire/wire.h"

#define RESULT_TEXT_MAX 64
#define RESULT_STORE_MAX 305

enum login_outcome {
	LOGIN_DENIED = 0,
	LOGIN_ALLOWED,
	LOGIN_SKIPPED,
	LOGIN_OBSERVED,
};

struct login_result {
	enum frame_verdict verdict;
	enum login_outcome outcome;
	enum reason reason;
	bool told; /* denied; a last prompt says so and waits for Enter */
	const char *would; /* observe: how the login would have ended */
	size_t rule;       /* from 1; 0: none matched */
	enum method method;
	char person[USER_NAME_MAX + 1]; /* of a shared account; "" */
	char asked[USER_NAME_MAX + 1];  /* the caller of su who was asked; "" */
	char provider[RESULT_TEXT_MAX];
	char number[PHONE_MASK]; /* masked */
	char request[RESULT_TEXT_MAX + 1];
	unsigned tries;
	int64_t start_ms, check_ms;   /* -1: none */
	char store[RESULT_STORE_MAX]; /* HOST@SERVER of the state; "": a file */
	int64_t store_ms;             /* waited for that one; -1: a file */
	int64_t total_ms;
};

/* A denial without details. */
void result_init(struct login_result *);

/* Deny for this reason. The first reason stays. */
void result_deny(struct login_result *, enum frame_verdict, enum reason);

/* The one place that says ALLOW. */
void result_allow(struct login_result *, enum login_outcome, enum reason);

/* Write VERDICT. */
void result_frame(const struct login_result *, struct frame *);

#endif
