/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Options for the sanitizers of programs that start with an empty environment:
 * preloaded before the sanitizer's own library. Leaks are for the unit tests:
 * the leak check needs ptrace, which an undumpable helper does not grant. Freed
 * memory is kept apart, but not 256 MB of it: these programs free little. Of
 * who allocated, a report names the function alone: whole stacks cost a quarter
 * of a program's page faults. malloc_context_size=30 shows them while one is
 * sought.
 */
const char *__asan_default_options(void);
const char *__ubsan_default_options(void);

const char *
__asan_default_options(void)
{
	return "detect_leaks=0:quarantine_size_mb=1:verify_asan_link_order=0:"
	       "malloc_context_size=1:log_path=/run/stage/reports/asan";
}

const char *
__ubsan_default_options(void)
{
	return "print_stacktrace=1:log_path=/run/stage/reports/ubsan";
}
