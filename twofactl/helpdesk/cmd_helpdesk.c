/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl helpdesk: which users may be helped, by whom and how often, and the
 * help. */
#include "twofactl/helpdesk/helpdesk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "twofactl/client/client.h"
#include "twofactl/etc/etc.h"
#include "twofactl/helpdesk/helpdesk_inside.h"

#define HOURS_DEFAULT "8"
#define DAY_S 86400

static bool exact_words; /* set by helpdesk_check_words */

bool
helpdesk_check_words(int argc, char *const *argv)
{
	static const char *const what[] = { "code", "status", "unlock", NULL };
	const int at = argc > 3 && strcmp(argv[3], "--json") == 0 ? 4 : 3;

	exact_words = argc > 1 && strcmp(argv[1], "helpdesk") == 0;
	if (!exact_words || (argc == 3 && strcmp(argv[2], "--help") == 0))
		return true;
	if (argc == at)
		return strcmp(argv[2], "who") == 0;
	return argc == at + 2 && text_is_one_of(argv[2], what) &&
	    strcmp(argv[at], "--") == 0 && user_name_is_valid(argv[at + 1]);
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

/* Checks the caller, and loads the settings and the lists of admins. */
static enum ctl_exit
desk_begin(struct desk *d)
{
	struct account caller;
	const struct passwd *pw;
	struct text_list own = { .count = 1 };

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
	return desk_list_admins(d);
}

/* Counts what the caller has left for today; one_more uses one up, before it is
 * done. */
static enum ctl_exit
desk_count(struct desk *d, bool one_more)
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
	if (good && one_more && d->left > 0) {
		PRINT_TO(text, "%010u %010u\n", today, used + 1);
		good = pwrite(fd, text, strlen(text), 0) > 0 && fsync(fd) == 0;
	}
	if (fd >= 0)
		close(fd);
	if (good && (!one_more || d->left-- > 0))
		return CTL_DONE;
	return terminal_error_status(good ? CTL_NO : CTL_FAILED,
	    good ? "%s: %u times a day (helpdesk_daily) are used up"
		 : "%s cannot be used to count %u times a day",
	    path, d->c.conf->helpdesk_daily);
}

static enum ctl_exit
desk_unlock(struct desk *d)
{
	int64_t freed; /* reported by "unlocked" */
	const struct client_request call = { .purpose = PURPOSE_UNLOCK,
		.user = d->c.target.owner,
		.count = &freed,
		.counts = ITEM_FREED };
	enum ctl_exit status = desk_count(d, true);

	if (status != CTL_DONE)
		return status;
	status = client_request(&d->c.run, &call);
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
	status = desk_count(d, true);
	return status == CTL_DONE ? cmd_code(&d->c, &as) : status;
}

static enum ctl_exit
desk_run(struct desk *d, const char *what, const char *user)
{
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
		status = desk_count(d, false);
	if (status != CTL_DONE)
		return status;
	return reads_only                 ? desk_print_users(d)
	    : strcmp(what, "unlock") == 0 ? desk_unlock(d)
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
		status = desk_run(&d, what, user);
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
