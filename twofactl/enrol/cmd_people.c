/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl people: compares the members of enrol_groups with the records, and
 * acts on all of one standing. It has no list unless all is known: who has left
 * must not be a guess. */
#include "twofactl/enrol/enrol_inside.h"

#include <errno.h>
#include <stdlib.h>

#include "twofactl/lockout/lockout.h"

#define REMOVED_PERCENT_MAX 10 /* by --yes alone */

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
	is = record_owner_find(p->conf, user, NULL).is;
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

static int
add_invited(void *ctx, const struct item *r)
{
	return r->kind == ITEM_BYPASS ? name_list_add(ctx, r->text[1]) : 0;
}

/* Returns NULL, or why nothing is done to the user: an invitation by an earlier
 * call may be on its way, and a shorter group must not disarm an admin, or an
 * account of several people. invited: for invitations; else NULL. */
static const char *
why_left_out(
    const struct people *p, const char *user, const struct name_list *invited)
{
	struct user_record record OWNED(user_record_wipe);
	enum user_result found;

	if (invited != NULL)
		return name_list_has(invited, user)
		    ? "has an open invitation; see: twofactl list --codes"
		    : NULL;
	found = user_record_read(p->conf, user, &record, NULL);
	if (found == USER_PEOPLE)
		return "is shared by people; use: twofactl remove";
	if (found != USER_FOUND && found != USER_ABSENT)
		return "has a record that cannot be read; see: twofactl check";
	return lockout_root_includes(user)
	    ? "can become root; use: twofactl remove"
	    : NULL;
}

static enum ctl_exit
list_to_act_on(const struct people *p, const struct name_list *invited,
    struct name_list *out)
{
	const enum standing whom =
	    invited != NULL ? STANDING_NEW : STANDING_LEFT;

	for (size_t i = 0; i < p->all.count; i++) {
		const char *user = p->all.name[i], *why;

		if (p->standing[i] != whom)
			continue;
		why = why_left_out(p, user, invited);
		if (why != NULL)
			terminal_error("%s is left out: it %s", user, why);
		else if (name_list_add(out, user) != 0)
			return terminal_error_status(
			    CTL_FAILED, "%s", strerror(errno));
	}
	if (out->count > 0)
		return CTL_DONE;
	return terminal_error_status(CTL_NO,
	    invited != NULL ? "no invitation is needed"
			    : "no record is to be removed");
}

/* Names them, and asks. A group that lost many of its members is more likely an
 * error: then their number is to be typed. */
static enum ctl_exit
confirm(const struct people *p, const struct arguments *typed,
    const struct name_list *list)
{
	const bool many = typed->remove &&
	    list->count * 100 > p->enrolled.count * REMOVED_PERCENT_MAX;
	const char *then = enrol_without_record(p->conf);
	char text[128], number[24], answer[24] = "";

	if (typed->remove && then != enrol_denied)
		terminal_error("afterwards %s; to deny them run twofactl leave "
			       "instead",
		    then);
	if (typed->yes && !many)
		return CTL_DONE;
	for (size_t i = 0; i < list->count; i++)
		terminal_error("%s: %s",
		    words[typed->remove ? STANDING_LEFT : STANDING_NEW],
		    list->name[i]);
	if (!terminal_is_open())
		return terminal_error_status(CTL_USAGE,
		    "nothing was changed; %s",
		    many ? "for more than 10 % of the records run it at a "
			   "terminal"
			 : "to do it add --yes");
	PRINT_TO(number, "%zu", list->count);
	PRINT_TO(text, "%s these %s? [y/N] ",
	    typed->remove ? "Remove" : "Invite", number);
	if (!many)
		return terminal_confirm(text);
	PRINT_TO(text,
	    "%s of %zu records, more than %d %%: type this number to remove "
	    "them: ",
	    number, p->enrolled.count, REMOVED_PERCENT_MAX);
	(void)terminal_read_line(text, answer, sizeof(answer));
	if (strcmp(answer, number) == 0)
		return CTL_DONE;
	puts("Nothing was changed.");
	return CTL_NO;
}

static enum ctl_exit
act_on_each(const struct command_user *c, const struct arguments *typed,
    const struct name_list *list)
{
	struct command_user one = *c;

	if (typed->csv)
		puts("user,invitation");
	for (size_t done = 0; done < list->count; done++) {
		const char *user = list->name[done];
		enum ctl_exit status =
		    command_user_find(&one.target, user, NULL, false);

		if (status == CTL_DONE)
			status = typed->invite ? cmd_code(&one, typed)
					       : remove_record(&one);
		/* CTL_NO: there were codes, or no record, meanwhile */
		if (status != CTL_DONE && status != CTL_NO)
			return terminal_error_status(status,
			    "stopped at %s, after %zu of %zu; to go on, run "
			    "this again",
			    user, done, list->count);
	}
	return CTL_DONE;
}

static enum ctl_exit
act(const struct command_user *c, const struct arguments *typed,
    const struct people *p)
{
	struct name_list list OWNED(name_list_free) = { .count = 0 },
			      invited OWNED(name_list_free) = { .count = 0 };
	const struct client_request open = { .purpose = PURPOSE_STATUS,
		.request = PURPOSE_STATUS_CODES,
		.ctx = &invited,
		.record = add_invited };
	enum ctl_exit status =
	    typed->invite ? client_request(&c->run, &open) : CTL_DONE;

	name_list_sort(&invited);
	if (status == CTL_DONE)
		status =
		    list_to_act_on(p, typed->invite ? &invited : NULL, &list);
	if (status == CTL_DONE)
		status = confirm(p, typed, &list);
	if (status == CTL_DONE)
		status = act_on_each(c, typed, &list);
	return status;
}

static bool
options_fit(const struct arguments *typed)
{
	const bool acts = typed->invite != typed->remove;

	return typed->members_left == typed->remove &&
	    typed->invite == typed->csv &&
	    typed->invite == (typed->hours != NULL && typed->why != NULL) &&
	    (acts ? !typed->run.json : !typed->yes && !typed->invite);
}

enum ctl_exit
cmd_people(struct command_user *c, const struct arguments *typed)
{
	struct people p = { .conf = c->conf };
	enum ctl_exit status = CTL_FAILED;

	if (!options_fit(typed))
		return terminal_error_status(CTL_USAGE,
		    "people takes --json; or --left --remove; or --invite "
		    "--csv with --hours and --why");
	if (c->conf->enrol_groups.count == 0)
		return terminal_error_status(
		    CTL_SETTINGS, "first set enrol_groups in %s", c->run.conf);
	if (!record_place_can_list_or_report(c->conf))
		return CTL_FAILED;
	if (name_list_enrolled(&p.enrolled, c->conf, &complain_report) != 0)
		return CTL_SETTINGS;
	if (compare(&p) != 0)
		status = CTL_FAILED;
	else if (typed->invite || typed->remove)
		status = act(c, typed, &p);
	else {
		print_people(&p, typed->run.json);
		status = p.count[STANDING_ENROLLED] == p.all.count ? CTL_DONE
								   : CTL_NO;
	}
	host_accounts_free(&p.hosts);
	name_list_free(&p.enrolled);
	name_list_free(&p.all);
	free(p.standing);
	return status;
}
