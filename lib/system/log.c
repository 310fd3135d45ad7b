/* SPDX-License-Identifier: BSD-2-Clause */
/* The helper's own lines to the system's log. */
#include "lib/system/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

#include "lib/wire/escape.h"

static char head[48]; /* of log_last's line, as syslog() writes it */
static char about[256];
static bool quiet;

void
log_open(void)
{
	/* NDELAY: the socket is open before the sandbox closes. */
	openlog("twofa-helper", LOG_PID | LOG_NDELAY, LOG_AUTHPRIV);
	snprintf(head, sizeof(head),
	    "<%d>twofa-helper[%d]: ", LOG_AUTHPRIV | LOG_ERR, (int)getpid());
}

void
log_close(void)
{
	closelog();
}

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
log_quiet(bool on)
{
	quiet = on;
}

void
log_about(const char *user, const char *service)
{
	char raw[64], *c = raw;

	snprintf(raw, sizeof(raw), "%.40s@%.20s: ", user, service);
	/* no name of theirs looks like a field of ours; the last blank is */
	while ((c = strpbrk(c, " =\"")) != NULL && c[1] != '\0')
		*c = '?';
	escape_text(raw, about, sizeof(about));
}

static void __attribute__((format(printf, 2, 0)))
write_line(int level, const char *fmt, va_list ap)
{
	char raw[LOG_LINE_MAX + 1], line[LOG_LINE_MAX + 1];
	size_t used = (size_t)snprintf(raw, sizeof(raw), "%s", about);

	if (quiet || vsnprintf(raw + used, sizeof(raw) - used, fmt, ap) < 0)
		return;
	escape_text(raw, line, sizeof(line));
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

/* A socket of its own: syslog()'s may be in the middle of another line. */
void
log_last(const char *line)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX,
		.sun_path = _PATH_LOG };
	struct iovec part[] = { { head, strlen(head) },
		{ about, strlen(about) }, { (char *)line, strlen(line) } };
	const struct msghdr message = { .msg_name = &to,
		.msg_namelen = sizeof(to),
		.msg_iov = part,
		.msg_iovlen = sizeof(part) / sizeof(part[0]) };
	const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return;
	(void)sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
	(void)close(fd);
}
