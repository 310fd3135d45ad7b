/* SPDX-License-Identifier: BSD-2-Clause */
/* The lines of a PAM file, and the marks around ours. */
#ifndef TWOFA_STACK_LINES_H
#define TWOFA_STACK_LINES_H

#include <stdbool.h>
#include <stddef.h>

#define STACK_MARK "# twofactl enable: "
#define STACK_BEGIN STACK_MARK "begin (twofactl disable takes these lines out)"
#define STACK_END STACK_MARK "end"
/* Followed by a line that ours replace. */
#define STACK_WAS STACK_MARK "was: "
/* At the end of a line that is a copy from another file. */
#define STACK_COPY "\t" STACK_MARK "copy"
/* The last line of the file had no newline. */
#define STACK_BARE STACK_MARK "no newline was here"

/* With its newline, if it has one. */
struct stack_line {
	const char *at;
	size_t len;
};

/* The next line of *rest; false at the end. */
bool stack_line_next(const char **rest, struct stack_line *);

/* Does it start with this? */
bool stack_line_begins(const struct stack_line *, const char *with);

/* Is it the mark after our lines? */
bool stack_line_ends(const struct stack_line *);

/* Does it contain this? */
bool stack_line_says(const struct stack_line *, const char *what);

/* Does it name our module outside of a comment? */
bool stack_line_ours(const struct stack_line *);

#endif
