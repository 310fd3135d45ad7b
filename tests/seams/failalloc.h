/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory that runs out: the nth request fails. A program that is linked with
 * this has it for all its libraries, too. One thread at a time counts.
 */
#ifndef TWOFA_TESTS_FAILALLOC_H
#define TWOFA_TESTS_FAILALLOC_H

#include <stdbool.h>
#include <stdint.h>

#define FAILALLOC_FRAMES 24
#define FAILALLOC_OBJECT 64

/* Count from here; the nth request fails, with ever all later ones, too.
 * 0: none fails. */
void failalloc_arm(long nth, bool ever);
/* Stop. Requests since then. */
long failalloc_stop(void);
/* Blocks that were requested and not freed since the start. */
long failalloc_live(void);

/* Where the failing request came from, innermost first; how many. */
struct failalloc_place {
	void *frame[FAILALLOC_FRAMES];
	int frames;
};
/* Kept there from now on; NULL: not kept. */
void failalloc_tell(struct failalloc_place *);

/* A crash writes there which program or library did it, then ends the process
 * as ever. What libc does is its caller's. After failalloc_tell. */
void failalloc_watch(char object[FAILALLOC_OBJECT]);

/* Arms a program from its start, if it is there; FAILALLOC in the environment
 * names another. Of 128 bytes. */
#define FAILALLOC_FILE "/run/stage/failalloc"
struct failalloc_file {
	int64_t nth;
	int64_t count; /* requests so far */
	int64_t ever;  /* 1: all later ones, too */
	char from[40]; /* only those for a library of this name; "" all */
	char crashed[FAILALLOC_OBJECT]; /* as of failalloc_watch */
};

#endif
