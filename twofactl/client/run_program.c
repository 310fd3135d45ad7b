/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs another program with given ids, and limits of time and output. */
#include "twofactl/client/client.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define SYSTEMCTL_S 30
#define EXIT_DROP 126
#define EXIT_EXEC 127
#define WITH_TEXT_S 60

bool
run_program_has_systemd(void)
{
	/* exists while systemd is process 1 */
	return access("/run/systemd/system", F_OK) == 0 &&
	    access(SYSTEMCTL, X_OK) == 0;
}

static bool
drop_program_ids(const struct program *p)
{
	return p->uid == 0 ||
	    (setgroups(0, NULL) == 0 &&
		setresgid(p->gid, p->gid, p->gid) == 0 &&
		setresuid(p->uid, p->uid, p->uid) == 0);
}

/* Returns a file to read the text from, or -1 with errno. */
static int
open_text(const char *text)
{
	const size_t len = strlen(text);
	const int fd = memfd_create("text", MFD_CLOEXEC);

	if (fd >= 0 &&
	    (write(fd, text, len) != (ssize_t)len ||
		lseek(fd, 0, SEEK_SET) != 0)) {
		close(fd);
		return -1;
	}
	return fd;
}

static void
keep_environment(const char *const *keeps)
{
	static char *path[] = { (char *)"PATH=/usr/sbin:/usr/bin:/sbin:/bin",
		NULL };
	char **all = environ;

	environ = path;
	for (; keeps != NULL && *keeps != NULL; keeps++)
		for (char **v = all; *v != NULL; v++)
			if (strncmp(*v, *keeps, strlen(*keeps)) == 0)
				(void)putenv(*v);
}

/* in: -1 for an empty one. */
static _Noreturn void
exec_program(const struct program *p, int in, int out)
{
	const int above = STDERR_FILENO + 1;
	/* the caller's standard descriptors may be closed, and taken by these
	 */
	int null = fcntl(
	    open("/dev/null", O_RDWR | O_CLOEXEC), F_DUPFD_CLOEXEC, above);
	sigset_t none;

	in = in < 0 ? null : fcntl(in, F_DUPFD_CLOEXEC, above);
	out = fcntl(out, F_DUPFD_CLOEXEC, above);

	/* a session of its own: user twofa must not type into root's terminal
	 * (TIOCSTI) */
	if (setsid() < 0)
		_exit(EXIT_DROP);
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	keep_environment(p->keeps);
	(void)signal(SIGPIPE, SIG_DFL);
	if (dup2(in, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0 ||
	    dup2(out, STDERR_FILENO) < 0 || chdir("/") != 0 ||
	    (p->prepare != NULL && p->prepare(p->ctx) != 0) ||
	    !drop_program_ids(p))
		_exit(EXIT_DROP);
	/* own descriptors are close-on-exec, inherited ones may not be */
	(void)syscall(SYS_close_range, above, ~0u, 0);
	(void)execve(p->argv[0], (char *const *)(uintptr_t)p->argv, environ);
	_exit(EXIT_EXEC);
}

/* Reads until end of file. False if there is too much output, or at the
 * deadline. */
static bool
read_output(int fd, char *out, size_t cap, int64_t deadline)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	size_t used = 0;
	ssize_t n = 1;

	while (n != 0) {
		if (frame_clock_ms() >= deadline || used + 1 >= cap ||
		    frame_poll(&p, 1, deadline) <= 0)
			return false;
		n = read(fd, out + used, cap - used - 1);
		if (n < 0 && errno != EINTR)
			return false;
		if (n > 0)
			used += (size_t)n;
		out[used] = '\0';
	}
	return true;
}

int
run_program_reap(pid_t pid, int64_t wait_ms)
{
	struct pollfd p = { .fd = (int)syscall(SYS_pidfd_open, pid, 0),
		.events = POLLIN };
	int raw = 0;

	if (frame_poll(&p, 1, frame_clock_ms() + wait_ms) != 1 || p.fd < 0)
		(void)kill(pid, SIGKILL); /* not reaped: pid is valid */
	if (p.fd >= 0)
		close(p.fd);
	return TEMP_FAILURE_RETRY(waitpid(pid, &raw, 0)) == pid ? raw : -1;
}

int
run_program(const struct program *p, char *out, size_t cap)
{
	const int64_t deadline =
	    frame_clock_ms() + p->timeout_s * INT64_C(1000);
	const int in OWNED(owned_fd) =
	    p->text != NULL ? open_text(p->text) : -1;
	int pipe_fd[2] = { -1, -1 }, raw;
	bool in_time;
	pid_t pid = -1;

	out[0] = '\0';
	if ((p->text == NULL || in >= 0) && pipe2(pipe_fd, O_CLOEXEC) == 0)
		pid = fork();
	if (pid == 0)
		exec_program(p, in, pipe_fd[1]);
	owned_fd(&pipe_fd[1]);
	if (pid < 0) {
		owned_fd(&pipe_fd[0]);
		return PROGRAM_FAILED;
	}
	in_time = read_output(pipe_fd[0], out, cap, deadline);
	close(pipe_fd[0]);
	/* the program may run on after closing its output */
	raw = run_program_reap(pid, in_time ? deadline - frame_clock_ms() : 0);
	if (raw == -1)
		return PROGRAM_FAILED;
	return in_time && WIFEXITED(raw) ? WEXITSTATUS(raw) : PROGRAM_KILLED;
}

int
run_program_status(
    const char *const *argv, int timeout_s, char *out, size_t cap)
{
	const struct program p = { .argv = argv, .timeout_s = timeout_s };

	return run_program(&p, out, cap);
}

int
run_program_systemctl(const char *verb, const char *unit, char *out, size_t cap)
{
	const char *const argv[] = { SYSTEMCTL, verb, unit, NULL };
	const int status = run_program_status(argv, SYSTEMCTL_S, out, cap);

	out[strcspn(out, "\n")] = '\0';
	return status;
}

int
run_program_with_text(const char *const *argv, const char *text)
{
	const struct passwd *pw = getpwnam(CLIENT_NOTICES_USER);
	struct program p = {
		.argv = argv, .timeout_s = WITH_TEXT_S, .text = text
	};
	char said[4096] = "";
	int status;

	if (pw == NULL || pw->pw_uid == 0)
		return terminal_error(
		    "user " CLIENT_NOTICES_USER ": no such user, or root; "
		    "run: " CLIENT_NOTICES_USER_ADD);
	if (access(argv[0], X_OK) != 0)
		return terminal_error(
		    "%s: %s", terminal_shell_quote(argv[0]), strerror(errno));
	p.uid = pw->pw_uid;
	p.gid = pw->pw_gid;
	status = run_program(&p, said, sizeof(said));
	return status == 0 ? 0
			   : terminal_error("%s ended with status %d: %s",
				 terminal_shell_quote(argv[0]), status, said);
}
