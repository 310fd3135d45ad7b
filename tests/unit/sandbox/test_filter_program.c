/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the filter of system calls decides, for each number there is and on both
 * architectures: its program is run here as the kernel runs it. The numbers and
 * the cases are written a second time, from the kernel's tables.
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
#include <string.h>

#include "tests/support/unit_tests.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define NOTED SECCOMP_RET_TRAP
#define EPERM_ALONE (SECCOMP_RET_ERRNO | EPERM)
#define NUMBERS 1024
#define ALL_ARGS 6
#define OTHER_HALF (UINT64_C(1) << 32)
#define X32 0x40000000

static const struct {
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
	{ "shmget", 29, 194, NOTED },
	{ "semget", 64, 190, NOTED },
	{ "msgget", 68, 186, NOTED },
	{ "mq_open", 240, 180, NOTED },
	{ "socket", 41, 198, 0 },
	{ "socketpair", 53, 199, 0 },
};

/* The kernel reads 32 bits of commands and flags: what stands above must not
 * hide one that is refused. */
static const struct {
	const char *name;
	uint64_t args[ALL_ARGS];
	uint32_t answer; /* 0: allowed */
} cases[] = {
	{ "clone", { 0x3d0f00 }, 0 }, /* a thread of glibc's */
	{ "clone", { 0x1200011 }, EPERM_ALONE },
	{ "clone", { 0x4111 }, EPERM_ALONE }, { "clone", { 0 }, EPERM_ALONE },
	{ "clone", { 0x1000000000011 }, EPERM_ALONE }, { "kill", { 77, 0 }, 0 },
	{ "kill", { 77, 9 }, NOTED }, { "kill", { 77, OTHER_HALF | 9 }, NOTED },
	{ "tkill", { 77, 0 }, 0 }, { "tkill", { 77, 15 }, NOTED },
	{ "tgkill", { 77, 77, 0 }, 0 },
	{ "tgkill", { 77, 77, 6 }, EPERM_ALONE },
	{ "rt_sigqueueinfo", { 77, 0 }, 0 },
	{ "rt_sigqueueinfo", { 77, 9 }, NOTED },
	{ "rt_tgsigqueueinfo", { 77, 77, 0 }, 0 },
	{ "rt_tgsigqueueinfo", { 77, 77, 9 }, NOTED },
	{ "pidfd_send_signal", { 4, 0 }, 0 },
	{ "pidfd_send_signal", { 4, 9 }, NOTED }, { "prctl", { 1, 0 }, NOTED },
	{ "prctl", { OTHER_HALF | 1, 0 }, NOTED },
	{ "prctl", { 2, 0 }, 0 }, /* PR_GET_PDEATHSIG */
	{ "prctl", { 3 }, 0 },    /* PR_GET_DUMPABLE */
	{ "prctl", { 4, 1 }, NOTED }, { "prctl", { OTHER_HALF | 4, 1 }, NOTED },
	{ "prctl", { 15, 0 }, 0 }, /* PR_SET_NAME */
	{ "timer_settime", { 0 }, NOTED }, { "timer_settime", { 1 }, 0 },
	{ "timer_settime", { OTHER_HALF }, NOTED },
	{ "timer_delete", { 0 }, NOTED }, { "timer_delete", { 1 }, 0 },
	{ "timer_delete", { OTHER_HALF }, NOTED },
	{ "fcntl", { 3, 2, 1 }, 0 }, /* F_SETFD */
	{ "fcntl", { 3, 6, 1 }, 0 }, /* F_SETLK */
	{ "fcntl", { 3, 7, 1 }, 0 }, /* F_SETLKW */
	{ "fcntl", { 3, 9 }, 0 },    /* F_GETOWN */
	{ "fcntl", { 3, 8, 77 }, NOTED }, { "fcntl", { 3, 10, 9 }, NOTED },
	{ "fcntl", { 3, 15, 77 }, NOTED },
	{ "fcntl", { 3, OTHER_HALF | 8, 77 }, NOTED },
	{ "fcntl", { 3, OTHER_HALF | 10, 9 }, NOTED },
	{ "fcntl", { 3, OTHER_HALF | 15, 77 }, NOTED },
	{ "fcntl", { 3, 1030, 4 }, 0 }, /* F_DUPFD_CLOEXEC */
	{ "ioctl", { 3, 0x5421 }, 0 },  /* FIONBIO */
	{ "ioctl", { 3, 0x541b }, 0 },  /* FIONREAD */
	{ "ioctl", { 3, 0x8901 }, NOTED }, { "ioctl", { 3, 0x8902 }, NOTED },
	{ "ioctl", { 3, OTHER_HALF | 0x8901 }, NOTED },
	{ "ioctl", { 3, OTHER_HALF | 0x8902 }, NOTED },
	{ "prlimit64", { 0, 7 }, 0 }, { "prlimit64", { 77, 7 }, NOTED },
	{ "sched_setparam", { 0 }, 0 }, { "sched_setparam", { 77 }, NOTED },
	{ "sched_setscheduler", { 0 }, 0 },
	{ "sched_setscheduler", { 77 }, NOTED },
	{ "sched_setaffinity", { 0 }, 0 },
	{ "sched_setaffinity", { 77 }, NOTED }, { "sched_setattr", { 0 }, 0 },
	{ "sched_setattr", { 77 }, NOTED }, { "setpriority", { 0, 0, 5 }, 0 },
	{ "setpriority", { 0, 77, 5 }, NOTED },
	{ "setpriority", { 1, 0, 5 }, NOTED }, /* PRIO_PGRP */
	{ "setpriority", { 2, 0, 5 }, NOTED }, /* PRIO_USER */
	{ "setpriority", { 2, 77, 5 }, NOTED },
	{ "ioprio_set", { 1, 0, 5 }, 0 }, { "ioprio_set", { 1, 77, 5 }, NOTED },
	{ "ioprio_set", { 2, 0, 5 }, NOTED },
	{ "ioprio_set", { 3, 0, 5 }, NOTED },
	{ "ioprio_set", { 0, 0, 5 }, NOTED }, { "socketpair", { 1, 1 }, 0 },
	{ "socketpair", { 30, 1 }, NOTED }, /* AF_TIPC */
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

static int
number_of(const struct sandbox_program *p, size_t i)
{
	return p == &sandbox_x86_64 ? calls[i].x86_64 : calls[i].arm64;
}

static size_t
find(const char *name)
{
	for (size_t i = 0; i < COUNT(calls); i++)
		if (strcmp(calls[i].name, name) == 0)
			return i;
	fail_msg("no call %s", name);
	return 0;
}

static const struct sandbox_program *const programs[] = { &sandbox_x86_64,
	&sandbox_arm64 };

/* What is refused whatever its arguments are, and nothing beside. */
static void
each_number(void **state)
{
	static const uint64_t args[][ALL_ARGS] = { { 0 }, { 1, 1, 1, 1, 1, 1 },
		{ UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX,
		    UINT64_MAX } };

	(void)state;
	for (size_t p = 0; p < COUNT(programs); p++)
		for (int number = 0; number < NUMBERS; number++) {
			uint32_t want = SECCOMP_RET_ALLOW;

			for (size_t i = 0; i < COUNT(calls); i++)
				if (number_of(programs[p], i) == number)
					want = calls[i].answer;
			for (size_t i = 0; i < COUNT(args) && want != 0; i++)
				if (answer(programs[p], number, args[i]) !=
				    want)
					fail_msg(
					    "program %zu, call %d", p, number);
		}
}

static void
each_case(void **state)
{
	(void)state;
	for (size_t p = 0; p < COUNT(programs); p++)
		for (size_t i = 0; i < COUNT(cases); i++) {
			const uint32_t want = cases[i].answer != 0
			    ? cases[i].answer
			    : SECCOMP_RET_ALLOW;

			if (answer(programs[p],
				number_of(programs[p], find(cases[i].name)),
				cases[i].args) != want)
				fail_msg("program %zu, case %zu: %s", p, i,
				    cases[i].name);
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
	for (size_t p = 0; p < COUNT(programs); p++)
		for (uint64_t family = 0; family < 256; family++) {
			const int number =
			    number_of(programs[p], find("socket"));
			const uint64_t plain[ALL_ARGS] = { family },
				       above[ALL_ARGS] = { OTHER_HALF |
					       family };

			assert_int_equal(answer(programs[p], number, plain),
			    family_is_allowed(family) ? SECCOMP_RET_ALLOW
						      : NOTED);
			if (!family_is_allowed(family))
				assert_int_equal(
				    answer(programs[p], number, above), NOTED);
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
		for (size_t i = 0; i < COUNT(foreign); i++)
			for (int number = 0; number < NUMBERS; number++) {
				const struct seccomp_data data = { .nr = number,
					.arch = foreign[i] };

				if (foreign[i] != programs[p]->arch)
					assert_int_equal(
					    decide(programs[p], &data), NOTED);
			}
	for (int number = 0; number < NUMBERS; number++)
		assert_int_equal(
		    answer(&sandbox_x86_64, X32 | number, none), NOTED);
}

/* The handler finds a name for each. */
static void
names(void **state)
{
	(void)state;
	for (size_t p = 0; p < COUNT(programs); p++) {
		size_t known = 0;

		for (size_t i = 0; i < COUNT(calls); i++)
			known += number_of(programs[p], i) >= 0;
		assert_int_equal(programs[p]->count, known);
		for (size_t i = 0; i < known; i++)
			assert_int_equal(programs[p]->calls[i].number,
			    number_of(
				programs[p], find(programs[p]->calls[i].name)));
	}
}

UNIT_TESTS(test_filter_program)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_number),
		cmocka_unit_test(each_case),
		cmocka_unit_test(each_family),
		cmocka_unit_test(other_numbers),
		cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
