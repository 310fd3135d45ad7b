/* SPDX-License-Identifier: BSD-2-Clause */
/* Error messages of twofactl. */
#include "twofactl/terminal/complain.h"

#include <stdarg.h>
#include <stdio.h>

#include "lib/wire/wire.h"

static const struct settings_report *sink; /* NULL: stderr */

void
complain(const char *fmt, ...)
{
	static char raw[COMPLAIN_MAX], line[4 * COMPLAIN_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(raw, sizeof(raw), fmt, ap);
	va_end(ap);
	if (sink != NULL) {
		sink->line(sink->ctx, raw);
		return;
	}
	escape_text(raw, line, sizeof(line));
	fprintf(stderr, "twofactl: %s\n", line);
}

void
complain_to(const struct settings_report *to)
{
	sink = to;
}

static void
report_line(void *ctx, const char *line)
{
	(void)ctx;
	complain("%s", line);
}

const struct settings_report complain_report = { .line = report_line,
	.all = true };
