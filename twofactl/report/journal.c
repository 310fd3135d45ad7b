/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl report: logins and events in the journal of systemd. The only user
 * of libsystemd. */
#include "twofactl/report/report.h"

#include <glob.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <systemd/sd-journal.h>
#include <time.h>

#define MESSAGE_MAX 8192
#define OTHER_NAMES 1000
#define AUTHPRIV "SYSLOG_FACILITY=10"
#define ROW "%-16s  %-20s  %-23s  %-16s  %-16s  %-23s  %s\n"
#define MICRO INT64_C(1000000)

enum { USER, SERVICE, METHOD, OUTCOME, REASON, WOULD, EVENT, FIELDS };
static const char *const line_keys[FIELDS] = { "user", "service", "method",
	"outcome", "reason", "would", "event" };

struct history {
	char factors[REPORT_FACTORS_MAX]; /* "" if not enrolled */
	int64_t code_at, failed_at;
	char reason[32], would[DENIAL_WORD_MAX], service[32];
};

struct report {
	const struct command_user *c;
	const struct name_list *users; /* NULL: of all */
	int64_t since;
	bool json;
	journal_take *take; /* gets the events; NULL: accounts are counted */
	void *ctx;
	char helper[PATH_MAX], uid[16]; /* program and uid of the helper */
	char exe[PATH_MAX]; /* what sent this entry, "" for a process of root */
	struct lockout_table table;
	const char *service;     /* of the table */
	struct history *history; /* one a row of table */
	size_t failed, coded, enrolled, denied, denied_then;
};

static bool
is_denial(const char *word)
{
	return strncmp(word, "deny", 4) == 0;
}

static void
print_event(void *ctx, int64_t at, const char *event, const char *user,
    const char *reason, const char *line)
{
	const struct report *r = ctx;
	char when[TIME_SPAN_MAX];

	(void)reason;
	if (event[0] == '\0' ||
	    (r->users != NULL && !name_list_has(r->users, user)))
		return;
	day_time_text(at, when);
	if (r->json)
		terminal_json(",{at:%jd,event:%s,user:%s,line:%s}",
		    (intmax_t)at, event, user, line);
	else
		printf("%s  %-15s  %s  %s\n", when, event, user, line);
}

/* The account of a name that is not in the table. A directory may be slow, and
 * callers of sudo choose names and number of lines: at most OTHER_NAMES are
 * asked for, each once. */
static const struct lockout_row *
find_renamed_row(const struct report *r, const char *name)
{
	static struct {
		char name[USER_NAME_MAX + 1];
		const struct lockout_row *row;
	} asked[OTHER_NAMES];
	static size_t count;
	const struct passwd *pw;
	size_t i = 0;

	while (i < count && strcmp(asked[i].name, name) != 0)
		i++;
	if (i == OTHER_NAMES || strlen(name) > USER_NAME_MAX)
		return NULL;
	if (i < count)
		return asked[i].row;
	pw = getpwnam(name);
	PRINT_TO(asked[count].name, "%s", name);
	asked[count].row =
	    pw != NULL ? lockout_table_find(&r->table, pw->pw_name) : NULL;
	return asked[count++].row;
}

/* Returns the row of the account that logged in. A line has the name as it was
 * typed, which a directory may accept in capitals, too. After a denial the name
 * may be of no account, and is not looked up. */
static const struct lockout_row *
find_login_row(const struct report *r, const char *const field[FIELDS])
{
	const struct lockout_row *row =
	    lockout_table_find(&r->table, field[USER]);

	return row == NULL && strcmp(field[OUTCOME], "denied") != 0
	    ? find_renamed_row(r, field[USER])
	    : row;
}

/* would= of the table's service is not needed where pam_twofa decides there. A
 * login by another service does not hide a denial by a rule on trial. */
static void
take_login(struct report *r, int64_t at, const char *const field[FIELDS])
{
	const struct lockout_row *row = find_login_row(r, field);
	struct history *a;

	if (row == NULL)
		return;
	a = &r->history[row - r->table.row];
	if (strcmp(field[OUTCOME], "denied") == 0) {
		a->failed_at = at;
		PRINT_TO(a->reason, "%s", field[REASON]);
	} else if (field[METHOD][0] != '\0') {
		a->code_at = at;
	}
	if (strcmp(field[SERVICE], r->service) == 0 ? row->decided
						    : is_denial(a->would) &&
		    strcmp(a->service, field[SERVICE]) != 0)
		return;
	PRINT_TO(a->would, "%s", field[WOULD]);
	PRINT_TO(a->service, "%s", field[SERVICE]);
}

/* The caller of a set-uid program may choose its line, as by sudo -p: that
 * counts for no service that only other programs have. */
static bool
may_have_service(const struct report *r, const char *name)
{
	const struct pam_service *service = pam_service_find(name);

	if (r->exe[0] == '\0' || service == NULL || !service->root)
		return true;
	for (size_t i = 0; i < PAM_SERVICE_PROGRAMS; i++)
		if (service->program[i] != NULL &&
		    strcmp(service->program[i], r->exe) == 0)
			return true;
	return false;
}

/* Takes all keys of a line, or none if it is malformed. */
static void
take_line(struct report *r, int64_t at, char *line, const char *whole)
{
	const char *field[FIELDS] = { NULL }, *key, *value;
	int more;

	while ((more = logline_parse(&line, &key, &value)) > 0)
		for (size_t i = 0; i < FIELDS; i++)
			if (strcmp(key, line_keys[i]) == 0 && field[i] == NULL)
				field[i] = value;
	if (more != 0 || field[USER] == NULL || field[OUTCOME] == NULL)
		return;
	for (size_t i = 0; i < FIELDS; i++)
		if (field[i] == NULL)
			field[i] = "";
	if (!may_have_service(r, field[SERVICE]))
		return;
	/* the only one that the module writes: what else happened is not for a
	 * caller of sudo to say */
	if (strcmp(field[EVENT], logline_event_word(EVENT_EXCEPTION_USED)) != 0)
		field[EVENT] = "";
	if (r->take == NULL)
		take_login(r, at, field);
	else
		r->take(r->ctx, at, field[EVENT], field[USER], field[REASON],
		    whole);
}

static bool
entry_field(sd_journal *j, const char *name, char *out, size_t cap)
{
	const size_t head = strlen(name) + 1;
	const void *found = NULL;
	size_t len = 0;

	if (sd_journal_get_data(j, name, &found, &len) < 0 || len < head ||
	    len - head >= cap || memchr(found, '\0', len) != NULL)
		return false;
	memcpy(out, (const char *)found + head, len - head);
	out[len - head] = '\0';
	return true;
}

/* Uid, program and capabilities come from the kernel. su and sudo keep the uid
 * of their caller, but have capabilities: a process without these could run
 * code of the caller. */
static bool
is_trusted(struct report *r, sd_journal *j, bool module)
{
	char uid[16], exe[PATH_MAX], caps[32];
	const bool known = entry_field(j, "_EXE", exe, sizeof(exe));
	struct stat st;

	if (!entry_field(j, "_UID", uid, sizeof(uid)))
		return false;
	r->exe[0] = '\0';
	if (strcmp(uid, "0") == 0)
		return true;
	if (known)
		memcpy(r->exe, exe, sizeof(exe));
	/* a process that has already ended has no program */
	if (!module)
		return strcmp(uid, r->uid) == 0 &&
		    (!known || strcmp(exe, r->helper) == 0);
	return known && entry_field(j, "_CAP_EFFECTIVE", caps, sizeof(caps)) &&
	    strtoull(caps, NULL, 16) != 0 && stat(exe, &st) == 0 &&
	    S_ISREG(st.st_mode) && st.st_uid == 0 &&
	    (st.st_mode & S_ISUID) != 0;
}

static void
take_entry(struct report *r, sd_journal *j)
{
	static const char head[] = "pam_twofa: ";
	char text[MESSAGE_MAX], copy[MESSAGE_MAX], *line = copy;
	enum event event = EVENT_NONE;
	const char *user;
	bool module;
	uint64_t us;

	/* The module and the helper escape all but printable ASCII, and this
	 * text goes to a terminal: a line with other bytes is of a program that
	 * only calls itself so. */
	if (!entry_field(j, "MESSAGE", text, sizeof(text)) ||
	    !setting_text_is_in_charset(text, NULL) ||
	    sd_journal_get_realtime_usec(j, &us) < 0)
		return;
	memcpy(copy, text, sizeof(copy));
	module = strncmp(text, head, strlen(head)) == 0;
	if (module && r->users != NULL)
		return;
	if (!module && r->take != NULL)
		event = logline_parse_event(&line, &user);
	if ((!module && event == EVENT_NONE) || !is_trusted(r, j, module))
		return;
	if (module)
		take_line(r, (int64_t)us / MICRO, copy + strlen(head), text);
	else
		r->take(r->ctx, (int64_t)us / MICRO, logline_event_word(event),
		    user, "", line);
}

static enum ctl_exit
read_entries(struct report *r)
{
	sd_journal *j = NULL;
	uint64_t from;
	char when[TIME_SPAN_MAX];
	int rc = sd_journal_open(&j, SD_JOURNAL_LOCAL_ONLY);

	if (rc >= 0 &&
	    sd_journal_get_cutoff_realtime_usec(j, &from, NULL) > 0 &&
	    (int64_t)from / MICRO > r->since) {
		day_time_text((int64_t)from / MICRO, when);
		terminal_error(
		    "the journal begins at %s: nothing before that is counted",
		    when);
	}
	if (rc >= 0)
		rc = sd_journal_add_match(j, AUTHPRIV, 0);
	if (rc >= 0)
		rc = sd_journal_seek_realtime_usec(
		    j, (uint64_t)(r->since * MICRO));
	while (rc >= 0 && (rc = sd_journal_next(j)) > 0)
		take_entry(r, j);
	sd_journal_close(j);
	return rc >= 0 ? CTL_DONE
		       : terminal_error_status(
			     CTL_FAILED, "the journal: %s", strerror(-rc));
}

/* libsystemd silently leaves out files that it cannot read. */
static enum ctl_exit
check_journal_files(int64_t since)
{
	static const char *const folders[] = { "/var/log/journal/[0-9a-f]*/*",
		"/run/log/journal/[0-9a-f]*/*" };
	enum ctl_exit status = CTL_JOURNAL;
	glob_t found OWNED(globfree) = { .gl_pathc = 0 };
	struct stat st;

	for (size_t i = 0; i < COUNT_OF(folders); i++)
		(void)glob(folders[i], i > 0 ? GLOB_APPEND : 0, NULL, &found);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		const char *path[] = { found.gl_pathv[i], NULL };
		sd_journal *j = NULL;
		const int rc = sd_journal_open_files(&j, path, 0);

		sd_journal_close(j);
		if (status == CTL_JOURNAL)
			status = CTL_DONE;
		if (rc < 0 && stat(path[0], &st) == 0 && st.st_mtime >= since)
			status = terminal_error_status(CTL_FAILED,
			    "%s: %s: its lines are not counted; see: "
			    "journalctl --verify",
			    path[0], strerror(-rc));
	}
	return status;
}

/* Lists accounts that sshd may allow; without sshd, those with a password. */
static enum ctl_exit
journal_accounts(struct report *r)
{
	struct lockout_table *t = &r->table;
	enum ctl_exit status = report_accounts_read(r->c, t);

	r->service = report_accounts_service();
	r->history = calloc(t->count + 1, sizeof(*r->history));
	if (status == CTL_DONE && r->history == NULL)
		status = terminal_error_status(CTL_FAILED, "no memory");
	for (size_t i = 0; status == CTL_DONE && i < t->count; i++)
		report_accounts_factors(
		    r->c->conf, t, i, r->history[i].factors);
	return status;
}

static void
print_account(
    struct report *r, const struct lockout_row *row, struct history *a)
{
	char code[TIME_SPAN_MAX], failed[TIME_SPAN_MAX], now[DENIAL_WORD_MAX];
	char then[DENIAL_WORD_MAX];

	day_time_text(a->code_at, code);
	day_time_text(a->failed_at, failed);
	/* would is the decision here if it denies, or will change, unless
	 * another service would deny */
	now[0] = then[0] = '\0';
	if (row->decided) {
		denial_word(&row->plan[0], now);
		denial_word(&row->plan[1], then);
	}
	/* enrolled after that line */
	if (a->factors[0] != '\0' && strstr(a->would, "-unenrolled") != NULL)
		PRINT_TO(a->would, "require");
	if (is_denial(then) || (!is_denial(a->would) && strcmp(now, then) != 0))
		PRINT_TO(a->would, "%s", then);
	r->denied += is_denial(now);
	r->denied_then += is_denial(now) || is_denial(a->would);
	r->enrolled += a->factors[0] != '\0';
	r->coded += a->code_at != 0;
	r->failed += a->failed_at > a->code_at;
	if (r->json)
		terminal_json(",{user:%s,name:%s,enrolled:%s,code:%jd,now:%s,"
			      "would:%s,failed:%jd,reason:%s}",
		    row->name, row->full_name, a->factors, (intmax_t)a->code_at,
		    now, a->would, (intmax_t)a->failed_at, a->reason);
	else
		printf(ROW, terminal_shell_quote(row->name),
		    a->factors[0] != '\0' ? a->factors : "-", code,
		    now[0] != '\0' ? now : "-",
		    a->would[0] != '\0' ? a->would : "-", failed, a->reason);
}

static void
print_accounts(struct report *r)
{
	if (r->json)
		terminal_json("{accounts:[");
	else
		printf(ROW, "USER", "ENROLLED WITH", "LAST CODE", "NOW",
		    "WOULD", "LAST FAILURE", "REASON");
	for (size_t i = 0; i < r->table.count; i++)
		print_account(r, &r->table.row[i], &r->history[i]);
	if (r->json)
		terminal_json("],denied_now:%zu,denied:%zu}\n", r->denied,
		    r->denied_then);
	if (!r->json && r->denied > 0)
		printf("%zu denied now\n", r->denied);
	if (!r->json)
		printf("%zu accounts: %zu enrolled, %zu logged in with a code, "
		       "%zu failed since, %zu would be denied\n",
		    r->table.count, r->enrolled, r->coded, r->failed,
		    r->denied_then);
}

/* Events are printed as they are read, accounts at the end. */
static enum ctl_exit
print_report(struct report *r)
{
	const bool events = r->take != NULL;
	enum ctl_exit status = events ? CTL_DONE : journal_accounts(r);

	if (status == CTL_DONE && events && r->json)
		terminal_json("{events:[");
	if (status == CTL_DONE)
		status = read_entries(r);
	if (status == CTL_DONE && events && r->json)
		terminal_json("]}\n");
	if (status == CTL_DONE && !events)
		print_accounts(r);
	lockout_table_free(&r->table);
	free(r->history);
	return status == CTL_DONE && r->denied_then > 0 ? CTL_NO : status;
}

/* Returns CTL_JOURNAL where no journal is. */
static enum ctl_exit
begin_report(struct report *r, const struct run *run)
{
	const struct passwd *pw = getpwnam(HELPER_USER);

	if (pw != NULL && realpath(run->helper, r->helper) != NULL)
		PRINT_TO(r->uid, "%u", pw->pw_uid);
	return check_journal_files(r->since);
}

enum ctl_exit
journal_read(
    const struct run *run, int64_t since, void *ctx, journal_take *take)
{
	static struct report r;
	enum ctl_exit status, files;

	r = (struct report){ .since = since, .ctx = ctx, .take = take };
	files = begin_report(&r, run);
	if (files == CTL_JOURNAL)
		return files;
	status = read_entries(&r);
	return status == CTL_DONE ? files : status;
}

enum ctl_exit
journal_report(const struct command_user *c, const struct arguments *typed,
    const struct name_list *users)
{
	static struct report r;
	enum ctl_exit status, files;

	r = (struct report){ .c = c,
		.users = users,
		.take = typed->events ? print_event : NULL,
		.ctx = &r,
		.json = typed->run.json };
	if (options_since(
		typed->since != NULL ? typed->since : "14d", &r.since) != 0)
		return CTL_USAGE;
	if (r.since > time(NULL)) /* a slip that would say that all is well */
		return terminal_error_status(CTL_USAGE,
		    "--since %.20s: that day is still to come, in UTC",
		    typed->since);
	files = begin_report(&r, &c->run);
	if (files == CTL_JOURNAL)
		return terminal_error_status(files, JOURNAL_NONE);
	if (settings_is_fleet(c->conf))
		terminal_error("the journal is of %s alone: events on other "
			       "hosts of the fleet are in theirs",
		    c->conf->store.host);
	status = print_report(&r);
	return status == CTL_DONE ? files : status;
}
