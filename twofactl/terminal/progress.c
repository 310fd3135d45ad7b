/* SPDX-License-Identifier: BSD-2-Clause */
/* A progress bar. */
#include "twofactl/terminal/terminal.h"

#include <unistd.h>

#define WIDTH 30
#define NOT_SHOWN 101 /* no percentage */

void
progress_begin(struct progress *p, const char *what, size_t all)
{
	*p = (struct progress){ .what = what,
		.all = all,
		.shown = NOT_SHOWN,
		.on = isatty(STDERR_FILENO) == 1 };
}

void
progress_step(struct progress *p)
{
	static const char full[] = "##############################";
	size_t percent;

	_Static_assert(sizeof(full) == WIDTH + 1, "one byte each");
	p->done++;
	percent = p->all > 0 ? p->done * 100 / p->all : 100;
	if (!p->on || percent == p->shown)
		return;
	p->shown = percent;
	fprintf(stderr, "\r%s [%-*.*s] %zu/%zu", p->what, WIDTH,
	    (int)(percent * WIDTH / 100), full, p->done, p->all);
	(void)fflush(stderr);
}

void
progress_clear(struct progress *p)
{
	if (p->on && p->shown != NOT_SHOWN)
		fputs("\r\x1b[K", stderr);
	p->shown = NOT_SHOWN;
}
