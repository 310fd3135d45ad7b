/* SPDX-License-Identifier: BSD-2-Clause */

#include "lib/system/system.h"
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdarg.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>
#include "lib/wire/wire.h"

#define HEAD_MAX 48

static char last_head[HEAD_MAX]; /* the head of log_from_signal's line */
static char about[256];
static bool system_quiet;
static int hasty = -1; /* the socket after log_set_nonblocking */

/* As syslog() writes it. */
static void
write_head(char head[HEAD_MAX], int level)
{
	snprintf(head, HEAD_MAX, "<%d>twofa-helper[%d]: ", LOG_AUTHPRIV | level,
	    (int)getpid());
}

void
log_open(void)
{
	/* NDELAY: opens the socket now, because the sandbox forbids it
	 * later. */
	openlog("twofa-helper", LOG_PID | LOG_NDELAY, LOG_AUTHPRIV);
	write_head(last_head, LOG_ERR);
}

static int
log_socket(void)
{
	return socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
}

void
log_set_nonblocking(void)
{
	tzset(); /* syslog() needs it in a copy that can open no file */
	closelog();
	hasty = log_socket();
}

void
log_close(void)
{
	closelog();
	if (hasty >= 0)
		(void)close(hasty);
	hasty = -1;
}

static struct {
	void *ctx;
	void (*line)(void *ctx, const char *line);
} copy;

void
log_set_sink(void *ctx, void (*line)(void *ctx, const char *line))
{
	copy.ctx = ctx;
	copy.line = line;
}

void
log_set_quiet(bool on)
{
	system_quiet = on;
}

void
log_set_subject(const char *user, const char *service)
{
	char raw[64], *c = raw;

	about[0] = '\0';
	if (user == NULL)
		return;
	snprintf(raw, sizeof(raw), "%.40s@%.20s: ", user, service);
	/* so that no part of a name looks like a field; the last blank stays */
	while ((c = strpbrk(c, " =\"")) != NULL && c[1] != '\0')
		*c = '?';
	escape_text(raw, about, sizeof(about));
}

/* The line is lost when the log cannot take it at once. */
static void
send_line(int fd, const char *head, const char *whose, const char *line)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX,
		.sun_path = _PATH_LOG };
	struct iovec part[] = { { (char *)head, strlen(head) },
		{ (char *)whose, strlen(whose) },
		{ (char *)line, strlen(line) } };
	const struct msghdr message = { .msg_name = &to,
		.msg_namelen = sizeof(to),
		.msg_iov = part,
		.msg_iovlen = COUNT_OF(part) };

	(void)sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void __attribute__((format(printf, 2, 0)))
system_write_line(int level, const char *fmt, va_list ap)
{
	char raw[LOG_LINE_MAX + 1], line[LOG_LINE_MAX + 1], head[HEAD_MAX];
	size_t used = (size_t)snprintf(raw, sizeof(raw), "%s", about);

	if (system_quiet ||
	    vsnprintf(raw + used, sizeof(raw) - used, fmt, ap) < 0)
		return;
	escape_text(raw, line, sizeof(line));
	if (hasty < 0) {
		syslog(LOG_AUTHPRIV | level, "%s", line);
	} else {
		write_head(head, level);
		send_line(hasty, head, "", line);
	}
	if (copy.line != NULL && level == LOG_ERR && used < sizeof(raw))
		copy.line(copy.ctx, raw + used);
}

#define LOG_AS(name, level)                                                    \
	void name(const char *fmt, ...)                                        \
	{                                                                      \
		va_list ap;                                                    \
                                                                               \
		va_start(ap, fmt);                                             \
		system_write_line(level, fmt, ap);                             \
		va_end(ap);                                                    \
	}
LOG_AS(log_problem, LOG_ERR)
LOG_AS(log_notice, LOG_NOTICE)
LOG_AS(log_debug, LOG_DEBUG)

/* On a socket that nothing else uses: syslog()'s may be in the middle of
 * another line. */
void
log_from_signal(const char *line)
{
	const int fd = log_socket();

	if (fd < 0)
		return;
	send_line(fd, last_head, about, line);
	(void)close(fd);
}
