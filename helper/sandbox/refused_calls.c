/* SPDX-License-Identifier: BSD-2-Clause */
/* Notes refused system calls in a SIGSYS handler, and logs them. */

#include "helper/sandbox/sandbox.h"
#include <errno.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdatomic.h>
#include <ucontext.h>
#include "helper/sandbox/sandbox_inside.h"
#include "lib/system/system.h"

#define BY_SECCOMP 1 /* SYS_SECCOMP of <asm/siginfo.h> */
#define NAMES_MAX 780

static const struct sandbox_program *program;
/* By number of the call. The last entry is for all 32-bit calls. */
static atomic_bool seen[SANDBOX_NUMBERS + 1];
static atomic_uint seen_count;

static void
on_sigsys(int number, siginfo_t *info, void *context)
{
	ucontext_t *at = context;
	unsigned call = (unsigned)info->si_syscall;

	(void)number;
	if (info->si_code != BY_SECCOMP)
		return; /* sent by a process, not by the filter */
#if defined(__x86_64__)
	at->uc_mcontext.gregs[REG_RAX] = -EPERM;
#elif defined(__aarch64__)
	at->uc_mcontext.regs[0] = (unsigned long long)-EPERM;
#else
	(void)at;
#endif
	if (call > SANDBOX_NUMBERS || info->si_arch != program->arch)
		call = SANDBOX_NUMBERS;
	if (!atomic_exchange(&seen[call], true))
		atomic_fetch_add(&seen_count, 1);
}

int
refused_calls_catch(const struct sandbox_program *p)
{
	struct sigaction act = { .sa_sigaction = on_sigsys,
		.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART };

	program = p;
	return sigaction(SIGSYS, &act, NULL);
}

size_t
refused_calls_text(char *out, size_t cap)
{
	size_t found = 0, used = 0;

	out[0] = '\0';
	for (size_t i = 0; program != NULL && i <= program->count; i++) {
		static const struct sandbox_call others = { SANDBOX_NUMBERS,
			"32-bit calls" };
		const struct sandbox_call *c =
		    i < program->count ? &program->calls[i] : &others;

		if (!atomic_load(&seen[c->number]))
			continue;
		if (used < cap)
			used += (size_t)snprintf(out + used, cap - used, "%s%s",
			    found > 0 ? ", " : "", c->name);
		found++;
	}
	return found;
}

void
refused_calls_log(void)
{
	static unsigned told;
	const unsigned count = atomic_load(&seen_count);
	char names[NAMES_MAX];

	if (count > told && refused_calls_text(names, sizeof(names)) > 0)
		log_notice("sandbox: refused %s", names);
	told = count;
}
