/* SPDX-License-Identifier: BSD-2-Clause */
/* Evaluates the accounts of this host for a service, and compares the results
 * before and after a change. */
#include "twofactl/lockout/lockout.h"

#include <stdlib.h>

/* maximum number of records of other users to read from the state, which limits
 * the records that a host reads in an hour */
#define RECORD_READS_MAX 20
#define TABLE_MAX_MS (20 * INT64_C(1000))
#define CASES_MAX 32

_Static_assert(SSHD_MATCH_BLOCKS <= 64, "each block has a bit");

/* sshd's settings for all accounts to which the same Match blocks apply. */
struct sshd_case {
	uint64_t blocks;
	struct sshd_settings sshd;
	struct sshd_access access;
};

struct table_build {
	struct lockout_table *table;
	struct lockout_source source;
	struct settings conf, then; /* its settings */
	struct user_account owner;  /* of the account's record */
	struct lockout_stack stack;
	bool sshd;               /* the service is sshd */
	struct sshd_match match; /* of sshd: each is tried if it may apply */
	bool by_user;            /* sshd's settings depend on the user */
	struct host_accounts hosts;
	/* known: those that always have a row */
	struct name_list admins, enrolled, known;
	bool all_sudo; /* sudoers allows ALL to use sudo */
	struct sshd_case general, cases[CASES_MAX];
	size_t case_count;
	int64_t end;
	unsigned record_reads; /* if one_by_one */
};

static int
add_table_row(struct lockout_table *t, const struct lockout_row *row)
{
	if (!NAME_LIST_ROOM(t->row, t->cap, t->count))
		return -1;
	t->row[t->count++] = *row;
	return 0;
}

static enum lockout
evaluate_account(const struct table_build *m, const struct lockout_account *a,
    const struct sshd_settings *sshd)
{
	struct sshd_settings under;
	const enum lockout how = lockout_evaluate(a, sshd, &m->stack);

	for (size_t i = 0; lockout_is_obstacle(how) && i < m->match.count;
	     i++) {
		const struct sshd_match_block *b = &m->match.block[i];

		/* not blocks that sshd -T evaluates, or for other users */
		if (!b->other || !sshd_match_has_user(b, a->host->name))
			continue;
		under = *sshd;
		sshd_settings_override(&under, b->lines);
		if (lockout_evaluate(a, &under, &m->stack) == LOCKOUT_IN)
			return LOCKOUT_IN;
	}
	return how;
}

/* True if the account is in a group of these patterns. *certain is cleared if
 * that is uncertain. */
static bool
account_in_group(
    const struct host_account *account, const char *patterns, bool *certain)
{
	*certain &= strchr(patterns, '!') == NULL;
	for (size_t n = 0; n < account->groups; n++) {
		const char *group = account->group[n];

		*certain &= group != NULL;
		if (group != NULL && sshd_patterns_match(patterns, group))
			return true;
	}
	return false;
}

/* Finds the Match blocks whose users and groups match the account. False if
 * that is uncertain. */
static bool
find_blocks(const struct table_build *m, const struct host_account *account,
    uint64_t *blocks)
{
	bool certain = !m->match.cut;

	*blocks = 0;
	for (size_t i = 0; i < m->match.count; i++) {
		const struct sshd_match_block *b = &m->match.block[i];

		if (sshd_match_has_user(b, account->name) &&
		    (b->groups[0] == '\0' ||
			account_in_group(account, b->groups, &certain)))
			*blocks |= UINT64_C(1) << i;
	}
	return certain;
}

/* Reads sshd's settings for the account, or for "". */
static int
query_sshd(const char *user, struct sshd_case *out)
{
	if (sshd_ask(user, NULL, &out->sshd) != SSHD_ASK_DONE)
		return -1;
	sshd_access_read(&out->access, sshd_said);
	return 0;
}

/* Runs sshd -T once for each combination of Match blocks and for each admin. */
static int
find_settings(struct table_build *m, const struct host_account *account,
    struct sshd_case *out)
{
	const bool shared = find_blocks(m, account, &out->blocks) &&
	    !name_list_has(&m->admins, account->name);

	for (size_t i = 0; shared && i < m->case_count; i++)
		if (m->cases[i].blocks == out->blocks) {
			*out = m->cases[i];
			return 0;
		}
	if (query_sshd(account->name, out) != 0)
		return -1;
	if (shared && m->case_count < CASES_MAX)
		m->cases[m->case_count++] = *out;
	return 0;
}

/* Evaluates the account with this result of rules and record. */
static enum lockout
find_obstacle(const struct table_build *m, struct lockout_account *a,
    const struct sshd_settings *sshd, enum lockout code)
{
	a->code = code;
	if (m->sshd)
		return evaluate_account(m, a, sshd);
	/* other services require a password before the code */
	return !a->host->password && !m->stack.other_passwords ? LOCKOUT_NOTHING
	    : code == LOCKOUT_ASKED                            ? LOCKOUT_IN
							       : code;
}

static int
table_add_account(struct table_build *m, struct lockout_account *a,
    const struct sshd_settings *sshd, bool known)
{
	const struct host_account *account = a->host;
	const struct lockout_source *source = &m->source;
	struct lockout_row row = { .admin = name_list_has(
				       &m->admins, account->name) };
	enum lockout code = LOCKOUT_IN;
	const bool ask = known || !m->table->one_by_one ||
	    m->record_reads++ < RECORD_READS_MAX;

	if (m->stack.asks || source->then != NULL) {
		(void)lockout_code(
		    source, true, &m->hosts, account, ask, &row.plan[1]);
		code = lockout_code(
		    source, false, &m->hosts, account, ask, &row.plan[0]);
	}
	if (m->stack.asks)
		row.decided =
		    find_obstacle(m, a, sshd, LOCKOUT_IN) == LOCKOUT_IN;
	else
		code = LOCKOUT_IN;
	row.how = find_obstacle(m, a, sshd, code);
	memcpy(row.name, account->name, sizeof(row.name));
	PRINT_TO(row.full_name, "%s", account->full_name);
	return known || row.how != LOCKOUT_NOTHING
	    ? add_table_row(m->table, &row)
	    : 0;
}

/* Uses the general settings first: many accounts cannot log in by them, and
 * need no run of sshd. */
static int
take_account(
    struct table_build *m, const struct host_account *account, bool known)
{
	struct sshd_case here = m->general;
	struct lockout_account a;

	if (lockout_account_fill_from_system(&a, account, &here.access) != 0)
		return 0;
	if (!known && !account->password && a.keys != LOCKOUT_KEYS_SOME)
		return 0;
	if (m->by_user) {
		if (find_settings(m, account, &here) != 0)
			return -1;
		(void)lockout_account_fill_from_system(
		    &a, account, &here.access);
	}
	if (!known && a.excluded)
		return 0;
	a.enrolled = name_list_has(&m->enrolled, account->name);
	return table_add_account(m, &a, &here.sshd, known);
}

/* sudo is for users in sudoers; sudo and su ask root for nothing. */
static bool
service_applies(
    const struct table_build *m, const struct host_account *account, bool known)
{
	const char *service = m->source.service;
	const bool sudo = strcmp(service, "sudo") == 0;

	if (account->uid == 0 && (sudo || strcmp(service, "su") == 0))
		return name_list_has(&m->enrolled, account->name);
	return known || !sudo || m->all_sudo;
}

/* Evaluates either the known accounts or all others. */
static int
lockout_take_all(struct table_build *m, bool known)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < m->hosts.count; i++) {
		const struct host_account *a = &m->hosts.account[i];

		if (name_list_has(&m->known, a->name) != known ||
		    !service_applies(m, a, known))
			continue;
		if (frame_clock_ms() >= m->end)
			m->table->left++;
		else
			rc = take_account(m, a, known);
	}
	return rc;
}

/* Adds the names in a list of sshd that are no patterns; USER of USER@HOST. */
static int
add_words(struct name_list *names, const char *list)
{
	struct text_part rest = text_part(list), word;
	char name[USER_NAME_MAX + 1];
	int rc = 0;

	while (rc == 0 && text_part_next(&rest, " ", &word)) {
		PRINT_TO(name, "%.*s", (int)strcspn(word.at, "@ "), word.at);
		if (word.len > 0 && strpbrk(name, "*?!") == NULL)
			rc = name_list_add(names, name);
	}
	return rc;
}

/* Collects the accounts that always have a row, and the groups to look up. */
static int
gather_names(struct table_build *m, struct name_list *groups)
{
	const struct settings *conf = m->source.conf, *then = m->source.then;
	int rc = lockout_root_list_accounts(&m->admins);

	(void)name_list_enrolled(&m->enrolled, conf, NULL);
	m->all_sudo = lockout_root_add_sudoers(&m->known);
	if (rc == 0 &&
	    (name_list_add_all(&m->known, &m->admins) != 0 ||
		name_list_add_all(&m->known, &m->enrolled) != 0 ||
		add_words(&m->known, m->general.access.allow_users) != 0 ||
		add_words(groups, m->general.access.allow_groups) != 0 ||
		add_words(groups, m->general.access.deny_groups) != 0))
		rc = -1;
	for (; conf != NULL; conf = conf != then ? then : NULL)
		for (size_t r = 0; r < conf->rule_count; r++) {
			const struct text_list *g = &conf->rule[r].groups;

			for (size_t i = 0; rc == 0 && i < g->count; i++)
				rc = name_list_add(groups, g->item[i]);
		}
	name_list_sort(&m->known);
	name_list_sort(groups);
	return rc;
}

static int
gather(struct table_build *m)
{
	struct name_list groups OWNED(name_list_free) = { .count = 0 };
	int rc = 0;

	if (m->sshd)
		rc = query_sshd("", &m->general);
	if (rc == 0)
		rc = gather_names(m, &groups);
	if (rc == 0)
		rc = host_accounts_read(&m->hosts, &m->known, &groups);
	return rc;
}

/* Copies the settings, to read the records of one account after the other. */
static const struct settings *
for_accounts(
    struct table_build *m, struct settings *out, const struct settings *conf)
{
	*out = *conf;
	out->account = &m->owner;
	return out;
}

void
lockout_table_free(struct lockout_table *table)
{
	free(table->row);
	*table = (struct lockout_table){ .count = 0 };
}

/* Modules that may have passwords of local accounts. pam_sss has only those of
 * its own accounts. */
static const char *const directories[] = { "pam_krb5", "pam_ldap", "pam_mysql",
	"pam_pgsql", "pam_radius", "pam_radius_auth", "pam_tacplus",
	"pam_winbind", NULL };

void
lockout_stack(struct lockout_stack *s, const struct pam_stack *stack,
    const struct pam_walk *walk)
{
	bool password = false;

	*s = (struct lockout_stack){ .asks = walk->twofa != NULL };
	for (size_t i = 0; i < stack->count; i++) {
		s->other_passwords |=
		    pam_stack_line_has_any_module(&stack->line[i], directories);
		password |= stack->line[i].factor == PAM_FACTOR_PASSWORD;
	}
	s->key_is_enough = s->asks && walk->no_password;
	s->no_password = s->asks ? walk->no_factor : !password;
}

const struct lockout_row *
lockout_table_find(const struct lockout_table *t, const char *name)
{
	return t->count == 0 ? NULL
			     : bsearch(name, t->row, t->count, sizeof(*t->row),
				   name_list_compare);
}

enum lockout_change
lockout_change(const struct lockout_table *before,
    const struct lockout_table *after, size_t n)
{
	const struct lockout_row *row = &after->row[n];
	const struct lockout_row *was = lockout_table_find(before, row->name);
	const bool meant = row->how == LOCKOUT_MEANT;

	if (!lockout_is_obstacle(row->how) && !meant)
		return LOCKOUT_CHANGE_NONE;
	/* an account without a row may have been able to log in */
	if (was != NULL && was->how != LOCKOUT_IN)
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
lockout_change_denies_all_admins(
    const struct lockout_table *before, const struct lockout_table *after)
{
	return has_admin(before) && !has_admin(after);
}

static int
read_stack(const char *service, struct lockout_stack *out)
{
	struct pam_folder_reading reading = { .cause = NULL };
	const struct pam_stack_source files = PAM_FOLDER_SOURCE(&reading);
	static struct pam_stack stack;
	const bool sshd = strcmp(service, "sshd") == 0;
	const struct pam_walk_login of = { .caller_is_root = sshd,
		.verified = sshd };
	struct pam_walk walk = { .too_complex = true };

	if (pam_stack_read(&stack, service, &files) == PAM_STACK_READ &&
	    reading.cause == NULL) {
		pam_walk_check_stack(&stack, &of, &walk);
		lockout_stack(out, &stack, &walk);
	}
	if (!walk.too_complex)
		return 0;
	PRINT_TO(trusted_file_cause,
	    PAM_FOLDER_FIRST "/%.60s cannot be checked; see: twofactl doctor "
			     "--service %.60s",
	    service, service);
	return -1;
}

bool
lockout_host_asks(const char *service)
{
	struct lockout_stack stack;

	return pam_folder_has(service) &&
	    (read_stack(service, &stack) != 0 || stack.asks);
}

/* Fills in the table by the stack, which is known. */
static int
lockout_fill_table(struct table_build *m)
{
	struct lockout_table *table = m->table;
	int rc = -1;

	if (m->sshd) {
		sshd_match_read(&m->match, sshd_ask_config());
		m->by_user = sshd_match_depends_on_user(&m->match);
	}
	m->end = frame_clock_ms() + TABLE_MAX_MS;
	if (gather(m) == 0 && lockout_take_all(m, true) == 0 &&
	    lockout_take_all(m, false) == 0)
		rc = 0;
	if (table->count > 0)
		qsort(table->row, table->count, sizeof(*table->row),
		    name_list_compare);
	host_accounts_free(&m->hosts);
	name_list_free(&m->admins);
	name_list_free(&m->enrolled);
	name_list_free(&m->known);
	if (rc != 0)
		lockout_table_free(table);
	return rc;
}

int
lockout_host_make(
    struct lockout_table *table, const struct lockout_source *source)
{
	static struct table_build build;
	struct table_build *m = &build;

	*table = (struct lockout_table){ .one_by_one = !record_place_can_list(
					     source->conf) };
	memset(m, 0, sizeof(*m));
	m->table = table;
	m->source = *source;
	m->source.conf = for_accounts(m, &m->conf, source->conf);
	if (source->then != NULL)
		m->source.then = for_accounts(m, &m->then, source->then);
	m->sshd = strcmp(source->service, "sshd") == 0;
	if (source->stack != NULL)
		m->stack = *source->stack;
	else if (read_stack(source->service, &m->stack) != 0)
		return -1;
	if (lockout_fill_table(m) == 0)
		return 0;
	PRINT_TO(trusted_file_cause, "%s",
	    m->sshd ? "no memory, the accounts cannot be listed (see: "
		      "getent passwd, getent group), or sshd -T fails; "
		      "see: sshd -T"
		    : "no memory, or the accounts cannot be listed; "
		      "see: getent passwd, getent group");
	return -1;
}
