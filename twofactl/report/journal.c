/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl report: logins and events in the journal of systemd. The only user
 * of libsystemd. */
#include "twofactl/report/report.h"

#include <glob.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <systemd/sd-journal.h>
#include <time.h>

#include "twofactl/client/client.h"

#define MESSAGE_MAX 8192
#define AUTHPRIV "SYSLOG_FACILITY=10"
#define ROW "%-16s  %-20s  %-23s  %-16s  %-16s  %-23s  %s\n"
#define MICRO INT64_C(1000000)

static const char *const line_keys[JOURNAL_FIELDS] = {
	[JOURNAL_USER] = "user",
	[JOURNAL_SERVICE] = "service",
	[JOURNAL_METHOD] = "method",
	[JOURNAL_OUTCOME] = "outcome",
	[JOURNAL_REASON] = "reason",
	[JOURNAL_WOULD] = "would",
	[JOURNAL_EVENT] = "event",
};

struct history {
	char factors[REPORT_FACTORS_MAX]; /* "" if not enrolled */
	int64_t code_at, failed_at;
	char reason[32], would[DENIAL_WORD_MAX], service[32];
};

struct report {
	const struct command_user *c;
	const struct name_list *users; /* NULL: of all */
	int64_t since;
	bool events, json;
	struct lockout_table table;
	const char *service;     /* of the table */
	struct history *history; /* one a row of table */
	size_t failed, coded, enrolled, denied, denied_then;
};

/* Who reads the journal, and what is done with each line. */
struct reader {
	int64_t since;
	char helper[PATH_MAX], uid[16]; /* program and uid of the helper */
	void *ctx;
	void (*take)(void *ctx, const struct journal_line *);
};

static bool
is_denial(const char *word)
{
	return strncmp(word, "deny", 4) == 0;
}

static void
print_event(const struct report *r, const struct journal_line *l)
{
	const char *event = l->field[JOURNAL_EVENT];
	const char *user = l->field[JOURNAL_USER];
	char when[TIME_SPAN_MAX];

	if (r->users != NULL && (l->login || !name_list_has(r->users, user)))
		return;
	day_time_text(l->at, when);
	if (r->json)
		terminal_json(",{at:%jd,event:%s,user:%s,line:%s}",
		    (intmax_t)l->at, event, user, l->text);
	else
		printf("%s  %-15s  %s  %s\n", when, event, user, l->text);
}

/* would= of the table's service is not needed where pam_twofa decides there. A
 * login by another service does not hide a denial by a rule on trial. */
static void
take_login(struct report *r, const struct journal_line *l)
{
	const char *const *field = l->field;
	const struct lockout_row *row =
	    lockout_table_find(&r->table, field[JOURNAL_USER]);
	struct history *a;

	if (row == NULL)
		return;
	a = &r->history[row - r->table.row];
	if (strcmp(field[JOURNAL_OUTCOME], "denied") == 0) {
		a->failed_at = l->at;
		PRINT_TO(a->reason, "%s", field[JOURNAL_REASON]);
	} else if (field[JOURNAL_METHOD][0] != '\0') {
		a->code_at = l->at;
	}
	if (strcmp(field[JOURNAL_SERVICE], r->service) == 0
		? row->decided
		: is_denial(a->would) &&
		    strcmp(a->service, field[JOURNAL_SERVICE]) != 0)
		return;
	PRINT_TO(a->would, "%s", field[JOURNAL_WOULD]);
	PRINT_TO(a->service, "%s", field[JOURNAL_SERVICE]);
}

static void
take_line(void *ctx, const struct journal_line *l)
{
	struct report *r = ctx;

	if (r->events && l->field[JOURNAL_EVENT][0] != '\0')
		print_event(r, l);
	else if (!r->events && l->login)
		take_login(r, l);
}

/* Takes all keys of a login's line. Returns false if it is malformed. */
static bool
parse_login(struct journal_line *l, char *line)
{
	const char *key, *value;
	int more;

	while ((more = logline_parse(&line, &key, &value)) > 0)
		for (size_t i = 0; i < JOURNAL_FIELDS; i++)
			if (strcmp(key, line_keys[i]) == 0 &&
			    l->field[i][0] == '\0')
				l->field[i] = value;
	return more == 0 && l->field[JOURNAL_USER][0] != '\0' &&
	    l->field[JOURNAL_OUTCOME][0] != '\0';
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
is_trusted(const struct reader *r, sd_journal *j, bool module)
{
	char uid[16], exe[PATH_MAX], caps[32];
	const bool known = entry_field(j, "_EXE", exe, sizeof(exe));
	struct stat st;

	if (!entry_field(j, "_UID", uid, sizeof(uid)))
		return false;
	if (strcmp(uid, "0") == 0)
		return true;
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
take_entry(const struct reader *r, sd_journal *j)
{
	static const char head[] = "pam_twofa: ";
	char text[MESSAGE_MAX], copy[MESSAGE_MAX], *line = copy;
	struct journal_line l = { .text = text };
	uint64_t us;

	if (!entry_field(j, "MESSAGE", text, sizeof(text)) ||
	    sd_journal_get_realtime_usec(j, &us) < 0)
		return;
	memcpy(copy, text, sizeof(copy));
	for (size_t i = 0; i < JOURNAL_FIELDS; i++)
		l.field[i] = "";
	l.at = (int64_t)us / MICRO;
	l.login = strncmp(text, head, strlen(head)) == 0;
	if (!l.login) {
		l.event = logline_parse_event(&line, &l.field[JOURNAL_USER]);
		l.field[JOURNAL_EVENT] = logline_event_word(l.event);
		l.text = line;
	}
	if ((l.login ? parse_login(&l, copy + strlen(head))
		     : l.event != EVENT_NONE) &&
	    is_trusted(r, j, l.login))
		r->take(r->ctx, &l);
}

static enum ctl_exit
read_entries(const struct reader *r)
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
		    "the journal begins at %s: nothing before that is "
		    "counted",
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
enum ctl_exit
journal_check_files(int64_t since)
{
	static const char *const folders[] = { "/var/log/journal/[0-9a-f]*/*",
		"/run/log/journal/[0-9a-f]*/*" };
	enum ctl_exit status = CTL_JOURNAL;
	glob_t found = { .gl_pathc = 0 };
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
	globfree(&found);
	return status;
}

enum ctl_exit
journal_read(const struct run *run, int64_t since, void *ctx,
    void (*take)(void *ctx, const struct journal_line *))
{
	static struct reader r;
	const struct passwd *pw = getpwnam(HELPER_USER);

	r = (struct reader){ .since = since, .ctx = ctx, .take = take };
	if (pw != NULL && realpath(run->helper, r.helper) != NULL)
		PRINT_TO(r.uid, "%u", pw->pw_uid);
	return read_entries(&r);
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

/* Sets would to the decision here if it denies, or will change, unless another
 * service would deny. */
static void
note_decision(struct report *r, const struct lockout_row *row,
    struct history *a, char now[DENIAL_WORD_MAX])
{
	char then[DENIAL_WORD_MAX];

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
}

static void
print_account(
    struct report *r, const struct lockout_row *row, struct history *a)
{
	char code[TIME_SPAN_MAX], failed[TIME_SPAN_MAX], now[DENIAL_WORD_MAX];

	day_time_text(a->code_at, code);
	day_time_text(a->failed_at, failed);
	note_decision(r, row, a, now);
	r->enrolled += a->factors[0] != '\0';
	r->coded += a->code_at != 0;
	r->failed += a->failed_at > a->code_at;
	if (r->json)
		terminal_json(",{user:%s,name:%s,enrolled:%s,code:%jd,now:%s,"
			      "would:%s,failed:%jd,reason:%s}",
		    row->name, row->full_name, a->factors, (intmax_t)a->code_at,
		    now, a->would, (intmax_t)a->failed_at, a->reason);
	else
		printf(ROW, row->name, a->factors[0] != '\0' ? a->factors : "-",
		    code, now[0] != '\0' ? now : "-",
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

/* Returns 0, or -1 after an error. */
static int
read_since(const char *text, int64_t *since)
{
	const unsigned day = day_read(text);
	/* "14" is ambiguous: it may mean days */
	const int64_t s =
	    text[strspn(text, "0123456789")] != '\0' ? options_span(text) : 0;

	*since = day != 0 ? day * INT64_C(86400) : time(NULL) - s;
	if (s > 0 || day != 0)
		return 0;
	return terminal_error(
	    "--since %.20s: expected a duration (90m, 36h, 14d) "
	    "or a date (2027-01-31)",
	    text);
}

/* Events are printed as they are read, accounts at the end. */
static enum ctl_exit
print_report(struct report *r)
{
	enum ctl_exit status = r->events ? CTL_DONE : journal_accounts(r);

	if (status == CTL_DONE && r->events && r->json)
		terminal_json("{events:[");
	if (status == CTL_DONE)
		status = journal_read(&r->c->run, r->since, r, take_line);
	if (status == CTL_DONE && r->events && r->json)
		terminal_json("]}\n");
	if (status == CTL_DONE && !r->events)
		print_accounts(r);
	lockout_table_free(&r->table);
	free(r->history);
	return status == CTL_DONE && r->denied_then > 0 ? CTL_NO : status;
}

enum ctl_exit
journal_report(const struct command_user *c, const struct arguments *typed,
    const struct name_list *users)
{
	static struct report r;
	enum ctl_exit status, files;

	r = (struct report){ .c = c,
		.users = users,
		.events = typed->events,
		.json = typed->json };
	if (read_since(typed->since != NULL ? typed->since : "14d", &r.since) !=
	    0)
		return CTL_USAGE;
	files = journal_check_files(r.since);
	if (files == CTL_JOURNAL)
		return terminal_error_status(files, JOURNAL_NONE);
	if (settings_is_fleet(c->conf))
		terminal_error("the journal is of %s alone: events on other "
			       "hosts of the fleet are in theirs",
		    c->conf->store.host);
	status = print_report(&r);
	return status == CTL_DONE ? files : status;
}
