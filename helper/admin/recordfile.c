/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A user's record, changed. The new one is tried in a folder of its own, since
 * there it can have its own name; users_dir is locked meanwhile.
 */
#include "helper/admin/recordfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "helper/admin/recordtext.h"

#define LINE_MAX_LEN (2 * CONFFILE_CAUSE_MAX)

static void
report(const struct recordfile *e, const char *what)
{
	char line[LINE_MAX_LEN];

	snprintf(
	    line, sizeof(line), "%s/%s: %s", e->conf->users_dir, e->name, what);
	e->report->line(e->report->ctx, line);
}

static enum recordfile_result
failed(const struct recordfile *e)
{
	report(e, strerror(errno));
	return RECORDFILE_FAILED;
}

/* Errors name the record's place, not that of its trial. */
static void
report_trial(void *ctx, const char *line)
{
	const struct recordfile *e = ctx;
	char place[LINE_MAX_LEN];
	size_t len = strlen(e->trial);

	if (strncmp(line, e->trial, len) == 0)
		snprintf(place, sizeof(place), "%s%s", e->conf->users_dir,
		    line + len);
	else
		snprintf(place, sizeof(place), "%s", line);
	e->report->line(e->report->ctx, place);
}

/* Let config_user say what is wrong with the record as it stands. */
static enum recordfile_result
old_is_broken(const struct recordfile *e)
{
	struct user_record record;

	if (config_user(e->conf, e->user, e->owner->uid, &record, e->report) ==
	    USER_FOUND)
		report(e, "cannot be changed; change it by hand");
	config_user_wipe(&record);
	return RECORDFILE_BROKEN;
}

static enum recordfile_result
make_text(struct recordfile *e, const char *key, const char *value)
{
	char path[CONFFILE_PATH_MAX + RECORDFILE_NAME_MAX + 1];
	char cause[CONFFILE_CAUSE_MAX];
	struct conffile old = { 0 };
	int rc = -1;

	snprintf(path, sizeof(path), "%s/%s", e->conf->users_dir, e->name);
	switch (
	    conffile_read(path, CONFFILE_USER, e->owner->uid, &old, cause)) {
	case CONFFILE_OK:
		if (strlen(old.text) == old.len)
			rc = recordtext_set(old.text, key, value, e->text,
			    sizeof(e->text), &e->len);
		conffile_free(&old);
		break;
	case CONFFILE_ABSENT:
		rc = recordtext_set(
		    "", key, value, e->text, sizeof(e->text), &e->len);
		break;
	case CONFFILE_REFUSED:
		break;
	}
	return rc == 0 ? RECORDFILE_DONE : old_is_broken(e);
}

/* The lock is ours: what an ended twofactl left there is nobody's. */
static int
open_trial(struct recordfile *e)
{
	if (mkdirat(e->folder, RECORDFILE_TRIAL, 0700) != 0 && errno != EEXIST)
		return -1;
	e->trial_folder = openat(e->folder, RECORDFILE_TRIAL,
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return e->trial_folder < 0 ? -1 : 0;
}

static void
close_trial(struct recordfile *e)
{
	if (e->trial_folder < 0)
		return;
	(void)unlinkat(e->trial_folder, e->name, 0);
	close(e->trial_folder);
	(void)unlinkat(e->folder, RECORDFILE_TRIAL, AT_REMOVEDIR);
}

static enum recordfile_result
try_text(struct recordfile *e)
{
	const struct config_report trial_report = { .ctx = e,
		.line = report_trial };
	struct config conf = *e->conf;
	struct user_record record;
	enum user_result found;

	if (open_trial(e) != 0 ||
	    placefile_write(
		e->trial_folder, e->name, e->owner, e->text, e->len) != 0)
		return failed(e);
	conf.users_dir = e->trial;
	found =
	    config_user(&conf, e->user, e->owner->uid, &record, &trial_report);
	config_user_wipe(&record);
	explicit_bzero(&conf, sizeof(conf));
	return found == USER_FOUND ? RECORDFILE_DONE : RECORDFILE_BROKEN;
}

enum recordfile_result
recordfile_prepare(struct recordfile *e, const struct config *conf,
    const char *user, const struct placefile_owner *owner, const char *key,
    const char *value, const struct config_report *to)
{
	char cause[CONFFILE_CAUSE_MAX] = "";
	enum recordfile_result result;

	memset(e, 0, sizeof(*e));
	e->conf = conf;
	e->user = user;
	e->owner = owner;
	e->report = to;
	e->trial_folder = -1;
	snprintf(e->name, sizeof(e->name), "%s.conf", user);
	snprintf(e->trial, sizeof(e->trial), "%s/" RECORDFILE_TRIAL,
	    conf->users_dir);
	e->folder = placefile_folder(conf->users_dir, owner->uid, cause);
	if (e->folder < 0) {
		to->line(to->ctx, cause);
		return RECORDFILE_BROKEN;
	}
	result = make_text(e, key, value);
	if (result == RECORDFILE_DONE)
		result = try_text(e);
	if (result != RECORDFILE_DONE)
		recordfile_drop(e);
	return result;
}

enum recordfile_result
recordfile_commit(struct recordfile *e)
{
	enum recordfile_result result = RECORDFILE_DONE;
	int moved =
	    placefile_move(e->trial_folder, e->name, e->folder, e->name);

	if (moved < 0)
		result = failed(e);
	else if (moved > 0) /* it is in force: not to be taken back */
		report(e,
		    "changed, but a power cut may undo it: check its "
		    "disk");
	recordfile_drop(e);
	return result;
}

void
recordfile_drop(struct recordfile *e)
{
	close_trial(e);
	close(e->folder);
	e->folder = -1;
}
