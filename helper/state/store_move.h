/* SPDX-License-Identifier: BSD-2-Clause */
/* What one state knew, for another one to take over. */
#ifndef TWOFA_STORE_MOVE_H
#define TWOFA_STORE_MOVE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct store;

/* Write a line for each row that outlives a move, as sql/import.sql reads them:
 * steps of apps, wrong codes, messages of a day, money of 30, recovery codes,
 * used codes. How many, or -1 with the cause. For a state that is a file. */
int64_t store_rows_out(struct store *, FILE *to);

struct store_moved {
	bool fresh; /* else that file had been taken over before */
	/* rows that came of it */
	int64_t steps, guesses, sends, codes;
};

/* Take such lines of that host over, all of them or none. file: what they are
 * known by there: once taken over they never are again. 0, or -1 with the
 * cause. For a state that is a server's, asked by an administrator. */
int store_rows_in(struct store *, const char *host, const char *file,
    const char *rows, struct store_moved *);

#endif
