/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl helpdesk: which users may be helped, by whom and how often, and the
 * help. */
#include "twofactl/helpdesk/helpdesk_inside.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/ioprio.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "twofactl/etc/etc.h"

#define HOURS_TYPED_MAX 256
#define HOURS_DEFAULT "8"
#define DESK_HOURS_MAX 24
#define DAY_S 86400
#define DESK_RUN_S 600
#define DESK_VERIFY_DAILY 10
#define DESK_PROCESSES_MIN 1024 /* more than the logins of a busy host */
#define TIMER_SLACK_NS 50000    /* the kernel's default */
#define DESK_NAME_MAX 80        /* bytes that are shown of a full name */

static bool exact_words; /* set by helpdesk_check_words */

bool
helpdesk_check_words(int argc, char *const *argv)
{
	static const char *const all[] = { "who", "history", NULL };
	static const char *const one[] = { "code", "status", "unlock", "end",
		"history", "verify", NULL };
	int at = argc > 3 && strcmp(argv[3], "--json") == 0 ? 4 : 3;

	exact_words = argc > 1 && strcmp(argv[1], "helpdesk") == 0;
	at += argc > at && strcmp(argv[2], "verify") == 0 &&
	    strcmp(argv[at], "--app") == 0;
	if (!exact_words || (argc == 3 && strcmp(argv[2], "--help") == 0))
		return true;
	if (argc == at)
		return text_is_one_of(argv[2], all);
	if (argc > at && strcmp(argv[at], "--") == 0)
		at++;
	return argc == at + 1 + (strcmp(argv[2], "end") == 0) &&
	    text_is_one_of(argv[2], one) && user_name_is_valid(argv[at]) &&
	    (argc == at + 1 || argv[at + 1][0] != '-');
}

/* Raises the resource limits: those set by the caller must not prevent files or
 * groups from being read. Nor a message to the user: the limit of processes is
 * of all of user twofa, and one could let the helper start, which makes a code,
 * and refuse it the thread that looks up a provider's address. Returns false if
 * that one is too low and cannot be raised. */
static bool
lift_limits(void)
{
	static const int all[] = { RLIMIT_AS, RLIMIT_CPU, RLIMIT_DATA,
		RLIMIT_FSIZE, RLIMIT_NOFILE, RLIMIT_NPROC, RLIMIT_STACK };
	const struct rlimit files = { 1 << 20, 1 << 20 };
	const struct rlimit none = { RLIM_INFINITY, RLIM_INFINITY };
	struct rlimit processes;

	for (size_t i = 0; i < COUNT_OF(all); i++)
		(void)setrlimit((__rlimit_resource_t)all[i],
		    all[i] == RLIMIT_NOFILE ? &files : &none);
	return getrlimit(RLIMIT_NPROC, &processes) == 0 &&
	    processes.rlim_cur >= DESK_PROCESSES_MIN;
}

/* Leaves the caller's cgroup, as a helper of su and sudo does: a user could
 * have a limit of processes there as well, or freeze it. */
static void
leave_cgroup(void)
{
	const int fd OWNED(owned_fd) =
	    open("/sys/fs/cgroup/cgroup.procs", O_WRONLY | O_CLOEXEC);

	if (fd >= 0)
		(void)!write(fd, "0", 1);
}

/* Resets what slows the helper that makes a code and the one of its alert, as
 * pam_twofa.so does for one of su and sudo: they inherit it. */
static void
reset_scheduling(void)
{
	const struct sched_param usual = { .sched_priority = 0 };
	cpu_set_t cpus;

	memset(&cpus, 0xff, sizeof(cpus));
	(void)sched_setscheduler(0, SCHED_OTHER, &usual); /* before nice */
	(void)setpriority(PRIO_PROCESS, 0, 0);
	(void)sched_setaffinity(0, sizeof(cpus), &cpus);
	(void)syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0,
	    IOPRIO_PRIO_VALUE(IOPRIO_CLASS_NONE, 0));
	(void)prctl(PR_SET_TIMERSLACK, TIMER_SLACK_NS, 0, 0, 0);
}

/* Ends the program after ten minutes: it finds only once which users it may
 * help, and a caller may stop it, or leave a prompt open, for hours. */
static void
end_in_time(void)
{
	sigset_t mask;

	(void)sigemptyset(&mask);
	(void)sigaddset(&mask, SIGALRM);
	(void)signal(SIGALRM, SIG_DFL); /* the caller may have ignored it */
	(void)sigprocmask(SIG_UNBLOCK, &mask, NULL);
	(void)alarm(DESK_RUN_S);
}

/* False for a socket but one end of a pair: in that of a program that listens,
 * as the log does, this would be root's word, and of a long history each full
 * buffer may begin with what a caller gave as a reason. A datagram's could
 * still be connected to another. */
static bool
may_print_to(int fd)
{
	struct sockaddr_un peer;
	socklen_t len = sizeof(peer), size = sizeof(int);
	int type = 0;

	if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) != 0)
		return true;
	return type == SOCK_STREAM &&
	    getpeername(fd, (struct sockaddr *)&peer, &len) == 0 &&
	    len <= offsetof(struct sockaddr_un, sun_path);
}

/* Checks the caller, and loads the settings and the lists of admins. */
static enum ctl_exit
desk_begin(struct helpdesk *d, const char *what)
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
	if (pw == NULL ||
	    host_accounts_membership(&d->hosts, pw, &own) != GROUP_MEMBER)
		return terminal_error_status(CTL_NO,
		    "%s is not in the group %s", caller.name,
		    d->c.conf->helpdesk_group);
	if (strcmp(what, "history") != 0 &&
	    client_admin_check(d->c.run.conf, d->c.conf) != CTL_DONE)
		return CTL_NO;
	record_state_use(&d->c.run, d->c.conf);
	return helpdesk_reach_read(d);
}

/* Counts what the caller has left for today, verifications apart. more: 1 uses
 * one up, before it is done; -1 gives it back, as nothing was done. */
static enum ctl_exit
desk_count(struct helpdesk *d, int more)
{
	const unsigned daily =
	    d->verifies ? DESK_VERIFY_DAILY : d->c.conf->helpdesk_daily;
	unsigned today = (unsigned)(time(NULL) / DAY_S), day, used;
	char path[64], text[32] = "", *end;
	ssize_t n = -1;
	bool good;
	int fd OWNED(owned_fd) = -1;

	PRINT_TO(path, ETC_CHANGE_FOLDER "/helpdesk%s.%lu",
	    d->verifies ? "-verify" : "", (unsigned long)d->uid);
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
	d->left = used < daily ? daily - used : 0;
	if (good && (more < 0 ? used > 0 : more > 0 && d->left > 0)) {
		PRINT_TO(text, "%010u %010u\n", today, used + (unsigned)more);
		good = pwrite(fd, text, strlen(text), 0) > 0 && fsync(fd) == 0;
	}
	if (good && (more <= 0 || d->left-- > 0))
		return CTL_DONE;
	return terminal_error_status(good ? CTL_NO : CTL_FAILED,
	    good ? "%s: %u times a day%s are used up"
		 : "%s cannot be used to count %u times a day%s",
	    path, daily, d->verifies ? "" : " (helpdesk_daily)");
}

/* Returns what is counted over all sources, with the longest of the user's
 * locks: that of all sources (source ""), or of one. */
static struct status_row
desk_row(const struct status *s, const char *user)
{
	const struct status_row *one = status_records_find(s, s->count, user);
	struct status_row row = { .of_user = true };

	if (one == NULL)
		return row;
	row = *one;
	while (++one < s->row + s->count && strcmp(one->user, user) == 0)
		if (one->number[STATUS_LOCKED_S] >
		    row.number[STATUS_LOCKED_S]) {
			row.number[STATUS_LOCKED_S] =
			    one->number[STATUS_LOCKED_S];
			PRINT_TO(row.source, "%s", one->source);
		}
	return row;
}

/* no code is made for that name: an invitation would admit who has it now */
#define DESK_LEFT                                                              \
	"not enrolled (the record is of a user who has left, or of another "   \
	"uid: ask your administrator)"

static const char *
standing_word(enum user_result found, const struct user_record *record)
{
	static const char *const words[USER_OUTAGE + 1] = {
		[USER_ERROR] = "broken",
		[USER_FOUND] = "enrolled",
		[USER_ABSENT] = "not enrolled",
		[USER_PEOPLE] = "shared",
		[USER_OUTAGE] = "broken",
	};

	return found == USER_FOUND && !record->enabled ? "disabled"
						       : words[found];
}

static void
desk_print_text(const struct helpdesk *d, const struct passwd *pw,
    const char *name, const char *standing, const struct user_record *record,
    const struct status_row *row)
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
	printf(", %jd recovery codes, %jd of %u messages in the last hour",
	    (intmax_t)row->number[STATUS_CODES],
	    (intmax_t)row->number[STATUS_HOUR], d->c.conf->sends.user_hour);
	explain_time_span(row->number[STATUS_LOCKED_S], span);
	if (row->number[STATUS_SHUT] != 0)
		printf(", locked out until unlocked");
	else if (row->number[STATUS_LOCKED_S] > 0)
		printf(", locked for %s%s%s", span,
		    row->source[0] != '\0' ? " from " : "", row->source);
	putchar('\n');
}

static void
desk_print_user(const struct helpdesk *d, const struct passwd *pw)
{
	const struct status_row row = desk_row(&d->status, pw->pw_name);
	const int64_t *n = row.number;
	struct user_record record OWNED(user_record_wipe);
	struct record_owner who;
	const enum user_result found = record_owner_read(
	    d->c.conf, pw->pw_name, NULL, &who, &record, NULL);
	const char *standing =
	    who.is < USER_LEFT ? standing_word(found, &record) : "left";
	const bool one = d->c.target.account[0] != '\0';
	char name[DESK_NAME_MAX + 1];

	PRINT_TO(name, "%.*s", (int)strcspn(pw->pw_gecos, ","), pw->pw_gecos);
	if (d->c.run.json) {
		terminal_json(",{user:%s,name:%s,standing:%s,record:[",
		    pw->pw_name, name, standing);
		if (found == USER_FOUND)
			record_print_json(
			    d->c.conf, pw->pw_name, NULL, &record, false);
		terminal_json("],wrong:%jd,locked_s:%jd,locked_from:%s,shut:%d,"
			      "sends_hour:%jd,sends_day:%jd,recovery_left:%jd,"
			      "codes:%u",
		    n[STATUS_WRONG], n[STATUS_LOCKED_S], row.source,
		    n[STATUS_SHUT] != 0, n[STATUS_HOUR], n[STATUS_DAY],
		    n[STATUS_CODES], row.open_codes);
		if (one)
			terminal_json(",open:");
	} else
		desk_print_text(d, pw, name,
		    who.is < USER_LEFT ? standing : DESK_LEFT, &record, &row);
	if (one)
		(void)list_bypass_codes(&d->c.run, d->c.target.owner, "");
	if (d->c.run.json)
		terminal_json("}");
}

static enum ctl_exit
desk_print_users(struct helpdesk *d, const struct name_list *users)
{
	const enum ctl_exit status =
	    status_records_read(&d->c.run, d->c.target.owner, &d->status);

	if (status != CTL_DONE)
		return status;
	if (d->c.run.json)
		terminal_json("{people:[");
	for (size_t i = 0; i < users->count; i++)
		desk_print_user(d, helpdesk_reach_account(d, users->name[i]));
	if (d->c.run.json)
		terminal_json("],left_today:%u,daily_max:%u,hours_max:%u,"
			      "sends_hour_max:%u,sends_day_max:%u}\n",
		    d->left, d->c.conf->helpdesk_daily,
		    (unsigned)DESK_HOURS_MAX, d->c.conf->sends.user_hour,
		    d->c.conf->sends.user_day);
	return CTL_DONE;
}

/* Prints all users who may be helped, or the target; or what has happened to
 * them. */
static enum ctl_exit
desk_read(struct helpdesk *d, bool history)
{
	const struct arguments events = {
		.events = true, .since = "90d", .run.json = d->c.run.json
	};
	struct name_list users OWNED(name_list_free) = { .count = 0 };
	enum ctl_exit status = CTL_DONE;

	if (d->c.target.account[0] == '\0')
		status = helpdesk_reach_list(d, &users);
	else if (name_list_add(&users, d->c.target.account) != 0)
		status = CTL_FAILED;
	if (status == CTL_DONE && !history)
		status = desk_print_users(d, &users);
	else if (status == CTL_DONE)
		status = journal_report != NULL
		    ? journal_report(&d->c, &events, &users)
		    : terminal_error_status(CTL_JOURNAL, JOURNAL_NONE);
	return status;
}

static enum ctl_exit
desk_unlock(struct helpdesk *d)
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
	if (status == CTL_NO)
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

/* Reads the target's record, which the caller wipes. Returns false after
 * reporting that it is of a user who has left. */
static bool
desk_read_record(const struct helpdesk *d, struct user_record *record,
    enum user_result *found)
{
	const char *user = d->c.target.account;
	struct record_owner who;

	*found = record_owner_read(d->c.conf, user, NULL, &who, record, NULL);
	if (who.is >= USER_LEFT)
		terminal_error("%s: " DESK_LEFT, user);
	return who.is < USER_LEFT;
}

/* Reads reason, hours and invitation from stdin, because sudo logs the command
 * line. For a user who is not enrolled the code must be an invitation. False if
 * a caller gives up by the end of input; a program may leave answers out. */
static bool
desk_read_answers(bool enrolled, char why[FRAME_WHY_MAX + 2],
    char hours[HOURS_TYPED_MAX], bool *invite)
{
	char answer[8] = "";
	bool read = terminal_read_line("Why, such as a ticket: ", why,
			FRAME_WHY_MAX + 2) == 0 &&
	    terminal_read_line("Hours, 1 to 24 [" HOURS_DEFAULT "]: ", hours,
		HOURS_TYPED_MAX) == 0;

	if (read && enrolled)
		read = terminal_read_line("Shall a new phone be enrolled with "
					  "it? [y/N] ",
			   answer, sizeof(answer)) == 0;
	*invite = !enrolled || strcmp(answer, "y") == 0;
	return read || !terminal_is_open();
}

/* After a failure it counts: a code that could not be printed whole may have
 * been read, and used before it was ended. */
static enum ctl_exit
desk_code(struct helpdesk *d)
{
	char why[FRAME_WHY_MAX + 2] = "", hours[HOURS_TYPED_MAX] = "";
	struct arguments as = { .why = why, .hours = hours };
	struct user_record record OWNED(user_record_wipe);
	enum user_result found;
	enum ctl_exit status;

	if (!desk_read_record(d, &record, &found))
		return CTL_NO;
	user_record_wipe(&record); /* not kept while questions wait */
	if (!desk_read_answers(found == USER_FOUND, why, hours, &as.invite))
		return terminal_error_status(
		    CTL_USAGE, "no code was made: an answer is missing");
	if (hours[0] == '\0')
		as.hours = HOURS_DEFAULT;
	else if (hours[strspn(hours, TEXT_DIGITS)] != '\0' ||
	    strtoul(hours, NULL, 10) > DESK_HOURS_MAX)
		return terminal_error_status(CTL_USAGE,
		    "\"%s\" is not 1 to %d hours", hours, DESK_HOURS_MAX);
	status = desk_count(d, 1);
	if (status != CTL_DONE)
		return status;
	status = cmd_code(&d->c, &as);
	if (status != CTL_DONE && status != CTL_FAILED)
		(void)desk_count(d, -1);
	return status;
}

/* Returns CTL_DONE if a code can be asked for, or CTL_NO after saying why
 * not. */
static enum ctl_exit
desk_may_verify(const struct helpdesk *d)
{
	const unsigned methods = METHOD_BIT(METHOD_SMS) | METHODS_DESK;
	const struct settings *conf = d->c.conf;
	const struct provider_conf *p;
	struct user_record record OWNED(user_record_wipe);
	enum user_result found;
	const char *standing;
	bool can;

	if (!desk_read_record(d, &record, &found))
		return CTL_NO;
	user_record_use_phone(&record, reach_phone(conf, &record, methods, 0));
	can = d->app ? reach_app(conf, &record, METHOD_BIT(METHOD_TOTP), &p)
		     : reach_has_code_provider(conf, &record, methods);
	standing = standing_word(found, &record);
	if (can)
		return CTL_DONE;
	return terminal_error_status(CTL_NO,
	    d->app ? "%s (%s) has no authenticator app"
		   : "%s (%s) gets no text of the help desk's: that needs "
		     "\"sms\" among the channels, and a provider of type "
		     "telnyx-sms or http-sms, as others send the words of a "
		     "login. By an app: helpdesk verify --app USER",
	    d->c.target.account, standing);
}

static void
take_verified(void *ctx, const struct frame *verdict)
{
	const char *number = frame_text(verdict, FIELD_NUMBER);
	const char *last = number != NULL ? strrchr(number, '-') : NULL;
	struct helpdesk *d = ctx;

	d->asked = frame_text(verdict, FIELD_METHOD) != NULL;
	/* it is printed: the helper is not trusted */
	if (last != NULL && text_has_only(last + 1, TEXT_DIGITS))
		PRINT_TO(d->phone, "%s", last + 1);
}

/* The caller reads back the code of a text, or of the app. It says who holds
 * what, and never who the caller is. */
static enum ctl_exit
desk_verify(struct helpdesk *d)
{
	const char *user = d->c.target.account;
	struct facts facts =
	    client_facts(&d->c.run, d->c.target.owner, PURPOSE_DESK);
	enum ctl_exit status = desk_may_verify(d);

	d->verifies = d->asked = true; /* until a verdict says otherwise */
	if (status == CTL_DONE)
		status = desk_count(d, 1);
	if (status != CTL_DONE)
		return status;
	fprintf(stderr, "Ask who called you as %s for the code of %s.\n", user,
	    d->app ? "the app" : "the text \"HELP DESK CHECK\"");
	facts.request = d->app ? PURPOSE_DESK_APP : "";
	status = enrol_ask_code(&d->c.run, &facts,
	    (struct client_request){ .ctx = d, .verdict = take_verified });
	if (!d->asked)
		(void)desk_count(d, -1);
	if (status == CTL_DONE)
		printf("verified: the caller holds the %s %s%s\n",
		    d->app ? "app" : "phone",
		    d->phone[0] != '\0' ? "ending " : "of ",
		    d->phone[0] != '\0' ? d->phone : user);
	else if (status == CTL_NO)
		printf("not verified\n");
	return status;
}

static enum ctl_exit
desk_run(struct helpdesk *d, const char *what, const char *user, const char *id)
{
	const struct arguments end = { .end = id };
	const bool reads_only = text_has_word("who status history", what);
	enum ctl_exit status =
	    command_user_find(&d->c.target, user, NULL, true);
	const char *no = NULL;

	if (status == CTL_DONE && user != NULL)
		no = helpdesk_reach_refusal(d, d->c.target.account);
	if (no != NULL)
		status = terminal_error_status(
		    CTL_NO, "%s cannot be helped here: %s", user, no);
	if (status == CTL_DONE && !reads_only)
		status = command_person_find(&d->c, COMMAND_THERE);
	if (status == CTL_DONE && reads_only)
		status = desk_count(d, 0);
	if (status != CTL_DONE)
		return status;
	return reads_only ? desk_read(d, strcmp(what, "history") == 0)
	    : strcmp(what, "unlock") == 0 ? desk_unlock(d)
	    : strcmp(what, "verify") == 0 ? desk_verify(d)
	    : id != NULL                  ? cmd_code(&d->c, &end)
					  : desk_code(d);
}

enum ctl_exit
cmd_helpdesk(const struct arguments *typed)
{
	const char *what = typed->operand[0], *user = typed->operand[1];
	static struct helpdesk d;
	enum ctl_exit status;

	if (!exact_words)
		return terminal_error_status(
		    CTL_USAGE, "helpdesk must be the first word");
	if (!may_print_to(STDOUT_FILENO) || !may_print_to(STDERR_FILENO))
		return terminal_error_status(CTL_USAGE,
		    "the output goes to another program's socket: use a "
		    "terminal, a pipe or a file");
	leave_cgroup();
	reset_scheduling();
	if (!lift_limits())
		return terminal_error_status(CTL_FAILED,
		    "the limit of processes is below %d: raise it (ulimit -u)",
		    DESK_PROCESSES_MIN);
	end_in_time();
	d.c.run = typed->run;
	d.app = typed->app;
	status = desk_begin(&d, what);
	if (status == CTL_DONE)
		status = desk_run(&d, what, user, typed->operand[2]);
	client_audit(EVENT_NONE, user, "helpdesk %s%s", what,
	    status == CTL_DONE ? "" : ": not done");
	free(d.status.row);
	free(d.status.host);
	helpdesk_reach_free(&d);
	settings_free(d.c.conf);
	return status;
}
