/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The auth lines of a service as PAM sees them: files of /etc/pam.d with
 * include, substack and @include as one list (Linux-PAM 1.5; @include is
 * Debian's). Reads no files itself.
 */
#ifndef TWOFA_PAM_STACK_H
#define TWOFA_PAM_STACK_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/wire/wire.h"
#include "twofactl/host/pam_control.h"

#define PAM_STACK_LINES 128
#define PAM_STACK_LEVELS 16 /* nested includes, as PAM counts them */
#define PAM_STACK_WORD 256
#define PAM_STACK_ARGS 1024
#define PAM_STACK_CAUSE 512

enum pam_stack_kind {
	PAM_STACK_FAILS = 0, /* PAM cannot read it and lets it fail */
	PAM_STACK_MODULE,
	PAM_STACK_SUB, /* a substack begins after it, one level up */
};

struct pam_stack_line {
	enum pam_stack_kind kind;
	unsigned level; /* nesting of substacks */
	int action[RETURN_COUNT];
	char file[PAM_STACK_WORD];
	unsigned number;              /* of the line in it, from 1 */
	char control[PAM_STACK_WORD]; /* as written, without brackets */
	char module[PAM_STACK_WORD];  /* as written: a name or a path */
	size_t name;                  /* offset of its name in it */
	char args[PAM_STACK_ARGS];
	/* no file, or without an auth stage: PAM takes it for a failure */
	bool missing;
	bool copy; /* pam_twofa under another name */
	/* Includes are numbered in order: the one that has this line, the one
	 * that included that (0: the service's file), and how many started
	 * before it. */
	unsigned part, outer, begun;
	unsigned through; /* the service's own line that includes it; 0: none */
	/* of pam_twofa: its task, see wire.h */
	enum line_task task;
	unsigned when;
};

struct pam_stack {
	size_t count;
	unsigned includes; /* includes, even without lines */
	/* the first error that PAM would find: "FILE:LINE: what"; "" none */
	char fault[PAM_STACK_CAUSE];
	/* ... where it is, and the wrong word; "": the text names the remedy */
	char fault_file[PAM_STACK_WORD], fault_word[PAM_STACK_WORD];
	unsigned fault_line;
	struct pam_stack_line line[PAM_STACK_LINES];
};

enum pam_stack_file {
	PAM_FILE_NONE = 0,
	PAM_FILE_NO_AUTH,
	PAM_FILE_OTHERS,
	PAM_FILE_OURS,
};

/* The source of files. */
struct pam_stack_source {
	void *ctx;
	/* The text of a file named as in a stack ("common-auth", or a path), to
	 * be freed, and its path. NULL: there is none. */
	char *(*read)(void *ctx, const char *name, char path[PAM_STACK_WORD]);
	/* What its file says of a module in a stack. NULL: each has one with an
	 * auth stage, and ours its name. */
	enum pam_stack_file (*look)(void *ctx, const char *module);
};

enum pam_stack_result {
	PAM_STACK_ABSENT = 0, /* the service has no file */
	PAM_STACK_READ,
	PAM_STACK_TOO_LONG, /* too long for this model */
};

/* Read the auth lines of service, or those of "other" when it has no file. */
enum pam_stack_result pam_stack_read(
    struct pam_stack *, const char *service, const struct pam_stack_source *);

/* The module's name without the folder. */
const char *pam_stack_name(const struct pam_stack_line *);

/* True for this module, "pam_unix", with or without folder and .so. */
bool pam_stack_is(const struct pam_stack_line *, const char *module);

/* True for a line of pam_twofa that asks for a code: one without split and
 * when=. */
bool pam_stack_asks(const struct pam_stack_line *);

/* Cut off the next word of *rest: it ends at a blank, and brackets around it
 * are removed. NULL at the end. */
char *pam_stack_word(char **rest);

/* The arguments of a line of pam_twofa, by the module's own parser. text is cut
 * to pieces, and args points into it. NULL, or the wrong argument: then only
 * args' task is valid. */
const char *pam_stack_arguments(const struct pam_stack_line *,
    const char *service, char text[PAM_STACK_ARGS], struct args *);

#endif
