/* SPDX-License-Identifier: BSD-2-Clause */
/* What a change does to those who can log in. */
#include "twofactl/lockout/lockout_change.h"

/* An account without a row was not checked, and could perhaps log in. */
static bool
could(const struct lockout_table *before, const char *name)
{
	const struct lockout_row *row = lockout_table_find(before, name);

	return row == NULL || row->how == LOCKOUT_IN;
}

enum lockout_change
lockout_change(const struct lockout_table *before,
    const struct lockout_table *after, size_t n)
{
	const struct lockout_row *row = &after->row[n];
	const bool meant = row->how == LOCKOUT_MEANT;

	if (!lockout_is(row->how) && !meant)
		return LOCKOUT_CHANGE_NONE;
	if (!could(before, row->name))
		return LOCKOUT_CHANGE_OLD;
	return meant && !row->admin ? LOCKOUT_CHANGE_MEANT : LOCKOUT_CHANGE_NEW;
}

static bool
has_admin(const struct lockout_table *t)
{
	for (size_t i = 0; i < t->count; i++)
		if (t->row[i].admin && t->row[i].how == LOCKOUT_IN)
			return true;
	return false;
}

bool
lockout_change_last(
    const struct lockout_table *before, const struct lockout_table *after)
{
	return has_admin(before) && !has_admin(after);
}
