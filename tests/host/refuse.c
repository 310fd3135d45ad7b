/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Run a program in a kernel that refuses one call:
 *
 *   refuse CALL[:ARGUMENT(=|!)VALUE] ERRNO PROGRAM [ARGUMENT]...
 *
 * ARGUMENT counts from 0; = refuses where it has that value, ! where it has
 * not, by its lower 32 bits. ERRNO 0: the call says that it was done, and does
 * nothing. What the program starts meets the same. The filter is not for
 * protection: it looks at no architecture.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define LOAD(field)                                                            \
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))

static const struct {
	const char *name;
	unsigned number;
} calls[] = {
	{ "capget", SYS_capget },
	{ "capset", SYS_capset },
	{ "chdir", SYS_chdir },
	{ "clone", SYS_clone },
	{ "dup3", SYS_dup3 },
	{ "execve", SYS_execve },
	{ "fcntl", SYS_fcntl },
	{ "getrandom", SYS_getrandom },
	{ "getresuid", SYS_getresuid },
	{ "getsockopt", SYS_getsockopt },
	{ "ioprio_set", SYS_ioprio_set },
	{ "keyctl", SYS_keyctl },
	{ "landlock_create_ruleset", SYS_landlock_create_ruleset },
	{ "openat", SYS_openat },
	{ "pidfd_send_signal", SYS_pidfd_send_signal },
	{ "prctl", SYS_prctl },
	{ "prlimit64", SYS_prlimit64 },
	{ "rt_sigprocmask", SYS_rt_sigprocmask },
	{ "sched_setaffinity", SYS_sched_setaffinity },
	{ "sched_setscheduler", SYS_sched_setscheduler },
	{ "seccomp", SYS_seccomp },
	{ "setgroups", SYS_setgroups },
	{ "setpriority", SYS_setpriority },
	{ "setresuid", SYS_setresuid },
	{ "setsid", SYS_setsid },
	{ "setuid", SYS_setuid },
	{ "socketpair", SYS_socketpair },
	{ "wait4", SYS_wait4 },
};

struct refused {
	unsigned number, argument, value;
	bool any, unless;
};

static _Noreturn void
fail(const char *what)
{
	fprintf(stderr, "refuse: %s: %s\n", what, strerror(errno));
	_exit(3);
}

static struct refused
read_call(const char *text)
{
	const size_t len = strcspn(text, ":");
	struct refused r = { .any = text[len] == '\0' };
	char *end = NULL;

	for (size_t i = 0; i < COUNT(calls); i++)
		if (strlen(calls[i].name) == len &&
		    strncmp(calls[i].name, text, len) == 0)
			r.number = calls[i].number + 1;
	errno = EINVAL;
	if (r.number-- == 0)
		fail(text);
	if (r.any)
		return r;
	r.argument = (unsigned)strtoul(text + len + 1, &end, 10);
	r.unless = *end == '!';
	r.value = (unsigned)strtol(end + 1, NULL, 0);
	return r;
}

/* Our own way to the program is not refused: only we know where argv is. */
static void
install(const struct refused *r, unsigned error, char *const *argv)
{
	const unsigned at =
	    (unsigned)offsetof(struct seccomp_data, args) + 8 * r->argument;
	/* little-endian: the lower half of an argument comes first */
	struct sock_filter code[] = {
		LOAD(nr),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_execve, 0, 3),
		LOAD(args[1]),
		BPF_JUMP(
		    BPF_JMP | BPF_JEQ | BPF_K, (unsigned)(uintptr_t)argv, 5, 0),
		LOAD(nr),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, r->number, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, at),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, r->value, r->unless ? 1 : 0,
		    r->unless ? 0 : 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { COUNT(code), code };

	if (r->any) /* whatever the argument is */
		code[7] = (struct sock_filter)BPF_STMT(
		    BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error);
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
		fail("seccomp");
}

int
main(int argc, char **argv)
{
	struct refused r;

	if (argc < 4) {
		fputs("usage: refuse CALL[:ARGUMENT(=|!)VALUE] ERRNO PROGRAM "
		      "[ARGUMENT]...\n",
		    stderr);
		return 2;
	}
	r = read_call(argv[1]);
	install(&r, (unsigned)strtoul(argv[2], NULL, 10), argv + 3);
	execv(argv[3], argv + 3);
	fail(argv[3]);
}
