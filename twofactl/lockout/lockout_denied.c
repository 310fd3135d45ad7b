/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists accounts, and asks before a change that denies them. */
#include "twofactl/lockout/lockout.h"

#define NAMES_SHOWN 10

static bool
is_newly_denied(const struct lockout_row *row)
{
	return row->decided && !denial_is_denied(&row->plan[0]) &&
	    denial_is_denied(&row->plan[1]);
}

size_t
lockout_list(const struct lockout_table *t, int how, char out[LOCKOUT_LIST_MAX])
{
	size_t used = 0, found = 0;

	out[0] = '\0';
	for (size_t i = 0; i < t->count; i++) {
		const struct lockout_row *row = &t->row[i];
		int n;

		if ((how == LOCKOUT_NEWLY ? !is_newly_denied(row)
					  : (int)row->how != how) ||
		    found++ >= NAMES_SHOWN)
			continue;
		n = snprintf(out + used, LOCKOUT_LIST_MAX - used, "%s%s",
		    found > 1 ? ", " : "", terminal_shell_quote(row->name));
		if (n > 0 && (size_t)n < LOCKOUT_LIST_MAX - used)
			used += (size_t)n;
	}
	if (found > NAMES_SHOWN)
		snprintf(out + used, LOCKOUT_LIST_MAX - used, " and %zu more",
		    found - NAMES_SHOWN);
	return found;
}

static size_t
report_service(
    const struct lockout_source *source, const struct settings_report *to)
{
	char names[LOCKOUT_LIST_MAX], cause[LOCKOUT_HOST_CAUSE];
	char line[LOCKOUT_LIST_MAX + LOCKOUT_HOST_CAUSE];
	struct lockout_table table;
	size_t found = 1;

	if (lockout_host_make(&table, source, cause) != 0) {
		PRINT_TO(line, "who would be denied at %s is not known: %s",
		    source->service, cause);
	} else {
		found = lockout_list(&table, LOCKOUT_NEWLY, names);
		PRINT_TO(line,
		    "%zu who can log in by %s now would be denied: %s", found,
		    source->service, names);
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
