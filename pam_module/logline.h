/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the module writes to LOG_AUTHPRIV: the one line of a login, and lines
 * that tell an administrator what to fix.
 */
#ifndef TWOFA_MODULE_LOGLINE_H
#define TWOFA_MODULE_LOGLINE_H

#include <stdbool.h>

#include "lib/wire/wire.h"

/* Write the line with the syslog settings of the application. */
void logline_write(const struct login_line *, bool allowed);

/* One line for an administrator: cause and remedy, or detail for debug. */
void logline_mend(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void logline_debug(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
