/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The auth lines of a service as PAM sees them: /etc/pam.d files with include,
 * substack and @include laid out as one list (Linux-PAM 1.5; @include is
 * Debian's). Reads no file itself.
 */
#ifndef TWOFA_PAM_STACK_H
#define TWOFA_PAM_STACK_H

#include <stdbool.h>
#include <stddef.h>

#include "twofactl/host/pam_control.h"

#define PAMSTACK_LINES 128
#define PAMSTACK_LEVELS 16 /* include within include, as PAM counts */
#define PAMSTACK_WORD 256
#define PAMSTACK_ARGS 1024
#define PAMSTACK_CAUSE 512

enum pamstack_kind {
	PAMSTACK_FAILS = 0, /* PAM cannot read it, and lets it fail */
	PAMSTACK_MODULE,
	PAMSTACK_SUB, /* a substack begins behind it, one level up */
};

struct pamstack_line {
	enum pamstack_kind kind;
	unsigned level; /* of substacks */
	int action[RETURN_COUNT];
	char file[PAMSTACK_WORD];
	unsigned number;             /* of the line in it, from 1 */
	char control[PAMSTACK_WORD]; /* as written, without brackets */
	char module[PAMSTACK_WORD];  /* as written: a name or a path */
	char args[PAMSTACK_ARGS];
};

struct pamstack {
	size_t count;
	/* what PAM cannot read, the first: "FILE:LINE: what"; "" none */
	char fault[PAMSTACK_CAUSE];
	struct pamstack_line line[PAMSTACK_LINES];
};

/* Where files come from. */
struct pamstack_source {
	void *ctx;
	/* The text of a file named as in a stack ("common-auth", or a path),
	 * for free(), and its path. NULL: there is none. */
	char *(*read)(void *ctx, const char *name, char path[PAMSTACK_WORD]);
};

enum pamstack_result {
	PAMSTACK_ABSENT = 0, /* the service has no file */
	PAMSTACK_READ,
	PAMSTACK_TOO_LONG, /* for this model */
};

/* The auth lines of service; those of "other" when it has none. */
enum pamstack_result pamstack_read(
    struct pamstack *, const char *service, const struct pamstack_source *);

/* Is it a line of this module, "pam_unix"? With or without folder and .so. */
bool pamstack_is(const struct pamstack_line *, const char *module);

/* Cut the next word off *rest: blanks end it, brackets hold it together and are
 * taken away. NULL at the end. */
char *pamstack_word(char **rest);

/* The value of name=value among the line's arguments, "[name=a value]" too.
 * 0, or -1: it is not there, or does not fit. */
int pamstack_arg(
    const struct pamstack_line *, const char *name, char *out, size_t cap);

#endif
