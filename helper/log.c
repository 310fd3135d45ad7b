/* SPDX-License-Identifier: BSD-2-Clause */
/* The helper's own lines to the system's log. */
#include "helper/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

void
log_open(void)
{
	/* NDELAY: the socket is open before the sandbox closes. */
	openlog("twofa-helper", LOG_PID | LOG_NDELAY, LOG_AUTHPRIV);
}

static char about[64];

static struct {
	void *ctx;
	void (*line)(void *ctx, const char *line);
} copy;

void
log_copy(void *ctx, void (*line)(void *ctx, const char *line))
{
	copy.ctx = ctx;
	copy.line = line;
}

void
log_about(const char *user, const char *service)
{
	char *c = about;

	snprintf(about, sizeof(about), "%.40s@%.20s: ", user, service);
	/* no name of theirs looks like a field of ours; the last blank is */
	while ((c = strpbrk(c, " =\"")) != NULL && c[1] != '\0')
		*c = '?';
}

void
log_escape(const char *text, char *out, size_t cap)
{
	size_t used = 0;

	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;
		bool plain = c >= 0x20 && c < 0x7f;

		if (used + (plain ? 1 : 4) >= cap)
			break;
		if (plain)
			out[used++] = (char)c;
		else
			used += (size_t)snprintf(
			    out + used, cap - used, "\\x%02x", c);
	}
	out[used] = '\0';
}

static void __attribute__((format(printf, 2, 0)))
write_line(int level, const char *fmt, va_list ap)
{
	char raw[LOG_LINE_MAX + 1], line[LOG_LINE_MAX + 1];
	size_t used = (size_t)snprintf(raw, sizeof(raw), "%s", about);

	if (vsnprintf(raw + used, sizeof(raw) - used, fmt, ap) < 0)
		return;
	log_escape(raw, line, sizeof(line));
	syslog(LOG_AUTHPRIV | level, "%s", line);
	if (copy.line != NULL && level == LOG_ERR && used < sizeof(raw))
		copy.line(copy.ctx, raw + used);
}

void
log_mend(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	write_line(LOG_ERR, fmt, ap);
	va_end(ap);
}

void
log_notice(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	write_line(LOG_NOTICE, fmt, ap);
	va_end(ap);
}

void
log_debug(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	write_line(LOG_DEBUG, fmt, ap);
	va_end(ap);
}
