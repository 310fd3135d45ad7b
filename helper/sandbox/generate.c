/* SPDX-License-Identifier: BSD-2-Clause */
/* A build tool: turns the lists of refused and of allowed calls into BPF
 * programs and writes them to standard output as C. The helper is linked with
 * the result, not with libseccomp. */
#include "helper/sandbox/sandbox.h"

#include <errno.h>
#include <linux/futex.h>
#include <sched.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "helper/sandbox/sandbox_inside.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define LOW 0xffffffffu /* for arguments of which the kernel reads 32 bits */
#define LAST_FAMILY 16  /* AF_NETLINK */
#define BINARY_TREE 2
#define DGRAM_OR_RAW 0xe /* bits of a socket's type; equal in both */

/* NOTED calls go to the handler in refused_calls.c. QUIET is for two calls that
 * glibc makes while it blocks all signals, as a blocked SIGSYS would end the
 * process and deny the login; and for those that the first list has not. */
#define NOTED SCMP_ACT_TRAP
#define QUIET SCMP_ACT_ERRNO(EPERM)
#define MISSING SCMP_ACT_ERRNO(ENOSYS)

#define WHEN(call, act, n, how, a, b)                                          \
	{                                                                      \
		.name = (call), .action = (act), .args = 1,                    \
		.arg = { { .arg = (n),                                         \
		    .op = (how),                                               \
		    .datum_a = (a),                                            \
		    .datum_b = (b) } }                                         \
	}
/* nr: for calls that an older libseccomp does not know; else 0. */
#define WHOLE(call, act, nr)                                                   \
	{                                                                      \
		.name = (call), .action = (act), .number = (nr)                \
	}
#define ALWAYS(call) WHOLE(call, NOTED, 0)
#define NEWER(call, nr) WHOLE(call, NOTED, nr)
#define UNLESS(call, n, value) WHEN(call, NOTED, n, SCMP_CMP_NE, value, 0)
#define WITH(call, n, value)                                                   \
	WHEN(call, NOTED, n, SCMP_CMP_MASKED_EQ, LOW, value)
#define FAMILY(how, value) WHEN("socket", NOTED, 0, how, value, 0)
#define LET(call) WHOLE(call, SCMP_ACT_ALLOW, 0)
#define LET_WITH(call, n, mask, value)                                         \
	WHEN(call, SCMP_ACT_ALLOW, n, SCMP_CMP_MASKED_EQ, mask, value)

struct rule {
	const char *name;
	uint32_t action;
	int number;
	unsigned args;
	struct scmp_arg_cmp arg[2];
};

static const struct rule refused[] = {
	/* other programs, and processes that outlive the login; only threads
	 * may be cloned, and glibc uses clone when clone3 is missing */
	ALWAYS("execve"),
	ALWAYS("execveat"),
	ALWAYS("fork"),
	ALWAYS("vfork"),
	WHEN("clone", QUIET, 0, SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0),
	{ .name = "clone3", .action = MISSING },

	/* changes to its own end: it must die with its parent, which the module
	 * kills at the deadline; and it must stay undumpable */
	WITH("prctl", 0, 1),         /* PR_SET_PDEATHSIG */
	WITH("prctl", 0, 4),         /* PR_SET_DUMPABLE */
	WITH("timer_settime", 0, 0), /* sandbox_end_after() */
	WITH("timer_delete", 0, 0),

	/* access to other processes' memory and files */
	ALWAYS("ptrace"),
	ALWAYS("process_vm_readv"),
	ALWAYS("process_vm_writev"),
	NEWER("process_madvise", 440),
	NEWER("process_mrelease", 448),
	NEWER("pidfd_getfd", 438),
	ALWAYS("perf_event_open"),

	/* signals except 0, which only tests whether a process exists */
	UNLESS("kill", 1, 0),
	UNLESS("tkill", 1, 0),
	WHEN("tgkill", QUIET, 2, SCMP_CMP_NE, 0, 0),
	UNLESS("rt_sigqueueinfo", 1, 0),
	UNLESS("rt_tgsigqueueinfo", 2, 0),
	{ .name = "pidfd_send_signal",
	    .action = NOTED,
	    .number = 424,
	    .args = 1,
	    .arg = { { .arg = 1, .op = SCMP_CMP_NE } } },
	WITH("fcntl", 1, 8),      /* F_SETOWN */
	WITH("fcntl", 1, 10),     /* F_SETSIG */
	WITH("fcntl", 1, 15),     /* F_SETOWN_EX */
	WITH("ioctl", 1, 0x8901), /* FIOSETOWN */
	WITH("ioctl", 1, 0x8902), /* SIOCSPGRP */

	/* limits and priorities of other processes; 0 is the caller */
	UNLESS("prlimit64", 0, 0),
	UNLESS("sched_setparam", 0, 0),
	UNLESS("sched_setscheduler", 0, 0),
	UNLESS("sched_setaffinity", 0, 0),
	UNLESS("sched_setattr", 0, 0),
	UNLESS("setpriority", 0, 0), /* PRIO_PROCESS */
	UNLESS("setpriority", 1, 0),
	UNLESS("ioprio_set", 0, 1), /* IOPRIO_WHO_PROCESS */
	UNLESS("ioprio_set", 1, 0),

	/* parts of the kernel that no login uses */
	ALWAYS("keyctl"),
	ALWAYS("add_key"),
	ALWAYS("request_key"),
	ALWAYS("bpf"),
	NEWER("io_uring_setup", 425),
	NEWER("io_uring_enter", 426),
	NEWER("io_uring_register", 427),
	ALWAYS("userfaultfd"),
	ALWAYS("mount"),
	ALWAYS("umount2"),
	ALWAYS("pivot_root"),
	NEWER("open_tree", 428),
	NEWER("move_mount", 429),
	NEWER("fsopen", 430),
	NEWER("mount_setattr", 442),
	ALWAYS("unshare"),
	ALWAYS("setns"),

	/* changes to files that Landlock does not cover: permissions; lengths,
	 * before Linux 6.2 */
	ALWAYS("truncate"),
	ALWAYS("chmod"),
	ALWAYS("fchmodat"),
	NEWER("fchmodat2", 452),
	ALWAYS("setxattr"),
	ALWAYS("lsetxattr"),
	NEWER("setxattrat", 463),
	NEWER("file_setattr", 469),

	/* memory that no process is counted for, once nothing maps it: where
	 * there is no more, the kernel would end others, as the state broker */
	ALWAYS("memfd_create"),
	NEWER("memfd_secret", 447),
	ALWAYS("vmsplice"), /* a byte in a pipe keeps a huge page */
	WHEN("mmap", NOTED, 3, SCMP_CMP_MASKED_EQ, MAP_SHARED | MAP_ANONYMOUS,
	    MAP_SHARED | MAP_ANONYMOUS),

	/* kernel objects that outlive the process */
	ALWAYS("shmget"),
	ALWAYS("semget"),
	ALWAYS("msgget"),
	ALWAYS("mq_open"),

	/* allows UNIX 1, INET 2, INET6 10 and NETLINK 16 */
	FAMILY(SCMP_CMP_LT, 1),
	FAMILY(SCMP_CMP_EQ, 3),
	FAMILY(SCMP_CMP_EQ, 4),
	FAMILY(SCMP_CMP_EQ, 5),
	FAMILY(SCMP_CMP_EQ, 6),
	FAMILY(SCMP_CMP_EQ, 7),
	FAMILY(SCMP_CMP_EQ, 8),
	FAMILY(SCMP_CMP_EQ, 9),
	FAMILY(SCMP_CMP_EQ, 11),
	FAMILY(SCMP_CMP_EQ, 12),
	FAMILY(SCMP_CMP_EQ, 13),
	FAMILY(SCMP_CMP_EQ, 14),
	FAMILY(SCMP_CMP_EQ, 15),
	FAMILY(SCMP_CMP_GT, LAST_FAMILY),
	UNLESS("socketpair", 0, 1),

	/* a socket that keeps waiting who closes it, as who is passed it */
	{ .name = "setsockopt",
	    .action = NOTED,
	    .args = 2,
	    .arg = { { 1, SCMP_CMP_MASKED_EQ, LOW, SOL_SOCKET },
		{ 2, SCMP_CMP_MASKED_EQ, LOW, SO_LINGER } } },

	/* as vmsplice: a byte that is sent keeps a huge page */
	{ .name = "setsockopt",
	    .action = NOTED,
	    .args = 2,
	    .arg = { { 1, SCMP_CMP_MASKED_EQ, LOW, SOL_SOCKET },
		{ 2, SCMP_CMP_MASKED_EQ, LOW, SO_ZEROCOPY } } },
};

/* For a process that is alone: it uses its open sockets to its peer, its
 * brokers and the log. No call here takes a path, an address or another
 * process, and only dup and recvmsg return new descriptors. */
static const struct rule allowed[] = {
	/* sockets; sendto only without an address; arm64 has only ppoll */
	LET("poll"), LET("ppoll"), LET("recvfrom"), LET("recvmsg"),
	LET("shutdown"), LET_WITH("setsockopt", 2, LOW, SO_PASSCRED),
	WHEN("sendto", SCMP_ACT_ALLOW, 4, SCMP_CMP_EQ, 0, 0),

	/* the open file of the providers' latencies */
	LET("dup"), LET("pread64"), LET("pwrite64"), LET("ftruncate"),
	LET("close"),

	/* memory that is neither executable nor shared with a process;
	 * pthread_once wakes waiters */
	LET("brk"), LET("mremap"), LET("munmap"), LET("madvise"),
	{ .name = "mmap",
	    .action = SCMP_ACT_ALLOW,
	    .args = 2,
	    .arg = { { 2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0 },
		{ 3, SCMP_CMP_MASKED_EQ, MAP_SHARED, 0 } } },
	LET_WITH("mprotect", 2, PROT_EXEC, 0),
	LET_WITH("futex", 1, LOW, FUTEX_WAKE_PRIVATE),

	/* random numbers; clocks, if the vDSO cannot read them */
	LET("getrandom"), LET("clock_gettime"), LET("gettimeofday"),
	LET("time"),

	/* log lines; signals; poll restarted after SIGSTOP; exit */
	LET("getpid"), LET("gettid"), LET("rt_sigprocmask"),
	LET("rt_sigreturn"), LET("restart_syscall"), LET("exit_group"),

	/* see QUIET */
	{ .name = "clone", .action = QUIET },
	{ .name = "clone3", .action = MISSING },
	{ .name = "tgkill", .action = QUIET }
};

/* For a process that may not write to the log: its socket takes datagrams.
 * AF_UNIX makes one of SOCK_RAW, too. */
static const struct rule unlogged[] = {
	{ .name = "socket",
	    .action = NOTED,
	    .args = 2,
	    .arg = { { 0, SCMP_CMP_MASKED_EQ, LOW, AF_UNIX },
		{ 1, SCMP_CMP_MASKED_EQ, DGRAM_OR_RAW, SOCK_DGRAM } } },
	WHEN("socketpair", NOTED, 1, SCMP_CMP_MASKED_EQ, DGRAM_OR_RAW,
	    SOCK_DGRAM),

	/* the kernel counts these for all processes of the uid: a process that
	 * takes all of them keeps the state broker from waiting for requests
	 * or changes, and logins from a timer */
	WHOLE("epoll_create", QUIET, 0), WHOLE("epoll_create1", QUIET, 0),
	WHOLE("inotify_init", QUIET, 0), WHOLE("inotify_init1", QUIET, 0),
	WHOLE("timer_create", QUIET, 0)
};

/* For one whose name services need no socket with a path, as those of most
 * hosts: by such a one, who may write to the log would pass it a socket. */
static const struct rule unconnected[] = { WHEN(
    "socket", QUIET, 0, SCMP_CMP_MASKED_EQ, LOW, AF_UNIX) };

static const struct list {
	const char *suffix; /* of the C names */
	uint32_t otherwise; /* action for all other calls */
	const struct rule *rule;
	size_t count;
} lists[] = {
	{ "", SCMP_ACT_ALLOW, refused, COUNT(refused) },
	{ "_alone", NOTED, allowed, COUNT(allowed) },
	{ "_unlogged", SCMP_ACT_ALLOW, unlogged, COUNT(unlogged) },
	{ "_unconnected", SCMP_ACT_ALLOW, unconnected, COUNT(unconnected) },
};

static const struct target {
	const char *name;
	uint32_t token; /* equal to the kernel's AUDIT_ARCH_... */
} targets[] = {
	{ "x86_64", SCMP_ARCH_X86_64 },
	{ "arm64", SCMP_ARCH_AARCH64 },
};

static _Noreturn void
generate_fail(const char *what, int error)
{
	fprintf(stderr, "generate: %s: %s\n", what, strerror(-error));
	exit(1);
}

/* Returns the call's number, below 0 if the architecture has no such call. */
static int
number_of(const struct rule *r, uint32_t token)
{
	const int number = seccomp_syscall_resolve_name_arch(token, r->name);

	return number == __NR_SCMP_ERROR && r->number > 0 ? r->number : number;
}

/* libseccomp expects native numbers. It translates them by name, so it cannot
 * translate a number whose name it does not know. */
static void
add_rule(scmp_filter_ctx ctx, const struct rule *r)
{
	const int number = number_of(r, seccomp_arch_native());
	int error;

	if (number == __NR_SCMP_ERROR)
		generate_fail(r->name, -ENOSYS);
	error = seccomp_rule_add_array(ctx, r->action, number, r->args, r->arg);
	if (error != 0 && r->number == 0)
		generate_fail(r->name, error);
	if (error != 0)
		fprintf(stderr,
		    "generate: this libseccomp cannot filter %s for the other "
		    "architecture\n",
		    r->name);
}

/* Refuses all calls of 32-bit programs, since their numbers differ. */
static scmp_filter_ctx
generate_make(const struct target *t, const struct list *l)
{
	scmp_filter_ctx ctx = seccomp_init(l->otherwise);
	int error;

	if (ctx == NULL)
		generate_fail("seccomp_init", -ENOMEM);
	if (t->token != seccomp_arch_native()) {
		error = seccomp_arch_add(ctx, t->token);
		if (error == 0)
			error = seccomp_arch_remove(ctx, seccomp_arch_native());
		if (error != 0)
			generate_fail(t->name, error);
	}
	error = seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH, NOTED);
	if (error != 0)
		generate_fail("SCMP_FLTATR_ACT_BADARCH", error);
	/* only for speed, so older versions may fail here */
	(void)seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, BINARY_TREE);
	for (size_t i = 0; i < l->count; i++)
		add_rule(ctx, &l->rule[i]);
	return ctx;
}

static void
print_code(scmp_filter_ctx ctx, const char *name, const char *suffix)
{
	FILE *file = tmpfile();
	struct sock_filter line;
	int error;

	if (file == NULL)
		generate_fail("tmpfile", -errno);
	error = seccomp_export_bpf(ctx, fileno(file));
	if (error != 0)
		generate_fail("seccomp_export_bpf", error);
	rewind(file);
	printf("\nstatic const struct sock_filter code_%s%s[] = {\n", name,
	    suffix);
	while (fread(&line, sizeof(line), 1, file) == 1)
		printf("\t{ 0x%02x, %u, %u, 0x%08x },\n", line.code, line.jt,
		    line.jf, line.k);
	printf("};\n");
	fclose(file);
}

/* The name of a call that libseccomp may not know, or NULL. */
static const char *
newer_name(int number)
{
	for (size_t i = 0; i < COUNT(refused); i++)
		if (refused[i].number == number && number > 0)
			return refused[i].name;
	return NULL;
}

/* Prints the calls that may be refused: those of the rules, or, if the rules
 * list allowed calls, every number. */
static void
print_calls(const struct target *t, const struct list *l)
{
	const char *last = "";

	for (size_t i = 0; l->otherwise != NOTED && i < l->count; i++) {
		const int number = number_of(&l->rule[i], t->token);

		if (number >= 0 && strcmp(l->rule[i].name, last) != 0)
			printf("\t{ %d, \"%s\" },\n", number, l->rule[i].name);
		last = l->rule[i].name;
	}
	for (int n = 0; l->otherwise == NOTED && n < SANDBOX_NUMBERS; n++) {
		char *name = seccomp_syscall_resolve_num_arch(t->token, n);

		if (name != NULL || newer_name(n) != NULL)
			printf("\t{ %d, \"%s\" },\n", n,
			    name != NULL ? name : newer_name(n));
		else
			printf("\t{ %d, \"call %d\" },\n", n, n);
		free(name);
	}
}

static void
print_program(const struct target *t, const struct list *l)
{
	const char *name = t->name, *suffix = l->suffix;
	scmp_filter_ctx ctx = generate_make(t, l);

	print_code(ctx, name, suffix);
	seccomp_release(ctx);
	printf("\nstatic const struct sandbox_call calls_%s%s[] = {\n", name,
	    suffix);
	print_calls(t, l);
	printf("};\n\nconst struct sandbox_program sandbox_%s%s = { 0x%08x, "
	       "COUNT(code_%s%s),\n\tcode_%s%s, COUNT(calls_%s%s), calls_%s%s "
	       "};\n",
	    name, suffix, t->token, name, suffix, name, suffix, name, suffix,
	    name, suffix);
}

int
main(void)
{
	printf("/* Made by helper/sandbox/generate.c. */\n"
	       "#include \"helper/sandbox/sandbox_inside.h\"\n\n"
	       "#define COUNT(a) (sizeof(a) / sizeof((a)[0]))\n");
	for (size_t i = 0; i < COUNT(targets); i++)
		for (size_t n = 0; n < COUNT(lists); n++)
			print_program(&targets[i], &lists[n]);
	if (ferror(stdout) || fclose(stdout) != 0)
		generate_fail("standard output", -errno);
	return 0;
}
