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

#include "lib/wire/module_arguments.h"
#include "twofactl/host/pam_control.h"

#define PAM_STACK_LINES 128
#define PAM_STACK_LEVELS 16 /* include within include, as PAM counts */
#define PAM_STACK_WORD 256
#define PAM_STACK_ARGS 1024
#define PAM_STACK_CAUSE 512

enum pam_stack_kind {
	PAM_STACK_FAILS = 0, /* PAM cannot read it, and lets it fail */
	PAM_STACK_MODULE,
	PAM_STACK_SUB, /* a substack begins behind it, one level up */
};

struct pam_stack_line {
	enum pam_stack_kind kind;
	unsigned level; /* of substacks */
	int action[RETURN_COUNT];
	char file[PAM_STACK_WORD];
	unsigned number;              /* of the line in it, from 1 */
	char control[PAM_STACK_WORD]; /* as written, without brackets */
	char module[PAM_STACK_WORD];  /* as written: a name or a path */
	size_t name;                  /* where its name begins in it */
	char args[PAM_STACK_ARGS];
	bool missing; /* no file of the module's: PAM takes it for a failure */
	/* Includes are numbered as they begin: by which one it came, by which
	 * one that came (0: the service's file), how many began before it. */
	unsigned part, outer, begun;
	/* of pam_twofa: what it is for, as module_arguments.h has it */
	enum line_task task;
	unsigned when;
};

struct pam_stack {
	size_t count;
	unsigned includes; /* those without a line, too */
	/* what PAM cannot read, the first: "FILE:LINE: what"; "" none */
	char fault[PAM_STACK_CAUSE];
	struct pam_stack_line line[PAM_STACK_LINES];
};

/* Where files come from. */
struct pam_stack_source {
	void *ctx;
	/* The text of a file named as in a stack ("common-auth", or a path),
	 * for free(), and its path. NULL: there is none. */
	char *(*read)(void *ctx, const char *name, char path[PAM_STACK_WORD]);
	/* Has the module, as named in a stack, no file? NULL: all have. */
	bool (*missing)(void *ctx, const char *module);
};

enum pam_stack_result {
	PAM_STACK_ABSENT = 0, /* the service has no file */
	PAM_STACK_READ,
	PAM_STACK_TOO_LONG, /* for this model */
};

/* The auth lines of service; those of "other" when it has none. */
enum pam_stack_result pam_stack_read(
    struct pam_stack *, const char *service, const struct pam_stack_source *);

/* Its module without the folder. */
const char *pam_stack_name(const struct pam_stack_line *);

/* Is it a line of this module, "pam_unix"? With or without folder and .so. */
bool pam_stack_is(const struct pam_stack_line *, const char *module);

/* Is it a line of pam_twofa that asks for a code and lets in: one without split
 * and when=? */
bool pam_stack_asks(const struct pam_stack_line *);

/* Cut the next word off *rest: blanks end it, brackets hold it together and are
 * taken away. NULL at the end. */
char *pam_stack_word(char **rest);

/* The arguments of a line of pam_twofa, by the module's own parser. text is cut
 * to pieces; what is parsed points into it. NULL, or the argument for which the
 * module denies: of args only the task holds then. */
const char *pam_stack_arguments(const struct pam_stack_line *,
    const char *service, char text[PAM_STACK_ARGS], struct args *);

#endif
