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

/* The same users at several services are one line. */
struct denied {
	char services[64], names[LOCKOUT_LIST_MAX];
	size_t found;
};

static void
report_denied_users(struct denied *d, const struct settings_report *to)
{
	if (d->found > 0)
		terminal_error_to(to,
		    "%zu who can log in by %s now would be denied: %s",
		    d->found, d->services, d->names);
	*d = (struct denied){ .found = 0 };
}

static size_t
find_newly_denied(const struct lockout_source *source, struct denied *d,
    const struct settings_report *to)
{
	char names[LOCKOUT_LIST_MAX];
	struct lockout_table table OWNED(lockout_table_free) = { .count = 0 };
	size_t found = 1;
	const int made = lockout_host_make(&table, source);

	for (size_t i = 0; source->named != NULL && i < table.count; i++)
		if (name_list_has(source->named, table.row[i].name))
			table.row[i].decided = false;
	if (made != 0) {
		terminal_error_to(to,
		    "who would be denied at %s is not known: %s",
		    source->service, trusted_file_cause);
	} else if ((found = lockout_list(&table, LOCKOUT_NEWLY, names)) > 0) {
		if (strcmp(d->names, names) != 0)
			report_denied_users(d, to);
		PRINT_APPEND(d->services, "%s%s", d->found > 0 ? ", " : "",
		    source->service);
		PRINT_TO(d->names, "%s", names);
		d->found = found;
	}
	return found;
}

size_t
lockout_report_denied(
    const struct lockout_source *source, const struct settings_report *to)
{
	static const char *const services[] = { "sshd", "login", "su", "sudo" };
	struct lockout_source at = *source;
	struct denied denied = { .found = 0 };
	size_t found = 0;

	for (size_t i = 0; i < COUNT_OF(services); i++) {
		at.service = services[i];
		if ((source->service == NULL ||
			strcmp(source->service, at.service) == 0) &&
		    lockout_host_asks(at.service))
			found += find_newly_denied(&at, &denied, to);
	}
	report_denied_users(&denied, to);
	return found;
}

enum ctl_exit
lockout_confirm_denied(const struct lockout_source *source, bool yes)
{
	if (lockout_report_denied(source, &complain_report) == 0 || yes)
		return CTL_DONE;
	return terminal_confirm_or("Do it anyway? [y/N] ",
	    "nothing was changed; to do it anyway add --yes");
}
