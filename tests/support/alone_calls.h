/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Calls that only the filter of a process that is alone refuses, for those who
 * make them for real behind it: a test that is shut in, a copy that was taken
 * over. Each of them would do something without it, or fail otherwise.
 */
#ifndef TWOFA_TEST_ALONE_CALLS_H
#define TWOFA_TEST_ALONE_CALLS_H

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>

/* Where a socket would be, were it reached. */
static const struct sockaddr_un alone_log = { .sun_family = AF_UNIX,
	.sun_path = "/dev/log" };
/* Room for what is answered. */
static char alone_room[4096] __attribute__((aligned(4096)));

#define CALL(call, ...)                                                        \
	{                                                                      \
#call, SYS_##call,                                             \
		{                                                              \
			__VA_ARGS__                                            \
		}                                                              \
	}
#define TEXT(s) (long)(s)
#define ROOM (long)alone_room
#define EXECUTED (PROT_READ | PROT_EXEC)

static const struct alone_call {
	const char *name;
	long number, args[6];
} alone_calls[] = {
	/* files by their paths */
	CALL(openat, AT_FDCWD, TEXT("/"), O_RDONLY | O_CLOEXEC),
	CALL(openat, AT_FDCWD, TEXT("/"), O_PATH | O_CLOEXEC),
	CALL(openat2, AT_FDCWD, TEXT("/"), ROOM, 24),
	CALL(open_by_handle_at, AT_FDCWD, ROOM, O_RDONLY),
	CALL(name_to_handle_at, AT_FDCWD, TEXT("/"), ROOM, ROOM, 0),
	CALL(newfstatat, AT_FDCWD, TEXT("/"), ROOM, 0),
	CALL(statx, AT_FDCWD, TEXT("/"), 0, 0, ROOM),
	CALL(faccessat, AT_FDCWD, TEXT("/"), 0),
	CALL(readlinkat, AT_FDCWD, TEXT("/proc/self"), ROOM, 100),
	CALL(getdents64, 0, ROOM, 100),
	CALL(chdir, TEXT("/")),
	CALL(mkdirat, AT_FDCWD, TEXT("/no/such"), 0700),
	CALL(unlinkat, AT_FDCWD, TEXT("/no/such"), 0),
	CALL(renameat2, AT_FDCWD, TEXT("/no/such"), AT_FDCWD, TEXT("/no/to")),
	CALL(linkat, AT_FDCWD, TEXT("/no/such"), AT_FDCWD, TEXT("/no/to")),
	CALL(symlinkat, TEXT("/no/such"), AT_FDCWD, TEXT("/no/to")),
	CALL(truncate, TEXT("/no/such"), 0),
	CALL(fchownat, AT_FDCWD, TEXT("/no/such"), 0, 0, 0),
	CALL(utimensat, AT_FDCWD, TEXT("/no/such"), 0, 0),
	CALL(getxattr, TEXT("/"), TEXT("user.x"), ROOM, 1),
	CALL(statfs, TEXT("/"), ROOM),
#ifdef SYS_open
	CALL(open, TEXT("/"), O_RDONLY | O_CLOEXEC),
	CALL(stat, TEXT("/"), ROOM),
	CALL(access, TEXT("/"), 0),
	CALL(unlink, TEXT("/no/such")),
	CALL(creat, TEXT("/no/such"), 0600),
	CALL(rename, TEXT("/no/such"), TEXT("/no/to")),
#endif

	/* sockets, and descriptors of other kinds */
	CALL(socket, AF_UNIX, SOCK_DGRAM, 0),
	CALL(socket, AF_INET, SOCK_STREAM, 0),
	CALL(socketpair, AF_UNIX, SOCK_STREAM, 0, ROOM),
	CALL(connect, 0, TEXT(&alone_log), sizeof(alone_log)),
	CALL(bind, 0, TEXT(&alone_log), sizeof(alone_log)),
	CALL(listen, 0, 1),
	CALL(accept4, 0, 0, 0, 0),
	CALL(sendmsg, 0, ROOM, 0),
	CALL(sendmmsg, 0, ROOM, 1, 0),
	CALL(recvmmsg, 0, ROOM, 1, 0, 0),
	CALL(sendto, 0, ROOM, 1, 0, TEXT(&alone_log), sizeof(alone_log)),
	CALL(setsockopt, 0, SOL_SOCKET, SO_SNDBUF, ROOM, 4),
	CALL(getpeername, 0, ROOM, ROOM),
	CALL(pipe2, ROOM, 0),
	CALL(dup3, 0, 1, 0),
	CALL(fcntl, 0, F_GETFD),
	CALL(fcntl, 0, F_DUPFD, 9),
	CALL(ioctl, 0, 0x541b, ROOM),
	CALL(epoll_create1, 0),
	CALL(eventfd2, 0, 0),
	CALL(signalfd4, -1, ROOM, 8, 0),
	CALL(timerfd_create, 1, 0),
	CALL(inotify_init1, 0),
	CALL(memfd_create, TEXT("x"), 0),
	CALL(pidfd_open, 1, 0),
	CALL(splice, 0, 0, 1, 0, 1, 0),
	CALL(sendfile, 1, 0, 0, 1),
	CALL(read, 0, ROOM, 0),
	CALL(write, 1, ROOM, 0),
	CALL(readv, 0, ROOM, 0),
	CALL(writev, 1, ROOM, 0),
	CALL(close_range, 90, 91, 0),

	/* memory that can be executed, or is another's, too */
	CALL(mmap, 0, 4096, PROT_READ, MAP_SHARED, 0, 0),
	CALL(mmap, 0, 4096, EXECUTED, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
	CALL(mprotect, ROOM, 4096, EXECUTED),
	CALL(pkey_mprotect, ROOM, 4096, PROT_READ, -1),
	CALL(remap_file_pages, ROOM, 4096, 0, 0, 0),
	CALL(shmat, 0, 0, 0),
	CALL(mlock, ROOM, 1),
	CALL(futex, ROOM, FUTEX_WAIT, 1, 0),
	CALL(process_vm_readv, 1, 0, 0, 0, 0, 0),

	/* other processes, and what this one is */
	CALL(kill, 0, 0),
	CALL(wait4, -1, 0, 1, 0),
	CALL(getppid, 0),
	CALL(prctl, PR_GET_DUMPABLE),
	CALL(prctl, PR_SET_NAME, TEXT("x")),
	CALL(seccomp, 1, 0, 0),
	CALL(setsid, 0),
	CALL(setuid, 0),
	CALL(uname, 0),
	CALL(prlimit64, 0, 7, 0, 0),
	CALL(setpriority, 0, 0, 19),
	CALL(sched_setaffinity, 0, 0, 0),
	CALL(personality, 0xffffffff),
	CALL(rt_sigaction, SIGUSR1, 0, 0, 8),
	CALL(timer_create, 1, 0, 0),
	CALL(setitimer, 0, 0, 0),
	CALL(nanosleep, 0, 0),
#ifdef SYS_alarm
	CALL(alarm, 0),
	CALL(arch_prctl, 0x1003, ROOM),
#endif
	CALL(unshare, 0),
	CALL(chroot, TEXT("/")),
	CALL(sync, 0),
	{ "call 511", 511, { 0 } },
};

#undef CALL
#undef TEXT
#undef ROOM
#undef EXECUTED

#endif
