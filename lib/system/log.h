/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The helper's own lines to LOG_AUTHPRIV: what failed and how to fix it. The
 * module writes the line of the login itself. Control bytes are escaped here.
 */
#ifndef TWOFA_LOG_H
#define TWOFA_LOG_H

#include <stdbool.h>

/* Longer lines are cut: some syslog daemons cut at 1024. */
#define LOG_LINE_MAX 900

void log_open(void);
/* Call it before a forked process closes its descriptors: libc would keep
 * writing to the old number, which may be another file by then. */
void log_close(void);
/* Until log_close, drop a line that the log does not take at once. For a
 * process that many others wait for. */
void log_wait_never(void);
/* Whose login the following lines are about: "alice@sshd: ...". Blanks, quotes
 * and = in it become ?. */
void log_about(const char *user, const char *service);

/* What an administrator has to fix (LOG_ERR), should know (LOG_NOTICE), or
 * needs for a close look (LOG_DEBUG). One line each. */
void log_mend(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_notice(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* true: write no lines from now on, because this only shows what a login would
 * meet. false: write them again. */
void log_quiet(bool);

/* Like log_mend, with the text as it is: for the handler of a signal that ends
 * the process. Async-signal-safe; the line is lost when the log cannot take it
 * at once. */
void log_last(const char *line);

/* Also pass lines of log_mend to this function, without the login's name, for a
 * program that shows them. NULL: stop. */
void log_copy(void *ctx, void (*line)(void *ctx, const char *line));

#endif
