/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How the helper is started and reaped: by a raw clone whose end raises no
 * signal, watched through a pidfd. An application that ignores SIGCHLD or reaps
 * every child neither notices the helper nor disturbs it.
 */
#include "pam_module/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/wire/wire.h"
#include "pam_module/child.h"
#include "pam_module/helperfile.h"
#include "pam_module/logline.h"

#define ALARM_MARGIN_S 5
#define LIMITS_ENOUGH                                                          \
	" (LimitNOFILE 64, LimitFSIZE 64M, LimitNPROC 8192 are enough)"

/* Large buffers that are filled before they are read: -ftrivial-auto-var-init
 * would spend time on zeros at each login. */
#ifdef __has_attribute
#if __has_attribute(uninitialized)
#define UNINITIALIZED __attribute__((uninitialized))
#endif
#endif
#ifndef UNINITIALIZED
#define UNINITIALIZED
#endif

static enum reason
user_find(struct child_plan *plan)
{
	char buf[16384] UNINITIALIZED;
	struct passwd pw, *found = NULL;
	const int error =
	    getpwnam_r(HELPER_USER, &pw, buf, sizeof(buf), &found);

	if (found == NULL && error != 0) {
		logline_mend("user " HELPER_USER ": cannot be looked up: %s; "
			     "repair the name service, or free memory and "
			     "descriptors of this service",
		    strerror(error));
		return REASON_HELPER_USER;
	}
	if (found == NULL) {
		logline_mend("user " HELPER_USER
			     ": no such user; run: " HELPER_USER_ADD);
		return REASON_HELPER_USER;
	}
	if (pw.pw_uid == 0 || pw.pw_gid == 0) {
		logline_mend("user " HELPER_USER ": has uid %u and gid %u, "
			     "neither may be 0; run: userdel " HELPER_USER
			     "; useradd --system --user-group " HELPER_USER,
		    pw.pw_uid, pw.pw_gid);
		return REASON_HELPER_USER;
	}
	plan->uid = pw.pw_uid;
	plan->gid = pw.pw_gid;
	return REASON_NONE;
}

int
spawn_fd_lift(int fd)
{
	int high, error;

	if (fd < 0 || fd >= CHILD_FD_FIRST)
		return fd;
	high = fcntl(fd, F_DUPFD_CLOEXEC, CHILD_FD_FIRST);
	error = errno;
	(void)close(fd);
	errno = error;
	return high;
}

static int
fds_open(struct spawn *s, struct child_plan *plan)
{
	int pair[2] = { -1, -1 };

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		return -1;
	s->sock = spawn_fd_lift(pair[0]);
	plan->sock = spawn_fd_lift(pair[1]);
	if (s->sock < 0 || plan->sock < 0)
		return -1;
	plan->null =
	    spawn_fd_lift(open("/dev/null", O_RDWR | O_CLOEXEC | O_NOCTTY));
	return plan->null < 0 ? -1 : 0;
}

/* Signals stay blocked during the clone: a handler of the application must not
 * run in the copy. The raw call also blocks the two that glibc keeps for
 * itself. */
static int
intermediate_start(struct spawn *s, const struct child_plan *plan)
{
	const uint64_t all = ~UINT64_C(0);
	uint64_t mask;
	int pidfd = -1, error;
	long pid;

	if (syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, &mask,
		sizeof(mask)) != 0)
		return -1;
	pid = syscall(
	    SYS_clone, (unsigned long)CLONE_PIDFD, NULL, &pidfd, NULL, 0UL);
	if (pid == 0)
		child_run(plan);
	error = errno;
	(void)syscall(
	    SYS_rt_sigprocmask, SIG_SETMASK, &mask, NULL, sizeof(mask));
	errno = error;
	if (pid < 0)
		return -1;
	if (pidfd < 0) { /* a kernel before 5.2 */
		(void)kill((pid_t)pid, SIGKILL);
		(void)waitpid((pid_t)pid, NULL, __WALL);
		errno = ENOSYS;
		return -1;
	}
	s->pid = (pid_t)pid;
	s->pidfd = pidfd;
	return 0;
}

enum reason
spawn_start(struct spawn *s, const char *path, int64_t deadline_ms)
{
	struct child_plan plan = { .path = path, .sock = -1, .null = -1 };
	enum reason reason = user_find(&plan);
	const char *limit;

	s->path = path;
	plan.alarm_s = (unsigned)((deadline_ms + 999) / 1000) + ALARM_MARGIN_S;
	if (reason == REASON_NONE)
		reason = helperfile_check(path, plan.gid);
	if (reason != REASON_NONE)
		return reason;
	limit = child_plan_limits(&plan);
	if (limit != NULL) {
		logline_mend("resource limit %s of this service is too low for "
			     "the helper; raise its hard limit" LIMITS_ENOUGH,
		    limit);
		return REASON_RESOURCE_LIMIT;
	}
	if (fds_open(s, &plan) != 0 || intermediate_start(s, &plan) != 0) {
		logline_mend("helper %s: cannot be started: %s; free memory, "
			     "processes or descriptors of this service",
		    path, strerror(errno));
		reason = REASON_HELPER_START;
	}
	if (plan.sock >= 0)
		(void)close(plan.sock);
	if (plan.null >= 0)
		(void)close(plan.null);
	return reason;
}

/* True when the intermediate has ended. */
static int
wait_end(const struct spawn *s, int64_t until)
{
	struct pollfd p = { .fd = s->pidfd, .events = POLLIN };
	int64_t left;
	int n;

	do {
		left = until - frame_clock_ms();
		n = poll(&p, 1, left < 0 ? 0 : (int)left);
	} while (n < 0 && errno == EINTR);
	return n == 1;
}

/* It is not reaped yet, so the pid is still its own where pidfds cannot
 * signal. */
static void
kill_hard(const struct spawn *s)
{
	if (syscall(SYS_pidfd_send_signal, s->pidfd, SIGKILL, NULL, 0) != 0 &&
	    errno == ENOSYS)
		(void)kill(s->pid, SIGKILL);
}

static void
status_log(const struct spawn *s, int status)
{
	const char *what = "see the helper's own lines above";

	if (status == CHILD_EXIT_SETUP)
		what = "its descriptors or limits could not be set up; free "
		       "memory or processes, or raise the hard limits of this "
		       "service" LIMITS_ENOUGH;
	else if (status == CHILD_EXIT_DROP)
		what = "its privileges could not be dropped; give this service "
		       "CAP_SETUID and CAP_SETGID";
	else if (status == CHILD_EXIT_NPROC)
		what = "user " HELPER_USER " has too many processes; end them, "
		       "or raise LimitNPROC of this service";
	else if (status == CHILD_EXIT_EXEC)
		what = "it could not be executed; install one built for this "
		       "machine on a file system without noexec";
	else if (status == CHILD_EXIT_LOADER)
		what = "a shared library is missing or too old; install what "
		       "is not found, run: ldd ";
	else if (status == SPAWN_STATUS_UNKNOWN)
		what = "it was killed at the time limit, or this service "
		       "reaped it; raise deadline= or see its own lines";
	else if (status == 128 + SIGKILL)
		what = "it was killed, by an admin or because memory ran out";
	else if (status == 128 + SIGALRM)
		what =
		    "its alarm ended it: it was stopped, or held the state for "
		    "4 s; see what froze it, and whether the disk is slow";
	else if (status > 128)
		what = "it ended by that signal less 128; reinstall it";
	logline_mend("helper %s: exit status %d: %s%s", s->path, status, what,
	    status == CHILD_EXIT_LOADER ? s->path : "");
}

int
spawn_end(struct spawn *s, int64_t until)
{
	siginfo_t info = { 0 };
	int status = SPAWN_STATUS_UNKNOWN;

	if (s->sock >= 0)
		(void)close(s->sock);
	if (s->pidfd >= 0) {
		if (!wait_end(s, until))
			kill_hard(s);
		while (waitid(P_PIDFD, (id_t)s->pidfd, &info,
			   WEXITED | __WALL) != 0) {
			if (errno != EINTR)
				break;
		}
		if (info.si_code == CLD_EXITED)
			status = info.si_status;
		(void)close(s->pidfd);
		if (status != 0)
			status_log(s, status);
	}
	*s = SPAWN_NONE;
	return status;
}
