/* SPDX-License-Identifier: BSD-2-Clause */
/* Limits, signal actions and privileges of a helper, and the check of its path:
 * from / downwards, so that each part is checked once only root can still
 * replace it. */
#include "lib/wire/wire.h"

#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MIB (UINT64_C(1) << 20)

/* DATA and AS stay unlimited: they count address space, and sanitizers take
 * terabytes of it. */
const struct helper_limit helper_limits[RLIM_NLIMITS] = {
	[RLIMIT_CPU] = { "CPU", 300, 1 },
	[RLIMIT_FSIZE] = { "FSIZE", 64 * MIB, 16 * MIB },
	[RLIMIT_DATA] = { "DATA", RLIM64_INFINITY, 0 },
	[RLIMIT_STACK] = { "STACK", 8 * MIB, 0 },
	[RLIMIT_CORE] = { "CORE", 0, 0 },
	[RLIMIT_RSS] = { "RSS", RLIM64_INFINITY, 0 },
	/* for all processes of the uid; a helper has a few threads */
	[RLIMIT_NPROC] = { "NPROC", 8192, 16 },
	[RLIMIT_NOFILE] = { "NOFILE", 64, 32 },
	[RLIMIT_MEMLOCK] = { "MEMLOCK", 64 << 10, 0 },
	[RLIMIT_AS] = { "AS", RLIM64_INFINITY, 0 },
	[RLIMIT_LOCKS] = { "LOCKS", RLIM64_INFINITY, 0 },
	[RLIMIT_SIGPENDING] = { "SIGPENDING", 8192, 0 }, /* as NPROC */
	[RLIMIT_MSGQUEUE] = { "MSGQUEUE", 0, 0 },
	[RLIMIT_NICE] = { "NICE", 0, 0 },
	[RLIMIT_RTPRIO] = { "RTPRIO", 0, 0 },
	[RLIMIT_RTTIME] = { "RTTIME", RLIM64_INFINITY, 0 },
};

/* Not glibc's sigaction(), which refuses two signals. A zeroed kernel struct
 * means SIG_DFL. */
void
helper_start_reset_signals(void)
{
	static const char action[64];

	for (int sig = 1; sig <= SIGNAL_COUNT; sig++)
		(void)syscall(
		    SYS_rt_sigaction, sig, action, NULL, SIGNAL_COUNT / 8);
}

bool
helper_start_drop_privileges(uid_t uid, gid_t gid)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	const struct __user_cap_data_struct none[2] = { { 0 } };
	uid_t uids[3];
	gid_t gids[3];

	if (syscall(SYS_setgroups, 0, NULL) != 0 ||
	    syscall(SYS_setresgid, gid, gid, gid) != 0 ||
	    syscall(SYS_setresuid, uid, uid, uid) != 0 ||
	    syscall(SYS_capset, &head, none) != 0)
		return false;
	if (syscall(SYS_getresuid, &uids[0], &uids[1], &uids[2]) != 0 ||
	    syscall(SYS_getresgid, &gids[0], &gids[1], &gids[2]) != 0 ||
	    syscall(SYS_getgroups, 0, NULL) != 0)
		return false;
	for (int i = 0; i < 3; i++) {
		if (uids[i] != uid || gids[i] != gid)
			return false;
	}
	return syscall(SYS_setuid, 0) != 0 && syscall(SYS_setgid, 0) != 0 &&
	    syscall(SYS_setresuid, -1, 0, -1) != 0;
}

static enum helper_path_fault
mode_fault(const struct stat *st, bool last, const gid_t *gid)
{
	if (S_ISLNK(st->st_mode))
		return HELPER_PATH_LINK;
	if (last ? !S_ISREG(st->st_mode) : !S_ISDIR(st->st_mode))
		return HELPER_PATH_KIND;
	if (st->st_uid != 0)
		return HELPER_PATH_OWNER;
	if (st->st_mode & S_IWOTH)
		return HELPER_PATH_OTHERS;
	/* also for root's group: the bit may come from an ACL entry */
	if (st->st_mode & S_IWGRP)
		return HELPER_PATH_GROUP;
	if (gid != NULL &&
	    !(st->st_mode & (st->st_gid == *gid ? S_IXGRP : S_IXOTH)))
		return HELPER_PATH_CLOSED;
	return HELPER_PATH_FIT;
}

/* Checks the first len bytes of path. */
static enum helper_path_fault
part_fault(struct helper_path *at, const char *path, size_t len, bool last,
    const gid_t *gid)
{
	struct stat st;

	memcpy(at->part, path, len);
	at->part[len] = '\0';
	at->last = last;
	if (lstat(at->part, &st) != 0) {
		at->error = errno;
		return HELPER_PATH_UNSEEN;
	}
	return mode_fault(&st, last, gid);
}

enum helper_path_fault
helper_path_check(struct helper_path *at, const char *path, const gid_t *gid)
{
	const size_t all = strlen(path);
	enum helper_path_fault fault;

	at->part[0] = '\0';
	at->last = false;
	at->error = 0;
	if (path[0] != '/' || all < 2 || all >= sizeof(at->part))
		return HELPER_PATH_FORM;
	fault = part_fault(at, path, 1, false, gid);
	for (size_t i = 1; fault == HELPER_PATH_FIT && i <= all; i++) {
		if (path[i] == '/' || path[i] == '\0')
			fault = part_fault(at, path, i, i == all, gid);
	}
	return fault;
}
