/* SPDX-License-Identifier: BSD-2-Clause */
/* The module's lines to syslog. */
#include "pam_module/pam_module.h"

#include <stdarg.h>
#include <stdio.h>
#include <syslog.h>

#define LOG_AS(name, priority)                                                 \
	void name(const char *fmt, ...)                                        \
	{                                                                      \
		va_list args;                                                  \
                                                                               \
		va_start(args, fmt);                                           \
		write_formatted(priority, fmt, args);                          \
		va_end(args);                                                  \
	}

void
module_log_login(const struct logline *l, bool allowed)
{
	syslog(LOG_AUTHPRIV | (allowed ? LOG_NOTICE : LOG_WARNING),
	    "pam_twofa:%s", l->text);
}

static void __attribute__((format(printf, 2, 0)))
write_formatted(int priority, const char *fmt, va_list args)
{
	char raw[2048] = "";
	struct logline l = { 0 };

	(void)vsnprintf(raw, sizeof(raw), fmt, args);
	logline_put_escaped(&l, raw);
	syslog(LOG_AUTHPRIV | priority, "pam_twofa: %s", l.text);
}

LOG_AS(module_log_problem, LOG_ERR)
LOG_AS(module_log_debug, LOG_DEBUG)
