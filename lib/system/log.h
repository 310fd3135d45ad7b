/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The helper's own lines to LOG_AUTHPRIV: what failed and what mends it. The
 * line of the login itself is the module's. Control bytes are escaped here.
 */
#ifndef TWOFA_LOG_H
#define TWOFA_LOG_H

#include <stdbool.h>

/* Longer lines are cut: some syslog daemons cut at 1024. */
#define LOG_LINE_MAX 900

void log_open(void);
/* Before the descriptors of a forked process are closed: what is written to a
 * number that libc still takes for its own lands in another file. */
void log_close(void);
/* Until log_close: a line that the log does not take at once is lost. For a
 * process for which many others wait. */
void log_wait_never(void);
/* Whose login the following lines are about: "alice@sshd: ...". Blanks, quotes
 * and = in it become ?. */
void log_about(const char *user, const char *service);

/* Something an administrator has to fix (LOG_ERR), should know (LOG_NOTICE),
 * or may want when looking closely (LOG_DEBUG). One line each. */
void log_mend(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_notice(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* From now on no line is written: somebody only looks what a login would meet.
 * false: they are again. */
void log_quiet(bool);

/* log_mend, whole as it is, for the handler of a signal that ends the process:
 * async-signal-safe, and lost when the log takes nothing more at the moment. */
void log_last(const char *line);

/* Lines of log_mend go to this as well, without whose login it is: somebody
 * reads along. NULL: no more. */
void log_copy(void *ctx, void (*line)(void *ctx, const char *line));

#endif
