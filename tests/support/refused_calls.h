/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Each call that the filter refuses, with arguments that it refuses, for those
 * who make them for real behind it: a test that is shut in, a helper that was
 * taken over.
 */
#ifndef TWOFA_TEST_REFUSED_CALLS_H
#define TWOFA_TEST_REFUSED_CALLS_H

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#define FIOSETOWN_ 0x8901
#define SIOCSPGRP_ 0x8902

static char *const a_program[] = { (char[]){ "/bin/false" }, NULL };

#define CALL(call, ...)                                                        \
	{                                                                      \
#call, SYS_##call, { __VA_ARGS__ }, EPERM, true                \
	}
#define QUIET(call, error, ...)                                                \
	{                                                                      \
#call, SYS_##call, { __VA_ARGS__ }, error, false               \
	}
#define TEXT(s) (long)(s)

static const struct refused_call {
	const char *name;
	long number, args[6];
	int error;
	bool noted;
} refused_calls[] = {
	CALL(execve, TEXT("/bin/false"), TEXT(a_program), 0),
	CALL(execveat, AT_FDCWD, TEXT("/bin/false"), TEXT(a_program), 0, 0),
#ifdef SYS_fork
	CALL(fork, 0), CALL(vfork, 0),
#endif
	QUIET(clone, EPERM, SIGCHLD, 0, 0, 0, 0), QUIET(clone3, ENOSYS, 0, 0),
	CALL(prctl, PR_SET_PDEATHSIG, 0, 0, 0, 0),
	CALL(prctl, PR_SET_DUMPABLE, 1, 0, 0, 0),
	CALL(timer_settime, 0, 0, 0, 0), CALL(timer_delete, 0),
	CALL(ptrace, PTRACE_TRACEME, 0, 0, 0),
	CALL(process_vm_readv, 1, 0, 0, 0, 0, 0),
	CALL(process_vm_writev, 1, 0, 0, 0, 0, 0),
	CALL(process_madvise, -1, 0, 0, 0, 0), CALL(process_mrelease, -1, 0),
	CALL(pidfd_getfd, -1, 0, 0), CALL(perf_event_open, 0, 0, -1, -1, 0),
	CALL(kill, 0, SIGWINCH), CALL(tkill, 1, SIGWINCH),
	QUIET(tgkill, EPERM, 1, 1, SIGWINCH),
	CALL(rt_sigqueueinfo, 1, SIGWINCH, 0),
	CALL(rt_tgsigqueueinfo, 1, 1, SIGWINCH, 0),
	CALL(pidfd_send_signal, -1, SIGWINCH, 0, 0),
	CALL(fcntl, 0, F_SETOWN, 1), CALL(fcntl, 0, F_SETSIG, SIGKILL),
	CALL(fcntl, 0, F_SETOWN_EX, 0), CALL(ioctl, 0, FIOSETOWN_, 0),
	CALL(ioctl, 0, SIOCSPGRP_, 0), CALL(prlimit64, 1, RLIMIT_NOFILE, 0, 0),
	CALL(sched_setparam, 1, 0), CALL(sched_setscheduler, 1, 0, 0),
	CALL(sched_setaffinity, 1, 0, 0), CALL(sched_setattr, 1, 0, 0),
	CALL(setpriority, PRIO_PROCESS, 1, 19),
	CALL(setpriority, PRIO_PGRP, 0, 19),
	CALL(setpriority, PRIO_USER, 0, 19), CALL(ioprio_set, 1, 1, 0),
	CALL(ioprio_set, 2, 0, 0), CALL(keyctl, 0, -3, 0, 0, 0),
	CALL(add_key, 0, 0, 0, 0, 0), CALL(request_key, 0, 0, 0, 0),
	CALL(bpf, 0, 0, 0), CALL(io_uring_setup, 1, 0),
	CALL(io_uring_enter, -1, 0, 0, 0, 0, 0),
	CALL(io_uring_register, -1, 0, 0, 0), CALL(userfaultfd, 0),
	CALL(mount, 0, 0, 0, 0, 0), CALL(umount2, 0, 0), CALL(pivot_root, 0, 0),
	CALL(open_tree, -1, 0, 0), CALL(move_mount, -1, 0, -1, 0, 0),
	CALL(fsopen, 0, 0), CALL(mount_setattr, -1, 0, 0, 0, 0),
	CALL(unshare, 0x10000000), /* CLONE_NEWUSER */
	CALL(setns, -1, 0),
#ifdef SYS_chmod
	CALL(chmod, TEXT("/"), 0755),
#endif
	CALL(fchmodat, AT_FDCWD, TEXT("/"), 0755),
	{ "fchmodat2", 452, { AT_FDCWD, TEXT("/"), 0755 }, EPERM, true },
	CALL(setxattr, TEXT("/"), TEXT("user.x"), TEXT("x"), 1, 0),
	CALL(lsetxattr, TEXT("/"), TEXT("user.x"), TEXT("x"), 1, 0),
	{ "setxattrat", 463, { AT_FDCWD, TEXT("/"), 0, 0, 0, 0 }, EPERM, true },
	{ "file_setattr", 469, { AT_FDCWD, TEXT("/"), 0, 0, 0 }, EPERM, true },
	CALL(truncate, TEXT("/no/such"), 0), CALL(memfd_create, TEXT("x"), 0),
	{ "memfd_secret", 447, { 0 }, EPERM, true },
	CALL(vmsplice, -1, 0, 0, 0),
	CALL(mmap, 0, 4096, PROT_READ, MAP_SHARED | MAP_ANONYMOUS, -1, 0),
	CALL(shmget, IPC_PRIVATE, 4096, 0600),
	CALL(semget, IPC_PRIVATE, 1, 0600), CALL(msgget, IPC_PRIVATE, 0600),
	CALL(mq_open, TEXT("twofa"), O_CREAT | O_RDWR, 0600, 0),
	CALL(setsockopt, -1, SOL_SOCKET, SO_LINGER),
	CALL(setsockopt, -1, SOL_SOCKET, SO_ZEROCOPY),
	CALL(socket, AF_UNSPEC, SOCK_DGRAM, 0),
	CALL(socket, 17, SOCK_RAW, 0),           /* AF_PACKET */
	CALL(socket, 38, SOCK_SEQPACKET, 0),     /* AF_ALG */
	CALL(socket, 40, SOCK_STREAM, 0),        /* AF_VSOCK */
	CALL(socketpair, 30, SOCK_STREAM, 0, 0), /* AF_TIPC */
};

#undef CALL
#undef QUIET
#undef TEXT

#endif
