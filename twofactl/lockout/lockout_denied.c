/* SPDX-License-Identifier: BSD-2-Clause */
/* Names the accounts that a change would deny, and asks. */
#include "twofactl/lockout/lockout.h"

#define NAMES_SHOWN 10
#define NAMES_MAX (NAMES_SHOWN * (USER_NAME_MAX + 8 + DENIAL_WORD_MAX))

/* Writes "alice (unenrolled), bob (locked) and 3 more"; returns how many. */
static size_t
list_denied(const struct lockout_table *t, char names[NAMES_MAX])
{
	char word[DENIAL_WORD_MAX];
	size_t found = 0;

	names[0] = '\0';
	for (size_t i = 0; i < t->count; i++) {
		const struct lockout_row *row = &t->row[i];

		if (lockout_row_is_denied(row, false) ||
		    !lockout_row_is_denied(row, true) || found++ >= NAMES_SHOWN)
			continue;
		lockout_row_word(row, true, word);
		snprintf(names + strlen(names), NAMES_MAX - strlen(names),
		    "%s%s (%s)", found > 1 ? ", " : "",
		    terminal_shell_quote(row->name), word + strlen("deny-"));
	}
	if (found > NAMES_SHOWN)
		snprintf(names + strlen(names), NAMES_MAX - strlen(names),
		    " and %zu more", found - NAMES_SHOWN);
	return found;
}

static size_t
report_service(
    const struct lockout_source *source, const struct settings_report *to)
{
	char names[NAMES_MAX], cause[LOCKOUT_HOST_CAUSE];
	char line[NAMES_MAX + 2 * LOCKOUT_HOST_CAUSE];
	struct lockout_table table;
	size_t found = 1;

	if (lockout_host_make(&table, source, cause) != 0) {
		PRINT_TO(line, "who would be denied at %s is not known: %s",
		    source->service, cause);
	} else {
		found = list_denied(&table, names);
		PRINT_TO(line,
		    "%s would deny %zu account%s that can log in now: %s",
		    source->service, found, found == 1 ? "" : "s", names);
	}
	if (found > 0)
		to->line(to->ctx, line);
	lockout_table_free(&table);
	return found;
}

size_t
lockout_report_denied(
    const struct lockout_source *source, const struct settings_report *to)
{
	static const char *const services[] = { "sshd", "login", "sudo", "su" };
	struct lockout_source at = *source;
	size_t found = 0;

	for (size_t i = 0; i < COUNT_OF(services); i++) {
		at.service = services[i];
		if (lockout_host_asks(at.service))
			found += report_service(&at, to);
	}
	return found;
}

enum ctl_exit
lockout_confirm_denied(const struct lockout_source *source, bool yes)
{
	if (lockout_report_denied(source, &complain_report) == 0 || yes)
		return CTL_DONE;
	if (!terminal_is_open())
		return terminal_error_status(CTL_USAGE,
		    "nothing was changed; to do it anyway add --yes");
	return terminal_confirm("Do it anyway? [y/N] ");
}
