/* SPDX-License-Identifier: BSD-2-Clause */

#include "lib/settings/settings.h"
#include <libconfig.h>
#include <openssl/evp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>
#include "lib/settings/settings_inside.h"

/* The end of a process in which libconfig got no memory. */

static void (*tell)(const char *line);
static volatile sig_atomic_t reading;
static struct sigaction crash_guard_before;

static _Noreturn void
document_end(void)
{
	tell("settings: no memory: libconfig crashed or gave up while it read "
	     "them; free memory, or raise MemoryMax= of this service");
	_exit(EXIT_FAILURE);
}

static void
crashed(int sig)
{
	(void)sig;
	document_end();
}

static void
exited(void)
{
	if (reading)
		document_end();
}

void
crash_guard_init(void (*line)(const char *line))
{
	/* exit itself runs out of memory: then the line is missing */
	if (tell == NULL)
		(void)atexit(exited);
	tell = line;
}

void
crash_guard_begin(void)
{
	const struct sigaction guard = { .sa_handler = crashed };

	if (tell == NULL)
		return;
	reading = sigaction(SIGSEGV, &guard, &crash_guard_before) == 0;
}

void
crash_guard_end(void)
{
	if (reading)
		(void)sigaction(SIGSEGV, &crash_guard_before, NULL);
	reading = 0;
}
