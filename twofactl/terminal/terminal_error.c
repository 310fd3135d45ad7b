/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages on stderr, or to another sink. */
#include "twofactl/terminal/terminal.h"

#include <errno.h>

static const struct settings_report *sink; /* NULL for stderr */

int
terminal_error(const char *fmt, ...)
{
	static char raw[COMPLAIN_MAX], line[4 * COMPLAIN_MAX];

	PRINT_GIVEN(raw, fmt);
	escape_text(raw, line, sizeof(line));
	if (sink != NULL) {
		sink->line(sink->ctx, raw);
	} else {
		progress_clear();
		fprintf(stderr, "twofactl: %s\n", line);
	}
	return -1;
}

int
terminal_error_file(const char *path)
{
	return terminal_error(
	    "%s: %s", terminal_shell_quote(path), strerror(errno));
}

void
terminal_set_error_sink(const struct settings_report *to)
{
	sink = to;
}

void
terminal_error_to(const struct settings_report *to, const char *fmt, ...)
{
	char line[COMPLAIN_MAX];

	PRINT_GIVEN(line, fmt);
	settings_report_line(to, line);
}

static void
report_settings_line(void *ctx, const char *line)
{
	(void)ctx;
	terminal_error("%s", line);
}

const struct settings_report complain_report = { .line = report_settings_line,
	.all = true };
