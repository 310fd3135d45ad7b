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

#define LINE_MAX_LEN (2 * TRUSTED_FILE_CAUSE_MAX)

static void
report(const struct record_file *e, const char *what)
{
	char line[LINE_MAX_LEN];

	snprintf(
	    line, sizeof(line), "%s/%s: %s", e->conf->users_dir, e->name, what);
	e->report->line(e->report->ctx, line);
}

static enum record_file_result
failed(const struct record_file *e)
{
	report(e, strerror(errno));
	return RECORD_FILE_FAILED;
}

/* Errors name the record's place, not that of its trial. */
static void
report_trial(void *ctx, const char *line)
{
	const struct record_file *e = ctx;
	char place[LINE_MAX_LEN];
	size_t len = strlen(e->trial);

	if (strncmp(line, e->trial, len) == 0)
		snprintf(place, sizeof(place), "%s%s", e->conf->users_dir,
		    line + len);
	else
		snprintf(place, sizeof(place), "%s", line);
	e->report->line(e->report->ctx, place);
}

/* Let user_record_read say what is wrong with the record as it stands. */
static enum record_file_result
old_is_broken(const struct record_file *e)
{
	struct user_record record;

	if (user_record_read(e->conf, e->user, e->owner->uid, &record,
		e->report) == USER_FOUND)
		report(e, "cannot be changed; change it by hand");
	user_record_wipe(&record);
	return RECORD_FILE_BROKEN;
}

/* All changes, one upon the other, into e->text. */
static int
change_text(struct record_file *e, const char *old,
    const struct record_text_change *change, size_t count)
{
	static char before[RECORD_FILE_TEXT_MAX];

	e->len = strlen(old);
	if (e->len >= sizeof(e->text))
		return -1;
	memcpy(e->text, old, e->len + 1);
	for (size_t i = 0; i < count; i++) {
		memcpy(before, e->text, e->len + 1);
		if (record_text_put(before, &change[i], e->text,
			sizeof(e->text), &e->len) != 0)
			return -1;
	}
	return 0;
}

static enum record_file_result
make_text(struct record_file *e, const struct record_text_change *change,
    size_t count)
{
	char path[TRUSTED_FILE_PATH_MAX + RECORD_FILE_NAME_MAX + 1];
	char cause[TRUSTED_FILE_CAUSE_MAX];
	struct trusted_file old = { 0 };
	int rc = -1;

	e->existed = e->same = false;
	snprintf(path, sizeof(path), "%s/%s", e->conf->users_dir, e->name);
	switch (trusted_file_read(
	    path, TRUSTED_FILE_USER, e->owner->uid, &old, cause)) {
	case TRUSTED_FILE_OK:
		e->existed = true;
		if (strlen(old.text) == old.len)
			rc = change_text(e, old.text, change, count);
		e->same = rc == 0 && strcmp(old.text, e->text) == 0;
		trusted_file_free(&old);
		break;
	case TRUSTED_FILE_ABSENT:
		rc = change_text(e, "", change, count);
		break;
	case TRUSTED_FILE_REFUSED:
		e->report->line(e->report->ctx, cause);
		return RECORD_FILE_BROKEN;
	}
	return rc == 0 ? RECORD_FILE_DONE : old_is_broken(e);
}

/* As a login would read it: in its trial, or the old one, which stays. */
static enum record_file_result
check_text(const struct record_file *e)
{
	const struct settings_report report = {
		.ctx = (void *)e, .line = report_trial, .all = e->report->all
	};
	struct settings conf = *e->conf;
	struct user_record record;
	enum user_result found;

	if (!e->same)
		conf.users_dir = e->trial;
	found =
	    user_record_read(&conf, e->user, e->owner->uid, &record, &report);
	user_record_wipe(&record);
	explicit_bzero(&conf, sizeof(conf));
	return found == USER_FOUND ? RECORD_FILE_DONE : RECORD_FILE_BROKEN;
}

enum record_file_result
record_file_open(struct record_file *e, const struct settings *conf,
    const struct place_file_owner *owner, const struct settings_report *to)
{
	char cause[TRUSTED_FILE_CAUSE_MAX] = "";

	memset(e, 0, sizeof(*e));
	e->conf = conf;
	e->owner = owner;
	e->report = to;
	e->trial_folder = -1;
	if (place_file_open(&e->folder, conf->users_dir, owner->uid, cause) !=
	    0) {
		to->line(to->ctx, cause);
		return RECORD_FILE_BROKEN;
	}
	e->trial_folder = trial_folder_open(
	    e->folder.fd, conf->users_dir, owner, e->trial, sizeof(e->trial));
	if (e->trial_folder >= 0)
		return RECORD_FILE_DONE;
	snprintf(cause, sizeof(cause), "%.200s/" RECORD_FILE_TRIAL "*: %s",
	    conf->users_dir, strerror(errno));
	to->line(to->ctx, cause);
	record_file_drop(e);
	return RECORD_FILE_FAILED;
}

typedef int write_file(int folder, const char *name,
    const struct place_file_owner *, const void *bytes, size_t len);

static enum record_file_result
try_record(struct record_file *e, const char *user,
    const struct record_text_change *change, size_t count, write_file *write)
{
	enum record_file_result result;

	e->user = user;
	snprintf(e->name, sizeof(e->name), "%s.conf", user);
	result = make_text(e, change, count);
	if (result != RECORD_FILE_DONE)
		return result;
	if (!e->same &&
	    write(e->trial_folder, e->name, e->owner, e->text, e->len) != 0)
		return failed(e);
	return check_text(e);
}

enum record_file_result
record_file_try(struct record_file *e, const char *user,
    const struct record_text_change *change, size_t count)
{
	return try_record(e, user, change, count, place_file_write_later);
}

enum record_file_result
record_file_settle(struct record_file *e)
{
	if (syncfs(e->folder.fd) == 0)
		return RECORD_FILE_DONE;
	return failed(e);
}

enum record_file_result
record_file_move(struct record_file *e, const char *user)
{
	e->user = user;
	snprintf(e->name, sizeof(e->name), "%s.conf", user);
	if (renameat(e->trial_folder, e->name, e->folder.fd, e->name) != 0)
		return failed(e);
	e->moved = true;
	return RECORD_FILE_DONE;
}

enum record_file_result
record_file_prepare_all(struct record_file *e, const struct settings *conf,
    const char *user, const struct place_file_owner *owner,
    const struct record_text_change *change, size_t count,
    const struct settings_report *to)
{
	enum record_file_result result = record_file_open(e, conf, owner, to);

	if (result != RECORD_FILE_DONE)
		return result;
	result = try_record(e, user, change, count, place_file_write);
	if (result != RECORD_FILE_DONE)
		record_file_drop(e);
	return result;
}

enum record_file_result
record_file_prepare(struct record_file *e, const struct settings *conf,
    const char *user, const struct place_file_owner *owner, const char *key,
    const char *value, const struct settings_report *to)
{
	const struct record_text_change change = { .key = key, .value = value };

	return record_file_prepare_all(e, conf, user, owner, &change, 1, to);
}

void
record_file_unlock(struct record_file *e)
{
	place_file_unlock(&e->folder);
}

enum record_file_result
record_file_commit(struct record_file *e)
{
	enum record_file_result result = RECORD_FILE_DONE;

	if (!e->same)
		result = record_file_move(e, e->user);
	record_file_drop(e);
	return result;
}

void
record_file_drop(struct record_file *e)
{
	if (e->trial_folder >= 0)
		trial_folder_close(e->folder.fd, e->trial_folder);
	if (e->moved &&
	    fsync(e->folder.fd) != 0) /* it is in force: not to be taken back */
		report(
		    e, "changed, but a power cut may undo it: check its disk");
	place_file_close(&e->folder);
	e->trial_folder = -1;
}
