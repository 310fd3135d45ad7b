/* SPDX-License-Identifier: BSD-2-Clause */
/* Starts and reaps the helper. A raw clone, whose exit raises no signal and
 * which a pidfd watches, makes an intermediate process that only waits; its
 * child becomes the helper. So an application that ignores SIGCHLD or reaps
 * every child neither notices the helper nor disturbs it. Both children use
 * syscall() alone: glibc's setgroups, setresgid and setresuid would wait for
 * the application's threads, which are not in the child. */
#include "pam_module/pam_module.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/ioprio.h>
#include <linux/keyctl.h>
#include <linux/sched.h>
#include <pwd.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CHILD_FD_FIRST 4     /* lowest number of sock and null */
#define CPU_WORDS 128        /* 8192 processors; a larger cpuset is cut */
#define TIMER_SLACK_NS 50000 /* the kernel's default */
#define ALARM_MARGIN_S 5     /* of both children, after the deadline */
#define LIMITS_ENOUGH                                                          \
	" (LimitNOFILE 64, LimitFSIZE 64M, LimitNPROC 8192 are enough)"

/* For a large buffer that is filled before it is read: -ftrivial-auto-var-init
 * would zero it at each login. */
#ifdef __has_attribute
#if __has_attribute(uninitialized)
#define UNINITIALIZED __attribute__((uninitialized))
#endif
#endif
#ifndef UNINITIALIZED
#define UNINITIALIZED
#endif

/* Exit statuses of the intermediate if the helper did not run; 127 is the
 * dynamic loader's. */
enum child_exit {
	CHILD_EXIT_EXEC = 123,   /* execve failed */
	CHILD_EXIT_NPROC = 124,  /* execve: too many processes of the user */
	CHILD_EXIT_SETUP = 125,  /* descriptors, limits, signals */
	CHILD_EXIT_DROP = 126,   /* privileges could not be dropped */
	CHILD_EXIT_LOADER = 127, /* a shared library is missing */
};

struct child_plan {
	const char *path; /* of the helper */
	uid_t uid;
	gid_t gid;
	bool of_caller;    /* a user runs this program, such as su or sudo */
	int sock;          /* the helper's end of the pair */
	int null;          /* /dev/null, open for both */
	unsigned alarm_s;  /* lifetime of both children */
	unsigned fd_bound; /* end of closing, on kernels before 5.9 */
	struct rlimit64 limits[RLIM_NLIMITS];
};

/* True with the capability to raise a limit of sudo's caller or of the
 * service's unit; in a user namespace the kernel refuses nevertheless. */
static bool
may_raise_limits(void)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct have[2] = { { 0 } };

	return syscall(SYS_capget, &head, have) == 0 &&
	    (have[CAP_TO_INDEX(CAP_SYS_RESOURCE)].effective &
		CAP_TO_MASK(CAP_SYS_RESOURCE)) != 0;
}

/* Fills limits and fd_bound from this process's own limits. Returns NULL, or
 * the name of one that is too low for the helper and may not be raised. */
static const char *
child_plan_limits(struct child_plan *plan)
{
	const uint64_t bound_min = 4096, bound_max = 1 << 20;
	const bool may_raise = may_raise_limits();

	for (unsigned i = 0; i < RLIM_NLIMITS; i++) {
		struct rlimit64 now;
		uint64_t value = helper_limits[i].most;

		if (syscall(SYS_prlimit64, 0, i, NULL, &now) != 0)
			return helper_limits[i].name;
		if (i == RLIMIT_NOFILE)
			plan->fd_bound =
			    (unsigned)(now.rlim_max < bound_min ? bound_min
				    : now.rlim_max > bound_max  ? bound_max
								: now.rlim_max);
		if (now.rlim_max < value)
			value = now.rlim_max;
		if (value < helper_limits[i].least && !may_raise)
			return helper_limits[i].name;
		plan->limits[i] = (struct rlimit64){ value, value };
	}
	return NULL;
}

static _Noreturn void
leave(int status)
{
	for (;;)
		(void)syscall(SYS_exit_group, status);
}

static void
close_from(const struct child_plan *plan, unsigned first)
{
	if (syscall(SYS_close_range, first, ~0u, 0) == 0)
		return;
	for (unsigned fd = first; fd < plan->fd_bound; fd++)
		(void)syscall(SYS_close, fd);
}

/* /dev/null on 0 to 2, the socket on 3 and nothing else. Both were above 3, so
 * neither overwrites the other, and dup3 clears close-on-exec. */
static bool
spawn_arrange_fds(const struct child_plan *plan)
{
	for (int fd = 0; fd < 3; fd++) {
		if (syscall(SYS_dup3, plan->null, fd, 0) < 0)
			return false;
	}
	if (syscall(SYS_dup3, plan->sock, 3, 0) < 0)
		return false;
	close_from(plan, 4);
	return true;
}

static void
signals_unblock(void)
{
	const uint64_t none = 0;

	(void)syscall(
	    SYS_rt_sigprocmask, SIG_SETMASK, &none, NULL, SIGNAL_COUNT / 8);
}

/* Discards blocked signals for the application's process group, such as Ctrl-Z,
 * from before this process left it: they would stop or end it. */
static void
signals_drain(void)
{
	const uint64_t all = ~UINT64_C(0);
	const struct timespec at_once = { 0 };

	while (syscall(SYS_rt_sigtimedwait, &all, NULL, &at_once,
		   SIGNAL_COUNT / 8) > 0)
		;
}

/* Joins a new session keyring of this process's user. If the helper's user has
 * too many keys, root's new one stays, which is not the caller's either. */
static void
keyring_new(void)
{
	(void)syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL);
}

static void
zero_write(const char *path)
{
	const long fd = syscall(
	    SYS_openat, AT_FDCWD, path, O_WRONLY | O_CLOEXEC | O_NOCTTY);

	if (fd >= 0) {
		(void)syscall(SYS_write, fd, "0", 1);
		(void)syscall(SYS_close, fd);
	}
}

/* Resets what sudo's caller could have set to starve the helper while it holds
 * the state's lock, or to have it killed first for memory. Failures are
 * ignored: a container may refuse some, and logins must work there too. The
 * scheduling policy comes before nice, which SCHED_IDLE ignores, and before the
 * slack, which a real-time policy leaves at 0. */
static void
scheduling_reset(void)
{
	const int priority = 0; /* struct sched_param */
	uint64_t cpus[CPU_WORDS];

	for (int i = 0; i < CPU_WORDS; i++)
		cpus[i] = ~UINT64_C(0);
	(void)syscall(SYS_sched_setscheduler, 0, SCHED_NORMAL, &priority);
	(void)syscall(SYS_setpriority, PRIO_PROCESS, 0, 0);
	(void)syscall(SYS_sched_setaffinity, 0, sizeof(cpus), cpus);
	(void)syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0,
	    IOPRIO_PRIO_VALUE(IOPRIO_CLASS_NONE, 0));
	(void)prctl(PR_SET_TIMERSLACK, TIMER_SLACK_NS, 0, 0, 0);
	zero_write("/proc/self/oom_score_adj");
	keyring_new();
}

/* Sets the limit to the helper's maximum if that may be raised, else to have.
 */
static bool
spawn_set_limit(unsigned i, const struct rlimit64 *have)
{
	const uint64_t most = helper_limits[i].most;
	const struct rlimit64 raised = { most, most };

	if (have->rlim_max < most &&
	    syscall(SYS_prlimit64, 0, i, &raised, NULL) == 0)
		return true;
	return have->rlim_max >= helper_limits[i].least &&
	    syscall(SYS_prlimit64, 0, i, have, NULL) == 0;
}

/* Halves the limit of processes. The kernel counts all of user twofa together:
 * those that users begin by su and sudo leave as many to root's services. */
static bool
spawn_halve_processes(void)
{
	struct rlimit64 limit;

	if (syscall(SYS_prlimit64, 0, RLIMIT_NPROC, NULL, &limit) != 0)
		return false;
	limit.rlim_max /= 2;
	limit.rlim_cur = limit.rlim_max;
	return syscall(SYS_prlimit64, 0, RLIMIT_NPROC, &limit, NULL) == 0;
}

static _Noreturn void
helper_run(const struct child_plan *plan, long parent)
{
	static const char *const argv[] = { "twofa-helper", NULL };
	static const char *const envp[] = { NULL };

	for (unsigned i = 0; i < RLIM_NLIMITS; i++)
		if (!spawn_set_limit(i, &plan->limits[i]))
			leave(CHILD_EXIT_SETUP);
	if (plan->of_caller && !spawn_halve_processes())
		leave(CHILD_EXIT_SETUP);
	(void)alarm(plan->alarm_s);
	/* The helper is killed with the intermediate; getppid() detects one
	 * that has exited before. The helper sets PDEATHSIG again, as execve()
	 * into another domain of AppArmor or SELinux clears it. */
	if (!helper_start_drop_privileges(plan->uid, plan->gid) ||
	    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 ||
	    syscall(SYS_getppid) != parent ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		leave(CHILD_EXIT_DROP);
	keyring_new();
	signals_unblock();
	(void)syscall(SYS_execve, plan->path, argv, envp);
	leave(errno == EAGAIN ? CHILD_EXIT_NPROC : CHILD_EXIT_EXEC);
}

/* Runs in the intermediate, with all signals blocked: starts the helper, waits
 * for it and exits with its status, 128 + n for a signal. */
static _Noreturn void
intermediate_run(const struct child_plan *plan)
{
	const long self = syscall(SYS_getpid);
	int status = 0;
	long pid;

	/* under su and sudo the real uid is the caller's, who could stop this
	 * process by a signal */
	if (syscall(SYS_setresuid, 0, 0, 0) != 0)
		leave(CHILD_EXIT_DROP);
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 ||
	    !spawn_arrange_fds(plan) || syscall(SYS_setsid) < 0 ||
	    syscall(SYS_chdir, "/") != 0)
		leave(CHILD_EXIT_SETUP);
	/* a user could freeze their cgroup, or give it no CPU */
	if (plan->of_caller)
		zero_write("/sys/fs/cgroup/cgroup.procs");
	scheduling_reset(); /* the helper inherits it */
	(void)syscall(SYS_umask, 077);
	signals_drain();
	helper_start_reset_signals();
	(void)alarm(plan->alarm_s);
	pid = syscall(SYS_clone, (unsigned long)SIGCHLD, NULL, NULL, NULL, 0UL);
	if (pid == 0)
		helper_run(plan, self);
	/* an open copy of the socket would hide the helper's exit */
	close_from(plan, 0);
	signals_unblock();
	if (pid < 0)
		leave(CHILD_EXIT_SETUP);
	while (syscall(SYS_wait4, pid, &status, 0, NULL) != pid) {
		if (errno != EINTR)
			leave(CHILD_EXIT_SETUP);
	}
	leave(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

struct words {
	const char *what;
	const char *remedy; /* followed by the path of the part */
};

static struct words
fault_words(enum helper_path_fault fault, bool last)
{
	static const struct words folder[HELPER_PATH_FIT] = {
		[HELPER_PATH_LINK] = { "a symbolic link",
		    "give helper= the file's real path instead of" },
		[HELPER_PATH_KIND] = { "not a directory",
		    "correct helper= where it names" },
		[HELPER_PATH_OWNER] = { "not owned by root",
		    "run: chown root:root" },
		[HELPER_PATH_OTHERS] = { "writable by others",
		    "run: chmod go-w" },
		[HELPER_PATH_GROUP] = { "writable by its group",
		    "run: chmod go-w" },
		[HELPER_PATH_CLOSED] = { "closed to user twofa",
		    "run: chmod a+x" },
	};

	if (last && fault == HELPER_PATH_KIND)
		return (struct words){ "not a regular file",
			"install twofa-helper as" };
	return last && fault == HELPER_PATH_CLOSED
	    ? (struct words){ "not executable by user twofa",
		      "run: chmod 0711" }
	    : folder[fault];
}

static void
fault_log(const char *path, const struct helper_path *at,
    enum helper_path_fault fault)
{
	const struct words words = fault_words(fault, at->last);

	if (fault == HELPER_PATH_FORM)
		module_log_problem(
		    "helper %.64s: not an absolute path of less than "
		    "%d bytes; correct helper=",
		    path, PATH_MAX);
	else if (fault == HELPER_PATH_UNSEEN)
		module_log_problem(
		    "helper %s: %s: %s; install twofa-helper there or "
		    "correct helper=",
		    path, at->part, strerror(at->error));
	else if (at->last)
		module_log_problem("helper %s: %s; %s %s", path, words.what,
		    words.remedy, at->part);
	else
		module_log_problem("helper %s: folder %s is %s; %s %s", path,
		    at->part, words.what, words.remedy, at->part);
}

/* Checks path by helper_path_check(). Returns REASON_NONE, or the reason for
 * the log line, after logging cause and remedy. */
static enum reason
spawn_check_path(const char *path, gid_t gid)
{
	struct helper_path at;
	const enum helper_path_fault fault = helper_path_check(&at, path, &gid);

	if (fault == HELPER_PATH_FIT)
		return REASON_NONE;
	fault_log(path, &at, fault);
	return fault == HELPER_PATH_UNSEEN && at.error == ENOENT
	    ? REASON_HELPER_MISSING
	    : REASON_HELPER_PATH;
}

static enum reason
spawn_find_user(struct child_plan *plan)
{
	char buf[16384] UNINITIALIZED;
	struct passwd pw, *found = NULL;
	const int error =
	    getpwnam_r(HELPER_USER, &pw, buf, sizeof(buf), &found);

	if (found == NULL && error != 0) {
		module_log_problem(
		    "user " HELPER_USER ": cannot be looked up: %s; "
		    "repair the name service, or free memory and "
		    "descriptors of this service",
		    strerror(error));
		return REASON_HELPER_USER;
	}
	if (found == NULL) {
		module_log_problem("user " HELPER_USER
				   ": no such user; run: " HELPER_USER_ADD);
		return REASON_HELPER_USER;
	}
	if (pw.pw_uid == 0 || pw.pw_gid == 0) {
		module_log_problem(
		    "user " HELPER_USER ": has uid %u and gid %u, "
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
spawn_open_fds(struct spawn *s, struct child_plan *plan)
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

/* Signals are blocked during the clone: no handler of the application may run
 * in the child. The raw call also blocks the two that glibc reserves. */
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
		intermediate_run(plan);
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
	struct child_plan plan = {
		.path = path, .of_caller = getuid() != 0, .sock = -1, .null = -1
	};
	enum reason reason = spawn_find_user(&plan);
	const char *limit;

	s->path = path;
	plan.alarm_s = (unsigned)((deadline_ms + 999) / 1000) + ALARM_MARGIN_S;
	if (reason == REASON_NONE)
		reason = spawn_check_path(path, plan.gid);
	if (reason != REASON_NONE)
		return reason;
	limit = child_plan_limits(&plan);
	if (limit != NULL) {
		module_log_problem(
		    "resource limit %s of this service is too low for "
		    "the helper; raise its hard limit" LIMITS_ENOUGH,
		    limit);
		return REASON_RESOURCE_LIMIT;
	}
	if (spawn_open_fds(s, &plan) != 0 ||
	    intermediate_start(s, &plan) != 0) {
		module_log_problem(
		    "helper %s: cannot be started: %s; free memory, "
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
		what = "killed by that signal less 128; reinstall it";
	module_log_problem("helper %s: exit status %d: %s%s", s->path, status,
	    what, status == CHILD_EXIT_LOADER ? s->path : "");
}

int
spawn_finish(struct spawn *s, int64_t until)
{
	struct pollfd ended = { .fd = s->pidfd, .events = POLLIN };
	siginfo_t info = { 0 };
	int status = SPAWN_STATUS_UNKNOWN;

	if (s->sock >= 0)
		(void)close(s->sock);
	if (s->pidfd >= 0) {
		/* kill() where pidfds cannot signal; the pid is not reused, as
		 * it was not reaped */
		if (frame_poll(&ended, 1, until) != 1 &&
		    syscall(SYS_pidfd_send_signal, s->pidfd, SIGKILL, NULL,
			0) != 0 &&
		    errno == ENOSYS)
			(void)kill(s->pid, SIGKILL);
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
