/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The sanitizers' options for e2e tests, many of whose programs start with an
 * empty environment: linked into ours, and loaded by those of the machine that
 * load the module. Elsewhere a program keeps the sanitizers' own, which look
 * for leaks. That is for the unit tests: it needs ptrace, which an undumpable
 * helper does not grant. The runtime is not the first that a program of the
 * machine loads, this file is. Freed memory is kept apart, but not 256 MB of
 * it: these programs free little. Of who allocated, a report names the function
 * alone: whole stacks cost a quarter of a program's page faults.
 * malloc_context_size=30 shows them while one is sought.
 */
#include <unistd.h>

const char *__asan_default_options(void);
const char *__ubsan_default_options(void);

#define REPORTS "/run/stage/reports"

static int
staged(void)
{
	return access(REPORTS, F_OK) == 0;
}

const char *
__asan_default_options(void)
{
	if (!staged())
		return "";
	return "detect_leaks=0:quarantine_size_mb=1:verify_asan_link_order=0:"
	       "malloc_context_size=1:log_path=" REPORTS "/asan";
}

const char *
__ubsan_default_options(void)
{
	if (!staged())
		return "";
	return "print_stacktrace=1:log_path=" REPORTS "/ubsan";
}
