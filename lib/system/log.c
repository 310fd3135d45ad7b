/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines to the system's log. */
#include "lib/system/system.h"

#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "lib/wire/wire.h"

#define HEAD_MAX 48
#define LOG_AS(name, level)                                                    \
	void name(const char *fmt, ...)                                        \
	{                                                                      \
		va_list ap;                                                    \
                                                                               \
		va_start(ap, fmt);                                             \
		write_line(level, fmt, ap);                                    \
		va_end(ap);                                                    \
	}
static char signal_head[HEAD_MAX]; /* for log_from_signal() */
static _Thread_local char subject[256];
static bool quiet;
static int nonblocking_fd = -1; /* after log_set_nonblocking() */

/* The head that syslog() writes. */
static void
write_head(char head[HEAD_MAX], int level)
{
	snprintf(head, HEAD_MAX, "<%d>twofa-helper[%d]: ", LOG_AUTHPRIV | level,
	    (int)getpid());
}

void
log_open(void)
{
	/* NDELAY: opens the socket now; once confined, that is forbidden */
	openlog("twofa-helper", LOG_PID | LOG_NDELAY, LOG_AUTHPRIV);
	write_head(signal_head, LOG_ERR);
}

static int
log_socket(void)
{
	return socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
}

void
log_set_nonblocking(void)
{
	tzset(); /* syslog() calls it; a confined process can open no file */
	closelog();
	nonblocking_fd = log_socket();
}

void
log_close(void)
{
	closelog();
	if (nonblocking_fd >= 0)
		(void)close(nonblocking_fd);
	nonblocking_fd = -1;
}

static struct {
	void *ctx;
	void (*line)(void *ctx, const char *line);
} sink;

void
log_set_sink(void *ctx, void (*line)(void *ctx, const char *line))
{
	sink.ctx = ctx;
	sink.line = line;
}

static void (*log_relay)(int level, const char *subject, const char *line);

void
log_set_relay(void (*relay)(int level, const char *subject, const char *line))
{
	log_close();
	log_relay = relay;
}

void
log_set_quiet(bool on)
{
	quiet = on;
}

void
log_set_subject(const char *user, const char *service)
{
	char raw[64], *c = raw;

	subject[0] = '\0';
	if (user == NULL)
		return;
	PRINT_TO(raw, "%.40s@%.20s: ", user, service);
	/* no part of a name may look like a field; the last blank stays */
	while ((c = strpbrk(c, " =\"")) != NULL && c[1] != '\0')
		*c = '?';
	escape_text(raw, subject, sizeof(subject));
}

static void
send_line(int fd, const char *head, const char *subject_text, const char *line)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX,
		.sun_path = _PATH_LOG };
	struct iovec part[] = { { (char *)head, strlen(head) },
		{ (char *)subject_text, strlen(subject_text) },
		{ (char *)line, strlen(line) } };
	const struct msghdr message = { .msg_name = &to,
		.msg_namelen = sizeof(to),
		.msg_iov = part,
		.msg_iovlen = COUNT_OF(part) };

	(void)sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void __attribute__((format(printf, 2, 0)))
write_line(int level, const char *fmt, va_list ap)
{
	char raw[LOG_LINE_MAX + 1], line[LOG_LINE_MAX + 1], head[HEAD_MAX];
	size_t used = (size_t)snprintf(raw, sizeof(raw), "%s", subject);

	if (quiet || vsnprintf(raw + used, sizeof(raw) - used, fmt, ap) < 0)
		return;
	escape_text(raw, line, sizeof(line));
	if (log_relay != NULL) {
		log_relay(level, "", line);
	} else if (nonblocking_fd < 0) {
		syslog(LOG_AUTHPRIV | level, "%s", line);
	} else {
		write_head(head, level);
		send_line(nonblocking_fd, head, "", line);
	}
	if (sink.line != NULL && level == LOG_ERR && used < sizeof(raw))
		sink.line(sink.ctx, raw + used);
}

LOG_AS(log_problem, LOG_ERR)
LOG_AS(log_notice, LOG_NOTICE)
LOG_AS(log_debug, LOG_DEBUG)

void
log_problem_shown_as(const char *shown, const char *fmt, ...)
{
	void (*const line)(void *, const char *) = sink.line;
	va_list ap;

	sink.line = NULL;
	va_start(ap, fmt);
	write_line(LOG_ERR, fmt, ap);
	va_end(ap);
	sink.line = line;
	if (line != NULL)
		line(sink.ctx, shown);
}

void
log_relayed(int level, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	write_line(level == LOG_NOTICE || level == LOG_DEBUG ? level : LOG_ERR,
	    fmt, ap);
	va_end(ap);
}

/* On a socket of its own: the signal may have interrupted syslog(). */
void
log_from_signal(const char *line)
{
	const int fd = log_relay == NULL ? log_socket() : -1;

	if (log_relay != NULL)
		log_relay(LOG_ERR, subject, line);
	if (fd < 0)
		return;
	send_line(fd, signal_head, subject, line);
	(void)close(fd);
}
