/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl edit: runs an editor on a copy, and checks the text before it
 * replaces the file. */
#include "twofactl/check/check_inside.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "twofactl/lockout/lockout.h"

#define EXIT_EXEC 127

static const char *
find_editor(void)
{
	static const char *const variable[] = { "SUDO_EDITOR", "VISUAL",
		"EDITOR" };
	static const char *const program[] = { "/usr/bin/sensible-editor",
		"/usr/bin/nano", "/usr/bin/vi", "/bin/vi" };
	const char *value;

	for (size_t i = 0; i < COUNT_OF(variable); i++) {
		value = getenv(variable[i]);
		if (value != NULL && value[0] != '\0')
			return value;
	}
	for (size_t i = 0; i < COUNT_OF(program); i++)
		if (access(program[i], X_OK) == 0)
			return program[i];
	return NULL;
}

/* Runs the editor by a shell, as it may have arguments: "emacs -nw". */
static _Noreturn void
child_run(const char *editor, const char *path)
{
	static const char script[] = "eval \"exec $0 \\\"\\$1\\\"\"";

	(void)signal(SIGINT, SIG_DFL);
	(void)signal(SIGQUIT, SIG_DFL);
	(void)execl("/bin/sh", "sh", "-c", script, editor, path, (char *)NULL);
	_exit(EXIT_EXEC);
}

/* Runs $SUDO_EDITOR, $VISUAL, $EDITOR, or one that is installed, as twofactl's
 * caller, and ignores Ctrl-C meanwhile. 0 if it ended well, else -1 after an
 * error message. */
static int
editor_run(const char *path)
{
	const char *editor = find_editor();
	struct sigaction ignore = { .sa_handler = SIG_IGN }, intr, quit;
	int status = -1;
	pid_t pid;

	if (editor == NULL)
		return terminal_error("no editor found; name one in EDITOR");
	(void)sigaction(SIGINT, &ignore, &intr);
	(void)sigaction(SIGQUIT, &ignore, &quit);
	pid = fork();
	if (pid == 0)
		child_run(editor, path);
	if (pid > 0 && TEMP_FAILURE_RETRY(waitpid(pid, &status, 0)) != pid)
		status = -1;
	(void)sigaction(SIGINT, &intr, NULL);
	(void)sigaction(SIGQUIT, &quit, NULL);
	if (status == 0)
		return 0;
	if (pid < 0 || status == -1)
		terminal_error(
		    "the editor cannot be started: %s", strerror(errno));
	else if (WIFEXITED(status))
		terminal_error("the editor %s ended with status %d; another "
			       "one can be named in EDITOR",
		    terminal_shell_quote(editor), WEXITSTATUS(status));
	else
		terminal_error("the editor %s was killed by signal %d",
		    terminal_shell_quote(editor), WTERMSIG(status));
	return -1;
}

static bool
candidate_is_record(const struct settings *conf,
    const struct trusted_file *file, const char *user)
{
	struct user_record record OWNED(user_record_wipe);
	enum user_result found;

	if (strlen(file->text) != file->len)
		return false;
	found = user_record_observe(conf, user, file->text, &record, NULL);
	return found == USER_FOUND || found == USER_PEOPLE;
}

enum assessment {
	TEXT_INVALID = 0, /* a login would refuse the text */
	TEXT_DOUBTFUL,    /* a problem in the text or a file that it names */
	TEXT_VALID,
};

enum choice { CHOICE_DISCARD = 0, CHOICE_EDIT, CHOICE_KEEP };

struct edit {
	struct run run;
	const struct settings *conf;      /* for a record */
	const char *user;                 /* NULL: the settings */
	const struct record_place *place; /* of the record */
	bool was_broken;                  /* before this edit */
	const struct name_list *named;    /* who may be denied, or NULL */
	struct place_file_owner owner;
	struct edit_copy copy;
};

/* Problems from before this edit, which do not count, each after a newline. */
static char *before;
static size_t new_problems;

static void
remember_problem(const char *line, bool warning)
{
	char *more;

	(void)warning;
	if (asprintf(&more, "%s\n%s", before != NULL ? before : "", line) < 0)
		return; /* the line is then reported again */
	free(before);
	before = more;
}

static void
print_new_problem(const char *line, bool warning)
{
	const size_t len = strlen(line);
	const char *p = before;

	for (; p != NULL && (p = strchr(p, '\n')) != NULL; p++)
		if (strncmp(p + 1, line, len) == 0 &&
		    (p[1 + len] == '\n' || p[1 + len] == '\0'))
			return;
	new_problems++;
	terminal_error("%s%s", warning ? "warning: " : "", line);
}

/* Reports whom the new text denies who can log in by the old one. Broken old
 * settings deny everybody. conf: the new settings, NULL for a record. */
static void
check_denied(const struct edit *e, struct check *c, struct settings *conf,
    const struct trusted_file *text)
{
	const struct lockout_record record = { e->user, text->text };
	struct settings *old OWNED(settings_end) = conf != NULL
	    ? settings_parse(e->run.conf, e->copy.before.text,
		  e->copy.before.len, e->owner.uid, NULL)
	    : NULL;
	const struct lockout_source source = { .conf =
						   conf != NULL ? old : e->conf,
		.then = conf,
		.changed = &record,
		.changes = conf == NULL,
		.named = e->named };

	if (old != NULL) {
		record_state_use(&e->run, old);
		record_state_use(&e->run, conf);
	}
	if (source.conf != NULL)
		(void)lockout_report_denied(&source, &c->problem);
}

static int
take_provider_problem(void *ctx, const struct item *r)
{
	const char *name = r->text[1];

	if (r->kind == ITEM_PROBLEM && text_take(&name, CLIENT_PROBE_NAMES))
		check_warning(ctx, CLIENT_SAYS "%s", r->text[2]);
	return 0;
}

static enum assessment
assess_settings(struct edit *e, const struct trusted_file *text)
{
	struct settings *conf;
	enum ctl_exit status;
	struct check c;

	check_begin(&c, &e->owner, print_new_problem);
	conf = check_candidate_settings(&c, e->copy.path, text, e->run.conf);
	if (conf == NULL)
		return TEXT_INVALID;
	check_denied(e, &c, conf, text);
	settings_free(conf);
	if (edit_copy_stage(&e->copy, text) != 0)
		return TEXT_INVALID;
	fputs("Asking the providers with free calls ...\n", stderr);
	status = client_probe_providers(
	    &e->run, e->copy.staged, &c, take_provider_problem);
	if (status == CTL_SETTINGS)
		return TEXT_INVALID;
	return status == CTL_DONE && new_problems == 0 ? TEXT_VALID
						       : TEXT_DOUBTFUL;
}

static enum assessment
assess_user(struct edit *e, const struct trusted_file *text)
{
	struct check c;

	check_begin(&c, &e->owner, print_new_problem);
	check_candidate_user(&c, e->conf, e->copy.path, text, e->user);
	if (!candidate_is_record(e->conf, text, e->user))
		return TEXT_INVALID;
	check_denied(e, &c, NULL, text);
	return new_problems == 0 ? TEXT_VALID : TEXT_DOUBTFUL;
}

/* Asks what to do; CHOICE_DISCARD without an answer. */
static enum choice
edit_ask(enum assessment assessment)
{
	char answer[16];

	if (assessment == TEXT_VALID)
		return CHOICE_KEEP;
	for (;;) {
		if (terminal_read_line(assessment == TEXT_INVALID
			    ? "e edit it again, d discard the changes: "
			    : "e edit it again, k keep it as it is, d discard "
			      "the changes: ",
			answer, sizeof(answer)) != 0 ||
		    strcmp(answer, "d") == 0)
			return CHOICE_DISCARD;
		if (strcmp(answer, "e") == 0)
			return CHOICE_EDIT;
		if (strcmp(answer, "k") == 0 && assessment == TEXT_DOUBTFUL)
			return CHOICE_KEEP;
	}
}

static bool
replace_file(struct edit *e, const struct trusted_file *text)
{
	if ((e->copy.staging.fd < 0 && edit_copy_stage(&e->copy, text) != 0) ||
	    edit_copy_commit(&e->copy) != 0)
		return false;
	client_audit(EVENT_NONE, e->user, "%s", e->run.command);
	printf("%s is changed.\n", e->copy.path);
	return true;
}

static enum ctl_exit
edit_place(struct edit *e, const struct trusted_file *text)
{
	const bool in_state = e->place != NULL && e->place->within != NULL;

	if (in_state && record_state_put(e->user, text->text) == 0) {
		client_audit(EVENT_NONE, e->user, "edit");
		printf("The record of %s in the state is changed.\n", e->user);
		return CTL_DONE;
	}
	if (!in_state && replace_file(e, text))
		return CTL_DONE;
	return terminal_error_status(CTL_FAILED,
	    "your text stays in %s until that file is edited again",
	    terminal_shell_quote(e->copy.place));
}

/* Edits once. *choice is CHOICE_EDIT to edit again. */
static enum ctl_exit
edit_once(struct edit *e, enum choice *choice)
{
	enum ctl_exit status = CTL_NO;
	struct trusted_file text OWNED(trusted_file_free) = { .text = NULL };

	*choice = CHOICE_DISCARD;
	new_problems = 0;
	if (editor_run(e->copy.place) != 0 ||
	    edit_copy_read(&e->copy, &text) != 0)
		return terminal_error_status(CTL_FAILED, "nothing was changed");
	if (text.len != e->copy.before.len ||
	    memcmp(text.text, e->copy.before.text, text.len) != 0)
		*choice = edit_ask(e->user != NULL ? assess_user(e, &text)
						   : assess_settings(e, &text));
	if (*choice == CHOICE_KEEP)
		status = edit_place(e, &text);
	else
		edit_copy_unstage(&e->copy);
	if (*choice != CHOICE_DISCARD)
		return status;
	printf("%s: nothing was changed.\n", e->copy.path);
	(void)fflush(stdout);
	if (e->was_broken)
		terminal_error("%s is broken, as it was before, and denies %s; "
			       "see: twofactl check",
		    e->copy.path,
		    e->user != NULL ? "this user" : "every login");
	return status;
}

static enum ctl_exit
edit_file(struct edit *e, const char *path, enum trusted_file_kind kind)
{
	enum choice choice = CHOICE_EDIT;
	enum ctl_exit status = CTL_NO;
	struct settings *conf;
	struct check c;

	check_begin(&c, &e->owner, remember_problem);
	if (edit_copy_begin(&e->copy, path, kind, &e->owner) != 0)
		return CTL_FAILED;
	if (kind == TRUSTED_FILE_SETTINGS) {
		conf = check_candidate_settings(
		    &c, path, &e->copy.before, e->run.conf);
		e->was_broken = conf == NULL;
		settings_free(conf);
	} else {
		e->was_broken =
		    !candidate_is_record(e->conf, &e->copy.before, e->user);
	}
	while (choice == CHOICE_EDIT)
		status = edit_once(e, &choice);
	edit_copy_end(&e->copy, choice == CHOICE_KEEP && status != CTL_DONE);
	free(before);
	return status;
}

static void
renew_shape(const struct edit *e)
{
	struct settings *conf OWNED(settings_end) =
	    settings_load(e->run.conf, e->owner.uid, NULL);

	if (conf != NULL) {
		record_state_use(&e->run, conf);
		record_shape_renew(&e->run, conf);
	}
}

static enum ctl_exit
change_settings(struct edit *e, const char *was, struct trusted_file *new)
{
	struct settings *conf OWNED(settings_end) = NULL;
	struct check c;

	check_begin(&c, &e->owner, remember_problem);
	settings_free(check_candidate_settings(
	    &c, e->copy.path, &e->copy.before, e->run.conf));
	check_begin(&c, &e->owner, print_new_problem);
	conf = check_candidate_settings(&c, e->copy.path, new, e->run.conf);
	if (conf == NULL)
		return CTL_SETTINGS;
	new_problems = 0; /* not what is wrong with a file */
	check_denied(e, &c, conf, new);
	if (new_problems > 0)
		return terminal_error_status(CTL_NO,
		    "enrol them (all: twofactl rollout who), or name each who "
		    "may be denied: --deny NAME,NAME");
	if (strcmp(e->copy.before.text, was) != 0)
		return terminal_error_status(CTL_NO,
		    "%s has been changed by somebody else meanwhile",
		    terminal_shell_quote(e->copy.path));
	return replace_file(e, new) ? CTL_DONE : CTL_FAILED;
}

enum ctl_exit
check_change_settings(const struct run *run, const char *was, const char *text,
    const struct name_list *named)
{
	static struct edit e;
	struct trusted_file new = { .text = strdup(text), .len = strlen(text) };
	enum ctl_exit status = CTL_FAILED;

	e.run = *run;
	e.named = named;
	if (new.text != NULL && record_file_default_uid_gid(&e.owner) == 0 &&
	    edit_copy_begin(
		&e.copy, run->conf, TRUSTED_FILE_SETTINGS, &e.owner) == 0) {
		status = change_settings(&e, was, &new);
		edit_copy_end(&e.copy, false);
	}
	if (status == CTL_DONE)
		renew_shape(&e);
	else
		terminal_error("nothing was changed");
	free(new.text);
	free(before);
	return status;
}

static enum ctl_exit
not_enrolled(const struct edit *e)
{
	return terminal_error_status(CTL_NO, "%s is not enrolled; run: %s",
	    e->user,
	    settings_enrol_command(e->conf, terminal_shell_quote(e->user)));
}

/* Makes a file for the editor, in a folder that only root can open, under /run.
 * 0, or -1 after an error message. */
static int
write_temporary(const struct edit *e, const char *text,
    char folder[EDIT_PATH_MAX], char path[EDIT_PATH_MAX])
{
	char name[RECORD_FILE_NAME_MAX];
	int fd OWNED(owned_fd) = -1, rc = -1;

	snprintf(folder, EDIT_PATH_MAX, "/run/twofactl.XXXXXX");
	PRINT_TO(name, "%s" RECORD_FILE_SUFFIX, e->user);
	if (mkdtemp(folder) == NULL)
		return terminal_error_file(folder);
	snprintf(path, EDIT_PATH_MAX, "%.64s/%s", folder, name);
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0)
		rc = place_file_write(fd, name, &e->owner, text, strlen(text));
	if (rc != 0) {
		terminal_error_file(path);
		(void)rmdir(folder);
	}
	return rc;
}

/* Edits a record in the state. A text that could not be written stays in its
 * folder, for the admin. */
static enum ctl_exit
edit_state_record(struct edit *e)
{
	struct record_source *source = e->conf->records;
	char folder[EDIT_PATH_MAX], path[EDIT_PATH_MAX];
	enum ctl_exit status;
	const char *text;

	switch (source->text(source, e->user, &text)) {
	case RECORD_SOURCE_NONE:
		return not_enrolled(e);
	case RECORD_SOURCE_THERE:
		break;
	case RECORD_SOURCE_OUTAGE:
	case RECORD_SOURCE_FAILED:
		return terminal_error_status(
		    CTL_FAILED, "%s in the state: %s", e->user, source->cause);
	}
	if (write_temporary(e, text, folder, path) != 0)
		return CTL_FAILED;
	status = edit_file(e, path, TRUSTED_FILE_USER);
	(void)unlink(path);
	(void)rmdir(folder);
	return status;
}

static enum ctl_exit
edit_user(struct edit *e)
{
	struct settings *conf OWNED(settings_end) =
	    settings_load(e->run.conf, e->owner.uid, &complain_report);
	char path[CTL_PATH_MAX];
	enum ctl_exit status;

	if (conf == NULL)
		return terminal_error_status(CTL_SETTINGS,
		    "a user's file is checked by the settings; first run: "
		    "twofactl edit");
	record_state_use(&e->run, conf);
	e->conf = conf;
	PRINT_TO(path, "%s/%s" RECORD_FILE_SUFFIX, conf->users_dir, e->user);
	e->place = record_place_of(conf, e->user);
	if (e->place->within != NULL)
		status = edit_state_record(e);
	else if (access(path, F_OK) != 0 && errno == ENOENT)
		status = not_enrolled(e);
	else
		status = edit_file(e, path, TRUSTED_FILE_USER);
	if (status == CTL_DONE)
		record_shape_renew(&e->run, conf);
	return status;
}

enum ctl_exit
cmd_edit(const struct arguments *typed)
{
	static struct edit edit;
	static struct target target;
	enum ctl_exit status =
	    command_user_find(&target, typed->user, typed->person, false);

	if (status != CTL_DONE)
		return status;
	if (!terminal_is_open())
		return terminal_error_status(CTL_USAGE,
		    "edit needs a terminal; a program writes the file "
		    "elsewhere, runs: twofactl check --file FILE, and "
		    "then: install -o root -g twofa -m 0640 FILE PLACE");
	edit.run = typed->run;
	if (record_file_default_uid_gid(&edit.owner) != 0)
		return CTL_FAILED;
	if (typed->user != NULL) {
		edit.user = target.account;
		return edit_user(&edit);
	}
	status = edit_file(&edit, edit.run.conf, TRUSTED_FILE_SETTINGS);
	if (status == CTL_DONE)
		renew_shape(&edit);
	return status;
}
