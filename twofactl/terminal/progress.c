/* SPDX-License-Identifier: BSD-2-Clause */
/* A progress bar. */
#include "twofactl/terminal/terminal.h"

#include <unistd.h>

#define WIDTH 30
#define NOT_SHOWN 101 /* no percentage */

static size_t shown = NOT_SHOWN; /* percentage on the screen */

void
progress_show(const char *what, size_t done, size_t all)
{
	static const char full[] = "##############################";
	const size_t percent = done * 100 / all;

	_Static_assert(sizeof(full) == WIDTH + 1, "one byte each");
	if (percent == shown || isatty(STDERR_FILENO) != 1)
		return;
	shown = percent;
	fprintf(stderr, "\r%s [%-*.*s] %zu/%zu", what, WIDTH,
	    (int)(percent * WIDTH / 100), full, done, all);
	(void)fflush(stderr);
}

void
progress_clear(void)
{
	if (shown != NOT_SHOWN)
		fputs("\r\x1b[K", stderr);
	shown = NOT_SHOWN;
}
