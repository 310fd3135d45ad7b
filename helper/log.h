/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The helper's own lines to LOG_AUTHPRIV: what failed and what mends it. The
 * line of the login itself is the module's. Control bytes are escaped here.
 */
#ifndef TWOFA_LOG_H
#define TWOFA_LOG_H

void log_open(void);

/* Something an administrator has to mend (LOG_ERR), should know (LOG_NOTICE),
 * or may want when looking closely (LOG_DEBUG). One line each. */
void log_mend(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_notice(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
