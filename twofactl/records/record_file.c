/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Users' records, changed. A new one is tried in a folder of its own, since
 * there it can have its own name; users_dir is locked meanwhile.
 */
#include "twofactl/records/record_file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "twofactl/records/trial_folder.h"

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

/* All changes, one upon the other, into e->text. */
static int
change_text(struct recordfile *e, const char *old,
    const struct recordtext_change *change, size_t count)
{
	static char before[RECORDFILE_TEXT_MAX];

	e->len = strlen(old);
	if (e->len >= sizeof(e->text))
		return -1;
	memcpy(e->text, old, e->len + 1);
	for (size_t i = 0; i < count; i++) {
		memcpy(before, e->text, e->len + 1);
		if (recordtext_put(before, &change[i], e->text, sizeof(e->text),
			&e->len) != 0)
			return -1;
	}
	return 0;
}

static enum recordfile_result
make_text(
    struct recordfile *e, const struct recordtext_change *change, size_t count)
{
	char path[CONFFILE_PATH_MAX + RECORDFILE_NAME_MAX + 1];
	char cause[CONFFILE_CAUSE_MAX];
	struct conffile old = { 0 };
	int rc = -1;

	e->existed = e->same = false;
	snprintf(path, sizeof(path), "%s/%s", e->conf->users_dir, e->name);
	switch (
	    conffile_read(path, CONFFILE_USER, e->owner->uid, &old, cause)) {
	case CONFFILE_OK:
		e->existed = true;
		if (strlen(old.text) == old.len)
			rc = change_text(e, old.text, change, count);
		e->same = rc == 0 && strcmp(old.text, e->text) == 0;
		conffile_free(&old);
		break;
	case CONFFILE_ABSENT:
		rc = change_text(e, "", change, count);
		break;
	case CONFFILE_REFUSED:
		e->report->line(e->report->ctx, cause);
		return RECORDFILE_BROKEN;
	}
	return rc == 0 ? RECORDFILE_DONE : old_is_broken(e);
}

/* As a login would read it: in its trial, or the old one, which stays. */
static enum recordfile_result
check_text(const struct recordfile *e)
{
	const struct config_report report = {
		.ctx = (void *)e, .line = report_trial, .all = e->report->all
	};
	struct config conf = *e->conf;
	struct user_record record;
	enum user_result found;

	if (!e->same)
		conf.users_dir = e->trial;
	found = config_user(&conf, e->user, e->owner->uid, &record, &report);
	config_user_wipe(&record);
	explicit_bzero(&conf, sizeof(conf));
	return found == USER_FOUND ? RECORDFILE_DONE : RECORDFILE_BROKEN;
}

enum recordfile_result
recordfile_open(struct recordfile *e, const struct config *conf,
    const struct placefile_owner *owner, const struct config_report *to)
{
	char cause[CONFFILE_CAUSE_MAX] = "";

	memset(e, 0, sizeof(*e));
	e->conf = conf;
	e->owner = owner;
	e->report = to;
	e->trial_folder = -1;
	if (placefile_open(&e->folder, conf->users_dir, owner->uid, cause) !=
	    0) {
		to->line(to->ctx, cause);
		return RECORDFILE_BROKEN;
	}
	e->trial_folder = trialfolder_open(
	    e->folder.fd, conf->users_dir, owner, e->trial, sizeof(e->trial));
	if (e->trial_folder >= 0)
		return RECORDFILE_DONE;
	snprintf(cause, sizeof(cause), "%.200s/" RECORDFILE_TRIAL "*: %s",
	    conf->users_dir, strerror(errno));
	to->line(to->ctx, cause);
	recordfile_drop(e);
	return RECORDFILE_FAILED;
}

typedef int write_file(int folder, const char *name,
    const struct placefile_owner *, const void *bytes, size_t len);

static enum recordfile_result
try_record(struct recordfile *e, const char *user,
    const struct recordtext_change *change, size_t count, write_file *write)
{
	enum recordfile_result result;

	e->user = user;
	snprintf(e->name, sizeof(e->name), "%s.conf", user);
	result = make_text(e, change, count);
	if (result != RECORDFILE_DONE)
		return result;
	if (!e->same &&
	    write(e->trial_folder, e->name, e->owner, e->text, e->len) != 0)
		return failed(e);
	return check_text(e);
}

enum recordfile_result
recordfile_try(struct recordfile *e, const char *user,
    const struct recordtext_change *change, size_t count)
{
	return try_record(e, user, change, count, placefile_write_later);
}

enum recordfile_result
recordfile_settle(struct recordfile *e)
{
	if (syncfs(e->folder.fd) == 0)
		return RECORDFILE_DONE;
	return failed(e);
}

enum recordfile_result
recordfile_move(struct recordfile *e, const char *user)
{
	e->user = user;
	snprintf(e->name, sizeof(e->name), "%s.conf", user);
	if (renameat(e->trial_folder, e->name, e->folder.fd, e->name) != 0)
		return failed(e);
	e->moved = true;
	return RECORDFILE_DONE;
}

enum recordfile_result
recordfile_prepare_all(struct recordfile *e, const struct config *conf,
    const char *user, const struct placefile_owner *owner,
    const struct recordtext_change *change, size_t count,
    const struct config_report *to)
{
	enum recordfile_result result = recordfile_open(e, conf, owner, to);

	if (result != RECORDFILE_DONE)
		return result;
	result = try_record(e, user, change, count, placefile_write);
	if (result != RECORDFILE_DONE)
		recordfile_drop(e);
	return result;
}

enum recordfile_result
recordfile_prepare(struct recordfile *e, const struct config *conf,
    const char *user, const struct placefile_owner *owner, const char *key,
    const char *value, const struct config_report *to)
{
	const struct recordtext_change change = { .key = key, .value = value };

	return recordfile_prepare_all(e, conf, user, owner, &change, 1, to);
}

void
recordfile_unlock(struct recordfile *e)
{
	placefile_unlock(&e->folder);
}

enum recordfile_result
recordfile_commit(struct recordfile *e)
{
	enum recordfile_result result = RECORDFILE_DONE;

	if (!e->same)
		result = recordfile_move(e, e->user);
	recordfile_drop(e);
	return result;
}

void
recordfile_drop(struct recordfile *e)
{
	if (e->trial_folder >= 0)
		trialfolder_close(e->folder.fd, e->trial_folder);
	if (e->moved &&
	    fsync(e->folder.fd) != 0) /* it is in force: not to be taken back */
		report(
		    e, "changed, but a power cut may undo it: check its disk");
	placefile_close(&e->folder);
	e->trial_folder = -1;
}
