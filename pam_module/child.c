/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The two children: an intermediate process that only waits, and the one that
 * becomes the helper. Both use syscall() alone, because glibc's setgroups,
 * setresgid and setresuid wait for threads that do not exist here.
 */
#include "pam_module/child.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/ioprio.h>
#include <linux/keyctl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/wire/wire.h"

#define CPU_WORDS 128        /* 8192 processors; a larger cpuset is cut */
#define TIMER_SLACK_NS 50000 /* as the kernel's first process has */

/* A limit of sudo's caller, or of the service's unit, can be raised. In a user
 * namespace the kernel refuses it all the same. */
static bool
may_raise(void)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct have[2] = { { 0 } };

	return syscall(SYS_capget, &head, have) == 0 &&
	    (have[CAP_TO_INDEX(CAP_SYS_RESOURCE)].effective &
		CAP_TO_MASK(CAP_SYS_RESOURCE)) != 0;
}

const char *
child_plan_limits(struct child_plan *plan)
{
	const uint64_t bound_min = 4096, bound_max = 1 << 20;
	const bool raises = may_raise();

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
		if (value < helper_limits[i].least && !raises)
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

/* /dev/null on 0 to 2, the socket on 3 and nothing else. Both come from above
 * 3, so that none overwrites another and dup3 leaves no close-on-exec. */
static bool
fds_arrange(const struct child_plan *plan)
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
	    SYS_rt_sigprocmask, SIG_SETMASK, &none, NULL, SIGNALS / 8);
}

/* Signals for the application's process group, such as Ctrl-Z, may have come
 * before this process left it. They are blocked and waiting, and would stop or
 * end it. */
static void
signals_drain(void)
{
	const uint64_t all = ~UINT64_C(0);
	const struct timespec at_once = { 0 };

	while (
	    syscall(SYS_rt_sigtimedwait, &all, NULL, &at_once, SIGNALS / 8) > 0)
		;
}

static void
oom_score_reset(void)
{
	const long fd = syscall(SYS_openat, AT_FDCWD,
	    "/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return;
	(void)syscall(SYS_write, fd, "0", 1);
	(void)syscall(SYS_close, fd);
}

/* An empty session keyring for this process's user. If the helper's user has
 * too many keys already, root's new one stays: that is still not the
 * caller's. */
static void
keyring_new(void)
{
	(void)syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL);
}

/* Undo what sudo's caller chose for all later processes: it could keep the
 * helper from a processor while it holds the state's lock, or make it the first
 * process to be killed for memory. Failures are ignored: a container may refuse
 * one of these, and logins must work there too, at the caller's own speed. The
 * policy comes before nice, which means nothing in SCHED_IDLE, and before the
 * slack, which a real-time policy leaves at 0. */
static void
standing_reset(void)
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
	oom_score_reset();
	keyring_new();
}

/* The most that a helper gets, else what this process has of it. */
static bool
limit_set(unsigned i, const struct rlimit64 *have)
{
	const uint64_t most = helper_limits[i].most;
	const struct rlimit64 raised = { most, most };

	if (have->rlim_max < most &&
	    syscall(SYS_prlimit64, 0, i, &raised, NULL) == 0)
		return true;
	return have->rlim_max >= helper_limits[i].least &&
	    syscall(SYS_prlimit64, 0, i, have, NULL) == 0;
}

static bool
limits_set(const struct child_plan *plan)
{
	for (unsigned i = 0; i < RLIM_NLIMITS; i++) {
		if (!limit_set(i, &plan->limits[i]))
			return false;
	}
	return true;
}

/* Give up groups, gid, uid and capabilities for good. */
static bool
privileges_drop(const struct child_plan *plan)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	const struct __user_cap_data_struct none[2] = { { 0 } };
	uid_t uid[3];
	gid_t gid[3];

	if (syscall(SYS_setgroups, 0, NULL) != 0 ||
	    syscall(SYS_setresgid, plan->gid, plan->gid, plan->gid) != 0 ||
	    syscall(SYS_setresuid, plan->uid, plan->uid, plan->uid) != 0 ||
	    syscall(SYS_capset, &head, none) != 0)
		return false;
	if (syscall(SYS_getresuid, &uid[0], &uid[1], &uid[2]) != 0 ||
	    syscall(SYS_getresgid, &gid[0], &gid[1], &gid[2]) != 0 ||
	    syscall(SYS_getgroups, 0, NULL) != 0)
		return false;
	for (int i = 0; i < 3; i++) {
		if (uid[i] != plan->uid || gid[i] != plan->gid)
			return false;
	}
	return syscall(SYS_setuid, 0) != 0 && syscall(SYS_setgid, 0) != 0 &&
	    syscall(SYS_setresuid, -1, 0, -1) != 0;
}

/* The helper dies with the intermediate, even if that is gone already. It does
 * so again by itself: execve into another domain of AppArmor or SELinux undoes
 * this. It knows its parent by the session, which is the intermediate's. */
static bool
death_tied(long parent)
{
	return prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0 &&
	    syscall(SYS_getppid) == parent;
}

static _Noreturn void
helper_run(const struct child_plan *plan, long parent)
{
	static const char *const argv[] = { "twofa-helper", NULL };
	static const char *const envp[] = { NULL };

	if (!limits_set(plan))
		leave(CHILD_EXIT_SETUP);
	(void)alarm(plan->alarm_s);
	if (!privileges_drop(plan) || !death_tied(parent) ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		leave(CHILD_EXIT_DROP);
	keyring_new();
	signals_unblock();
	(void)syscall(SYS_execve, plan->path, argv, envp);
	leave(errno == EAGAIN ? CHILD_EXIT_NPROC : CHILD_EXIT_EXEC);
}

_Noreturn void
child_run(const struct child_plan *plan)
{
	const long self = syscall(SYS_getpid);
	int status = 0;
	long pid;

	/* Under su and sudo the real uid is the caller's: he could stop this
	 * process with a signal and leave it behind. */
	if (syscall(SYS_setresuid, 0, 0, 0) != 0)
		leave(CHILD_EXIT_DROP);
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 || !fds_arrange(plan) ||
	    syscall(SYS_setsid) < 0 || syscall(SYS_chdir, "/") != 0)
		leave(CHILD_EXIT_SETUP);
	standing_reset(); /* the helper inherits it */
	(void)syscall(SYS_umask, 077);
	signals_drain();
	signal_actions_default();
	(void)alarm(plan->alarm_s);
	pid = syscall(SYS_clone, (unsigned long)SIGCHLD, NULL, NULL, NULL, 0UL);
	if (pid == 0)
		helper_run(plan, self);
	/* A copy of the socket kept here would hide the helper's end. */
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
