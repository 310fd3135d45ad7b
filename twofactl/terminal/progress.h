/* SPDX-License-Identifier: BSD-2-Clause */
/* A progress bar on stderr; only on a terminal. */
#ifndef TWOFA_PROGRESS_H
#define TWOFA_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>

struct progress {
	const char *what;
	size_t all, done, shown; /* shown: of 100 */
	bool on;
};

void progress_begin(struct progress *, const char *what, size_t all);
void progress_step(struct progress *);
/* Remove the bar: before any other line, and at the end. */
void progress_clear(struct progress *);

#endif
