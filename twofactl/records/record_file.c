/* SPDX-License-Identifier: BSD-2-Clause */
/* Changes users' records. A new text is checked, then staged under a name that
 * no user can have and moved; users_dir is locked meanwhile. */
#include "twofactl/records/records.h"

#include <errno.h>
#include <unistd.h>

/* Reports what is wrong with the present record, by user_record_read. */
static enum ctl_exit
report_broken_old(const struct record_file *e)
{
	struct user_record record OWNED(user_record_wipe);
	const enum user_result found =
	    user_record_read(e->conf, e->user.account, &record, e->report);

	if (found != USER_ERROR && found != USER_OUTAGE)
		record_place_report_problem(
		    e, "cannot be changed; change it by hand");
	return CTL_SETTINGS;
}

static const char *
person_name(const struct record_file *e)
{
	return e->user.person[0] != '\0' ? e->user.person : NULL;
}

static bool
is_new_phone(const struct record_text_change *change)
{
	return strcmp(change->key, "phone") == 0 && change->instead != NULL;
}

/* Refuses one phone in place of several: which of them is lost is not known. */
static enum ctl_exit
refuse_several_phones(const struct record_file *e, const char *old,
    const struct record_text_change *change, size_t count)
{
	const char *user = terminal_shell_quote(e->user.account);
	bool listed;

	for (size_t i = 0; i < count; i++)
		if (is_new_phone(&change[i]) &&
		    record_text_phones(
			old, person_name(e), change[i].value, &listed) > 1 &&
		    !listed)
			return terminal_error_status(CTL_USAGE,
			    "%s has several phones: remove the lost one by "
			    "twofactl remove %s --device N (see: twofactl "
			    "show), and add the new one by enroll --add",
			    user, user);
	return CTL_DONE;
}

static int
change_text(struct record_file *e, const char *old,
    const struct record_text_change *change, size_t count)
{
	static char before[RECORD_FILE_TEXT_MAX];

	if (count == 0)
		return record_text_drop_person(
		    old, e->user.person, e->text, sizeof(e->text), &e->len);
	e->len = strlen(old);
	if (e->len >= sizeof(e->text))
		return -1;
	memcpy(e->text, old, e->len + 1);
	for (size_t i = 0; i < count; i++) {
		bool listed = false;

		memcpy(before, e->text, e->len + 1);
		if (is_new_phone(&change[i]))
			(void)record_text_phones(
			    before, person_name(e), change[i].value, &listed);
		if (listed)
			continue;
		if (record_text_put_key(before, person_name(e), &change[i],
			e->text, sizeof(e->text), &e->len) != 0)
			return -1;
	}
	return 0;
}

/* Not to a text that is for hosts with other uids. Returns 0 or -1. */
static int
add_uid(struct record_file *e)
{
	return e->place->within != NULL && !e->conf->store.same_uids
	    ? 0
	    : record_owner_add_uid(e->user.account, e->text, &e->len);
}

static int
change_old_text(struct record_file *e, const char *old,
    const struct record_text_change *change, size_t count)
{
	const int has = person_name(e) != NULL
	    ? record_text_has_person(old, person_name(e))
	    : 1;
	int rc;

	if (has < 0)
		return -1;
	e->existed = has == 1;
	rc = change_text(e, old, change, count);
	e->same = rc == 0 && strcmp(old, e->text) == 0 &&
	    (e->place->within == NULL || record_state_given(e->user.account));
	return rc == 0 && !e->same ? add_uid(e) : rc;
}

static enum ctl_exit
make_text(struct record_file *e, const struct record_text_change *change,
    size_t count)
{
	enum ctl_exit other = CTL_DONE;
	enum record_source_found found;
	const char *old = NULL;
	int rc = -1;

	e->existed = e->same = e->staged_before = e->loses_app = false;
	found = e->place->text(e, &old);
	if (found != RECORD_SOURCE_THERE && found != RECORD_SOURCE_NONE)
		return CTL_SETTINGS;
	/* whose the record is changes by this key alone; who is in it may be
	 * removed */
	if (found == RECORD_SOURCE_THERE && old != NULL && count > 0 &&
	    strcmp(change[0].key, "left") != 0)
		other = record_owner_refuse(e->conf, e->user.account, old);
	if (found == RECORD_SOURCE_THERE && old != NULL && other == CTL_DONE)
		other = refuse_several_phones(e, old, change, count);
	if (found == RECORD_SOURCE_NONE) {
		rc = change_text(e, "", change, count);
		if (rc == 0)
			rc = add_uid(e);
	} else if (old != NULL && other == CTL_DONE) {
		rc = change_old_text(e, old, change, count);
	}
	trusted_file_free(&e->old);
	if (other != CTL_DONE)
		return other;
	return rc == 0 ? CTL_DONE : report_broken_old(e);
}

static bool
lacks_factor(const struct settings *conf, const struct user_record *r)
{
	return r->phone[0] == '\0' && user_record_apps(r) == 0 &&
	    !user_record_app_is_admins(r) && r->push_identity[0] == '\0' &&
	    !reach_has_code_provider(conf, r, METHOD_ALL);
}

/* True if the file would leave its user without any factor, by surprise. */
static bool
shuts_out(const struct record_file *e, const struct user_record *r)
{
	return e->loses_app && r->enabled && !r->left &&
	    lacks_factor(e->conf, r);
}

/* Checks the record as a login would: the new text, or the old record if it
 * stays. A removed person must not be found; all others must. */
static enum ctl_exit
check_record_text(struct record_file *e, bool removed)
{
	const char *text = e->same ? NULL : e->text;
	struct user_person who = { .name = "" };
	struct user_record record OWNED(user_record_wipe);
	enum user_result found;

	PRINT_TO(who.name, "%s", e->user.person);
	found = person_name(e) != NULL
	    ? user_person_read(
		  e->conf, e->user.account, text, &who, &record, e->report)
	    : user_record_observe(
		  e->conf, e->user.account, text, &record, e->report);
	if (found == USER_FOUND && shuts_out(e, &record)) {
		record_place_report_problem(e,
		    "nothing was changed: the user has only the app that was "
		    "enrolled at a login, and no file has it; first give a "
		    "phone by twofactl enroll USER NUMBER, or an app by "
		    "twofactl totp USER");
		found = USER_ERROR;
	}
	/* hosts that share the record have these lines in it */
	if (found == USER_FOUND && record.overruled && text != NULL) {
		user_change_cut(e->text, record.changed_at == 0,
		    record.app_changed_at == 0);
		e->len = strlen(e->text);
	}
	/* the people are checked one by one */
	if (found == USER_PEOPLE)
		found = USER_FOUND;
	return found == (removed ? USER_ABSENT : USER_FOUND) ? CTL_DONE
							     : CTL_SETTINGS;
}

enum ctl_exit
record_file_open(struct record_file *e, const struct settings *conf,
    const struct place_file_owner *owner, const struct settings_report *to)
{

	memset(e, 0, sizeof(*e));
	e->conf = conf;
	e->owner = owner;
	e->report = to;
	e->place = &record_place_files;
	if (place_file_open_folder(&e->folder, conf->users_dir, owner->uid) !=
	    0) {
		settings_report_line(to, trusted_file_cause);
		return CTL_SETTINGS;
	}
	if (e->folder.lock >= 0) {
		place_file_sweep(
		    e->folder.fd, RECORD_FILE_STAGED, RECORD_FILE_SUFFIX);
		return CTL_DONE;
	}
	/* the disk is full or read-only, so there is no lock */
	terminal_error_to(to, "%.200s/" PLACE_FILE_LOCK ": %s", conf->users_dir,
	    strerror(errno));
	record_file_drop(e);
	return CTL_FAILED;
}

static void
name_record(struct record_file *e, const char *user)
{
	(void)owner_read(&e->user, user);
	PRINT_TO(e->name, "%s" RECORD_FILE_SUFFIX, e->user.account);
	PRINT_TO(e->staged, RECORD_FILE_STAGED "%s", e->name);
	e->place = record_place_of(e->conf, e->user.account);
}

enum ctl_exit
record_file_stage(struct record_file *e, const char *user,
    const struct record_text_change *change, size_t count)
{
	enum ctl_exit result;

	name_record(e, user);
	result = make_text(e, change, count);
	if (result == CTL_DONE)
		result = check_record_text(e, count == 0);
	if (result == CTL_DONE && !e->same && e->place->stage(e) != 0)
		return CTL_FAILED;
	return result;
}

enum ctl_exit
record_file_sync(struct record_file *e)
{
	if (syncfs(e->folder.fd) != 0) {
		record_place_report_problem(e, strerror(errno));
		return CTL_FAILED;
	}
	return !e->conf->users_state || record_place_state.write(e) == 0
	    ? CTL_DONE
	    : CTL_FAILED;
}

static enum ctl_exit
write_record(struct record_file *e)
{
	if (e->place->write(e) != 0)
		return CTL_FAILED;
	return record_place_end_change(e->conf, e->user.account, false);
}

enum ctl_exit
record_file_move(struct record_file *e, const char *user)
{
	name_record(e, user);
	return write_record(e);
}

enum ctl_exit
record_file_commit(struct record_file *e)
{
	const enum ctl_exit result = e->same ? CTL_DONE : write_record(e);

	record_file_drop(e);
	return result;
}

void
record_file_drop(struct record_file *e)
{
	record_place_files.unstage(e);
	if (e->conf->users_state)
		record_place_state.unstage(e);
	if (e->moved &&
	    fsync(e->folder.fd) != 0) /* the record is in use, so it stays */
		record_place_report_problem(
		    e, "changed, but a power cut may undo it: check its disk");
	e->moved = false;
	place_file_close_folder(&e->folder);
}

int
record_file_default_uid_gid(struct place_file_owner *owner)
{
	const struct passwd *pw = client_helper_account();

	if (pw == NULL)
		return terminal_error("%s", trusted_file_cause);
	*owner = (struct place_file_owner){ .uid = 0, .gid = pw->pw_gid };
	return 0;
}

enum ctl_exit
record_file_lock(struct record_file *e, const struct settings *conf)
{
	static struct place_file_owner owner;

	*e = (struct record_file){ .conf = conf, .folder = { -1, -1 } };
	if (record_file_default_uid_gid(&owner) != 0)
		return CTL_FAILED;
	return record_file_open(e, conf, &owner, &complain_report);
}

enum ctl_exit
record_file_change(const struct settings *conf, const char *user,
    const struct record_text_change *change, size_t count)
{
	static struct record_file file;

	return record_file_end(
	    &file, record_file_lock(&file, conf), user, change, count);
}

enum ctl_exit
record_file_end(struct record_file *e, enum ctl_exit so_far, const char *user,
    const struct record_text_change *change, size_t count)
{
	if (so_far == CTL_DONE)
		so_far = record_file_stage(e, user, change, count);
	if (so_far == CTL_DONE)
		so_far = record_file_commit(e);
	record_file_drop(e);
	return so_far;
}

enum ctl_exit
record_file_drop_mark(const struct settings *conf, const char *user)
{
	static struct record_file file;
	struct record_source *from = conf->records;
	struct user_record record OWNED(user_record_wipe) = { .left = false };
	enum ctl_exit status = record_file_lock(&file, conf);
	const char *text;

	if (status == CTL_DONE &&
	    (from == NULL || conf->users_state ||
		!settings_has_enrolments(conf) ||
		user_record_read(conf, user, &record, NULL) != USER_FOUND ||
		!record.left || !lacks_factor(conf, &record) ||
		from->text(from, user, &text) != RECORD_SOURCE_THERE))
		status = CTL_NO;
	if (status == CTL_DONE)
		status = record_place_files.remove(conf, user, file.folder.fd);
	record_file_drop(&file);
	return status;
}
