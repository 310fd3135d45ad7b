/* SPDX-License-Identifier: BSD-2-Clause */
/* Errors in settings files: one line each, "FILE:LINE: key: text", for a
 * receiver. */
#include "lib/settings/settings_inside.h"

#define SETTINGS_ERROR_LINE_MAX 2048
/* Errors above this number are only counted, unless report->all is set: the log
 * must not be flooded. */
#define SETTINGS_ERROR_MAX 100

void
settings_report_line(const struct settings_report *to, const char *line)
{
	if (to != NULL)
		to->line(to->ctx, line);
}

static void
write_to_log(void *ctx, const char *line)
{
	(void)ctx;
	log_problem("%s", line);
}

const struct settings_report settings_report_log = { .line = write_to_log };

void
settings_error(struct setting_scope *scope, unsigned line, const char *key,
    const char *fmt, ...)
{
	const struct settings_report *report = scope->report;
	char text[SETTINGS_ERROR_LINE_MAX], number[16] = "";

	/* errors count even without a receiver: they refuse the file */
	scope->errors++;
	if (report == NULL ||
	    (scope->errors > SETTINGS_ERROR_MAX && !report->all))
		return;
	if (line > 0)
		PRINT_TO(number, "%u:", line);
	PRINT_TO(text, "%s:%s%s%s%s ", scope->file, number,
	    key != NULL ? " " : "", key != NULL ? key : "",
	    key != NULL ? ":" : "");
	PRINT_GIVEN_BEHIND(text, sizeof(text), fmt);
	report->line(report->ctx, text);
	if (scope->errors == SETTINGS_ERROR_MAX && !report->all)
		report->line(report->ctx, "more errors are not shown");
}
