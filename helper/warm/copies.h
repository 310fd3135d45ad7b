/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The running copies: the listening helper's children, one for each login.
 * Pure; times are frame_clock_ms.
 */
#ifndef TWOFA_WARM_COPIES_H
#define TWOFA_WARM_COPIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define COPIES_ROOT 512  /* at once, for services of root */
#define COPIES_OTHERS 64 /* for all other services together */
#define COPIES_MAX (COPIES_ROOT + COPIES_OTHERS)
#define COPIES_TEXT_MAX (COPIES_MAX * 48)

struct copy {
	pid_t pid;
	uid_t uid; /* of the service that asked */
	int64_t begun;
};

/* Zeroed: none. */
struct copies {
	size_t count;
	struct copy list[COPIES_MAX];
};

/* Add one. There is room, because connection_limits_allow was asked first. */
void copies_add(struct copies *, pid_t, uid_t, int64_t now);

/* Remove one that has ended and return it in the last argument; false: it was
 * not listed. */
bool copies_take(struct copies *, pid_t, struct copy *);

/* How many run for this uid; not for root. */
size_t copies_of(const struct copies *, uid_t);
size_t copies_of_others(const struct copies *);

/* As text and back, for the program that replaces this one. Reading stops at
 * the first invalid part. */
void copies_write(const struct copies *, char text[COPIES_TEXT_MAX]);
void copies_read(struct copies *, const char *text);

#endif
