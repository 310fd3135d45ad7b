/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl edit */
#include "twofactl/terminal/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "twofactl/edit/candidate.h"
#include "twofactl/edit/edit_copy.h"
#include "twofactl/edit/editor.h"
#include "twofactl/fleet/fleet.h"
#include "twofactl/link/link.h"
#include "twofactl/records/records.h"

enum judged {
	JUDGED_BROKEN = 0, /* it would be refused */
	JUDGED_DOUBTFUL,   /* it, or a file that it names, has a problem */
	JUDGED_GOOD,
};

enum choice { CHOICE_DISCARD = 0, CHOICE_EDIT, CHOICE_KEEP };

struct edit {
	const struct ctl *ctl;
	const struct settings *conf; /* of a record */
	const char *user;            /* NULL: the settings */
	bool shared;                 /* the record is in the state */
	bool was_broken;             /* before this edit */
	struct place_file_owner owner;
	struct edit_copy copy;
};

/* Problems from before this edit do not count. */
static char *before; /* lines, each behind a newline */
static size_t before_len, fresh;

static void
remember(const char *line)
{
	const size_t len = strlen(line) + 1;
	char *more = realloc(before, before_len + len + 1);

	if (more == NULL)
		return; /* then they are reported again */
	before = more;
	before_len +=
	    (size_t)snprintf(before + before_len, len + 1, "\n%s", line);
}

static bool
was_there(const char *line)
{
	const size_t len = strlen(line);
	const char *p = before;

	for (; p != NULL && (p = strchr(p, '\n')) != NULL; p++)
		if (strncmp(p + 1, line, len) == 0 &&
		    (p[1 + len] == '\n' || p[1 + len] == '\0'))
			return true;
	return false;
}

static void
tell(const char *line)
{
	if (was_there(line))
		return;
	fresh++;
	complain("%s", line);
}

static void
warn(const char *line)
{
	if (was_there(line))
		return;
	fresh++;
	complain("warning: %s", line);
}

static struct check
new_check(const struct edit *e, bool told)
{
	return (struct check){ .owner = e->owner.uid,
		.group = e->owner.gid,
		.told = told ? tell : remember,
		.warned = told ? warn : remember };
}

static struct candidate
candidate_of(const struct edit *e, const struct trusted_file *text)
{
	return (struct candidate){ e->copy.path, text->text, text->len };
}

/* Judge them as check would in their place. NULL: they deny every login. */
static struct settings *
check_settings(
    const struct edit *e, struct check *c, const struct trusted_file *text)
{
	const struct candidate file = candidate_of(e, text);
	struct settings *conf = candidate_settings(c, &file);

	if (conf == NULL)
		return NULL;
	candidate_secrets(c, e->ctl);
	candidate_settings_check(c, e->copy.path, conf);
	return conf;
}

/* A problem with a provider; show its text, whatever it says. */
static void
take_found(void *ctx, const char *name, const char *words)
{
	if (strncmp(name, PROVIDER_PROBE_NAMES,
		sizeof(PROVIDER_PROBE_NAMES) - 1) == 0)
		check_warning(ctx, HELPER_LINK_SAYS "%s", words);
}

static enum judged
judge_settings(struct edit *e, const struct trusted_file *text)
{
	struct check c = new_check(e, true);
	struct settings *conf = check_settings(e, &c, text);
	enum ctl_exit status;

	if (conf == NULL)
		return JUDGED_BROKEN;
	settings_free(conf);
	if (edit_copy_stage(&e->copy, text) != 0)
		return JUDGED_BROKEN;
	fputs("Asking the providers with free calls ...\n", stderr);
	status = provider_probe(e->ctl, e->copy.staged, &c, take_found);
	if (status == CTL_SETTINGS)
		return JUDGED_BROKEN;
	return status == CTL_DONE && fresh == 0 ? JUDGED_GOOD : JUDGED_DOUBTFUL;
}

static enum judged
judge_user(struct edit *e, const struct trusted_file *text)
{
	const struct candidate file = candidate_of(e, text);
	struct check c = new_check(e, true);

	candidate_user(&c, e->conf, &file, e->user);
	if (!candidate_is_record(e->conf, &file, e->user, e->owner.uid))
		return JUDGED_BROKEN;
	return fresh == 0 ? JUDGED_GOOD : JUDGED_DOUBTFUL;
}

/* Without an answer: discard. */
static enum choice
ask(enum judged judged)
{
	char answer[16];

	if (judged == JUDGED_GOOD)
		return CHOICE_KEEP;
	for (;;) {
		if (terminal_line(judged == JUDGED_BROKEN
			    ? "e edit it again, d discard the changes: "
			    : "e edit it again, k keep it as it is, d discard "
			      "the changes: ",
			answer, sizeof(answer)) != 0 ||
		    strcmp(answer, "d") == 0)
			return CHOICE_DISCARD;
		if (strcmp(answer, "e") == 0)
			return CHOICE_EDIT;
		if (strcmp(answer, "k") == 0 && judged == JUDGED_DOUBTFUL)
			return CHOICE_KEEP;
	}
}

static enum choice
judge(struct edit *e, const struct trusted_file *text)
{
	enum choice choice;

	fresh = 0;
	choice = ask(
	    e->user != NULL ? judge_user(e, text) : judge_settings(e, text));
	if (choice != CHOICE_KEEP)
		edit_copy_unstage(&e->copy);
	return choice;
}

static int
place_shared(const struct edit *e, const char *text)
{
	if (state_records_stage(e->user, text) != 0 ||
	    state_records_write() != 0)
		return -1;
	audit(e->ctl, "edit", e->user);
	printf("The record of %s in the state is changed.\n", e->user);
	return 0;
}

static enum ctl_exit
place(struct edit *e, const struct trusted_file *text)
{
	if (e->shared && place_shared(e, text->text) == 0)
		return CTL_DONE;
	if (!e->shared &&
	    (e->copy.beside.fd >= 0 || edit_copy_stage(&e->copy, text) == 0) &&
	    edit_copy_place(&e->copy) == 0) {
		audit(e->ctl, "edit", e->user);
		printf("%s is changed.\n", e->copy.path);
		return CTL_DONE;
	}
	complain("your text stays in %s until that file is edited again",
	    shell_word(e->copy.place));
	return CTL_FAILED;
}

static void
tell_unchanged(const struct edit *e)
{
	printf("%s: nothing was changed.\n", e->copy.path);
	(void)fflush(stdout);
	if (e->was_broken)
		complain("%s is broken, as it was before, and denies %s; see: "
			 "twofactl check",
		    e->copy.path,
		    e->user != NULL ? "this user" : "every login");
}

/* Edit once; CHOICE_EDIT in *choice: again. */
static enum ctl_exit
edit_once(struct edit *e, enum choice *choice)
{
	enum ctl_exit status = CTL_NO;
	struct trusted_file text;

	*choice = CHOICE_DISCARD;
	if (editor_run(e->copy.place) != 0 ||
	    edit_copy_read(&e->copy, &text) != 0) {
		complain("nothing was changed");
		return CTL_FAILED;
	}
	if (text.len != e->copy.before.len ||
	    memcmp(text.text, e->copy.before.text, text.len) != 0)
		*choice = judge(e, &text);
	if (*choice == CHOICE_KEEP)
		status = place(e, &text);
	else if (*choice == CHOICE_DISCARD)
		tell_unchanged(e);
	trusted_file_free(&text);
	return status;
}

static enum ctl_exit
edit_file(struct edit *e, const char *path, enum trusted_file_kind kind)
{
	enum choice choice = CHOICE_EDIT;
	enum ctl_exit status = CTL_NO;
	struct check c = new_check(e, false);
	struct candidate file;
	struct settings *conf;

	if (edit_copy_begin(&e->copy, path, kind, &e->owner) != 0)
		return CTL_FAILED;
	if (kind == TRUSTED_FILE_SETTINGS) {
		conf = check_settings(e, &c, &e->copy.before);
		e->was_broken = conf == NULL;
		settings_free(conf);
	} else {
		file = candidate_of(e, &e->copy.before);
		e->was_broken =
		    !candidate_is_record(e->conf, &file, e->user, e->owner.uid);
	}
	while (choice == CHOICE_EDIT)
		status = edit_once(e, &choice);
	edit_copy_end(&e->copy, choice == CHOICE_KEEP && status != CTL_DONE);
	free(before);
	return status;
}

static enum ctl_exit
edit_settings(struct edit *e)
{
	enum ctl_exit status =
	    edit_file(e, e->ctl->conf, TRUSTED_FILE_SETTINGS);
	struct settings *conf;

	if (status != CTL_DONE)
		return status;
	conf = settings_load(e->ctl->conf, e->owner.uid, &settings_report_none);
	if (conf != NULL) {
		state_records_use(e->ctl, conf);
		host_shape_renew(e->ctl, conf);
	}
	settings_free(conf);
	return CTL_DONE;
}

static enum ctl_exit
not_enrolled(const struct edit *e)
{
	complain("%s is not enrolled; run: twofactl enroll %s", e->user,
	    shell_word(e->user));
	return CTL_NO;
}

/* A file for the editor, in a folder of root's own that does not outlive the
 * machine. 0, or -1 after complaining. */
static int
write_shared(const struct edit *e, const char *text, char folder[EDIT_PATH_MAX],
    char path[EDIT_PATH_MAX])
{
	char name[RECORD_FILE_NAME_MAX];
	int fd, rc = -1;

	snprintf(folder, EDIT_PATH_MAX, "/run/twofactl.XXXXXX");
	snprintf(name, sizeof(name), "%s" RECORD_FILE_SUFFIX, e->user);
	if (mkdtemp(folder) == NULL) {
		complain("%s: %s", folder, strerror(errno));
		return -1;
	}
	snprintf(path, EDIT_PATH_MAX, "%.64s/%s", folder, name);
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0)
		rc = place_file_write(fd, name, &e->owner, text, strlen(text));
	if (rc != 0) {
		complain("%s: %s", path, strerror(errno));
		(void)rmdir(folder);
	}
	if (fd >= 0)
		close(fd);
	return rc;
}

/* What could not be written stays there, for the admin. */
static enum ctl_exit
edit_shared(struct edit *e)
{
	struct record_source *from = e->conf->records;
	char folder[EDIT_PATH_MAX], path[EDIT_PATH_MAX];
	enum ctl_exit status;
	const char *text;

	switch (from->text(from, e->user, &text)) {
	case RECORD_NONE:
		return not_enrolled(e);
	case RECORD_THERE:
		break;
	case RECORD_OUTAGE:
	case RECORD_FAILED:
		complain("%s in the state: %s", e->user, from->cause);
		return CTL_FAILED;
	}
	if (write_shared(e, text, folder, path) != 0)
		return CTL_FAILED;
	e->shared = true;
	status = edit_file(e, path, TRUSTED_FILE_USER);
	(void)unlink(path);
	(void)rmdir(folder);
	return status;
}

static enum ctl_exit
edit_user(struct edit *e)
{
	struct settings *conf =
	    settings_load(e->ctl->conf, e->owner.uid, &complain_report);
	char path[CTL_PATH_MAX];
	enum ctl_exit status;

	if (conf == NULL) {
		complain("a user's file is checked by the settings; first run: "
			 "twofactl edit");
		return CTL_SETTINGS;
	}
	state_records_use(e->ctl, conf);
	e->conf = conf;
	e->user = e->ctl->name;
	snprintf(path, sizeof(path), "%s/%s" RECORD_FILE_SUFFIX,
	    conf->users_dir, e->user);
	if (state_records_holds(conf, e->user))
		status = edit_shared(e);
	else if (access(path, F_OK) != 0 && errno == ENOENT)
		status = not_enrolled(e);
	else
		status = edit_file(e, path, TRUSTED_FILE_USER);
	if (status == CTL_DONE)
		host_shape_renew(e->ctl, conf);
	settings_free(conf);
	return status;
}

enum ctl_exit
cmd_edit(struct ctl *ctl)
{
	static struct edit edit;
	enum ctl_exit status = command_user_find(ctl, false);

	if (status != CTL_DONE)
		return status;
	if (!terminal_is_there()) {
		complain("edit needs a terminal; a program writes the file "
			 "elsewhere, runs: twofactl check --file FILE, and "
			 "then: install -o root -g twofa -m 0640 FILE PLACE");
		return CTL_USAGE;
	}
	edit.ctl = ctl;
	if (record_file_owner(&edit.owner) != 0)
		return CTL_FAILED;
	return ctl->user != NULL ? edit_user(&edit) : edit_settings(&edit);
}
