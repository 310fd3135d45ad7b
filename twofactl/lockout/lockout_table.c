/* SPDX-License-Identifier: BSD-2-Clause */
/* Which accounts of this host could log in by sshd. */
#include "twofactl/lockout/lockout_table.h"

#include <stdlib.h>
#include <string.h>

#include "lib/wire/frame.h"
#include "twofactl/lockout/root_access.h"
#include "twofactl/lockout/account_code.h"
#include "twofactl/lockout/account_facts.h"
#include "twofactl/records/name_list.h"

#define TABLE_MS (20 * INT64_C(1000))
#define ROWS_FIRST 32

struct maker {
	struct lockout_table *table;
	const struct lockout_source *source;
	struct name_list all, admins, enrolled;
	struct sshd_settings general;
	struct sshd_access access;
	int64_t end;
	unsigned asked; /* of one_by_one */
};

static int
add_row(
    struct lockout_table *t, const struct account_facts *a, enum lockout how)
{
	const size_t cap = t->cap == 0 ? ROWS_FIRST : 2 * t->cap;
	struct lockout_row *more;

	if (t->count == t->cap) {
		more = realloc(t->row, cap * sizeof(*more));
		if (more == NULL)
			return -1;
		t->row = more;
		t->cap = cap;
	}
	t->row[t->count] =
	    (struct lockout_row){ .admin = a->admin, .how = how };
	memcpy(t->row[t->count++].name, a->name, sizeof(a->name));
	return 0;
}

/* Could this Match block apply to the account, from some address? */
static bool
may_hold(const struct sshd_match_block *b, const char *user)
{
	return b->other &&
	    (b->users[0] == '\0' || sshd_match_list(b->users, user));
}

static enum lockout
judge(const struct maker *m, const struct account_facts *a,
    const struct sshd_settings *sshd)
{
	const struct sshd_match *match = m->source->match;
	struct sshd_settings under;
	struct login_way way = { .sshd = sshd, .stack = m->source->stack };
	const enum lockout how = lockout_judge(a, &way);

	way.sshd = &under;
	for (size_t i = 0; lockout_is(how) && match != NULL && i < match->count;
	     i++) {
		if (!may_hold(&match->block[i], a->name))
			continue;
		under = *sshd;
		sshd_settings_change(&under, match->block[i].lines);
		if (lockout_judge(a, &way) == LOCKOUT_IN)
			return LOCKOUT_IN;
	}
	return how;
}

static bool
is_candidate(const struct maker *m, const struct account_facts *a)
{
	return a->keys == KEYS_SOME ||
	    (m->source->one_by_one && a->password != PASSWORD_NONE);
}

static enum account_code
code_of(struct maker *m, const char *user, bool known)
{
	const struct settings *conf = m->source->conf;

	if (known || !m->source->one_by_one || m->asked++ < LOCKOUT_ASKED)
		return account_code(conf, "sshd", user);
	return account_code_unasked(conf, "sshd", user);
}

/* First the facts by the general settings: most accounts cannot log in at all,
 * and sshd need not be asked about them. */
static int
take_account(struct maker *m, const char *user, bool known)
{
	struct sshd_settings sshd = m->general;
	struct sshd_access access;
	struct account_facts a;

	if (account_facts_read(&a, user, &m->access) != 0)
		return 0;
	if (!known && !is_candidate(m, &a))
		return 0;
	if (m->source->by_user) {
		if (m->source->sshd(m->source->ctx, user, &sshd, &access) != 0)
			return -1;
		(void)account_facts_read(&a, user, &access);
	}
	a.admin = a.root || name_list_has(&m->admins, user);
	a.enrolled = name_list_has(&m->enrolled, user);
	a.code = code_of(m, user, known);
	return add_row(m->table, &a, judge(m, &a, &sshd));
}

static bool
is_known(const struct maker *m, const char *user)
{
	return strcmp(user, "root") == 0 || name_list_has(&m->admins, user) ||
	    name_list_has(&m->enrolled, user);
}

/* Either the accounts that are known for a reason, or all others. */
static int
take_all(struct maker *m, bool known)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < m->all.count; i++) {
		if (is_known(m, m->all.name[i]) != known)
			continue;
		if (frame_clock_ms() >= m->end)
			m->table->left++;
		else
			rc = take_account(m, m->all.name[i], known);
	}
	return rc;
}

static int
gather(struct maker *m)
{
	(void)name_list_enrolled(
	    &m->enrolled, m->source->conf, 0, &settings_report_none);
	if (root_access_members(&m->admins) != 0 ||
	    name_list_accounts(&m->all) != 0 ||
	    name_list_add_all(&m->all, &m->admins) != 0 ||
	    name_list_add_all(&m->all, &m->enrolled) != 0)
		return -1;
	name_list_sort(&m->all);
	return m->source->sshd(m->source->ctx, "", &m->general, &m->access);
}

int
lockout_table_make(
    struct lockout_table *table, const struct lockout_source *source)
{
	struct maker *m = calloc(1, sizeof(*m));
	int rc = -1;

	*table = (struct lockout_table){ .one_by_one = source->one_by_one };
	if (m == NULL)
		return -1;
	m->table = table;
	m->source = source;
	m->end = frame_clock_ms() + TABLE_MS;
	if (gather(m) == 0 && take_all(m, true) == 0 && take_all(m, false) == 0)
		rc = 0;
	name_list_free(&m->all);
	name_list_free(&m->admins);
	name_list_free(&m->enrolled);
	free(m);
	if (rc != 0)
		lockout_table_free(table);
	return rc;
}

void
lockout_table_free(struct lockout_table *table)
{
	free(table->row);
	*table = (struct lockout_table){ .count = 0 };
}
