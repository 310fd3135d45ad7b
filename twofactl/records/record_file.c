/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Users' records, changed. A new one is read as a text, then written beside its
 * place under a name that no user has; users_dir is locked meanwhile.
 */
#include "twofactl/records/record_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "twofactl/link/helper_account.h"
#include "twofactl/terminal/complain.h"

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

/* Of a file with people, as all of them read it. */
static enum user_result
check_people(const struct record_file *e)
{
	struct user_people *people = calloc(1, sizeof(*people));
	enum user_result found = USER_ERROR;

	if (people != NULL)
		found = user_people_read(e->conf, e->user,
		    e->same ? NULL : e->text, e->owner->uid, people, e->report);
	else
		report(e, strerror(errno));
	free(people);
	return found;
}

/* As a login would read it: the new text, or the old record, which stays. */
static enum record_file_result
check_text(const struct record_file *e)
{
	struct user_record record;
	enum user_result found;

	if (e->same)
		found = user_record_read(
		    e->conf, e->user, e->owner->uid, &record, e->report);
	else
		found = user_record_parse(e->conf, e->user, e->text,
		    e->owner->uid, &record, e->report);
	user_record_wipe(&record);
	if (found == USER_PEOPLE && check_people(e) == USER_PEOPLE)
		return RECORD_FILE_DONE;
	return found == USER_FOUND ? RECORD_FILE_DONE : RECORD_FILE_BROKEN;
}

static bool
is_staged(const char *name)
{
	const size_t head = sizeof(RECORD_FILE_STAGED) - 1;
	const size_t tail = sizeof(RECORD_FILE_SUFFIX) - 1;
	const size_t len = strlen(name);

	return len > head + tail &&
	    strncmp(name, RECORD_FILE_STAGED, head) == 0 &&
	    strcmp(name + len - tail, RECORD_FILE_SUFFIX) == 0;
}

/* What was not moved, also by one that was killed: who makes such a file holds
 * the lock. A second descriptor, since a DIR closes its own. */
static void
sweep(const struct place_file_folder *folder)
{
	int fd = openat(
	    folder->fd, ".", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	const struct dirent *entry;

	if (dir == NULL) {
		if (fd >= 0)
			close(fd);
		return;
	}
	while ((entry = readdir(dir)) != NULL)
		if (is_staged(entry->d_name))
			(void)unlinkat(folder->fd, entry->d_name, 0);
	closedir(dir);
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
	if (place_file_open(&e->folder, conf->users_dir, owner->uid, cause) !=
	    0) {
		to->line(to->ctx, cause);
		return RECORD_FILE_BROKEN;
	}
	if (e->folder.lock >= 0) {
		sweep(&e->folder);
		return RECORD_FILE_DONE;
	}
	/* a full disk or a read-only one */
	snprintf(cause, sizeof(cause), "%.200s/" PLACE_FILE_LOCK ": %s",
	    conf->users_dir, strerror(errno));
	to->line(to->ctx, cause);
	record_file_drop(e);
	return RECORD_FILE_FAILED;
}

static void
name_record(struct record_file *e, const char *user)
{
	e->user = user;
	snprintf(e->name, sizeof(e->name), "%s" RECORD_FILE_SUFFIX, user);
	snprintf(
	    e->staged, sizeof(e->staged), RECORD_FILE_STAGED "%s", e->name);
}

typedef int write_file(int folder, const char *name,
    const struct place_file_owner *, const void *bytes, size_t len);

static enum record_file_result
try_record(struct record_file *e, const char *user,
    const struct record_text_change *change, size_t count, write_file *write)
{
	enum record_file_result result;

	name_record(e, user);
	result = make_text(e, change, count);
	if (result == RECORD_FILE_DONE)
		result = check_text(e);
	if (result == RECORD_FILE_DONE && !e->same &&
	    write(e->folder.fd, e->staged, e->owner, e->text, e->len) != 0)
		return failed(e);
	return result;
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
	name_record(e, user);
	if (renameat(e->folder.fd, e->staged, e->folder.fd, e->name) != 0)
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
	if (e->folder.lock >= 0)
		sweep(&e->folder);
	if (e->moved &&
	    fsync(e->folder.fd) != 0) /* it is in force: not to be taken back */
		report(
		    e, "changed, but a power cut may undo it: check its disk");
	place_file_close(&e->folder);
}

int
record_file_owner(struct place_file_owner *owner)
{
	char cause[HELPER_ACCOUNT_CAUSE_MAX];
	const struct passwd *pw = helper_account_find(cause);

	if (pw == NULL) {
		complain("%s", cause);
		return -1;
	}
	*owner = (struct place_file_owner){ .uid = 0, .gid = pw->pw_gid };
	return 0;
}

enum ctl_exit
record_file_exit(enum record_file_result result)
{
	switch (result) {
	case RECORD_FILE_BROKEN:
		return CTL_SETTINGS;
	case RECORD_FILE_DONE:
		return CTL_DONE;
	case RECORD_FILE_FAILED:
		break;
	}
	return CTL_FAILED;
}
