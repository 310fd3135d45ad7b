/* SPDX-License-Identifier: BSD-2-Clause */
/* Errors in settings files, one line each. */
#include "lib/settings/settings_error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void
ignore(void *ctx, const char *line)
{
	(void)ctx;
	(void)line;
}

const struct settings_report settings_report_none = { .line = ignore };

static void append(char line[SETTINGS_ERROR_LINE_MAX], const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void
append(char line[SETTINGS_ERROR_LINE_MAX], const char *fmt, ...)
{
	size_t used = strlen(line);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line + used, SETTINGS_ERROR_LINE_MAX - used, fmt, ap);
	va_end(ap);
}

void
settings_error(struct setting_scope *scope, unsigned line, const char *key,
    const char *fmt, ...)
{
	const struct settings_report *report = scope->report;
	char text[SETTINGS_ERROR_LINE_MAX] = "";
	size_t used;
	va_list ap;

	scope->errors++;
	if (report == NULL ||
	    (scope->errors > SETTINGS_ERROR_MAX && !report->all))
		return;
	append(text, "%s:", scope->file);
	if (line > 0)
		append(text, "%u:", line);
	if (key != NULL)
		append(text, " %s:", key);
	append(text, " ");
	used = strlen(text);
	va_start(ap, fmt);
	vsnprintf(text + used, sizeof(text) - used, fmt, ap);
	va_end(ap);
	report->line(report->ctx, text);
	if (scope->errors == SETTINGS_ERROR_MAX && !report->all)
		report->line(report->ctx, "more errors are not shown");
}
