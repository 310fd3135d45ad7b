/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl report: exceptions, and logins and events in the journal. */
#include "twofactl/report/report.h"

static void
print_remembered(const struct settings *conf, bool json)
{
	char text[SETTINGS_REMEMBERS_MAX];

	for (size_t i = 0; i < conf->rule_count; i++) {
		if (!settings_remembers_long(conf, i, text))
			continue;
		if (json)
			terminal_json(",{exception:%s,until:%s,left:%s,why:%s}",
			    text, "", "", "");
		else
			puts(text);
	}
}

bool
report_print_exceptions(const struct settings *conf, const struct arguments *as)
{
	const unsigned today = admission_today(conf);
	char until[DAY_TEXT_MAX], end[DAY_END_MAX];
	struct exception e;
	bool open = false;

	for (size_t i = 0; i < SETTINGS_EXCEPTIONS(conf); i++) {
		if (!settings_exception_at(conf, i, &e))
			continue;
		open |= e.until == 0;
		day_text(e.until, until);
		day_end_text(e.until, today, end);
		if (as->run.json)
			terminal_json(",{exception:%s,until:%s,left:%s,why:%s}",
			    e.name, until, end, e.why);
		else if (!as->prometheus)
			printf("%s: %s%s%s\n", e.name, end,
			    e.why[0] != '\0' ? ": " : "", e.why);
		else if (e.until != 0)
			status_prometheus_sample("exception_days_left",
			    day_days_left(e.until, today), "exception", e.name,
			    NULL);
	}
	if (!as->prometheus)
		print_remembered(conf, as->run.json);
	return open;
}

enum ctl_exit
cmd_report(struct command_user *c, const struct arguments *typed)
{
	bool open;

	if (!typed->exceptions && journal_report != NULL)
		return journal_report(c, typed, NULL);
	if (!typed->exceptions)
		return terminal_error_status(CTL_JOURNAL, JOURNAL_NONE);
	if (typed->run.json)
		terminal_json("{exceptions:[");
	open = report_print_exceptions(c->conf, typed);
	if (typed->run.json)
		terminal_json("]}\n");
	return open ? CTL_NO : CTL_DONE;
}
