/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the filters of system calls decide, for each number there is and on both
 * architectures: their programs are run here as the kernel runs them. The
 * numbers and the cases are written a second time, from the kernel's tables.
 */
#include "helper/sandbox/sandbox_inside.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "tests/support/unit_tests.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define NOTED SECCOMP_RET_TRAP
#define EPERM_ALONE (SECCOMP_RET_ERRNO | EPERM)
#define LET SECCOMP_RET_ALLOW
#define NUMBERS 1024
#define ALL_ARGS 6
#define OTHER_HALF (UINT64_C(1) << 32)
#define X32 0x40000000

static const struct call {
	const char *name;
	int x86_64, arm64;
	uint32_t answer; /* 0: by its arguments */
} calls[] = {
	{ "execve", 59, 221, NOTED },
	{ "execveat", 322, 281, NOTED },
	{ "fork", 57, -1, NOTED },
	{ "vfork", 58, -1, NOTED },
	{ "clone", 56, 220, 0 },
	{ "clone3", 435, 435, SECCOMP_RET_ERRNO | ENOSYS },
	{ "prctl", 157, 167, 0 },
	{ "timer_settime", 223, 110, 0 },
	{ "timer_delete", 226, 111, 0 },
	{ "ptrace", 101, 117, NOTED },
	{ "process_vm_readv", 310, 270, NOTED },
	{ "process_vm_writev", 311, 271, NOTED },
	{ "process_madvise", 440, 440, NOTED },
	{ "process_mrelease", 448, 448, NOTED },
	{ "pidfd_getfd", 438, 438, NOTED },
	{ "perf_event_open", 298, 241, NOTED },
	{ "kill", 62, 129, 0 },
	{ "tkill", 200, 130, 0 },
	{ "tgkill", 234, 131, 0 },
	{ "rt_sigqueueinfo", 129, 138, 0 },
	{ "rt_tgsigqueueinfo", 297, 240, 0 },
	{ "pidfd_send_signal", 424, 424, 0 },
	{ "fcntl", 72, 25, 0 },
	{ "ioctl", 16, 29, 0 },
	{ "prlimit64", 302, 261, 0 },
	{ "sched_setparam", 142, 118, 0 },
	{ "sched_setscheduler", 144, 119, 0 },
	{ "sched_setaffinity", 203, 122, 0 },
	{ "sched_setattr", 314, 274, 0 },
	{ "setpriority", 141, 140, 0 },
	{ "ioprio_set", 251, 30, 0 },
	{ "keyctl", 250, 219, NOTED },
	{ "add_key", 248, 217, NOTED },
	{ "request_key", 249, 218, NOTED },
	{ "bpf", 321, 280, NOTED },
	{ "io_uring_setup", 425, 425, NOTED },
	{ "io_uring_enter", 426, 426, NOTED },
	{ "io_uring_register", 427, 427, NOTED },
	{ "userfaultfd", 323, 282, NOTED },
	{ "mount", 165, 40, NOTED },
	{ "umount2", 166, 39, NOTED },
	{ "pivot_root", 155, 41, NOTED },
	{ "open_tree", 428, 428, NOTED },
	{ "move_mount", 429, 429, NOTED },
	{ "fsopen", 430, 430, NOTED },
	{ "mount_setattr", 442, 442, NOTED },
	{ "unshare", 272, 97, NOTED },
	{ "setns", 308, 268, NOTED },
	{ "chmod", 90, -1, NOTED },
	{ "fchmodat", 268, 53, NOTED },
	{ "fchmodat2", 452, 452, NOTED },
	{ "setxattr", 188, 5, NOTED },
	{ "lsetxattr", 189, 6, NOTED },
	{ "truncate", 76, 45, NOTED },
	{ "setxattrat", 463, 463, NOTED },
	{ "file_setattr", 469, 469, NOTED },
	{ "memfd_create", 319, 279, NOTED },
	{ "memfd_secret", 447, 447, NOTED },
	{ "vmsplice", 278, 75, NOTED },
	{ "mmap", 9, 222, 0 },
	{ "shmget", 29, 194, NOTED },
	{ "semget", 64, 190, NOTED },
	{ "msgget", 68, 186, NOTED },
	{ "mq_open", 240, 180, NOTED },
	{ "socket", 41, 198, 0 },
	{ "socketpair", 53, 199, 0 },
	{ "setsockopt", 54, 208, 0 },
};

/* What a process may that is alone. */
static const struct call allowed[] = {
	{ "poll", 7, -1, LET },
	{ "ppoll", 271, 73, LET },
	{ "recvfrom", 45, 207, LET },
	{ "recvmsg", 47, 212, LET },
	{ "sendto", 44, 206, 0 },
	{ "setsockopt", 54, 208, 0 },
	{ "shutdown", 48, 210, LET },
	{ "dup", 32, 23, LET },
	{ "pread64", 17, 67, LET },
	{ "pwrite64", 18, 68, LET },
	{ "ftruncate", 77, 46, LET },
	{ "close", 3, 57, LET },
	{ "brk", 12, 214, LET },
	{ "mmap", 9, 222, 0 },
	{ "mprotect", 10, 226, 0 },
	{ "mremap", 25, 216, LET },
	{ "munmap", 11, 215, LET },
	{ "madvise", 28, 233, LET },
	{ "futex", 202, 98, 0 },
	{ "getrandom", 318, 278, LET },
	{ "clock_gettime", 228, 113, LET },
	{ "gettimeofday", 96, 169, LET },
	{ "time", 201, -1, LET },
	{ "getpid", 39, 172, LET },
	{ "gettid", 186, 178, LET },
	{ "rt_sigprocmask", 14, 135, LET },
	{ "rt_sigreturn", 15, 139, LET },
	{ "restart_syscall", 219, 128, LET },
	{ "exit_group", 231, 94, LET },
	{ "clone", 56, 220, EPERM_ALONE },
	{ "clone3", 435, 435, SECCOMP_RET_ERRNO | ENOSYS },
	{ "tgkill", 234, 131, EPERM_ALONE },
};

/* The kernel reads 32 bits of commands and flags: what stands above must not
 * hide one that is refused. */
static const struct argument_case {
	const char *name;
	uint64_t args[ALL_ARGS];
	uint32_t answer; /* 0: allowed */
} cases[] = {
	{ "clone", { 0x3d0f00 }, 0 }, /* a thread of glibc's */
	{ "clone", { 0x1200011 }, EPERM_ALONE },
	{ "clone", { 0x4111 }, EPERM_ALONE },
	{ "clone", { 0 }, EPERM_ALONE },
	{ "clone", { 0x1000000000011 }, EPERM_ALONE },
	{ "kill", { 77, 0 }, 0 },
	{ "kill", { 77, 9 }, NOTED },
	{ "kill", { 77, OTHER_HALF | 9 }, NOTED },
	{ "tkill", { 77, 0 }, 0 },
	{ "tkill", { 77, 15 }, NOTED },
	{ "tgkill", { 77, 77, 0 }, 0 },
	{ "tgkill", { 77, 77, 6 }, EPERM_ALONE },
	{ "rt_sigqueueinfo", { 77, 0 }, 0 },
	{ "rt_sigqueueinfo", { 77, 9 }, NOTED },
	{ "rt_tgsigqueueinfo", { 77, 77, 0 }, 0 },
	{ "rt_tgsigqueueinfo", { 77, 77, 9 }, NOTED },
	{ "pidfd_send_signal", { 4, 0 }, 0 },
	{ "pidfd_send_signal", { 4, 9 }, NOTED },
	{ "prctl", { 1, 0 }, NOTED },
	{ "prctl", { OTHER_HALF | 1, 0 }, NOTED },
	{ "prctl", { 2, 0 }, 0 }, /* PR_GET_PDEATHSIG */
	{ "prctl", { 3 }, 0 },    /* PR_GET_DUMPABLE */
	{ "prctl", { 4, 1 }, NOTED },
	{ "prctl", { OTHER_HALF | 4, 1 }, NOTED },
	{ "prctl", { 15, 0 }, 0 }, /* PR_SET_NAME */
	{ "timer_settime", { 0 }, NOTED },
	{ "timer_settime", { 1 }, 0 },
	{ "timer_settime", { OTHER_HALF }, NOTED },
	{ "timer_delete", { 0 }, NOTED },
	{ "timer_delete", { 1 }, 0 },
	{ "timer_delete", { OTHER_HALF }, NOTED },
	{ "setsockopt", { 3, 1, 2 }, 0 },  /* SO_REUSEADDR */
	{ "setsockopt", { 3, 6, 13 }, 0 }, /* TCP_CONGESTION */
	{ "setsockopt", { 3, 1, 13 }, NOTED },
	{ "setsockopt", { 3, OTHER_HALF | 1, 13 }, NOTED },
	{ "setsockopt", { 3, 1, 60 }, NOTED }, /* SO_ZEROCOPY */
	{ "fcntl", { 3, 2, 1 }, 0 },           /* F_SETFD */
	{ "fcntl", { 3, 6, 1 }, 0 },           /* F_SETLK */
	{ "fcntl", { 3, 7, 1 }, 0 },           /* F_SETLKW */
	{ "fcntl", { 3, 9 }, 0 },              /* F_GETOWN */
	{ "fcntl", { 3, 8, 77 }, NOTED },
	{ "fcntl", { 3, 10, 9 }, NOTED },
	{ "fcntl", { 3, 15, 77 }, NOTED },
	{ "fcntl", { 3, OTHER_HALF | 8, 77 }, NOTED },
	{ "fcntl", { 3, OTHER_HALF | 10, 9 }, NOTED },
	{ "fcntl", { 3, OTHER_HALF | 15, 77 }, NOTED },
	{ "fcntl", { 3, 1030, 4 }, 0 }, /* F_DUPFD_CLOEXEC */
	{ "ioctl", { 3, 0x5421 }, 0 },  /* FIONBIO */
	{ "ioctl", { 3, 0x541b }, 0 },  /* FIONREAD */
	{ "ioctl", { 3, 0x8901 }, NOTED },
	{ "ioctl", { 3, 0x8902 }, NOTED },
	{ "ioctl", { 3, OTHER_HALF | 0x8901 }, NOTED },
	{ "ioctl", { 3, OTHER_HALF | 0x8902 }, NOTED },
	{ "prlimit64", { 0, 7 }, 0 },
	{ "prlimit64", { 77, 7 }, NOTED },
	{ "sched_setparam", { 0 }, 0 },
	{ "sched_setparam", { 77 }, NOTED },
	{ "sched_setscheduler", { 0 }, 0 },
	{ "sched_setscheduler", { 77 }, NOTED },
	{ "sched_setaffinity", { 0 }, 0 },
	{ "sched_setaffinity", { 77 }, NOTED },
	{ "sched_setattr", { 0 }, 0 },
	{ "sched_setattr", { 77 }, NOTED },
	{ "setpriority", { 0, 0, 5 }, 0 },
	{ "setpriority", { 0, 77, 5 }, NOTED },
	{ "setpriority", { 1, 0, 5 }, NOTED }, /* PRIO_PGRP */
	{ "setpriority", { 2, 0, 5 }, NOTED }, /* PRIO_USER */
	{ "setpriority", { 2, 77, 5 }, NOTED },
	{ "ioprio_set", { 1, 0, 5 }, 0 },
	{ "ioprio_set", { 1, 77, 5 }, NOTED },
	{ "ioprio_set", { 2, 0, 5 }, NOTED },
	{ "ioprio_set", { 3, 0, 5 }, NOTED },
	{ "ioprio_set", { 0, 0, 5 }, NOTED },
	{ "socketpair", { 1, 1 }, 0 },
	{ "socketpair", { 30, 1 }, NOTED }, /* AF_TIPC */
	{ "mmap", { 0, 9, 3, 0x22 }, 0 },
	{ "mmap", { 0, 9, 3, 0x1 }, 0 }, /* the index of SQLite's log */
	{ "mmap", { 0, 9, 3, 0x21 }, NOTED },
	{ "mmap", { 0, 9, 3, 0x23 }, NOTED }, /* MAP_SHARED_VALIDATE */
	{ "mmap", { 0, 9, 3, 0x8021 }, NOTED },
	{ "mmap", { 0, 9, 3, OTHER_HALF | 0x21 }, NOTED },
};

static const struct call unlogged[] = {
	{ "socket", 41, 198, 0 },
	{ "socketpair", 53, 199, 0 },
	{ "epoll_create", 213, -1, EPERM_ALONE },
	{ "epoll_create1", 291, 20, EPERM_ALONE },
	{ "inotify_init", 253, -1, EPERM_ALONE },
	{ "inotify_init1", 294, 26, EPERM_ALONE },
	{ "timer_create", 222, 107, EPERM_ALONE },
};

static const struct argument_case unlogged_cases[] = {
	{ "socket", { 1, 2 }, NOTED },
	{ "socket", { 1, 3 }, NOTED }, /* AF_UNIX makes SOCK_DGRAM of it */
	{ "socket", { 1, 0x80802 }, NOTED },
	{ "socket", { 1, 0x80803 }, NOTED },
	{ "socket", { OTHER_HALF | 1, OTHER_HALF | 2 }, NOTED },
	{ "socket", { 1, 1 }, 0 },
	{ "socket", { 1, 0x80801 }, 0 },
	{ "socket", { 1, 5 }, 0 },
	{ "socket", { 2, 2 }, 0 },        /* names are asked so */
	{ "socket", { 10, 0x80802 }, 0 }, /* and so */
	{ "socket", { 16, 3 }, 0 },       /* AF_NETLINK */
	{ "socketpair", { 1, 1 }, 0 },
	{ "socketpair", { 1, 0x80805 }, 0 },
	{ "socketpair", { 1, 2 }, NOTED },
	{ "socketpair", { 1, 0x80803 }, NOTED },
};

static const struct call unconnected[] = { { "socket", 41, 198, 0 } };

static const struct argument_case unconnected_cases[] = {
	{ "socket", { 1, 1 }, EPERM_ALONE },
	{ "socket", { 1, 0x80805 }, EPERM_ALONE },
	{ "socket", { OTHER_HALF | 1, 1 }, EPERM_ALONE },
	{ "socket", { 2, 1 }, 0 },
	{ "socket", { 10, 2 }, 0 },
	{ "socket", { 16, 3 }, 0 },
};

static const struct argument_case allowed_cases[] = {
	{ "sendto", { 3, 1, 9, 0x4040, 0, 0 }, 0 },
	{ "sendto", { 3, 1, 9, 0x4040, 0, 16 }, 0 },
	{ "sendto", { 3, 1, 9, 0x4040, 1, 16 }, NOTED },
	{ "sendto", { 3, 1, 9, 0x4040, OTHER_HALF, 16 }, NOTED },
	{ "setsockopt", { 3, 1, 16, 1, 4 }, 0 },      /* SO_PASSCRED */
	{ "setsockopt", { 3, 1, 26, 1, 16 }, NOTED }, /* SO_ATTACH_FILTER */
	{ "setsockopt", { 3, 1, 50, 1, 4 }, NOTED },  /* SO_ATTACH_BPF */
	{ "setsockopt", { 3, 1, 0, 1, 4 }, NOTED },
	{ "setsockopt", { 3, 1, OTHER_HALF | 50, 1, 4 }, NOTED },
	{ "mmap", { 0, 9, 0, 0x22 }, 0 },
	{ "mmap", { 0, 9, 3, 0x22 }, 0 },
	{ "mmap", { 0, 9, 4, 0x22 }, NOTED },
	{ "mmap", { 0, 9, 5, 0x22 }, NOTED },
	{ "mmap", { 0, 9, 7, 0x22 }, NOTED },
	{ "mmap", { 0, 9, OTHER_HALF | 4, 0x22 }, NOTED },
	{ "mmap", { 0, 9, 3, 0x1 }, NOTED },
	{ "mmap", { 0, 9, 3, 0x21 }, NOTED },
	{ "mmap", { 0, 9, 3, OTHER_HALF | 0x21 }, NOTED },
	{ "mprotect", { 9, 9, 1 }, 0 },
	{ "mprotect", { 9, 9, 3 }, 0 },
	{ "mprotect", { 9, 9, 5 }, NOTED },
	{ "mprotect", { 9, 9, 7 }, NOTED },
	{ "mprotect", { 9, 9, OTHER_HALF | 7 }, NOTED },
	{ "futex", { 9, 129 }, 0 },          /* FUTEX_WAKE_PRIVATE */
	{ "futex", { 9, 0 }, NOTED },        /* FUTEX_WAIT */
	{ "futex", { 9, 1 }, NOTED },        /* FUTEX_WAKE */
	{ "futex", { 9, 128 }, NOTED },      /* FUTEX_WAIT_PRIVATE */
	{ "futex", { 9, 6 }, NOTED },        /* FUTEX_LOCK_PI */
	{ "futex", { 9, 128 + 12 }, NOTED }, /* FUTEX_CMP_REQUEUE_PI */
	{ "futex", { 9, OTHER_HALF | 6 }, NOTED },
};

static uint32_t
load(const struct seccomp_data *data, uint32_t at)
{
	uint32_t word;

	assert_true(at % sizeof(word) == 0);
	assert_true(at + sizeof(word) <= sizeof(*data));
	memcpy(&word, (const char *)data + at, sizeof(word));
	return word;
}

static bool
holds(unsigned code, uint32_t a, uint32_t k)
{
	switch (code) {
	case BPF_JMP | BPF_JEQ | BPF_K:
		return a == k;
	case BPF_JMP | BPF_JGT | BPF_K:
		return a > k;
	case BPF_JMP | BPF_JGE | BPF_K:
		return a >= k;
	case BPF_JMP | BPF_JSET | BPF_K:
		return (a & k) != 0;
	}
	fail_msg("an instruction 0x%02x", code);
	return false;
}

/* The program's answer. */
static uint32_t
decide(const struct sandbox_program *p, const struct seccomp_data *data)
{
	uint32_t a = 0;

	for (size_t at = 0; at < p->length; at++) {
		const struct sock_filter *i = &p->code[at];

		switch (i->code) {
		case BPF_RET | BPF_K:
			return i->k &
			    ~(i->k >> 16 == NOTED >> 16 ? 0xffffu : 0);
		case BPF_LD | BPF_W | BPF_ABS:
			a = load(data, i->k);
			break;
		case BPF_ALU | BPF_AND | BPF_K:
			a &= i->k;
			break;
		case BPF_JMP | BPF_JA:
			at += i->k;
			break;
		default:
			at += holds(i->code, a, i->k) ? i->jt : i->jf;
			break;
		}
	}
	fail_msg("the program has no end");
	return 0;
}

static uint32_t
answer(const struct sandbox_program *p, int number, const uint64_t *args)
{
	struct seccomp_data data = { .nr = number, .arch = p->arch };

	for (size_t i = 0; i < ALL_ARGS; i++)
		data.args[i] = args[i];
	return decide(p, &data);
}

/* Each program, and what it is expected to do. */
static const struct expected {
	const struct sandbox_program *p;
	bool x86_64;
	uint32_t otherwise; /* the answer to calls that are not in the table */
	const struct call *call;
	size_t calls;
	const struct argument_case *cases;
	size_t case_count;
} programs[] = {
	{ &sandbox_x86_64, true, LET, calls, COUNT(calls), cases,
	    COUNT(cases) },
	{ &sandbox_arm64, false, LET, calls, COUNT(calls), cases,
	    COUNT(cases) },
	{ &sandbox_x86_64_alone, true, NOTED, allowed, COUNT(allowed),
	    allowed_cases, COUNT(allowed_cases) },
	{ &sandbox_arm64_alone, false, NOTED, allowed, COUNT(allowed),
	    allowed_cases, COUNT(allowed_cases) },
	{ &sandbox_x86_64_unlogged, true, LET, unlogged, COUNT(unlogged),
	    unlogged_cases, COUNT(unlogged_cases) },
	{ &sandbox_arm64_unlogged, false, LET, unlogged, COUNT(unlogged),
	    unlogged_cases, COUNT(unlogged_cases) },
	{ &sandbox_x86_64_unconnected, true, LET, unconnected, 1,
	    unconnected_cases, COUNT(unconnected_cases) },
	{ &sandbox_arm64_unconnected, false, LET, unconnected, 1,
	    unconnected_cases, COUNT(unconnected_cases) },
};
#define REFUSING 2 /* of them, from the first on */

static int
number_of(const struct expected *e, size_t i)
{
	return e->x86_64 ? e->call[i].x86_64 : e->call[i].arm64;
}

static size_t
find(const struct expected *e, const char *name)
{
	for (size_t i = 0; i < e->calls; i++)
		if (strcmp(e->call[i].name, name) == 0)
			return i;
	fail_msg("no call %s", name);
	return 0;
}

/* What libseccomp may not know can be refused where it is built alone. */
static bool
is_elsewhere(const struct expected *e, int number)
{
#if defined(__x86_64__)
	const bool here = e->x86_64;
#else
	const bool here = !e->x86_64;
#endif

	return !here && (number == 463 || number == 469);
}

/* What is answered whatever the arguments are, and nothing beside. */
static void
each_number(void **state)
{
	static const uint64_t args[][ALL_ARGS] = { { 0 }, { 1, 1, 1, 1, 1, 1 },
		{ UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX,
		    UINT64_MAX } };

	(void)state;
	for (const struct expected *e = programs;
	     e < programs + COUNT(programs); e++)
		for (int number = 0; number < NUMBERS; number++) {
			uint32_t want = e->otherwise;

			for (size_t i = 0; i < e->calls; i++)
				if (number_of(e, i) == number)
					want = e->call[i].answer;
			for (size_t i = 0; i < COUNT(args) && want != 0; i++)
				if (answer(e->p, number, args[i]) != want &&
				    !is_elsewhere(e, number))
					fail_msg("program %d, call %d",
					    (int)(e - programs), number);
		}
}

static void
each_case(void **state)
{
	(void)state;
	for (const struct expected *e = programs;
	     e < programs + COUNT(programs); e++)
		for (size_t i = 0; i < e->case_count; i++) {
			const struct argument_case *c = &e->cases[i];

			if (answer(e->p, number_of(e, find(e, c->name)),
				c->args) != (c->answer != 0 ? c->answer : LET))
				fail_msg("program %d, case %zu: %s",
				    (int)(e - programs), i, c->name);
		}
}

static bool
family_is_allowed(uint64_t family)
{
	return family == 1 || family == 2 || family == 10 || family == 16;
}

static void
each_family(void **state)
{
	(void)state;
	for (size_t p = 0; p < REFUSING; p++)
		for (uint64_t family = 0; family < 256; family++) {
			const struct sandbox_program *of = programs[p].p;
			const int number = number_of(
			    &programs[p], find(&programs[p], "socket"));
			const uint64_t plain[ALL_ARGS] = { family },
				       above[ALL_ARGS] = { OTHER_HALF |
					       family };

			assert_int_equal(answer(of, number, plain),
			    family_is_allowed(family) ? LET : NOTED);
			if (!family_is_allowed(family))
				assert_int_equal(
				    answer(of, number, above), NOTED);
		}
}

/* Numbers of i386, x32 and 32-bit arm; none of them is allowed. */
static void
other_numbers(void **state)
{
	static const uint32_t foreign[] = { AUDIT_ARCH_I386, AUDIT_ARCH_ARM,
		AUDIT_ARCH_AARCH64, AUDIT_ARCH_X86_64 };
	const uint64_t none[ALL_ARGS] = { 0 };

	(void)state;
	for (size_t p = 0; p < COUNT(programs); p++)
		for (int number = 0; number < NUMBERS; number++) {
			for (size_t i = 0; i < COUNT(foreign); i++) {
				const struct seccomp_data data = { .nr = number,
					.arch = foreign[i] };

				if (foreign[i] != programs[p].p->arch)
					assert_int_equal(
					    decide(programs[p].p, &data),
					    NOTED);
			}
			if (programs[p].x86_64)
				assert_int_equal(
				    answer(programs[p].p, X32 | number, none),
				    NOTED);
		}
}

/* The handler finds a name for each. */
static void
names(void **state)
{
	(void)state;
	for (size_t p = 0; p < REFUSING; p++) {
		const struct sandbox_program *of = programs[p].p;
		size_t known = 0;

		for (size_t i = 0; i < COUNT(calls); i++)
			known += number_of(&programs[p], i) >= 0;
		assert_int_equal(of->count, known);
		for (size_t i = 0; i < known; i++)
			assert_int_equal(of->calls[i].number,
			    number_of(&programs[p],
				find(&programs[p], of->calls[i].name)));
	}
}

/* Also of what came after libseccomp: then it is the number. */
static void
all_names(void **state)
{
	char unknown[24];

	(void)state;
	for (size_t p = REFUSING; p < 2 * REFUSING; p++) {
		const struct sandbox_program *of = programs[p].p;
		const struct expected *refusing = &programs[p - REFUSING];

		assert_int_equal(of->count, SANDBOX_NUMBERS);
		for (size_t i = 0; i < of->count; i++)
			assert_int_equal(of->calls[i].number, i);
		for (size_t i = 0; i < refusing->calls; i++) {
			const int number = number_of(refusing, i);
			const char *name =
			    number < 0 ? "" : of->calls[number].name;

			snprintf(unknown, sizeof(unknown), "call %d", number);
			if (number >= 0 && strcmp(name, unknown) != 0)
				assert_string_equal(
				    name, refusing->call[i].name);
		}
		assert_string_equal(of->calls[511].name, "call 511");
	}
	assert_string_equal(sandbox_x86_64_alone.calls[257].name, "openat");
	assert_string_equal(sandbox_arm64_alone.calls[56].name, "openat");
}

UNIT_TESTS(test_filter_program)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_number),
		cmocka_unit_test(each_case),
		cmocka_unit_test(each_family),
		cmocka_unit_test(other_numbers),
		cmocka_unit_test(names),
		cmocka_unit_test(all_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
