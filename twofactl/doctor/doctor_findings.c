/* SPDX-License-Identifier: BSD-2-Clause */
/* Prints findings as lines or as JSON, each at once. */
#include "twofactl/doctor/doctor.h"

#include <stdarg.h>
#include <stdio.h>

#include "lib/wire/wire.h"
#include "twofactl/terminal/terminal.h"

static void print(struct doctor *, const char *kind, const char *name,
    const char *fmt, va_list) __attribute__((format(printf, 4, 0)));

static void
print(struct doctor *d, const char *kind, const char *name, const char *fmt,
    va_list ap)
{
	static char raw[COMPLAIN_MAX], text[4 * COMPLAIN_MAX];

	vsnprintf(raw, sizeof(raw), fmt, ap);
	escape_text(raw, text, sizeof(text));
	if (d->ctl->json) {
		printf("%s\n{\"kind\":\"%s\",\"name\":\"%s\",\"text\":",
		    d->first ? "" : ",", kind, name);
		json_text_print(text);
		putchar('}');
	} else {
		printf(
		    "%s%s: %s\n", kind[0] == 'n' ? "note: " : "", name, text);
	}
	d->first = false;
	(void)fflush(stdout); /* providers may be slow */
}

void
doctor_problem(struct doctor *d, const char *name, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	print(d, "problem", name, fmt, ap);
	va_end(ap);
	d->problems++;
}

void
doctor_note(struct doctor *d, const char *name, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	print(d, "note", name, fmt, ap);
	va_end(ap);
	d->notes++;
}

void
doctor_begin(struct doctor *d)
{
	d->first = true;
	if (d->ctl->json)
		printf("{\"found\":[");
}

enum ctl_exit
doctor_end(struct doctor *d)
{
	if (d->ctl->json)
		printf("],\n\"problems\":%u}\n", d->problems);
	else
		printf(
		    "%u problem%s\n", d->problems, d->problems == 1 ? "" : "s");
	return d->problems == 0 ? CTL_DONE : CTL_NO;
}
