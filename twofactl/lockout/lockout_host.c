/* SPDX-License-Identifier: BSD-2-Clause */
/* Who could log in by a service of this host. */
#include "twofactl/lockout/lockout_host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "twofactl/host/pam_folder.h"
#include "twofactl/host/pam_walk.h"
#include "twofactl/lockout/account_code.h"
#include "twofactl/lockout/account_facts.h"
#include "twofactl/lockout/root_access.h"
#include "twofactl/records/state_records.h"

static int
fail(char cause[LOCKOUT_HOST_CAUSE], const char *what)
{
	(void)snprintf(cause, LOCKOUT_HOST_CAUSE, "%.*s",
	    (int)strcspn(what, "\r\n"), what);
	return -1;
}

/* What the service's stack requires. */
static int
read_stack(const char *service, struct login_stack *out,
    char cause[LOCKOUT_HOST_CAUSE])
{
	struct pam_folder_reading reading = { .cause = NULL };
	const struct pam_stack_source files = { .ctx = &reading,
		.read = pam_folder_read,
		.look = pam_folder_look };
	struct pam_stack *stack = malloc(sizeof(*stack));
	const bool sshd = strcmp(service, "sshd") == 0;
	const struct pam_walk_service of = { sshd, sshd };
	struct pam_walk walk = { .too_complex = true };

	if (stack != NULL &&
	    pam_stack_read(stack, service, &files) == PAM_STACK_READ &&
	    reading.cause == NULL) {
		pam_walk_judge(stack, &of, &walk);
		login_stack_read(out, stack, &walk);
	}
	free(stack);
	if (!walk.too_complex)
		return 0;
	(void)snprintf(cause, LOCKOUT_HOST_CAUSE,
	    PAM_FOLDER_FIRST "/%.60s cannot be judged; see: twofactl doctor "
			     "--service %.60s",
	    service, service);
	return -1;
}

static int
make_sshd(struct lockout_table *table, const struct settings *conf,
    const struct lockout_sshd *sshd, char cause[LOCKOUT_HOST_CAUSE])
{
	struct sshd_match *match = calloc(1, sizeof(*match));
	struct login_stack stack;
	struct lockout_source source = { .conf = conf,
		.stack = &stack,
		.match = match,
		.one_by_one = state_records_one_by_one(conf),
		.ctx = sshd->ctx,
		.sshd = sshd->ask };
	int rc = match != NULL ? read_stack("sshd", &stack, cause)
			       : fail(cause, "no memory");

	if (rc == 0) {
		sshd_match_read(match, sshd->config);
		source.by_user = sshd_match_asks_who(match);
		rc = lockout_table_make(table, &source);
		if (rc != 0)
			(void)fail(cause,
			    "no memory, or sshd does not tell "
			    "its settings; see: sshd -T");
	}
	free(match);
	return rc;
}

static enum lockout
judge_code(enum account_code code)
{
	switch (code) {
	case CODE_MEANT:
		return LOCKOUT_MEANT;
	case CODE_NO_RECORD:
		return LOCKOUT_RECORD;
	case CODE_BROKEN:
		return LOCKOUT_FILE;
	case CODE_UNSEEN:
		return LOCKOUT_UNSEEN;
	case CODE_ASKED:
	case CODE_FREE:
		break;
	}
	return LOCKOUT_IN;
}

static int
gather(struct name_list *names, const struct settings *conf, bool root)
{
	struct name_list admins = { .count = 0 }, enrolled = { .count = 0 };
	int rc = root_access_members(&admins);

	(void)name_list_enrolled(&enrolled, conf, 0, &settings_report_none);
	if (rc == 0 &&
	    (name_list_add_all(names, &admins) != 0 ||
		name_list_add_all(names, &enrolled) != 0 ||
		(root && name_list_add(names, "root") != 0)))
		rc = -1;
	name_list_free(&admins);
	name_list_free(&enrolled);
	name_list_sort(names);
	return rc;
}

/* Without a password an account never reaches the code, before or after. */
static enum lockout
judge_account(const struct settings *conf, const char *service,
    const char *user, const struct login_stack *stack, bool ask)
{
	static const struct sshd_access everybody;
	struct account_facts a;

	if (account_facts_read(&a, user, &everybody) != 0 ||
	    (a.password == PASSWORD_NONE && !stack->other_passwords))
		return LOCKOUT_NOTHING;
	if (!stack->asks)
		return LOCKOUT_IN;
	return judge_code(ask ? account_code(conf, service, user)
			      : account_code_unasked(conf, service, user));
}

static void
add_row(struct lockout_table *table, const char *name, enum lockout how)
{
	struct lockout_row *row = &table->row[table->count++];

	(void)snprintf(row->name, sizeof(row->name), "%s", name);
	row->admin = root_access_has(row->name);
	row->how = how;
}

/* names: all rows; others: those that are none of them and have a password. */
static void
fill(struct lockout_table *table, const struct name_list *names,
    const struct name_list *others, const struct settings *conf,
    const char *service, const struct login_stack *stack)
{
	unsigned asked = 0;

	for (size_t i = 0; i < names->count; i++)
		add_row(table, names->name[i],
		    judge_account(conf, service, names->name[i], stack, true));
	for (size_t i = 0; i < others->count; i++) {
		const char *name = others->name[i];
		enum lockout how;

		if (name_list_has(names, name))
			continue;
		how = judge_account(
		    conf, service, name, stack, asked < LOCKOUT_ASKED);
		if (how == LOCKOUT_NOTHING)
			continue;
		asked++;
		add_row(table, name, how);
	}
}

static int
make_other(struct lockout_table *table, const struct settings *conf,
    const char *service, char cause[LOCKOUT_HOST_CAUSE])
{
	const bool root =
	    strcmp(service, "sudo") != 0 && strcmp(service, "su") != 0;
	struct name_list names = { .count = 0 }, others = { .count = 0 };
	struct login_stack stack;
	int rc = read_stack(service, &stack, cause);

	table->one_by_one = state_records_one_by_one(conf);
	if (rc == 0 && gather(&names, conf, root) != 0)
		rc = fail(cause,
		    "the admins cannot be looked up; see: getent "
		    "group sudo wheel admin");
	if (rc == 0 && table->one_by_one && strcmp(service, "sudo") != 0 &&
	    name_list_accounts(&others) != 0)
		rc = fail(cause,
		    "this host's accounts cannot be listed; see: "
		    "getent passwd");
	if (rc == 0) {
		table->row =
		    calloc(names.count + others.count + 1, sizeof(*table->row));
		rc = table->row != NULL ? 0 : fail(cause, "no memory");
	}
	if (rc == 0)
		fill(table, &names, &others, conf, service, &stack);
	name_list_free(&names);
	name_list_free(&others);
	return rc;
}

int
lockout_host_make(struct lockout_table *table, const struct settings *conf,
    const char *service, const struct lockout_sshd *sshd,
    char cause[LOCKOUT_HOST_CAUSE])
{
	*table = (struct lockout_table){ .count = 0 };
	return strcmp(service, "sshd") == 0
	    ? make_sshd(table, conf, sshd, cause)
	    : make_other(table, conf, service, cause);
}
