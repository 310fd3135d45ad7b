/* SPDX-License-Identifier: BSD-2-Clause */
/* Which calls the filter has refused, as noted by the handler of SIGSYS. */
#include "helper/sandbox/refused.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <ucontext.h>

#include "helper/sandbox/program.h"
#include "lib/system/system.h"

#define CALLS_MAX 96
#define BY_SECCOMP 1 /* SYS_SECCOMP of <asm/siginfo.h> */
#define NAMES_MAX 700

static const struct sandbox_program *program;
/* The last entry is for calls of 32-bit programs. */
static atomic_bool seen[CALLS_MAX + 1];

static void
answer(ucontext_t *context, int error)
{
#if defined(__x86_64__)
	context->uc_mcontext.gregs[REG_RAX] = -error;
#elif defined(__aarch64__)
	context->uc_mcontext.regs[0] = (unsigned long long)-error;
#else
	(void)context;
	(void)error;
#endif
}

static void
on_sigsys(int number, siginfo_t *info, void *context)
{
	size_t i = 0;

	(void)number;
	if (info->si_code != BY_SECCOMP)
		return; /* sent by a process, not by the filter */
	answer(context, EPERM);
	while (
	    i < program->count && program->calls[i].number != info->si_syscall)
		i++;
	if (i == program->count || info->si_arch != program->arch)
		i = CALLS_MAX;
	atomic_store(&seen[i], true);
}

int
refused_catch(const struct sandbox_program *p)
{
	struct sigaction act = { .sa_sigaction = on_sigsys,
		.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART };

	if (p->count > CALLS_MAX) {
		errno = E2BIG;
		return -1;
	}
	program = p;
	return sigaction(SIGSYS, &act, NULL);
}

size_t
refused_names(char *out, size_t cap)
{
	size_t found = 0, used = 0;

	out[0] = '\0';
	for (size_t i = 0; i <= CALLS_MAX; i++) {
		if (!atomic_load(&seen[i]))
			continue;
		if (used < cap)
			used += (size_t)snprintf(out + used, cap - used, "%s%s",
			    found > 0 ? ", " : "",
			    i < CALLS_MAX ? program->calls[i].name
					  : "32-bit calls");
		found++;
	}
	return found;
}

void
refused_log(void)
{
	char names[NAMES_MAX];

	if (refused_names(names, sizeof(names)) > 0)
		log_notice("sandbox: refused %s", names);
}
