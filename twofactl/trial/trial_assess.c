/* SPDX-License-Identifier: BSD-2-Clause */
/* Checks new files: findings, users they lock out, settings sshd ignores. */
#include "twofactl/trial/trial_inside.h"

#include <errno.h>

#include "twofactl/lockout/lockout.h"

#define JUDGE_S 120
#define OUT_MAX (64 * 1024)
#define NAMES_TOLD 10
#define LET_IN                                                                 \
	";\nto let them in for now, use twofactl edit: unenrolled = "          \
	"\"allow\", or a rule (docs/guide/roll-out.md)"
/* Adds a line and removes none: without one, sshd might require less until the
 * service is enabled. An Include of a missing file has no effect. */
#define INCLUDE                                                                \
	"write as the first line of %s: Include " SSHD_FILES_FIRST_OURS        \
	"; then run this again"

/* Runs in the child before it executes twofactl. */
static int
enter(void *ctx)
{
	const struct trial *t = ctx;

	if (etc_view_enter(t->file, t->files) == 0)
		return 0;
	fprintf(stderr, "%s\n", etc_cause);
	return -1;
}

/* Runs a twofactl command, with the new files if view is set. Returns false if
 * its exit status is above worst or it did not end by itself. */
static bool
trial_judge_ask(const char *const *argv, const struct trial *t, bool view,
    enum ctl_exit worst, char out[OUT_MAX])
{
	const struct program p = { .argv = argv,
		.timeout_s = JUDGE_S,
		.prepare = view ? enter : NULL,
		.ctx = (void *)(uintptr_t)t };
	const int status = run_program(&p, out, OUT_MAX);

	return status >= 0 && status <= (int)worst;
}

/* True if text has the wanted line, compared up to the ';' before the remedy,
 * which may differ with the new files. */
static bool
has_line(const char *text, const struct text_part *wanted)
{
	const char *end = memchr(wanted->at, ';', wanted->len);
	const size_t len =
	    end != NULL ? (size_t)(end - wanted->at) : wanted->len;
	struct text_part line;

	while (text_line_next(&text, &line))
		if (line.len >= len && memcmp(line.at, wanted->at, len) == 0)
			return true;
	return false;
}

/* Prints the findings in after that are in before too (old) or not, and returns
 * their number. The last line is a summary, not a finding. */
static int
tell_findings(const char *before, const char *after, bool old)
{
	struct text_part line;
	int count = 0;

	while (text_line_next(&after, &line))
		if (*after != '\0' && !text_part_begins(&line, "note: ") &&
		    has_line(before, &line) == old) {
			fprintf(stderr, "%s%.*s", old ? "As before: " : "",
			    (int)line.len, line.at);
			count++;
		}
	return count;
}

/* Runs argv with the old files and later with the new ones, and prints the
 * findings. Returns worst if some are new, or CTL_FAILED after reporting. */
static enum ctl_exit
judge_new(const char *const *argv, const char *const *later,
    const struct trial *t, enum ctl_exit worst)
{
	static char before[OUT_MAX], after[OUT_MAX];

	if (!trial_judge_ask(argv, t, false, worst, before))
		return terminal_error_status(
		    CTL_FAILED, "twofactl %s fails: %.400s", argv[5], before);
	if (!trial_judge_ask(later, t, true, worst, after))
		return terminal_error_status(CTL_FAILED,
		    "the new files cannot be checked before they are in "
		    "place: %.400s",
		    after);
	host_etc_restore_paths(after, ETC_VIEW_COPY);
	(void)tell_findings(before, after, true);
	return tell_findings(before, after, false) == 0 ? CTL_DONE : worst;
}

/* Runs check on a changed twofa.conf: invalid settings deny every login. */
static enum ctl_exit
trial_judge_settings(const struct run *run, const struct trial *t)
{
	char path[CTL_PATH_MAX + sizeof(ETC_VIEW_COPY)];
	const char *copy = etc_view_uses_copies() ? path : run->conf;
	const char *const argv[] = { TRIAL_SELF(run), "check", "--file",
		run->conf, NULL };
	const char *const later[] = { TRIAL_SELF(run), "check", "--file", copy,
		NULL };
	enum ctl_exit status = CTL_DONE;

	PRINT_TO(path, ETC_VIEW_COPY "%s", run->conf);
	for (unsigned i = 0; status == CTL_DONE && i < t->files; i++)
		if (t->file[i].kind == ETC_RULE)
			status = judge_new(argv, later, t, CTL_SETTINGS);
	return status;
}

enum ctl_exit
trial_assess(const struct run *run, const struct trial *t)
{
	static const char copies[] = ETC_VIEW_COPY;
	const char *const argv[] = { TRIAL_SELF(run), "doctor", "--files",
		"--service", t->service, NULL };
	const char *const later[] = { TRIAL_SELF(run), "doctor", "--files",
		"--service", t->service,
		etc_view_uses_copies() ? "--etc" : NULL, copies, NULL };
	const enum ctl_exit status = trial_judge_settings(run, t);

	return status == CTL_DONE ? judge_new(argv, later, t, CTL_NO) : status;
}

bool
trial_prepare_view(const struct trial *t)
{
	char why[ETC_FILE_CAUSE];

	if (etc_view_run_in_child(t->file, t->files, NULL, NULL) == 0)
		return true;
	if (errno != EPERM)
		return false;
	memcpy(why, etc_cause, sizeof(why));
	if (etc_view_copy(t->file, t->files, sshd_ask_config()) != 0)
		return false;
	memcpy(etc_cause, why, sizeof(why));
	return true;
}

/* Returns the first setting whose value differs from the drop-in's, or NULL.
 * The first line for a setting counts, and may be in another file. */
static const char *
find_other(const struct trial *t, const struct sshd_settings *c)
{
	const char *methods = service_change_methods[t->login];

	if (!c->use_pam)
		return "UsePAM";
	if (!c->kbdinteractive)
		return "KbdInteractiveAuthentication";
	if (c->password)
		return "PasswordAuthentication";
	if (c->grace_s != 0 && c->grace_s < SERVICE_CHANGE_GRACE)
		return "LoginGraceTime";
	return methods != NULL && strcmp(methods, c->methods) != 0
	    ? "AuthenticationMethods"
	    : NULL;
}

/* Prints an error with the paths of the files in /etc. Returns status. */
static enum ctl_exit __attribute__((format(printf, 2, 3)))
refuse_sshd(enum ctl_exit status, const char *fmt, ...)
{
	char text[1024];

	PRINT_GIVEN(text, fmt);
	host_etc_restore_paths(text, ETC_VIEW_COPY);
	return terminal_error_status(status, "%s", text);
}

static enum ctl_exit
refuse_other(const char *key)
{
	const char *config = sshd_ask_config();
	const char *options = sshd_ask_options();
	char seen[HOST_ETC_PATH];
	const char *drop_in = host_etc_path(SSHD_FILES_FIRST_OURS, seen);
	struct sshd_files_first first;

	if (!sshd_files_is_read_before_match(config, drop_in))
		return refuse_sshd(CTL_NO,
		    "%s does not read " SSHD_FILES_FIRST_OURS
		    ", at least not for every login; " INCLUDE,
		    config, config);
	if (sshd_files_find_first_setting(&first, config, key) &&
	    strcmp(first.file, drop_in) != 0)
		return refuse_sshd(CTL_NO,
		    "%s:%u sets %s before " SSHD_FILES_FIRST_OURS
		    " does, and the first counts; " INCLUDE,
		    first.file, first.number, key, config);
	if (options[0] != '\0')
		return refuse_sshd(CTL_NO,
		    "sshd was started by %s, which takes precedence over its "
		    "files, and does not take %s as " SSHD_FILES_FIRST_OURS
		    " has it; write as the first lines of %s: "
		    "Include " SSHD_FILES_FIRST_OURS
		    ", and under it that setting; then take it out (SSHD_OPTS "
		    "or OPTIONS in /etc/default/ssh or /etc/sysconfig/sshd, or "
		    "the unit) and restart sshd",
		    options, key, config);
	return refuse_sshd(CTL_NO,
	    "sshd does not take %s as " SSHD_FILES_FIRST_OURS
	    " has it, as where a Match sets it for all logins; take it out "
	    "there; see: grep -ri -A9 '^[[:space:]]*match' /etc/ssh; sshd -T",
	    key);
}

/* Runs in the child that sees the new files. */
static int
check_sshd(void *ctx)
{
	const struct trial *t = ctx;
	struct sshd_settings conf;
	const char *other;

	if (sshd_ask(NULL, NULL, &conf) != SSHD_ASK_DONE)
		return (int)refuse_sshd(CTL_FAILED, "sshd -T: %.*s",
		    (int)strcspn(sshd_said, "\r\n"), sshd_said);
	other = sshd_settings_other_service(&conf);
	if (other != NULL)
		return (int)refuse_sshd(CTL_NO,
		    "PAMServiceName %.100s: sshd asks PAM for that service, "
		    "and not for sshd, whose stack this changes; take that "
		    "setting out of sshd_config, and run this again before "
		    "sshd is reloaded",
		    other);
	other = find_other(t, &conf);
	return (int)(other != NULL ? refuse_other(other) : CTL_DONE);
}

/* Runs call in a child that sees the new files. Returns what that does, or
 * CTL_FAILED after printing an error. */
static enum ctl_exit
ask_view(const struct trial *t, int (*call)(void *ctx), void *ctx)
{
	const int status = etc_view_run_in_child(t->file, t->files, call, ctx);

	return status >= 0 ? (enum ctl_exit)status
			   : terminal_error_status(CTL_FAILED, "%s", etc_cause);
}

enum ctl_exit
trial_check_sshd(const struct trial *t)
{
	return strcmp(t->service, "sshd") == 0
	    ? ask_view(t, check_sshd, (void *)(uintptr_t)t)
	    : CTL_DONE;
}

struct told {
	const struct run *run;
	const char *service;
	struct lockout_table before, after;
	size_t locked, could; /* locked out; able to log in before */
};

/* Prints the first NAMES_TOLD rows of this kind, admins first. */
static void
tell_rows(const struct told *t, enum lockout_change which, const char *when)
{
	size_t found = 0;

	for (int others = 0; others < 2; others++)
		for (size_t i = 0; i < t->after.count; i++) {
			const struct lockout_row *row = &t->after.row[i];

			if (row->admin != (others == 0) ||
			    lockout_change(&t->before, &t->after, i) != which)
				continue;
			if (found++ >= NAMES_TOLD)
				continue;
			fprintf(stderr, "  %-16s %-6s %s: %s\n",
			    terminal_shell_quote(row->name),
			    row->admin ? "admin" : "", when,
			    lockout_is_obstacle(row->how)
				? lockout_words[row->how].cause
				: "expiry, sshd's lists, a rule or the record "
				  "keeps them out");
		}
	if (found > NAMES_TOLD)
		fprintf(
		    stderr, "  and %zu more %s\n", found - NAMES_TOLD, when);
}

/* Prints each cause that occurs once, with its remedy. */
static void
tell_remedies(const struct told *t)
{
	for (enum lockout how = LOCKOUT_METHODS; lockout_is_obstacle(how);
	     how++)
		for (size_t i = 0; i < t->after.count; i++)
			if (t->after.row[i].how == how &&
			    lockout_change(&t->before, &t->after, i) !=
				LOCKOUT_CHANGE_NONE) {
				fprintf(stderr, "Where %s: %s%s.\n",
				    lockout_words[how].cause,
				    lockout_words[how].remedy,
				    how == LOCKOUT_RECORD ? LET_IN : "");
				break;
			}
}

/* No text here may look like an account's name. */
static void
trial_judge_tell(const struct told *t)
{
	char names[LOCKOUT_LIST_MAX];

	fprintf(stderr,
	    "Accounts that %s would deny from then on: %zu of the %zu that "
	    "can log in through it now\n",
	    t->service, t->locked, t->could);
	tell_rows(t, LOCKOUT_CHANGE_NEW, "LOCKED OUT");
	tell_rows(t, LOCKOUT_CHANGE_MEANT, "as meant");
	tell_rows(t, LOCKOUT_CHANGE_OLD, "as before");
	tell_remedies(t);
	if (lockout_change_denies_all_admins(&t->before, &t->after))
		fprintf(stderr, "No admin would be left who can use %s.\n",
		    t->service);
	if (t->after.left > 0)
		fprintf(stderr,
		    "%zu accounts were not checked, because that takes too "
		    "long.\n",
		    t->after.left);
	fputs("Looked at: the accounts that \"getent passwd\" lists here, and "
	      "of others, as those of a\ndirectory, root, who is enrolled and "
	      "whom sudoers or AllowUsers names.\n",
	    stderr);
	/* this host can list the records in the state */
	if (!t->after.one_by_one)
		return;
	if (lockout_list(&t->after, LOCKOUT_UNSEEN, names) > 0)
		fprintf(stderr,
		    "Not looked up in the state, since each one counts as read "
		    "by this host: %s.\nThey are denied unless they are "
		    "enrolled.\n",
		    names);
	fputs("Who is enrolled in the state tells, on the administrator's "
	      "machine:\ntwofactl list\n",
	    stderr);
}

/* Fills in the table by the files as this process sees them. Returns 0, or -1
 * after printing an error. */
static int
make_table(const struct told *t, struct lockout_table *table)
{
	struct lockout_source source = { .service = t->service };
	char seen[HOST_ETC_PATH];
	struct settings *conf OWNED(settings_end) =
	    settings_load(host_etc_path(t->run->conf, seen), 0, NULL);

	if (conf != NULL) {
		record_state_use(t->run, conf);
		source.conf = conf;
		if (lockout_host_make(table, &source) == 0)
			return 0;
	} else
		PRINT_TO(trusted_file_cause,
		    "%.300s is not right; see: twofactl check", t->run->conf);
	return terminal_error("who could log in through %s is not known: %s",
	    t->service, trusted_file_cause);
}

/* Runs in the child that sees the new files. Prints the table. */
static int
compare_tables(void *ctx)
{
	struct told *t = ctx;

	if (make_table(t, &t->after) != 0)
		return CTL_FAILED;
	for (size_t i = 0; i < t->after.count; i++)
		t->locked += lockout_change(&t->before, &t->after, i) ==
		    LOCKOUT_CHANGE_NEW;
	for (size_t i = 0; i < t->before.count; i++)
		t->could += t->before.row[i].how == LOCKOUT_IN;
	trial_judge_tell(t);
	return t->locked > 0 ? CTL_NO : CTL_DONE;
}

enum ctl_exit
trial_check_lockout(const struct run *run, const struct trial *t)
{
	struct told told = { .run = run, .service = t->service };
	const enum ctl_exit status = make_table(&told, &told.before) == 0
	    ? ask_view(t, compare_tables, &told)
	    : CTL_FAILED;

	lockout_table_free(&told.before);
	return status;
}
