/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Options for the sanitizers of programs that start with an empty environment:
 * preloaded before the sanitizer's own library. Leaks are for the unit tests:
 * the leak check needs ptrace, which an undumpable helper does not grant. Freed
 * memory is kept apart, but not 256 MB of it: these programs free little.
 */
const char *__asan_default_options(void);
const char *__ubsan_default_options(void);

const char *
__asan_default_options(void)
{
	return "detect_leaks=0:quarantine_size_mb=1:verify_asan_link_order=0:"
	       "log_path=/run/stage/reports/asan";
}

const char *
__ubsan_default_options(void)
{
	return "print_stacktrace=1:log_path=/run/stage/reports/ubsan";
}
