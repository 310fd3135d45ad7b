/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl helpdesk: which users may be helped, by whom and how often, and the
 * help. */
#include "twofactl/helpdesk/helpdesk.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "twofactl/client/client.h"
#include "twofactl/etc/etc.h"

#define HOURS_DEFAULT "8"
#define DESK_HOURS_MAX 24
#define DAY_S 86400
#define DESK_NAME_MAX 80 /* bytes that are shown of a full name */

/* Each lets its members become root, sudo or not. */
static const char *const protected_always[] = { "root", "sudo", "wheel",
	"admin", "docker", "lxd", "incus", "disk", "kvm", "libvirt" };

struct desk {
	struct command_user c;
	uid_t uid; /* of the caller */
	/* who can become root: as in sudoers, and all their uids */
	struct name_list root_names;
	struct name_list group_names;      /* members cannot be helped */
	struct text_list protected_groups; /* the same */
	struct status status;
	struct name_list codes; /* the user of each bypass code */
	unsigned left;          /* uses that the caller has left today */
};

static bool exact_words; /* set by helpdesk_check_words */

bool
helpdesk_check_words(int argc, char *const *argv)
{
	static const char *const what[] = { "code", "status", "unlock", "end",
		NULL };
	int at = argc > 3 && strcmp(argv[3], "--json") == 0 ? 4 : 3;

	exact_words = argc > 1 && strcmp(argv[1], "helpdesk") == 0;
	if (!exact_words || (argc == 3 && strcmp(argv[2], "--help") == 0))
		return true;
	if (argc == at)
		return strcmp(argv[2], "who") == 0;
	if (argc > at && strcmp(argv[at], "--") == 0)
		at++;
	return argc == at + 1 + (strcmp(argv[2], "end") == 0) &&
	    text_is_one_of(argv[2], what) && user_name_is_valid(argv[at]) &&
	    (argc == at + 1 || argv[at + 1][0] != '-');
}

/* Raises the resource limits: those set by the caller must not prevent files or
 * groups from being read. */
static void
lift_limits(void)
{
	static const int all[] = { RLIMIT_AS, RLIMIT_CPU, RLIMIT_DATA,
		RLIMIT_FSIZE, RLIMIT_NOFILE, RLIMIT_STACK };
	const struct rlimit files = { 1 << 20, 1 << 20 };
	const struct rlimit none = { RLIM_INFINITY, RLIM_INFINITY };

	for (size_t i = 0; i < COUNT_OF(all); i++)
		(void)setrlimit((__rlimit_resource_t)all[i],
		    all[i] == RLIMIT_NOFILE ? &files : &none);
}

/* True if the account is in one of these groups; returns doubt if that is
 * unknown, as for a group without a name. */
static bool
desk_is_member(
    const struct text_list *groups, const struct passwd *pw, bool doubt)
{
	struct rule rule = { .groups = *groups };
	const struct settings asks = { .rule = &rule, .rule_count = 1 };
	struct account account = { .gid = pw->pw_gid };
	struct group_fact *fact;
	size_t count;
	bool in;

	PRINT_TO(account.name, "%s", pw->pw_name);
	fact = accounts_read_group_facts(&asks, &account, &count);
	in = fact == NULL && doubt;

	for (size_t i = 0; fact != NULL && i < count; i++)
		in |= fact[i].membership == GROUP_MEMBER ||
		    (doubt && fact[i].membership == GROUP_UNKNOWN &&
			(fact[i].why[0] != '\0' ||
			    strchr("#:", fact[i].name[0]) != NULL));
	free(fact);
	return in;
}

/* Adds the group that sudoers calls %sudo, %#27 or, as sudo ignores case,
 * %SUDO, in all its spellings. */
static int
add_spellings(struct name_list *groups, const char *name)
{
	const struct group *gr = name[0] == '#'
	    ? getgrgid((gid_t)strtoul(name + 1, NULL, 10))
	    : NULL;
	int rc = name_list_add(groups, gr != NULL ? gr->gr_name : name);

	setgrent();
	while (rc == 0 && (gr = getgrent()) != NULL)
		if (strcasecmp(gr->gr_name, name) == 0)
			rc = name_list_add(groups, gr->gr_name);
	endgrent();
	return rc;
}

/* Adds the uids of these users: an account may have several names. */
static int
add_uids(struct name_list *to, const struct name_list *users)
{
	char uid[USER_NAME_MAX + 1];
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < users->count; i++) {
		const struct passwd *pw = getpwnam(users->name[i]);

		if (pw == NULL)
			continue;
		PRINT_TO(uid, "#%lu", (unsigned long)pw->pw_uid);
		rc = name_list_add(to, uid);
	}
	return rc;
}

/* Lists the groups that cannot be helped, and the uids of all admins. */
static int
list_groups_and_uids(struct desk *d)
{
	struct name_list *names = &d->root_names, *groups = &d->group_names;
	struct name_list one, uids = { .count = 0 };
	int rc = add_spellings(groups, d->c.conf->helpdesk_group);

	for (size_t i = 0; rc == 0 && i < COUNT_OF(protected_always); i++)
		rc = name_list_add(groups, protected_always[i]);
	for (size_t i = 0; rc == 0 && i < names->count; i++)
		if (names->name[i][0] == '%')
			rc = add_spellings(groups, names->name[i] + 1);
	if (rc == 0)
		rc = add_uids(&uids, names);
	for (size_t i = 0; rc == 0 && i < groups->count; i++) {
		if (name_list_members(&one, groups->name[i]) ==
			NAME_LIST_FAILED ||
		    add_uids(&uids, &one) != 0)
			rc = -1;
		name_list_free(&one);
	}
	if (rc == 0)
		rc = name_list_add_all(names, &uids);
	name_list_free(&uids);
	return rc;
}

static enum ctl_exit
list_admins(struct desk *d)
{
	const char *why = lockout_sudoers_list(&d->root_names, false);
	struct text_list *groups = &d->protected_groups;

	if (why != NULL)
		return terminal_error_status(CTL_NO,
		    "no user can be helped, as it is not known who can become "
		    "root: %s",
		    why);
	if (list_groups_and_uids(d) == 0)
		groups->item =
		    calloc(d->group_names.count, sizeof(groups->item[0]));
	if (groups->item == NULL)
		return terminal_error_status(CTL_FAILED, "%s", strerror(errno));
	for (; groups->count < d->group_names.count; groups->count++)
		groups->item[groups->count] =
		    d->group_names.name[groups->count];
	return CTL_DONE;
}

/* True if this name in sudoers includes the user. */
static bool
sudo_name_includes(const char *name, const struct passwd *pw)
{
	if (name[0] == '#')
		return strtoul(name + 1, NULL, 10) == pw->pw_uid;
	if (name[0] == '+')
		return innetgr(name + 1, NULL, pw->pw_name, NULL) != 0;
	return strcasecmp(name, pw->pw_name) == 0 || strcmp(name, "ALL") == 0;
}

static bool
desk_is_admin(const struct desk *d, const struct passwd *pw)
{
	for (size_t i = 0; i < d->root_names.count; i++)
		if (sudo_name_includes(d->root_names.name[i], pw))
			return true;
	return pw->pw_uid == 0 ||
	    desk_is_member(&d->protected_groups, pw, true);
}

static bool
add_factors_user(
    void *ctx, const struct user_person *who, const struct user_record *record)
{
	(void)record;
	return who != NULL && name_list_add(ctx, who->user) != 0;
}

/* Adds users whose factors belong to people of an admin's account: they count
 * as admins. */
static enum ctl_exit
list_shared_factors(struct desk *d)
{
	struct name_list enrolled, lent = { .count = 0 };
	const struct passwd *pw;
	int rc =
	    name_list_enrolled(&enrolled, d->c.conf, 0, &settings_report_log);

	for (size_t i = 0; rc == 0 && i < enrolled.count; i++) {
		lent.count = 0;
		if (command_user_each_record(d->c.conf, enrolled.name[i],
			&settings_report_none, &lent, add_factors_user) == 1)
			rc = -1;
		pw = lent.count > 0 ? getpwnam(enrolled.name[i]) : NULL;
		if (pw != NULL && desk_is_admin(d, pw))
			rc |= name_list_add_all(&d->root_names, &lent);
	}
	name_list_free(&enrolled);
	name_list_free(&lent);
	return rc == 0 ? CTL_DONE
		       : terminal_error_status(CTL_FAILED,
			     "the records cannot be read: ask your "
			     "administrator");
}

/* Returns why this user may not be helped, or NULL. pw may be NULL. */
static const char *
desk_refusal(const struct desk *d, const struct passwd *pw)
{
	if (pw == NULL || !user_name_is_valid(pw->pw_name))
		return "no such account";
	if (pw->pw_uid == d->uid)
		return "that is yourself";
	if (!desk_is_member(&d->c.conf->helpdesk_for, pw, false))
		return "in no group of helpdesk_for";
	if (desk_is_admin(d, pw))
		return "of the help desk, or can become root; ask your "
		       "administrator";
	return NULL;
}

/* Checks the caller, and loads the settings and the lists of admins. */
static enum ctl_exit
desk_begin(struct desk *d)
{
	struct account caller;
	const struct passwd *pw;
	struct text_list own = { .count = 1 };
	enum ctl_exit status;

	d->uid = client_sudo_caller(&caller);
	if (d->uid == 0)
		return terminal_error_status(CTL_USAGE,
		    "the help desk runs it: sudo twofactl helpdesk ...; root "
		    "has: twofactl code, unlock, status");
	d->c.conf = settings_load(d->c.run.conf, 0, &settings_report_log);
	if (d->c.conf == NULL)
		return terminal_error_status(CTL_SETTINGS,
		    "%s is broken: ask your administrator", d->c.run.conf);
	if (d->c.conf->helpdesk_for.count == 0 ||
	    d->c.conf->helpdesk_group == NULL)
		return terminal_error_status(CTL_NO,
		    "no user can be helped: helpdesk_for and helpdesk_group "
		    "are not set in %s",
		    d->c.run.conf);
	own.item = &d->c.conf->helpdesk_group;
	pw = getpwuid(d->uid);
	if (pw == NULL || !desk_is_member(&own, pw, false))
		return terminal_error_status(CTL_NO,
		    "%s is not in the group %s", caller.name,
		    d->c.conf->helpdesk_group);
	record_place_use(&d->c.run, d->c.conf);
	status = list_admins(d);
	return status == CTL_DONE ? list_shared_factors(d) : status;
}

/* Counts what the caller has left for today. more: 1 uses one up, before it is
 * done; -1 gives it back, as nothing was done. */
static enum ctl_exit
desk_count(struct desk *d, int more)
{
	unsigned today = (unsigned)(time(NULL) / DAY_S), day, used;
	char path[64], text[32] = "", *end;
	ssize_t n = -1;
	bool good;
	int fd;

	PRINT_TO(
	    path, ETC_CHANGE_FOLDER "/helpdesk.%lu", (unsigned long)d->uid);
	(void)mkdir(ETC_CHANGE_FOLDER, 0700);
	fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd >= 0 && TEMP_FAILURE_RETRY(flock(fd, LOCK_EX)) == 0)
		n = pread(fd, text, sizeof(text) - 1, 0);
	day = (unsigned)strtoul(text, &end, 10);
	used = (unsigned)strtoul(end, &end, 10);
	good = n == 0 || (n > 0 && *end == '\n');
	if (today > day)
		used = 0;
	else
		today = day; /* a clock set back resets nothing */
	d->left = used < d->c.conf->helpdesk_daily
	    ? d->c.conf->helpdesk_daily - used
	    : 0;
	if (good && (more < 0 ? used > 0 : more > 0 && d->left > 0)) {
		PRINT_TO(text, "%010u %010u\n", today, used + (unsigned)more);
		good = pwrite(fd, text, strlen(text), 0) > 0 && fsync(fd) == 0;
	}
	if (fd >= 0)
		close(fd);
	if (good && (more <= 0 || d->left-- > 0))
		return CTL_DONE;
	return terminal_error_status(good ? CTL_NO : CTL_FAILED,
	    good ? "%s: %u times a day (helpdesk_daily) are used up"
		 : "%s cannot be used to count %u times a day",
	    path, d->c.conf->helpdesk_daily);
}

static int
take_bypass_user(void *ctx, const struct item *r)
{
	return r->kind == ITEM_BYPASS ? name_list_add(ctx, r->text[1]) : 0;
}

/* Reads what the state has of all users, or of the target. */
static enum ctl_exit
desk_read_state(struct desk *d)
{
	const struct client_request status = { .purpose = PURPOSE_STATUS,
		.user = d->c.target.owner,
		.ctx = &d->status,
		.record = status_records_add_item };
	const struct client_request codes = { .purpose = PURPOSE_STATUS,
		.request = PURPOSE_STATUS_CODES,
		.user = d->c.target.owner,
		.ctx = &d->codes,
		.record = take_bypass_user };
	enum ctl_exit done = client_request(&d->c.run, &status);

	if (done == CTL_DONE)
		done = client_request(&d->c.run, &codes);
	return done;
}

/* Returns what is counted over all sources, with the longest of the user's
 * locks: that of all sources (source ""), or of one. */
static struct status_row
desk_row(const struct status *s, const char *user)
{
	struct status_row row = { .of_user = true };

	for (size_t i = 0; i < s->count; i++) {
		const struct status_row *one = &s->row[i];
		const bool longer =
		    one->number[STATUS_LOCKED_S] > row.number[STATUS_LOCKED_S];

		if (strcmp(one->user, user) != 0)
			continue;
		if (one->of_user)
			memcpy(row.number, one->number, sizeof(row.number));
		else if (longer) {
			row.number[STATUS_LOCKED_S] =
			    one->number[STATUS_LOCKED_S];
			PRINT_TO(row.source, "%s", one->source);
		}
	}
	return row;
}

static const char *
standing_word(enum user_result found, const struct user_record *record)
{
	switch (found) {
	case USER_FOUND:
		return record->enabled ? "enrolled" : "disabled";
	case USER_ABSENT:
		return "not enrolled";
	case USER_PEOPLE:
		return "shared";
	case USER_OUTAGE:
	case USER_ERROR:
		break;
	}
	return "broken";
}

static void
desk_print_text(const struct passwd *pw, const char *name, const char *standing,
    const struct user_record *record, const struct status_row *row)
{
	char shown[4 * DESK_NAME_MAX + 1], span[TIME_SPAN_MAX];
	char factors[128] = "";

	escape_text(name, shown, sizeof(shown));
	if (record->enabled)
		record_write_factors(record, factors, sizeof(factors));
	printf("%-16s  %s%s%s", pw->pw_name, shown,
	    shown[0] != '\0' ? ": " : "", standing);
	if (factors[0] != '\0')
		printf(", %s", factors);
	printf(", %jd recovery codes", (intmax_t)row->number[STATUS_CODES]);
	explain_time_span(row->number[STATUS_LOCKED_S], span);
	if (row->number[STATUS_SHUT] != 0)
		printf(", locked out until unlocked");
	else if (row->number[STATUS_LOCKED_S] > 0)
		printf(", locked for %s%s%s", span,
		    row->source[0] != '\0' ? " from " : "", row->source);
	putchar('\n');
}

static void
desk_print_user(const struct desk *d, const struct passwd *pw)
{
	const struct status_row row = desk_row(&d->status, pw->pw_name);
	const int64_t *n = row.number;
	struct user_record record;
	const enum user_result found = user_record_read(
	    d->c.conf, pw->pw_name, 0, &record, &settings_report_none);
	const char *standing = standing_word(found, &record);
	const bool one = d->c.target.account[0] != '\0';
	char name[DESK_NAME_MAX + 1];
	size_t codes = 0;

	PRINT_TO(name, "%.*s", (int)strcspn(pw->pw_gecos, ","), pw->pw_gecos);
	for (size_t i = 0; i < d->codes.count; i++)
		codes += strcmp(d->codes.name[i], pw->pw_name) == 0;
	if (d->c.run.json) {
		terminal_json(",{user:%s,name:%s,standing:%s,record:[",
		    pw->pw_name, name, standing);
		if (found == USER_FOUND)
			record_print_json(
			    d->c.conf, pw->pw_name, NULL, &record, false);
		terminal_json("],wrong:%jd,locked_s:%jd,locked_from:%s,shut:%d,"
			      "sends_hour:%jd,sends_day:%jd,recovery_left:%jd,"
			      "codes:%zu",
		    n[STATUS_WRONG], n[STATUS_LOCKED_S], row.source,
		    n[STATUS_SHUT] != 0, n[STATUS_HOUR], n[STATUS_DAY],
		    n[STATUS_CODES], codes);
		if (one)
			terminal_json(",open:");
	} else
		desk_print_text(pw, name, standing, &record, &row);
	user_record_wipe(&record);
	if (one)
		(void)list_bypass_codes(&d->c.run, d->c.target.owner, "");
	if (d->c.run.json)
		terminal_json("}");
}

/* Prints all users who may be helped, or the target. */
static enum ctl_exit
desk_print_users(struct desk *d)
{
	const struct text_list *groups = &d->c.conf->helpdesk_for;
	struct name_list one, all = { .count = 0 };
	enum ctl_exit status = desk_read_state(d);
	int rc = 0;

	if (status != CTL_DONE)
		return status;
	if (d->c.target.account[0] != '\0')
		rc = name_list_add(&all, d->c.target.account);
	for (size_t i = 0; d->c.target.account[0] == '\0' && i < groups->count;
	     i++) {
		if (name_list_members(&one, groups->item[i]) ==
			NAME_LIST_FAILED ||
		    name_list_add_all(&all, &one) != 0)
			rc = -1;
		name_list_free(&one);
	}
	name_list_sort(&all);
	if (d->c.run.json)
		terminal_json("{people:[");
	for (size_t i = 0; i < all.count; i++) {
		const struct passwd *pw = getpwnam(all.name[i]);

		if (desk_refusal(d, pw) == NULL)
			desk_print_user(d, pw);
	}
	if (d->c.run.json)
		terminal_json("],left_today:%u,hours_max:%u}\n", d->left,
		    (unsigned)DESK_HOURS_MAX);
	name_list_free(&all);
	return rc == 0 ? CTL_DONE
		       : terminal_error_status(CTL_FAILED,
			     "the groups of helpdesk_for cannot be looked up");
}

static enum ctl_exit
desk_unlock(struct desk *d)
{
	int64_t freed; /* reported by "unlocked" */
	const struct client_request call = { .purpose = PURPOSE_UNLOCK,
		.user = d->c.target.owner,
		.count = &freed,
		.counts = ITEM_FREED };
	enum ctl_exit status = desk_count(d, 1);

	if (status != CTL_DONE)
		return status;
	status = client_request(&d->c.run, &call);
	if (status != CTL_DONE)
		(void)desk_count(d, -1);
	if (status != CTL_DONE && status != CTL_NO)
		return status;
	if (d->c.run.json)
		terminal_json("{unlocked:%d}\n", status == CTL_DONE);
	else
		printf("%s: %s.\n", d->c.target.account,
		    status == CTL_DONE ? "unlocked" : "nothing was locked");
	return status;
}

/* Reads reason, hours and invitation from stdin, because sudo logs the command
 * line. For a user who is not enrolled the code must be an invitation. */
static enum ctl_exit
desk_code(struct desk *d)
{
	char why[FRAME_WHY_MAX + 2] = "", hours[256] = "", invite[8] = "";
	struct arguments as = { .why = why, .hours = hours };
	struct user_record record;
	enum ctl_exit status;
	const enum user_result found = user_record_read(
	    d->c.conf, d->c.target.account, 0, &record, &settings_report_none);

	user_record_wipe(&record);
	(void)terminal_read_line("Why, such as a ticket: ", why, sizeof(why));
	(void)terminal_read_line(
	    "Hours, 1 to 24 [" HOURS_DEFAULT "]: ", hours, sizeof(hours));
	if (found == USER_FOUND)
		(void)terminal_read_line(
		    "Shall a new phone be enrolled with it? [y/N] ", invite,
		    sizeof(invite));
	as.invite = found != USER_FOUND || strcmp(invite, "y") == 0;
	if (hours[0] == '\0')
		as.hours = HOURS_DEFAULT;
	else if (hours[strspn(hours, "0123456789")] != '\0' ||
	    strtoul(hours, NULL, 10) > DESK_HOURS_MAX)
		return terminal_error_status(CTL_USAGE,
		    "\"%s\" is not 1 to %d hours", hours, DESK_HOURS_MAX);
	status = desk_count(d, 1);
	if (status != CTL_DONE)
		return status;
	status = cmd_code(&d->c, &as);
	if (status != CTL_DONE)
		(void)desk_count(d, -1);
	return status;
}

static enum ctl_exit
desk_run(struct desk *d, const char *what, const char *user, const char *id)
{
	const struct arguments end = { .end = id };
	const bool reads_only =
	    strcmp(what, "who") == 0 || strcmp(what, "status") == 0;
	enum ctl_exit status =
	    command_user_find(&d->c.target, user, NULL, true);
	const char *no = NULL;

	if (status == CTL_DONE && user != NULL)
		no = desk_refusal(d, getpwnam(d->c.target.account));
	if (no != NULL)
		status = terminal_error_status(
		    CTL_NO, "%s cannot be helped here: %s", user, no);
	if (status == CTL_DONE && !reads_only)
		status = command_person_find(
		    &d->c.run, &d->c.target, d->c.conf, COMMAND_THERE);
	if (status == CTL_DONE && reads_only)
		status = desk_count(d, 0);
	if (status != CTL_DONE)
		return status;
	return reads_only                 ? desk_print_users(d)
	    : strcmp(what, "unlock") == 0 ? desk_unlock(d)
	    : id != NULL                  ? cmd_code(&d->c, &end)
					  : desk_code(d);
}

enum ctl_exit
cmd_helpdesk(const struct arguments *typed)
{
	const char *what = typed->operand[0], *user = typed->operand[1];
	static struct desk d;
	enum ctl_exit status;

	if (!exact_words)
		return terminal_error_status(
		    CTL_USAGE, "helpdesk must be the first word");
	lift_limits();
	d.c.run = options_shared_arguments(typed);
	status = desk_begin(&d);
	if (status == CTL_DONE)
		status = desk_run(&d, what, user, typed->operand[2]);
	client_audit(EVENT_NONE, user, "helpdesk %s%s", what,
	    status == CTL_DONE ? "" : ": not done");
	free(d.status.row);
	free(d.status.host);
	free(d.protected_groups.item);
	name_list_free(&d.root_names);
	name_list_free(&d.group_names);
	name_list_free(&d.codes);
	settings_free(d.c.conf);
	return status;
}
