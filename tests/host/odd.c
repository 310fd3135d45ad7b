/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a PAM application may have done to its own process before a login.
 */
#include "tests/host/odd.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <linux/securebits.h>
#include <locale.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define FDS_MOST 1000 /* descriptors that "fds all" opens */

_Noreturn void
odd_fail(const char *what)
{
	(void)dprintf(ODD_OUT, "host: %s: %s\n", what, strerror(errno));
	exit(3);
}

static void
thief(int sig)
{
	const int saved = errno;

	(void)sig;
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	errno = saved;
}

static void
sigchld_set(const char *how)
{
	struct sigaction action = { .sa_handler = thief };

	if (strcmp(how, "ignore") == 0)
		action.sa_handler = SIG_IGN;
	else if (strcmp(how, "nocldwait") == 0) {
		action.sa_handler = SIG_DFL;
		action.sa_flags = SA_NOCLDWAIT;
	}
	(void)sigaction(SIGCHLD, &action, NULL);
}

/* Reaps whatever it can. Without children it would spin: it sleeps a moment. */
static void *
reaper(void *wall)
{
	const struct timespec moment = { .tv_nsec = 1000000 };

	for (;;) {
		if (waitpid(-1, NULL, wall != NULL ? __WALL : 0) < 0)
			(void)nanosleep(&moment, NULL);
	}
	return NULL;
}

static void
thread_start(const char *how)
{
	static char wall;
	pthread_t thread;

	if (pthread_create(&thread, NULL, reaper,
		strcmp(how, "wall") == 0 ? &wall : NULL) != 0)
		odd_fail("pthread_create");
	(void)pthread_detach(thread);
}

static void
nosys_set(const char *yes)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		    offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_close_range, 2, 0),
		BPF_JUMP(
		    BPF_JMP | BPF_JEQ | BPF_K, SYS_pidfd_send_signal, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
	};
	struct sock_fprog program = { sizeof(code) / sizeof(code[0]), code };

	(void)yes;
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
		odd_fail("seccomp");
}

/* As in most containers: the limit stays what it is. */
static void
limit_set(__rlimit_resource_t which, const char *value)
{
	const rlim_t n = strtoul(value, NULL, 10);
	const struct rlimit limit = { n, n };
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct caps[2];

	if (setrlimit(which, &limit) != 0 ||
	    syscall(SYS_capget, &head, caps) != 0)
		odd_fail("setrlimit");
	caps[0].effective &= ~CAP_TO_MASK(CAP_SYS_RESOURCE);
	caps[0].permitted &= ~CAP_TO_MASK(CAP_SYS_RESOURCE);
	if (syscall(SYS_capset, &head, caps) != 0)
		odd_fail("capset");
}

static void
nofile_set(const char *value)
{
	limit_set(RLIMIT_NOFILE, value);
}

static void
fsize_set(const char *value)
{
	limit_set(RLIMIT_FSIZE, value);
}

static void
nproc_set(const char *value)
{
	limit_set(RLIMIT_NPROC, value);
}

static void
fds_set(const char *how)
{
	int fd = 0;

	if (strcmp(how, "closed") == 0) {
		for (; fd < 3; fd++)
			(void)close(fd);
		return;
	}
	if (strcmp(how, "high") == 0)
		fd = dup2(ODD_OUT, 300);
	while (strcmp(how, "all") == 0 && fd >= 0 && fd < FDS_MOST)
		fd = dup(ODD_OUT);
	if (fd < 0)
		odd_fail("dup");
}

static void
groups_set(const char *value)
{
	gid_t groups[32];
	size_t n = strtoul(value, NULL, 10);

	n = n > 32 ? 32 : n;
	for (size_t i = 0; i < n; i++)
		groups[i] = (gid_t)i + 1;
	if (setgroups(n, groups) != 0)
		odd_fail("setgroups");
}

static void
block_set(const char *which)
{
	sigset_t set;

	(void)sigemptyset(&set);
	if (strcmp(which, "sigchld") == 0) {
		(void)sigaddset(&set, SIGCHLD);
	} else {
		(void)sigaddset(&set, SIGINT);
		(void)sigaddset(&set, SIGQUIT);
	}
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
}

static void
umask_set(const char *value)
{
	(void)umask((mode_t)strtoul(value, NULL, 8));
}

static void
locale_set(const char *name)
{
	if (setlocale(LC_ALL, name) == NULL)
		odd_fail(name);
}

/* So many MiB in use, each page of them. */
static void
memory_use(const char *value)
{
	static char *kept;
	const size_t size = strtoul(value, NULL, 10) << 20;

	kept = malloc(size);
	if (kept == NULL)
		odd_fail("malloc");
	memset(kept, 1, size);
}

static void
real_uid_set(const char *value)
{
	if (setresuid((uid_t)strtoul(value, NULL, 10), 0, 0) != 0)
		odd_fail("setresuid");
}

/* Giving up root leaves the capabilities as they are. */
static void
capabilities_keep(const char *yes)
{
	(void)yes;
	if (prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0) != 0)
		odd_fail("securebits");
}

static pid_t host, pesterer;

static void
pestered(int sig)
{
	static const char text[] = "changed handler: it ran in a copy\n";

	(void)sig;
	if (syscall(SYS_getpid) != host)
		(void)!write(ODD_OUT, text, sizeof(text) - 1);
}

static void
pester_set(const char *yes)
{
	const struct sigaction action = { .sa_handler = pestered };

	(void)yes;
	host = getpid();
	(void)sigaction(SIGUSR1, &action, NULL);
}

void
odd_begin(void)
{
	const struct timespec moment = { .tv_nsec = 20000 };

	if (host == 0)
		return;
	pesterer = fork();
	if (pesterer < 0)
		odd_fail("fork");
	if (pesterer > 0)
		return;
	(void)signal(SIGUSR1, SIG_IGN);
	while (getppid() == host) {
		(void)kill(0, SIGUSR1);
		(void)nanosleep(&moment, NULL);
	}
	_exit(0);
}

void
odd_end(void)
{
	if (pesterer == 0)
		return;
	(void)kill(pesterer, SIGKILL);
	while (waitpid(pesterer, NULL, 0) < 0 && errno == EINTR)
		;
}

static void
uid_set(const char *value)
{
	const uid_t uid = (uid_t)strtoul(value, NULL, 10);

	if (setresuid(uid, uid, uid) != 0)
		odd_fail("setresuid");
}

bool
odd_option(const char *name, const char *value)
{
	static const struct {
		const char *name;
		void (*set)(const char *value);
	} options[] = {
		{ "sigchld", sigchld_set },
		{ "thread", thread_start },
		{ "fds", fds_set },
		{ "block", block_set },
		{ "umask", umask_set },
		{ "locale", locale_set },
		{ "memory", memory_use },
		{ "nosys", nosys_set },
		{ "nofile", nofile_set },
		{ "fsize", fsize_set },
		{ "nproc", nproc_set },
		{ "groups", groups_set },
		{ "ruid", real_uid_set },
		{ "euid", uid_set },
		{ "keepcaps", capabilities_keep },
		{ "pester", pester_set },
	};

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		if (strcmp(name, options[i].name) == 0) {
			options[i].set(value);
			return true;
		}
	}
	return false;
}
