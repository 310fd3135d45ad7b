/* SPDX-License-Identifier: BSD-2-Clause */
/* Ends a process in which libconfig got no memory, with a line that says so:
 * libconfig then crashes or calls exit. */
#include "lib/settings/settings_inside.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

static void (*write_line)(const char *line);
static volatile sig_atomic_t active;
static struct sigaction previous;

static _Noreturn void
exit_no_memory(void)
{
	write_line(
	    "settings: no memory: libconfig crashed or gave up while it read "
	    "them; free memory, or raise MemoryMax= of this service");
	_exit(EXIT_FAILURE);
}

static void
handle_segv(int sig)
{
	(void)sig;
	exit_no_memory();
}

static void
handle_exit(void)
{
	if (active)
		exit_no_memory();
}

void
crash_guard_init(void (*line)(const char *line))
{
	/* if atexit is out of memory, only the line is missing */
	if (write_line == NULL)
		(void)atexit(handle_exit);
	write_line = line;
}

void
crash_guard_begin(void)
{
	const struct sigaction guard = { .sa_handler = handle_segv };

	if (write_line == NULL)
		return;
	active = sigaction(SIGSEGV, &guard, &previous) == 0;
}

void
crash_guard_end(void)
{
	if (active)
		(void)sigaction(SIGSEGV, &previous, NULL);
	active = 0;
}
