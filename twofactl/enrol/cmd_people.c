/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl people: compares the members of enrol_groups with the records. It
 * has no list unless all is known: who has left must not be a guess. */
#include "twofactl/enrol/enrol.h"

#include <errno.h>
#include <stdlib.h>

#include "twofactl/lockout/lockout.h"

enum standing {
	STANDING_UNKNOWN = 0, /* reported */
	STANDING_ENROLLED,
	STANDING_NEW,   /* a member without a record */
	STANDING_LEFT,  /* a record of an account in none of the groups */
	STANDING_GONE,  /* a record or a member without an account */
	STANDING_OTHER, /* a record of a user before, or with another uid */
	STANDINGS,
};

static const char *const words[] = { "", "enrolled", "new", "left", "gone",
	"other-account" };

struct people {
	const struct settings *conf;
	struct host_accounts hosts; /* empty: accounts are looked up */
	struct name_list enrolled, all;
	enum standing *standing; /* of all */
	size_t count[STANDINGS];
};

static enum standing
find_standing(const struct people *p, const char *user)
{
	enum membership in = GROUP_UNKNOWN;
	struct account account = { .gid = 0 };
	const enum account_result found = record_owner_account(user, &account);
	const struct passwd pw = { .pw_name = account.name,
		.pw_gid = account.gid };
	enum user_owner is;

	if (found == ACCOUNT_ABSENT)
		return STANDING_GONE;
	if (found == ACCOUNT_FOUND && !name_list_has(&p->enrolled, pw.pw_name))
		return STANDING_NEW;
	is = record_owner_find(p->conf, user, NULL, 0).is;
	if (is == USER_OTHER)
		return STANDING_OTHER;
	if (found == ACCOUNT_FOUND)
		in = host_accounts_membership(
		    &p->hosts, &pw, &p->conf->enrol_groups);
	if (in == GROUP_MEMBER)
		return is == USER_LEFT ? STANDING_OTHER : STANDING_ENROLLED;
	if (in == GROUP_NOT_MEMBER)
		return STANDING_LEFT;
	terminal_error("it is not known whether %s is in enrol_groups; see: "
		       "getent initgroups %s",
	    user, terminal_shell_quote(user));
	return STANDING_UNKNOWN;
}

/* Returns 0, or -1 after reporting. */
static int
compare(struct people *p)
{
	const struct name_list none = { .count = 0 };
	const int rc = host_accounts_read_members(
	    &p->hosts, "enrol_groups", &p->conf->enrol_groups, &none, &p->all);

	if (rc > 0)
		return -1;
	if (rc == 0 && name_list_add_all(&p->all, &p->enrolled) == 0)
		p->standing = calloc(p->all.count, sizeof(*p->standing));
	if (p->standing == NULL)
		return terminal_error("enrol_groups: %s", strerror(errno));
	name_list_sort(&p->all);
	for (size_t i = 0; i < p->all.count; i++) {
		p->standing[i] = find_standing(p, p->all.name[i]);
		if (p->standing[i] == STANDING_UNKNOWN)
			return -1;
		p->count[p->standing[i]]++;
	}
	if (p->count[STANDING_LEFT] + p->count[STANDING_GONE] < p->all.count)
		return 0;
	return terminal_error("no member of enrol_groups has an account");
}

static void
print_people(const struct people *p, bool json)
{
	if (json)
		terminal_json("{people:[");
	for (size_t s = STANDING_ENROLLED; s < STANDINGS; s++)
		for (size_t i = 0; i < p->all.count; i++) {
			const char *user = p->all.name[i];

			if (p->standing[i] == s && json)
				terminal_json(
				    ",{user:%s,standing:%s}", user, words[s]);
			else if (p->standing[i] == s)
				printf("%-20s  %s\n",
				    terminal_shell_quote(user), words[s]);
		}
	if (json)
		terminal_json("]}\n");
	for (size_t s = STANDING_ENROLLED; !json && s < STANDINGS; s++)
		printf("%zu %s%s", p->count[s], words[s],
		    s + 1 < STANDINGS ? ", " : "\n");
}

enum ctl_exit
cmd_people(struct command_user *c, const struct arguments *typed)
{
	struct people p = { .conf = c->conf };
	enum ctl_exit status = CTL_FAILED;

	if (c->conf->enrol_groups.count == 0)
		return terminal_error_status(
		    CTL_SETTINGS, "first set enrol_groups in %s", c->run.conf);
	if (!record_place_can_list_or_report(c->conf))
		return CTL_FAILED;
	if (name_list_enrolled(&p.enrolled, c->conf, 0, &complain_report) != 0)
		return CTL_SETTINGS;
	if (compare(&p) == 0) {
		print_people(&p, typed->json);
		status = p.count[STANDING_ENROLLED] == p.all.count ? CTL_DONE
								   : CTL_NO;
	}
	host_accounts_free(&p.hosts);
	name_list_free(&p.enrolled);
	name_list_free(&p.all);
	free(p.standing);
	return status;
}
