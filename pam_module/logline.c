/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writes the module's lines to syslog.
 */
#include "pam_module/logline.h"

#include <stdarg.h>
#include <stdio.h>
#include <syslog.h>

void
logline_write(const struct login_line *l, bool allowed)
{
	syslog(LOG_AUTHPRIV | (allowed ? LOG_NOTICE : LOG_WARNING),
	    "pam_twofa:%s", l->text);
}

static void __attribute__((format(printf, 2, 0)))
write_formatted(int priority, const char *fmt, va_list args)
{
	char raw[2048] = "";
	struct login_line l = { 0 };

	(void)vsnprintf(raw, sizeof(raw), fmt, args);
	login_line_escape(&l, raw);
	syslog(LOG_AUTHPRIV | priority, "pam_twofa: %s", l.text);
}

void
logline_mend(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	write_formatted(LOG_ERR, fmt, args);
	va_end(args);
}

void
logline_debug(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	write_formatted(LOG_DEBUG, fmt, args);
	va_end(args);
}
