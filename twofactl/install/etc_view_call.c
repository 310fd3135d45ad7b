/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs a function that sees other files. */
#include "twofactl/install/etc_view.h"

#include <errno.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define EXIT_CALL 1
#define EXIT_VIEW 2
#define EXIT_DENIED 3 /* this machine does not allow it */

/* Must not write the parent's buffers. */
static _Noreturn void
run(const struct etc_change *changes, unsigned count,
    int (*call)(void *ctx, FILE *out), void *ctx, int fd)
{
	FILE *out = fdopen(fd, "w");
	char cause[ETC_FILE_CAUSE] = "";
	int status = 0;

	if (out == NULL)
		_exit(EXIT_CALL);
	if (changes != NULL && etc_view_enter(changes, count, cause) != 0) {
		/* EACCES: from AppArmor */
		status =
		    errno == EPERM || errno == EACCES ? EXIT_DENIED : EXIT_VIEW;
		fputs(cause, out);
	} else if (call(ctx, out) != 0) {
		status = EXIT_CALL;
	}
	if (fclose(out) != 0)
		_exit(EXIT_CALL);
	_exit(status);
}

/* Read to the end; drop what does not fit. */
static void
read_all(int fd, char *text, size_t cap)
{
	char rest[512];
	size_t used = 0;
	ssize_t n;

	do {
		const bool full = used + 1 >= cap;

		n = read(fd, full ? rest : text + used,
		    full ? sizeof(rest) : cap - 1 - used);
		used += n > 0 && !full ? (size_t)n : 0;
	} while (n > 0 || (n < 0 && errno == EINTR));
	text[used] = '\0';
}

static int
end(pid_t pid, const char *text, char cause[ETC_FILE_CAUSE])
{
	int status = 0;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			break;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	(void)snprintf(
	    cause, ETC_FILE_CAUSE, "%.*s", (int)strcspn(text, "\r\n"), text);
	if (cause[0] == '\0')
		(void)snprintf(cause, ETC_FILE_CAUSE, "a child process failed");
	errno = WIFEXITED(status) && WEXITSTATUS(status) == EXIT_DENIED ? EPERM
									: EIO;
	return -1;
}

int
etc_view_call(const struct etc_change *changes, unsigned count,
    int (*call)(void *ctx, FILE *out), void *ctx, char *text, size_t cap,
    char cause[ETC_FILE_CAUSE])
{
	int fd[2];
	pid_t pid;

	text[0] = '\0';
	if (pipe(fd) != 0) {
		(void)snprintf(cause, ETC_FILE_CAUSE, "%s", strerror(errno));
		return -1;
	}
	pid = fork();
	if (pid == 0) {
		close(fd[0]);
		run(changes, count, call, ctx, fd[1]);
	}
	close(fd[1]);
	if (pid > 0)
		read_all(fd[0], text, cap);
	close(fd[0]);
	if (pid > 0)
		return end(pid, text, cause);
	(void)snprintf(cause, ETC_FILE_CAUSE, "fork: %s", strerror(errno));
	return -1;
}
